//! Going on where a run was stopped or killed, as if nothing had happened.

use std::fs;

use super::program::{Program, Ran, SMALL};

/// All that has a state: moments, a schedule, dropout, running statistics, augmentation, parts of a step.
pub const ALL: &str = r#"seed = 7

[data]
source = "digits"
split = { validation = 0.2, test = 0.2, training-samples = 120 }
augmentation = [{ shift = { pixels = 1 } }, { mixup = {} }]

[model]
layers = [
  { conv2d = { filters = 4, kernel = 3, padding = "same", activation = "relu" } },
  { batch-norm = {} },
  { max-pool = { size = 2 } },
  { dropout = { rate = 0.2 } },
  "flatten",
  { dense = { units = 10 } },
]
loss = "cross-entropy"

[training]
epochs = 4
batch-size = 8
gradient-accumulation = 2
optimizer = { adam = { learning-rate = 0.01 } }
schedule = { cosine = { warm-up = 1.0 } }
"#;

/// What must be the same: all but times and speeds.
pub fn numbers(program: &Program, run: &str) -> (String, Vec<u8>, String) {
    let times = ["seconds", "train_images_per_s"];
    let rows: Vec<String> = program
        .rows(run)
        .into_iter()
        .map(|mut row| {
            for key in times {
                row[key] = 0.into();
            }
            row.to_string()
        })
        .collect();
    let weights = fs::read(program.path(&format!("artifacts/{run}/model.safetensors"))).unwrap();
    let result = program.record(run)["result"].to_string();
    (rows.join("\n"), weights, result)
}

#[track_caller]
fn same(program: &Program, one: &str, other: &str) {
    let (rows, weights, result) = numbers(program, one);
    let (other_rows, other_weights, other_result) = numbers(program, other);
    assert_eq!(rows, other_rows);
    assert!(weights == other_weights, "other weights");
    assert_eq!(result, other_result);
    for file in ["metrics.csv", "layers.csv", "predictions.csv"] {
        let lines = |run: &str| {
            program
                .read(&format!("artifacts/{run}/{file}"))
                .lines()
                .count()
        };
        assert_eq!(lines(one), lines(other), "{file}");
    }
}

/// Trains and dies at this place, the `time`th time it comes there.
fn die(program: &Program, place: &str, time: u64, arguments: &[&str]) -> Ran {
    let mut all = vec!["--config", "config.toml"];
    all.extend(arguments);
    let output = program
        .command(&all)
        .env("BRECHA_FAIL_POINT", format!("{place}:{time}"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), None, "it ended by itself");
    program.ran(output)
}

#[test]
fn a_run_goes_on_with_more_epochs_and_is_the_longer_run() {
    for backend in ["flex", "ndarray"] {
        let text = ALL.replace("schedule = { cosine = { warm-up = 1.0 } }\n", "");
        let program = Program::with_config(&text);
        let on = ["--backend", backend];
        program
            .train(&[&on[..], &["--name", "whole"]].concat())
            .succeeds();
        let short = ["--set", "training.epochs=2", "--name", "part"];
        program.train(&[&on[..], &short].concat()).succeeds();
        let more = ["--resume", "artifacts/part", "--set", "training.epochs=4"];
        program.run(&[&more[..], &on].concat()).succeeds();
        same(&program, "whole", "part");
        let record = program.record("part");
        assert_eq!(record["resumed"][0]["epochs"], 2);
        assert_eq!(record["resumed"][0]["backend"], backend);
        assert_eq!(record["status"], "finished");
    }
}

