//! Several devices compute a step together, and it is the step of one.
//!
//! The processor twice stands in for two GPUs: the same shards, copies and sums. `flex` beside `ndarray` has to move every tensor from
//! one back end to the other, as from one GPU to another.

use super::program::{Program, SMALL};
use super::resuming::{ALL, numbers};

/// Two layers on a cloud of points: ten samples are trained on in batches of seven, so that nothing divides.
const UNEVEN: &str = r#"seed = 3
gradient-check = "off"

[data]
source = { xor = { samples = 20, noise = 0.2 } }
split = { validation = 0.5 }
leakage = "off"

[model]
layers = [
  { dense = { units = 8, activation = "tanh" } },
  { dense = { units = 2 } },
]
loss = "cross-entropy"

[training]
epochs = 4
batch-size = 7
optimizer = { sgd = { learning-rate = 0.1, momentum = 0.9 } }

[evaluation]
baselines = "off"
"#;

/// A convolutional network on digits. The last batch has 10 of 16 samples.
const IMAGES: &str = r#"seed = 7
gradient-check = "off"

[data]
source = "digits"
split = { validation = 0.2, test = 0.2, training-samples = 90 }
augmentation = [{ shift = { pixels = 1 } }]

[model]
layers = [
  { conv2d = { filters = 4, kernel = 3, padding = "same", activation = "relu" } },
  { max-pool = { size = 2 } },
  { conv2d = { filters = 8, kernel = 3, activation = "tanh" } },
  "flatten",
  { dense = { units = 10 } },
]
loss = "cross-entropy"

[training]
epochs = 2
batch-size = 16
optimizer = { sgd = { learning-rate = 0.05 } }

[evaluation]
baselines = "off"
"#;

/// The losses and norms of every epoch, with these further arguments.
fn losses(program: &Program, name: &str, arguments: &[&str]) -> Vec<f64> {
    let all = [&["--name", name, "--no-report"], arguments].concat();
    program.train(&all).succeeds();
    let columns = [
        "running_loss",
        "gradient_norm",
        "train_loss",
        "validation_loss",
    ];
    let of_row = |row: serde_json::Value| columns.map(|column| row[column].as_f64().unwrap());
    program.rows(name).into_iter().flat_map(of_row).collect()
}

/// Losses are sums of numbers of 32 bits, whose last bit is 6·10⁻⁸ of a loss near 1, in another order; a few dozen steps carry such a
/// difference on. Seen are 3·10⁻⁷ at most.
#[track_caller]
fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    let difference = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    let largest = difference.fold(0.0, f64::max);
    assert!(largest < 1e-6, "{largest:e}: {found:?}, alone {expected:?}");
}

fn on(devices: &[&str]) -> String {
    format!("devices={devices:?}")
}

#[test]
fn several_devices_compute_what_one_does() {
    for config in [UNEVEN, IMAGES] {
        for name in ["flex", "ndarray"] {
            let program = Program::with_config(config);
            let alone = losses(&program, "alone", &["--backend", name]);
            let device = &*format!("{name}:0");
            for count in [2, 3, 5] {
                let devices = on(&vec![device; count]);
                let found = losses(&program, &count.to_string(), &["--set", &devices]);
                close(&found, &alone);
                let record = &program.record(&count.to_string())["backend"];
                assert_eq!(record["name"], name);
                assert_eq!(record["devices"].as_array().unwrap().len(), count);
            }
        }
    }
}

#[test]
fn tensors_move_between_back_ends() {
    for config in [UNEVEN, IMAGES] {
        let program = Program::with_config(config);
        let alone = losses(&program, "alone", &[]);
        let both = on(&["flex:0", "ndarray:0"]);
        close(&losses(&program, "both", &["--set", &both]), &alone);
    }
}

