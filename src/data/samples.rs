//! What every data source hands over: inputs, targets and what these mean, already checked.
//!
//! Counts, lengths, label ranges and values are verified by the constructors here and nowhere else, so that the split,
//! the batches and the tensors may index without asking again: a label out of range would panic on one back end and
//! read foreign memory on another. Pixels stay bytes (a quarter of `f32`), in memory or on disk, and are converted per batch.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::DataError;
use super::preparation::ImagePreparation;
use super::table::RawTable;
use super::targets::{Meaning, Targets};
pub use super::values::{SampleBuffer, SampleValues, Values};

/// The shape of one input, without the dimension that counts samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SampleShape {
    /// A row of a table or a point in the plane.
    Vector {
        /// How many numbers describe one sample.
        features: usize,
    },
    /// A picture, stored channel by channel, each row by row.
    Image {
        /// 1 for grey, 3 for colour.
        channels: usize,
        /// Rows of pixels.
        height: usize,
        /// Columns of pixels.
        width: usize,
    },
}

impl SampleShape {
    /// How many numbers one sample has. Saturates instead of overflowing: no such sample fits into memory anyway.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::Vector { features } => features,
            Self::Image {
                channels,
                height,
                width,
            } => channels.saturating_mul(height).saturating_mul(width),
        }
    }

    /// Whether a sample has no numbers at all; [`Samples::new`] refuses such shapes.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl fmt::Display for SampleShape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vector { features: 1 } => write!(formatter, "1 feature"),
            Self::Vector { features } => write!(formatter, "{features} features"),
            Self::Image {
                channels,
                height,
                width,
            } => write!(formatter, "{channels}×{height}×{width}"),
        }
    }
}

/// Inputs with their targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// The shape of each input.
    pub shape: SampleShape,
    /// The inputs, `targets.len() · shape.len()` numbers.
    pub values: Values,
    /// The class or the number of each sample.
    pub targets: Targets,
}

impl Samples {
    /// Joins inputs and targets; `what` names them in messages (a path, or the name of a source).
    ///
    /// # Errors
    ///
    /// When there is no sample, when the number of values is not samples × shape, or when a value is not finite or
    /// larger than the maximum that the source states.
    pub fn new(
        what: &str,
        shape: SampleShape,
        values: Values,
        targets: impl Into<Targets>,
    ) -> Result<Self, DataError> {
        let samples = Self::with_holes(what, shape, values, targets)?;
        if let Some((position, value)) = first_invalid(&samples.values) {
            return Err(DataError::Value {
                what: what.to_owned(),
                sample: position / shape.len(),
                position: position % shape.len(),
                value,
            });
        }
        Ok(samples)
    }

    /// Without a look at the values: of a source that has looked at each, and has left holes that are filled when the split
    /// is known.
    pub(super) fn with_holes(
        what: &str,
        shape: SampleShape,
        values: Values,
        targets: impl Into<Targets>,
    ) -> Result<Self, DataError> {
        let targets = targets.into();
        if targets.is_empty() || shape.is_empty() {
            return Err(DataError::NoSamples {
                what: what.to_owned(),
                samples: targets.len(),
                shape,
            });
        }
        if targets.len().checked_mul(shape.len()) != Some(values.len()) {
            return Err(DataError::ValueCount {
                what: what.to_owned(),
                values: values.len(),
                samples: targets.len(),
                shape,
            });
        }
        Ok(Self {
            shape,
            values,
            targets,
        })
    }

    /// Puts `more` behind these samples. Both came from one [`RawData`], whose constructor has compared the shapes;
    /// values of another kind than these, which no source mixes, are left out.
    pub(super) fn append(&mut self, more: Self) {
        match (&mut self.values, more.values) {
            (Values::U8 { values, .. }, Values::U8 { values: more, .. }) => values.extend(more),
            (Values::F32(values), Values::F32(more)) => values.extend(more),
            (Values::StoredU8(values), Values::StoredU8(more))
            | (Values::StoredF32(values), Values::StoredF32(more)) => {
                if !values.append(&more) {
                    return;
                }
            }
            _ => return,
        }
        self.targets.extend(more.targets);
    }

