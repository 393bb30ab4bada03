//! `sweep.csv`: one row per point, read from the runs' own records.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Point;

/// What became of a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The point.
    pub point: Point,
    /// Its last run's folder, if there is one.
    pub folder: Option<PathBuf>,
    /// Its `run.json`; `Null` where there is none.
    pub record: Value,
}

/// The columns after those of the keys.
pub const COLUMNS: [&str; 17] = [
    "seed",
    "status",
    "verdict",
    "verdict_without_leaks",
    "best_epoch",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "test_loss",
    "test_accuracy",
    "accuracy_gap",
    "train_r2",
    "validation_r2",
    "test_r2",
    "r2_gap",
    "run",
];

impl Row {
    /// The latest run of `point` below `folder`: `<name>`, `<name>-2`, …; a finished one before all others.
    #[must_use]
    pub fn read(point: &Point, folder: &Path) -> Self {
        let mut row = Self {
            point: point.clone(),
            folder: None,
            record: Value::Null,
        };
        for number in 1_u32.. {
            let path = folder.join(match number {
                1 => point.name.clone(),
                number => format!("{}-{number}", point.name),
            });
            if !path.is_dir() {
                break;
            }
            let text = fs::read(path.join("run.json")).unwrap_or_default();
            let record = serde_json::from_slice(&text).unwrap_or(Value::Null);
            if !row.finished() {
                row.record = record;
                row.folder = Some(path);
            }
        }
        row
    }

    /// Whether nothing is left to do: all epochs, or numbers that are no longer finite, which is a result as well.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.record["status"] == "finished" || self.record["result"]["divergence"].is_object()
    }

    /// One word: the verdict, or else the status.
    #[must_use]
    pub fn outcome(&self) -> &str {
        let verdict = self.record["result"]["judgement"]["verdict"]["name"].as_str();
        let status = self.record["status"].as_str();
        verdict
            .filter(|_| self.finished())
            .or(status)
            .unwrap_or("not begun")
    }

    /// The cells below the keys and [`COLUMNS`].
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let result = &self.record["result"];
        let text = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut cells: Vec<String> = self
            .point
            .values
            .iter()
            .map(|(_, value)| value.trim_matches('"').to_owned())
            .collect();
        cells.push(self.point.seed.to_string());
        cells.extend(
            [
                &self.record["status"],
                &result["judgement"]["verdict"]["name"],
                &result["without-leaks"]["judgement"]["verdict"]["name"],
                &self.record["epochs"]["best"],
                &result["training"]["loss"],
                &result["training"]["accuracy"]["value"],
                &result["validation"]["loss"],
                &result["validation"]["accuracy"]["value"],
                &result["test"]["loss"],
                &result["test"]["accuracy"]["value"],
                &result["judgement"]["accuracy-gap"]["value"],
                &result["training"]["r2"]["value"],
                &result["validation"]["r2"]["value"],
                &result["test"]["r2"]["value"],
                &result["judgement"]["r2-gap"]["value"],
            ]
            .map(text),
        );
        let name = self.folder.as_deref().and_then(Path::file_name);
        cells.push(name.map_or_else(String::new, |name| name.to_string_lossy().into_owned()));
        cells
    }
}
