//! Mixup: `x̃ = w x + (1 − w) x'`, and the same of the targets (Zhang et al. 2018, "mixup: beyond empirical risk
//! minimization").
//!
//! The partner `x'` is another sample of the same batch, by a random permutation as in the paper. The weight is drawn for each
//! sample, not once for a batch, so that a batch has weights of all sizes even where it is the whole training split. Of the
//! two weights of a pair the larger one goes to the sample itself: Beta(α, α) is symmetric, so the mixtures are those of the
//! paper, and the sample's own label is always the dominant one. The running accuracy of an epoch counts that label.

use rand::Rng;
use rand::seq::SliceRandom;

use super::Visit;
use crate::data::synthetic::random::{gaussian_pair, unit};
use crate::random::{Purpose, generator};

/// Who is mixed with whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// For each sample the place of its partner in the batch, possibly its own.
    pub partners: Vec<usize>,
    /// For each sample its own weight, ½ to 1.
    pub weights: Vec<f32>,
}

impl Mixture {
    /// For a batch of `samples`; a function of (seed, epoch, step).
    pub(super) fn draw(alpha: f64, samples: usize, visit: Visit, step: usize) -> Self {
        let Visit { seed, epoch } = visit;
        let mut generator = generator(seed, Purpose::Mixup, epoch as u64, step as u64);
        let mut partners: Vec<usize> = (0..samples).collect();
        partners.shuffle(&mut generator);
        let weights = (0..samples).map(|_| {
            let weight = beta(alpha, &mut generator);
            weight.max(1.0 - weight) as f32
        });
        Self {
            weights: weights.collect(),
            partners,
        }
    }

    /// Mixes normalised inputs, sample after sample. Normalisation is affine, so it does not matter that it came first.
    pub fn mix(&self, inputs: &mut [f32]) {
        let length = inputs.len() / self.weights.len().max(1);
        let unmixed = inputs.to_vec();
        let samples = inputs.chunks_exact_mut(length.max(1));
        for ((own, &partner), &weight) in samples.zip(&self.partners).zip(&self.weights) {
            let other = &unmixed[partner * length..][..length];
            for (own, other) in own.iter_mut().zip(other) {
                *own = weight * *own + (1.0 - weight) * other;
            }
        }
    }
}

/// Beta(α, α): `a / (a + b)` of two gamma variates, by their logarithms, since for small α they are too small for numbers.
fn beta(alpha: f64, generator: &mut impl Rng) -> f64 {
    let (a, b) = (log_gamma(alpha, generator), log_gamma(alpha, generator));
    1.0 / (1.0 + (b - a).exp())
}

/// The logarithm of a variate of Gamma(α, 1), by Marsaglia and Tsang 2000: rejection for α + 1, then `u^(1/α)` times that.
fn log_gamma(alpha: f64, generator: &mut impl Rng) -> f64 {
    let d = alpha + 1.0 - 1.0 / 3.0;
    // In (0, 1], so that it is finite.
    let log_unit = |generator: &mut _| (1.0 - unit(generator)).ln();
    loop {
        let [x, _] = gaussian_pair(generator);
        let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
        let accepted = log_unit(generator) < 0.5 * x * x + d - d * v + d * v.ln();
        // Of a negative number the logarithm is none, and nothing is less than that.
        if accepted {
            return (d * v).ln() + log_unit(generator) / alpha;
        }
    }
}
