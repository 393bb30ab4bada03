//! What a data set holds, in numbers: for `brecha data describe`.

use serde::Serialize;

use super::dataset::{Dataset, Split};
use super::preparation::Preparation;
use super::samples::{SampleShape, Values};

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
    /// One row per class.
    pub classes: Vec<ClassCounts>,
    /// One row per feature of a vector or channel of an image, over the training split, before normalisation.
    pub values: Vec<ValueRange>,
    /// What all samples take in memory.
    pub bytes: usize,
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
    #[must_use]
    pub fn new(dataset: &Dataset) -> Self {
        let [training, validation, test] =
            [Split::Train, Split::Validation, Split::Test].map(|split| dataset.class_counts(split));
        let classes = dataset
            .classes
            .iter()
            .enumerate()
            .map(|(class, name)| ClassCounts {
                name: name.clone(),
                training: training[class],
                validation: validation[class],
                test: test[class],
            });
        let width = match dataset.samples().values {
            Values::U8 { .. } => 1,
            Values::F32(_) => 4,
        };
        Self {
            name: dataset.name.clone(),
            fingerprint: dataset.fingerprint(),
            shape: dataset.shape().to_string(),
            classes: classes.collect(),
            values: ranges(dataset),
            bytes: dataset.samples().values.len() * width,
            warnings: dataset.warnings(),
        }
    }
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

fn ranges(dataset: &Dataset) -> Vec<ValueRange> {
    let length = dataset.shape().len();
    let group = match dataset.shape() {
        SampleShape::Vector { .. } => 1,
        SampleShape::Image { height, width, .. } => height * width,
    };
    let train = dataset.indices(Split::Train);
    let values = &dataset.samples().values;
    let names = names(dataset).into_iter().enumerate();
    let range = |(place, name): (usize, String)| {
        let visit = |each: &mut dyn FnMut(f64)| {
            for &sample in train {
                let start = sample as usize * length + place * group;
                for position in start..start + group {
                    each(match values {
                        Values::U8 { values, .. } => f64::from(values[position]),
                        Values::F32(values) => f64::from(values[position]),
                    });
                }
            }
        };
        let (mut sum, mut smallest, mut largest) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
        visit(&mut |value| {
            sum += value;
            smallest = smallest.min(value);
            largest = largest.max(value);
        });
        let count = (train.len() * group).max(1) as f64;
        let mean = sum / count;
        let mut squares = 0.0;
        visit(&mut |value| squares += (value - mean).powi(2));
        ValueRange {
            name,
            mean,
            deviation: (squares / count).sqrt(),
            smallest,
            largest,
        }
    };
    names.map(range).collect()
}