#[test]
fn a_run_killed_within_an_epoch_goes_on_bit_for_bit() {
    for backend in ["flex", "ndarray"] {
        let program = Program::with_config(ALL);
        let every = [
            "--set",
            "training.checkpoint-every={ steps = 3 }",
            "--backend",
            backend,
        ];
        let whole = [&every[..], &["--name", "whole"]].concat();
        program.train(&whole).succeeds();
        let part = [&every[..], &["--name", "part", "--resume"]].concat();
        // Between two checkpoints, the second of which is written at that moment.
        die(&program, "synced", 7, &part);
        let ran = program.train(&part).succeeds();
        assert!(
            ran.stderr
                .contains("goes on with `artifacts/part` behind 1 epoch and"),
            "{}",
            ran.stderr
        );
        same(&program, "whole", "part");
        let names: Vec<_> = fs::read_dir(program.path("artifacts/part/checkpoints"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(names.len() <= 3, "{names:?}");
        assert!(names.contains(&"epoch-000004-step-000000.checkpoint".to_owned()));
        assert!(!names.iter().any(|name| name.contains("tmp")), "{names:?}");
    }
}

#[test]
fn a_run_that_was_killed_early_begins_again_in_its_folder() {
    let program = Program::with_config(SMALL);
    program.train(&["--name", "whole"]).succeeds();
    die(&program, "row", 2, &["--name", "part"]);
    assert_eq!(program.record("part")["status"], "running");
    let ran = program.run(&["--resume", "artifacts/part"]).succeeds();
    insta::assert_snapshot!("resumed_without_checkpoint", ran.transcript());
    same(&program, "whole", "part");
}

#[test]
fn a_run_that_was_killed_before_it_had_a_record_begins_again_in_its_folder() {
    let program = Program::with_config(SMALL);
    program.train(&["--name", "whole"]).succeeds();
    // Before and behind `config.toml`, and before `run.json`.
    for place in [
        "not written:1",
        "written:1",
        "renamed:1",
        "not written:2",
        "synced:2",
    ] {
        let (place, time) = place.split_once(':').unwrap();
        let part = ["--name", "part", "--resume"];
        die(&program, place, time.parse().unwrap(), &part);
        assert!(!program.path("artifacts/part/run.json").exists(), "{place}");
        program.train(&part).succeeds();
        same(&program, "whole", "part");
        assert!(!program.path("artifacts/part-2").exists(), "{place}");
        fs::remove_dir_all(program.path("artifacts/part")).unwrap();
    }
    // What is in the folder of a user's is not taken for that.
    let program = program
        .file("artifacts/part/run.lock", "")
        .file("artifacts/part/notes.txt", "mine");
    program.train(&["--name", "part"]).succeeds();
    assert_eq!(program.read("artifacts/part/run.lock"), "");
    assert!(program.path("artifacts/part-2/run.json").exists());
}

#[test]
fn a_damaged_checkpoint_is_put_aside_and_an_older_one_taken() {
    let program = Program::with_config(ALL);
    let every = ["--set", "training.checkpoint-every={ steps = 2 }"];
    program
        .train(&[&every[..], &["--name", "whole"]].concat())
        .succeeds();
    let part = [&every[..], &["--name", "part", "--resume"]].concat();
    die(&program, "renamed", 12, &part);
    let folder = program.path("artifacts/part/checkpoints");
    let newest = |folder: &std::path::Path| {
        let entries = fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "checkpoint")
            })
            .max()
            .unwrap()
    };
    let damaged = newest(&folder);
    let mut bytes = fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&damaged, bytes).unwrap();
    let ran = program.train(&part).succeeds();
    assert!(ran.stderr.contains("is not used: its"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("is damaged: the digest is another"),
        "{}",
        ran.stderr
    );
    same(&program, "whole", "part");
    let mut aside = damaged.into_os_string();
    aside.push(".damaged");
    assert!(fs::exists(aside).unwrap());

    // Without any that is whole, it is refused and nothing is touched.
    for entry in fs::read_dir(&folder).unwrap() {
        fs::write(entry.unwrap().path(), "brecha").unwrap();
    }
    let before = program.read("artifacts/part/run.json");
    let ran = program.run(&["--resume", "artifacts/part"]).fails_with(5);
    assert!(
        ran.stderr
            .contains("no checkpoint of `artifacts/part` is whole"),
        "{}",
        ran.stderr
    );
    assert_eq!(program.read("artifacts/part/run.json"), before);
}

#[test]
fn early_stopping_remembers() {
    let text = ALL.replace(
        "epochs = 4",
        "epochs = 30\nearly-stopping = { patience = 2 }",
    );
    let program = Program::with_config(&text);
    program.train(&["--name", "whole"]).succeeds();
    let finished = program.record("whole")["epochs"]["finished"]
        .as_u64()
        .unwrap();
    assert!(finished < 30, "{finished}");
    // Two epochs before the end its patience has begun to run out.
    let every = ["--set", "training.checkpoint-every={ steps = 1 }"];
    let part = [&every[..], &["--name", "part", "--resume"]].concat();
    die(&program, "row", finished - 1, &part);
    program.train(&part).succeeds();
    same(&program, "whole", "part");
    // And once stopped it stays so.
    program.run(&["--resume", "artifacts/part"]).succeeds();
    same(&program, "whole", "part");
}

