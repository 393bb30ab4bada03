//! What a run leaves behind, and what it never touches.

use std::fs;

use super::program::{Program, SMALL, shipped};

#[test]
fn a_run_writes_exactly_these_files() {
    let program = Program::with_config(SMALL);
    program.train(&[]).succeeds();
    let mut names: Vec<String> = fs::read_dir(program.path("artifacts/config"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "checkpoints",
            "config.toml",
            "curves.png",
            "curves.svg",
            "gradients.csv",
            "layers.csv",
            "metrics.csv",
            "metrics.jsonl",
            "model.json",
            "model.safetensors",
            "pictures",
            "predictions.csv",
            "report.html",
            "run.json",
            "run.lock",
            "tensorboard"
        ]
    );
    assert_eq!(
        fs::read_dir(program.path("")).unwrap().count(),
        2,
        "the configuration, and artifacts"
    );
}

#[test]
fn train_is_the_default_command() {
    let program = Program::with_config(SMALL);
    program.train(&[]).succeeds();
    program
        .run(&["train", "--config", "config.toml"])
        .succeeds();
    assert_eq!(numbers(&program, "config"), numbers(&program, "config-2"));
}

#[test]
fn an_existing_run_is_never_touched() {
    let program = Program::with_config(SMALL).file("artifacts/config-2", "a file of the user");
    program.train(&[]).succeeds();
    let first = program.read("artifacts/config/run.json");
    program.train(&[]).succeeds();
    program.train(&[]).succeeds();
    assert_eq!(first, program.read("artifacts/config/run.json"));
    assert_eq!(program.read("artifacts/config-2"), "a file of the user");
    assert_eq!(program.record("config-3")["name"], "config-3");
    assert_eq!(program.record("config-4")["status"], "finished");
}

#[test]
fn the_resolved_configuration_repeats_the_run() {
    // Neither a seed nor a learning rate is given: both must be written down.
    let config = SMALL
        .replace("seed = 1\n", "")
        .replace("{ sgd = { learning-rate = 0.5 } }", "{ adam = {} }");
    let program = Program::with_config(&config);
    program
        .train(&["--set", "training.epochs=4", "--name", "first"])
        .succeeds();
    let resolved = program.read("artifacts/first/config.toml");
    for written in [
        "seed = ",
        "epochs = 4",
        "learning-rate = 0.001",
        "epsilon = 0.00000001",
        "tolerance = 0.05",
    ] {
        assert!(
            resolved.contains(written),
            "`{written}` is missing in\n{resolved}"
        );
    }
    program
        .run(&[
            "--config",
            "artifacts/first/config.toml",
            "--name",
            "second",
        ])
        .succeeds();
    assert_eq!(resolved, program.read("artifacts/second/config.toml"));
    assert_eq!(numbers(&program, "first"), numbers(&program, "second"));
    assert_eq!(
        fs::read(program.path("artifacts/first/model.safetensors")).unwrap(),
        fs::read(program.path("artifacts/second/model.safetensors")).unwrap()
    );
}

/// The rows without what the clock says.
fn numbers(program: &Program, run: &str) -> Vec<serde_json::Value> {
    let mut rows = program.rows(run);
    for row in &mut rows {
        let row = row.as_object_mut().unwrap();
        row.remove("seconds");
        row.remove("train_images_per_s");
    }
    rows
}

#[test]
fn both_tables_hold_the_same_numbers() {
    let program = Program::with_config(SMALL);
    program.train(&[]).succeeds();
    let csv = program.read("artifacts/config/metrics.csv");
    let mut lines = csv.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(
        columns,
        [
            "epoch",
            "train_loss",
            "train_accuracy",
            "validation_loss",
            "validation_accuracy",
            "accuracy_gap",
            "accuracy_gap_low",
            "accuracy_gap_high",
            "loss_gap",
            "loss_gap_low",
            "loss_gap_high",
            "gradient_norm",
            "learning_rate",
            "train_images_per_s",
            "seconds",
            "running_loss",
            "running_accuracy",
            "train_loss_change",
            "train_loss_change_variance",
            "train_loss_change_third",
            "validation_loss_change",
            "validation_loss_change_variance",
            "validation_loss_change_third",
            "train_r2",
            "validation_r2",
            "train_loss_variance",
            "train_loss_third",
            "validation_loss_variance",
            "validation_loss_third"
        ]
    );
    let rows = program.rows("config");
    assert_eq!((lines.clone().count(), rows.len()), (3, 3));
    let json = program.read("artifacts/config/metrics.jsonl");
    for ((line, json), row) in lines.zip(json.lines()).zip(&rows) {
        // The texts are compared, because serde_json's numbers may be off by one in the last place.
        let texts: Vec<(&str, &str)> = json
            .trim_matches(['{', '}'])
            .split(',')
            .map(|field| field.split_once(':').unwrap())
            .collect();
        for ((column, text), (key, json)) in columns.iter().zip(line.split(',')).zip(texts) {
            assert_eq!(format!("\"{column}\""), key);
            // What is not there is an empty cell in one and `null` in the other.
            let json = if json == "null" { "" } else { json };
            assert_eq!(text.parse::<f64>(), json.parse::<f64>(), "{column}");
        }
        let difference =
            row["train_accuracy"].as_f64().unwrap() - row["validation_accuracy"].as_f64().unwrap();
        assert_eq!(row["accuracy_gap"].as_f64(), Some(difference));
        assert!(row["accuracy_gap_low"].as_f64() <= row["accuracy_gap_high"].as_f64());
    }
}