    /// The raw values of the sample at `index`; those that are on disk are read into `buffer`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is shorter than it was. What is in memory cannot fail.
    ///
    /// # Panics
    ///
    /// There is no such sample.
    pub fn read<'a>(
        &'a self,
        index: usize,
        buffer: &'a mut SampleBuffer,
    ) -> Result<SampleValues<'a>, DataError> {
        self.values.sample(index, self.shape.len(), buffer)
    }

    /// How many samples there are, at least one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Always `false` for what [`Samples::new`] made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }
}

/// The first value that a network could not take, and what is wrong with it.
fn first_invalid(values: &Values) -> Option<(usize, String)> {
    match values {
        // Of a disk that changes what is written to it, reading them tells.
        Values::StoredU8(_)
        | Values::StoredF32(_)
        | Values::U8 {
            maximum: u8::MAX, ..
        } => None,
        Values::U8 { values, maximum } => {
            let position = values.iter().position(|value| value > maximum)?;
            Some((
                position,
                format!(
                    "{}, but the largest possible is {maximum}",
                    values[position]
                ),
            ))
        }
        Values::F32(values) => {
            let position = values.iter().position(|value| !value.is_finite())?;
            Some((
                position,
                format!("{}, not a finite number", values[position]),
            ))
        }
    }
}

/// What a source gives: checked (counts, lengths, label range) before anything else sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct RawData {
    /// The source's name, as in the configuration.
    pub name: String,
    /// The samples to be divided into training, validation and perhaps test.
    pub samples: Samples,
    /// The test set that the source itself defines, which stays the test set.
    pub official_test: Option<Samples>,
    /// What the targets mean.
    pub meaning: Meaning,
    /// The validation set that the source itself defines, which stays the validation set.
    pub official_validation: Option<Samples>,
    /// What belongs to the samples of a table.
    pub table: Option<RawTable>,
    /// What was done to images of files.
    pub image: Option<ImagePreparation>,
    /// What is odd about the files, though they can be used.
    pub notes: Vec<String>,
}

impl RawData {
    /// Joins what a source read.
    ///
    /// # Errors
    ///
    /// When the number of classes is not 1 to 256, when a target is not of this meaning (a label without a class, a number that
    /// is not finite), or when the test set's inputs have another shape than the other samples.
    pub fn new(
        name: &str,
        samples: Samples,
        official_test: Option<Samples>,
        meaning: impl Into<Meaning>,
    ) -> Result<Self, DataError> {
        let meaning = meaning.into();
        if let Meaning::Classes(classes) = &meaning {
            check_class_count(name, classes.len())?;
        }
        check_targets(name, &samples.targets, &meaning)?;
        if let Some(test) = &official_test {
            check_targets(
                &format!("{name}, official test set"),
                &test.targets,
                &meaning,
            )?;
            if test.shape != samples.shape {
                return Err(DataError::ShapesDiffer {
                    what: name.to_owned(),
                    samples: samples.shape,
                    test: test.shape,
                });
            }
        }
        Ok(Self {
            name: name.to_owned(),
            samples,
            official_test,
            meaning,
            official_validation: None,
            table: None,
            image: None,
            notes: Vec::new(),
        })
    }
}

/// Labels are bytes, so there may be at most 256 classes.
pub(super) fn check_class_count(what: &str, classes: usize) -> Result<(), DataError> {
    if (1..=usize::from(u8::MAX) + 1).contains(&classes) {
        return Ok(());
    }
    Err(DataError::ClassCount {
        what: what.to_owned(),
        classes,
    })
}

fn check_targets(what: &str, targets: &Targets, meaning: &Meaning) -> Result<(), DataError> {
    match (targets, meaning) {
        (Targets::Classes(labels), Meaning::Classes(classes)) => {
            check_labels(what, labels, classes.len())
        }
        (Targets::Numbers(numbers), Meaning::Number(name)) => {
            let invalid = numbers.iter().position(|number| !number.is_finite());
            invalid.map_or(Ok(()), |sample| {
                Err(DataError::Number {
                    what: what.to_owned(),
                    name: name.clone(),
                    sample,
                    value: numbers[sample],
                })
            })
        }
        (Targets::Classes(_), Meaning::Number(_)) | (Targets::Numbers(_), Meaning::Classes(_)) => {
            Err(DataError::MixedTargets {
                what: what.to_owned(),
            })
        }
    }
}

