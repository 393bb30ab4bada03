//! `report.html`: a run on one page, with everything inside of it and nothing asked of a network.
//!
//! The page is made of the files of the run's folder and of nothing else, so that a run that still goes on, one that was killed and one
//! of an older version have a page too; what is missing, the page says. Whatever comes from a user is escaped by the template
//! library. The pictures of the folder are embedded as images, in which no script runs; only the curves, drawn anew from the
//! metrics, are part of the page itself.

mod comparison;
mod content;
mod curves;
mod pictures;
mod render;
mod sections;
mod verdict;
mod watched;

use std::path::Path;

use serde_json::Value;

use super::ReportError;
use super::reading::RunFolder;
pub use comparison::html as comparison;
use content::Page;
pub use watched::{Events, News, WatchedRun, index, news, watched};

/// Where the page of a run lies in its folder.
pub const FILE: &str = "report.html";

/// The page of the run in `folder`.
///
/// # Errors
///
/// `run.json` is not there or no JSON: then this is no run. Everything else may be missing.
pub fn html(folder: &Path) -> Result<String, ReportError> {
    let files = RunFolder::new(folder);
    let record = files.record()?;
    let page = page(&files, &record, folder);
    render::run(&page).map_err(|error| ReportError::Encode {
        path: folder.join(FILE),
        reason: error.to_string(),
    })
}

fn page(files: &RunFolder, record: &Value, folder: &Path) -> Page {
    let mut missing = Vec::new();
    let rows = kept(files.rows(), &mut missing).unwrap_or_default();
    let verdict = verdict::of(record);
    let curves = curves::of(record, &rows, &mut missing);
    let epochs = curves.as_ref().and_then(|_| curves::table(&rows));
    let sections = sections::all(files, record, folder, &mut missing);
    Page {
        title: content::text(record, "/name").unwrap_or_else(|| "a run without a name".to_owned()),
        status: verdict::status(record),
        verdict,
        curves,
        epochs,
        sections,
        missing,
        footer: format!("Written by brecha {}.", env!("CARGO_PKG_VERSION")),
    }
}

/// What could be read; else the reason goes to the list of what is missing.
fn kept<T>(read: Result<T, ReportError>, missing: &mut Vec<String>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(error) => {
            missing.push(error.to_string());
            None
        }
    }
}

#[cfg(test)]
mod tests;
