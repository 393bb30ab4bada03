//! Numbers instead of classes: what is measured, judged, said and given back, through the program.

use std::fmt::Write;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use super::program::{Program, Ran};
use super::using::python;

/// The price of a flat: 1,000,000 + 5,000 per square metre, 50,000 less without a lift, and some noise.
const FLATS: &str = r#"seed = 1

[data]
source = { csv = { file = "flats.csv", target = "price" } }
split = { validation = 0.25, test = 0.25 }

[model]
layers = [{ dense = { units = 8, activation = "tanh" } }, { dense = { units = 1 } }]
loss = "mse"

[training]
epochs = 60
batch-size = 16
optimizer = { adam = { learning-rate = 0.02 } }
"#;

/// A header and 400 rows, line 2 to line 401.
pub fn flats() -> String {
    let mut text = "area,lift,price\n".to_owned();
    for row in 0..400_u64 {
        let area = 30 + row * 37 % 90;
        let lift = ["yes", "no"][(row / 3 % 2) as usize];
        let noise = (row * 7919 % 1009) as f64 / 1009.0 - 0.5;
        let price = 1_000_000.0 + 5_000.0 * area as f64 + 20_000.0 * noise
            - if lift == "no" { 50_000.0 } else { 0.0 };
        writeln!(text, "{area},{lift},{price:.2}").unwrap();
    }
    text
}

fn program() -> Program {
    Program::with_config(FLATS).file("flats.csv", flats())
}

fn close(found: &Value, expected: f64, precision: f64) {
    let found = found.as_f64().unwrap_or(f64::NAN);
    assert!(
        (found - expected).abs() <= precision * expected.abs().max(1.0),
        "{found}, not {expected}"
    );
}

/// Rows of a CSV below its header.
fn rows(table: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let row = |row: Result<csv::StringRecord, csv::Error>| {
        row.unwrap().iter().map(str::to_owned).collect()
    };
    reader.records().map(row).collect()
}

/// From the table of single samples: R², MSE and mean loss by their definitions, around the mean of the *training* split.
#[test]
fn r2_is_that_of_the_samples() {
    let program = program();
    program.train(&[]).succeeds();
    let record = program.record("config");
    let target = &record["data"]["target"];
    assert_eq!(target["name"], "price");
    let [mean, deviation] = ["mean", "deviation"].map(|key| target[key].as_f64().unwrap());

    let samples = |split: &str| {
        let arguments = ["evaluate", "artifacts/config", "--split", split, "--json"];
        let table = ["--samples-to", "samples.csv"];
        let ran = program
            .run(&[&arguments[..], &table[..]].concat())
            .succeeds();
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        let numbers: Vec<Vec<f64>> = rows(&program.read("samples.csv"))
            .iter()
            .map(|row| row.iter().map(|cell| cell.parse().unwrap()).collect())
            .collect();
        (answer, numbers)
    };
    let (_, training) = samples("training");
    let count = training.len() as f64;
    let of_training = training.iter().map(|row| row[1]).sum::<f64>() / count;
    let squares = training.iter().map(|row| (row[1] - of_training).powi(2));
    assert!((of_training - mean).abs() < 1e-6 && training.len() == 200);
    assert!(((squares.sum::<f64>() / count).sqrt() / deviation - 1.0).abs() < 1e-9);
    assert!(
        program
            .read("samples.csv")
            .starts_with("index,target,predicted,error,loss,output_0\n")
    );
    for split in ["training", "validation", "test"] {
        let (answer, numbers) = samples(split);
        let sum = |of: &dyn Fn(&Vec<f64>) -> f64| numbers.iter().map(of).sum::<f64>();
        let errors = sum(&|row| (row[2] - row[1]).powi(2));
        let r2 = 1.0 - errors / sum(&|row| (row[1] - mean).powi(2));
        let count = numbers.len() as f64;
        // Outputs are f32: about 1e-7 of prices of a million, against errors of thousands.
        close(&answer["r2"]["value"], r2, 1e-4);
        close(&answer["mean-squared-error"], errors / count, 1e-3);
        close(
            &answer["root-mean-squared-error"],
            (errors / count).sqrt(),
            1e-3,
        );
        close(&answer["loss"], errors / count / deviation.powi(2), 1e-4);
        let absolute = sum(&|row| row[3].abs()) / count;
        close(&answer["mean-absolute-error"], absolute, 1e-3);
        let recorded = &record["result"][split];
        assert_eq!(recorded["r2"], answer["r2"]);
        assert!(recorded.get("accuracy").is_none(), "{recorded}");
    }
    // The gap is that of the losses: points of R².
    let result = &record["result"];
    let [seen, unseen] = ["training", "test"].map(|split| result[split]["loss"].as_f64().unwrap());
    close(
        &result["judgement"]["r2-gap"]["value"],
        unseen - seen,
        1e-12,
    );
    assert_eq!(result["judgement"]["verdict"]["name"], "learned");
    // Area and lift explain nearly everything, and do so linearly.
    assert!(result["test"]["r2"]["value"].as_f64().unwrap() > 0.99);
    let linear = &result["baselines"][1];
    assert_eq!(linear["name"], "linear model");
    assert!(linear["r2"]["value"].as_f64().unwrap() > 0.99, "{linear}");
}

