//! Pages that `brecha watch` serves: all runs of a folder, and a run that goes on.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::content::{Curves, count, estimate};
use super::{curves, page, render, verdict};
use crate::report::ReportError;
use crate::report::age::in_words;
use crate::report::metrics::Row;
use crate::report::picture::thinning;
use crate::report::progress::points;
use crate::report::reading::RunFolder;
use crate::report::run_state::RunState;

/// Where a page's events come from.
pub type Events<'a> = &'a str;

/// Of the little curves: so many points.
const MOST_POINTS: usize = 60;
/// Of the little curves: width and height within their margins.
const CURVE: (f64, f64) = (100.0, 24.0);

/// All runs of a folder.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Index<'a> {
    title: String,
    status: String,
    runs: &'a [WatchedRun],
    left_out: String,
    footer: String,
}

/// A row of the index.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WatchedRun {
    name: String,
    /// Where its page is.
    link: String,
    status: String,
    verdict: String,
    kind: &'static str,
    validation: String,
    gap: String,
    /// The points of the little curve.
    line: String,
    line_label: String,
    /// How long ago something happened to it.
    age: String,
}

impl WatchedRun {
    /// The run in `folder`, called so, whose page is at `link`. Whatever cannot be read is empty.
    #[must_use]
    pub fn new(folder: &Path, name: &str, link: String) -> Self {
        let files = RunFolder::new(folder);
        let record = files.record().unwrap_or(Value::Null);
        let rows = files.rows().unwrap_or_default();
        let shown = verdict::of(&record);
        let validation = estimate(&record, "/result/validation/accuracy")
            .map(|[value, ..]| format!("{:.1} %", 100.0 * value))
            .or_else(|| {
                let [value, ..] = estimate(&record, "/result/validation/r2")?;
                Some(format!("R² {}", crate::report::summary::r2(value)))
            });
        let gap = verdict::judgement(&record).and_then(|judgement| {
            estimate(judgement, "/accuracy-gap").or_else(|| estimate(judgement, "/r2-gap"))
        });
        let state = RunState::of(folder, &record);
        Self {
            name: name.to_owned(),
            link,
            status: match (state, count(&record, "/epochs/planned")) {
                (RunState::Unknown, _) => "`run.json` cannot be read".to_owned(),
                (RunState::Running | RunState::Elsewhere, Some(planned)) => {
                    format!("running, epoch {} of {planned}", rows.len())
                }
                (RunState::Elsewhere, None) => RunState::Running.word().to_owned(),
                (state, _) => state.word().to_owned(),
            },
            kind: shown.kind,
            verdict: shown.word,
            validation: validation.unwrap_or_default(),
            gap: gap.map_or_else(String::new, |[value, low, high]| {
                format!("{} ({} to {})", points(value), points(low), points(high))
            }),
            line: line(&rows),
            line_label: "loss over the epochs".to_owned(),
            age: String::new(),
        }
    }

    /// Whether more is to come of it.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.status.starts_with("running")
    }

    /// With its age.
    #[must_use]
    pub fn aged(self, age: Option<Duration>) -> Self {
        Self {
            age: age.map_or_else(String::new, in_words),
            ..self
        }
    }
}

/// Whether more is to come of the run in `folder`, as far as this system tells.
fn is_running(folder: &Path, record: &Value) -> bool {
    matches!(
        RunState::of(folder, record),
        RunState::Running | RunState::Elsewhere
    )
}

/// The validation loss, or else that of training, from left to right.
fn line(rows: &[Row]) -> String {
    let losses: Vec<f64> = rows
        .iter()
        .map(|row| row.validation_loss.unwrap_or(row.train_loss))
        .filter(|loss| loss.is_finite())
        .collect();
    let low = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let high = losses.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if losses.len() < 2 || !(high - low).is_finite() {
        return String::new();
    }
    let last = (losses.len() - 1) as f64;
    let place = |index: usize| {
        let height = if high > low {
            (high - losses[index]) / (high - low)
        } else {
            0.5
        };
        format!(
            "{:.1},{:.1}",
            2.0 + CURVE.0 * index as f64 / last,
            2.0 + CURVE.1 * height
        )
    };
    let kept = thinning::kept(&[&losses], None, MOST_POINTS);
    kept.into_iter().map(place).collect::<Vec<_>>().join(" ")
}

