//! What TensorBoard's own reader finds in a run.

use std::fs;
use std::process::Command;

use super::program::{Program, SMALL, idx_images, idx_labels, repository};

/// A Python with TensorBoard, as CI has it.
fn python() -> Option<String> {
    let python = std::env::var("BRECHA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python)
        .args(["-c", "import tensorboard, PIL"])
        .output()
        .is_ok_and(|output| output.status.success());
    assert!(
        there || std::env::var_os("CI").is_none(),
        "CI must install tensorboard"
    );
    if !there {
        println!("skipped: no Python with tensorboard ($BRECHA_PYTHON)");
    }
    there.then_some(python)
}

/// How many numbers, epochs with histograms, and pictures were found and are right.
fn read(python: &str, program: &Program) -> [u64; 3] {
    let output = Command::new(python)
        .arg(repository().join("tests/event_files.py"))
        .arg(program.path("artifacts/config"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found: serde_json::Value = serde_json::from_str(&said).unwrap();
    ["scalars", "histograms", "pictures"].map(|name| found[name].as_u64().unwrap())
}

#[test]
fn tensorboard_reads_every_number_of_the_metrics() {
    let Some(python) = python() else { return };
    let program = Program::with_config(SMALL);
    program.train(&["--set", "training.epochs=300"]).succeeds();
    let [scalars, histograms, pictures] = read(&python, &program);
    // Two of each split, five of training alone, six of the gaps.
    assert_eq!(scalars, 300 * (2 + 2 + 5 + 6));
    assert!((40..=64).contains(&histograms), "{histograms}");
    assert!(pictures >= 1);
}

#[test]
fn tensorboard_reads_runs_of_numbers_and_runs_without_validation() {
    let Some(python) = python() else { return };
    let program = Program::with_shipped("regression.toml");
    program
        .run(&[
            "--config",
            "regression.toml",
            "--name",
            "config",
            "--set",
            "training.epochs=3",
        ])
        .succeeds();
    let [scalars, histograms, _] = read(&python, &program);
    assert_eq!((scalars, histograms), (3 * (2 + 2 + 4 + 3), 3));

    let config = r#"seed = 3
[data]
source = { idx = { images = "images", labels = "labels" } }
split = { validation = 0 }
leakage = "off"
[model]
layers = [{ conv2d = { filters = 2, kernel = 3 } }, { batch-norm = {} }, "flatten", { dense = { units = 3 } }]
loss = "cross-entropy"
[training]
epochs = 2
batch-size = 8
optimizer = { adam = {} }
schedule = { cosine = {} }
"#;
    let program = Program::with_config(config)
        .file("images", idx_images(40, 9, 9))
        .file("labels", idx_labels(40));
    program.train(&[]).succeeds();
    let [scalars, histograms, _] = read(&python, &program);
    assert_eq!((scalars, histograms), (2 * (2 + 5), 2));
}

#[test]
fn a_run_without_a_report_has_no_event_files() {
    let program = Program::with_config(SMALL);
    program.train(&["--no-report"]).succeeds();
    assert!(!program.path("artifacts/config/tensorboard").exists());
    program.train(&[]).succeeds();
    let folder = program.path("artifacts/config-2/tensorboard");
    let mut entries: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    entries.sort();
    let [events, train, validation] = entries.as_slice() else {
        panic!("{entries:?}");
    };
    assert!(
        events.starts_with("events.out.tfevents.") && events.ends_with(".brecha"),
        "{events}"
    );
    assert_eq!([train, validation], ["train", "validation"]);
}
