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
}

impl Loss {
    /// The targets of samples with these labels.
    #[must_use]
    pub fn targets(self, labels: &[u8], classes: usize, device: &Device) -> Targets {
        let samples = labels.len();
        match self {
            Self::MseSign => {
                let signs: Vec<f32> = labels.iter().map(|&label| sign(label)).collect();
                Targets::Values(Tensor::from_data(TensorData::new(signs, [samples, 1]), device))
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
                Targets::Classes(Tensor::from_data(TensorData::new(indices, [samples, 1]), device))
            }
        }
    }

    /// The mean loss of a batch: shape `[1]`.
    #[must_use]
    pub fn mean(self, outputs: Tensor<2>, targets: Targets) -> Tensor<1> {
        match targets {
            Targets::Values(y) => {
                let [samples, _] = y.dims();
                let error = outputs - y;
                (error.clone() * error).sum() / samples as f64
            }
            Targets::Classes(classes) => log_softmax(outputs, 1).gather(1, classes).mean().neg(),
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
                    let y = if class == usize::from(label) { 1.0 } else { 0.0 };
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
