//! One step: the gradient of its samples, shortened where it is too long, and the optimizer's update.

use std::sync::Arc;

use burn::optim::GradientsParams;
use burn::tensor::Device;

use super::TrainingError;
use super::accumulation::accumulate;
use super::clipping::clip;
use super::history::Divergence;
use super::loader::Part;
use super::mixed_precision::Half;
use super::optimizer;
use super::reading::{Reading, Unread};
use super::replicas::Replicas;
use super::stopwatch::{Phase, Stopwatch};
use super::update::{Memory, MemoryError, Update};
use crate::config::TrainingConfig;
use crate::model::Network;

pub use super::accumulation::Accumulated;

/// Takes steps, as configured; has the optimizer's moments.
pub struct Descent {
    update: Update,
    half: Option<Half>,
    clipping: Option<f64>,
    /// Parts of a step that are computed at the same time.
    shards: usize,
    /// Where the parts of a step are computed, if there are several devices.
    replicas: Option<Arc<Replicas>>,
    stopwatch: Stopwatch,
}

/// Which step is taken, and how far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stride {
    /// From 1.
    pub epoch: usize,
    /// From 1, within the epoch.
    pub step: usize,
    /// η
    pub learning_rate: f64,
}

impl Descent {
    /// At its beginning.
    #[must_use]
    pub fn new(training: &TrainingConfig, stopwatch: Stopwatch) -> Self {
        Self {
            update: optimizer::build(&training.optimizer),
            half: Half::new(training.mixed_precision),
            clipping: training.gradient_clipping,
            shards: 1,
            replicas: None,
            stopwatch,
        }
    }

    /// With so many parts of a step computed at the same time.
    #[must_use]
    pub(super) fn in_shards(self, shards: usize) -> Self {
        Self { shards, ..self }
    }

    /// With the parts of a step computed on these devices.
    #[must_use]
    pub(super) fn on(self, replicas: Option<Arc<Replicas>>) -> Self {
        Self { replicas, ..self }
    }

    /// What was done since the last step is no part of one.
    pub(super) fn begin_epoch(&self) {
        self.stopwatch.skip();
    }

    /// The gradient of these parts, whose shares sum to 1, as it is; or where numbers stopped being finite.
    ///
    /// # Errors
    ///
    /// The device fails, or samples cannot be read.
    pub fn gradient(
        &self,
        network: &Network,
        parts: &[Part],
        stride: Stride,
    ) -> Result<Result<Accumulated, Divergence>, TrainingError> {
        self.stopwatch.lap(Phase::Between);
        let found = match &self.replicas {
            Some(replicas) => replicas.accumulate(network, parts, self.half, &self.stopwatch)?,
            None => accumulate(network, parts, self.shards, self.half, &self.stopwatch)?,
        };
        Ok(match stride.not_finite(found.reading) {
            Some(divergence) => Err(divergence),
            None => Ok(found),
        })
    }

    /// Whether a step can be taken without a look at its numbers: nothing of it hangs on them.
    pub(super) fn is_blind(&self) -> bool {
        self.clipping.is_none() && self.half.is_none()
    }

    /// The gradient of the one part of a step that [is blind](Self::is_blind), and what it says, still on the device.
    pub(super) fn unread_gradient(
        &self,
        network: &Network,
        part: Part,
    ) -> Result<(GradientsParams, Unread), TrainingError> {
        self.stopwatch.lap(Phase::Between);
        let batch = part.batch()?;
        self.stopwatch.lap(Phase::Batch);
        Ok(network.gradients(batch, &self.stopwatch))
    }

    /// The network a step further along such a gradient.
    pub(super) fn follow_unread(
        &mut self,
        network: Network,
        gradients: GradientsParams,
        stride: Stride,
    ) -> Network {
        let network = self.update.step(stride.learning_rate, network, gradients);
        self.stopwatch.lap(Phase::Update);
        network
    }

    /// The network a step further along the gradient.
    pub fn follow(&mut self, network: Network, found: Accumulated, stride: Stride) -> Network {
        let gradients = match self.clipping {
            Some(limit) => clip(
                &network,
                found.gradients,
                found.reading.gradient_norm,
                limit,
            ),
            None => found.gradients,
        };
        let rate = stride.learning_rate;
        let mut network = self.update.step(rate, network, gradients);
        for statistics in &found.statistics {
            network.update_statistics(statistics);
        }
        self.stopwatch.lap(Phase::Update);
        network
    }
}

impl Descent {
    /// What the optimizer remembers of each parameter.
    #[must_use]
    pub fn memories(&self) -> Vec<Option<Memory>> {
        self.update.memories()
    }

    /// Lets the optimizer remember this of the parameters of `network`, on a device without autodiff.
    ///
    /// # Errors
    ///
    /// It was remembered of another network, or by another optimizer.
    pub fn remember(
        &mut self,
        memories: &[Option<Memory>],
        network: &Network,
        device: &Device,
    ) -> Result<(), MemoryError> {
        self.update.remember(memories, network, device)
    }
}

impl Stride {
    pub(super) fn not_finite(self, reading: Reading) -> Option<Divergence> {
        let quantities = [
            ("loss", reading.loss),
            ("gradient norm", reading.gradient_norm),
        ];
        let (quantity, value) = quantities
            .into_iter()
            .find(|(_, value)| !value.is_finite())?;
        Some(Divergence {
            epoch: self.epoch,
            step: Some(self.step),
            quantity,
            value: value.to_string(),
            learning_rate: self.learning_rate,
        })
    }
}
