//! Runs that a page and its pictures have to bear: one epoch, numbers that are none, runs that still go on, and runs of which something
//! is missing. Names and many classes are in `picturing` and `pages`; one class alone is refused with the data.

use std::fs;

use super::program::{Program, SMALL};

/// Whether a page says of a number that it is none; the images inside of it may have these letters by chance.
fn says_nan(page: &str) -> bool {
    let mut pieces = page.split(";base64,");
    let before = pieces.next().unwrap();
    let behind = pieces.map(|piece| piece.split_once('"').unwrap().1);
    std::iter::once(before)
        .chain(behind)
        .any(|text| text.contains("NaN"))
}

/// The page of the run called `config`, written anew, and what was said about it.
fn report(program: &Program) -> (String, String) {
    let ran = program.run(&["report", "artifacts/config"]).succeeds();
    (program.read("artifacts/config/report.html"), ran.stderr)
}

#[test]
fn one_epoch_has_pictures_and_a_page() {
    let program = Program::with_config(SMALL);
    let ran = program.train(&["--set", "training.epochs=1"]).succeeds();
    assert!(ran.stdout.contains("verdict") && !ran.stdout.contains('▁'));
    let folder = program.path("artifacts/config/pictures");
    for picture in [
        "confusion",
        "classes",
        "layers",
        "boundary",
        "boundary-film",
    ] {
        for kind in ["svg", "png"] {
            let file = folder.join(format!("{picture}.{kind}"));
            assert!(
                fs::metadata(&file).unwrap().len() > 500,
                "{}",
                file.display()
            );
        }
    }
    let page = program.read("artifacts/config/report.html");
    assert!(
        page.contains("<svg") && !page.contains("What is missing"),
        "{page}"
    );
    assert!(!says_nan(&page));
}

#[test]
fn numbers_that_are_none_are_gaps() {
    let program = Program::with_config(SMALL);
    program
        .train(&["--set", "training.epochs=6", "--no-report"])
        .succeeds();
    let rows = program.read("artifacts/config/metrics.jsonl");
    let broken: Vec<String> = program
        .rows("config")
        .into_iter()
        .map(|mut row| {
            if row["epoch"].as_u64().unwrap() % 3 == 2 {
                for key in [
                    "train_loss",
                    "train_accuracy",
                    "validation_loss",
                    "gradient_norm",
                ] {
                    row[key] = serde_json::Value::Null;
                }
            }
            row.to_string()
        })
        .collect();
    let broken = broken.join("\n") + "\n";
    assert_ne!(rows, broken);
    fs::write(program.path("artifacts/config/metrics.jsonl"), broken).unwrap();
    let (page, said) = report(&program);
    assert_eq!(said, "");
    assert!(page.contains("<svg") && !says_nan(&page));
    assert!(!page.contains("What is missing"));
}

#[test]
fn a_run_that_diverged_has_a_page() {
    let rate = "training.optimizer={ sgd = { learning-rate = 1e38 } }";
    let config = SMALL
        .replace("{ units = 1, activation = \"tanh\" }", "{ units = 2 }")
        .replace(
            "units = 4, activation = \"tanh\"",
            "units = 4, activation = \"relu\"",
        )
        .replace("\"mse\"", "\"cross-entropy\"");
    let program = Program::with_config(&config);
    program.train(&["--set", rate]).fails_with(6);
    let page = program.read("artifacts/config/report.html");
    assert!(
        page.contains(">diverged<") && page.contains("class=\"verdict bad\""),
        "{page}"
    );
}

#[test]
fn a_run_that_goes_on_has_a_page_and_is_compared() {
    let program = Program::with_config(SMALL);
    program.train(&[]).succeeds();
    program.train(&[]).succeeds();
    // As it is found behind its second epoch, while the third row is being written.
    let folder = program.path("artifacts/config");
    let mut record = program.record("config");
    record["status"] = "running".into();
    record["result"] = serde_json::Value::Null;
    record["ended"] = serde_json::Value::Null;
    fs::write(folder.join("run.json"), record.to_string()).unwrap();
    for file in [
        "model.json",
        "model.safetensors",
        "predictions.csv",
        "report.html",
    ] {
        fs::remove_file(folder.join(file)).unwrap();
    }
    fs::remove_dir_all(folder.join("pictures")).unwrap();
    let rows = program.read("artifacts/config/metrics.jsonl");
    let torn = rows.trim_end().len() - 30;
    fs::write(folder.join("metrics.jsonl"), &rows[..torn]).unwrap();
    let (page, said) = report(&program);
    assert!(
        said.contains("warning: the pictures of `artifacts/config`"),
        "{said}"
    );
    assert!(page.contains("no verdict") && page.contains("The run goes on, or was killed"));
    assert!(page.contains("<svg") && page.contains("model.json"));
    let runs = [
        "compare",
        "artifacts/config",
        "artifacts/config-2",
        "--output",
        "page.html",
    ];
    program.run(&runs).succeeds();
    let page = program.read("page.html");
    assert!(page.contains("<svg") && page.contains("running"));
}

#[test]
fn a_missing_file_is_missed_on_the_page() {
    let program = Program::with_config(SMALL);
    program.train(&[]).succeeds();
    for (file, words) in [
        ("metrics.jsonl", "metrics.jsonl"),
        ("config.toml", "config.toml"),
        ("gradients.csv", "gradients.csv"),
        ("model.json", "model.json"),
        ("pictures/confusion", "`pictures` has no confusion:"),
        ("pictures/boundary", "`pictures` has no boundary:"),
        ("pictures/layers", "`pictures` has no layers:"),
        (
            "pictures",
            "`pictures` has no confusion, classes, boundary, layers:",
        ),
    ] {
        let aside = |from: &str, to: &str| {
            let folder = program.path("artifacts");
            for kind in ["", ".svg", ".png"] {
                let from = folder.join(format!("{from}{kind}"));
                if from.exists() {
                    fs::rename(from, folder.join(format!("{to}{kind}"))).unwrap();
                }
            }
        };
        let path = format!("config/{file}");
        aside(&path, "aside");
        // With `--output` nothing is drawn anew.
        let arguments = ["report", "artifacts/config", "--output", "page.html"];
        program.run(&arguments).succeeds();
        let page = program.read("page.html");
        let missing = page
            .split_once("What is missing</h2>")
            .map(|(_, rest)| rest);
        let missing = missing
            .and_then(|rest| rest.split_once("</section>"))
            .expect(file)
            .0;
        assert!(missing.contains(words), "{file}: {missing}");
        aside("aside", &path);
    }
}
