//! Targets of mixed samples: what two labels say together, by their weights.
//!
//! For cross-entropy the loss against the mixed target *is* the weighted mean of the two losses (Zhang et al. 2018, equation 1).
//! For squared errors it is less by `w (1 − w) ‖y − y'‖²`, on which the network has no influence: the gradients are equal.

use burn::tensor::{Device, Tensor, TensorData};

use super::architecture::Loss;
use super::loss::Targets;
use crate::data::augmentation::Mixture;

impl Loss {
    /// The targets of samples with these labels, mixed.
    #[must_use]
    pub fn mixed_targets(
        self,
        labels: &[u8],
        mixture: &Mixture,
        classes: usize,
        device: &Device,
    ) -> Targets {
        let width = match self {
            Self::MseSign => 1,
            Self::MseOneHot | Self::CrossEntropy => classes,
        };
        let mut rows = vec![0.0_f32; labels.len() * width];
        for (place, row) in rows.chunks_exact_mut(width).enumerate() {
            let weight = mixture.weights[place];
            self.add_target(labels[place], weight, row);
            self.add_target(labels[mixture.partners[place]], 1.0 - weight, row);
        }
        let rows = Tensor::from_data(TensorData::new(rows, [labels.len(), width]), device);
        match self {
            Self::MseSign | Self::MseOneHot => Targets::Values(rows),
            Self::CrossEntropy => Targets::Shares(rows),
        }
    }

    fn add_target(self, label: u8, weight: f32, row: &mut [f32]) {
        match self {
            Self::MseSign => row[0] += if label == 0 { -weight } else { weight },
            Self::MseOneHot | Self::CrossEntropy => row[usize::from(label)] += weight,
        }
    }

    /// The loss of one mixed sample on the host, as [`Loss::mean`] has it: `label` has `weight`, `partner` the rest.
    #[must_use]
    pub fn of_mixed_sample(self, outputs: &[f32], [label, partner]: [u8; 2], weight: f64) -> f64 {
        let rest = 1.0 - weight;
        let mean =
            weight * self.of_sample(outputs, label) + rest * self.of_sample(outputs, partner);
        // ‖y − y'‖²
        let apart = match self {
            _ if label == partner => 0.0,
            Self::MseSign => 4.0,
            Self::MseOneHot => 2.0,
            Self::CrossEntropy => 0.0,
        };
        mean - weight * rest * apart
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUTS: [[f32; 3]; 3] = [[0.3, -1.2, 2.5], [-0.7, 0.1, 0.4], [4.0, -4.0, 0.0]];

    fn mixture() -> Mixture {
        Mixture {
            partners: vec![1, 2, 2],
            weights: vec![0.75, 0.5, 0.9],
        }
    }

    #[test]
    fn tensors_and_host_compute_the_same_mixed_loss() {
        let device = Device::flex();
        for (loss, width) in [
            (Loss::CrossEntropy, 3),
            (Loss::MseOneHot, 3),
            (Loss::MseSign, 1),
        ] {
            let rows: Vec<&[f32]> = OUTPUTS.iter().map(|row| &row[..width]).collect();
            let labels = [2, 0, 1].map(|label: u8| label.min(width as u8));
            let mixture = mixture();
            let targets = loss.mixed_targets(&labels, &mixture, width, &device);
            let data = TensorData::new(rows.concat(), [3, width]);
            let mean = loss.mean(Tensor::from_data(data, &device), targets);
            let found = f64::from(mean.into_scalar::<f32>());
            let expected: f64 = (0..3)
                .map(|place| {
                    let pair = [labels[place], labels[mixture.partners[place]]];
                    let weight = f64::from(mixture.weights[place]);
                    loss.of_mixed_sample(rows[place], pair, weight) / 3.0
                })
                .sum();
            // f32 against f64, and no cancellation: a few units in the seventh digit.
            assert!(
                (found / expected - 1.0).abs() < 1e-6,
                "{loss:?}: {found} and {expected}"
            );
        }
    }

    #[test]
    fn a_target_of_one_class_is_that_class() {
        let device = Device::flex();
        let alone = Mixture {
            partners: vec![0, 1, 2],
            weights: vec![0.6, 0.5, 1.0],
        };
        let data = TensorData::new(OUTPUTS.concat(), [3, 3]);
        let outputs: Tensor<2> = Tensor::from_data(data, &device);
        let labels = [2, 0, 1];
        for loss in [Loss::CrossEntropy, Loss::MseOneHot] {
            let of = |targets| loss.mean(outputs.clone(), targets).into_scalar::<f32>();
            let hard = of(loss.targets(&labels, 3, &device));
            let soft = of(loss.mixed_targets(&labels, &alone, 3, &device));
            assert!((hard - soft).abs() < 1e-6 * hard, "{hard} and {soft}");
        }
    }

    #[test]
    fn the_gradient_of_mixed_cross_entropy_is_softmax_minus_target() {
        let device = Device::flex().autodiff();
        let (labels, mixture) = ([2, 0, 1], mixture());
        let data = TensorData::new(OUTPUTS.concat(), [3, 3]);
        let outputs: Tensor<2> = Tensor::from_data(data, &device).require_grad();
        let targets = Loss::CrossEntropy.mixed_targets(&labels, &mixture, 3, &device);
        let gradients = Loss::CrossEntropy.mean(outputs.clone(), targets).backward();
        let found: Vec<f32> = outputs
            .grad(&gradients)
            .unwrap()
            .into_data()
            .iter()
            .collect();
        for (place, row) in OUTPUTS.iter().enumerate() {
            let sum: f64 = row.iter().map(|&x| f64::from(x).exp()).sum();
            let weight = f64::from(mixture.weights[place]);
            for class in 0..3 {
                let mut target = 0.0;
                for (label, share) in [
                    (labels[place], weight),
                    (labels[mixture.partners[place]], 1.0 - weight),
                ] {
                    if usize::from(label) == class {
                        target += share;
                    }
                }
                let expected = (f64::from(row[class]).exp() / sum - target) / 3.0;
                let found = f64::from(found[3 * place + class]);
                // A difference of numbers below 1 in f32.
                assert!((found - expected).abs() < 1e-6, "{found} and {expected}");
            }
        }
    }
}
