//! The loss, twice: on tensors, where autodiff needs it, and on the host, where it is measured.
//!
//! For one sample with outputs `x` and class `c`:
//!
//! | loss | target `y` | per sample | class of an output |
//! |---|---|---|---|
//! | `mse`, one output | −1 for class 0, +1 for class 1 | `(x − y)²` | 1 if `x > 0`, else 0 |
//! | `mse`, several | one-hot: `y_c = 1`, others 0 | `Σ_k (x_k − y_k)²` | the largest `x_k` |
//! | `cross-entropy` | the class itself | `ln Σ_k exp(x_k) − x_c` | the largest `x_k` |
//!
//! The loss of a batch is the mean over its samples, as in the lecture's `E_in = 1/N Σ (h(x_n) − y_n)²`.
//! Two of the measured numbers never come from the tensors: per-sample losses and classes are computed here in
//! f64 from the outputs, the same way whatever back end produced them.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::architecture::Loss;

/// What the outputs are compared with, on the device.
#[derive(Clone, Debug)]
pub enum Targets {
    /// `[samples, outputs]`
    Values(Tensor<2>),
    /// `[samples, 1]`, the index of the class.
    Classes(Tensor<2, Int>),
    /// `[samples, classes]`, shares that sum to 1: see [`soft_targets`](super::soft_targets).
    Shares(Tensor<2>),
}

impl Loss {
    /// The targets of samples with these labels.
    #[must_use]
    pub fn targets(self, labels: &[u8], classes: usize, device: &Device) -> Targets {
        let samples = labels.len();
        match self {
            Self::MseSign => {
                let signs: Vec<f32> = labels.iter().map(|&label| sign(label)).collect();
                Targets::Values(Tensor::from_data(
                    TensorData::new(signs, [samples, 1]),
                    device,
                ))
            }
            Self::MseOneHot => {
                let mut one_hot = vec![0.0_f32; samples * classes];
                for (row, &label) in one_hot.chunks_exact_mut(classes).zip(labels) {
                    row[usize::from(label)] = 1.0;
                }
                let data = TensorData::new(one_hot, [samples, classes]);
                Targets::Values(Tensor::from_data(data, device))
            }
            Self::CrossEntropy => {
                let indices: Vec<i32> = labels.iter().map(|&label| i32::from(label)).collect();
                Targets::Classes(Tensor::from_data(
                    TensorData::new(indices, [samples, 1]),
                    device,
                ))
            }
        }
    }

    /// The mean loss of a batch: shape `[1]`.
    #[must_use]
    pub fn mean(self, outputs: Tensor<2>, targets: Targets) -> Tensor<1> {
        match targets {
            Targets::Values(y) => {
                // ±1, 0 and 1 are exact in any precision.
                let y = y.cast(outputs.dtype());
                let error = outputs - y;
                // Not `/ samples`: the gradient of a division by a number goes through f32 in burn 0.22.1, whatever the
                // precision (burn-autodiff, `float_div_scalar`).
                (error.clone() * error).sum_dim(1).mean()
            }
            Targets::Classes(classes) => log_softmax(outputs, 1).gather(1, classes).mean().neg(),
            Targets::Shares(y) => {
                let y = y.cast(outputs.dtype());
                (log_softmax(outputs, 1) * y).sum_dim(1).mean().neg()
            }
        }
    }

    /// The loss of one sample, from its outputs.
    #[must_use]
    pub fn of_sample(self, outputs: &[f32], label: u8) -> f64 {
        match self {
            Self::MseSign => outputs
                .iter()
                .map(|&x| (f64::from(x) - f64::from(sign(label))).powi(2))
                .sum(),
            Self::MseOneHot => outputs
                .iter()
                .enumerate()
                .map(|(class, &x)| {
                    let y = if class == usize::from(label) {
                        1.0
                    } else {
                        0.0
                    };
                    (f64::from(x) - y).powi(2)
                })
                .sum(),
            Self::CrossEntropy => {
                let largest = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let sum: f64 = outputs.iter().map(|&x| f64::from(x - largest).exp()).sum();
                sum.ln() - f64::from(outputs[usize::from(label)] - largest)
            }
        }
    }

    /// The class that the outputs of one sample say. Equal outputs say the first of them.
    #[must_use]
    pub fn class_of(self, outputs: &[f32]) -> u8 {
        match self {
            Self::MseSign => u8::from(outputs[0] > 0.0),
            Self::MseOneHot | Self::CrossEntropy => {
                let mut best = 0;
                for class in 1..outputs.len() {
                    if outputs[class] > outputs[best] {
                        best = class;
                    }
                }
                // Labels are bytes, so there are at most 256 classes.
                u8::try_from(best).unwrap_or(u8::MAX)
            }
        }
    }
}

fn sign(label: u8) -> f32 {
    if label == 0 { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_and_host_compute_the_same_loss() {
        let device = Device::flex();
        let outputs = [[0.3_f32, -1.2, 2.5], [-0.7, 0.1, 0.4], [40.0, -40.0, 0.0]];
        let labels = [2, 0, 1];
        for (loss, width) in [
            (Loss::CrossEntropy, 3),
            (Loss::MseOneHot, 3),
            (Loss::MseSign, 1),
        ] {
            let rows: Vec<&[f32]> = outputs.iter().map(|row| &row[..width]).collect();
            // With one output there are two classes.
            let labels = labels.map(|label: u8| label.min(width as u8));
            let data = TensorData::new(rows.concat(), [3, width]);
            let targets = loss.targets(&labels, width, &device);
            let mean = loss.mean(Tensor::from_data(data, &device), targets);
            let found = f64::from(mean.into_scalar::<f32>());
            let expected: f64 = rows
                .iter()
                .zip(labels)
                .map(|(row, label)| loss.of_sample(row, label) / 3.0)
                .sum();
            // f32 against f64, and no cancellation: a few units in the seventh digit.
            assert!(
                (found / expected - 1.0).abs() < 1e-6,
                "{loss:?}: {found} and {expected}"
            );
        }
    }

    #[test]
    fn losses_of_single_samples_are_the_documented_ones() {
        assert!((Loss::MseSign.of_sample(&[0.5], 0) - 2.25).abs() < 1e-12);
        assert!((Loss::MseSign.of_sample(&[0.5], 1) - 0.25).abs() < 1e-12);
        assert!((Loss::MseOneHot.of_sample(&[0.5, 0.0, 1.0], 2) - 0.25).abs() < 1e-12);
        assert!((Loss::CrossEntropy.of_sample(&[0.0; 10], 3) - 10.0_f64.ln()).abs() < 1e-12);
        // Far out there is no overflow: the loss is the distance to the winner.
        assert!((Loss::CrossEntropy.of_sample(&[3e4, 0.0], 1) - 3e4).abs() < 1e-6);
    }

    #[test]
    fn the_class_is_the_sign_or_the_first_of_the_largest() {
        assert_eq!(Loss::MseSign.class_of(&[0.1]), 1);
        assert_eq!(Loss::MseSign.class_of(&[-0.1]), 0);
        assert_eq!(Loss::CrossEntropy.class_of(&[1.0, 3.0, 3.0]), 1);
        assert_eq!(Loss::MseOneHot.class_of(&[f32::NAN, 0.0]), 0);
    }
}
