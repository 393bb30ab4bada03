//! The check of the gradients: as a table for people, as `gradients.csv`, and in one line.

use std::fmt::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::ReportError;
use super::progress::thousands;
use crate::gradients::{Check, Comparison, Precision, Row, SUBSET, Verdict};

/// `gradients agree with the hand derivation to 3e-7 on wgpu`, or how many do not.
#[must_use]
pub fn summary(check: &Check) -> String {
    let with = |verdict| {
        let rows = check.rows.iter();
        rows.filter(|row| row.verdict == verdict).count()
    };
    let (near, ill_conditioned) = (with(Verdict::NearKink), with(Verdict::IllConditioned));
    let mut line = match check.failed() {
        0 => format!(
            "gradients agree with the hand derivation to {:.0e} on {}",
            check.largest(),
            check.backend
        ),
        failed => format!(
            "{failed} of {} gradients do NOT agree with the hand derivation on {}",
            check.rows.len(),
            check.backend
        ),
    };
    if near > 0 {
        let _ = write!(
            line,
            " ({near} of {} stand too near a kink to be compared)",
            check.rows.len()
        );
    }
    if ill_conditioned > 0 {
        let _ = write!(
            line,
            " ({ill_conditioned} of {} are lost in rounding, whoever computes them in {})",
            check.rows.len(),
            precision(check.judged_as)
        );
    }
    line
}

/// One line per tensor, what was compared above, what follows below.
#[must_use]
pub fn table(check: &Check) -> String {
    let mut text = String::new();
    let noise = if check.noise {
        ", with noise that keeps them off kinks"
    } else {
        ""
    };
    let plural = if check.samples == 1 { "" } else { "s" };
    let _ = writeln!(
        text,
        "{} in {}, on {} sample{plural} of the training split{noise}",
        check.backend,
        precision(check.precision),
        check.samples,
    );
    let _ = writeln!(
        text,
        "loss {} by hand, {} on {}\n",
        loss(check.loss),
        loss(check.backend_loss),
        check.backend
    );
    let header = [
        "tensor",
        "shape",
        "compared",
        "absolute",
        "relative",
        "at",
        "hand ↔ diff.",
        "burn ↔ diff.",
        "",
    ];
    let mut rows = vec![header.map(str::to_owned)];
    rows.extend(check.rows.iter().map(cells));
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let padding = " ".repeat(width - cell.chars().count());
            // Names and places to the left, numbers to the right.
            let cell = if matches!(column, 0 | 1 | 5 | 8) {
                format!("{cell}{padding}  ")
            } else {
                format!("{padding}{cell}  ")
            };
            line.push_str(&cell);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if check.judged_as != check.precision {
        let _ = writeln!(
            text,
            "\njudged as {}: the sigmoid of {} goes through it whatever the precision",
            precision(check.judged_as),
            check.backend
        );
    }
    if check
        .rows
        .iter()
        .any(|row| row.autodiff.entries < entries(row))
    {
        let _ = writeln!(
            text,
            "\ntoo large to be compared whole: {} random entries of each larger tensor",
            thousands(SUBSET as u64)
        );
    }
    for row in check
        .rows
        .iter()
        .filter(|row| row.verdict == Verdict::Disagrees)
    {
        let Comparison {
            at,
            by_hand,
            other,
            tolerance,
            ..
        } = &row.autodiff;
        let _ = writeln!(
            text,
            "\n{}{}: by hand {by_hand:.9e}, burn {other:.9e}; allowed is a relative difference of {tolerance:.1e}",
            row.tensor,
            index(at),
        );
    }
    let _ = writeln!(text, "\n{}", summary(check));
    text
}

fn cells(row: &Row) -> [String; 9] {
    let relative = |comparison: &Option<Comparison>| {
        comparison.as_ref().map_or(String::new(), |comparison| {
            format!("{:.1e}", comparison.relative)
        })
    };
    let entries = entries(row);
    let compared = match (row.autodiff.entries, &row.differences) {
        (all, Some(differences)) if all == entries && differences.entries == entries => {
            "all".to_owned()
        }
        (all, None) if all == entries => "all".to_owned(),
        (all, Some(differences)) if all == entries => format!("all, {}", differences.entries),
        (some, Some(differences)) => format!("{some}, {}", differences.entries),
        (some, None) => some.to_string(),
    };
    [
        row.tensor.clone(),
        shape(&row.shape),
        compared,
        format!("{:.1e}", row.autodiff.absolute),
        format!("{:.1e}", row.autodiff.relative),
        index(&row.autodiff.at),
        relative(&row.differences),
        relative(&row.autodiff_differences),
        match row.verdict {
            Verdict::Agrees => "agrees".to_owned(),
            Verdict::Disagrees => "DISAGREES".to_owned(),
            Verdict::NearKink => "near a kink".to_owned(),
            Verdict::IllConditioned => "lost in rounding".to_owned(),
        },
    ]
}

fn loss(loss: f64) -> String {
    if loss < 1e6 {
        format!("{loss:.9}")
    } else {
        format!("{loss:.9e}")
    }
}

fn entries(row: &Row) -> usize {
    row.shape.iter().product()
}

fn shape(shape: &[usize]) -> String {
    let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
    sizes.join("×")
}

fn index(at: &[usize]) -> String {
    let places: Vec<String> = at.iter().map(usize::to_string).collect();
    format!("[{}]", places.join(", "))
}

fn precision(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "f32",
        Precision::F64 => "f64",
    }
}

/// One row of `gradients.csv`; the columns are explained in `artifacts/README.md`.
#[derive(Serialize)]
struct CsvRow<'a> {
    tensor: &'a str,
    shape: String,
    entries: usize,
    compared: usize,
    absolute_difference: f64,
    relative_difference: f64,
    tolerance: f64,
    at: String,
    by_hand: f64,
    autodiff: f64,
    verdict: Verdict,
}

/// `gradients.csv`
///
/// # Errors
///
/// The rows cannot be put into text.
pub fn csv(check: &Check) -> Result<Vec<u8>, ReportError> {
    let failed = |reason: String| ReportError::Encode {
        path: PathBuf::from("gradients.csv"),
        reason,
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in &check.rows {
        let of = &row.autodiff;
        let separated = |numbers: &[usize], by: &str| {
            let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
            numbers.join(by)
        };
        writer
            .serialize(CsvRow {
                tensor: &row.tensor,
                shape: separated(&row.shape, "x"),
                entries: entries(row),
                compared: of.entries,
                absolute_difference: of.absolute,
                relative_difference: of.relative,
                tolerance: of.tolerance,
                at: separated(&of.at, " "),
                by_hand: of.by_hand,
                autodiff: of.other,
                verdict: row.verdict,
            })
            .map_err(|error| failed(error.to_string()))?;
    }
    writer
        .into_inner()
        .map_err(|error| failed(error.to_string()))
}
