//! The pictures of a sweep: errors over one swept key, or maps of them over two; and the planes of networks with two inputs.

use std::fmt::Write;

use super::planes;
use crate::config::Sweep;
use crate::error::Error;
use crate::experiment::rows::{Row, Scores};
use crate::report::heat_maps::{self, Cell, HeatMaps};
use crate::report::picture::{Drawing, PictureError};
use crate::report::scaling::{self, Group, RunErrors, Scaling};
use crate::report::{ReportError, RunDirectory};

/// Draws `sweep.svg` and `sweep.png`, where there are one or two keys with several values, and `boundaries.svg` and `boundaries.png`
/// where networks of two inputs differ by one; returns which of them there are.
pub(super) fn draw(
    folder: &RunDirectory,
    name: &str,
    sweep: &Sweep,
    rows: &[Row],
) -> Result<Vec<&'static str>, Error> {
    let several: Vec<usize> = (0..sweep.axes.len())
        .filter(|&axis| sweep.axes[axis].values.len() > 1)
        .collect();
    let mut files = vec!["sweep.svg", "sweep.png"];
    match several[..] {
        [axis] => {
            let picture = over_one_key(name, sweep, axis, rows);
            write(folder, "sweep", scaling::svg(&picture), || {
                scaling::png(&picture)
            })?;
            if let Some(film) = planes::film(name, sweep, axis, rows)? {
                write(folder, "boundaries", film.svg(), || film.png())?;
                files.extend(["boundaries.svg", "boundaries.png"]);
            }
        }
        [row_axis, column_axis] => {
            let picture = over_two_keys(name, sweep, [row_axis, column_axis], rows);
            write(folder, "sweep", heat_maps::svg(&picture), || {
                heat_maps::png(&picture)
            })?;
        }
        _ => files.clear(),
    }
    Ok(files)
}

/// Writes both forms of a picture into `folder`, as `<name>.svg` and `<name>.png`.
pub(in super::super) fn write(
    folder: &RunDirectory,
    name: &str,
    svg: Result<String, PictureError>,
    png: impl FnOnce() -> Result<Vec<u8>, PictureError>,
) -> Result<(), Error> {
    let failed = |extension| {
        move |source| ReportError::Picture {
            file: extension,
            source,
        }
    };
    folder.write(
        &format!("{name}.svg"),
        svg.map_err(failed("the SVG"))?.as_bytes(),
    )?;
    folder.write(&format!("{name}.png"), &png().map_err(failed("the PNG"))?)?;
    Ok(())
}

/// One group for each value of the key; the keys with one value only are the same in all of them.
pub(in super::super) fn over_one_key(
    name: &str,
    sweep: &Sweep,
    axis: usize,
    rows: &[Row],
) -> Scaling {
    let axis_of = &sweep.axes[axis];
    let groups = axis_of.values.iter().map(|value| {
        let of_value = rows.iter().filter(|row| row.point.values[axis].1 == *value);
        Group {
            label: shown(value),
            value: number(value),
            runs: of_value.filter_map(errors).collect(),
        }
    });
    Scaling {
        title: name.to_owned(),
        subtitle: verdicts(rows),
        key: axis_of.key.clone(),
        groups: groups.collect(),
        ..Scaling::default()
    }
}

fn over_two_keys(
    name: &str,
    sweep: &Sweep,
    [rows_of, columns_of]: [usize; 2],
    rows: &[Row],
) -> HeatMaps {
    let place = |axis: usize, row: &Row| {
        let value = &row.point.values[axis].1;
        sweep.axes[axis]
            .values
            .iter()
            .position(|known| known == value)
    };
    let labels = |axis: usize| {
        sweep.axes[axis]
            .values
            .iter()
            .map(|value| shown(value))
            .collect()
    };
    let cells = rows.iter().filter_map(|row| {
        Some(Cell {
            row: place(rows_of, row)?,
            column: place(columns_of, row)?,
            runs: errors(row).into_iter().collect(),
        })
    });
    HeatMaps {
        title: name.to_owned(),
        subtitle: verdicts(rows),
        row_key: sweep.axes[rows_of].key.clone(),
        column_key: sweep.axes[columns_of].key.clone(),
        rows: labels(rows_of),
        columns: labels(columns_of),
        cells: cells.collect(),
    }
}

/// On training and validation: what is wrong of all answers; of numbers, what is unexplained of their variance.
fn errors(row: &Row) -> Option<RunErrors> {
    let (training, validation) = scores(row)?;
    Some(RunErrors {
        train_error: 1.0 - training,
        validation_error: validation.map(|score| 1.0 - score),
    })
}

/// On training and validation: the accuracy, or R² of numbers.
pub(super) fn scores(row: &Row) -> Option<(f64, Option<f64>)> {
    let score = |scores: &Scores| scores.accuracy.or(scores.r2);
    let outcome = &row.outcome;
    Some((score(&outcome.training)?, score(&outcome.validation)))
}

/// A value of TOML without its quotes.
pub(super) fn shown(value: &str) -> String {
    value.trim_matches(['"', '\'']).to_owned()
}

/// A number of TOML, which may have `_` between its digits.
fn number(value: &str) -> Option<f64> {
    value
        .replace('_', "")
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

/// `27 runs: 20 learned, 7 inconclusive`
fn verdicts(rows: &[Row]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for row in rows {
        let outcome = row.outcome.word();
        match counts.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, count)) => *count += 1,
            None => counts.push((outcome, 1)),
        }
    }
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let mut text = format!("{} runs", rows.len());
    for (place, (outcome, count)) in counts.iter().enumerate() {
        let before = if place == 0 { ": " } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{before}{count} {outcome}");
    }
    text
}
