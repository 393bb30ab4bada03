//! What a data set holds, in numbers: for `brecha data describe`.

use serde::Serialize;

use super::dataset::{Dataset, Split};
use super::error::DataError;
use super::preparation::Preparation;
use super::samples::{SampleBuffer, SampleShape};

/// The numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Description {
    /// The name of the source.
    pub name: String,
    /// As in `run.json`.
    pub fingerprint: String,
    /// `1×28×28`, `4 features`.
    pub shape: String,
    /// One row per class; none where numbers are to be predicted.
    pub classes: Vec<ClassCounts>,
    /// The numbers to be predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetRanges>,
    /// One row per feature of a vector or channel of an image, over the training split, before normalisation.
    pub values: Vec<ValueRange>,
    /// What all samples take in memory.
    pub bytes: usize,
    /// What they take on disk instead, where they are more than `data.memory-limit`.
    #[serde(skip_serializing_if = "is_zero")]
    pub bytes_on_disk: usize,
    /// What is odd.
    pub warnings: Vec<String>,
}

/// How many samples of a class each split has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClassCounts {
    /// The class.
    pub name: String,
    /// In the training split.
    pub training: usize,
    /// In the validation split.
    pub validation: usize,
    /// In the test split.
    pub test: usize,
}

/// The numbers to be predicted, in their own unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TargetRanges {
    /// What they are called.
    pub name: String,
    /// In the training split.
    pub training: Option<TargetRange>,
    /// In the validation split, if there is one.
    pub validation: Option<TargetRange>,
    /// In the test split, if there is one.
    pub test: Option<TargetRange>,
}

/// The numbers of one split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TargetRange {
    /// How many.
    pub samples: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (divided by n).
    pub deviation: f64,
    /// The smallest.
    pub smallest: f64,
    /// The largest.
    pub largest: f64,
}

impl TargetRange {
    /// Of these numbers, if there is any.
    fn of(numbers: &[f64]) -> Option<Self> {
        let count = numbers.len() as f64;
        let mean = numbers.iter().map(|number| number / count).sum::<f64>();
        let squares = numbers.iter().map(|number| (number - mean).powi(2));
        let bounds = |fold: fn(f64, f64) -> f64| numbers.iter().copied().reduce(fold);
        Some(Self {
            samples: numbers.len(),
            mean,
            deviation: (squares.sum::<f64>() / count).sqrt(),
            smallest: bounds(f64::min)?,
            largest: bounds(f64::max)?,
        })
    }
}

/// The values of one feature or channel.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ValueRange {
    /// A column, `colour=red`, `red`, `grey`, `x1`.
    pub name: String,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (divided by n).
    pub deviation: f64,
    /// The smallest.
    pub smallest: f64,
    /// The largest.
    pub largest: f64,
}

impl Description {
    /// Describes a data set.
    ///
    /// # Errors
    ///
    /// Values that are on disk cannot be read.
    pub fn new(dataset: &Dataset) -> Result<Self, DataError> {
        let [training, validation, test] =
            [Split::Train, Split::Validation, Split::Test].map(|split| dataset.class_counts(split));
        let classes = dataset
            .classes()
            .iter()
            .enumerate()
            .map(|(class, name)| ClassCounts {
                name: name.clone(),
                training: training[class],
                validation: validation[class],
                test: test[class],
            });
        let values = &dataset.samples().values;
        Ok(Self {
            name: dataset.name.clone(),
            fingerprint: dataset.fingerprint()?,
            shape: dataset.shape().to_string(),
            classes: classes.collect(),
            target: target(dataset),
            values: ranges(dataset)?,
            bytes: values.bytes_in_memory(),
            bytes_on_disk: values.bytes_on_disk(),
            warnings: dataset.warnings(),
        })
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde takes"
)]
fn is_zero(bytes: &usize) -> bool {
    *bytes == 0
}

fn target(dataset: &Dataset) -> Option<TargetRanges> {
    let targets = &dataset.samples().targets;
    let range = |split| TargetRange::of(targets.select(dataset.indices(split)).numbers());
    Some(TargetRanges {
        name: dataset.answers.target()?.name.clone(),
        training: range(Split::Train),
        validation: range(Split::Validation),
        test: range(Split::Test),
    })
}

fn names(dataset: &Dataset) -> Vec<String> {
    match (dataset.shape(), &dataset.preparation) {
        (_, Some(Preparation::Table(table))) => table.value_names(),
        (SampleShape::Vector { features }, _) => (1..=features).map(|x| format!("x{x}")).collect(),
        (SampleShape::Image { channels: 1, .. }, _) => vec!["grey".to_owned()],
        (SampleShape::Image { channels: 3, .. }, _) => {
            ["red", "green", "blue"].map(str::to_owned).to_vec()
        }
        (SampleShape::Image { channels, .. }, _) => (1..=channels)
            .map(|channel| format!("channel {channel}"))
            .collect(),
    }
}

/// Two walks over the training split, whatever the number of features: it may lie on disk.
fn ranges(dataset: &Dataset) -> Result<Vec<ValueRange>, DataError> {
    let group = match dataset.shape() {
        SampleShape::Vector { .. } => 1,
        SampleShape::Image { height, width, .. } => height * width,
    };
    let train = dataset.indices(Split::Train);
    let visit = |each: &mut dyn FnMut(usize, f64)| -> Result<(), DataError> {
        let mut buffer = SampleBuffer::default();
        for &sample in train {
            let values = dataset.samples().read(sample as usize, &mut buffer)?;
            values.for_each(|position, value| each(position / group, value));
        }
        Ok(())
    };
    let named = names(dataset).into_iter().map(|name| ValueRange {
        name,
        mean: 0.0,
        deviation: 0.0,
        smallest: f64::INFINITY,
        largest: f64::NEG_INFINITY,
    });
    let mut ranges: Vec<ValueRange> = named.collect();
    visit(&mut |place, value| {
        let range = &mut ranges[place];
        range.mean += value;
        range.smallest = range.smallest.min(value);
        range.largest = range.largest.max(value);
    })?;
    let count = (train.len() * group).max(1) as f64;
    for range in &mut ranges {
        range.mean /= count;
    }
    visit(&mut |place, value| {
        let range = &mut ranges[place];
        range.deviation += (value - range.mean).powi(2);
    })?;
    for range in &mut ranges {
        range.deviation = (range.deviation / count).sqrt();
    }
    Ok(ranges)
}
