//! The curves of the page, drawn anew from the metrics, and the numbers behind them.

use serde::Serialize;
use serde_json::Value;

use super::content::{self, Curves, Table, count, number};
use crate::report::curves::{self, ShownScore};
use crate::report::metrics::Row;
use crate::report::picture::thinning;

/// So many epochs can be pointed at.
const MOST_POINTS: usize = 1000;

/// So many are in the table.
const MOST_ROWS: usize = 60;

/// For the script of the page.
#[derive(Serialize)]
struct Points<'a> {
    /// Of the picture.
    width: u32,
    /// Where the first epoch lies.
    left: f64,
    /// And where the last does.
    right: f64,
    names: &'a [&'a str],
    /// A number for each name.
    rows: Vec<Vec<Option<f64>>>,
}

/// The picture with its numbers; none where there is no epoch.
pub(super) fn of(record: &Value, rows: &[Row], missing: &mut Vec<String>) -> Option<Curves> {
    if rows.is_empty() {
        missing.push("no epoch was finished: there are no curves".to_owned());
        return None;
    }
    let picture = curves::Curves {
        title: content::text(record, "/name").unwrap_or_default(),
        subtitle: String::new(),
        points: rows.iter().map(Row::curve_point).collect(),
        best_epoch: count(record, "/epochs/best").map(|best| best as usize),
        baseline: number(record, "/result/baseline"),
        score: score(rows),
    };
    let svg = match curves::svg(&picture) {
        Ok(svg) => svg,
        Err(error) => {
            missing.push(format!("the curves could not be drawn: {error}"));
            return None;
        }
    };
    let [left, right] = picture.ends();
    let points = Points {
        width: crate::report::style::WIDTH,
        left,
        right,
        names: &names(rows),
        rows: thinned(rows, MOST_POINTS)
            .into_iter()
            .map(numbers)
            .collect(),
    };
    // Numbers and our own words have no character that would end a script element; still, none may.
    let points = serde_json::to_string(&points).ok()?.replace('<', "\\u003c");
    Some(Curves { svg, points })
}

/// Some epochs with their numbers.
pub(super) fn table(rows: &[Row]) -> Option<Table> {
    let names = names(rows);
    let all: Vec<Vec<Option<f64>>> = thinned(rows, MOST_ROWS).into_iter().map(numbers).collect();
    // What no epoch has is no column.
    let columns: Vec<usize> = (0..names.len())
        .filter(|&column| all.iter().any(|row| row[column].is_some()))
        .collect();
    let header: Vec<&str> = columns.iter().map(|&column| names[column]).collect();
    let mut table = Table::new("Epochs", &header);
    for row in &all {
        let cell = |&column: &usize| {
            row[column].map_or_else(String::new, |value| value.to_string().replace('-', "−"))
        };
        table.rows.push(columns.iter().map(cell).collect());
    }
    if all.len() < rows.len() {
        table.note = format!(
            "{} of {} epochs; metrics.csv has all",
            all.len(),
            rows.len()
        );
    }
    (!all.is_empty()).then_some(table)
}

fn score(rows: &[Row]) -> ShownScore {
    match rows.first() {
        Some(row) if row.train_accuracy.is_none() => ShownScore::R2,
        _ => ShownScore::Accuracy,
    }
}

fn names(rows: &[Row]) -> [&'static str; 8] {
    let [training, validation] = match score(rows) {
        ShownScore::Accuracy => ["training accuracy, %", "validation accuracy, %"],
        ShownScore::R2 => ["training R², %", "validation R², %"],
    };
    [
        "epoch",
        "training loss",
        "validation loss",
        training,
        validation,
        "gap, points",
        "at least",
        "at most",
    ]
}

fn numbers(row: &Row) -> Vec<Option<f64>> {
    let point = row.curve_point();
    let rounded = |value: f64, decimals: i32| {
        let factor = 10_f64.powi(decimals);
        Some((value * factor).round() / factor).filter(|value| value.is_finite())
    };
    let percent = |share: Option<f64>| share.and_then(|share| rounded(100.0 * share, 2));
    let gap = point
        .validation_score
        .map(|validation| point.train_score - validation);
    vec![
        Some(row.epoch as f64),
        rounded(point.train_loss, 5),
        point.validation_loss.and_then(|loss| rounded(loss, 5)),
        percent(Some(point.train_score)),
        percent(point.validation_score),
        percent(gap),
        percent(point.accuracy_gap.map(|(low, _)| low)),
        percent(point.accuracy_gap.map(|(_, high)| high)),
    ]
}

/// At most about `most` rows, those at the extremes among them.
fn thinned(rows: &[Row], most: usize) -> Vec<&Row> {
    let finite = |value: Option<f64>| value.unwrap_or(f64::NAN);
    let training: Vec<f64> = rows.iter().map(|row| row.train_loss).collect();
    let validation: Vec<f64> = rows.iter().map(|row| finite(row.validation_loss)).collect();
    let kept = thinning::kept(&[&training, &validation], None, most);
    kept.into_iter().map(|index| &rows[index]).collect()
}
