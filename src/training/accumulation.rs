//! One gradient from several batches, as if they were one: for steps of more samples than memory holds at once.
//!
//! With parts of `n_i` of `N` samples, the gradient of the mean loss is `Σ n_i / N · g_i`. Each part's loss is multiplied by its share
//! before the backward pass, so that the gradients are summed up as they are. Batch normalisation still takes its mean and
//! variance over each part.

use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::train::{TrainOutput, TrainStep};

use super::TrainingError;
use super::mixed_precision::Half;
use super::step::{Batch, Reading, StepOutput, gradient_norm};
use crate::data::DataError;
use crate::model::Network;

/// What the parts of a step say together.
pub struct Accumulated {
    /// Of the mean loss of all samples.
    pub gradients: GradientsParams,
    /// Their numbers, with the weights before the step.
    pub reading: Reading,
    /// In all parts.
    pub samples: usize,
    /// Of each part, in order: for [`Network::update_statistics`].
    pub statistics: Vec<Vec<f32>>,
}

/// Forward and backward through each part, whose shares sum to 1, in half precision if it is given.
///
/// Stops behind a part whose loss is not finite: the reading says so.
pub(super) fn accumulate(
    network: &Network,
    parts: impl ExactSizeIterator<Item = Result<Batch, DataError>>,
    half: Option<Half>,
) -> Result<Accumulated, TrainingError> {
    let alone = parts.len() == 1 && half.is_none();
    let copy = half.map(|half| half.copy(network));
    let learner = copy.as_ref().unwrap_or(network);
    let mut accumulator = GradientsAccumulator::new();
    let mut whole = Accumulated {
        gradients: GradientsParams::new(),
        reading: Reading {
            loss: 0.0,
            correct: None,
            gradient_norm: 0.0,
        },
        samples: 0,
        statistics: Vec::new(),
    };
    for part in parts {
        let part = part?;
        let share = part.share();
        let part = match half {
            Some(half) => part.in_half(half),
            None => part,
        };
        let TrainOutput { grads, item } = TrainStep::step(learner, part);
        let StepOutput {
            samples,
            reading,
            statistics,
            standing: _,
        } = item;
        let reading = reading?;
        whole.samples += samples;
        whole.statistics.push(statistics);
        if alone {
            whole.gradients = grads;
            whole.reading = reading;
            return Ok(whole);
        }
        whole.reading.loss += share * reading.loss;
        let correct = whole.reading.correct.unwrap_or(0);
        whole.reading.correct = reading.correct.map(|more| correct + more);
        let grads = match half {
            Some(half) => half.gradients(learner, grads),
            None => grads,
        };
        accumulator.accumulate(network, grads);
        if !reading.loss.is_finite() {
            break;
        }
    }
    whole.gradients = accumulator.grads();
    whole.reading.gradient_norm = gradient_norm(network, &whole.gradients)?;
    Ok(whole)
}
