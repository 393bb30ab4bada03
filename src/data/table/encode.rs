//! From the cells of a row to numbers, by what the columns of the training file are.

use std::collections::HashMap;

use super::columns::{self, Columns, short};
use super::error::{TableError, nearest};
use super::rows::{Row, Rows};
use crate::data::preparation::Feature;
use crate::data::targets::{Meaning, Targets};

/// Where a number is missing, or the first of the values that stand for a category: no cell becomes this one.
pub(super) const HOLE: f32 = f32::NAN;

/// For rows whose columns have the names of [`Columns`], in any order.
pub(super) struct Encoder {
    features: Vec<Source>,
    /// The answers, where the rows have them.
    answer: Option<Answer>,
    /// The file that the columns are from.
    known: String,
}

/// Where the values of a feature come from.
struct Source {
    column: usize,
    feature: Feature,
    /// The place of each category.
    places: HashMap<String, usize>,
}

/// Where the answers come from.
struct Answer {
    column: usize,
    meaning: Meaning,
    labels: HashMap<String, u8>,
}

impl Encoder {
    /// For `rows`, which have all columns but perhaps that of the answers. `known` is the file that the columns are from.
    pub(super) fn new(rows: &Rows, columns: &Columns, known: &str) -> Self {
        let feature = |feature: &Feature| {
            Some(Source {
                column: rows.position(feature.name())?,
                feature: feature.clone(),
                places: match feature {
                    Feature::Number { .. } => HashMap::new(),
                    Feature::Category { categories, .. } => {
                        categories.iter().cloned().zip(0..).collect()
                    }
                },
            })
        };
        let classes = columns.meaning.classes().iter().cloned();
        Self {
            features: columns.features.iter().filter_map(feature).collect(),
            answer: rows.position(&columns.answer).map(|column| Answer {
                column,
                meaning: columns.meaning.clone(),
                labels: classes.zip(0..=u8::MAX).collect(),
            }),
            known: known.to_owned(),
        }
    }

    /// Appends the values of a row to `values`, and to `holes` which features it lacks: a [`HOLE`] stands there.
    pub(super) fn values(
        &self,
        row: Row<'_>,
        values: &mut Vec<f32>,
        holes: &mut Vec<usize>,
    ) -> Result<(), TableError> {
        for (index, source) in self.features.iter().enumerate() {
            let start = values.len();
            values.resize(start + source.feature.width(), 0.0);
            let Some(text) = row.present(source.column) else {
                holes.push(index);
                values[start] = HOLE;
                continue;
            };
            if let Feature::Category { categories, .. } = &source.feature {
                let place = source.places.get(text);
                let place = place.ok_or_else(|| {
                    self.unknown("category", row, source.column, text, categories)
                })?;
                values[start + place] = 1.0;
            } else {
                values[start] = self.number(row, source.column, text)?;
            }
        }
        Ok(())
    }

    /// Appends the answer of a row. Nothing where the rows have none: their answers are asked for.
    pub(super) fn target(&self, row: Row<'_>, targets: &mut Targets) -> Result<(), TableError> {
        let Some(answer) = &self.answer else {
            return Ok(());
        };
        let column = answer.column;
        match targets {
            Targets::Numbers(numbers) => numbers.push(columns::number(row, column)?),
            Targets::Classes(labels) => {
                let text = row.present(column).ok_or_else(|| TableError::NoLabel {
                    cell: row.cell(column).into(),
                })?;
                let label = answer.labels.get(text).copied();
                labels.push(label.ok_or_else(|| {
                    self.unknown("class", row, column, text, answer.meaning.classes())
                })?);
            }
        }
        Ok(())
    }

    /// The target's column has numbers, or the label's classes.
    pub(super) fn no_targets(meaning: &Meaning) -> Targets {
        match meaning {
            Meaning::Classes(_) => Targets::Classes(Vec::new()),
            Meaning::Number(_) => Targets::Numbers(Vec::new()),
        }
    }

    fn number(&self, row: Row<'_>, column: usize, text: &str) -> Result<f32, TableError> {
        match text.parse::<f64>() {
            Ok(number) if (number as f32).is_finite() => Ok(number as f32),
            Ok(_) => Err(TableError::NotFinite {
                cell: row.cell(column).into(),
                text: short(text),
            }),
            // Only in another file: the columns of the training file have been looked at.
            Err(_) => Err(TableError::NotANumberThere {
                cell: row.cell(column).into(),
                text: short(text),
                file: self.known.clone(),
            }),
        }
    }

    fn unknown(
        &self,
        what: &'static str,
        row: Row<'_>,
        column: usize,
        text: &str,
        known: &[String],
    ) -> TableError {
        TableError::Unknown {
            cell: row.cell(column).into(),
            text: short(text),
            what,
            file: self.known.clone(),
            nearest: nearest(text, known.iter().map(String::as_str)),
        }
    }
}
