//! `brecha runs`: which runs there are, what has become of them, and which can go on.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::Value;

use super::found::{Found, find};
use super::{print, tell};
use crate::cli::RunsArguments;
use crate::error::{Error, ExitCode};
use crate::machine::process::Process;
use crate::report::ReportError;
use crate::report::age::in_words;
use crate::report::reading::RunFolder;
use crate::report::run_state::{RunState, process};
use crate::server::files::Root;

/// Lists the runs of a folder, the latest first.
///
/// # Errors
///
/// The folder cannot be read, or standard output not be written.
pub fn run(arguments: &RunsArguments) -> Result<ExitCode, Error> {
    let root = Root::new(&arguments.directory).map_err(|source| ReportError::Io {
        action: "list the runs of",
        path: arguments.directory.clone(),
        source,
    })?;
    let runs: Vec<Listed> = find(&root)
        .iter()
        .map(|found| Listed::new(found, &arguments.directory))
        .collect();
    if arguments.json {
        // Names, numbers and texts only: nothing that JSON cannot hold.
        let json = serde_json::to_string_pretty(&runs).unwrap_or_default();
        print(&format!("{json}\n"))?;
        return Ok(ExitCode::Success);
    }
    if runs.is_empty() {
        tell(&format!(
            "there is no run in `{}`\n",
            arguments.directory.display()
        ));
        return Ok(ExitCode::Success);
    }
    print(&table(&runs))?;
    for run in &runs {
        if let Some(note) = run.note() {
            tell(&note);
        }
    }
    Ok(ExitCode::Success)
}

/// A run with what is said of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Listed {
    name: String,
    folder: String,
    status: RunState,
    verdict: Option<String>,
    /// Finished.
    epochs: u64,
    planned: Option<u64>,
    started: Option<String>,
    ended: Option<String>,
    /// Since something happened to it.
    age_seconds: Option<u64>,
    error: Option<String>,
    process: Option<Process>,
    backend: Option<String>,
}

impl Listed {
    fn new(found: &Found, directory: &Path) -> Self {
        let files = RunFolder::new(&found.folder);
        let record = files.record().unwrap_or(Value::Null);
        let text = |place: &str| record.pointer(place).and_then(Value::as_str).map(plain);
        let status = RunState::of(&found.folder, &record);
        // A run that is not at its end has written its rows and nothing else.
        let finished = record
            .pointer("/epochs/finished")
            .and_then(Value::as_u64)
            .filter(|_| {
                matches!(
                    status,
                    RunState::Finished | RunState::Interrupted | RunState::Failed
                )
            });
        let names = found.names.iter();
        Self {
            name: plain(&found.names.join("/")),
            folder: names
                .fold(directory.to_owned(), |folder, name| folder.join(name))
                .display()
                .to_string(),
            status,
            verdict: text("/result/judgement/verdict/name"),
            epochs: finished.unwrap_or_else(|| files.rows().map_or(0, |rows| rows.len() as u64)),
            planned: record.pointer("/epochs/planned").and_then(Value::as_u64),
            started: text("/started"),
            ended: text("/ended"),
            age_seconds: age(found).map(|age| age.as_secs()),
            error: text("/error"),
            process: process(&record),
            backend: text("/backend/name"),
        }
    }

    /// What to do about it, where something is to be done.
    fn note(&self) -> Option<String> {
        let Self { folder, .. } = self;
        let folder = plain(folder);
        match self.status {
            RunState::Crashed => Some(format!(
                "`{folder}` says that it runs, and no process writes to it: `brecha --resume {folder}` goes on with it\n"
            )),
            RunState::Elsewhere => {
                let host = self
                    .process
                    .as_ref()
                    .and_then(|process| process.host.clone());
                Some(format!(
                    "`{folder}` says that it runs on {}; whether it still does cannot be told from here\n",
                    plain(&host.unwrap_or_else(|| "another machine".to_owned()))
                ))
            }
            _ => None,
        }
    }
}

/// `None` where the file system says nothing; a clock that was set back makes nothing younger than now.
fn age(found: &Found) -> Option<Duration> {
    let latest = found.stamp.latest()?;
    Some(SystemTime::now().duration_since(latest).unwrap_or_default())
}

/// Names and words of a run that somebody else made, with nothing in them that a terminal obeys.
fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

fn table(runs: &[Listed]) -> String {
    let rows: Vec<[String; 5]> =
        std::iter::once(["run", "status", "verdict", "epochs", "age"].map(str::to_owned))
            .chain(runs.iter().map(|run| {
                let planned = run
                    .planned
                    .map_or("?".to_owned(), |planned| planned.to_string());
                [
                    run.name.clone(),
                    run.status.word().to_owned(),
                    run.verdict.clone().unwrap_or_else(|| "–".to_owned()),
                    format!("{}/{planned}", run.epochs),
                    run.age_seconds
                        .map_or_else(String::new, |age| in_words(Duration::from_secs(age))),
                ]
            }))
            .collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths = [0, 1, 2, 3].map(width);
    let mut text = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(widths) {
            // Writing to a string does not fail.
            let _ = write!(text, "{cell:<width$}  ");
        }
        text.push_str(&row[4]);
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}