#[test]
fn what_must_not_change_is_named() {
    let program = Program::with_config(SMALL);
    program.train(&[]).succeeds();
    let before = numbers(&program, "config");
    for (name, arguments) in [
        (
            "resume_other_network",
            &[
                "--set",
                "model.layers.0.dense.units=5",
                "--set",
                "training.batch-size=4",
            ][..],
        ),
        ("resume_fewer_epochs", &["--set", "training.epochs=2"]),
        ("resume_other_data", &["--set", "data.source.xor.noise=0.3"]),
    ] {
        let ran = program
            .run(&[&["--resume", "artifacts/config"], arguments].concat())
            .fails_with(2);
        insta::assert_snapshot!(name, ran.transcript());
    }
    assert_eq!(numbers(&program, "config"), before, "it was touched");
    let more = [
        "--set",
        "training.epochs=5",
        "--set",
        "verdict.tolerance=0.3",
    ];
    program
        .run(&[&["--resume", "artifacts/config"], &more[..]].concat())
        .succeeds();
    assert_eq!(program.rows("config").len(), 5);
}

#[test]
fn data_that_has_changed_is_refused() {
    let rows = |last: &str| format!("a,b,class\n1,2,x\n2,1,y\n3,5,x\n5,2,y\n1,4,x\n4,{last},y\n");
    let text = SMALL
        .replace(
            "{ xor = { samples = 40, noise = 0.2 } }",
            "{ csv = { file = \"t.csv\", label = \"class\" } }",
        )
        .replace("units = 1", "units = 2")
        .replace("\"mse\"", "\"cross-entropy\"")
        .replace(", activation = \"tanh\" } },\n]", " } },\n]");
    let program = Program::with_config(&text).file("t.csv", rows("1"));
    program.train(&[]).succeeds();
    fs::write(program.path("t.csv"), rows("1.5")).unwrap();
    let ran = program.run(&["--resume", "artifacts/config"]).fails_with(3);
    assert!(
        ran.stderr.contains("the data has changed since it began"),
        "{}",
        ran.stderr
    );
    // The same data elsewhere will do.
    fs::write(program.path("t.csv"), rows("1")).unwrap();
    fs::rename(program.path("t.csv"), program.path("u.csv")).unwrap();
    program
        .train(&["--resume", "--set", "data.source.csv.file=u.csv"])
        .succeeds();
}

#[test]
fn a_run_has_one_writer() {
    let program = Program::with_config(SMALL);
    let mut child = program
        .command(&["--config", "config.toml", "--set", "training.epochs=300000"])
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while program
        .path("artifacts/config/metrics.jsonl")
        .metadata()
        .map_or(0, |file| file.len())
        == 0
    {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let ran = program.run(&["--resume", "artifacts/config"]).fails_with(5);
    let expected = format!("config` is being written by process {}", child.id());
    assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
    child.kill().unwrap();
    child.wait().unwrap();
    // The operating system has freed the lock; the file that is left means nothing.
    assert!(program.path("artifacts/config/run.lock").exists());
    program
        .run(&["--resume", "artifacts/config", "--set", "training.epochs=5"])
        .succeeds();
}

#[test]
fn resume_needs_a_run() {
    let program = Program::with_config(SMALL);
    let ran = program.run(&["--resume"]).fails_with(2);
    insta::assert_snapshot!("resume_what", ran.transcript());
    let ran = program
        .run(&["--resume", "artifacts/nothing"])
        .fails_with(5);
    insta::assert_snapshot!("resume_no_run", ran.transcript());
    // The command of a scheduler that starts it again is the same the first time.
    let ran = program.train(&["--resume"]).succeeds();
    assert!(
        ran.stderr
            .contains("note: there is no run `artifacts/config` to go on with")
    );
    let ran = program.train(&["--resume"]).succeeds();
    assert!(
        ran.stderr.contains("note: all epochs are done"),
        "{}",
        ran.stderr
    );
    assert!(!program.path("artifacts/config-2").exists());
}

#[test]
fn a_seed_that_was_drawn_is_kept() {
    let program = Program::with_config(&SMALL.replace("seed = 1\n", ""));
    program.train(&[]).succeeds();
    program
        .train(&["--resume", "--set", "training.epochs=6"])
        .succeeds();
    assert_eq!(program.rows("config").len(), 6);
}

#[test]
fn it_goes_on_on_another_back_end_and_says_so() {
    let program = Program::with_config(ALL);
    program.train(&["--name", "whole"]).succeeds();
    let part = [
        "--name",
        "part",
        "--set",
        "training.checkpoint-every={ steps = 3 }",
        "--resume",
    ];
    die(&program, "row", 3, &part);
    let ran = program
        .train(&[&part[..], &["--backend", "ndarray"]].concat())
        .succeeds();
    assert!(
        ran.stderr
            .contains("the run was on flex until here and goes on on ndarray"),
        "{}",
        ran.stderr
    );
    assert_eq!(program.record("part")["backend"]["name"], "ndarray");
    let last = |run: &str| program.rows(run)[3]["validation_loss"].as_f64().unwrap();
    // Two epochs of steps that differ in the last bits.
    assert!((last("whole") - last("part")).abs() < 1e-3 * last("whole"));
}
