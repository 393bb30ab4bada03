//! What can be wrong with a table: always with the file, the line and the column.

use std::{fmt, io};

use thiserror::Error;

use crate::data::memory::size;

/// Different texts of a column are counted up to here.
pub(super) const MOST_COUNTED: usize = 1_000_000;

/// One cell of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The path as given.
    pub file: String,
    /// Counted from 1, as editors do.
    pub line: usize,
    /// The name of the column.
    pub column: String,
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column } = self;
        write!(formatter, "`{file}`, line {line}, column `{column}`")
    }
}

/// Why a table cannot be used.
#[derive(Debug, Error)]
pub enum TableError {
    /// A row that never ends.
    #[error(
        "`{file}`, line {line} begins a row of more than {largest} bytes, the most that is read as one"
    )]
    TooLong {
        /// The path as given.
        file: String,
        /// Where the row begins.
        line: usize,
        /// The limit.
        largest: usize,
    },
    /// Another encoding.
    #[error("`{file}` is not UTF-8: byte 0x{byte:02x} in line {line}")]
    NotUtf8 {
        /// The path as given.
        file: String,
        /// The first line that is not.
        line: usize,
        /// The first byte that is not.
        byte: u8,
    },
    /// UTF-16, or no text at all.
    #[error("`{file}` is not text: line {line} holds a zero byte")]
    ZeroByte {
        /// The path as given.
        file: String,
        /// The first such line.
        line: usize,
    },
    /// Not even a header.
    #[error("`{file}` is empty")]
    Empty {
        /// The path as given.
        file: String,
    },
    /// A header and nothing below it.
    #[error("`{file}` has a header of {columns} columns and 0 rows")]
    NoRows {
        /// The path as given.
        file: String,
        /// How many columns it names.
        columns: usize,
    },
    /// The first line is one of numbers.
    #[error("`{file}` has no header: its first line begins with the number `{first}`")]
    NoHeader {
        /// The path as given.
        file: String,
        /// The first cell.
        first: String,
    },
    /// Two columns of one name.
    #[error("`{file}` has two columns called `{name}`: column {first} and column {second}")]
    DuplicateColumn {
        /// The path as given.
        file: String,
        /// Their name.
        name: String,
        /// Counted from 1.
        first: usize,
        /// Counted from 1.
        second: usize,
    },
    /// A column without a name that is to be read.
    #[error("column {column} of `{file}` has no name")]
    UnnamedColumn {
        /// The path as given.
        file: String,
        /// Counted from 1.
        column: usize,
    },
    /// A key names a column that is not there.
    #[error("`{file}` has no column `{name}`, which `{key}` names")]
    NoSuchColumn {
        /// The path as given.
        file: String,
        /// As written.
        name: String,
        /// `label`, `target`, `ignore` or `categorical`.
        key: &'static str,
        /// The most similar name.
        nearest: Option<String>,
        /// All names.
        columns: Vec<String>,
    },
    /// Nothing but the label or the target.
    #[error(
        "`{file}` has no column left for the inputs: 1 column is the {answer}, {ignored} are ignored"
    )]
    NoFeatures {
        /// The path as given.
        file: String,
        /// `label` or `target`.
        answer: &'static str,
        /// How many.
        ignored: usize,
    },
    /// A row of another length than the header.
    #[error("`{file}`, line {line} has {found} cells, but the header has {expected}")]
    Ragged {
        /// The path as given.
        file: String,
        /// Counted from 1.
        line: usize,
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        expected: usize,
    },
    /// A quoted cell that never ends.
    #[error(
        "`{file}`, line {line} opens a quote that is not closed in the {lines} lines up to the end"
    )]
    UnclosedQuote {
        /// The path as given.
        file: String,
        /// Where the row begins.
        line: usize,
        /// How many lines it has swallowed.
        lines: usize,
    },
    /// A row without a class.
    #[error("{cell} is missing: the row has no label")]
    NoLabel {
        /// Where.
        cell: Box<Cell>,
    },
    /// A row without a number to be predicted.
    #[error("{cell} is missing: the row has no target")]
    NoTarget {
        /// Where.
        cell: Box<Cell>,
    },
    /// Text among the numbers to be predicted.
    #[error("{cell} is `{text}`, but the target has to be a number")]
    TargetNotANumber {
        /// Where.
        cell: Box<Cell>,
        /// What stands there.
        text: String,
    },
    /// `nan`, `inf`, `1e400` among the numbers to be predicted.
    #[error("{cell} is `{text}`, but the target has to be a finite number")]
    TargetNotFinite {
        /// Where.
        cell: Box<Cell>,
        /// What stands there.
        text: String,
    },
    /// Numbers to be predicted that are all the same.
    #[error(
        "target column `{column}` of `{file}` is {text} in all {rows} rows, so there is nothing to learn"
    )]
    OneTarget {
        /// The path as given.
        file: String,
        /// Its name.
        column: String,
        /// The number.
        text: String,
        /// How many rows there are.
        rows: usize,
    },
    /// A missing value where none is allowed.
    #[error("{cell} is missing{}", if *more == 0 { String::new() } else { format!(", as are {more} more in this file") })]
    Missing {
        /// Where.
        cell: Box<Cell>,
        /// Further ones.
        more: usize,
    },
    /// Text among numbers.
    #[error("{cell} is `{text}`, not a number as {numbers} of {present} values of this column are")]
    NotANumber {
        /// Where.
        cell: Box<Cell>,
        /// What stands there.
        text: String,
        /// How many values are numbers.
        numbers: usize,
        /// How many values there are.
        present: usize,
    },
    /// Text where the training file has numbers.
    #[error("{cell} is `{text}`, but this column of `{file}` holds numbers")]
    NotANumberThere {
        /// Where.
        cell: Box<Cell>,
        /// What stands there.
        text: String,
        /// The training file.
        file: String,
    },
    /// `1,5` or `1,234`.
    #[error("{cell} is `{text}`, a number with a comma")]
    Comma {
        /// Where.
        cell: Box<Cell>,
        /// What stands there.
        text: String,
    },
    /// `nan`, `inf`, `1e400`.
    #[error("{cell} is `{text}`, not a finite number of at most {:e}", f32::MAX)]
    NotFinite {
        /// Where.
        cell: Box<Cell>,
        /// What stands there.
        text: String,
    },
    /// A column without a single value.
    #[error("column `{column}` of `{file}` is empty in all {rows} rows")]
    EmptyColumn {
        /// The path as given.
        file: String,
        /// Its name.
        column: String,
        /// How many rows there are.
        rows: usize,
    },
    /// More than a name.
    #[error("{cell} has {bytes} bytes, but a class or a category at most {largest}")]
    LongText {
        /// Where.
        cell: Box<Cell>,
        /// Of the text.
        bytes: usize,
        /// The limit.
        largest: usize,
    },
    /// Names, identifiers, free text.
    #[error(
        "column `{column}` of `{file}` has {} different texts, but at most {largest} can be categories",
        counted(*found)
    )]
    TooManyCategories {
        /// The path as given.
        file: String,
        /// Its name.
        column: String,
        /// How many different ones; a number above 1,000,000 says no more than that it is above.
        found: usize,
        /// The limit.
        largest: usize,
    },
    /// A label that is no class.
    #[error(
        "label column `{column}` of `{file}` has {} different values, but there may be 2 to {largest} classes",
        counted(*found)
    )]
    ClassCount {
        /// The path as given.
        file: String,
        /// Its name.
        column: String,
        /// How many different ones; a number above 1,000,000 says no more than that it is above.
        found: usize,
        /// The limit.
        largest: usize,
    },
    /// `1` and `1.0`.
    #[error(
        "label column `{column}` of `{file}` has the classes `{}` and `{}`, which are the same number",
        texts[0],
        texts[1]
    )]
    SameClass {
        /// The path as given.
        file: String,
        /// Its name.
        column: String,
        /// Both.
        texts: [String; 2],
    },
    /// Rows to be answered without one of the columns that the network knows.
    #[error("`{file}` has no column `{name}`, which the network was trained on")]
    LacksColumn {
        /// The path as given.
        file: String,
        /// The column.
        name: String,
        /// The column that may be meant.
        nearest: Option<String>,
        /// What there is.
        columns: Vec<String>,
    },
    /// A test file with other columns.
    #[error(
        "the columns of `{test}` are not those of `{file}`: {}",
        difference(missing, unexpected)
    )]
    OtherColumns {
        /// The training file.
        file: String,
        /// The test file.
        test: String,
        /// Columns that it lacks.
        missing: Vec<String>,
        /// Columns that only it has.
        unexpected: Vec<String>,
    },
    /// A value of the test file that the training file never has.
    #[error("{cell} is `{text}`, a {what} that does not occur in `{file}`")]
    Unknown {
        /// Where.
        cell: Box<Cell>,
        /// What stands there.
        text: String,
        /// `class` or `category`.
        what: &'static str,
        /// The training file.
        file: String,
        /// The most similar one.
        nearest: Option<String>,
    },
    /// Nothing to compute a mean of.
    #[error(
        "column `{column}` has no value in the {samples} training samples, so that nothing can stand in for its missing values"
    )]
    NothingToImpute {
        /// Its name.
        column: String,
        /// How many train.
        samples: usize,
    },
    /// Samples are counted by 32 bits.
    #[error("`{file}` has more than {} rows, the most that is read", u32::MAX)]
    TooManyRows {
        /// The path as given.
        file: String,
    },
    /// More than the memory may hold, and the disk does not take it.
    #[error(
        "the values of `{file}` take at least {}, more than the {} of `data.memory-limit`, and cannot be put {}: {reason}",
        size(*bytes),
        size(*limit),
        if folder.is_empty() { "on disk".to_owned() } else { format!("into `{folder}`") }
    )]
    Spill {
        /// The path as given.
        file: String,
        /// What its numbers take, as far as that is known.
        bytes: u64,
        /// The limit, in bytes.
        limit: u64,
        /// The folder of the caches; empty where none is known.
        folder: String,
        /// What the operating system said.
        reason: io::Error,
    },
}

