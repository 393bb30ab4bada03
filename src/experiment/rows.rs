//! `sweep.csv`: one row per point, read from the runs' own records.
//!
//! Of a record a row keeps what the table and the pictures need, some hundred bytes: a sweep of a hundred thousand points is collected
//! in the memory of a small one.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Number, Value};

use super::{Layout, Point};

/// A point, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The point.
    pub point: Point,
    /// Of its run.
    pub outcome: Outcome,
}

/// What became of a point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Its last run's folder, if there is one.
    pub folder: Option<PathBuf>,
    /// As its `run.json` says.
    pub status: Option<String>,
    /// The verdict.
    pub verdict: Option<String>,
    /// The same without the samples that splits share.
    pub verdict_without_leaks: Option<String>,
    /// Of which the network is kept.
    pub best_epoch: Option<u64>,
    /// The kept network on the training split.
    pub training: Scores,
    /// On the validation split.
    pub validation: Scores,
    /// On the test split.
    pub test: Scores,
    /// Training − held-out accuracy.
    pub accuracy_gap: Option<f64>,
    /// The same of R².
    pub r2_gap: Option<f64>,
    /// Of always saying the most frequent class.
    pub baseline: Option<f64>,
    /// Samples that it was trained on.
    pub training_samples: Option<u64>,
    /// Whether its numbers were no longer finite.
    pub diverged: bool,
}

/// A network on a split.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// How many.
    pub samples: Option<u64>,
    /// Mean.
    pub loss: Option<f64>,
    /// Share of right answers.
    pub accuracy: Option<f64>,
    /// Where numbers are predicted.
    pub r2: Option<f64>,
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

impl Outcome {
    /// The latest run of `point`: `<name>`, `<name>-2`, …; a finished one before all others. A run of another configuration, as the
    /// point had before somebody changed the sweep, is none of it.
    #[must_use]
    pub fn read(point: &Point, layout: &Layout) -> Self {
        match fs::read(layout.configuration(point)) {
            Ok(configuration) => Self::of(&layout.runs(point), &point.name, &configuration),
            Err(_) => Self::default(),
        }
    }

    /// The same of runs called `name` below `folder`, of this configuration.
    #[must_use]
    pub fn of(folder: &Path, name: &str, configuration: &[u8]) -> Self {
        let mut outcome = Self::default();
        for number in 1_u32.. {
            let path = folder.join(match number {
                1 => name.to_owned(),
                number => format!("{name}-{number}"),
            });
            let Ok(own) = fs::read(path.join("config.toml")) else {
                if path.is_dir() {
                    continue;
                }
                break;
            };
            if own != configuration || outcome.finished() {
                continue;
            }
            if let Ok(text) = fs::read(path.join("run.json")) {
                let record = serde_json::from_slice(&text).unwrap_or(Value::Null);
                outcome = Self::new(path, &record);
            }
        }
        outcome
    }

    fn new(folder: PathBuf, record: &Value) -> Self {
        let result = &record["result"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let scores = |split: &str| {
            let measured = &result[split];
            Scores {
                samples: measured["samples"].as_u64(),
                loss: measured["loss"].as_f64(),
                accuracy: measured["accuracy"]["value"].as_f64(),
                r2: measured["r2"]["value"].as_f64(),
            }
        };
        Self {
            folder: Some(folder),
            status: text(&record["status"]),
            verdict: text(&result["judgement"]["verdict"]["name"]),
            verdict_without_leaks: text(&result["without-leaks"]["judgement"]["verdict"]["name"]),
            best_epoch: record["epochs"]["best"].as_u64(),
            training: scores("training"),
            validation: scores("validation"),
            test: scores("test"),
            accuracy_gap: result["judgement"]["accuracy-gap"]["value"].as_f64(),
            r2_gap: result["judgement"]["r2-gap"]["value"].as_f64(),
            baseline: result["baseline"].as_f64(),
            training_samples: record["data"]["training"].as_u64(),
            diverged: result["divergence"].is_object(),
        }
    }

    /// Whether nothing is left to do: all epochs, or numbers that are no longer finite, which is a result as well.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.status.as_deref() == Some("finished") || self.diverged
    }

    /// One word: the verdict, or else the status.
    #[must_use]
    pub fn word(&self) -> &str {
        let verdict = self.verdict.as_deref().filter(|_| self.finished());
        verdict
            .or(self.status.as_deref())
            .unwrap_or(if self.folder.is_some() {
                "unreadable"
            } else {
                "not begun"
            })
    }
}

impl Row {
    /// The cells below the keys and [`COLUMNS`].
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let Outcome {
            training,
            validation,
            test,
            ..
        } = &self.outcome;
        let outcome = &self.outcome;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        // The shortest digits that are the same number, as in `run.json`.
        let number = |value: Option<f64>| {
            let number = value.and_then(Number::from_f64);
            number.map_or_else(String::new, |number| number.to_string())
        };
        let values = self.point.values.iter();
        let mut cells: Vec<String> = values
            .map(|(_, value)| value.trim_matches('"').to_owned())
            .collect();
        cells.extend([
            self.point.seed.to_string(),
            text(&outcome.status),
            text(&outcome.verdict),
            text(&outcome.verdict_without_leaks),
            outcome
                .best_epoch
                .map_or_else(String::new, |epoch| epoch.to_string()),
            number(training.loss),
            number(training.accuracy),
            number(validation.loss),
            number(validation.accuracy),
            number(test.loss),
            number(test.accuracy),
            number(outcome.accuracy_gap),
            number(training.r2),
            number(validation.r2),
            number(test.r2),
            number(outcome.r2_gap),
        ]);
        let name = outcome.folder.as_deref().and_then(Path::file_name);
        cells.push(name.map_or_else(String::new, |name| name.to_string_lossy().into_owned()));
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_another_configuration_is_no_run_of_the_point() -> std::io::Result<()> {
        let temporary = tempfile::tempdir()?;
        let run = |name: &str, configuration: &str, record: &str| {
            let folder = temporary.path().join(name);
            fs::create_dir(&folder)?;
            fs::write(folder.join("config.toml"), configuration)?;
            fs::write(folder.join("run.json"), record)
        };
        run("a", "epochs = 1", r#"{"status": "finished"}"#)?;
        run("a-2", "epochs = 2", r#"{"status": "interrupted"}"#)?;
        let of = |configuration: &str| {
            let outcome = Outcome::of(temporary.path(), "a", configuration.as_bytes());
            (outcome.word().to_owned(), outcome.finished())
        };
        assert_eq!(of("epochs = 1"), ("finished".to_owned(), true));
        assert_eq!(of("epochs = 2"), ("interrupted".to_owned(), false));
        assert_eq!(of("epochs = 3"), ("not begun".to_owned(), false));
        // Somebody has removed the first one's configuration: the second is found all the same.
        fs::remove_file(temporary.path().join("a/config.toml"))?;
        assert_eq!(of("epochs = 2"), ("interrupted".to_owned(), false));
        run("a-3", "epochs = 2", "{")?;
        assert_eq!(of("epochs = 2"), ("unreadable".to_owned(), false));
        Ok(())
    }
}
