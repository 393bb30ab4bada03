//! What the judge is shown: what was measured of a network, epoch by epoch, and what happened on the way.

use serde::Serialize;

use super::gap::{Moments, Proportion};

/// One frozen network on one split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measurement {
    /// Right answers among the samples.
    pub accuracy: Proportion,
    /// Of the per-sample losses.
    pub loss: Moments,
}

/// One epoch's frozen network on both splits, measured the same way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EpochMeasurement {
    /// Counted from 1.
    pub epoch: usize,
    /// The training split, or a fixed part of it.
    pub train: Measurement,
    /// Absent if nothing is held out, or if this epoch did not measure it.
    pub validation: Option<Measurement>,
}

/// Where training broke down: the loss, a gradient or a weight stopped being a finite number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Divergence {
    /// Counted from 1.
    pub epoch: usize,
    /// Counted from 1 within the epoch; absent where the measurement after the epoch found it.
    pub step: Option<usize>,
    /// With which it happened.
    pub learning_rate: f64,
}

/// Everything a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence<'a> {
    /// One entry for each measured epoch, in order; training may be measured on a fixed subset of its split.
    pub history: &'a [EpochMeasurement],
    /// The network that is kept, on the whole training split and the whole validation split.
    pub selected: EpochMeasurement,
    /// The accuracy of always answering the most frequent training class: on validation if there is one, else on
    /// training.
    pub baseline: f64,
    /// As configured; fewer are in the history of a run that was stopped.
    pub epochs_planned: usize,
    /// Whether and where training broke down.
    pub diverged: Option<Divergence>,
}

impl EpochMeasurement {
    /// The validation measurement, unless it counted nothing.
    pub(super) fn held_out(&self) -> Option<Measurement> {
        self.validation
            .filter(|measurement| measurement.accuracy.trials > 0)
    }
}
