//! The loss, twice: on tensors, where autodiff needs it, and on the host, where it is measured.
//!
//! For one sample with outputs `x` and class `c`, or the number `v` of a training split with mean `m` and deviation `s`:
//!
//! | loss | target `y` | per sample | answer of an output |
//! |---|---|---|---|
//! | `mse`, one output | −1 for class 0, +1 for class 1 | `(x − y)²` | 1 if `x > 0`, else 0 |
//! | `mse`, several | one-hot: `y_c = 1`, others 0 | `Σ_k (x_k − y_k)²` | the largest `x_k` |
//! | `cross-entropy` | the class itself | `ln Σ_k exp(x_k) − x_c` | the largest `x_k` |
//! | `mse`, a number | `(v − m) / s` | `(x − y)²` | `m + s x` |
//!
//! So the squared error of a number counts in variances of the training split: 1 is that of always answering its mean.
//!
//! The loss of a batch is the mean over its samples, as in the lecture's `E_in = 1/N Σ (h(x_n) − y_n)²`.
//! Two of the measured numbers never come from the tensors: per-sample losses and classes are computed here in
//! f64 from the outputs, the same way whatever back end produced them.

use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

use super::architecture::Loss;
use super::targets::Targets;
use crate::data::Expected;

impl Loss {
    /// The mean loss of a batch: shape `[1]`.
    #[must_use]
    pub fn mean(self, outputs: Tensor<2>, targets: Targets) -> Tensor<1> {
        match targets {
            Targets::Values(y) => {
                // ±1, 0 and 1 are exact in any precision; a standardised number was rounded to f32 before.
                let y = y.cast(outputs.dtype());
                let error = outputs - y;
                // Not `/ samples`: the gradient of a division by a number goes through f32 in burn 0.22.1, whatever the
                // precision (burn-autodiff, `float_div_scalar`).
                (error.clone() * error).sum_dim(1).mean()
            }
            Targets::Classes(classes) => log_softmax(outputs, 1).gather(1, classes).mean().neg(),
            Targets::Shares(shares) => {
                let shares = shares.cast(outputs.dtype());
                (shares * log_softmax(outputs, 1)).sum_dim(1).mean().neg()
            }
        }
    }

    /// The loss of one sample, from its outputs. `expected` is a class or a standardised number, as the loss is for; of the
    /// other kind, which no architecture is made for, it is no number.
    #[must_use]
    pub fn of_sample(self, outputs: &[f32], expected: Expected) -> f64 {
        match expected {
            Expected::Class(label) => self.of_class(outputs, label),
            Expected::Number(y) if self == Self::MseNumber => {
                let squares = outputs.iter().map(|&x| (f64::from(x) - y).powi(2));
                squares.sum()
            }
            Expected::Number(_) => f64::NAN,
        }
    }

    fn of_class(self, outputs: &[f32], label: u8) -> f64 {
        match self {
            Self::MseNumber => f64::NAN,
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

    /// The class that the outputs of one sample say. Equal outputs say the first of them; where they say a number, it is
    /// class 0.
    #[must_use]
    pub fn class_of(self, outputs: &[f32]) -> u8 {
        match self {
            Self::MseNumber => 0,
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

pub(super) fn sign(label: u8) -> f32 {
    if label == 0 { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::data::{Targets as Host, Task};
    use crate::model::targets::Aim;

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
            let targets = Aim::plain(width).targets(loss, &labels.to_vec().into(), &device);
            let mean = loss.mean(Tensor::from_data(data, &device), targets);
            let found = f64::from(mean.into_scalar::<f32>());
            let expected: f64 = rows
                .iter()
                .zip(labels)
                .map(|(row, label)| loss.of_sample(row, Expected::Class(label)) / 3.0)
                .sum();
            // f32 against f64, and no cancellation: a few units in the seventh digit.
            assert!(
                (found / expected - 1.0).abs() < 1e-6,
                "{loss:?}: {found} and {expected}"
            );
        }
    }

    #[test]
    fn the_loss_of_numbers_is_the_same_on_tensors() {
        let device = Device::flex();
        let numbers: Host = vec![0.25, -1.5, 3.0].into();
        let outputs = [0.0_f32, -1.0, 3.5];
        let targets = Aim::of(Task::Regression).targets(Loss::MseNumber, &numbers, &device);
        let data = TensorData::new(outputs.to_vec(), [3, 1]);
        let mean = Loss::MseNumber.mean(Tensor::from_data(data, &device), targets);
        // Sixteenths: exact in f32 up to the division by 3.
        let expected = (0.0625 + 0.25 + 0.25) / 3.0;
        assert!((f64::from(mean.into_scalar::<f32>()) - expected).abs() < 1e-7);
        let samples = outputs.iter().zip(numbers.iter());
        let sum: f64 = samples
            .map(|(&x, y)| Loss::MseNumber.of_sample(&[x], y))
            .sum();
        assert!((sum / 3.0 - expected).abs() < 1e-12);
    }

    #[test]
    fn losses_of_single_samples_are_the_documented_ones() {
        assert!((Loss::MseSign.of_sample(&[0.5], Expected::Class(0)) - 2.25).abs() < 1e-12);
        assert!((Loss::MseSign.of_sample(&[0.5], Expected::Class(1)) - 0.25).abs() < 1e-12);
        assert!(
            (Loss::MseOneHot.of_sample(&[0.5, 0.0, 1.0], Expected::Class(2)) - 0.25).abs() < 1e-12
        );
        assert!(
            (Loss::CrossEntropy.of_sample(&[0.0; 10], Expected::Class(3)) - 10.0_f64.ln()).abs()
                < 1e-12
        );
        assert!((Loss::MseNumber.of_sample(&[0.5], Expected::Number(2.0)) - 2.25).abs() < 1e-12);
        assert!(
            Loss::MseSign
                .of_sample(&[0.5], Expected::Number(2.0))
                .is_nan()
        );
        // Far out there is no overflow: the loss is the distance to the winner.
        assert!((Loss::CrossEntropy.of_sample(&[3e4, 0.0], Expected::Class(1)) - 3e4).abs() < 1e-6);
    }

    #[test]
    fn the_class_is_the_sign_or_the_first_of_the_largest() {
        assert_eq!(Loss::MseSign.class_of(&[0.1]), 1);
        assert_eq!(Loss::MseSign.class_of(&[-0.1]), 0);
        assert_eq!(Loss::CrossEntropy.class_of(&[1.0, 3.0, 3.0]), 1);
        assert_eq!(Loss::MseOneHot.class_of(&[f32::NAN, 0.0]), 0);
    }
}
