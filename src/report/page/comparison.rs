//! Several runs on one page, made of the files of their folders.

mod curves;
mod pairs;
mod tables;

use std::path::Path;

use serde::Serialize;

use super::content::{Bar, Curves, Section, Table, estimate, number};
use super::{render, verdict};
use crate::report::ReportError;
use crate::report::comparison::ComparedRun;
use crate::report::progress::points;

/// The page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Comparison {
    title: String,
    status: String,
    /// What can be said, in sentences.
    findings: Vec<String>,
    runs: Table,
    gaps: Vec<Gaps>,
    curves: Vec<Overlay>,
    sections: Vec<Section>,
    missing: Vec<String>,
    footer: String,
}

/// Gaps on one scale.
#[derive(Clone, Debug, Serialize)]
struct Gaps {
    title: String,
    rows: Vec<Gap>,
}

#[derive(Clone, Debug, Serialize)]
struct Gap {
    name: String,
    kind: &'static str,
    word: String,
    bar: Bar,
}

/// Curves of all runs.
#[derive(Clone, Debug, Serialize)]
struct Overlay {
    title: String,
    note: String,
    pictures: Vec<Curves>,
}

/// The comparison of the runs in `folders`, the first of which is what the others are compared with.
///
/// # Errors
///
/// A folder has no `run.json`, or one that is no JSON: then it is no run. Everything else may be missing.
pub fn html(folders: &[impl AsRef<Path>]) -> Result<String, ReportError> {
    let runs = folders
        .iter()
        .enumerate()
        .map(|(number, folder)| ComparedRun::read(number, folder.as_ref()))
        .collect::<Result<Vec<_>, _>>()?;
    render::comparison(&page(&runs)).map_err(|error| ReportError::Encode {
        path: "the comparison".into(),
        reason: error.to_string(),
    })
}

fn page(runs: &[ComparedRun]) -> Comparison {
    let mut missing = Vec::new();
    for run in runs {
        let named = |reason| format!("{} ({}): {reason}", run.letter, run.name);
        missing.extend(run.missing.iter().map(named));
    }
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    let title = match names[..] {
        [one, other] => format!("{one} against {other}"),
        [first, ..] => format!("{first} and {} other runs", names.len() - 1),
        [] => "no runs".to_owned(),
    };
    let (pairing, mut findings) = pairs::all(runs);
    findings.extend(kinds(runs));
    let sections = [
        Some(pairing),
        tables::seeds(runs),
        Some(tables::configurations(runs)),
        tables::surroundings(runs),
    ];
    Comparison {
        title,
        status: "The first run, A, is what the others are compared with.".to_owned(),
        findings,
        runs: tables::runs(runs),
        gaps: gaps(runs),
        curves: curves::all(runs, &mut missing),
        sections: sections
            .into_iter()
            .flatten()
            .filter_map(Section::unless_empty)
            .collect(),
        missing,
        footer: format!("Written by brecha {}.", env!("CARGO_PKG_VERSION")),
    }
}

/// What keeps runs from being compared at all.
fn kinds(runs: &[ComparedRun]) -> Option<String> {
    let numbers = runs.iter().filter(|run| run.predicts_numbers()).count();
    (0 < numbers && numbers < runs.len()).then(|| {
        "Some of these runs predict numbers, the others tell classes apart: R² and accuracy are not the same thing, and are shown apart."
            .to_owned()
    })
}

/// Bars on one scale, for each kind of score.
fn gaps(runs: &[ComparedRun]) -> Vec<Gaps> {
    [("/accuracy-gap", "accuracy"), ("/r2-gap", "R²")]
        .into_iter()
        .filter_map(|(pointer, score)| {
            let found: Vec<_> = runs
                .iter()
                .filter_map(|run| {
                    let judgement = verdict::judgement(&run.record)?;
                    let ends = estimate(judgement, pointer)?;
                    let tolerance = number(judgement, "/tolerance")?;
                    let is_finite = ends.iter().all(|end| end.is_finite());
                    is_finite.then_some((run, ends, tolerance))
                })
                .collect();
            let left = found
                .iter()
                .map(|(_, [_, low, _], tolerance)| low.min(-0.2 * tolerance))
                .reduce(f64::min)?;
            let right = found
                .iter()
                .map(|(_, [value, _, high], tolerance)| high.max(*value).max(1.5 * tolerance))
                .reduce(f64::max)?;
            let rows = found.iter().map(|(run, ends, tolerance)| {
                let verdict = verdict::of(&run.record);
                Gap {
                    name: format!("{} {}", run.letter, run.name),
                    kind: verdict.kind,
                    word: verdict.word,
                    bar: bar(*ends, *tolerance, (left, right)),
                }
            });
            Some(Gaps {
                title: format!("Gap in {score}, in points"),
                rows: rows.collect(),
            })
        })
        .collect()
}

fn bar([value, low, high]: [f64; 3], tolerance: f64, (left, right): (f64, f64)) -> Bar {
    let span = 1.06 * (right - left);
    // Places in per cent need no more than a decimal.
    let length = |share: f64| (1000.0 * share / span).round() / 10.0;
    let place = |at: f64| length(at - left + 0.03 * (right - left));
    Bar {
        zero: place(0.0),
        low: place(low),
        width: length(high - low),
        value: place(value),
        tolerance: length(tolerance),
        label: format!(
            "{}, 95 % interval {} to {}; tolerated up to {:.1}",
            points(value),
            points(low),
            points(high),
            100.0 * tolerance
        ),
    }
}

#[cfg(test)]
mod tests;
