//! A run that somebody else has made: it is read and written in its own folder only, whatever links are in it, and nothing in it takes more
//! memory than a small multiple of its bytes.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Instant;

use super::program::{Program, SMALL};

/// A run, and a file of ours beside it that is none of its business.
fn with_a_secret() -> Program {
    let program = Program::with_config(SMALL).file("secret.toml", "password = \"xyzzy\"\n");
    program.train(&["--no-report"]).succeeds();
    program
}

/// What only reads: the page goes elsewhere.
const READING: [&[&str]; 4] = [
    &["evaluate", "artifacts/config"],
    &["verify", "artifacts/config"],
    &["report", "artifacts/config", "--output", "page.html"],
    &["runs"],
];

/// Puts a link to our file in the place of one of the run's.
fn link(program: &Program, file: &str, target: &str) {
    let place = program.path(&format!("artifacts/config/{file}"));
    if place.is_dir() {
        fs::remove_dir_all(&place).unwrap();
    } else {
        let _ = fs::remove_file(&place);
    }
    symlink(target, place).unwrap();
}

#[test]
fn links_out_of_a_run_are_not_read() {
    for file in [
        "run.json",
        "config.toml",
        "model.json",
        "model.safetensors",
        "metrics.jsonl",
        "predictions.csv",
        "layers.csv",
        "gradients.csv",
    ] {
        let program = with_a_secret();
        link(&program, file, "../../secret.toml");
        for command in READING {
            let ran = program.run(command);
            let all = ran.transcript();
            assert!(!all.contains("xyzzy"), "{command:?} {file}\n{all}");
            assert_ne!(ran.code, Some(101), "{all}");
        }
        let page = fs::read_to_string(program.path("page.html"));
        assert!(!page.unwrap_or_default().contains("xyzzy"), "{file}");
    }
    let program = with_a_secret();
    link(&program, "model.safetensors", "../../secret.toml");
    let ran = program.run(&["evaluate", "artifacts/config"]).fails_with(5);
    assert!(
        ran.stderr.contains("leads out of the run's folder, to"),
        "{}",
        ran.stderr
    );
}

#[test]
fn links_out_of_a_run_are_not_written_through() {
    let program = with_a_secret();
    let secret = || program.read("secret.toml");
    let before = secret();
    fs::create_dir(program.path("elsewhere")).unwrap();
    let mut epochs = 3;
    // Every file that a run which goes on writes.
    for (file, report) in [
        ("run.json", false),
        ("metrics.csv", false),
        ("metrics.jsonl", false),
        ("layers.csv", false),
        ("model.safetensors", false),
        ("run.lock", false),
        ("curves.png", true),
        ("report.html", true),
    ] {
        let place = program.path(&format!("artifacts/config/{file}"));
        let kept = fs::read(&place).ok();
        link(&program, file, "../../secret.toml");
        epochs += 1;
        let epochs = format!("training.epochs={epochs}");
        let mut arguments = vec!["--resume", "artifacts/config", "--set", &epochs];
        if !report {
            arguments.push("--no-report");
        }
        let ran = program.run(&arguments);
        assert_ne!(ran.code, Some(101), "{file}\n{}", ran.transcript());
        assert_eq!(secret(), before, "{file}");
        if fs::symlink_metadata(&place).is_ok_and(|found| found.is_symlink()) {
            fs::remove_file(&place).unwrap();
            fs::write(place, kept.unwrap_or_default()).unwrap();
        }
    }
    for folder in ["checkpoints", "pictures", "tensorboard"] {
        link(&program, folder, "../../elsewhere");
        let ran = program.run(&[
            "--resume",
            "artifacts/config",
            "--set",
            "training.epochs=12",
            "--set",
            "training.checkpoint-every={ steps = 1 }",
        ]);
        assert_ne!(ran.code, Some(101), "{folder}\n{}", ran.transcript());
        program.run(&["report", "artifacts/config"]);
        let written: Vec<_> = fs::read_dir(program.path("elsewhere")).unwrap().collect();
        assert!(
            written.is_empty(),
            "{folder}: {written:?}\n{}",
            ran.transcript()
        );
        let _ = fs::remove_file(program.path(&format!("artifacts/config/{folder}")));
    }
}

