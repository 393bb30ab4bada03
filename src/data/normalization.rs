//! How raw values become the network's inputs: `(x − offset) / scale`, per feature of a vector and per channel of
//! an image.
//!
//! What is computed is computed on the training split only: a mean that has seen the validation split would let it
//! leak into training. A constant feature keeps its scale of 1, so that it becomes 0 and not NaN.

use serde::Serialize;

use super::error::DataError;
use super::samples::{SampleBuffer, SampleShape, SampleValues, Samples};
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
    ///
    /// # Errors
    ///
    /// Values that are on disk cannot be read.
    pub fn new(
        config: NormalizationConfig,
        samples: &Samples,
        train: &Indices,
    ) -> Result<Self, DataError> {
        let (groups, group) = match samples.shape {
            SampleShape::Vector { features } => (features, 1),
            SampleShape::Image {
                channels,
                height,
                width,
            } => (channels, height * width),
        };
        let constant = |scale| Self {
            offset: vec![0.0; groups],
            scale: vec![scale; groups],
            group,
        };
        Ok(match config {
            NormalizationConfig::None => constant(1.0),
            NormalizationConfig::UnitRange => constant(match samples.values.largest_pixel() {
                Some(largest) => f32::from(largest),
                None => largest_size(samples, train)?,
            }),
            NormalizationConfig::Standardize => {
                let (mut sum, mut squares) = (vec![0.0_f64; groups], vec![0.0_f64; groups]);
                for_each_value(samples, train, |position, value| {
                    sum[position / group] += value;
                })?;
                let count = (train.len() * group) as f64;
                let mean: Vec<f64> = sum.iter().map(|sum| sum / count).collect();
                // A second pass around the mean: the one-pass formula loses all digits when the mean is large.
                for_each_value(samples, train, |position, value| {
                    squares[position / group] += (value - mean[position / group]).powi(2);
                })?;
                let deviation = squares.iter().map(|squares| (squares / count).sqrt());
                Self {
                    scale: deviation
                        .map(|d| if d > 0.0 { d as f32 } else { 1.0 })
                        .collect(),
                    offset: mean.into_iter().map(|mean| mean as f32).collect(),
                    group,
                }
            }
        })
    }

    /// Appends the inputs of one sample to `inputs`.
    pub fn append(&self, values: SampleValues<'_>, inputs: &mut Vec<f32>) {
        let groups = self.offset.iter().zip(&self.scale);
        match values {
            SampleValues::U8(values) => {
                for (values, (offset, scale)) in values.chunks_exact(self.group).zip(groups) {
                    inputs.extend(
                        values
                            .iter()
                            .map(|&value| (f32::from(value) - offset) / scale),
                    );
                }
            }
            SampleValues::F32(values) => {
                for (values, (offset, scale)) in values.chunks_exact(self.group).zip(groups) {
                    inputs.extend(values.iter().map(|&value| (value - offset) / scale));
                }
            }
        }
    }
}

/// The largest absolute value in the training split; 1 if all are 0.
fn largest_size(samples: &Samples, train: &Indices) -> Result<f32, DataError> {
    let mut largest = 0.0_f64;
    for_each_value(samples, train, |_, value| {
        largest = largest.max(value.abs());
    })?;
    Ok(if largest > 0.0 { largest as f32 } else { 1.0 })
}

/// Visits the raw values of these samples, each with its position in its sample.
fn for_each_value(
    samples: &Samples,
    indices: &Indices,
    mut visit: impl FnMut(usize, f64),
) -> Result<(), DataError> {
    let mut buffer = SampleBuffer::default();
    for &index in indices {
        let values = samples.read(index as usize, &mut buffer)?;
        values.for_each(&mut visit);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::samples::Values;

    fn points(values: Vec<f32>) -> Samples {
        let labels = vec![0; values.len() / 2];
        Samples::new(
            "points",
            SampleShape::Vector { features: 2 },
            Values::F32(values),
            labels,
        )
        .unwrap()
    }

    fn inputs(normalization: &Normalization, samples: &Samples) -> Vec<f32> {
        let (mut inputs, mut buffer) = (Vec::new(), SampleBuffer::default());
        for index in 0..samples.len() {
            let values = samples.read(index, &mut buffer).unwrap();
            normalization.append(values, &mut inputs);
        }
        inputs
    }

    #[test]
    fn only_the_training_split_decides() {
        // The third sample does not train: whatever it is, the first two are scaled the same.
        let scaled = |third: f32| {
            let samples = points(vec![1.0, 7.0, 3.0, 7.0, third, third]);
            let normalization =
                Normalization::new(NormalizationConfig::Standardize, &samples, &vec![0, 1])
                    .unwrap();
            inputs(&normalization, &samples)[..4].to_vec()
        };
        // Mean 2 and deviation 1; the second feature is constant and becomes 0, not NaN.
        assert_eq!(scaled(5.0), [-1.0, 0.0, 1.0, 0.0]);
        assert_eq!(scaled(-1e6), scaled(5.0));
    }

    #[test]
    fn the_unit_range_is_that_of_the_source() {
        let image = SampleShape::Image {
            channels: 1,
            height: 1,
            width: 2,
        };
        let values = Values::U8 {
            values: vec![0, 16],
            maximum: 16,
        };
        let pixels = Samples::new("pixels", image, values, vec![0]).unwrap();
        let scaled = |samples: &Samples| {
            inputs(
                &Normalization::new(NormalizationConfig::UnitRange, samples, &vec![0]).unwrap(),
                samples,
            )
        };
        assert_eq!(scaled(&pixels), [0.0, 1.0]);
        assert_eq!(scaled(&points(vec![2.0, -4.0])), [0.5, -1.0]);
        assert_eq!(scaled(&points(vec![0.0, 0.0])), [0.0, 0.0]);
    }

    #[test]
    fn an_image_is_scaled_per_channel() {
        let image = SampleShape::Image {
            channels: 2,
            height: 1,
            width: 2,
        };
        let values = Values::U8 {
            values: vec![1, 3, 10, 30],
            maximum: 255,
        };
        let samples = Samples::new("image", image, values, vec![0]).unwrap();
        let normalization =
            Normalization::new(NormalizationConfig::Standardize, &samples, &vec![0]).unwrap();
        assert_eq!(inputs(&normalization, &samples), [-1.0, 1.0, -1.0, 1.0]);
    }
}
