//! A trained network in use: evaluated class by class, and exported to programs that are not ours.

use std::fmt::Write;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use super::program::{Program, SMALL, idx_images, idx_labels, repository};

const COUNT: u32 = 200;

/// A run of two epochs on 200 images of 9×9 with these layers.
fn with_images(layers: &str) -> Program {
    let config = format!(
        r#"seed = 3
[data]
source = {{ idx = {{ images = "images", labels = "labels" }} }}
split = {{ validation = 0.5 }}
normalization = "standardize"
leakage = "off"
[model]
layers = [{layers}]
loss = "cross-entropy"
[training]
epochs = 2
batch-size = 8
optimizer = {{ adam = {{}} }}
"#
    );
    let program = Program::with_config(&config)
        .file("images", idx_images(COUNT, 9, 9))
        .file("labels", idx_labels(COUNT));
    program.train(&[]).succeeds();
    program
}

const MLP: &str =
    r#""flatten", { dense = { units = 8, activation = "tanh" } }, { dense = { units = 3 } }"#;

#[test]
fn a_run_is_evaluated_class_by_class() {
    let program = with_images(MLP);
    let ran = program.run(&["evaluate", "artifacts/config"]).succeeds();
    assert!(
        ran.stdout.starts_with("validation: accuracy "),
        "{}",
        ran.stdout
    );
    let json = program
        .run(&[
            "evaluate",
            "artifacts/config",
            "--json",
            "--samples-to",
            "samples.csv",
        ])
        .succeeds();
    let answer: Value = serde_json::from_str(&json.stdout).unwrap();
    let result = program.record("config")["result"]["validation"].clone();
    assert_eq!(answer["accuracy"], result["accuracy"]);
    assert_eq!(answer["samples"], 100);
    let of_classes = answer["classes"].as_array().unwrap();
    let total: u64 = of_classes
        .iter()
        .map(|class| class["samples"].as_u64().unwrap())
        .sum();
    assert_eq!(total, 100);
    // The table of the samples says the same.
    let table = program.read("samples.csv");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(
        table.lines().next().unwrap(),
        "index,class,predicted,loss,output_0,output_1,output_2"
    );
    let right = rows.iter().filter(|row| row[1] == row[2]).count();
    assert!((answer["accuracy"]["value"].as_f64().unwrap() - right as f64 / 100.0).abs() < 1e-12);
    let mean = rows
        .iter()
        .map(|row| row[3].parse::<f64>().unwrap())
        .sum::<f64>()
        / 100.0;
    assert!((answer["loss"].as_f64().unwrap() - mean).abs() < 1e-9);

    let ran = program
        .run(&["evaluate", "artifacts/config", "--split", "test"])
        .fails_with(2);
    assert_snapshot!("evaluate_without_split", ran.transcript());
    let ran = program.run(&["evaluate", "artifacts/none"]).fails_with(5);
    assert!(
        ran.stderr.contains("hint: a run is a folder"),
        "{}",
        ran.stderr
    );
}

#[test]
fn two_classes_with_one_output_are_evaluated() {
    let program = Program::with_config(SMALL);
    program.train(&[]).succeeds();
    let ran = program.run(&["evaluate", "artifacts/config"]).succeeds();
    assert_snapshot!("evaluated", ran.transcript());
}

