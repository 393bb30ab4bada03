//! Targets of mixed samples: what two labels say together, by their weights.
//!
//! For cross-entropy the loss against the mixed target *is* the weighted mean of the two losses (Zhang et al. 2018, equation 1).
//! For squared errors it is less by `w (1 − w) ‖y − y'‖²`, on which the network has no influence: the gradients are equal.

use burn::tensor::{Device, Tensor, TensorData};

use super::architecture::Loss;
use super::loss::sign;
use super::targets::{Aim, Targets};
use crate::data::augmentation::Mixture;
use crate::data::{Expected, Targets as Host};

impl Aim {
    /// These targets, those of a batch, mixed.
    #[must_use]
    pub fn mixed_targets(
        &self,
        loss: Loss,
        targets: &Host,
        mixture: &Mixture,
        device: &Device,
    ) -> Targets {
        let labels = targets.labels();
        let mut rows: Vec<f32> = match loss {
            Loss::MseSign => labels.iter().map(|&label| sign(label)).collect(),
            Loss::MseOneHot => Self::plain(self.classes()).shares(labels),
            Loss::MseNumber => targets.numbers().iter().map(|&y| y as f32).collect(),
            Loss::CrossEntropy => self.shares(labels),
        };
        mixture.mix(&mut rows);
        let width = rows.len() / targets.len().max(1);
        let rows = Tensor::from_data(TensorData::new(rows, [targets.len(), width]), device);
        match loss {
            Loss::MseSign | Loss::MseOneHot | Loss::MseNumber => Targets::Values(rows),
            Loss::CrossEntropy => Targets::Shares(rows),
        }
    }
}

impl Loss {
    /// The loss of one mixed sample on the host, as [`Loss::mean`] has it: its own target has `weight`, its partner's the rest.
    #[must_use]
    pub fn of_mixed_sample(
        self,
        outputs: &[f32],
        [own, partner]: [Expected; 2],
        weight: f64,
    ) -> f64 {
        let rest = 1.0 - weight;
        let mean = weight * self.of_sample(outputs, own) + rest * self.of_sample(outputs, partner);
        // ‖y − y'‖²
        let apart = match (self, own, partner) {
            (_, Expected::Number(y), Expected::Number(other)) => (y - other).powi(2),
            _ if own == partner => 0.0,
            (Self::MseSign, ..) => 4.0,
            (Self::MseOneHot, ..) => 2.0,
            (Self::CrossEntropy | Self::MseNumber, ..) => 0.0,
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
            let targets_of = Host::from(labels.to_vec());
            let mixture = mixture();
            let targets = Aim::plain(width).mixed_targets(loss, &targets_of, &mixture, &device);
            let data = TensorData::new(rows.concat(), [3, width]);
            let mean = loss.mean(Tensor::from_data(data, &device), targets);
            let found = f64::from(mean.into_scalar::<f32>());
            let expected: f64 = (0..3)
                .map(|place| {
                    let pair =
                        [labels[place], labels[mixture.partners[place]]].map(Expected::Class);
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
        let labels = Host::from(vec![2_u8, 0, 1]);
        for loss in [Loss::CrossEntropy, Loss::MseOneHot] {
            let of = |targets| loss.mean(outputs.clone(), targets).into_scalar::<f32>();
            let hard = of(Aim::plain(3).targets(loss, &labels, &device));
            let soft = of(Aim::plain(3).mixed_targets(loss, &labels, &alone, &device));
            assert!((hard - soft).abs() < 1e-6 * hard, "{hard} and {soft}");
        }
    }

    #[test]
    fn the_gradient_of_mixed_cross_entropy_is_softmax_minus_target() {
        let device = Device::flex().autodiff();
        let (labels, mixture) = ([2_u8, 0, 1], mixture());
        let data = TensorData::new(OUTPUTS.concat(), [3, 3]);
        let outputs: Tensor<2> = Tensor::from_data(data, &device).require_grad();
        let targets = Aim::plain(3).mixed_targets(
            Loss::CrossEntropy,
            &Host::from(labels.to_vec()),
            &mixture,
            &device,
        );
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
