//! Rows whose answers are asked for: the columns of the training file, in any order, among others if need be.

use super::columns::Columns;
use super::encode::{Encoded, encode};
use super::error::{TableError, nearest};
use super::rows::Rows;
use crate::data::error::DataError;
use crate::data::preparation::{Feature, TablePreparation};
use crate::data::targets::{Meaning, Targets};

/// No column has this name: a zero byte is refused in every file.
const NO_ANSWER: &str = "\0";

/// The values of each row of `bytes`, plain text or inflated already, as they are before normalisation.
///
/// # Errors
///
/// The text is no table, lacks a column, or has a value that the preparation has no number for.
pub fn asked(
    file: &str,
    bytes: Vec<u8>,
    preparation: &TablePreparation,
) -> Result<Vec<f32>, DataError> {
    let meaning = Meaning::Classes(Vec::new());
    let encoded = encoded(file, bytes, preparation, NO_ANSWER, meaning)?;
    Ok(encoded.values)
}

/// The same with the answers, classes or numbers in their own unit: of rows that are to measure a network.
///
/// # Errors
///
/// As [`asked`], or an answer is missing, or none that `meaning` knows.
pub fn answered(
    file: &str,
    bytes: Vec<u8>,
    preparation: &TablePreparation,
    meaning: Meaning,
) -> Result<(Vec<f32>, Targets), DataError> {
    let encoded = encoded(file, bytes, preparation, &preparation.label, meaning)?;
    Ok((encoded.values, encoded.targets))
}

fn encoded(
    file: &str,
    bytes: Vec<u8>,
    preparation: &TablePreparation,
    answer: &str,
    meaning: Meaning,
) -> Result<Encoded, DataError> {
    let rows = Rows::parse(file.to_owned(), bytes, None)?;
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
    let mut encoded = encode(&rows, &columns, "the training file")?;
    fill(&rows, &columns, &mut encoded)?;
    Ok(encoded)
}

/// Puts what training has settled where values are missing.
fn fill(rows: &Rows, columns: &Columns, encoded: &mut Encoded) -> Result<(), TableError> {
    let width: usize = columns.features.iter().map(Feature::width).sum();
    for hole in &encoded.holes {
        let before = &columns.features[..hole.feature];
        let start = hole.sample as usize * width + before.iter().map(Feature::width).sum::<usize>();
        let (place, value) = match &columns.features[hole.feature] {
            Feature::Number {
                missing: Some(mean),
                ..
            } => (0, *mean),
            Feature::Category {
                categories,
                missing: Some(text),
                ..
            } => match categories.iter().position(|category| category == text) {
                Some(place) => (place, 1.0),
                None => continue,
            },
            feature => {
                let column = rows.position(feature.name()).unwrap_or(0);
                return Err(TableError::Missing {
                    cell: rows.cell(hole.sample as usize, column).into(),
                    more: encoded.holes.len() - 1,
                });
            }
        };
        encoded.values[start + place] = value;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
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
        asked("new.csv", text.as_bytes().to_vec(), &preparation(missing))
            .map_err(|error| error.to_string())
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
