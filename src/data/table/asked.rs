//! Rows whose answers are asked for: the columns of the training file, in any order, among others if need be.

use super::columns::Columns;
use super::encode::Encoder;
use super::error::{TableError, nearest};
use super::holes::stand_in;
use super::rows::Rows;
use crate::data::error::DataError;
use crate::data::file::Content;
use crate::data::preparation::{Feature, TablePreparation};
use crate::data::targets::{Meaning, Targets};

/// No column has this name: a zero byte is refused in every file.
const NO_ANSWER: &str = "\0";

/// A table that is read as its rows are asked for, however many there are.
pub(crate) struct Asked {
    rows: Rows,
    encoder: Encoder,
    features: Vec<Feature>,
    targets: Targets,
    /// Of the row that is read.
    holes: Vec<usize>,
}

impl Asked {
    /// Reads the header of the table that `file` names.
    ///
    /// # Errors
    ///
    /// There is none, or it lacks a column.
    pub(crate) fn new(
        file: &str,
        content: Content,
        preparation: &TablePreparation,
    ) -> Result<Self, DataError> {
        let meaning = Meaning::Classes(Vec::new());
        Self::with_answers(file, content, preparation, NO_ANSWER, meaning)
    }

    fn with_answers(
        file: &str,
        content: Content,
        preparation: &TablePreparation,
        answer: &str,
        meaning: Meaning,
    ) -> Result<Self, DataError> {
        let rows = Rows::new(file.to_owned(), content, None)?;
        let wanted = preparation.features.iter().map(Feature::name);
        let wanted = wanted.chain((answer != NO_ANSWER).then_some(answer));
        let mut lacking = wanted.filter(|name| rows.position(name).is_none());
        if let Some(name) = lacking.next() {
            return Err(TableError::LacksColumn {
                file: file.to_owned(),
                name: name.to_owned(),
                nearest: nearest(name, rows.header.iter().map(String::as_str)),
                columns: rows.header.clone(),
            }
            .into());
        }
        let columns = Columns {
            answer: answer.to_owned(),
            meaning,
            features: preparation.features.clone(),
        };
        Ok(Self {
            encoder: Encoder::new(&rows, &columns, "the training file"),
            targets: Encoder::no_targets(&columns.meaning),
            features: columns.features,
            rows,
            holes: Vec::new(),
        })
    }

    /// Appends the values of the next row, as they are before normalisation; `false` at the end.
    ///
    /// # Errors
    ///
    /// The text is no table, or has a value that the preparation has no number for; then nothing is appended.
    pub(crate) fn next(&mut self, values: &mut Vec<f32>) -> Result<bool, DataError> {
        let before = values.len();
        let read = self.append(values);
        if read.is_err() {
            values.truncate(before);
        }
        read
    }

    fn append(&mut self, values: &mut Vec<f32>) -> Result<bool, DataError> {
        let Some(row) = self.rows.next()? else {
            return Ok(false);
        };
        let before = values.len();
        self.holes.clear();
        self.encoder.values(row, values, &mut self.holes)?;
        self.encoder.target(row, &mut self.targets)?;
        if self.holes.is_empty() {
            return Ok(true);
        }
        // What training has settled stands in for what is missing.
        let mut rest = &mut values[before..];
        for (index, feature) in self.features.iter().enumerate() {
            let (of_feature, behind) = rest.split_at_mut(feature.width());
            rest = behind;
            if self.holes.contains(&index) && !stand_in(feature, of_feature) {
                let cell = row.cell_of(feature.name()).into();
                return Err(TableError::Missing { cell, more: 0 }.into());
            }
        }
        Ok(true)
    }
}

/// The values of all rows with their answers, classes or numbers in their own unit: of rows that are to measure a network.
///
/// # Errors
///
/// As [`Asked::next`], or an answer is missing, or none that `meaning` knows.
pub(crate) fn answered(
    file: &str,
    content: Content,
    preparation: &TablePreparation,
    meaning: Meaning,
) -> Result<(Vec<f32>, Targets), DataError> {
    let label = &preparation.label;
    let mut asked = Asked::with_answers(file, content, preparation, label, meaning)?;
    let mut values = Vec::new();
    while asked.next(&mut values)? {}
    Ok((values, asked.targets))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn preparation(missing: bool) -> TablePreparation {
        TablePreparation {
            label: "class".to_owned(),
            features: vec![
                Feature::Number {
                    name: "size".to_owned(),
                    missing: missing.then_some(1.5),
                },
                Feature::Category {
                    name: "colour".to_owned(),
                    categories: ["blue", "red"].map(str::to_owned).to_vec(),
                    missing: missing.then(|| "red".to_owned()),
                },
            ],
        }
    }

    fn values(text: &str, missing: bool) -> Result<Vec<f32>, String> {
        let content = Content::plain("new.csv", Box::new(Cursor::new(text.to_owned())));
        let mut asked = Asked::new("new.csv", content, &preparation(missing))
            .map_err(|error| error.to_string())?;
        let mut values = Vec::new();
        while asked.next(&mut values).map_err(|error| error.to_string())? {}
        Ok(values)
    }

    #[test]
    fn columns_are_found_by_name_and_the_class_is_not_needed() {
        assert_eq!(
            values("colour,extra,size\nred,x,2\nblue,y,3\n", false).unwrap(),
            [2.0, 0.0, 1.0, 3.0, 1.0, 0.0]
        );
        // A class column is as good as any other that is not needed, whatever stands in it.
        assert_eq!(
            values("class;size;colour\nnew;2;red\n", false).unwrap(),
            [2.0, 0.0, 1.0]
        );
    }

    #[test]
    fn what_is_missing_is_what_training_settled_or_refused() {
        assert_eq!(
            values("size,colour\n,\n4,\n", true).unwrap(),
            [1.5, 0.0, 1.0, 4.0, 0.0, 1.0]
        );
        let refused = values("size,colour\n4,\n", false).unwrap_err();
        assert!(refused.contains("line 2, column `colour`"), "{refused}");
        let refused = values("size,color\n4,red\n", false).unwrap_err();
        assert!(refused.contains("no column `colour`"), "{refused}");
        let refused = values("size,colour\n4,green\n", false).unwrap_err();
        assert!(refused.contains("green"), "{refused}");
    }
}
