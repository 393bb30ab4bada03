//! The curves of all runs, and the numbers behind them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Overlay, tables};
use crate::report::comparison::ComparedRun;
use crate::report::comparison::overlaid::{Curve, MOST_LINES, Overlaid, Point, ShownSplit, ends};
use crate::report::curves::ShownScore;
use crate::report::metrics::Row;
use crate::report::page::content::Curves;
use crate::report::picture::{self, thinning};
use crate::report::style;

/// So many epochs can be pointed at.
const MOST_POINTS: usize = 500;

/// For the script of the page.
#[derive(Serialize)]
struct Points {
    width: u32,
    left: f64,
    right: f64,
    names: Vec<String>,
    rows: Vec<Vec<Option<f64>>>,
}

/// Validation and training, for each kind of score.
pub(super) fn all(runs: &[ComparedRun], missing: &mut Vec<String>) -> Vec<Overlay> {
    let mut overlays = Vec::new();
    for (title, wanted, score) in [
        ("How they learned", false, ShownScore::Accuracy),
        ("How they learned: numbers", true, ShownScore::R2),
    ] {
        let of_kind: Vec<&ComparedRun> = runs
            .iter()
            .filter(|run| run.predicts_numbers() == wanted)
            .collect();
        for run in of_kind.iter().filter(|run| run.rows.is_empty()) {
            missing.push(format!(
                "{} ({}): no epoch was finished, there are no curves",
                run.letter, run.name
            ));
        }
        let (curves, note) = curves(runs, &of_kind);
        if curves.is_empty() {
            continue;
        }
        let pictures = [ShownSplit::Validation, ShownSplit::Training]
            .into_iter()
            .filter_map(|split| picture(&curves, split, score, missing))
            .collect();
        let is_alone = overlays.is_empty() && of_kind.len() == runs.len();
        overlays.push(Overlay {
            title: if is_alone { "How they learned" } else { title }.to_owned(),
            note,
            pictures,
        });
    }
    overlays
}

/// A curve for each run; where runs differ in nothing but the seed, or are too many to be told apart, one for each group of them; and
/// how to read them.
fn curves(all: &[ComparedRun], of_kind: &[&ComparedRun]) -> (Vec<Curve>, String) {
    let drawn: Vec<&ComparedRun> = of_kind
        .iter()
        .copied()
        .filter(|run| !run.rows.is_empty())
        .collect();
    let is_drawn = |run: &&ComparedRun| drawn.iter().any(|other| std::ptr::eq(*other, *run));
    let groups: Vec<Vec<&ComparedRun>> = tables::groups(all)
        .into_iter()
        .map(|group| group.into_iter().filter(is_drawn).collect::<Vec<_>>())
        .filter(|group| !group.is_empty())
        .collect();
    let of_seeds = "The mean over seeds, and a band from the lowest to the highest.";
    if drawn.len() > 1 && groups.len() == 1 {
        return (
            groups.iter().map(|group| mean(group)).collect(),
            of_seeds.to_owned(),
        );
    }
    if drawn.len() <= MOST_LINES {
        let note = "The letters stand on the lines and at their ends.".to_owned();
        return (drawn.iter().map(|run| mean(&[run])).collect(), note);
    }
    if groups.len() <= MOST_LINES {
        return (
            groups.iter().map(|group| mean(group)).collect(),
            of_seeds.to_owned(),
        );
    }
    let note = format!(
        "{} runs are too many to be told apart: this is their mean, and a band from the lowest to the highest.",
        drawn.len()
    );
    (vec![mean(&drawn)], note)
}

/// Runs as one curve.
fn mean(runs: &[&ComparedRun]) -> Curve {
    let mut epochs: BTreeMap<usize, Vec<([f64; 2], [f64; 2])>> = BTreeMap::new();
    for row in runs.iter().flat_map(|run| &run.rows) {
        let of =
            |training: f64, validation: Option<f64>| [training, validation.unwrap_or(f64::NAN)];
        epochs.entry(row.epoch).or_default().push((
            of(row.train_loss, row.validation_loss),
            of(row.train_score(), Row::validation_score(row)),
        ));
    }
    let letters: Vec<&str> = runs.iter().map(|run| run.letter.as_str()).collect();
    let (letters, name) = match (&letters[..], runs) {
        ([letter], [run]) => ((*letter).to_owned(), run.name.clone()),
        ([first, .., last], _) if letters.len() > 3 => {
            (format!("{first}…{last}"), format!("mean of {}", runs.len()))
        }
        _ => (letters.join(","), "mean".to_owned()),
    };
    Curve {
        letters,
        name,
        points: epochs
            .iter()
            .map(|(&epoch, of)| Point::new(epoch, of))
            .collect(),
    }
}

fn picture(
    curves: &[Curve],
    split: ShownSplit,
    score: ShownScore,
    missing: &mut Vec<String>,
) -> Option<Curves> {
    let drawn = Overlaid {
        split,
        curves,
        score,
    };
    let svg = match picture::svg(&drawn) {
        Ok(svg) => svg,
        Err(error) => {
            missing.push(format!("the curves could not be drawn: {error}"));
            return None;
        }
    };
    let [left, right] = ends(curves);
    let score = match score {
        ShownScore::Accuracy => "accuracy, %",
        ShownScore::R2 => "R², %",
    };
    let mut names = vec!["epoch".to_owned()];
    for curve in curves {
        names.push(format!("{} loss", curve.letters));
        names.push(format!("{} {score}", curve.letters));
    }
    let points = Points {
        width: style::WIDTH,
        left,
        right,
        names,
        rows: rows(curves, usize::from(split == ShownSplit::Validation)),
    };
    // Numbers and our own words have no character that would end a script element; still, none may.
    let points = serde_json::to_string(&points).ok()?.replace('<', "\\u003c");
    Some(Curves { svg, points })
}

/// Some epochs, each with loss and score of every curve.
fn rows(curves: &[Curve], split: usize) -> Vec<Vec<Option<f64>>> {
    let at: Vec<BTreeMap<usize, &Point>> = curves
        .iter()
        .map(|curve| {
            curve
                .points
                .iter()
                .map(|point| (point.epoch, point))
                .collect()
        })
        .collect();
    let epochs: BTreeSet<usize> = at.iter().flat_map(BTreeMap::keys).copied().collect();
    let epochs: Vec<usize> = epochs.into_iter().collect();
    let places: Vec<f64> = epochs.iter().map(|&epoch| epoch as f64).collect();
    let rounded = |value: f64, decimals: i32| {
        let factor = 10_f64.powi(decimals);
        Some((value * factor).round() / factor).filter(|value| value.is_finite())
    };
    thinning::kept(&[&places], None, MOST_POINTS)
        .into_iter()
        .map(|index| {
            let epoch = epochs[index];
            let mut row = vec![Some(epoch as f64)];
            for curve in &at {
                let point = curve.get(&epoch);
                row.push(point.and_then(|point| rounded(point.loss[split].mean, 5)));
                row.push(point.and_then(|point| rounded(point.score[split].mean, 2)));
            }
            row
        })
        .collect()
}
