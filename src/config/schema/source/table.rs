//! `csv`: a table.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A table of delimited text with a header, plain or gzip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CsvConfig {
    /// One row per sample.
    pub file: PathBuf,
    /// The column of the class: what is told apart. Either this or `target`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The column of the number that is predicted instead of a class (regression).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Columns that the network does not see.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Columns of numbers that are names, such as postal codes. Columns of text are categories anyway, with at most 100
    /// different texts each.
    #[serde(default)]
    pub categorical: Vec<String>,
    /// What happens to empty cells, `?` and `NA`.
    #[serde(default)]
    pub missing: MissingConfig,
    /// What separates two cells; left out, the most frequent candidate in the first line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<DelimiterConfig>,
    /// The official test set, which stays the test set: the same columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_file: Option<PathBuf>,
}

/// What happens to missing values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MissingConfig {
    /// They are an error.
    #[default]
    Refuse,
    /// The mean of the training split stands in for a number, its most frequent category for a text.
    Mean,
}

/// What separates two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DelimiterConfig {
    /// `,`
    #[serde(rename = ",")]
    Comma,
    /// `;`
    #[serde(rename = ";")]
    Semicolon,
    /// `tab`
    #[serde(rename = "tab", alias = "\t")]
    Tab,
    /// `|`
    #[serde(rename = "|")]
    Bar,
}

impl DelimiterConfig {
    /// The character.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Bar => b'|',
        }
    }
}
