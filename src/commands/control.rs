//! `brecha control`: the same network on the same samples with shuffled labels (Zhang et al. 2017). What it reaches there
//! it has memorised, because there is nothing to learn; so much of its training accuracy proves nothing.

use std::fmt::Write;

use super::{print, run_name, sweep};
use crate::cli::{ControlArguments, SweepArguments};
use crate::error::{Error, ExitCode};
use crate::experiment::rows::Row;
use crate::report::metrics::Row as Epoch;
use crate::report::reading::RunFolder;

/// Runs both, as a sweep of two points, and compares them.
///
/// # Errors
///
/// As a sweep.
pub fn run(arguments: &ControlArguments) -> Result<ExitCode, Error> {
    let name = format!("{}.control", run_name(&arguments.config));
    let mut overrides = arguments.overrides.clone();
    overrides.push(r#"sweep={ data.training-labels = ["as-given", "shuffled"] }"#.to_owned());
    let (code, rows) = sweep::run_points(&SweepArguments {
        config: arguments.config.clone(),
        overrides,
        name: Some(arguments.name.clone().unwrap_or(name)),
        artifacts: arguments.artifacts.clone(),
        jobs: None,
        yes: false,
    })?;
    if let [given, shuffled] = rows.as_slice() {
        print(&comparison(&history(given)?, &history(shuffled)?, shuffled))?;
    }
    Ok(code)
}

fn history(row: &Row) -> Result<Vec<Epoch>, Error> {
    match &row.folder {
        Some(folder) => Ok(RunFolder::new(folder).rows()?),
        None => Ok(Vec::new()),
    }
}

fn comparison(given: &[Epoch], shuffled: &[Epoch], row: &Row) -> String {
    let (Some(_), Some(shuffled_last)) = (given.last(), shuffled.last()) else {
        return "one of the two runs has no finished epoch: there is nothing to compare\n"
            .to_owned();
    };
    let baseline = row.record["result"]["baseline"].as_f64().unwrap_or(0.0);
    let mut text = String::from("                  true labels   shuffled labels\n");
    let mut line = |name: &str, of: &dyn Fn(&[Epoch]) -> String| {
        let (given, shuffled) = (of(given), of(shuffled));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<17} {given:>11}   {shuffled:>15}");
    };
    line("training", &|rows| {
        percent(rows.last().map(|row| row.train_accuracy))
    });
    line("validation", &|rows| {
        percent(rows.last().and_then(|row| row.validation_accuracy))
    });
    line("half memorised", &|rows| epoch_of(rows, baseline, 0.5));
    line("all memorised", &|rows| epoch_of(rows, baseline, 0.99));
    // Of what there is above chance, how much was stored without anything to learn.
    let capacity =
        (shuffled_last.train_accuracy - baseline) / (1.0 - baseline).max(f64::MIN_POSITIVE);
    let capacity = capacity.clamp(0.0, 1.0);
    let judged = if capacity > 0.9 {
        "it can store this training split whole, so its training accuracy alone proves nothing"
    } else if capacity > 0.3 {
        "it stores a good part of this training split, and its training accuracy proves only the rest"
    } else {
        "it cannot store this training split, so what it reaches on the true labels it has learned"
    };
    let _ = writeln!(
        text,
        "\nof shuffled labels it memorised {:.0} % of what there is above chance in {} epochs: {judged}",
        100.0 * capacity,
        shuffled_last.epoch
    );
    text
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| format!("{:.1} %", 100.0 * share))
}

/// The first epoch in which so much of the distance from chance to all was covered.
fn epoch_of(rows: &[Epoch], baseline: f64, share: f64) -> String {
    let needed = baseline + share * (1.0 - baseline);
    let first = rows.iter().find(|row| row.train_accuracy >= needed);
    first.map_or_else(|| "never".to_owned(), |row| format!("epoch {}", row.epoch))
}
