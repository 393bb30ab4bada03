//! A step on several devices (synchronous data parallelism): each computes the gradient of its shard of the batch, and the first one
//! adds them up and moves the weights.
//!
//! The network lives on the first device. In each step its weights are copied to the others, every device goes forward and backward
//! through its shard on a thread of its own, and the gradients come back and are added in the order of the devices, so that a run has
//! the same bits each time. Each shard's loss is multiplied by its share of the step's samples before the backward pass: the sum is the
//! gradient of the mean loss over the whole batch, as one device computes it, but for the order in which numbers of 32 bits are added.
//! What is measured, checked and written is computed on the first device alone.
//!
//! What looks at a batch as a whole looks at a shard instead, as with gradient accumulation: batch normalisation takes mean and variance
//! over each shard, and its running statistics take in one after the other; `mixup` mixes the samples of a shard; dropout
//! draws for each shard anew. A shard has at least two samples where the network normalises over the batch.
//!
//! burn-train has such strategies too. Its multi-device one trains an epoch in a loop of its own, which cannot stop at a step, go on at
//! one, or draw as we do; its DDP steps its workers independently, and needs NCCL.

use std::sync::{Mutex, PoisonError};

use burn::module::Module;
use burn::optim::GradientsAccumulator;
use burn::tensor::Device;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::TrainingError;
use super::accumulation::{Accumulated, gather};
use super::loader::{Loader, Part};
use super::mixed_precision::Half;
use super::panics::caught;
use super::reading::gradient_norm;
use super::stopwatch::Stopwatch;
use crate::fail_point::stumble;
use crate::model::{Architecture, Moment, Network};

/// A device by the name that the configuration and messages have for it.
#[derive(Clone, Debug)]
pub struct NamedDevice {
    /// `cuda:1`
    pub name: String,
    /// Without autodiff.
    pub device: Device,
}

/// Devices that compute steps together.
pub struct Replicas {
    devices: Vec<NamedDevice>,
    /// The same, with autodiff.
    autodiff: Vec<Device>,
    /// With a thread for each device: a back end that keeps a queue for each thread has one of them.
    threads: ThreadPool,
    /// Samples of a shard.
    least: usize,
}

impl Replicas {
    /// For this network; `None` for fewer than two devices.
    pub(super) fn new(
        devices: Vec<NamedDevice>,
        architecture: &Architecture,
    ) -> Result<Option<Self>, TrainingError> {
        if devices.len() < 2 {
            return Ok(None);
        }
        let threads = ThreadPoolBuilder::new()
            .num_threads(devices.len())
            .thread_name(|place| format!("device-{place}"))
            .build()
            .map_err(|error| TrainingError::Device(error.to_string()))?;
        let autodiff = devices.iter().map(|each| each.device.clone().autodiff());
        Ok(Some(Self {
            autodiff: autodiff.collect(),
            devices,
            threads,
            least: if architecture.has_batch_norm() { 2 } else { 1 },
        }))
    }

    /// At least two.
    pub(super) fn count(&self) -> usize {
        self.devices.len()
    }

    /// The samples of one step at `indices`, in batches of `size`, a shard of each for each device.
    pub(super) fn parts<'a>(
        &'a self,
        loader: Loader<'a>,
        indices: &'a [u32],
        size: usize,
        first: Moment,
    ) -> Vec<Part<'a>> {
        loader.shards(&self.autodiff, self.least, indices, size, first)
    }

    /// Forward and backward through each part on its device, whose shares sum to 1.
    pub(super) fn accumulate(
        &self,
        network: &Network,
        parts: &[Part],
        half: Option<Half>,
        stopwatch: &Stopwatch,
    ) -> Result<Accumulated, TrainingError> {
        // A GPU has a queue for each thread, and one does not wait for what another changes in place, as the step before has changed
        // the weights (cubecl 0.11.3).
        self.devices[0].device.sync()?;
        let of_each = |each: &NamedDevice| stopwatch.of_replica(self.count(), &each.device);
        let stopwatches: Vec<_> = self.devices.iter().map(of_each).map(Mutex::new).collect();
        let found = self.threads.broadcast(|thread| {
            let place = thread.index();
            let own = parts.iter().filter(|part| part.place() == place);
            let own: Vec<Part> = own.copied().collect();
            let stopwatch = stopwatches[place].lock();
            let stopwatch = stopwatch.unwrap_or_else(PoisonError::into_inner);
            self.compute(place, network, &own, half, &stopwatch)
        });
        stopwatch.skip();
        let mut whole = Accumulated::nothing();
        let mut accumulator = GradientsAccumulator::new();
        let mut statistics = Vec::new();
        for found in found {
            let Some(found) = found? else {
                continue;
            };
            whole.add(found.samples, found.reading.loss, found.reading.correct);
            accumulator.accumulate(network, found.gradients);
            statistics.push(found.statistics.into_iter());
        }
        // Batch by batch, and within a batch device by device.
        loop {
            let of_batch: Vec<_> = statistics.iter_mut().filter_map(Iterator::next).collect();
            if of_batch.is_empty() {
                break;
            }
            whole.statistics.extend(of_batch);
        }
        whole.gradients = accumulator.grads();
        whole.reading.gradient_norm = gradient_norm(network, &whole.gradients)?;
        Ok(whole)
    }

    /// What one device makes of its parts, with the gradients on the first device; `None` if it has no part.
    fn compute(
        &self,
        place: usize,
        network: &Network,
        own: &[Part],
        half: Option<Half>,
        stopwatch: &Stopwatch,
    ) -> Result<Option<Accumulated>, TrainingError> {
        if own.is_empty() {
            return Ok(None);
        }
        let failed = |reason| TrainingError::OneOfSeveral {
            device: self.devices[place].name.clone(),
            reason,
            is_first: place == 0,
        };
        let found = caught(|| {
            stumble(&format!("device-{place}"));
            let first = &self.devices[0].device;
            let found = if place == 0 {
                gather(network, own, 1, half, stopwatch)?
            } else {
                let weights = network.valid();
                let replica = weights.to_device(&self.devices[place].device).train();
                let mut found = gather(&replica, own, 1, half, stopwatch)?;
                found.gradients = found.gradients.to_device(first, &replica);
                found
            };
            // They are added on another thread.
            first.sync()?;
            Ok(found)
        });
        match found {
            Ok(Ok(found)) => Ok(Some(found)),
            Ok(Err(TrainingError::Device(reason))) => Err(failed(reason)),
            Ok(Err(error)) => Err(error),
            Err(panic) => Err(failed(panic)),
        }
    }
}