#[test]
fn epochs_have_r2_instead_of_accuracy() {
    let program = program();
    let ran = program.train(&["--set", "training.epochs=3"]).succeeds();
    assert!(ran.stderr.contains("  R² "), "{}", ran.stderr);
    for row in program.rows("config") {
        for key in [
            "train_accuracy",
            "validation_accuracy",
            "accuracy_gap",
            "running_accuracy",
        ] {
            assert!(row[key].is_null(), "{key} in {row}");
        }
        for key in [
            "train_r2",
            "validation_r2",
            "loss_gap",
            "loss_gap_low",
            "train_loss_variance",
        ] {
            assert!(row[key].is_number(), "{key} in {row}");
        }
    }
    let picture = program.read("artifacts/config/curves.svg");
    assert!(
        picture.contains("R², %") && !picture.contains("Accuracy"),
        "{picture}"
    );
}

#[test]
fn the_verdict_can_be_verified() {
    let program = program();
    program.train(&[]).succeeds();
    program.run(&["verify", "artifacts/config"]).succeeds();
    let mut record = program.record("config");
    record["result"]["test"]["r2"]["value"] = 0.999_999.into();
    let program = program.file("artifacts/config/run.json", record.to_string());
    let ran = program.run(&["verify", "artifacts/config"]).fails_with(1);
    assert!(
        ran.stdout.contains("test.r2.value: recorded 0.999999"),
        "{}",
        ran.stdout
    );
}

/// `data describe`, the evaluation and the messages of a run that says nothing about time.
#[test]
fn what_is_said_of_numbers() {
    let program = program();
    let ran = program
        .run(&["data", "describe", "--config", "config.toml"])
        .succeeds();
    assert_snapshot!("regression_described", ran.transcript());
    program.train(&[]).succeeds();
    let ran = program.run(&["evaluate", "artifacts/config"]).succeeds();
    assert_snapshot!("regression_evaluated", ran.transcript());
}

#[test]
fn predictions_come_in_the_unit_of_the_target() {
    let program = program().file("new.csv", "lift,area\nyes,50\nno,100\n");
    program.train(&[]).succeeds();
    let predict = |format: &str| {
        let arguments = ["predict", "artifacts/config", "new.csv", "--format", format];
        program.run(&arguments).succeeds().stdout
    };
    let table = rows(&predict("csv"));
    let prices: Vec<f64> = table.iter().map(|row| row[1].parse().unwrap()).collect();
    // 1,250,000 and 1,450,000, with the noise of the samples.
    assert!((prices[0] - 1_250_000.0).abs() < 10_000.0, "{prices:?}");
    assert!((prices[1] - 1_450_000.0).abs() < 10_000.0, "{prices:?}");
    let first: Value = serde_json::from_str(predict("jsonl").lines().next().unwrap()).unwrap();
    assert_eq!(first["target"], "price");
    close(&first["prediction"], prices[0], 1e-6);
    let text = predict("text");
    assert!(text.starts_with("new.csv:1  price 12"), "{text}");
}