/// The page of all runs in the folder called `directory`; `left_out` says which are not shown.
///
/// # Errors
///
/// The page cannot be made; no input causes that.
pub fn index(
    directory: &str,
    runs: &[WatchedRun],
    left_out: &str,
    events: Events,
) -> Result<String, ReportError> {
    let index = Index {
        title: format!("Runs in {directory}"),
        status: "Follows them while they go on.".to_owned(),
        runs,
        left_out: left_out.to_owned(),
        footer: format!("Served by brecha {}.", env!("CARGO_PKG_VERSION")),
    };
    render::index(&index, events).map_err(|error| encode(Path::new(directory), &error))
}

/// The page of the run in `folder`, which follows `events` while the run goes on.
///
/// # Errors
///
/// `run.json` is not there or no JSON: then this is no run.
pub fn watched(folder: &Path, events: Events) -> Result<String, ReportError> {
    let files = RunFolder::new(folder);
    let record = files.record()?;
    let page = page(&files, &record, folder);
    let html = if is_running(folder, &record) {
        render::watched_run(&page, events)
    } else {
        render::run(&page)
    };
    html.map_err(|error| encode(folder, &error))
}

/// What a page that follows is told: the name of an event, and JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// `curves`, `runs` or `ended`.
    pub event: &'static str,
    /// What comes with it, on one line.
    pub data: String,
}

#[derive(Serialize)]
struct NewCurves {
    status: String,
    figure: String,
}

#[derive(Serialize)]
struct NewRuns {
    table: String,
}

#[derive(Serialize)]
struct Figure {
    curves: Curves,
}

#[derive(Serialize)]
struct Runs<'a> {
    runs: &'a [WatchedRun],
    left_out: &'a str,
}

/// What is new of the run in `folder`; `None` while no epoch is finished.
///
/// # Errors
///
/// `run.json` is not there or no JSON.
pub fn news(folder: &Path) -> Result<Option<News>, ReportError> {
    let files = RunFolder::new(folder);
    let record = files.record()?;
    if !is_running(folder, &record) {
        return Ok(Some(News {
            event: "ended",
            data: "{}".to_owned(),
        }));
    }
    let rows = files.rows().unwrap_or_default();
    let Some(curves) = curves::of(&record, &rows, &mut Vec::new()) else {
        return Ok(None);
    };
    let status = format!("{}, {} finished", verdict::status(&record), rows.len());
    let figure =
        render::part("live.html", &Figure { curves }).map_err(|error| encode(folder, &error))?;
    Ok(serde_json::to_string(&NewCurves { status, figure })
        .ok()
        .map(|data| News {
            event: "curves",
            data,
        }))
}

impl News {
    /// All runs anew.
    ///
    /// # Errors
    ///
    /// The table cannot be made; no input causes that.
    pub fn of_all(runs: &[WatchedRun], left_out: &str) -> Result<Self, ReportError> {
        let failed = |error: &dyn std::fmt::Display| encode(Path::new("the index"), error);
        let table = render::part("runs.html", &Runs { runs, left_out }).map_err(|e| failed(&e))?;
        let data = serde_json::to_string(&NewRuns { table }).map_err(|e| failed(&e))?;
        Ok(Self {
            event: "runs",
            data,
        })
    }
}

fn encode(path: &Path, error: &dyn std::fmt::Display) -> ReportError {
    ReportError::Encode {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watched_page_may_ask_its_server_and_nobody_else() -> Result<(), ReportError> {
        let hostile = "<script>alert(1)</script>";
        let folder = Path::new("no such folder");
        let runs = [WatchedRun::new(folder, hostile, "/runs/x/".to_owned())];
        let page = index(hostile, &runs, "", "/events")?;
        assert!(page.contains("connect-src &#x27;self&#x27;"));
        assert!(page.contains("data-events=\"&#x2f;events\""), "{page}");
        assert!(!page.contains("<script>alert"), "{page}");
        let news = News::of_all(&runs, "")?;
        assert!(!news.data.contains("<script>alert") && !news.data.contains('\n'));
        Ok(())
    }
}
