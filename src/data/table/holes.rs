//! What stands in for missing values: the training split's mean, or its most frequent category. Whatever the other splits
//! hold, it decides nothing.
//!
//! Two walks over the values, in memory or on disk: one settles, one fills.

use super::error::TableError;
use crate::data::error::DataError;
use crate::data::preparation::{Feature, TablePreparation};
use crate::data::samples::{SampleBuffer, SampleValues, Samples, Values};
use crate::data::split::Indices;
use crate::data::values::{F32, floats};

/// What the training split says of a feature.
struct Known {
    /// How many samples have it.
    count: usize,
    /// Of numbers.
    sum: f64,
    /// How often each category occurs.
    categories: Vec<usize>,
}

/// Settles what stands in for missing values and puts it where a [`HOLE`](super::encode::HOLE) is.
pub(super) fn fill(
    preparation: &mut TablePreparation,
    samples: &mut Samples,
    train: &Indices,
) -> Result<(), DataError> {
    let known = look(&preparation.features, samples, train)?;
    for (feature, known) in preparation.features.iter_mut().zip(known) {
        if known.count == 0 {
            return Err(TableError::NothingToImpute {
                column: feature.name().to_owned(),
                samples: train.len(),
            }
            .into());
        }
        match feature {
            Feature::Number { missing, .. } => {
                *missing = Some((known.sum / known.count as f64) as f32);
            }
            Feature::Category {
                categories,
                missing,
                ..
            } => {
                // Of equally frequent ones the first.
                let places = (0..categories.len()).rev();
                let most = places.max_by_key(|&place| known.categories[place]);
                *missing = most.and_then(|place| categories.get(place).cloned());
            }
        }
    }
    let features = &preparation.features;
    let width = samples.shape.len();
    match &mut samples.values {
        Values::F32(values) => {
            for row in values.chunks_exact_mut(width) {
                fill_row(features, row);
            }
            Ok(())
        }
        Values::StoredF32(values) => {
            let mut row = Vec::new();
            values.change_rows(F32 * width, |bytes| {
                let mut changed = false;
                for bytes in bytes.chunks_exact_mut(F32 * width) {
                    row.clear();
                    row.extend(floats(bytes));
                    if fill_row(features, &mut row) {
                        changed = true;
                        for (bytes, value) in bytes.chunks_exact_mut(F32).zip(&row) {
                            bytes.copy_from_slice(&value.to_le_bytes());
                        }
                    }
                }
                changed
            })
        }
        Values::U8 { .. } | Values::StoredU8(_) => Ok(()),
    }
}

fn look(features: &[Feature], samples: &Samples, train: &Indices) -> Result<Vec<Known>, DataError> {
    let nothing = |feature: &Feature| Known {
        count: 0,
        sum: 0.0,
        categories: vec![0; feature.width()],
    };
    let mut known: Vec<Known> = features.iter().map(nothing).collect();
    let mut buffer = SampleBuffer::default();
    for &sample in train {
        let SampleValues::F32(mut rest) = samples.read(sample as usize, &mut buffer)? else {
            continue;
        };
        for (feature, known) in features.iter().zip(&mut known) {
            let (values, behind) = rest.split_at(feature.width());
            rest = behind;
            if values[0].is_nan() {
                continue;
            }
            known.count += 1;
            match feature {
                Feature::Number { .. } => known.sum += f64::from(values[0]),
                Feature::Category { .. } => {
                    for (count, &value) in known.categories.iter_mut().zip(values) {
                        *count += usize::from(value > 0.0);
                    }
                }
            }
        }
    }
    Ok(known)
}

/// Whether there was anything to fill.
fn fill_row(features: &[Feature], row: &mut [f32]) -> bool {
    let (mut rest, mut changed) = (row, false);
    for feature in features {
        let (values, behind) = rest.split_at_mut(feature.width());
        rest = behind;
        if values[0].is_nan() {
            changed = true;
            // Every feature that the training split has has something that stands in.
            let _ = stand_in(feature, values);
        }
    }
    changed
}

/// Puts into `values`, those of one feature of one row, what training has settled; `false` if it has settled nothing.
pub(super) fn stand_in(feature: &Feature, values: &mut [f32]) -> bool {
    values.fill(0.0);
    match feature {
        Feature::Number {
            missing: Some(mean),
            ..
        } => values[0] = *mean,
        Feature::Category {
            categories,
            missing: Some(text),
            ..
        } => {
            if let Some(place) = categories.iter().position(|category| category == text) {
                values[place] = 1.0;
            }
        }
        _ => return false,
    }
    true
}