/// A Python with onnx, onnxruntime, safetensors and numpy, as CI has it.
pub fn python() -> Option<String> {
    let python = std::env::var("BRECHA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python)
        .args(["-c", "import onnx, onnxruntime, safetensors, numpy"])
        .output()
        .is_ok_and(|output| output.status.success());
    assert!(
        there || std::env::var_os("CI").is_none(),
        "CI must install onnx, onnxruntime, safetensors and numpy"
    );
    there.then_some(python)
}

#[test]
fn exported_networks_answer_the_same_elsewhere() {
    let Some(python) = python() else {
        println!(
            "skipped: no Python with onnx, onnxruntime, safetensors and numpy ($BRECHA_PYTHON)"
        );
        return;
    };
    for layers in [
        MLP,
        r#"{ conv2d = { filters = 4, kernel = 3, padding = "same", activation = "relu" } }, { max-pool = { size = 2 } },
           { conv2d = { filters = 3, kernel = [2, 3], stride = [1, 2], activation = "sigmoid" } }, { avg-pool = { size = [2, 1] } },
           { dropout = { rate = 0.5 } }, "flatten", "tanh", { dense = { units = 3 } }, "softmax""#,
        r#"{ conv2d = { filters = 5, kernel = 3, activation = "gelu" } }, { batch-norm = {} }, "leaky-relu", "global-avg-pool",
           { dense = { units = 4, activation = "leaky-relu" } }, { batch-norm = { epsilon = 1e-3 } }, { dense = { units = 3 } }"#,
        r#"{ conv2d = { filters = 5, kernel = 3, activation = "leaky-relu" } }, { dropout2d = { rate = 0.3 } }, { max-pool = { size = 2 } },
           "flatten", { layer-norm = {} }, { dense = { units = 6 } }, { layer-norm = { epsilon = 1e-3 } }, "gelu", { dense = { units = 3 } }"#,
        r#"{ conv2d = { filters = 4, kernel = 3 } }, { residual = { filters = 4 } }, { residual = { filters = 6, stride = 2, activation = "tanh" } },
           { residual = { filters = 6, kernel = [1, 3], normalize = false } }, "global-avg-pool", { dense = { units = 3 } }"#,
    ] {
        let program = with_images(layers);
        for format in ["onnx", "safetensors"] {
            program
                .run(&["export", "artifacts/config", "--format", format])
                .succeeds();
        }
        program
            .run(&[
                "evaluate",
                "artifacts/config",
                "--samples-to",
                "samples.csv",
            ])
            .succeeds();
        let output = Command::new(&python)
            .arg(repository().join("tests/exported.py"))
            .args(["artifacts/config", "images", "samples.csv"].map(|path| program.path(path)))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("\"samples\": 100"),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn what_is_damaged_is_not_exported() {
    let program = with_images(MLP);
    let ran = program
        .run(&["export", "artifacts/config", "--format", "onnx"])
        .succeeds();
    assert_eq!(ran.stdout, "artifacts/config/model.onnx\n");
    let first = std::fs::read(program.path("artifacts/config/model.onnx")).unwrap();
    program
        .run(&[
            "export",
            "artifacts/config",
            "--format",
            "onnx",
            "--output",
            "again.onnx",
        ])
        .succeeds();
    assert_eq!(
        std::fs::read(program.path("again.onnx")).unwrap(),
        first,
        "the same bytes"
    );

    let export = [
        "export",
        "artifacts/config",
        "--format",
        "onnx",
        "--output",
        "other.onnx",
    ];
    let run = program.path("artifacts/config");
    let spoil = |file: &str, from: &str, to: &str| {
        let path = run.join(file);
        let content = std::fs::read_to_string(&path).unwrap();
        assert!(content.contains(from), "{file} has no {from}");
        std::fs::write(&path, content.replacen(from, to, 1)).unwrap();
        let ran = program.run(&export).fails_with(5);
        std::fs::write(&path, content).unwrap();
        assert!(!program.path("other.onnx").exists());
        ran.transcript()
    };
    assert_snapshot!(
        "export_other_layers",
        spoil("config.toml", "units = 8", "units = 9")
    );
    assert_snapshot!(
        "export_no_classes",
        spoil("model.json", "\"classes\": [", "\"clases\": [")
    );
    assert_snapshot!(
        "export_no_toml",
        spoil("config.toml", "seed = 3", "seed = = 3")
    );
    assert_snapshot!("export_no_json", spoil("model.json", "{", ""));
    let ran = program
        .run(&[
            "export",
            "artifacts/config",
            "--format",
            "onnx",
            "--output",
            "no/such/folder/x.onnx",
        ])
        .fails_with(5);
    assert!(
        ran.stderr.contains("no/such/folder/x.onnx"),
        "{}",
        ran.stderr
    );
}

/// The rows of `evaluate --samples-to`: index, class, predicted.
fn answered(program: &Program, run: &str, split: &str) -> Vec<(usize, String)> {
    let run = format!("artifacts/{run}");
    program
        .run(&[
            "evaluate",
            &run,
            "--split",
            split,
            "--samples-to",
            "samples.csv",
        ])
        .succeeds();
    let table = program.read("samples.csv");
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[0].parse().unwrap(), cells[2].to_owned())
    });
    rows.collect()
}

