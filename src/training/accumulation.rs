//! One gradient from several parts of a step, as if they were one: for steps of more samples than memory holds at once, and for
//! shards that are computed at the same time.
//!
//! With parts of `n_i` of `N` samples, the gradient of the mean loss is `Σ n_i / N · g_i`. Each part's loss is multiplied by its share
//! before the backward pass, so that the gradients are summed up as they are, in the order of the parts. Batch normalisation still
//! takes its mean and variance over each part.

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::train::TrainOutput;
use rayon::prelude::*;

use super::TrainingError;
use super::loader::Part;
use super::mixed_precision::Half;
use super::reading::{Reading, gradient_norm};
use super::step::StepOutput;
use super::stopwatch::{Phase, Stopwatch};
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

impl Accumulated {
    /// Of no part.
    pub(super) fn nothing() -> Self {
        Self {
            gradients: GradientsParams::new(),
            reading: Reading {
                loss: 0.0,
                correct: None,
                gradient_norm: 0.0,
            },
            samples: 0,
            statistics: Vec::new(),
        }
    }

    /// Takes in the loss of further samples, which is a share of the whole loss, and their right answers.
    pub(super) fn add(&mut self, samples: usize, loss: f64, correct: Option<usize>) {
        self.samples += samples;
        self.reading.loss += loss;
        let before = self.reading.correct.unwrap_or(0);
        self.reading.correct = correct.map(|more| before + more);
    }
}

/// Forward and backward through each part, whose shares sum to 1, so many `at_once`, in half precision if it is given.
///
/// Stops behind a part whose loss is not finite: the reading says so.
pub(super) fn accumulate(
    network: &Network,
    parts: &[Part],
    at_once: usize,
    half: Option<Half>,
    stopwatch: &Stopwatch,
) -> Result<Accumulated, TrainingError> {
    let mut whole = gather(network, parts, at_once, half, stopwatch)?;
    // The norm of a single part came with its loss.
    if parts.len() != 1 || half.is_some() {
        whole.reading.gradient_norm = gradient_norm(network, &whole.gradients)?;
    }
    Ok(whole)
}

/// The same for parts whose shares sum to less than 1, as some of a step: loss and gradient are so much of the whole, and the norm of
/// the gradient is not taken.
pub(super) fn gather(
    network: &Network,
    parts: &[Part],
    at_once: usize,
    half: Option<Half>,
    stopwatch: &Stopwatch,
) -> Result<Accumulated, TrainingError> {
    let copy = half.map(|half| half.copy(network));
    let learner = copy.as_ref().unwrap_or(network);
    let step = |learner: &Network, part: Part, stopwatch: &Stopwatch| {
        // A shard may have waited for a core.
        stopwatch.skip();
        let batch = part.batch()?;
        stopwatch.lap(Phase::Batch);
        let batch = match half {
            Some(half) => batch.in_half(half),
            None => batch,
        };
        Ok::<_, DataError>((part.share(), learner.learn(batch, stopwatch)))
    };
    let mut whole = Accumulated::nothing();
    let mut accumulator = GradientsAccumulator::new();
    for together in parts.chunks(at_once.max(1)) {
        let found = if let [part] = together {
            vec![step(learner, *part, stopwatch)]
        } else {
            // A graph that shares no parameter with another one is locked by nobody else.
            let shards = together.iter().map(|&part| {
                let graph = learner.valid().train();
                (graph, part, stopwatch.of_shard(together.len()))
            });
            let shards: Vec<_> = shards.collect();
            let found = shards
                .into_par_iter()
                .map(|(graph, part, stopwatch)| step(&graph, part, &stopwatch))
                .collect();
            stopwatch.skip();
            found
        };
        for found in found {
            let (share, TrainOutput { grads, item }) = found?;
            let StepOutput {
                samples,
                reading,
                statistics,
                standing: _,
            } = item;
            let reading = reading?;
            whole.add(samples, share * reading.loss, reading.correct);
            whole.statistics.push(statistics);
            if parts.len() == 1 && half.is_none() {
                whole.gradients = grads;
                whole.reading.gradient_norm = reading.gradient_norm;
                return Ok(whole);
            }
            let grads = match half {
                Some(half) => half.gradients(learner, grads),
                None => grads,
            };
            accumulator.accumulate(network, grads);
        }
        if !whole.reading.loss.is_finite() {
            break;
        }
    }
    whole.gradients = accumulator.grads();
    Ok(whole)
}
