//! The page as text: everything is on it, nothing gets out of its place, and whatever is missing is said.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::html;

type Checked = Result<(), Box<dyn std::error::Error>>;

const HOSTILE: &str = "</title><script>alert(1)</script>\"'&<img src=x onerror=alert(2)>";

fn record(name: &str, correct: u32) -> Value {
    let accuracy = f64::from(correct) / 40.0;
    let estimate =
        |value: f64| json!({ "value": value, "low": value - 0.05, "high": value + 0.05 });
    let split = json!({ "accuracy": estimate(accuracy), "loss": 0.25, "samples": 40 });
    json!({
        "name": name,
        "status": "finished",
        "data": { "fingerprint": "abc", "name": "xor", "training": 40, "validation": 40, "test": 40 },
        "epochs": { "planned": 3, "finished": 3, "best": 2 },
        "seconds": { "training": 1.0 },
        "result": {
            "training": split, "validation": split, "test": split,
            "judgement": {
                "verdict": { "name": "inconclusive" }, "reason": "because",
                "accuracy-gap": estimate(0.95 - accuracy), "tolerance": 0.05,
            },
        },
    })
}

fn row(epoch: usize, is_number: bool) -> String {
    let score = if is_number {
        "\"train_accuracy\":null,\"train_r2\":0.9,\"validation_r2\":0.8"
    } else {
        "\"train_accuracy\":0.9,\"validation_accuracy\":0.8"
    };
    format!(
        "{{\"epoch\":{epoch},\"train_loss\":0.4,\"validation_loss\":0.5,{score},\"gradient_norm\":1.0,\"learning_rate\":0.1,\
         \"train_images_per_s\":1.0,\"seconds\":1.0,\"running_loss\":0.4}}\n"
    )
}

/// A run that has the first `correct` of 40 samples right.
fn run(name: &str, seed: u32, correct: u32) -> std::io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let rows: String = (1..=3).map(|epoch| row(epoch, false)).collect();
    fs::write(
        folder.path().join("run.json"),
        record(name, correct).to_string(),
    )?;
    fs::write(folder.path().join("metrics.jsonl"), rows)?;
    let units = correct / 2;
    fs::write(
        folder.path().join("config.toml"),
        format!(
            "seed = {seed}\n[model]\nlayers = [{{ dense = {{ units = {units} }} }}]\nloss = \"mse\"\n"
        ),
    )?;
    let mut predictions = "split,index,class,predicted,probability,loss\n".to_owned();
    for index in 0..40 {
        let said = if index < correct { "a" } else { "b" };
        predictions.push_str(&format!("test,{index},a,{said},0.5,0.1\n"));
    }
    fs::write(folder.path().join("predictions.csv"), predictions)?;
    Ok(folder)
}

fn assert_has(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text}\n{page}");
    }
}

#[test]
fn a_page_says_who_is_better_and_escapes_everything() -> Checked {
    let (first, other) = (run(HOSTILE, 1, 20)?, run("b", 1, 30)?);
    let page = html(&[first.path(), other.path()])?;
    assert!(
        !page.contains("<script>alert") && !page.contains("<img src=x"),
        "{page}"
    );
    assert_eq!(
        page.matches("<script").count(),
        3,
        "two pictures' numbers and our own script"
    );
    assert_has(
        &page,
        &[
            "B (b) is better than A (",
            "on the same 40 samples of test: by 25.0 points of accuracy",
            "p = 0.0010",
            "model.layers[0].dense.units",
            "<td>10</td><td>15</td>",
            "tolerated up to 5.0",
            "Gap in accuracy, in points",
            "default-src &#x27;none&#x27;",
        ],
    );
    assert!(page.len() < 150_000, "{}", page.len());
    Ok(())
}

#[test]
fn several_tests_are_corrected_and_seeds_are_averaged() -> Checked {
    let first = run("a", 1, 20)?;
    let others = [run("b", 2, 20)?, run("c", 3, 20)?, run("d", 1, 27)?];
    let mut folders = vec![first.path()];
    folders.extend(others.iter().map(TempDir::path));
    let page = html(&folders)?;
    assert_has(
        &page,
        &[
            "B (b) and A (a) cannot be told apart",
            // 7 of 7 discordant pairs: mid-p 1/128, times three.
            "<td>0.0078</td><td>0.023</td>",
            "A, B, C",
            "<td>50.00 %</td><td>0.00 %</td><td>50.00 % to 50.00 %</td>",
            "a and 3 other runs",
        ],
    );
    Ok(())
}

#[test]
fn what_is_missing_or_of_another_kind_is_said() -> Checked {
    let first = run("a", 1, 20)?;
    let numbers = run("numbers", 1, 20)?;
    fs::write(
        numbers.path().join("metrics.jsonl"),
        row(1, true) + "{\"epoch\":2,\"tr",
    )?;
    fs::write(
        numbers.path().join("predictions.csv"),
        "split,index,target,predicted,loss\ntest,0,1,1,0\n",
    )?;
    let bare = tempfile::tempdir()?;
    fs::write(bare.path().join("run.json"), "{\"status\":\"running\"}")?;
    let broken = run("broken", 1, 22)?;
    fs::write(broken.path().join("config.toml"), "seed = ")?;
    fs::write(broken.path().join("predictions.csv"), "nonsense")?;
    let page = html(&[first.path(), numbers.path(), bare.path(), broken.path()])?;
    assert_has(
        &page,
        &[
            "R² and accuracy are not the same thing",
            "B cannot be compared with A sample by sample: one tells classes apart",
            "C cannot be compared with A sample by sample: the digest of the data is not known",
            "no verdict, running",
            "config.toml",
            "no epoch was finished",
            "its columns are",
            "How they learned: numbers",
        ],
    );
    assert!(html(&[first.path(), &bare.path().join("nothing")]).is_err());
    Ok(())
}

#[test]
fn many_long_runs_stay_light() -> Checked {
    let rows: String = (1..=10_000).map(|epoch| row(epoch, false)).collect();
    let folders: Vec<TempDir> = (0..8)
        .map(|number| {
            let folder = run("long", number, 4 * number)?;
            fs::write(folder.path().join("metrics.jsonl"), &rows)?;
            Ok(folder)
        })
        .collect::<std::io::Result<_>>()?;
    let page = html(&folders)?;
    assert!(page.len() < 2_000_000, "{}", page.len());
    let many: Vec<TempDir> = (0..30)
        .map(|number| run("many", 1, number))
        .collect::<std::io::Result<_>>()?;
    let page = html(&many)?;
    assert_has(&page, &["30 runs are too many to be told apart", "D2 many"]);
    Ok(())
}
