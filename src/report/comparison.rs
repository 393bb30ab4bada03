//! Several runs side by side: read from their folders, so that runs of any age and state can be compared.

pub(super) mod configurations;
pub(super) mod overlaid;
pub(super) mod pairing;
#[cfg(test)]
mod tests;

use std::path::Path;

use serde_json::Value;

use self::configurations::Settings;
use super::ReportError;
use super::metrics::Row;
use super::predictions::Predictions;
use super::reading::RunFolder;

/// One of the runs; what cannot be read of it is absent, and said in `missing`.
pub(super) struct ComparedRun {
    /// `A`, `B`, …: how the page calls it.
    pub(super) letter: String,
    /// The name of its folder.
    pub(super) name: String,
    /// `run.json`
    pub(super) record: Value,
    /// Epoch after epoch.
    pub(super) rows: Vec<Row>,
    /// Its configuration.
    pub(super) settings: Option<Settings>,
    /// What it says of each held-out sample.
    pub(super) predictions: Option<Predictions>,
    /// What could not be read.
    pub(super) missing: Vec<String>,
}

impl ComparedRun {
    /// The `number`-th run, from 0, in `folder`.
    ///
    /// # Errors
    ///
    /// `run.json` is not there or no JSON: then this is no run.
    pub(super) fn read(number: usize, folder: &Path) -> Result<Self, ReportError> {
        let files = RunFolder::new(folder);
        let record = files.record()?;
        let mut missing = Vec::new();
        let mut unless = |error: &dyn std::fmt::Display| missing.push(error.to_string());
        let rows = files.rows().map_err(|error| unless(&error));
        let settings = files.configuration().map_err(|error| unless(&error));
        let settings = settings.ok().and_then(|text| {
            Settings::read(&text)
                .map_err(|error| unless(&format!("`config.toml`: {error}")))
                .ok()
        });
        let predictions = Predictions::read(folder).map_err(|error| unless(&error));
        Ok(Self {
            letter: letter(number),
            name: name(&record, folder),
            rows: rows.unwrap_or_default(),
            settings,
            predictions: predictions.ok().flatten(),
            record,
            missing,
        })
    }

    /// Whether it predicts numbers rather than classes.
    pub(super) fn predicts_numbers(&self) -> bool {
        match self.rows.first() {
            Some(row) => row.train_accuracy.is_none(),
            None => self.record.pointer("/data/target").is_some(),
        }
    }
}

/// As the record says it, or else as the folder is called.
fn name(record: &Value, folder: &Path) -> String {
    let recorded = record.pointer("/name").and_then(Value::as_str);
    let called = || {
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        name.to_string_lossy().into_owned()
    };
    recorded.map_or_else(called, str::to_owned)
}

/// `A` to `Z`, then `A2` and so on.
fn letter(number: usize) -> String {
    let letter = char::from(b'A' + (number % 26) as u8);
    match number / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{}", round + 1),
    }
}