/// On a GPU each thread has a queue of its own: what one of them changes, the others have to see.
#[test]
fn a_gpu_is_the_first_of_several_devices() {
    let listed = Program::new().run(&["backends", "--json"]).succeeds();
    let backends: Vec<serde_json::Value> = serde_json::from_str(&listed.stdout).unwrap();
    let wgpu = backends.iter().find(|backend| backend["name"] == "wgpu");
    if wgpu.unwrap()["device"].is_null() {
        assert!(std::env::var_os("CI").is_none(), "CI must have a device");
        println!("skipped: wgpu has no device here");
        return;
    }
    // Several steps an epoch, and batches that are accumulated.
    for accumulation in [1, 2] {
        let config = IMAGES.replace(
            "batch-size = 16",
            &format!("batch-size = 16\ngradient-accumulation = {accumulation}"),
        );
        let program = Program::with_config(&config);
        let alone = losses(&program, "alone", &[]);
        let both = on(&["wgpu:0", "flex:0"]);
        close(&losses(&program, "both", &["--set", &both]), &alone);
    }
}

#[test]
fn one_device_in_the_list_is_one_device() {
    let program = Program::with_config(SMALL);
    program.train(&["--name", "alone"]).succeeds();
    let listed = ["--name", "listed", "--set", "devices=['flex:0']"];
    program.train(&listed).succeeds();
    assert_eq!(numbers(&program, "alone"), numbers(&program, "listed"));
}

/// Batches are accumulated, each of them in shards; the last step has batches of 3, 3 and 1.
#[test]
fn batches_are_accumulated_on_several_devices() {
    let program = Program::with_config(&UNEVEN.replace(
        "batch-size = 7",
        "batch-size = 3\ngradient-accumulation = 4",
    ));
    let alone = losses(&program, "alone", &[]);
    for devices in [&["flex:0"; 2][..], &["flex:0"; 3]] {
        let name = devices.len().to_string();
        let found = losses(&program, &name, &["--set", &on(devices)]);
        close(&found, &alone);
    }
}

/// Mean and variance are those of a shard, as they are those of a batch that is accumulated; the running statistics, with which a
/// network is measured, take in one after the other.
#[test]
fn batch_normalisation_takes_a_shard_for_a_batch() {
    let config = IMAGES.replace("  { max-pool", "  { batch-norm = {} },\n  { max-pool");
    let config = config.replace("training-samples = 90", "training-samples = 96");
    let program = Program::with_config(&config);
    let two = on(&["flex:0", "flex:0"]);
    let shards = losses(&program, "shards", &["--set", &two]);
    let halves = [
        "--set",
        "training.batch-size=8",
        "--set",
        "training.gradient-accumulation=2",
    ];
    close(&shards, &losses(&program, "halves", &halves));
    // One sample has no variance: three are not divided among two devices.
    let threes = [
        "--set",
        "training.batch-size=3",
        "--set",
        "data.split.training-samples=9",
    ];
    let alone = losses(&program, "alone", &threes);
    let both = [&threes[..], &["--set", &two]].concat();
    close(&losses(&program, "both", &both), &alone);
}

/// With all that has a state: moments, a schedule, running statistics, and what is drawn for a step.
#[test]
fn a_run_on_several_devices_goes_on_bit_for_bit() {
    for devices in [["flex:0", "flex:0"], ["ndarray:0", "flex:0"]] {
        let program = Program::with_config(ALL);
        let devices = on(&devices);
        let whole = ["--set", &devices, "--name", "whole"];
        program.train(&whole).succeeds();
        let part = ["--set", &devices, "--name", "part", "--resume"];
        let ran = fails_on(&program, "device-1", 11, &part);
        assert_eq!(ran.code, Some(4), "{}", ran.transcript());
        program.train(&part).succeeds();
        assert_eq!(numbers(&program, "whole"), numbers(&program, "part"));
        // Eight steps an epoch: ten were taken.
        let resumed = &program.record("part")["resumed"][0];
        assert_eq!(resumed["epochs"], 1, "{resumed}");
        assert_eq!(resumed["steps"], 2, "{resumed}");
    }
}

#[test]
fn a_device_that_fails_leaves_the_step_before_for_one_device() {
    let program = Program::with_config(IMAGES);
    let alone = losses(&program, "alone", &[]);
    let devices = on(&["flex:0", "ndarray:0"]);
    let part = ["--set", &devices, "--name", "part", "--no-report"];
    let ran = fails_on(&program, "device-1", 9, &part).fails_with(4);
    insta::assert_snapshot!("a_device_failed", last_lines(&ran.stderr));
    assert_eq!(program.record("part")["status"], "failed");
    let resume = ["--resume", "artifacts/part", "--backend", "flex"];
    let ran = program.run(&[&resume[..], &["--no-report"]].concat());
    let ran = ran.succeeds();
    // Six steps an epoch.
    assert!(
        ran.stderr.contains("behind 1 epoch and 2 steps")
            && ran
                .stderr
                .contains("was on flex:0, ndarray:0 until here and goes on on flex"),
        "{}",
        ran.stderr
    );
    let rows = program.rows("part");
    let last = rows.last().unwrap();
    let found = [last["train_loss"].as_f64().unwrap()];
    close(&found, &alone[alone.len() - 2..alone.len() - 1]);
}

