//! A step in two shards at the same time: each goes forward and backward through half of the samples, and the gradients are added up
//! (synchronous data parallelism, as several devices do it).
//!
//! The kernels divide their work among the cores too, but what lies between them, such as burn's graph, views that are copied and
//! the batch that is put together, is done by one core; in shards it is done by two. How many shards there are depends on the network
//! and the batch and not on the machine, so that a run has the same bits with any number of cores.

use burn::tensor::{DType, Device};

use crate::data::Augmentation;
use crate::model::{Architecture, Layer, Operation, kernels};

/// Of a step.
const SHARDS: usize = 2;

/// Multiplications of a shard's forward pass that are worth a graph of its own.
const WORTH: u64 = 8_000_000;

/// In how many shards batches of `size` samples are computed: 1 where they are small, or where a sample's result depends on the
/// others or on its place in the batch.
#[must_use]
pub(super) fn shards(
    architecture: &Architecture,
    augmentation: &Augmentation,
    size: usize,
    device: &Device,
) -> usize {
    let samples = (size / SHARDS) as u64;
    let worth = architecture.multiply_adds().saturating_mul(samples) >= WORTH;
    let on_cores = kernels::is_on(device) && kernels::in_use(DType::F32).is_some();
    let alone = !augmentation.mixes() && architecture.layers.iter().all(is_of_single_samples);
    if worth && on_cores && alone {
        SHARDS
    } else {
        1
    }
}

fn is_of_single_samples(layer: &Layer) -> bool {
    match &layer.operation {
        Operation::BatchNorm { .. } | Operation::Dropout { .. } | Operation::Dropout2d { .. } => {
            false
        }
        Operation::Residual(block) => {
            let mut parts = block.main.iter().chain(&block.shortcut);
            parts.all(|part| is_of_single_samples(&part.layer))
        }
        _ => true,
    }
}
