//! The zeros of dropout, drawn on the host: the same on every back end, and known to whoever wants to check the gradient.

use rand::RngExt;

use super::network::Moment;
use crate::random::{Purpose, generator};

/// The mask of `count` values for the `layer`-th layer (from 0): 0 with probability `rate`, else `1 / (1 − rate)`, so
/// that the expected value stays the same (Srivastava et al. 2014, inverted as everywhere today). A function of
/// (seed, epoch, step, layer).
#[must_use]
pub fn mask(rate: f64, count: usize, layer: usize, moment: Moment) -> Vec<f32> {
    let Moment { seed, epoch, step } = moment;
    // The step takes the upper half of the key's word and the layer the lower one.
    let word = (step as u64) << 32 | layer as u64;
    let mut generator = generator(seed, Purpose::Dropout, epoch as u64, word);
    let kept = (1.0 / (1.0 - rate)) as f32;
    (0..count)
        .map(|_| {
            if generator.random::<f32>() < rate as f32 {
                0.0
            } else {
                kept
            }
        })
        .collect()
}
