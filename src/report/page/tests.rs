//! The page as text: everything is on it, nothing gets out of its place, and whatever is missing is said.

use std::fs;

use serde_json::{Value, json};

use super::*;

type Checked = Result<(), Box<dyn std::error::Error>>;

const HOSTILE: &str = "</title><script>alert(1)</script>\"'&<img src=x onerror=alert(2)>";

fn record() -> Value {
    let accuracy =
        |value: f64| json!({ "value": value, "low": value - 0.02, "high": value + 0.02 });
    let split = |value: f64| json!({ "samples": 1000, "accuracy": accuracy(value), "loss": 0.25 });
    json!({
        "name": HOSTILE,
        "status": "finished",
        "error": null,
        "started": "2026-11-24T01:55:02Z",
        "ended": "2026-11-24T01:55:41Z",
        "versions": { "brecha": "0.1.0", "burn": "0.22.1" },
        "command": ["brecha", "--config", HOSTILE],
        "seed": 42,
        "backend": { "name": "flex", "device": HOSTILE, "precision": "f32" },
        "data": { "name": HOSTILE, "shape": "2 features", "fingerprint": "00ff", "classes": [HOSTILE, "b"], "leakage": null },
        "model": { "parameters": 17, "multiply-adds": 12 },
        "gradients": null,
        "epochs": { "planned": 3, "finished": 3, "best": 2, "stopped-early": false },
        "seconds": { "data": 0.1, "training": 1.0, "total": 2.0 },
        "result": {
            "training": split(0.95),
            "validation": split(0.9),
            "test": null,
            "baseline": 0.5,
            "baselines": [{ "name": "linear model", "accuracy": accuracy(0.7), "samples": 1000, "training-samples": 900 }],
            "judgement": {
                "verdict": { "name": "inconclusive" },
                "reason": "training 95.0 %, validation 90.0 %",
                "accuracy-gap": { "value": 0.05, "low": 0.02, "high": 0.08 },
                "tolerance": 0.05,
            },
            "advice": [HOSTILE],
        },
    })
}

/// A folder with this record and these rows.
fn run(record: &Value, rows: &str) -> std::io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("run.json"), record.to_string())?;
    fs::write(folder.path().join("metrics.jsonl"), rows)?;
    Ok(folder)
}

fn row(epoch: usize, loss: &str) -> String {
    format!(
        "{{\"epoch\":{epoch},\"train_loss\":{loss},\"train_accuracy\":0.9,\"validation_loss\":0.5,\"validation_accuracy\":0.8,\
         \"gradient_norm\":1.0,\"learning_rate\":0.1,\"train_images_per_s\":1.0,\"seconds\":1.0,\"running_loss\":0.4,\"running_accuracy\":0.8}}\n"
    )
}

fn rows(count: usize) -> String {
    (1..=count).map(|epoch| row(epoch, "0.4")).collect()
}

/// Panics on a tag or an attribute that came from a user.
fn assert_harmless(page: &str) {
    assert!(
        !page.contains("<script>alert") && !page.contains("<img src=x"),
        "{page}"
    );
    assert_eq!(
        page.matches("<script").count(),
        2,
        "the numbers and our own script"
    );
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn a_page_has_everything_and_escapes_it() -> Checked {
    let folder = run(&record(), &rows(3))?;
    fs::write(folder.path().join("config.toml"), format!("# {HOSTILE}\n"))?;
    let page = html(folder.path())?;
    assert_harmless(&page);
    for text in [
        "inconclusive",
        "Training 95.0 %, validation 90.0 %.",
        "gap +5.0 points, 95 % interval +2.0 to +8.0; tolerated up to 5.0 points",
        "95.0 % (93.0 to 97.0)",
        "linear model",
        "The gradients were not checked",
        "CPU",
        "epochs, epoch 2 kept",
    ] {
        let wanted = text
            .replace("CPU", "back end")
            .replace("The gradients", "the gradients");
        assert!(page.contains(&wanted), "{wanted}\n{page}");
    }
    assert!(page.len() < 100_000, "{}", page.len());
    Ok(())
}

#[test]
fn nothing_is_asked_of_a_network() -> Checked {
    let page = html(run(&record(), &rows(3))?.path())?;
    let without_names = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!without_names.contains("http:") && !without_names.contains("https:"));
    assert!(!page.contains("@import") && !page.contains("url("));
    assert!(
        page.contains("default-src &#x27;none&#x27;"),
        "the policy stands in the head"
    );
    Ok(())
}

#[test]
fn a_run_that_goes_on_has_a_page_too() -> Checked {
    let mut running = record();
    running["status"] = json!("running");
    running["ended"] = json!(null);
    running["result"] = json!(null);
    let torn = rows(2) + "{\"epoch\":3,\"train_lo";
    let page = html(run(&running, &torn)?.path())?;
    assert!(page.contains("no verdict") && page.contains("The run goes on, or was killed"));
    assert!(page.contains("<svg"));
    let page = html(run(&running, "")?.path())?;
    assert!(page.contains("no epoch was finished"));
    Ok(())
}

#[test]
fn what_is_missing_or_damaged_is_said() -> Checked {
    let folder = tempfile::tempdir()?;
    assert!(html(folder.path()).is_err());
    fs::write(folder.path().join("run.json"), "{}")?;
    fs::write(folder.path().join("model.json"), "[]")?;
    fs::create_dir(folder.path().join("pictures"))?;
    fs::write(folder.path().join("pictures/boundary.png"), "no picture")?;
    let page = html(folder.path())?;
    for text in [
        "metrics.jsonl",
        "config.toml",
        "`model.json` describes no network",
        "`pictures/boundary.png` is no picture",
    ] {
        let escaped = text.replace('/', "&#x2f;");
        assert!(
            page.contains(text) || page.contains(&escaped),
            "{text}\n{page}"
        );
    }
    Ok(())
}

#[test]
fn ten_thousand_epochs_stay_light() -> Checked {
    let page = html(run(&record(), &rows(10_000))?.path())?;
    assert!(page.len() < 500_000, "{}", page.len());
    Ok(())
}

#[test]
fn epochs_without_a_number_are_gaps_in_the_curves() -> Checked {
    for broken in [vec![1], vec![2, 3], vec![5], vec![1, 2, 3, 4, 5]] {
        let loss = |epoch| {
            if broken.contains(&epoch) {
                "null"
            } else {
                "0.4"
            }
        };
        let rows: String = (1..=5).map(|epoch| row(epoch, loss(epoch))).collect();
        let page = html(run(&record(), &rows)?.path())?;
        assert!(page.contains("<svg") && !page.contains("NaN"), "{broken:?}");
        assert!(!page.contains("metrics.jsonl`"), "{broken:?}");
        let epochs = page.matches("<td>0.4</td>").count();
        assert!(epochs >= 5 - broken.len(), "{broken:?}: {epochs}");
    }
    Ok(())
}
