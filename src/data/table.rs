//! The source `csv`: rows of a table, one column of which names the class or holds the number to be predicted.
//!
//! ```text
//! file ─→ rows (text, delimiter, header) ─→ columns (answer, numbers, categories) ─→ encode (numbers, holes)
//!                                                                                    │
//!                                            split of the samples ─→ fill: means of the training split
//! ```
//!
//! Numbers are one value, categories one value per text: 1 where it is this one, else 0. The categories are those of the
//! whole file; means and most frequent categories, which stand in for missing values, are those of the training split.

mod asked;
mod columns;
mod encode;
pub mod error;
mod rows;

use std::path::Path;

pub use self::asked::{answered, asked};
use self::columns::Columns;
pub use self::encode::Hole;
use self::encode::{Encoded, encode};
use self::error::TableError;
use self::rows::Rows;
use super::error::DataError;
use super::memory::MemoryLimit;
use super::preparation::TablePreparation;
use super::samples::{RawData, SampleShape, Samples, Values};
use super::split::Indices;
use crate::config::{CsvConfig, MissingConfig};

/// What belongs to the samples of a table: the meaning of their values, and which are missing.
#[derive(Clone, Debug, PartialEq)]
pub struct RawTable {
    /// The columns; without the stand-ins for missing values, which the split decides.
    pub preparation: TablePreparation,
    /// Which values are missing, sample by sample: those of an official test set count on from the others.
    pub holes: Vec<Hole>,
    /// Whether missing values are filled. If not, there is none.
    pub impute: bool,
}

impl RawTable {
    /// Fills what is missing by what the training split says.
    ///
    /// # Errors
    ///
    /// When a column has no value in the training split.
    pub(super) fn fill(
        mut self,
        samples: &mut Samples,
        train: &Indices,
    ) -> Result<TablePreparation, TableError> {
        if self.impute {
            encode::fill(&mut self.preparation, &self.holes, samples, train)?;
        }
        Ok(self.preparation)
    }
}

/// The names of the columns.
///
/// # Errors
///
/// The file is missing or no table.
pub fn header(file: &Path) -> Result<Vec<String>, DataError> {
    Ok(Rows::read(file, None)?.header)
}

/// Reads the table, and the test table if there is one.
///
/// # Errors
///
/// When a file is missing or not such a table, or when the test table has other columns, classes or categories.
pub fn load(config: &CsvConfig, limit: MemoryLimit) -> Result<RawData, DataError> {
    let rows = Rows::read(&config.file, config.delimiter)?;
    let columns = Columns::new(&rows, config)?;
    check_memory(&rows, &columns, limit)?;
    let encoded = encode(&rows, &columns, &rows.file)?;
    refuse_holes(&rows, &columns, &encoded, config.missing)?;
    let mut holes = encoded.holes.clone();
    let samples = samples(&rows, &columns, encoded)?;
    let test = match &config.test_file {
        None => None,
        Some(path) => {
            let test = Rows::read(path, config.delimiter)?;
            compare(&rows, &columns, &test, &config.ignore)?;
            check_memory(&test, &columns, limit)?;
            let encoded = encode(&test, &columns, &rows.file)?;
            refuse_holes(&test, &columns, &encoded, config.missing)?;
            holes.extend(encoded.holes.iter().map(|hole| Hole {
                sample: hole.sample + samples.len() as u32,
                ..*hole
            }));
            Some(self::samples(&test, &columns, encoded)?)
        }
    };
    let mut raw = RawData::new("csv", samples, test, columns.meaning)?;
    raw.table = Some(RawTable {
        preparation: TablePreparation {
            label: columns.answer,
            features: columns.features,
        },
        holes,
        impute: config.missing == MissingConfig::Mean,
    });
    Ok(raw)
}

/// Before there are as many values.
fn check_memory(rows: &Rows, columns: &Columns, limit: MemoryLimit) -> Result<(), DataError> {
    let widths = columns
        .features
        .iter()
        .map(super::preparation::Feature::width);
    let values = (rows.records.len() as u64).saturating_mul(widths.sum::<usize>() as u64);
    limit.check(&rows.file, values.saturating_mul(size_of::<f32>() as u64))
}

fn samples(rows: &Rows, columns: &Columns, encoded: Encoded) -> Result<Samples, DataError> {
    let features = columns
        .features
        .iter()
        .map(super::preparation::Feature::width);
    let shape = SampleShape::Vector {
        features: features.sum(),
    };
    Samples::new(
        &rows.file,
        shape,
        Values::F32(encoded.values),
        encoded.targets,
    )
}

fn refuse_holes(
    rows: &Rows,
    columns: &Columns,
    encoded: &Encoded,
    missing: MissingConfig,
) -> Result<(), TableError> {
    let Some(hole) = encoded
        .holes
        .first()
        .filter(|_| missing == MissingConfig::Refuse)
    else {
        return Ok(());
    };
    let column = rows.position(columns.features[hole.feature].name());
    Err(TableError::Missing {
        cell: rows.cell(hole.sample as usize, column.unwrap_or(0)).into(),
        more: encoded.holes.len() - 1,
    })
}

/// Whether the test table has every column that is needed, and no other.
fn compare(
    rows: &Rows,
    columns: &Columns,
    test: &Rows,
    ignore: &[String],
) -> Result<(), TableError> {
    let needed: Vec<&str> = columns
        .features
        .iter()
        .map(super::preparation::Feature::name)
        .chain([columns.answer.as_str()])
        .collect();
    let missing = needed.iter().filter(|name| test.position(name).is_none());
    let missing: Vec<String> = missing.map(|&name| name.to_owned()).collect();
    let known = |name: &String| needed.contains(&name.as_str()) || ignore.contains(name);
    let unexpected = test.header.iter().filter(|name| !known(name));
    let unexpected: Vec<String> = unexpected.cloned().collect();
    if missing.is_empty() && unexpected.is_empty() {
        return Ok(());
    }
    Err(TableError::OtherColumns {
        file: rows.file.clone(),
        test: test.file.clone(),
        missing,
        unexpected,
    })
}

#[cfg(test)]
mod tests;
