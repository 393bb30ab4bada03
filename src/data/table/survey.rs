//! The first walk over a table: what stands in each column, in a few numbers and texts, however many rows there are.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};

use super::STRIDE;
use super::columns::{MOST_CATEGORIES, MOST_CLASSES};
use super::error::{Cell, MOST_COUNTED};
use super::roles::Roles;
use super::rows::{Row, Rows};
use crate::config::CsvConfig;
use crate::data::error::DataError;
use crate::data::watch::{Counted, Watch};

/// What stands in the columns that are used.
pub(super) struct Survey {
    pub(super) rows: usize,
    /// The label or the target.
    pub(super) answer: Seen,
    /// In the order of [`Roles::features`].
    pub(super) features: Vec<Seen>,
}

/// A longer text, in bytes, is no category and no class: all of these are held in memory.
pub(super) const LONGEST_TEXT: usize = 1000;

/// What stands in a column.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) name: String,
    /// How many values there are, how many of these are numbers, and how many were, were it not for a comma.
    pub(super) present: usize,
    pub(super) numbers: usize,
    pub(super) commas: usize,
    /// The first cells that are missing, no number, and no finite number, with their texts.
    pub(super) missing: Option<Cell>,
    pub(super) no_number: Option<(Cell, String)>,
    pub(super) not_finite: Option<(Cell, String)>,
    /// The first cell whose text is too long for a category or a class, with its bytes.
    pub(super) too_long: Option<(Cell, usize)>,
    /// The different texts that are not; none if these are more than can be categories or classes.
    pub(super) texts: Option<BTreeSet<String>>,
    /// How many they may be.
    most: usize,
}

impl Seen {
    fn new(name: &str, most: usize) -> Self {
        Self {
            name: name.to_owned(),
            texts: Some(BTreeSet::new()),
            most,
            ..Self::default()
        }
    }

    fn see(&mut self, row: Row<'_>, column: usize) {
        let cell = || row.cell(column);
        let Some(text) = row.present(column) else {
            self.missing.get_or_insert_with(cell);
            return;
        };
        self.present += 1;
        let parsed = text.parse::<f64>();
        let end = text.floor_char_boundary(LONGEST_TEXT);
        let odd = || (cell(), text[..end].to_owned());
        if let Ok(number) = parsed {
            self.numbers += 1;
            if !number.is_finite() {
                self.not_finite.get_or_insert_with(odd);
            }
        } else {
            self.commas += usize::from(with_comma(text));
            self.no_number.get_or_insert_with(odd);
        }
        if let Some(texts) = &mut self.texts {
            if end < text.len() {
                self.too_long.get_or_insert_with(|| (cell(), text.len()));
            } else if !texts.contains(text) {
                texts.insert(text.to_owned());
            }
            if texts.len() > self.most {
                self.texts = None;
            }
        }
    }
}

impl Survey {
    /// Walks over all rows; `watch` is told of them.
    pub(super) fn new(mut rows: Rows, roles: &Roles, watch: &dyn Watch) -> Result<Self, DataError> {
        let seen = |column: usize, most| Seen::new(&rows.header[column], most);
        let mut answer = seen(roles.answer, MOST_CLASSES);
        let features = roles.features.iter();
        let mut features: Vec<Seen> = features
            .map(|&(column, _)| seen(column, MOST_CATEGORIES))
            .collect();
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += 1;
            answer.see(row, roles.answer);
            for (seen, &(column, _)) in features.iter_mut().zip(&roles.features) {
                seen.see(row, column);
            }
            if count % STRIDE == 0 {
                watch.progress(Counted::RowsSeen, count, None);
            }
        }
        Ok(Self {
            rows: count,
            answer,
            features,
        })
    }
}

/// Walks over the file once more to say how many different texts a column has, which are too many; one more than
/// [`MOST_COUNTED`] if more than that.
pub(super) fn count_texts(config: &CsvConfig, name: &str) -> Result<usize, DataError> {
    let mut rows = Rows::open(&config.file, config.delimiter)?;
    let column = rows.position(name).unwrap_or(0);
    let (state, mut hashes) = (RandomState::new(), HashSet::new());
    while hashes.len() <= MOST_COUNTED
        && let Some(row) = rows.next()?
    {
        if let Some(text) = row.present(column) {
            hashes.insert(state.hash_one(text));
        }
    }
    Ok(hashes.len())
}

/// `1,5` and `1,234.5`: a number, were it not for the comma.
pub(super) fn with_comma(text: &str) -> bool {
    text.contains(',') && text.replace(',', "").parse::<f64>().is_ok()
}
