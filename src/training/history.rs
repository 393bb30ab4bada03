//! What is kept of each epoch, and how a run ended.

use serde::{Deserialize, Serialize};

use super::TrainingError;
use super::frames::Frame;
use super::layer_norms::TensorNorms;
use crate::generalization::{EpochMeasurement, LossChange, Measurement};
use crate::model::Network;

/// One finished epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: usize,
    /// The measured part of the training split, after the epoch, frozen, in evaluation mode.
    pub train: Measurement,
    /// The whole validation split, measured the same way.
    pub validation: Option<Measurement>,
    /// What has become of each sample's loss since the epoch with the lowest validation loss so far; `None` at that epoch.
    pub since_best: Option<LossChange>,
    /// Mean over the epoch's steps, each with the weights of its moment and dropout on: what other trainers print.
    pub running_loss: f64,
    /// The same for the accuracy, where the answers are classes. Never called the gap.
    pub running_accuracy: Option<f64>,
    /// Mean over the steps of the gradient's Euclidean norm.
    pub gradient_norm: f64,
    /// Of each parameter tensor, in the epochs where that is looked at ([`layer_norms`](super::layer_norms)).
    pub layers: Option<Vec<TensorNorms>>,
    /// η of the epoch's last step.
    pub learning_rate: f64,
    /// Training samples per second of the training loop, measurement apart.
    pub samples_per_second: f64,
    /// Since training began.
    pub seconds: f64,
}

impl EpochRecord {
    /// The loss by which the best epoch is chosen.
    #[must_use]
    pub fn validation_loss(&self) -> Option<f64> {
        self.validation.map(|validation| validation.loss.mean)
    }

    /// What a judge is shown of it.
    #[must_use]
    pub fn measurement(&self) -> EpochMeasurement {
        EpochMeasurement {
            epoch: self.epoch,
            train: self.train,
            validation: self.validation,
            since_best: self.since_best,
        }
    }

    /// Whether this epoch's network is kept instead of the best one so far: it has the lower validation loss (of equals
    /// the earlier stays), or nothing validates and it is simply the latest.
    #[must_use]
    pub fn beats(&self, best: Option<&Best>) -> bool {
        let earlier = best.and_then(|best| best.validation_loss);
        match (self.validation_loss(), earlier) {
            (Some(loss), Some(earlier)) => loss < earlier,
            _ => true,
        }
    }
}

/// The epoch whose weights are kept.
#[derive(Clone, Debug)]
pub struct Best {
    /// From 1.
    pub epoch: usize,
    /// By which it was chosen; `None` where nothing validates.
    pub validation_loss: Option<f64>,
    /// Frozen.
    pub network: Network,
}

/// Where and how numbers stopped being finite.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Divergence {
    /// From 1.
    pub epoch: usize,
    /// From 1, within the epoch; `None` where the measurement after the epoch found it.
    pub step: Option<usize>,
    /// Which number: `loss` or `gradient norm`.
    pub quantity: &'static str,
    /// As text, because JSON has no NaN.
    pub value: String,
    /// η
    pub learning_rate: f64,
}

/// Why the loop ended.
#[derive(Debug)]
pub enum Ended {
    /// All epochs.
    Completed,
    /// Validation loss no longer fell, and the configuration says what to do then.
    StoppedEarly,
    /// On request, after a whole step.
    Interrupted,
    /// A loss or gradient is not finite.
    Diverged(Divergence),
    /// The device or an observer failed; what was finished before is in the history.
    Failed(TrainingError),
}

/// A run after its loop.
#[derive(Debug)]
pub struct Outcome {
    /// Finished epochs.
    pub history: Vec<EpochRecord>,
    /// The epoch with the lowest validation loss, or the last one where nothing validates; `None` before the first
    /// epoch has finished.
    pub best: Option<Best>,
    /// The weights at the end, frozen; lost where the loop failed.
    pub last: Option<Network>,
    /// The network behind some of the epochs, as [`Run::frames`](super::Run::frames) asked.
    pub frames: Vec<Frame>,
    /// Why it ended.
    pub ended: Ended,
    /// Seconds of the loop.
    pub seconds: f64,
}
