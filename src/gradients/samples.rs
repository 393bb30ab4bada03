//! The samples that gradients are compared on: from the user's own training split, away from kinks.
//!
//! Where a network has kinks, real inputs sit on them: every black pixel under a bias of 0 makes a ReLU's signal
//! exactly 0, and windows full of black tie. So noise is added, uniform within a quarter of the inputs' root mean
//! square, and a sample that is still too near a kink is drawn again. Networks without kinks get the samples as they are.
//! Where batch normalisation makes every sample depend on the others, all of them are drawn again together.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use super::by_hand::HandNetwork;
use super::kinks::{self, Nearest};
use crate::backprop::network::Layer;
use crate::data::{DataError, Dataset, HostBatch, Split, Targets};
use crate::random::{Purpose, generator};

/// How often a sample is drawn again before the best one so far is taken.
const TRIES: usize = 20;

/// Inputs with their targets, and how far they are from kinks.
pub(super) struct Chosen {
    /// One sample after the other.
    pub inputs: Vec<f32>,
    pub targets: Targets,
    pub noise: bool,
    /// Of all kinks the nearest; `None` where there are none.
    pub clearance: Option<f64>,
    /// Position of the last layer of the chain with a kink that is too near.
    last_near_kink: Option<usize>,
}

impl Chosen {
    /// Whether the gradient of what stands before layer `position` may break.
    pub(super) fn near_kink_behind(&self, position: usize) -> bool {
        self.last_near_kink.is_some_and(|kink| kink >= position)
    }
}

/// Chooses `count` samples, of which there are as many; the chain's batch is changed. Fails only where samples that are on
/// disk cannot be read.
pub(super) fn choose(
    dataset: &Dataset,
    hand: &mut HandNetwork,
    count: usize,
    seed: u64,
    needed: f64,
) -> Result<Chosen, DataError> {
    let mut generator = generator(seed, Purpose::GradientSamples, 0, 0);
    let mut order = dataset.indices(Split::Train).to_vec();
    order.shuffle(&mut generator);
    let noise = hand.network.layers.iter().any(kinks::has_kinks);
    let mut chosen = Chosen {
        inputs: Vec::new(),
        targets: dataset.samples().targets.select(&[]),
        noise,
        clearance: None,
        last_near_kink: None,
    };
    let mut candidates = order.iter().cycle();
    let is_batch_norm = |layer: &Layer| matches!(layer, Layer::BatchNorm { .. });
    let together = noise && hand.network.layers.iter().any(is_batch_norm);
    let size = if together { count.max(1) } else { 1 };
    for first in (0..count).step_by(size) {
        let mut best: Option<(f64, Vec<Nearest>, HostBatch)> = None;
        for _ in 0..if noise { TRIES } else { 1 } {
            let drawn: Vec<u32> = candidates.by_ref().take(size).copied().collect();
            let mut batch = dataset.batch(&drawn)?;
            if noise {
                let length = batch.inputs.len() / size;
                for sample in batch.inputs.chunks_mut(length.max(1)) {
                    add_noise(sample, &mut generator);
                }
            }
            hand.set_batch(first..first + size, &batch.targets);
            let kinks = if noise {
                let trace = hand.network.forward(hand.input(&batch.inputs));
                kinks::nearest(&hand.network.layers, &trace)
            } else {
                Vec::new()
            };
            let distances = kinks.iter().map(|kink| kink.distance);
            let distance = distances.fold(f64::INFINITY, f64::min);
            let better = best.as_ref().is_none_or(|(best, ..)| distance > *best);
            if better {
                best = Some((distance, kinks, batch));
            }
            if distance >= needed {
                break;
            }
        }
        if let Some((distance, kinks, batch)) = best {
            chosen.inputs.extend(batch.inputs);
            chosen.targets.extend(batch.targets);
            if noise {
                let nearest = chosen.clearance.unwrap_or(f64::INFINITY);
                chosen.clearance = Some(nearest.min(distance));
            }
            let near = kinks.iter().filter(|kink| kink.distance < needed);
            chosen.last_near_kink = chosen.last_near_kink.max(near.map(|kink| kink.layer).max());
        }
    }
    Ok(chosen)
}

fn add_noise(inputs: &mut [f32], generator: &mut impl Rng) {
    let squares: f64 = inputs.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    let root_mean_square = (squares / inputs.len() as f64).sqrt();
    let amplitude = if root_mean_square > 0.0 {
        root_mean_square / 4.0
    } else {
        1.0
    };
    for x in inputs {
        *x += (amplitude * (2.0 * generator.random::<f64>() - 1.0)) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kink_blurs_what_stands_before_it() {
        let chosen = Chosen {
            inputs: Vec::new(),
            targets: Vec::<u8>::new().into(),
            noise: true,
            clearance: Some(0.0),
            last_near_kink: Some(3),
        };
        assert!(chosen.near_kink_behind(0) && chosen.near_kink_behind(3));
        assert!(!chosen.near_kink_behind(4));
    }
}
