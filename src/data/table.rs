//! The source `csv`: rows of a table, one column of which names the class or holds the number to be predicted.
//!
//! ```text
//! file ─→ text (delimiter, one row at a time) ─→ rows (header, as many cells as it)
//!           │
//!           ├─ first walk ──→ survey ─→ columns (answer, numbers, categories)
//!           └─ second walk ─→ encode (numbers, holes) ─→ store: memory, or a file where `data.memory-limit` is too small
//!                                                          │
//!                                split of the samples ─→ holes: means of the training split
//! ```
//!
//! Numbers are one value, categories one value per text: 1 where it is this one, else 0. The categories are those of the
//! whole file; means and most frequent categories, which stand in for missing values, are those of the training split.
//!
//! However long the table is, one row of its text is in memory, the answers, and no more of the values than the limit. What
//! lies in a file is read sample by sample, in the same order in which memory would be read: a run from disk is, bit by bit,
//! the run in memory. The file holds numbers of four bytes, is written anew by every run, and gone with it.

mod asked;
mod columns;
mod delimiter;
mod encode;
pub mod error;
mod holes;
mod roles;
mod rows;
mod store;
mod survey;
mod text;

use std::path::Path;

pub(crate) use self::asked::{Asked, answered};
use self::columns::Columns;
use self::encode::Encoder;
use self::error::TableError;
use self::rows::Rows;
use self::store::Store;
use super::error::DataError;
use super::memory::MemoryLimit;
use super::preparation::TablePreparation;
use super::samples::{RawData, SampleShape, Samples};
use super::split::Indices;
use super::targets::Targets;
use super::watch::{Counted, Watch};
use crate::config::{CsvConfig, MissingConfig};

/// What belongs to the samples of a table: the meaning of their values, and which are missing.
#[derive(Clone, Debug, PartialEq)]
pub struct RawTable {
    /// The columns; without the stand-ins for missing values, which the split decides.
    pub preparation: TablePreparation,
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
    ) -> Result<TablePreparation, DataError> {
        if self.impute {
            holes::fill(&mut self.preparation, samples, train)?;
        }
        Ok(self.preparation)
    }
}

/// Every so many rows, whoever watches is told.
pub(super) const STRIDE: usize = 1024;

/// The names of the columns.
///
/// # Errors
///
/// The file is missing, or does not begin as a table.
pub fn header(file: &Path) -> Result<Vec<String>, DataError> {
    Ok(Rows::open(file, None)?.header)
}

/// Reads the table, and the test table if there is one; `watch` is told of the rows.
///
/// # Errors
///
/// When a file is missing or not such a table, when the test table has other columns, classes or categories, or when the disk
/// does not take what is more than `limit`.
pub fn load(
    config: &CsvConfig,
    limit: MemoryLimit,
    watch: &dyn Watch,
) -> Result<RawData, DataError> {
    let open = |path: &Path| Rows::open(path, config.delimiter);
    let (columns, count) = Columns::new(open(&config.file)?, config, watch)?;
    let file = config.file.display().to_string();
    let shape = SampleShape::Vector {
        features: columns.width(),
    };
    let mut store = Store::new(&file, count.saturating_mul(shape.len()), limit)?;
    let encoder = |rows: &Rows| Encoder::new(rows, &columns, &file);
    let rows = open(&config.file)?;
    let done = |row| {
        if row % STRIDE == 0 {
            watch.progress(Counted::Rows, row, Some(count));
        }
    };
    let missing = config.missing;
    let targets = read(&encoder(&rows), rows, &columns, missing, &mut store, &done)?;
    let of_test = match &config.test_file {
        None => None,
        Some(path) => {
            let rows = open(path)?;
            compare(&file, &columns, &rows, &config.ignore)?;
            let name = rows.file.clone();
            // How many rows it has, nobody knows yet; it is the smaller one.
            let targets = read(
                &encoder(&rows),
                rows,
                &columns,
                missing,
                &mut store,
                &|_| (),
            )?;
            Some((name, targets))
        }
    };
    let mut values = store.finish()?;
    // Nothing, and at no cost, where there is no test table.
    let behind = values.split_off(values.len().min(targets.len() * shape.len()));
    let samples = Samples::with_holes(&file, shape, values, targets)?;
    let test = of_test.map(|(name, targets)| Samples::with_holes(&name, shape, behind, targets));
    let mut raw = RawData::new("csv", samples, test.transpose()?, columns.meaning)?;
    raw.table = Some(RawTable {
        preparation: TablePreparation {
            label: columns.answer,
            features: columns.features,
        },
        impute: config.missing == MissingConfig::Mean,
    });
    Ok(raw)
}

/// The second walk: puts the values of all rows into `store`, and returns their answers; `done` is told of each row.
fn read(
    encoder: &Encoder,
    mut rows: Rows,
    columns: &Columns,
    missing: MissingConfig,
    store: &mut Store,
    done: &dyn Fn(usize),
) -> Result<Targets, DataError> {
    let mut targets = Encoder::no_targets(&columns.meaning);
    let (mut values, mut holes) = (Vec::new(), Vec::new());
    let (mut first, mut count) = (None, 0);
    while let Some(row) = rows.next()? {
        values.clear();
        holes.clear();
        encoder.values(row, &mut values, &mut holes)?;
        encoder.target(row, &mut targets)?;
        if let (Some(&hole), None) = (holes.first(), &first) {
            first = Some(row.cell_of(columns.features[hole].name()));
        }
        count += holes.len();
        // Positions of samples are u32.
        if targets.len() > u32::MAX as usize {
            let file = rows.file.clone();
            return Err(TableError::TooManyRows { file }.into());
        }
        store.push(&values)?;
        done(targets.len());
    }
    match first {
        Some(cell) if missing == MissingConfig::Refuse => {
            let (cell, more) = (cell.into(), count - 1);
            Err(TableError::Missing { cell, more }.into())
        }
        _ => Ok(targets),
    }
}

/// Whether the test table has every column that is needed, and no other.
fn compare(
    file: &str,
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
        file: file.to_owned(),
        test: test.file.clone(),
        missing,
        unexpected,
    })
}

#[cfg(test)]
mod tests;
