//! Sums over the steps of an epoch.

use serde::{Deserialize, Serialize};

use super::reading::Reading;

/// Sums over the steps of one epoch so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Running {
    /// Seen.
    pub samples: usize,
    /// Taken.
    pub steps: usize,
    /// Over the samples.
    pub loss: f64,
    /// Samples whose class was right; `None` where the answer is a number.
    pub correct: Option<usize>,
    /// Over the steps, of the gradient's norm.
    pub gradient_norm: f64,
    /// Of the last step.
    pub learning_rate: f64,
    /// Root mean square of each tensor's gradient in the last step, in the epochs where that is looked at.
    pub gradient_norms: Option<Vec<f64>>,
    /// In the steps.
    pub seconds: f64,
}

impl Running {
    /// A step further.
    pub(super) fn add(&mut self, samples: usize, reading: Reading) {
        self.samples += samples;
        self.steps += 1;
        self.loss += reading.loss * samples as f64;
        self.correct = reading.correct.map(|more| self.correct.unwrap_or(0) + more);
        self.gradient_norm += reading.gradient_norm;
    }

    /// Of the epoch so far.
    pub(super) fn means(&self) -> Reading {
        Reading {
            loss: self.loss / self.samples.max(1) as f64,
            correct: self.correct,
            gradient_norm: self.gradient_norm / self.steps.max(1) as f64,
        }
    }
}