fn check_labels(what: &str, labels: &[u8], classes: usize) -> Result<(), DataError> {
    let outside = labels
        .iter()
        .position(|&label| usize::from(label) >= classes);
    match outside {
        None => Ok(()),
        Some(sample) => Err(DataError::Label {
            what: what.to_owned(),
            sample,
            label: usize::from(labels[sample]),
            classes,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: SampleShape = SampleShape::Vector { features: 2 };

    fn points(labels: &[u8]) -> Samples {
        let values = Values::F32(vec![0.5; 2 * labels.len()]);
        Samples::new("points", POINT, values, labels.to_vec()).unwrap()
    }

    fn classes(count: usize) -> Vec<String> {
        (0..count).map(|class| class.to_string()).collect()
    }

    #[test]
    fn shapes_print_as_in_the_messages() {
        let image = SampleShape::Image {
            channels: 1,
            height: 28,
            width: 20,
        };
        assert_eq!(image.to_string(), "1×28×20");
        assert_eq!(image.len(), 560);
        assert_eq!(POINT.to_string(), "2 features");
        assert_eq!(SampleShape::Vector { features: 1 }.to_string(), "1 feature");
    }

    #[test]
    fn counts_must_agree() {
        let error = Samples::new("points", POINT, Values::F32(vec![0.0; 5]), vec![0, 1, 0]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "`points` has 5 values, but 3 samples of 2 features need 6"
        );
        let error = Samples::new("points", POINT, Values::F32(vec![]), Vec::<u8>::new());
        assert!(matches!(error, Err(DataError::NoSamples { .. })));
        let nothing = SampleShape::Vector { features: 0 };
        let error = Samples::new("points", nothing, Values::F32(vec![]), vec![0]);
        assert!(matches!(error, Err(DataError::NoSamples { .. })));
        let absurd = SampleShape::Image {
            channels: usize::MAX,
            height: 2,
            width: 2,
        };
        let error = Samples::new("points", absurd, Values::F32(vec![]), vec![0, 0]);
        assert!(matches!(error, Err(DataError::ValueCount { .. })));
    }

    #[test]
    fn values_must_be_finite_and_below_the_stated_maximum() {
        let values = Values::F32(vec![0.0, 1.0, f32::NAN, 0.0]);
        let error = Samples::new("points", POINT, values, vec![0, 1]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "value 0 of sample 1 (counting from 0) in `points` is NaN, not a finite number"
        );
        let values = Values::U8 {
            values: vec![0, 16, 3, 17],
            maximum: 16,
        };
        let error = Samples::new("points", POINT, values, vec![0, 1]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "value 1 of sample 1 (counting from 0) in `points` is 17, but the largest possible is 16"
        );
    }

    #[test]
    fn every_label_needs_a_class() {
        assert!(RawData::new("points", points(&[0, 1]), None, classes(2)).is_ok());
        let error = RawData::new("points", points(&[0, 2]), None, classes(2)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "label 2 of sample 1 (counting from 0) in `points` has no class: there are 2, so the largest label is 1"
        );
        let error = RawData::new("points", points(&[0, 1]), Some(points(&[5])), classes(2));
        assert!(matches!(
            error,
            Err(DataError::Label {
                sample: 0,
                label: 5,
                ..
            })
        ));
        let error = RawData::new("points", points(&[0]), None, classes(257));
        assert!(matches!(
            error,
            Err(DataError::ClassCount { classes: 257, .. })
        ));
        let error = RawData::new("points", points(&[0]), None, classes(0));
        assert!(matches!(
            error,
            Err(DataError::ClassCount { classes: 0, .. })
        ));
        assert!(RawData::new("points", points(&[255]), None, classes(256)).is_ok());
    }

    #[test]
    fn the_official_test_set_has_the_same_shape() {
        let shape = SampleShape::Vector { features: 3 };
        let test = Samples::new("test", shape, Values::F32(vec![0.0; 3]), vec![0]).unwrap();
        let error = RawData::new("points", points(&[0]), Some(test), classes(1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the samples of `points` have the shape 2 features, but those of its test set have 3 features"
        );
    }
}
