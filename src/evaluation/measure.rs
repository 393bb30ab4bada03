//! Loss and accuracy, or R², of one frozen network on one split: per sample, summed over samples.
//!
//! Training and validation are measured by this same code with the same weights, so that their difference is a
//! difference between samples and nothing else. Per-sample losses are computed on the host in f64 from the network's
//! outputs; the result does not depend on how the samples are cut into batches, beyond the last bits of the outputs.

use burn::tensor::{Device, ExecutionError};

use crate::data::augmentation::{Mixture, Visit};
use crate::data::{Augmentation, DataError, Dataset, Expected, HostBatch, SampleShape, Split};
use crate::generalization::{Explained, Measurement, Moments, Proportion, Score};
use crate::model::floats::floats;
use crate::model::{Loss, Mode, Moment, Network};
use crate::training::step::values;

/// Why a network cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// Samples that are on disk cannot be read.
    #[error("{0}")]
    Data(#[from] DataError),
    /// The device cannot compute or be read.
    #[error("{0}")]
    Device(#[from] ExecutionError),
}

/// A measurement with the loss of every sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Summed up.
    pub measurement: Measurement,
    /// In the order of the split.
    pub losses: Vec<f64>,
    /// What the losses are compared with, in the same order.
    pub answered: Answered,
    /// The network's outputs, sample by sample.
    pub outputs: Vec<f32>,
    /// What the outputs mean.
    pub objective: Loss,
}

/// The answers of a network, sample by sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Answered {
    /// Classes.
    Classes {
        /// The class that the network says.
        predicted: Vec<u8>,
        /// Whether it is the right one.
        right: Vec<bool>,
    },
    /// Numbers.
    Numbers {
        /// The loss of always answering the training mean.
        of_the_mean: Vec<f64>,
    },
}

impl Measured {
    /// The outputs for the sample at this place of the split.
    #[must_use]
    pub fn outputs_at(&self, place: usize) -> &[f32] {
        let width = self.outputs.len() / self.losses.len().max(1);
        &self.outputs[place * width..(place + 1) * width]
    }

    /// How likely the network takes the class that it says to be, `softmax` of its outputs; `None` where the loss was squared
    /// error, whose outputs are no probabilities.
    #[must_use]
    pub fn probability(&self, place: usize) -> Option<f64> {
        if self.objective != Loss::CrossEntropy {
            return None;
        }
        let outputs = self.outputs_at(place);
        let largest = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = outputs.iter().map(|&x| f64::from(x - largest).exp()).sum();
        Some(1.0 / sum)
    }

    /// The measurement of the samples for which `keep` says so, asked for their place in the split.
    #[must_use]
    pub fn of_those(&self, keep: impl Fn(usize) -> bool) -> Measurement {
        let places: Vec<usize> = (0..self.losses.len())
            .filter(|&place| keep(place))
            .collect();
        measurement(&self.losses, &self.answered, &places)
    }
}

/// Of the samples at these places.
fn measurement(losses: &[f64], answered: &Answered, places: &[usize]) -> Measurement {
    let of = |values: &[f64]| -> Vec<f64> { places.iter().map(|&place| values[place]).collect() };
    let losses = of(losses);
    Measurement {
        score: match answered {
            Answered::Classes { right, .. } => Score::Accuracy(Proportion {
                successes: places.iter().filter(|&&place| right[place]).count() as u64,
                trials: places.len() as u64,
            }),
            Answered::Numbers { of_the_mean } => {
                Score::R2(Explained::of(&losses, &of(of_the_mean)))
            }
        },
        loss: Moments::of(&losses),
    }
}

/// Measures `network` (frozen: `Module::valid`) on `split` in evaluation mode; `None` for an empty split.
///
/// # Errors
///
/// The device cannot compute or be read, or samples that are on disk cannot be read.
pub fn measure(
    network: &Network,
    dataset: &Dataset,
    split: Split,
    batch_size: usize,
    device: &Device,
) -> Result<Option<Measurement>, MeasureError> {
    let measured = measure_samples(network, dataset, split, batch_size, device)?;
    Ok(measured.map(|measured| measured.measurement))
}

/// The same, with the loss of every sample, in the order of the split.
///
/// # Errors
///
/// The device cannot compute or be read, or samples that are on disk cannot be read.
pub fn measure_samples(
    network: &Network,
    dataset: &Dataset,
    split: Split,
    batch_size: usize,
    device: &Device,
) -> Result<Option<Measured>, MeasureError> {
    measure_in(network, dataset, split, batch_size, device, |_, indices| {
        Ok(Asked {
            batch: dataset.batch(indices)?,
            mixture: None,
            mode: Mode::Evaluate,
        })
    })
}