/// How many different texts there are, as far as they are counted.
#[must_use]
pub fn counted(found: usize) -> String {
    if found > MOST_COUNTED {
        format!("more than {MOST_COUNTED}")
    } else {
        found.to_string()
    }
}

fn difference(missing: &[String], unexpected: &[String]) -> String {
    let quoted = |names: &[String]| {
        let names: Vec<String> = names
            .iter()
            .take(5)
            .map(|name| format!("`{name}`"))
            .collect();
        names.join(", ")
    };
    match (missing.is_empty(), unexpected.is_empty()) {
        (false, true) => format!("{} missing ({})", missing.len(), quoted(missing)),
        (true, _) => format!("{} unknown ({})", unexpected.len(), quoted(unexpected)),
        _ => format!(
            "{} missing ({}), {} unknown ({})",
            missing.len(),
            quoted(missing),
            unexpected.len(),
            quoted(unexpected)
        ),
    }
}

impl TableError {
    /// What to do next: a fragment to print after `hint: `.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::TooLong { .. } => {
                "if a quote is not closed there, close it; a quote inside of quotes is doubled, `\"\"`"
            }
            Self::TooManyRows { .. } => "use fewer rows",
            Self::Spill { .. } => {
                "set `XDG_CACHE_HOME` to a folder on a disk with room, leave columns out with `ignore`, or raise \
                 `data.memory-limit`"
            }
            Self::NotUtf8 { .. } => {
                "save it as UTF-8, for example with `iconv -f ISO-8859-1 -t UTF-8`"
            }
            Self::ZeroByte { .. } => "it may be UTF-16 or a spreadsheet: export it as CSV in UTF-8",
            Self::Empty { .. } | Self::NoRows { .. } => {
                "the first line names the columns, each further line is one sample"
            }
            Self::NoHeader { .. } => "put a line with the names of the columns above the numbers",
            Self::DuplicateColumn { .. } => "give each column a name of its own",
            Self::UnnamedColumn { .. } => {
                "name it in the file, or leave it out with `ignore = [\"\"]`"
            }
            Self::NoSuchColumn {
                nearest, columns, ..
            }
            | Self::LacksColumn {
                nearest, columns, ..
            } => return Some(known_columns(nearest.as_deref(), columns)),
            Self::NoFeatures { .. } => {
                "if the columns are not separated by `,` `;` `|` or a tab, convert the file; else shorten `ignore`"
            }
            Self::Ragged { .. } => {
                "a cell that contains the delimiter must be in quotes; a wrong delimiter can be set right with \
                 `delimiter = \";\"`"
            }
            Self::UnclosedQuote { .. } => {
                "close the quote; a quote inside of quotes is doubled, `\"\"`"
            }
            Self::NoLabel { .. } => "remove the row, or give it its class",
            Self::NoTarget { .. } => {
                "remove the row, or give it its number: nothing stands in for what is to be learned"
            }
            Self::TargetNotANumber { .. } => {
                "correct the cell; if the column holds classes, write `label` instead of `target`"
            }
            Self::TargetNotFinite { .. } => "correct the cell, or remove the row",
            Self::OneTarget { .. } => "name another column as `target`",
            Self::Missing { .. } => {
                "with `missing = \"mean\"` the mean of the training split stands in for missing numbers, its most \
                 frequent category for missing texts; or `ignore` the column"
            }
            Self::NotANumberThere { .. } => "correct the cell; an empty one is a missing value",
            Self::NotANumber { .. } => {
                "correct the cell (an empty one is a missing value), or list the column in `categorical` or `ignore`"
            }
            Self::Comma { .. } => {
                "numbers are written with a decimal point and without separators between thousands: `1.5`, `1234`"
            }
            Self::NotFinite { .. } => "an empty cell is a missing value; see the key `missing`",
            Self::EmptyColumn { .. } => "leave it out with `ignore`",
            Self::LongText { .. } | Self::TooManyCategories { .. } => {
                "leave it out with `ignore`, or group its values in the file"
            }
            Self::ClassCount { found: 0 | 1, .. } => {
                "a network needs at least two classes to tell apart"
            }
            Self::ClassCount { .. } => {
                "if this is a quantity to be predicted, write `target` instead of `label`; else group the values, or name another column"
            }
            Self::SameClass { .. } => "write each class in one way only",
            Self::OtherColumns { .. } => {
                "both files need the same names in their headers, in any order; `ignore` holds for both"
            }
            Self::Unknown { nearest, .. } => {
                return Some(match nearest {
                    Some(nearest) => format!("is it `{nearest}`? Texts are compared letter by letter"),
                    None => "what occurs in the test file only cannot have been learned: remove these rows, or \
                             divide the samples anew"
                        .to_owned(),
                });
            }
            Self::NothingToImpute { .. } => "leave it out with `ignore`, or train on more samples",
        };
        Some(hint.to_owned())
    }
}

fn known_columns(nearest: Option<&str>, columns: &[String]) -> String {
    const MOST: usize = 12;
    let listed: Vec<String> = columns
        .iter()
        .take(MOST)
        .map(|name| format!("`{name}`"))
        .collect();
    let rest = columns.len().saturating_sub(MOST);
    let rest = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    let meant = nearest.map_or_else(String::new, |name| format!("did you mean `{name}`? "));
    format!("{meant}its columns are {}{rest}", listed.join(", "))
}

/// The name that was most likely meant.
pub(super) fn nearest<'n>(found: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    // Nothing that long resembles a name, and the distance takes quadratic time.
    if found.len() > 64 {
        return None;
    }
    let plain = |text: &str| text.trim().to_lowercase().replace([' ', '-', '.'], "_");
    let found = plain(found);
    known
        .filter(|name| name.len() <= 64)
        .map(|name| (strsim::damerau_levenshtein(&found, &plain(name)), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| {
            *distance <= (name.len().min(found.len()) / 3).max(1) && *distance < name.len()
        })
        .map(|(_, name)| name.to_owned())
}
