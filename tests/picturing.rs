//! What a run leaves to look at, and what it says of each sample.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use super::program::{Program, idx_images, idx_labels, repository};

/// Of every network.
const OF_LAYERS: [&str; 2] = ["layers.png", "layers.svg"];
const OF_CLASSES: [&str; 4] = [
    "classes.png",
    "classes.svg",
    "confusion.png",
    "confusion.svg",
];
const OF_PROBABILITIES: [&str; 2] = ["reliability.png", "reliability.svg"];
const OF_IMAGES: [&str; 8] = [
    "filters.png",
    "filters.svg",
    "mistakes.png",
    "mistakes.svg",
    "saliency.png",
    "saliency.svg",
    "samples.png",
    "samples.svg",
];
const OF_CONVOLUTIONS: [&str; 2] = ["activations.png", "activations.svg"];

fn pictures(program: &Program, run: &str) -> Vec<String> {
    let folder = program.path(&format!("artifacts/{run}/pictures"));
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn sorted(groups: &[&[&str]]) -> Vec<String> {
    let mut names: Vec<String> = groups
        .concat()
        .iter()
        .map(|&name| name.to_owned())
        .collect();
    names.sort();
    names
}

/// The rows of `predictions.csv`, split by split.
fn predictions(program: &Program, run: &str) -> BTreeMap<String, Vec<Vec<String>>> {
    let text = program.read(&format!("artifacts/{run}/predictions.csv"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut splits: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for row in reader.records() {
        let row: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
        splits.entry(row[0].clone()).or_default().push(row);
    }
    splits
}

/// Accuracy and loss of each split are those of `run.json`, as far as a sum does not depend on its order.
#[track_caller]
fn agrees_with_the_record(program: &Program, run: &str, splits: &[&str]) {
    let found = &program.record(run)["result"];
    let predictions = predictions(program, run);
    assert_eq!(predictions.keys().collect::<Vec<_>>(), splits);
    for (split, rows) in &predictions {
        let recorded = &found[split];
        assert_eq!(recorded["samples"], rows.len());
        let right = rows.iter().filter(|row| row[2] == row[3]).count();
        let accuracy = right as f64 / rows.len() as f64;
        assert_eq!(recorded["accuracy"]["value"], accuracy, "{split}");
        let loss: f64 = rows.iter().map(|row| row[5].parse::<f64>().unwrap()).sum();
        let difference = loss / rows.len() as f64 - recorded["loss"].as_f64().unwrap();
        assert!(difference.abs() < 1e-12, "{split}: {difference}");
        let mut indices: Vec<&str> = rows.iter().map(|row| row[1].as_str()).collect();
        indices.sort_unstable();
        indices.dedup();
        assert_eq!(indices.len(), rows.len());
    }
}

#[test]
fn the_digits_are_looked_at_from_all_sides() {
    let config = fs::read_to_string(repository().join("configs/digits.toml")).unwrap();
    let program = Program::with_config(&config);
    program.train(&["--set", "training.epochs=3"]).succeeds();
    assert_eq!(
        pictures(&program, "config"),
        sorted(&[
            &OF_LAYERS,
            &OF_CLASSES,
            &OF_PROBABILITIES,
            &OF_IMAGES,
            &OF_CONVOLUTIONS
        ])
    );
    agrees_with_the_record(&program, "config", &["test", "validation"]);
    for row in &predictions(&program, "config")["test"] {
        let probability: f64 = row[4].parse().unwrap();
        // The most likely of ten classes.
        assert!((0.1..=1.0).contains(&probability), "{row:?}");
        let loss: f64 = row[5].parse().unwrap();
        if row[2] == row[3] {
            assert!((-loss - probability.ln()).abs() < 1e-9, "{row:?}");
        }
    }
    // What `evaluate` says of each sample is the same.
    program
        .run(&[
            "evaluate",
            "artifacts/config",
            "--samples-to",
            "samples.csv",
        ])
        .succeeds();
    let table = program.read("samples.csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let evaluated: Vec<Vec<String>> = reader
        .records()
        .map(|row| row.unwrap().iter().take(4).map(str::to_owned).collect())
        .collect();
    let written: Vec<Vec<String>> = predictions(&program, "config")["test"]
        .iter()
        .map(|row| {
            vec![
                row[1].clone(),
                row[2].clone(),
                row[3].clone(),
                row[5].clone(),
            ]
        })
        .collect();
    assert_eq!(evaluated, written);
}

#[test]
fn images_of_other_shapes_and_networks_are_looked_at_too() {
    let config = |layers: &str| {
        format!(
            "seed = 1\n[data]\nsource = {{ idx = {{ images = \"images\", labels = \"labels\" }} }}\nsplit = {{ validation = 0.5 }}\n\
             [model]\nlayers = {layers}\nloss = \"mse\"\n\
             [training]\nepochs = 1\nbatch-size = 8\noptimizer = {{ sgd = {{ learning-rate = 0.01 }} }}\n"
        )
    };
    let dense =
        r#"["flatten", { dense = { units = 5, activation = "tanh" } }, { dense = { units = 3 } }]"#;
    let pooled = r#"[{ max-pool = { size = 1 } }, "global-avg-pool", { dense = { units = 3 } }]"#;
    let block = r#"[{ residual = { filters = 4, stride = 2 } }, "global-avg-pool", { dense = { units = 3 } }]"#;
    for (layers, groups) in [
        (dense, vec![&OF_LAYERS[..], &OF_CLASSES, &OF_IMAGES]),
        (pooled, vec![&OF_LAYERS, &OF_CLASSES, &OF_IMAGES[2..]]),
        (
            block,
            vec![&OF_LAYERS, &OF_CLASSES, &OF_IMAGES, &OF_CONVOLUTIONS],
        ),
    ] {
        let program = Program::with_config(&config(layers))
            .file("images", idx_images(40, 5, 9))
            .file("labels", idx_labels(40));
        program.train(&[]).succeeds();
        assert_eq!(pictures(&program, "config"), sorted(&groups), "{layers}");
        // Squared errors: no probability.
        let rows = &predictions(&program, "config")["validation"];
        assert!(rows.iter().all(|row| row[4].is_empty()));
        agrees_with_the_record(&program, "config", &["validation"]);
    }
}

#[test]
fn many_classes_with_hostile_names_are_text_in_every_picture() {
    let hostile = [
        "<script>alert(1)</script>".to_owned(),
        "\"\"quotes\"\" & 'more', and a comma".to_owned(),
        "🦀 שלום".to_owned(),
        "w".repeat(300),
    ];
    let names = hostile
        .into_iter()
        .chain((4..200).map(|n| format!("class {n}")));
    let mut table = "x,y,label\n".to_owned();
    for (number, name) in names.enumerate() {
        for sample in 0..4 {
            writeln!(table, "{number},{sample},\"{name}\"").unwrap();
        }
    }
    let config = "seed = 1\n[data]\nsource = { csv = { file = \"table.csv\", label = \"label\" } }\nsplit = { validation = 0.5 }\n\
                  [model]\nlayers = [{ dense = { units = 200 } }]\nloss = \"cross-entropy\"\n\
                  [training]\nepochs = 1\nbatch-size = \"full\"\noptimizer = { adam = {} }\n";
    let program = Program::with_config(config).file("table.csv", table);
    program.train(&[]).succeeds();
    agrees_with_the_record(&program, "config", &["validation"]);
    for picture in ["confusion.svg", "classes.svg", "reliability.svg"] {
        let document = program.read(&format!("artifacts/config/pictures/{picture}"));
        assert!(!document.contains("<script"), "{picture}");
    }
    let rows = &predictions(&program, "config")["validation"];
    assert!(rows.iter().any(|row| row[2] == "<script>alert(1)</script>"));
    assert!(
        rows.iter()
            .any(|row| row[2] == "\"quotes\" & 'more', and a comma")
    );
}

#[test]
fn numbers_have_predictions_in_their_own_unit() {
    let config = fs::read_to_string(repository().join("configs/regression.toml")).unwrap();
    let program = Program::with_config(&config);
    program.train(&["--set", "training.epochs=3"]).succeeds();
    let text = program.read("artifacts/config/predictions.csv");
    assert!(text.starts_with("split,index,target,predicted,loss\n"));
    let rows = predictions(&program, "config");
    let found = &program.record("config")["result"];
    for (split, rows) in &rows {
        let squares: f64 = rows
            .iter()
            .map(|row| row[2].parse::<f64>().unwrap() - row[3].parse::<f64>().unwrap())
            .map(|error| error * error)
            .sum();
        let root = (squares / rows.len() as f64).sqrt();
        let recorded = &found[split]["root-mean-squared-error"];
        let difference = root / recorded.as_f64().unwrap() - 1.0;
        // Targets are rounded to f32 before they are compared.
        assert!(difference.abs() < 1e-5, "{split}: {root} and {recorded}");
    }
    let folder = program.path("artifacts/config/pictures");
    assert!(!folder.join("confusion.svg").exists());
}
