//! Which part of a step takes how long, for `brecha bench`.
//!
//! While a run trains it is off: to time a part, the device has to be waited for behind it, and a step waits for it once.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use burn::tensor::Device;

/// A part of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Samples are gathered, changed and put where the network is.
    Batch,
    /// From the samples to the loss.
    Forward,
    /// From the loss to the gradients.
    Backward,
    /// Outputs, loss and the norm of the gradient come to the host.
    Read,
    /// Gradients are added up, and the optimizer moves the weights.
    Update,
    /// What the loop does between two steps.
    Between,
}

impl Phase {
    /// All of them, in the order of a step.
    pub const ALL: [Self; 6] = [
        Self::Batch,
        Self::Forward,
        Self::Backward,
        Self::Read,
        Self::Update,
        Self::Between,
    ];

    /// In reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Forward => "forward",
            Self::Backward => "backward",
            Self::Read => "read",
            Self::Update => "update",
            Self::Between => "between",
        }
    }
}

/// Times parts of steps, or does nothing.
#[derive(Clone, Debug, Default)]
pub struct Stopwatch(Option<Running>);

#[derive(Clone, Debug)]
struct Running {
    seconds: Arc<Mutex<[f64; Phase::ALL.len()]>>,
    device: Device,
    /// How many go on at the same time.
    shards: f64,
    last: Cell<Instant>,
}

impl Stopwatch {
    /// Begins now; waits for this device behind each part.
    #[must_use]
    pub fn on(device: Device) -> Self {
        Self(Some(Running {
            seconds: Arc::default(),
            device,
            shards: 1.0,
            last: Cell::new(Instant::now()),
        }))
    }

    /// For one of so many shards that are computed at the same time: what each of them takes counts by its share.
    pub(super) fn of_shard(&self, shards: usize) -> Self {
        Self(self.0.clone().map(|running| Running {
            shards: shards as f64,
            last: Cell::new(Instant::now()),
            ..running
        }))
    }

    /// The same for a shard on a device of its own.
    pub(super) fn of_replica(&self, shards: usize, device: &Device) -> Self {
        Self(self.of_shard(shards).0.map(|running| Running {
            device: device.clone(),
            ..running
        }))
    }

    /// Behind this part of a step.
    pub(super) fn lap(&self, phase: Phase) {
        if let Some(running) = &self.0 {
            // Whether the device fails is seen where its numbers are read.
            let _ = running.device.sync();
            let now = Instant::now();
            let seconds = (now - running.last.replace(now)).as_secs_f64();
            let mut laps = running
                .seconds
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            laps[phase as usize] += seconds / running.shards;
        }
    }

    /// Leaves the time since the last part out.
    pub(super) fn skip(&self) {
        if let Some(running) = &self.0 {
            running.last.set(Instant::now());
        }
    }

    /// Forgets what was timed so far.
    pub fn reset(&self) {
        if let Some(running) = &self.0 {
            *running
                .seconds
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Default::default();
        }
    }

    /// Seconds of each of [`Phase::ALL`]; zeros where it is off.
    #[must_use]
    pub fn seconds(&self) -> [f64; Phase::ALL.len()] {
        self.0.as_ref().map_or_else(Default::default, |running| {
            *running
                .seconds
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        })
    }
}
