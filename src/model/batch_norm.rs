//! Batch normalisation (Ioffe and Szegedy 2015): each feature of a vector, or channel of an image, to mean 0 and variance 1.
//!
//! ```text
//! training     μ and v over the samples (and pixels) of the batch, v with 1/m: the biased variance
//! measuring    μ and v as they have run along in training
//! both         s = γ (x − μ) / √(v + ε) + β
//! ```
//!
//! After each step `running ← (1 − momentum) · running + momentum · batch`, where the batch's variance is taken with
//! `1/(m − 1)`: unbiased, as in the paper's algorithm 2 and in PyTorch. (burn's own module takes the biased one.)
//!
//! The running statistics live on the host, as plain numbers of the network: they travel there with the step's one read
//! (`training::step`), are the same whatever the back end adds first, and no forward pass changes them, so that a gradient
//! check leaves no trace. They are no parameters: no optimizer, norm or gradient sees them.
//!
//! One sample has no variance worth the name. A batch of one, which can only be the rest at an epoch's end, is normalised as in
//! measuring, with the running statistics as constants, and does not change them.

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData};

/// `γ`, `β`, and what has run along.
#[derive(Module, Debug)]
pub struct BatchNorm {
    /// `γ`
    pub(super) weight: Param<Tensor<1>>,
    /// `β`
    pub(super) bias: Param<Tensor<1>>,
    #[module(skip)]
    pub(super) running: Running,
    #[module(skip)]
    pub(super) momentum: f64,
    #[module(skip)]
    pub(super) epsilon: f64,
}

/// Running mean and variance of each channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// 0 before the first step.
    pub mean: Vec<f32>,
    /// 1 before the first step.
    pub variance: Vec<f32>,
}

impl Running {
    /// Before the first step.
    #[must_use]
    pub fn new(channels: usize) -> Self {
        Self {
            mean: vec![0.0; channels],
            variance: vec![1.0; channels],
        }
    }

    /// After a step whose batch had these.
    fn update(&mut self, momentum: f64, mean: &[f32], variance: &[f32]) {
        let pairs = self.mean.iter_mut().zip(mean);
        for (running, &batch) in pairs.chain(self.variance.iter_mut().zip(variance)) {
            let (old, new) = (f64::from(*running), f64::from(batch));
            *running = ((1.0 - momentum) * old + momentum * new) as f32;
        }
    }
}

impl BatchNorm {
    /// Channels are axis 1. In training mode the batch's mean and unbiased variance are added to `statistics`.
    pub(super) fn forward<const D: usize>(
        &self,
        x: Tensor<D>,
        is_training: bool,
        statistics: &mut Vec<Tensor<1>>,
    ) -> Tensor<D> {
        let sizes = x.dims();
        let channels = sizes[1];
        let mut one_per_channel = [1; D];
        one_per_channel[1] = channels;
        let (centred, variance) = if is_training && sizes[0] > 1 {
            let mean = mean(x.clone());
            let centred = x - mean.clone();
            let variance = self::mean(centred.clone() * centred.clone());
            let count = sizes.iter().product::<usize>() / channels;
            let unbiased = count as f64 / (count - 1) as f64;
            statistics.push(mean.detach().reshape([channels]));
            statistics.push(
                variance
                    .clone()
                    .detach()
                    .mul_scalar(unbiased)
                    .reshape([channels]),
            );
            (centred, variance)
        } else {
            let place = |values: &[f32]| {
                let data = TensorData::new(values.to_vec(), one_per_channel);
                Tensor::<D>::from_data(data, (&x.device(), x.dtype()))
            };
            let (mean, variance) = (place(&self.running.mean), place(&self.running.variance));
            (x - mean, variance)
        };
        let gamma = self.weight.val().reshape(one_per_channel);
        let beta = self.bias.val().reshape(one_per_channel);
        centred / variance.add_scalar(self.epsilon).sqrt() * gamma + beta
    }

    /// Takes its own from the front of what the forward pass has said.
    pub(super) fn update<'a>(&mut self, statistics: &'a [f32]) -> &'a [f32] {
        let channels = self.running.mean.len();
        let Some((mean, rest)) = statistics.split_at_checked(channels) else {
            return statistics;
        };
        let Some((variance, rest)) = rest.split_at_checked(channels) else {
            return statistics;
        };
        self.running.update(self.momentum, mean, variance);
        rest
    }
}

/// Over all axes but the channels.
fn mean<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let axes = (0..D).filter(|&axis| axis != 1);
    axes.fold(x, Tensor::mean_dim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_statistics_move_by_the_momentum() {
        let mut running = Running::new(2);
        running.update(0.25, &[4.0, -4.0], &[3.0, 1.0]);
        assert_eq!(running.mean, [1.0, -1.0]);
        assert_eq!(running.variance, [1.5, 1.0]);
    }
}
