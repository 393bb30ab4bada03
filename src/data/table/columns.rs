//! What each column is: the label or the target, ignored, numbers, or categories.
//!
//! A column that `categorical` lists holds categories. Any other holds numbers if more than half of its values are
//! numbers, and then all must be; else it holds categories, of which there may be [`MOST_CATEGORIES`]. An empty cell, `?`
//! and `NA` are missing values and decide nothing.

use super::error::{Cell, TableError};
use super::roles::Roles;
use super::rows::{Row, Rows};
use super::survey::{LONGEST_TEXT, Seen, Survey, count_texts, with_comma};
use crate::config::CsvConfig;
use crate::data::error::DataError;
use crate::data::preparation::Feature;
use crate::data::targets::Meaning;
use crate::data::watch::Watch;

/// A column with more different texts is a name or free text, not a category.
pub(super) const MOST_CATEGORIES: usize = 100;

/// Labels are bytes.
pub(super) const MOST_CLASSES: usize = 256;

/// The columns by their meaning.
#[derive(Debug)]
pub(super) struct Columns {
    /// The column of the answers.
    pub(super) answer: String,
    pub(super) meaning: Meaning,
    /// What the network sees.
    pub(super) features: Vec<Feature>,
}

impl Columns {
    /// Settles what the columns of the training file are, by a walk over all its rows, which are counted.
    pub(super) fn new(
        rows: Rows,
        config: &CsvConfig,
        watch: &dyn Watch,
    ) -> Result<(Self, usize), DataError> {
        let file = rows.file.clone();
        let roles = Roles::new(&rows, config)?;
        let Survey {
            rows,
            answer,
            features,
        } = Survey::new(rows, &roles, watch)?;
        let table = Table { file, rows, config };
        let features = features.into_iter().zip(&roles.features);
        let features = features.map(|(seen, &(_, categorical))| table.feature(seen, categorical));
        let columns = Self {
            features: features.collect::<Result<_, _>>()?,
            answer: answer.name.clone(),
            meaning: if config.target.is_some() {
                let name = answer.name.clone();
                table.check_numbers(answer)?;
                Meaning::Number(name)
            } else {
                Meaning::Classes(table.classes(answer)?)
            },
        };
        Ok((columns, rows))
    }

    /// How many values a row has.
    pub(super) fn width(&self) -> usize {
        self.features.iter().map(Feature::width).sum()
    }
}

/// The training file.
struct Table<'c> {
    file: String,
    rows: usize,
    config: &'c CsvConfig,
}

impl Table<'_> {
    fn feature(&self, seen: Seen, categorical: bool) -> Result<Feature, DataError> {
        let Seen { name, present, .. } = seen;
        if present == 0 {
            return Err(TableError::EmptyColumn {
                file: self.file.clone(),
                column: name,
                rows: self.rows,
            }
            .into());
        }
        if !categorical && 2 * (seen.numbers + seen.commas) > present {
            let Some((cell, text)) = seen.no_number else {
                return Ok(Feature::Number {
                    name,
                    missing: None,
                });
            };
            let (cell, comma) = (cell.into(), with_comma(&text));
            let text = short(&text);
            return Err(if comma {
                TableError::Comma { cell, text }
            } else {
                TableError::NotANumber {
                    cell,
                    text,
                    numbers: seen.numbers,
                    present,
                }
            }
            .into());
        }
        check_length(seen.too_long)?;
        let Some(texts) = seen.texts else {
            return Err(TableError::TooManyCategories {
                file: self.file.clone(),
                found: count_texts(self.config, &name)?,
                column: name,
                largest: MOST_CATEGORIES,
            }
            .into());
        };
        Ok(Feature::Category {
            name,
            categories: texts.into_iter().collect(),
            missing: None,
        })
    }

    /// Every row has a number, and not all the same.
    fn check_numbers(&self, seen: Seen) -> Result<(), TableError> {
        let line = |error: &TableError| match error {
            TableError::NoTarget { cell }
            | TableError::Comma { cell, .. }
            | TableError::TargetNotANumber { cell, .. }
            | TableError::TargetNotFinite { cell, .. } => cell.line,
            _ => 0,
        };
        let missing = seen
            .missing
            .map(|cell| TableError::NoTarget { cell: cell.into() });
        let odd = [seen.no_number, seen.not_finite].into_iter().flatten();
        let odd = odd.filter_map(|(cell, text)| target(&text, || cell).err());
        if let Some(first) = missing.into_iter().chain(odd).min_by_key(line) {
            return Err(first);
        }
        match seen.texts {
            Some(texts) if texts.len() < 2 => Err(TableError::OneTarget {
                file: self.file.clone(),
                column: seen.name,
                text: short(texts.first().map_or("", String::as_str)),
                rows: self.rows,
            }),
            _ => Ok(()),
        }
    }

    /// The different labels: whole numbers by size, anything else by name.
    fn classes(&self, seen: Seen) -> Result<Vec<String>, DataError> {
        if let Some(cell) = seen.missing {
            return Err(TableError::NoLabel { cell: cell.into() }.into());
        }
        check_length(seen.too_long)?;
        let mut labels: Vec<String> = match seen.texts {
            Some(texts) if texts.len() >= 2 => texts.into_iter().collect(),
            texts => {
                return Err(TableError::ClassCount {
                    file: self.file.clone(),
                    found: match texts {
                        Some(texts) => texts.len(),
                        None => count_texts(self.config, &seen.name)?,
                    },
                    column: seen.name,
                    largest: MOST_CLASSES,
                }
                .into());
            }
        };
        let mut numbers: Vec<(f64, &str)> = labels
            .iter()
            .filter_map(|label| Some((label.parse().ok()?, label.as_str())))
            .collect();
        numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
        if let Some(pair) = numbers
            .windows(2)
            .find(|pair| pair[0].0.total_cmp(&pair[1].0).is_eq())
        {
            return Err(TableError::SameClass {
                file: self.file.clone(),
                column: seen.name,
                texts: [pair[0].1, pair[1].1].map(short),
            }
            .into());
        }
        if labels.iter().all(|label| label.parse::<i64>().is_ok()) {
            labels.sort_by_key(|label| label.parse::<i64>().unwrap_or(0));
        }
        Ok(labels)
    }
}

/// Refuses a text that is no name.
fn check_length(too_long: Option<(Cell, usize)>) -> Result<(), TableError> {
    too_long.map_or(Ok(()), |(cell, bytes)| {
        Err(TableError::LongText {
            cell: cell.into(),
            bytes,
            largest: LONGEST_TEXT,
        })
    })
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

/// The number in this row of the target's column.
pub(super) fn number(row: Row<'_>, column: usize) -> Result<f64, TableError> {
    match row.present(column) {
        Some(text) => target(text, || row.cell(column)),
        None => Err(TableError::NoTarget {
            cell: row.cell(column).into(),
        }),
    }
}

fn target(text: &str, cell: impl FnOnce() -> Cell) -> Result<f64, TableError> {
    let odd = match text.parse::<f64>() {
        Ok(number) if number.is_finite() => return Ok(number),
        odd => odd,
    };
    let (cell, written) = (cell().into(), short(text));
    Err(match odd {
        Ok(_) => TableError::TargetNotFinite {
            cell,
            text: written,
        },
        Err(_) if with_comma(text) => TableError::Comma {
            cell,
            text: written,
        },
        Err(_) => TableError::TargetNotANumber {
            cell,
            text: written,
        },
    })
}
