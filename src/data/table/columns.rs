//! What each column is: the label or the target, ignored, numbers, or categories.
//!
//! A column that `categorical` lists holds categories. Any other holds numbers if more than half of its values are
//! numbers, and then all must be; else it holds categories, of which there may be [`MOST_CATEGORIES`]. An empty cell, `?`
//! and `NA` are missing values and decide nothing.

use std::collections::BTreeSet;

use super::error::{TableError, nearest};
use super::rows::Rows;
use crate::config::CsvConfig;
use crate::data::preparation::Feature;
use crate::data::targets::Meaning;

/// A column with more different texts is a name or free text, not a category.
pub(super) const MOST_CATEGORIES: usize = 100;

/// Labels are bytes.
const MOST_CLASSES: usize = 256;

/// The columns by their meaning.
#[derive(Debug)]
pub(super) struct Columns {
    /// The column of the answers.
    pub(super) answer: String,
    pub(super) meaning: Meaning,
    /// What the network sees.
    pub(super) features: Vec<Feature>,
}

/// The text of a cell, unless it is a missing value.
pub(super) fn present(text: &str) -> Option<&str> {
    (!matches!(text, "" | "?" | "NA")).then_some(text)
}

impl Columns {
    /// Settles what the columns of the training file are.
    pub(super) fn new(rows: &Rows, config: &CsvConfig) -> Result<Self, TableError> {
        let (name, key) = match (&config.target, &config.label) {
            (Some(target), _) => (target.as_str(), "target"),
            // The configuration has checked that there is one of the two.
            (None, label) => (label.as_deref().unwrap_or_default(), "label"),
        };
        let answer = find(rows, name, key)?;
        let all = |names: &[String], key| {
            let found = names.iter().map(|name| find(rows, name, key));
            found.collect::<Result<Vec<usize>, TableError>>()
        };
        let ignored = all(&config.ignore, "ignore")?;
        let categorical = all(&config.categorical, "categorical")?;
        let mut features = Vec::new();
        for (column, name) in rows.header.iter().enumerate() {
            if column == answer || ignored.contains(&column) {
                continue;
            }
            if name.is_empty() {
                let (file, column) = (rows.file.clone(), column + 1);
                return Err(TableError::UnnamedColumn { file, column });
            }
            features.push(feature(rows, column, categorical.contains(&column))?);
        }
        if features.is_empty() {
            return Err(TableError::NoFeatures {
                file: rows.file.clone(),
                answer: key,
                ignored: ignored.len(),
            });
        }
        Ok(Self {
            meaning: if config.target.is_some() {
                check_numbers(rows, answer)?;
                Meaning::Number(rows.header[answer].clone())
            } else {
                Meaning::Classes(classes(rows, answer)?)
            },
            answer: rows.header[answer].clone(),
            features,
        })
    }
}

fn find(rows: &Rows, name: &str, key: &'static str) -> Result<usize, TableError> {
    rows.position(name.trim())
        .ok_or_else(|| TableError::NoSuchColumn {
            file: rows.file.clone(),
            name: name.to_owned(),
            key,
            nearest: nearest(name, rows.header.iter().map(String::as_str)),
            columns: rows.header.clone(),
        })
}

fn feature(rows: &Rows, column: usize, categorical: bool) -> Result<Feature, TableError> {
    let name = rows.header[column].clone();
    let values = || {
        let cells = rows.records.iter().enumerate();
        cells.filter_map(|(row, cells)| Some((row, present(&cells[column])?)))
    };
    let number = |text: &str| text.parse::<f64>().is_ok();
    let count = values().count();
    if count == 0 {
        return Err(TableError::EmptyColumn {
            file: rows.file.clone(),
            column: name,
            rows: rows.records.len(),
        });
    }
    if !categorical {
        let numbers = values().filter(|(_, text)| number(text)).count();
        let commas = values().filter(|(_, text)| with_comma(text)).count();
        if 2 * (numbers + commas) > count {
            return match values().find(|(_, text)| !number(text)) {
                None => Ok(Feature::Number {
                    name,
                    missing: None,
                }),
                Some((row, text)) if with_comma(text) => Err(TableError::Comma {
                    cell: rows.cell(row, column).into(),
                    text: short(text),
                }),
                Some((row, text)) => Err(TableError::NotANumber {
                    cell: rows.cell(row, column).into(),
                    text: short(text),
                    numbers,
                    present: count,
                }),
            };
        }
    }
    let categories: BTreeSet<&str> = values().map(|(_, text)| text).collect();
    if categories.len() > MOST_CATEGORIES {
        return Err(TableError::TooManyCategories {
            file: rows.file.clone(),
            column: name,
            found: categories.len(),
            largest: MOST_CATEGORIES,
        });
    }
    Ok(Feature::Category {
        name,
        categories: categories.into_iter().map(str::to_owned).collect(),
        missing: None,
    })
}

/// `1,5` and `1,234.5`: a number, were it not for the comma.
fn with_comma(text: &str) -> bool {
    text.contains(',') && text.replace(',', "").parse::<f64>().is_ok()
}

/// As much of a cell as a message can hold.
pub(super) fn short(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut short: String = text
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

/// Every row has a number, and not all the same.
fn check_numbers(rows: &Rows, column: usize) -> Result<(), TableError> {
    let mut different = BTreeSet::new();
    for (row, cells) in rows.records.iter().enumerate() {
        number(rows, row, column)?;
        if different.len() < 2 {
            different.insert(&cells[column]);
        }
    }
    let text = different.first().copied().unwrap_or_default();
    if different.len() < 2 {
        return Err(TableError::OneTarget {
            file: rows.file.clone(),
            column: rows.header[column].clone(),
            text: short(text),
            rows: rows.records.len(),
        });
    }
    Ok(())
}

/// The number in this row of the target's column.
pub(super) fn number(rows: &Rows, row: usize, column: usize) -> Result<f64, TableError> {
    let cell = || rows.cell(row, column).into();
    let Some(text) = present(&rows.records[row][column]) else {
        return Err(TableError::NoTarget { cell: cell() });
    };
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(TableError::TargetNotFinite {
            cell: cell(),
            text: short(text),
        }),
        Err(_) if with_comma(text) => Err(TableError::Comma {
            cell: cell(),
            text: short(text),
        }),
        Err(_) => Err(TableError::TargetNotANumber {
            cell: cell(),
            text: short(text),
        }),
    }
}

/// The different labels: whole numbers by size, anything else by name.
fn classes(rows: &Rows, column: usize) -> Result<Vec<String>, TableError> {
    let mut labels = BTreeSet::new();
    for (row, cells) in rows.records.iter().enumerate() {
        let Some(label) = present(&cells[column]) else {
            let cell = rows.cell(row, column).into();
            return Err(TableError::NoLabel { cell });
        };
        labels.insert(label);
    }
    if !(2..=MOST_CLASSES).contains(&labels.len()) {
        return Err(TableError::ClassCount {
            file: rows.file.clone(),
            column: rows.header[column].clone(),
            found: labels.len(),
            largest: MOST_CLASSES,
        });
    }
    let mut labels: Vec<&str> = labels.into_iter().collect();
    if labels.iter().all(|label| label.parse::<i64>().is_ok()) {
        labels.sort_by_key(|label| label.parse::<i64>().unwrap_or(0));
    }
    Ok(labels.into_iter().map(str::to_owned).collect())
}
