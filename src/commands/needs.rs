//! What a run takes of memory and disk, estimated from its shapes; and that it is there.
//!
//! Refused is only what cannot fit: the estimate that refuses counts what has to be there at the same time, and neither what
//! kernels need in between nor what the allocator keeps.

use std::path::Path;

use super::plan::Plan;
use crate::config::{BatchSize, OptimizerConfig};
use crate::data::Split;
use crate::data::memory::size;
use crate::error::Error;
use crate::machine::limits;
use crate::model::Layer;

/// Bytes of a number of the network.
const NUMBER: u64 = 4;

/// Of a checkpoint besides its tensors: the configuration, the history of some epochs.
const STATE: u64 = 1 << 16;

/// In bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Needs {
    /// The values of all samples that are in memory already.
    pub(super) data: u64,
    /// Weights, gradients, and what the optimizer remembers.
    pub(super) parameters: u64,
    /// What every layer makes of a batch, kept for the way back.
    pub(super) batch: u64,
    /// A file of `checkpoints/`.
    pub(super) checkpoint: u64,
}

impl Needs {
    /// Of training as planned, with so many networks that are kept to be looked at.
    pub(super) fn of(plan: &Plan, frames: usize) -> Self {
        let weights = plan.architecture.parameters().saturating_mul(NUMBER);
        let moments = moments(&plan.config.training.optimizer);
        let samples = plan.dataset.indices(Split::Train).len();
        let training = match plan.config.training.batch_size {
            BatchSize::Full => samples,
            BatchSize::Samples(size) => size.min(samples),
        };
        let measured = plan.dataset.indices(Split::MeasuredTrain).len()
            + plan.dataset.indices(Split::Validation).len();
        Self {
            data: plan.dataset.samples().values.bytes_in_memory() as u64,
            parameters: weights.saturating_mul(2 + moments),
            batch: values(plan)
                .saturating_mul(NUMBER)
                .saturating_mul(training as u64),
            // The network, the best one, those that are looked at; and the loss of each measured sample at the best epoch.
            checkpoint: weights
                .saturating_mul(2 + moments + frames as u64)
                .saturating_add(8 * measured as u64)
                .saturating_add(STATE),
        }
    }

    /// Refuses what does not fit into the memory that is left. On a device with memory of its own, only the weights pass through it.
    pub(super) fn check_memory(&self, plan: &Plan) -> Result<(), Error> {
        let weights = plan.architecture.parameters().saturating_mul(NUMBER);
        if plan.backend.computes_in_memory() {
            limits::check_memory(self.parameters.saturating_add(self.batch), || {
                format!(
                    "parameters with gradients and moments {}, values of a batch {}",
                    size(self.parameters),
                    size(self.batch)
                )
            })?;
        } else {
            limits::check_memory(weights, || format!("parameters {}", size(weights)))?;
        }
        Ok(())
    }

    /// Refuses a disk without room for three checkpoints. The folder need not be there yet.
    pub(super) fn check_disk(&self, folder: &Path) -> Result<(), Error> {
        // `artifacts` is in the working directory.
        let there = folder
            .ancestors()
            .map(|folder| {
                if folder == Path::new("") {
                    Path::new(".")
                } else {
                    folder
                }
            })
            .find(|folder| folder.is_dir());
        if let Some(folder) = there {
            limits::check_disk(folder, self.checkpoint)?;
        }
        Ok(())
    }
}

/// What a sample becomes in all layers, and itself.
pub(super) fn values(plan: &Plan) -> u64 {
    let layers = plan.architecture.layers.iter().map(Layer::values);
    let input = plan.architecture.input.len() as u64;
    layers.fold(input, u64::saturating_add)
}

/// How many numbers an optimizer remembers of each parameter.
fn moments(optimizer: &OptimizerConfig) -> u64 {
    match optimizer {
        OptimizerConfig::Sgd(sgd) => u64::from(sgd.momentum > 0.0),
        OptimizerConfig::Adam(_) | OptimizerConfig::AdamW(_) => 2,
        OptimizerConfig::RmsProp(rms) => 1 + u64::from(rms.momentum > 0.0),
        OptimizerConfig::Lion(_) => 1,
    }
}
