//! What the configuration says of the columns, by their names alone.

use super::error::{TableError, nearest};
use super::rows::Rows;
use crate::config::CsvConfig;

/// The positions of the columns in the training file.
#[derive(Debug)]
pub(super) struct Roles {
    /// The label or the target.
    pub(super) answer: usize,
    /// What the network sees, and whether `categorical` lists it.
    pub(super) features: Vec<(usize, bool)>,
}

impl Roles {
    /// Finds every column that a key names.
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
            features.push((column, categorical.contains(&column)));
        }
        if features.is_empty() {
            return Err(TableError::NoFeatures {
                file: rows.file.clone(),
                answer: key,
                ignored: ignored.len(),
            });
        }
        Ok(Self { answer, features })
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
