//! Before training: do the splits share samples?

use super::super::plan::Plan;
use super::super::tell;
use super::stored_rows::StoredRows;
use crate::config::LeakageConfig;
use crate::data::samples::{SampleShape, Samples, Values};
use crate::data::{DataError, Dataset, Expected, Split, Targets};
use crate::error::Error;
use crate::generalization::leakage::{self, DEFAULT_LISTED, Leakage, LeakageError};
use crate::report::progress::thousands;

/// Looks for shared samples, says what was found, and refuses the run where the configuration says so.
pub(in crate::commands) fn leaks(plan: &Plan) -> Result<Option<Leakage>, Error> {
    let Some(leakage) = find(plan)? else {
        return Ok(None);
    };
    if plan.config.data.leakage == LeakageConfig::Error && leakage.has_exact_leaks() {
        return Err(Error::Leakage {
            findings: findings(&leakage),
        });
    }
    for finding in findings(&leakage) {
        tell(&format!("warning: {finding}\n"));
    }
    Ok(Some(leakage))
}

/// Looks for shared samples, unless the configuration does not want to know.
pub(in super::super) fn find(plan: &Plan) -> Result<Option<Leakage>, Error> {
    if plan.config.data.leakage == LeakageConfig::Off {
        return Ok(None);
    }
    find_in(&plan.dataset)
}

/// Looks for shared samples.
pub(in super::super) fn find_in(dataset: &Dataset) -> Result<Option<Leakage>, Error> {
    let samples = dataset.samples();
    let targets: Vec<Expected> = samples.targets.iter().collect();
    let rows = rows_with_numbers(samples);
    let stored = stored_rows(samples);
    let samples = leakage::Samples {
        shape: match (samples.shape, &stored) {
            // Bytes, of which there are four in a number.
            (_, Some(stored)) => leakage::Shape::Vector {
                features: stored.stride(),
            },
            (SampleShape::Vector { features }, None) if rows.is_some() => leakage::Shape::Vector {
                features: features + 1,
            },
            (SampleShape::Vector { features }, None) => leakage::Shape::Vector { features },
            (
                SampleShape::Image {
                    channels,
                    height,
                    width,
                },
                None,
            ) => leakage::Shape::Image {
                channels,
                height,
                width,
            },
        },
        values: match (&samples.values, &stored) {
            (_, Some(stored)) => leakage::Values::Stored(stored),
            (Values::F32(values), None) => {
                leakage::Values::Floats(rows.as_deref().unwrap_or(values))
            }
            (Values::U8 { values, .. }, None) => leakage::Values::Bytes(values),
            (Values::StoredU8(values) | Values::StoredF32(values), None) => {
                leakage::Values::Stored(values)
            }
        },
        labels: &targets,
    };
    let splits = leakage::Splits {
        train: dataset.indices(Split::Train),
        validation: dataset.indices(Split::Validation),
        test: dataset.indices(Split::Test),
    };
    // A data set that was loaded has samples × shape values, and its splits name what is there.
    match leakage::find(&samples, splits, DEFAULT_LISTED) {
        Ok(leakage) => Ok(Some(leakage)),
        Err(LeakageError::Unreadable(error)) => Err(match error.downcast::<DataError>() {
            Ok(error) => Error::Data(*error),
            Err(error) => Error::Data(DataError::Stored {
                file: dataset.name.clone(),
                reason: error.to_string(),
            }),
        }),
        Err(LeakageError::ValueCount { .. } | LeakageError::Index { .. }) => Ok(None),
    }
}

/// Rows that end with the number to be predicted. Two flats of the same size are two samples, unless their price is the same as
/// well: equal inputs say nothing where inputs are coarse, and another number is noise, not a contradiction.
fn rows_with_numbers(samples: &Samples) -> Option<Vec<f32>> {
    let (Targets::Numbers(numbers), Values::F32(values), SampleShape::Vector { features }) =
        (&samples.targets, &samples.values, samples.shape)
    else {
        return None;
    };
    let rows = values.chunks_exact(features).zip(numbers);
    Some(
        rows.flat_map(|(row, &number)| row.iter().copied().chain([number as f32]))
            .collect(),
    )
}

/// The same of values that are on disk. Those are the values of tables: nothing else has so many numbers.
fn stored_rows(samples: &Samples) -> Option<StoredRows<'_>> {
    let Values::StoredF32(values) = &samples.values else {
        return None;
    };
    let numbers = samples.targets.numbers();
    Some(StoredRows::new(values, samples.shape.len(), numbers))
}

/// The lines of [`findings`], and one for each split that repeats its own samples.
pub(in super::super) fn all_findings(leakage: &Leakage) -> Vec<String> {
    let mut lines = findings(leakage);
    let within = &leakage.within;
    for (found, split) in [
        (&within.train, "training"),
        (&within.validation, "validation"),
        (&within.test, "test"),
    ] {
        if let Some(pair) = found.pairs.first() {
            lines.push(format!(
                "{} {split} {} in its own split (the first: {} is {})",
                thousands(found.count as u64),
                if found.count == 1 {
                    "sample repeats another one"
                } else {
                    "samples repeat others"
                },
                pair.second,
                pair.first
            ));
        }
    }
    lines
}

/// One line for each kind of finding that there is, with its first pair.
fn findings(leakage: &Leakage) -> Vec<String> {
    let mut lines = Vec::new();
    let across = &leakage.across;
    for (found, held_out, earlier) in [
        (&across.train_validation, "validation", "training"),
        (&across.train_test, "test", "training"),
        (&across.validation_test, "test", "validation"),
    ] {
        if let Some(pair) = found.pairs.first() {
            lines.push(format!(
                "{} {held_out} {} also in the {earlier} split (the first: {} is {})",
                thousands(found.count as u64),
                if found.count == 1 {
                    "sample is"
                } else {
                    "samples are"
                },
                pair.second,
                pair.first
            ));
        }
    }
    let near = &leakage.near.across;
    for (found, held_out, earlier) in [
        (&near.train_validation, "validation", "training"),
        (&near.train_test, "test", "training"),
        (&near.validation_test, "test", "validation"),
    ] {
        if let Some(pair) = found.pairs.first() {
            lines.push(format!(
                "{} {held_out} {} nearly the same as one of the {earlier} split (the first: {} and {}, correlation {:.4})",
                thousands(found.count as u64),
                if found.count == 1 { "image is" } else { "images are" },
                pair.second,
                pair.first,
                pair.similarity
            ));
        }
    }
    let conflicting = &leakage.conflicting_labels;
    if let Some(pair) = conflicting.pairs.first() {
        lines.push(format!(
            "{} {} the input of another one with a different label (the first: {} and {}), which no network can get right",
            thousands(conflicting.count as u64),
            if conflicting.count == 1 { "sample has" } else { "samples have" },
            pair.second,
            pair.first
        ));
    }
    lines
}