/// A batch of rows is answered while standard input is open and nobody knows how many there will be.
#[test]
fn rows_are_answered_as_they_come() {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::process::Stdio;

    let program = Program::with_config(SMALL);
    program.train(&[]).succeeds();
    let mut running = program
        .command(&["predict", "artifacts/config", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = running.stdin.take().unwrap();
    let mut output = BufReader::new(running.stdout.take().unwrap());
    input.write_all(b"x1,x2\n").unwrap();
    for batch in 0..3 {
        let rows: Vec<String> = (0..256).map(|row| format!("{row},{batch}.5\n")).collect();
        input.write_all(rows.concat().as_bytes()).unwrap();
        for row in 256 * batch + 1..=256 * (batch + 1) {
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            assert!(line.starts_with(&format!("-:{row}  ")), "{line}");
        }
    }
    // Less than a batch, the last row of which is none.
    input.write_all(b"1,2\n1\n").unwrap();
    drop(input);
    let (mut rest, mut said) = (String::new(), String::new());
    output.read_to_string(&mut rest).unwrap();
    assert!(
        rest.starts_with("-:769  ") && rest.lines().count() == 1,
        "{rest}"
    );
    running
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(3));
    assert!(
        said.contains("`-`, line 771 has 1 cells, but the header has 2"),
        "{said}"
    );
}

/// Of rows that never end, as `| head` asks for.
#[test]
fn nothing_is_answered_that_nobody_reads() {
    use std::io::Write as _;
    use std::process::Stdio;

    let program = Program::with_config(SMALL);
    program.train(&[]).succeeds();
    let mut running = program
        .command(&["predict", "artifacts/config", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = running.stdin.take().unwrap();
    drop(running.stdout.take());
    let rows = format!("x1,x2\n{}", "1,2\n".repeat(10_000));
    input.write_all(&rows.as_bytes()[..6]).unwrap();
    while input.write_all(&rows.as_bytes()[6..]).is_ok() {}
    assert_eq!(running.wait().unwrap().code(), Some(0));
}

#[test]
fn rows_of_a_table_are_answered_as_in_training() {
    let program = Program::with_shipped("csv.toml");
    program.run(&["--config", "csv.toml"]).succeeds();
    let predict = [
        "predict",
        "artifacts/csv",
        "data/iris.csv",
        "--format",
        "csv",
    ];
    let ran = program.run(&predict).succeeds();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "input,class,probability");
    assert_eq!(lines.len(), 151);
    for (index, predicted) in answered(&program, "csv", "validation") {
        // Rows are counted from 1, samples from 0.
        let start = format!("data/iris.csv:{},{predicted},", index + 1);
        assert!(
            lines[index + 1].starts_with(&start),
            "{start} {}",
            lines[index + 1]
        );
    }
    // The first two rows without their class, columns in another order, from standard input; three answers each.
    let text = program.read("data/iris.csv");
    let columns: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let turned: Vec<String> = text
        .lines()
        .take(3)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').take(columns.len() - 1).collect();
            cells.into_iter().rev().collect::<Vec<_>>().join(";")
        })
        .collect();
    let ran = program
        .run_with_input(
            &[
                "predict",
                "artifacts/csv",
                "-",
                "--format",
                "jsonl",
                "--top",
                "9",
            ],
            &turned.join("\n"),
        )
        .succeeds();
    let answers: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0]["input"], "-:1");
    let top = answers[0]["top"].as_array().unwrap();
    let sum: f64 = top
        .iter()
        .map(|answer| answer["probability"].as_f64().unwrap())
        .sum();
    assert!(top.len() == 3 && (sum - 1.0).abs() < 1e-12, "{top:?}");
    assert!(lines[1].contains(answers[0]["class"].as_str().unwrap()));

    // What stands above a row that cannot be read is answered.
    let program = program.file("bad.csv", text.replacen(",3.2,", ",wide,", 1));
    let ran = program
        .run(&["predict", "artifacts/csv", "bad.csv", "--format", "csv"])
        .fails_with(3);
    let above: Vec<String> = lines[..3]
        .iter()
        .map(|line| line.replace("data/iris", "bad"))
        .collect();
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), above);
    assert_snapshot!("predict_bad_row", ran.stderr);

    let program = program.file("lacking.csv", "sepal_length,sepal_width\n1,2\n");
    let ran = program
        .run(&["predict", "artifacts/csv", "lacking.csv"])
        .fails_with(3);
    assert_snapshot!("predict_lacking_column", ran.transcript());
    let ran = program
        .run(&["predict", "artifacts/csv", "nothing.csv"])
        .fails_with(3);
    assert_snapshot!("predict_missing_table", ran.transcript());
    // What training drew from nothing has columns called x1 and x2.
    let program = Program::with_config(SMALL).file("points.csv", "x2,x1\n1,1\n");
    program.train(&[]).succeeds();
    let ran = program
        .run(&["predict", "artifacts/config", "points.csv"])
        .succeeds();
    assert!(ran.stdout.starts_with("points.csv:1  "), "{}", ran.stdout);
}