#[test]
fn the_record_says_what_ran_where_and_what_was_found() {
    let program = Program::with_config(SMALL);
    let ran = program.train(&["--json"]).succeeds();
    let record = program.record("config");
    assert_eq!(
        record,
        serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap()
    );
    assert_eq!(record["status"], "finished");
    assert_eq!(record["seed"], 1);
    assert_eq!(record["backend"]["name"], "flex");
    assert_eq!(record["model"]["parameters"], 17);
    assert_eq!(record["data"]["training"], 20);
    assert_eq!(record["epochs"]["finished"], 3);
    assert_eq!(record["result"]["validation"]["samples"], 20);
    assert!(record["result"]["judgement"]["reason"].is_string());
}

#[test]
fn the_weights_are_those_of_the_best_epoch() {
    let program = Program::with_config(SMALL);
    program.train(&["--set", "training.epochs=30"]).succeeds();
    let bytes = fs::read(program.path("artifacts/config/model.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let values = |name: &str| -> Vec<f64> {
        let bytes = tensors.tensor(name).unwrap().data().to_vec();
        bytes
            .chunks(4)
            .map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap())))
            .collect()
    };
    assert_eq!(tensors.tensor("layers.0.weight").unwrap().shape(), [2, 4]);
    assert_eq!(tensors.tensor("layers.1.weight").unwrap().shape(), [4, 1]);
    // The four corners through the weights by hand: the forward pass of the lecture. A network with 100 % on clouds
    // around the corners has the right sign on them.
    let (w1, b1) = (values("layers.0.weight"), values("layers.0.bias"));
    let (w2, b2) = (values("layers.1.weight"), values("layers.1.bias"));
    assert_eq!(
        program.record("config")["result"]["validation"]["accuracy"]["value"],
        1.0
    );
    for (x1, x2, y) in [
        (-1.0, -1.0, -1.0),
        (-1.0, 1.0, 1.0),
        (1.0, -1.0, 1.0),
        (1.0, 1.0, -1.0),
    ] {
        let mut s = b2[0];
        for unit in 0..4 {
            s += w2[unit] * (b1[unit] + x1 * w1[unit] + x2 * w1[4 + unit]).tanh();
        }
        assert!(s.tanh() * y > 0.0, "({x1}, {x2}) gives {s}");
    }
}

#[test]
fn the_best_epoch_has_the_lowest_validation_loss_and_is_not_simply_the_last() {
    let program = Program::with_config(&shipped("overfit.toml"));
    program.train(&["--set", "training.epochs=30"]).succeeds();
    let rows = program.rows("config");
    let loss = |row: &serde_json::Value| row["validation_loss"].as_f64().unwrap();
    let best = rows
        .iter()
        .min_by(|a, b| loss(a).total_cmp(&loss(b)))
        .unwrap();
    let record = program.record("config");
    assert_eq!(record["epochs"]["best"], best["epoch"]);
    assert!(
        best["epoch"].as_u64().unwrap() < 30,
        "this run must overfit, or it shows nothing"
    );
    // Measured again on the kept weights: were they those of another epoch, the loss would be another.
    assert_eq!(
        record["result"]["validation"]["loss"],
        best["validation_loss"]
    );
    // The last network is measured too, on the whole splits, and is the one of the last row.
    let last = &record["result"]["last-epoch"];
    assert_eq!(last["validation"]["loss"], rows[29]["validation_loss"]);
    assert_eq!(last["training"]["samples"], 100);
}

#[test]
fn a_full_disk_ends_the_run_with_the_reason() {
    // A limit on the size of files stands in for the disk: 16 blocks, which the rows outgrow after some epochs.
    let program = Program::with_config(SMALL);
    let script = format!(
        "trap '' XFSZ; ulimit -f 16; exec {} --config config.toml --set training.epochs=1000",
        env!("CARGO_BIN_EXE_brecha")
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(program.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(
        said.contains("error: cannot write `artifacts/config/metrics"),
        "{said}"
    );
    let record = program.record("config");
    assert_eq!(record["status"], "failed");
    assert!(
        record["error"]
            .as_str()
            .unwrap()
            .starts_with("cannot write `artifacts/config/metrics")
    );
    // What was finished before is kept.
    assert!(program.path("artifacts/config/model.safetensors").exists());
}

#[test]
fn the_result_on_the_terminal() {
    let program = Program::with_config(SMALL);
    let ran = program.train(&["--set", "training.epochs=10"]).succeeds();
    insta::assert_snapshot!("result", ran.transcript());
}

#[test]
fn an_artifacts_folder_that_cannot_be_made_is_named() {
    let program =
        Program::with_config(SMALL).file("artifacts", "a file where the folder should be");
    let ran = program.train(&[]).fails_with(5);
    insta::assert_snapshot!("artifacts_is_a_file", ran.transcript());
}

#[test]
fn a_closed_standard_output_is_no_reason_to_fail() {
    let program = Program::with_config(SMALL);
    let mut child = program
        .command(&["--config", "config.toml"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(program.record("config")["status"], "finished");
}

#[test]
fn two_runs_at_once_get_two_folders() {
    let program = Program::with_config(SMALL);
    let start = || {
        program
            .command(&["--config", "config.toml"])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut children = [start(), start(), start()];
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    for run in ["config", "config-2", "config-3"] {
        assert_eq!(program.record(run)["status"], "finished");
    }
}