#[test]
fn exported_numbers_are_in_the_unit_of_the_target() {
    let Some(python) = python() else {
        println!("skipped: no Python with onnx and onnxruntime ($BRECHA_PYTHON)");
        return;
    };
    let program = program().file("new.csv", "lift,area\nyes,50\nno,100\n");
    program.train(&[]).succeeds();
    program
        .run(&["export", "artifacts/config", "--format", "onnx"])
        .succeeds();
    program
        .run(&["export", "artifacts/config", "--format", "safetensors"])
        .succeeds();
    let predicted = program
        .run(&["predict", "artifacts/config", "new.csv", "--format", "csv"])
        .succeeds();
    let expected: Vec<f64> = rows(&predicted.stdout)
        .iter()
        .map(|row| row[1].parse().unwrap())
        .collect();
    // The vector: area, then one value for each of `no` and `yes`.
    let script = "\
import numpy, onnxruntime
from safetensors import safe_open
session = onnxruntime.InferenceSession('artifacts/config/model.onnx')
rows = numpy.array([[50, 0, 1], [100, 1, 0]], dtype=numpy.float32)
(answers,) = session.run(['prediction'], {'input': rows})
known = session.get_modelmeta().custom_metadata_map
file = safe_open('artifacts/config/model.pytorch.safetensors', 'numpy')
assert file.metadata()['target'] == known['target'] == 'price'
assert file.metadata()['target_mean'] == known['target_mean']
print(*answers[:, 0])
";
    let ran = Command::new(python)
        .args(["-c", script])
        .current_dir(program.path(""))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let found: Vec<f64> = text
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect();
    for (found, expected) in found.iter().zip(&expected) {
        // Two ways in f32.
        assert!(
            (found / expected - 1.0).abs() < 1e-5,
            "{found} and {expected}"
        );
    }
    assert_eq!(found.len(), 2);
}

/// Twelve inputs and a number that has nothing to do with them.
fn noise() -> String {
    let mut state = 0_u64;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    let names: Vec<String> = (0..12).map(|input| format!("x{input}")).collect();
    let mut text = format!("{},y\n", names.join(","));
    for _ in 0..300 {
        let row: Vec<String> = (0..13).map(|_| format!("{:.4}", draw())).collect();
        writeln!(text, "{}", row.join(",")).unwrap();
    }
    text
}

/// A planted case for each verdict, with several seeds: never the opposite one, and the planted one mostly.
#[test]
fn planted_cases_get_their_verdicts() {
    let sine = |samples: usize, noise: f64| {
        format!("{{ sine = {{ samples = {samples}, noise = {noise} }} }}")
    };
    let table = "{ csv = { file = \"noise.csv\", target = \"y\" } }".to_owned();
    let tanh =
        |units: usize| format!("{{ dense = {{ units = {units}, activation = \"tanh\" }} }},");
    let half = "{ validation = 0.25, test = 0.25 }";
    let adam = "{ adam = { learning-rate = 0.02 } }";
    let hot = "{ sgd = { learning-rate = 1e4 } }";
    for (planted, opposite, source, split, hidden, epochs, optimizer) in [
        (
            "learned",
            "overfit",
            sine(2000, 0.1),
            half,
            tanh(16),
            150,
            adam,
        ),
        (
            "overfit",
            "learned",
            table,
            "{ validation = 0.5 }",
            tanh(64),
            150,
            adam,
        ),
        (
            "underfit",
            "overfit",
            sine(2000, 0.1),
            half,
            String::new(),
            150,
            adam,
        ),
        (
            "diverged",
            "learned",
            sine(200, 0.1),
            half,
            tanh(16),
            20,
            hot,
        ),
        (
            "inconclusive",
            "overfit",
            sine(100, 0.4),
            "{ validation = 0.2, test = 0.1 }",
            tanh(16),
            300,
            adam,
        ),
    ] {
        let config = format!(
            "[data]\nsource = {source}\nsplit = {split}\n[model]\n\
             layers = [{hidden} {{ dense = {{ units = 1 }} }}]\nloss = \"mse\"\ninitial-weights = \"fan-in-uniform\"\n\
             [training]\nepochs = {epochs}\nbatch-size = 16\noptimizer = {optimizer}\n"
        );
        let program = Program::with_config(&config).file("noise.csv", noise());
        let mut names = Vec::new();
        for seed in 1..=5 {
            let seed = format!("seed={seed}");
            let arguments = ["--config", "config.toml", "--json", "--set", &seed];
            let ran = program.run(&arguments);
            let record: Value = serde_json::from_str(&ran.stdout)
                .unwrap_or_else(|error| panic!("{error}: {}", ran.transcript()));
            let verdict = &record["result"]["judgement"]["verdict"]["name"];
            names.push(verdict.as_str().unwrap_or_default().to_owned());
        }
        let count = |name: &str| names.iter().filter(|found| *found == name).count();
        assert!(
            count(planted) >= 4 && count(opposite) == 0,
            "{planted}: {names:?}"
        );
    }
}