/// The training split in training mode, dropout on and samples augmented, as the batches of `epoch` see a network: what
/// other trainers compare with validation.
///
/// # Errors
///
/// The device cannot compute or be read, or samples that are on disk cannot be read.
pub fn measure_in_training_mode(
    network: &Network,
    (dataset, augmentation): (&Dataset, &Augmentation),
    batch_size: usize,
    device: &Device,
    (seed, epoch): (u64, usize),
) -> Result<Option<Measurement>, MeasureError> {
    // Steps that no training has, and so masks that no step has drawn.
    let first = 1 << 31;
    let ask = |number, indices: &[u32]| {
        let step = first + number;
        let visit = Visit { seed, epoch };
        let (batch, mixture) = dataset.training_batch(indices, augmentation, visit, step)?;
        Ok(Asked {
            batch,
            mixture,
            mode: Mode::Train(Moment { seed, epoch, step }),
        })
    };
    let measured = measure_in(network, dataset, Split::Train, batch_size, device, ask)?;
    Ok(measured.map(|measured| measured.measurement))
}

/// What a network is asked in one forward pass, and how.
struct Asked {
    batch: HostBatch,
    mixture: Option<Mixture>,
    mode: Mode,
}

impl Asked {
    /// The loss of the sample at `place` of the batch.
    fn loss(&self, network: &Network, place: usize, outputs: &[f32]) -> f64 {
        let (loss, targets) = (network.loss(), &self.batch.targets);
        match &self.mixture {
            None => loss.of_sample(outputs, targets.at(place)),
            Some(mixture) => {
                let pair = [place, mixture.partners[place]].map(|place| targets.at(place));
                loss.of_mixed_sample(outputs, pair, f64::from(mixture.weights[place]))
            }
        }
    }
}

fn measure_in(
    network: &Network,
    dataset: &Dataset,
    split: Split,
    batch_size: usize,
    device: &Device,
    ask: impl Fn(usize, &[u32]) -> Result<Asked, DataError>,
) -> Result<Option<Measured>, MeasureError> {
    let indices = dataset.indices(split);
    if indices.is_empty() {
        return Ok(None);
    }
    let mut tally = Tally::new(network.loss());
    for (number, indices) in indices.chunks(batch_size).enumerate() {
        let mut asked = ask(number, indices)?;
        let inputs = std::mem::take(&mut asked.batch.inputs);
        let inputs = values(inputs, dataset.shape(), indices.len(), device);
        let outputs = network.forward(inputs, asked.mode);
        let [_, width] = outputs.dims();
        let outputs = floats(&outputs.try_into_data()?);
        let answers = outputs.chunks_exact(width).zip(asked.batch.targets.iter());
        for (place, (outputs, expected)) in answers.enumerate() {
            let loss = asked.loss(network, place, outputs);
            tally.add(loss, outputs, expected);
        }
    }
    Ok(Some(tally.measured()))
}

/// Measures `network` (frozen) on samples that are in no data set, batch after batch: inputs of `shape`, normalised, with their
/// targets, numbers standardised. `None` where there is no sample.
///
/// # Errors
///
/// What `batches` says, or the device cannot compute or be read.
pub fn measure_batches<E: From<ExecutionError>>(
    network: &Network,
    shape: SampleShape,
    batches: impl Iterator<Item = Result<HostBatch, E>>,
    device: &Device,
) -> Result<Option<Measured>, E> {
    let mut tally = Tally::new(network.loss());
    for batch in batches {
        let HostBatch { inputs, targets } = batch?;
        let inputs = values(inputs, shape, targets.len(), device);
        let outputs = network.forward(inputs, Mode::Evaluate);
        let [_, width] = outputs.dims();
        let outputs = outputs.try_into_data().map_err(E::from)?;
        let outputs = floats(&outputs);
        for (outputs, expected) in outputs.chunks_exact(width).zip(targets.iter()) {
            let loss = network.loss().of_sample(outputs, expected);
            tally.add(loss, outputs, expected);
        }
    }
    Ok((!tally.losses.is_empty()).then(|| tally.measured()))
}

/// A measurement while it is made.
struct Tally {
    objective: Loss,
    losses: Vec<f64>,
    answered: Answered,
    outputs: Vec<f32>,
}

impl Tally {
    fn new(objective: Loss) -> Self {
        Self {
            objective,
            losses: Vec::new(),
            answered: match objective {
                Loss::MseSign | Loss::MseOneHot | Loss::CrossEntropy => Answered::Classes {
                    predicted: Vec::new(),
                    right: Vec::new(),
                },
                Loss::MseNumber => Answered::Numbers {
                    of_the_mean: Vec::new(),
                },
            },
            outputs: Vec::new(),
        }
    }

    fn add(&mut self, loss: f64, outputs: &[f32], expected: Expected) {
        self.losses.push(loss);
        self.outputs.extend(outputs);
        match (&mut self.answered, expected) {
            (Answered::Classes { predicted, right }, Expected::Class(label)) => {
                let class = self.objective.class_of(outputs);
                predicted.push(class);
                right.push(class == label);
            }
            // Standardised, the training mean is 0.
            (Answered::Numbers { of_the_mean }, Expected::Number(y)) => of_the_mean.push(y * y),
            // A data set has answers of one kind.
            _ => {}
        }
    }

    fn measured(self) -> Measured {
        let places: Vec<usize> = (0..self.losses.len()).collect();
        Measured {
            measurement: measurement(&self.losses, &self.answered, &places),
            losses: self.losses,
            answered: self.answered,
            outputs: self.outputs,
            objective: self.objective,
        }
    }
}
