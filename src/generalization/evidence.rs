//! What the judge is shown: what was measured of a network, epoch by epoch, and what happened on the way.

use serde::{Deserialize, Serialize};

use super::gap::{CONFIDENCE, Proportion};
use super::mean::Moments;
use super::regression::Explained;

/// One frozen network on one split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// How good the answers are.
    pub score: Score,
    /// Of the per-sample losses.
    pub loss: Moments,
}

/// How good the answers of one split are, in a unit that people know.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Score {
    /// Right answers among the samples, where these have classes.
    Accuracy(Proportion),
    /// What is explained of the numbers, where these are to be predicted; the losses are squared errors, in variances of the
    /// training split.
    R2(Explained),
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
    /// What has become of the losses since the best epoch so far; absent at that epoch itself.
    pub since_best: Option<LossChange>,
}

/// This epoch's per-sample losses minus those of the epoch with the lowest validation loss so far, sample by sample.
///
/// After the best epoch of all, that is the best epoch of all: nothing needs to be kept but one epoch's losses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossChange {
    /// Over the measured training samples, the same ones in both epochs.
    pub train: Moments,
    /// Over the validation samples.
    pub validation: Moments,
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

/// Which samples, not trained on, the kept network is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum HeldOut {
    /// The test split, which chose nothing.
    Test,
    /// The validation split, whose loss also chose the kept network.
    Validation {
        /// Among the networks of so many epochs.
        chosen_among: usize,
    },
}

/// A choice among so many epochs is not made up for: "learned" of an intolerable gap then stays below 5 % by itself.
const HARMLESS_CHOICE: usize = 10;

/// What "learned" asks for after a choice among more epochs.
const CONFIDENCE_AFTER_CHOICE: f64 = 0.99;

impl HeldOut {
    /// Of the interval that has to lie below the tolerance.
    ///
    /// The network with the lowest validation loss owes its validation accuracy partly to luck. At 95 % confidence,
    /// luck of up to 0.3 standard errors leaves "learned" wrong in at most 5 % of runs (1.96 − 1.64), at 99 % up to 0.9
    /// (2.58 − 1.64). `simulation.rs` finds 0.2 to 0.3 on a plateau of 10 epochs and 0.4 to 0.7 on one of 50.
    pub(super) fn confidence_to_learn(self) -> f64 {
        match self {
            Self::Validation { chosen_among } if chosen_among > HARMLESS_CHOICE => {
                CONFIDENCE_AFTER_CHOICE
            }
            Self::Validation { .. } | Self::Test => CONFIDENCE,
        }
    }

    /// As a reason says it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Validation { .. } => "validation",
        }
    }
}

/// Everything a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence<'a> {
    /// One entry for each measured epoch, in order; training may be measured on a fixed subset of its split.
    pub history: &'a [EpochMeasurement],
    /// The network that is kept, on the whole training split and on the whole of what is held out, as `held_out` says.
    pub selected: EpochMeasurement,
    /// What `selected.validation` was measured on.
    pub held_out: HeldOut,
    /// The accuracy of always answering the most frequent training class: on validation if there is one, else on
    /// training. 0 where the answers are numbers: the R² of always answering their mean.
    pub baseline: f64,
    /// As configured; fewer are in the history of a run that was stopped.
    pub epochs_planned: usize,
    /// Whether and where training broke down.
    pub diverged: Option<Divergence>,
    /// What methods without this network score on samples that they have not seen; none where nobody asked them.
    pub simpler: &'a [SimplerMethod],
}

/// A baseline's score on validation, or on a part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimplerMethod {
    /// `nearest neighbour`
    pub name: &'static str,
    /// How good its answers are.
    pub answered: Answered,
}

/// What a simpler method is compared by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answered {
    /// Right answers, of classes.
    Right(Proportion),
    /// Squared errors of numbers, in variances of the training split.
    Errors(Moments),
}

impl Answered {
    /// Right answers, none of none where the answers are numbers.
    pub(super) fn right(self) -> Proportion {
        match self {
            Self::Right(right) => right,
            Self::Errors(_) => NO_ANSWER,
        }
    }
}

/// What can be said of the classes where the answers are numbers.
const NO_ANSWER: Proportion = Proportion {
    successes: 0,
    trials: 0,
};

impl Measurement {
    /// Right answers among the samples; none of none where the answers are numbers.
    #[must_use]
    pub fn accuracy(&self) -> Proportion {
        match self.score {
            Score::Accuracy(accuracy) => accuracy,
            Score::R2(_) => NO_ANSWER,
        }
    }

    /// What is explained of the numbers; `None` where the answers are classes.
    #[must_use]
    pub fn explained(&self) -> Option<Explained> {
        match self.score {
            Score::Accuracy(_) => None,
            Score::R2(explained) => Some(explained),
        }
    }

    /// How many samples were answered.
    #[must_use]
    pub fn samples(&self) -> u64 {
        match self.score {
            Score::Accuracy(accuracy) => accuracy.trials,
            Score::R2(_) => self.loss.count,
        }
    }
}

impl EpochMeasurement {
    /// The validation measurement, unless it counted nothing.
    pub(super) fn held_out(&self) -> Option<Measurement> {
        self.validation
            .filter(|measurement| measurement.samples() > 0)
    }
}
