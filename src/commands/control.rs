//! `brecha control`: the same network on the same samples with shuffled labels (Zhang et al. 2017). What it reaches there
//! it has memorised, because there is nothing to learn; so much of its training accuracy proves nothing. Where numbers are
//! predicted they are shuffled, and R² stands where accuracy does.

use std::fmt::Write;

use super::sweep::{self, pictures};
use super::{print, run_name, show};
use crate::cli::{ControlArguments, SweepPointsArguments};
use crate::error::{Error, ExitCode};
use crate::experiment::rows::Row;
use crate::report::control::{self, Control};
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
    let points = SweepPointsArguments {
        config: arguments.config.clone(),
        overrides,
        name: Some(arguments.name.clone().unwrap_or(name)),
        artifacts: arguments.artifacts.clone(),
        yes: false,
    };
    let ran = sweep::run_here(&points, None)?;
    let [given_row, shuffled_row] = ran.rows.as_slice() else {
        return Ok(ran.code);
    };
    let (given, shuffled) = (history(given_row)?, history(shuffled_row)?);
    let Some(last) = shuffled.last().filter(|_| !given.is_empty()) else {
        print("one of the two runs has no finished epoch: there is nothing to compare\n")?;
        return Ok(ran.code);
    };
    let baseline = shuffled_row.outcome.baseline.unwrap_or(0.0);
    let memorised = Memorised::new(last, baseline);
    show(&comparison(&given, &shuffled, baseline, &memorised))?;
    let points = |rows: &[Epoch]| rows.iter().map(Epoch::curve_point).collect();
    let picture = Control {
        title: ran.name,
        subtitle: memorised.says().to_owned(),
        true_labels: points(&given),
        shuffled_labels: points(&shuffled),
        baseline: Some(baseline),
    };
    pictures::write(&ran.folder, "control", control::svg(&picture), || {
        control::png(&picture)
    })?;
    for file in ["sweep.csv", "control.svg", "control.png"] {
        print(&format!("{}\n", ran.folder.path().join(file).display()))?;
    }
    Ok(ran.code)
}

/// How much of what there is above chance was stored, without anything to learn.
struct Memorised {
    share: f64,
    epochs: usize,
}

impl Memorised {
    fn new(last: &Epoch, baseline: f64) -> Self {
        let share = (last.train_score() - baseline) / (1.0 - baseline).max(f64::MIN_POSITIVE);
        Self {
            share: share.clamp(0.0, 1.0),
            epochs: last.epoch,
        }
    }

    fn says(&self) -> &'static str {
        if self.share > 0.9 {
            "it can store this training split whole, so its training accuracy alone proves nothing"
        } else if self.share > 0.3 {
            "it stores a good part of this training split, and its training accuracy proves only the rest"
        } else {
            "it cannot store this training split, so what it reaches on the true labels it has learned"
        }
    }
}

fn history(row: &Row) -> Result<Vec<Epoch>, Error> {
    match &row.outcome.folder {
        Some(folder) => Ok(RunFolder::new(folder).rows()?),
        None => Ok(Vec::new()),
    }
}

fn comparison(given: &[Epoch], shuffled: &[Epoch], baseline: f64, memorised: &Memorised) -> String {
    let mut text = String::from("                  true labels   shuffled labels\n");
    let mut line = |name: &str, of: &dyn Fn(&[Epoch]) -> String| {
        let (given, shuffled) = (of(given), of(shuffled));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<17} {given:>11}   {shuffled:>15}");
    };
    line("training", &|rows| {
        percent(rows.last().map(Epoch::train_score))
    });
    line("validation", &|rows| {
        percent(rows.last().and_then(Epoch::validation_score))
    });
    line("half memorised", &|rows| epoch_of(rows, baseline, 0.5));
    line("all memorised", &|rows| epoch_of(rows, baseline, 0.99));
    let _ = writeln!(
        text,
        "\nof shuffled labels it memorised {:.0} % of what there is above chance in {} epochs: {}",
        100.0 * memorised.share,
        memorised.epochs,
        memorised.says()
    );
    text
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| format!("{:.1} %", 100.0 * share))
}

/// The first epoch in which so much of the distance from chance to all was covered.
fn epoch_of(rows: &[Epoch], baseline: f64, share: f64) -> String {
    let needed = baseline + share * (1.0 - baseline);
    let first = rows.iter().find(|row| row.train_score() >= needed);
    first.map_or_else(|| "never".to_owned(), |row| format!("epoch {}", row.epoch))
}
