//! What is drawn for one sample: a stream of its own, from which every operation takes the same number of draws whether
//! it happens or not.

use rand_chacha::ChaCha8Rng;

use super::Visit;
use crate::data::synthetic::random::unit;
use crate::random::{Purpose, generator};

/// The draws of (seed, epoch, sample), one after the other.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    pub(super) fn new(visit: Visit, sample: u32) -> Self {
        let Visit { seed, epoch } = visit;
        Self(generator(
            seed,
            Purpose::Augmentation,
            epoch as u64,
            u64::from(sample),
        ))
    }

    /// Uniform in [0, 1).
    pub(super) fn unit(&mut self) -> f64 {
        unit(&mut self.0)
    }

    /// True with this probability.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform in [low, high).
    pub(super) fn between(&mut self, [low, high]: [f64; 2]) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform among the whole numbers from −`most` to `most`.
    pub(super) fn whole(&mut self, most: usize) -> f64 {
        (self.unit() * (2 * most + 1) as f64).floor() - most as f64
    }

    /// Uniform among the first `count` numbers from 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.unit() * count as f64) as usize
    }
}