#[test]
fn where_the_first_device_fails_the_newest_checkpoint_counts() {
    let program = Program::with_config(IMAGES);
    let part = [
        "--set",
        &on(&["flex:0", "flex:0"]),
        "--set",
        "training.checkpoint-every={ steps = 3 }",
        "--name",
        "part",
        "--no-report",
    ];
    let ran = fails_on(&program, "device-0", 9, &part).fails_with(4);
    assert!(
        ran.stderr
            .contains("error: device `flex:0` failed while training: "),
        "{}",
        ran.stderr
    );
    let resume = ["--resume", "artifacts/part", "--backend", "flex"];
    let ran = program
        .run(&[&resume[..], &["--no-report"]].concat())
        .succeeds();
    assert!(ran.stderr.contains("behind 1 epoch,"), "{}", ran.stderr);
}

/// Trains; a test's panic at this place stands for one of burn's.
fn fails_on(program: &Program, place: &str, time: u64, arguments: &[&str]) -> super::program::Ran {
    let all = [&["--config", "config.toml"], arguments].concat();
    let output = program
        .command(&all)
        .env("BRECHA_FAIL_POINT", format!("{place}:{time}"))
        .output()
        .unwrap();
    program.ran(output)
}

/// From the error on.
fn last_lines(stderr: &str) -> String {
    let at = stderr.rfind("error: ").expect(stderr);
    stderr[at..].trim_end().to_owned()
}

#[test]
fn an_unheard_of_device_is_refused() {
    for (name, code, devices) in [
        ("device_without_a_number", 2, r#"["flex"]"#),
        (
            "device_with_a_word_for_a_number",
            2,
            r#"["flex:0", "flex:x"]"#,
        ),
        ("device_of_an_unknown_back_end", 2, r#"["flux:0"]"#),
        ("device_of_any_back_end", 2, r#"["auto:0"]"#),
        ("device_beyond_the_last", 4, r#"["flex:0", "flex:1"]"#),
        ("devices_empty", 2, "[]"),
        ("devices_no_list", 2, r#""cuda:0""#),
        ("device_twice", 2, r#"["wgpu:0", "flex:0", "wgpu:0"]"#),
    ] {
        let config = format!("devices = {devices}\n{SMALL}");
        let program = Program::with_config(&config);
        let ran = program.train(&[]).fails_with(code);
        insta::assert_snapshot!(name, ran.transcript());
        assert!(!program.path("artifacts").exists());
    }
    if !cfg!(feature = "cuda") {
        let program = Program::with_config(&format!("devices = [\"cuda:0\"]\n{SMALL}"));
        let ran = program.train(&[]).fails_with(4);
        insta::assert_snapshot!("device_not_compiled_in", ran.transcript());
    }
}

#[test]
fn a_back_end_that_is_not_the_devices_is_a_contradiction() {
    let text = format!("backend = \"wgpu\"\ndevices = [\"flex:0\", \"flex:0\"]\n{SMALL}");
    let program = Program::with_config(&text);
    let ran = program.train(&[]).fails_with(2);
    insta::assert_snapshot!("back_end_and_devices", ran.transcript());
    // What a run writes down reads back.
    let program = Program::with_config(&text.replace("wgpu", "flex"));
    program.train(&[]).succeeds();
    let again = [
        "--config",
        "artifacts/config/config.toml",
        "--name",
        "again",
    ];
    program.run(&again).succeeds();
    assert_eq!(numbers(&program, "config"), numbers(&program, "again"));
    // The command line overrides both.
    let other = ["--backend", "ndarray", "--name", "other"];
    program.train(&other).succeeds();
    let record = &program.record("other")["backend"];
    assert_eq!(record["name"], "ndarray");
    assert!(record["devices"].is_null());
}
