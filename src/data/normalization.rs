//! How raw values become the network's inputs: `(x − offset) / scale`, per feature of a vector and per channel of
//! an image.
//!
//! What is computed is computed on the training split only: a mean that has seen the validation split would let it
//! leak into training. A constant feature keeps its scale of 1, so that it becomes 0 and not NaN.

use serde::Serialize;

use super::samples::{SampleShape, Samples, Values};
use super::split::Indices;
use crate::config::NormalizationConfig;

/// One offset and one scale per group of values: the features of a vector, the channels of an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Normalization {
    offset: Vec<f32>,
    scale: Vec<f32>,
    /// How many consecutive values of a sample share an offset.
    #[serde(skip)]
    group: usize,
}

impl Normalization {
    /// Settles the offsets and scales, from the training split alone.
    #[must_use]
    pub fn new(config: NormalizationConfig, samples: &Samples, train: &Indices) -> Self {
        let (groups, group) = match samples.shape {
            SampleShape::Vector { features } => (features, 1),
            SampleShape::Image { channels, height, width } => (channels, height * width),
        };
        let largest = match &samples.values {
            Values::U8 { maximum, .. } => f32::from(*maximum),
            Values::F32(_) => 1.0,
        };
        let constant = |scale| Self {
            offset: vec![0.0; groups],
            scale: vec![scale; groups],
            group,
        };
        match config {
            NormalizationConfig::None => constant(1.0),
            NormalizationConfig::UnitRange => constant(largest),
            NormalizationConfig::Standardize => {
                let (mut sum, mut squares) = (vec![0.0_f64; groups], vec![0.0_f64; groups]);
                for &index in train {
                    for_each_value(samples, index as usize, |position, value| {
                        sum[position / group] += value;
                    });
                }
                let count = (train.len() * group) as f64;
                let mean: Vec<f64> = sum.iter().map(|sum| sum / count).collect();
                // A second pass around the mean: the one-pass formula loses all digits when the mean is large.
                for &index in train {
                    for_each_value(samples, index as usize, |position, value| {
                        squares[position / group] += (value - mean[position / group]).powi(2);
                    });
                }
                let deviation = squares.iter().map(|squares| (squares / count).sqrt());
                Self {
                    scale: deviation.map(|d| if d > 0.0 { d as f32 } else { 1.0 }).collect(),
                    offset: mean.into_iter().map(|mean| mean as f32).collect(),
                    group,
                }
            }
        }
    }

    /// Appends the inputs of one sample to `inputs`.
    pub fn append(&self, samples: &Samples, index: usize, inputs: &mut Vec<f32>) {
        let length = samples.shape.len();
        let range = index * length..(index + 1) * length;
        let groups = self.offset.iter().zip(&self.scale);
        match &samples.values {
            Values::U8 { values, .. } => {
                for (values, (offset, scale)) in values[range].chunks_exact(self.group).zip(groups) {
                    inputs.extend(values.iter().map(|&value| (f32::from(value) - offset) / scale));
                }
            }
            Values::F32(values) => {
                for (values, (offset, scale)) in values[range].chunks_exact(self.group).zip(groups) {
                    inputs.extend(values.iter().map(|&value| (value - offset) / scale));
                }
            }
        }
    }
}

/// Visits the raw values of one sample with their position in it.
fn for_each_value(samples: &Samples, index: usize, mut visit: impl FnMut(usize, f64)) {
    let length = samples.shape.len();
    let range = index * length..(index + 1) * length;
    match &samples.values {
        Values::U8 { values, .. } => {
            for (position, &value) in values[range].iter().enumerate() {
                visit(position, f64::from(value));
            }
        }
        Values::F32(values) => {
            for (position, &value) in values[range].iter().enumerate() {
                visit(position, f64::from(value));
            }
        }
    }
}