/// Pipes and devices in the place of files: nothing waits, and nothing is read without end.
#[test]
fn what_never_ends_is_not_read() {
    for file in ["run.json", "model.safetensors", "metrics.jsonl", "run.lock"] {
        for device in [true, false] {
            let program = with_a_secret();
            let place = program.path(&format!("artifacts/config/{file}"));
            fs::remove_file(&place).unwrap();
            if device {
                symlink("/dev/zero", &place).unwrap();
            } else {
                let made = std::process::Command::new("mkfifo").arg(&place).status();
                assert!(made.unwrap().success());
            }
            let began = Instant::now();
            for command in READING {
                let ran = program.run(command);
                assert_ne!(
                    ran.code,
                    Some(101),
                    "{command:?} {file}\n{}",
                    ran.transcript()
                );
            }
            let ran = program.run(&["--resume", "artifacts/config", "--no-report"]);
            assert_ne!(ran.code, Some(101), "{file}\n{}", ran.transcript());
            assert!(began.elapsed().as_secs() < 60, "{file}");
        }
    }
}

/// A configuration may name data anywhere, as ours may; a name of a class is a name and no path.
#[test]
fn names_in_a_run_are_no_paths() {
    let program = with_a_secret();
    let path = program.path("artifacts/config/run.json");
    let mut record = program.record("config");
    record["name"] = "../../../escaped".into();
    record["data"]["name"] = "../escaped".into();
    fs::write(&path, record.to_string()).unwrap();
    program.run(&["--resume", "artifacts/config", "--set", "training.epochs=5"]);
    program.run(&["export", "artifacts/config", "--format", "onnx"]);
    let names: Vec<_> = fs::read_dir(program.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        names
            .iter()
            .all(|name| !name.display().to_string().contains("escaped")),
        "{names:?}"
    );
}

/// A file of 8 MiB in the place of each of a run's, as small pieces as its format allows: none takes more than 64 times as much to read.
/// The rest of the limit is for the program itself.
#[cfg(target_os = "linux")]
#[test]
fn reading_takes_a_small_multiple_of_a_file() {
    const LENGTH: usize = 8 << 20;
    let numbers = format!("[{}0]", "0,".repeat(LENGTH / 2));
    let object = format!("{{\"status\":\"running\",\"a\":{numbers}}}");
    let rows = "{}\n".repeat(LENGTH / 3);
    let tensors = {
        let entries: Vec<String> = (0..LENGTH / 60)
            .map(|number| {
                let begin = 4 * number;
                format!(
                    "\"{number}\":{{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[{begin},{}]}}",
                    begin + 4
                )
            })
            .collect();
        let header = format!("{{{}}}", entries.join(","));
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.resize(file.len() + 4 * entries.len(), 0);
        file
    };
    let nested = "[".repeat(LENGTH);
    let table = format!("a\n{}", "1\n".repeat(LENGTH / 2));
    let files: [(&str, &[u8]); 8] = [
        ("run.json", object.as_bytes()),
        ("run.json", nested.as_bytes()),
        ("model.json", numbers.as_bytes()),
        ("metrics.jsonl", rows.as_bytes()),
        ("metrics.jsonl", object.as_bytes()),
        ("model.safetensors", &tensors),
        ("predictions.csv", table.as_bytes()),
        ("layers.csv", table.as_bytes()),
    ];
    let program = with_a_secret();
    for (file, content) in files {
        let place = program.path(&format!("artifacts/config/{file}"));
        let kept = fs::read(&place).unwrap();
        fs::write(&place, content).unwrap();
        for command in READING {
            let inner = program.command(command);
            let output = std::process::Command::new("prlimit")
                .arg(format!("--as={}", 64 * LENGTH + 800_000_000))
                .arg(inner.get_program())
                .args(inner.get_args())
                .current_dir(program.path(""))
                .output()
                .unwrap();
            let ran = program.ran(output);
            assert!(
                ran.code.is_some_and(|code| code != 101),
                "{command:?} {file}\n{}",
                ran.transcript()
            );
        }
        fs::write(&place, kept).unwrap();
    }
}
