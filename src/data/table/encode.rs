//! From cells to numbers, by what the columns of the training file are; and what stands in for the missing ones.

use std::collections::{BTreeMap, HashMap};

use super::columns::{self, Columns, present, short};
use super::error::{TableError, nearest};
use super::rows::Rows;
use crate::data::preparation::{Feature, TablePreparation};
use crate::data::samples::{Samples, Values};
use crate::data::targets::{Meaning, Targets};

/// A gigabyte of numbers.
const MOST_VALUES: usize = 1 << 28;

/// A missing value: which sample, which feature. Zeros stand there until [`fill`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The position of the sample.
    pub sample: u32,
    /// Which of the features.
    pub feature: usize,
}

/// Rows as numbers.
#[derive(Debug)]
pub(super) struct Encoded {
    pub(super) values: Vec<f32>,
    pub(super) targets: Targets,
    pub(super) holes: Vec<Hole>,
}

/// Encodes rows whose columns have the names of `columns`, in any order. `known` is the file that these are from.
pub(super) fn encode(rows: &Rows, columns: &Columns, known: &str) -> Result<Encoded, TableError> {
    let width: usize = columns.features.iter().map(Feature::width).sum();
    let count = rows.records.len();
    let total = count.saturating_mul(width);
    if total > MOST_VALUES {
        return Err(TableError::TooManyValues {
            file: rows.file.clone(),
            rows: count,
            features: width,
            values: total,
            largest: MOST_VALUES,
        });
    }
    let mut encoded = Encoded {
        values: vec![0.0; total],
        targets: targets(rows, columns, known)?,
        holes: Vec::new(),
    };
    let mut start = 0;
    for (index, feature) in columns.features.iter().enumerate() {
        let Some(column) = rows.position(feature.name()) else {
            continue;
        };
        let places: HashMap<&str, usize> = match feature {
            Feature::Number { .. } => HashMap::new(),
            Feature::Category { categories, .. } => {
                let texts = categories.iter().map(String::as_str);
                texts.zip(0..).collect()
            }
        };
        for (row, cells) in rows.records.iter().enumerate() {
            let values = &mut encoded.values[row * width + start..][..feature.width()];
            let Some(text) = present(&cells[column]) else {
                encoded.holes.push(Hole {
                    sample: row as u32,
                    feature: index,
                });
                continue;
            };
            if let Feature::Category { categories, .. } = feature {
                let place = places.get(text).ok_or_else(|| TableError::Unknown {
                    cell: rows.cell(row, column).into(),
                    text: short(text),
                    what: "category",
                    file: known.to_owned(),
                    nearest: nearest(text, categories.iter().map(String::as_str)),
                })?;
                values[*place] = 1.0;
            } else {
                values[0] = number(rows, row, column, text, known)?;
            }
        }
        start += feature.width();
    }
    encoded
        .holes
        .sort_by_key(|hole| (hole.sample, hole.feature));
    Ok(encoded)
}

/// None where the rows have no such column: their answers are asked for.
fn targets(rows: &Rows, columns: &Columns, known: &str) -> Result<Targets, TableError> {
    let column = rows.position(&columns.answer);
    match &columns.meaning {
        Meaning::Classes(classes) => column
            .map_or_else(
                || Ok(Vec::new()),
                |column| labels(rows, column, classes, known),
            )
            .map(Targets::Classes),
        Meaning::Number(_) => column
            .map_or_else(
                || Ok(Vec::new()),
                |column| {
                    let rows_of = 0..rows.records.len();
                    rows_of
                        .map(|row| columns::number(rows, row, column))
                        .collect()
                },
            )
            .map(Targets::Numbers),
    }
}

fn labels(
    rows: &Rows,
    column: usize,
    classes: &[String],
    known: &str,
) -> Result<Vec<u8>, TableError> {
    let places: HashMap<&str, u8> = classes
        .iter()
        .map(String::as_str)
        .zip(0..=u8::MAX)
        .collect();
    let label = |(row, cells): (usize, &csv::StringRecord)| {
        let text = present(&cells[column]).ok_or_else(|| TableError::NoLabel {
            cell: rows.cell(row, column).into(),
        })?;
        places
            .get(text)
            .copied()
            .ok_or_else(|| TableError::Unknown {
                cell: rows.cell(row, column).into(),
                text: short(text),
                what: "class",
                file: known.to_owned(),
                nearest: nearest(text, classes.iter().map(String::as_str)),
            })
    };
    rows.records.iter().enumerate().map(label).collect()
}

fn number(
    rows: &Rows,
    row: usize,
    column: usize,
    text: &str,
    known: &str,
) -> Result<f32, TableError> {
    let cell = || rows.cell(row, column);
    match text.parse::<f64>() {
        Ok(number) if (number as f32).is_finite() => Ok(number as f32),
        Ok(_) => Err(TableError::NotFinite {
            cell: cell().into(),
            text: short(text),
        }),
        // Only in a test file: the columns of the training file have been looked at.
        Err(_) => Err(TableError::NotANumberThere {
            cell: cell().into(),
            text: short(text),
            file: known.to_owned(),
        }),
    }
}

/// Puts the training split's mean, or its most frequent category, where values are missing. Whatever the other splits
/// hold, it decides nothing.
pub(super) fn fill(
    preparation: &mut TablePreparation,
    holes: &[Hole],
    samples: &mut Samples,
    train: &[u32],
) -> Result<(), TableError> {
    let width = samples.shape.len();
    let Values::F32(values) = &mut samples.values else {
        return Ok(());
    };
    let mut by_feature: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for hole in holes {
        by_feature
            .entry(hole.feature)
            .or_default()
            .push(hole.sample);
    }
    let mut start = 0;
    for (index, feature) in preparation.features.iter_mut().enumerate() {
        let missing = by_feature.get(&index).map_or(&[][..], Vec::as_slice);
        let known: Vec<usize> = train
            .iter()
            .filter(|sample| missing.binary_search(sample).is_err())
            .map(|&sample| sample as usize * width + start)
            .collect();
        if known.is_empty() {
            return Err(TableError::NothingToImpute {
                column: feature.name().to_owned(),
                samples: train.len(),
            });
        }
        let (place, value) = match feature {
            Feature::Number { missing, .. } => {
                let sum: f64 = known.iter().map(|&at| f64::from(values[at])).sum();
                let mean = (sum / known.len() as f64) as f32;
                *missing = Some(mean);
                (0, mean)
            }
            Feature::Category {
                categories,
                missing,
                ..
            } => {
                let count =
                    |place: usize| known.iter().filter(|&&at| values[at + place] > 0.0).count();
                // Of equally frequent ones the first.
                let place = (0..categories.len())
                    .rev()
                    .max_by_key(|&place| count(place));
                let place = place.unwrap_or(0);
                *missing = categories.get(place).cloned();
                (place, 1.0)
            }
        };
        for &sample in missing {
            values[sample as usize * width + start + place] = value;
        }
        start += feature.width();
    }
    Ok(())
}