#[test]
fn images_are_answered_as_in_training_and_bad_ones_named() {
    let program = Program::with_shipped("image-folder.toml");
    program.run(&["--config", "image-folder.toml"]).succeeds();
    let folder = program.record("image-folder")["data"]["name"].clone();
    assert_eq!(folder, "image-folder");
    let directory = trained_on(&program);
    let ran = program
        .run(&[
            "predict",
            "artifacts/image-folder",
            &directory,
            "--format",
            "csv",
        ])
        .succeeds();
    // Files are sorted by path, as classes and the samples in them are.
    let predicted: Vec<&str> = ran
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap())
        .collect();
    for (index, class) in answered(&program, "image-folder", "validation") {
        assert_eq!(predicted[index], class, "sample {index}");
    }
    let good = ran
        .stdout
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .next()
        .unwrap()
        .to_owned();
    let program = program
        .file("broken.png", "not an image")
        .file("empty.jpg", "");
    let ran = program
        .run(&[
            "predict",
            "artifacts/image-folder",
            "broken.png",
            &good,
            "empty.jpg",
            "none.png",
        ])
        .fails_with(3);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    assert_snapshot!("predict_bad_images", ran.stderr);
}

/// The validation rows as a file of their own are measured like the validation split.
#[test]
fn given_rows_are_measured_as_a_split_is() {
    let program = Program::with_shipped("csv.toml");
    program.run(&["--config", "csv.toml"]).succeeds();
    let indices = answered(&program, "csv", "validation");
    let text = program.read("data/iris.csv");
    let lines: Vec<&str> = text.lines().collect();
    let held_out = indices.iter().map(|(index, _)| lines[index + 1]);
    let held_out: Vec<&str> = std::iter::once(lines[0]).chain(held_out).collect();
    let program = program.file("held-out.csv", held_out.join("\n"));
    let json = |arguments: &[&str]| -> Value {
        let evaluate = [&["evaluate", "artifacts/csv", "--json"], arguments].concat();
        serde_json::from_str(&program.run(&evaluate).succeeds().stdout).unwrap()
    };
    let (given, split) = (
        json(&["--data", "held-out.csv"]),
        json(&["--split", "validation"]),
    );
    for key in ["accuracy", "loss", "samples", "classes"] {
        assert_eq!(given[key], split[key], "{key}");
    }
    assert_eq!(given["split"], "held-out.csv");

    let renamed = text.replacen("setosa", "tulip", 1);
    let header = lines[0].rsplit_once(',').unwrap().0;
    let program = program
        .file("tulip.csv", renamed)
        .file("unlabelled.csv", format!("{header}\n1,2,3,4\n"))
        .file("empty.csv", format!("{}\n", lines[0]));
    let mut said = String::new();
    for file in ["tulip.csv", "unlabelled.csv", "empty.csv", "none.csv"] {
        let ran = program.run(&["evaluate", "artifacts/csv", "--data", file]);
        assert!(ran.code != Some(0), "{file}");
        let _ = writeln!(said, "## {file}\n{}", ran.transcript());
    }
    assert_snapshot!("evaluate_wrong_rows", said);
}

/// The folder of images, as the run's configuration names it.
fn trained_on(program: &Program) -> String {
    let config = program.read("artifacts/image-folder/config.toml");
    let directory = config.split("directory = \"").nth(1).expect("a folder");
    directory.split('"').next().expect("an end").to_owned()
}

/// All images of the folder: those of both splits together.
#[test]
fn given_images_are_measured_by_the_folders_they_lie_in() {
    let program = Program::with_shipped("image-folder.toml");
    program.run(&["--config", "image-folder.toml"]).succeeds();
    let right = |arguments: &[&str]| -> f64 {
        let evaluate = [&["evaluate", "artifacts/image-folder", "--json"], arguments].concat();
        let answer: Value =
            serde_json::from_str(&program.run(&evaluate).succeeds().stdout).unwrap();
        answer["accuracy"]["value"].as_f64().unwrap() * answer["samples"].as_f64().unwrap()
    };
    let directory = trained_on(&program);
    let splits = ["training", "validation", "test"].map(|split| {
        let ran = program.run(&[
            "evaluate",
            "artifacts/image-folder",
            "--json",
            "--split",
            split,
        ]);
        if ran.code == Some(0) {
            right(&["--split", split])
        } else {
            0.0
        }
    });
    let all = right(&["--data", &directory]);
    assert!(
        (all - splits.iter().sum::<f64>()).abs() < 1e-6,
        "{all} and {splits:?}"
    );

    let program = program
        .file("more/unheard-of/1.png", "not an image")
        .file("empty/readme.txt", "");
    let mut said = String::new();
    for folder in ["more", "empty"] {
        let ran = program.run(&["evaluate", "artifacts/image-folder", "--data", folder]);
        assert!(ran.code != Some(0), "{folder}");
        let _ = writeln!(said, "## {folder}\n{}", ran.transcript());
    }
    assert_snapshot!("evaluate_wrong_images", said);
}