#[test]
fn shuffled_numbers_are_the_control() {
    let program = program();
    let ran = program
        .run(&[
            "control",
            "--config",
            "config.toml",
            "--set",
            "training.epochs=20",
        ])
        .succeeds();
    assert!(
        ran.stdout.contains("of shuffled labels it memorised"),
        "{}",
        ran.stdout
    );
    let table = program.read("artifacts/config.control.sweep/sweep.csv");
    let header: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let column = header
        .iter()
        .position(|name| *name == "validation_r2")
        .unwrap();
    let r2: Vec<f64> = rows(&table)
        .iter()
        .map(|row| row[column].parse().unwrap())
        .collect();
    assert!(r2[0] > 0.9 && r2[1] < 0.2, "{r2:?}");
}

fn train(csv: &str, source: &str) -> Ran {
    Program::with_config(&FLATS.replace("target = \"price\"", source))
        .file("flats.csv", csv)
        .train(&[])
}

/// One change to the table.
fn with(old: &str, new: &str) -> String {
    let text = flats();
    assert!(text.contains(old), "{old}");
    text.replacen(old, new, 1)
}

#[test]
fn what_is_wrong_with_targets() {
    let target = "target = \"price\"";
    let third = flats()
        .lines()
        .nth(3)
        .unwrap()
        .rsplit(',')
        .next()
        .unwrap()
        .to_owned();
    let constant = "area,price\n1,2\n2,2\n3,2\n4,2\n";
    let mut text = String::new();
    for (code, csv, source) in [
        (2, flats(), ""),
        (2, flats(), "target = \"price\", label = \"lift\""),
        (2, flats(), "target = \"price\", ignore = [\"price\"]"),
        (2, flats(), "target = \"price\", categorical = [\"price\"]"),
        (3, flats(), "target = \"prize\""),
        (3, with(&third, ""), target),
        (3, with(&third, "much"), target),
        (3, with(&third, "inf"), target),
        (3, with(&third, "\"1,5\""), target),
        (3, constant.to_owned(), target),
        (3, flats(), "target = \"lift\""),
        (3, flats(), "label = \"price\""),
    ] {
        let ran = train(&csv, source).fails_with(code);
        let _ = writeln!(text, "{source}\n{}\n", ran.transcript().trim_end());
    }
    assert_snapshot!("regression_refused_targets", text);
}

#[test]
fn what_a_number_cannot_be_asked_with() {
    let program = program();
    let mut text = String::new();
    for change in [
        "model.loss=\"cross-entropy\"",
        "model.layers.1.dense.units=2",
        "model.layers=[{ dense = { units = 8 } }]",
        "training.class-weights=\"balanced\"",
    ] {
        let ran = program.train(&["--set", change]).fails_with(2);
        // The data line is that of other tests.
        let error = ran.stderr.find("error:").map_or("", |at| &ran.stderr[at..]);
        let _ = writeln!(text, "{change}\n{}\n---", error.trim_end());
    }
    let ran = program
        .run(&["learning-curve", "--config", "config.toml"])
        .fails_with(2);
    text.push_str(&ran.stderr);
    assert_snapshot!("regression_refused", text);
}

/// Equal inputs are two samples, unless the number is the same as well.
#[test]
fn a_repeated_row_leaks_and_another_number_does_not() {
    let describe = |csv: String| {
        let program = Program::with_config(FLATS).file("flats.csv", csv);
        let arguments = ["data", "describe", "--config", "config.toml", "--json"];
        let ran = program.run(&arguments).succeeds();
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        answer["leakage"].clone()
    };
    let count = |leakage: &Value| {
        let within = ["train", "validation", "test"].map(|split| &leakage["within"][split]);
        let across = ["train-validation", "train-test", "validation-test"]
            .map(|pair| &leakage["across"][pair]);
        let counts = within.into_iter().chain(across);
        counts
            .map(|found| found["count"].as_u64().unwrap())
            .sum::<u64>()
    };
    let once = flats();
    let first = once.lines().nth(1).unwrap().to_owned();
    let (inputs, _) = first.rsplit_once(',').unwrap();
    assert_eq!(count(&describe(format!("{once}{inputs},7\n"))), 0);
    let twice = describe(format!("{once}{first}\n"));
    assert!(count(&twice) > 0, "{twice}");
    assert_eq!(twice["conflicting-labels"]["count"], 0);
}
