//! One step, in burn-train's words: the network learns from a batch ([`TrainStep`]) or answers it ([`InferenceStep`]).
//!
//! Whatever a step has to say comes back as numbers on the host, in **one** read: loss, gradient norm and outputs
//! travel together, because a read waits for the device. No tensor leaves the thread of the loop, so metrics cannot
//! fail, and a loss that is not finite is seen before the next step.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{DType, ExecutionError, Tensor, TensorCreationOptions, TensorData};
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};

use super::loader::Loader;
use super::mixed_precision::Half;
use super::stopwatch::{Phase, Stopwatch};
use crate::data::augmentation::Visit;
use crate::data::{DataError, HostBatch, SampleShape, Targets as Host};
use crate::generalization::Standing;
use crate::model::floats::floats;
use crate::model::targets::Targets;
use crate::model::{Mode, Moment, Network, Values};

/// Samples on the device, with what the step needs to know of them.
#[derive(Clone, Debug)]
pub struct Batch {
    inputs: Values,
    targets: Targets,
    expected: Host,
    moment: Moment,
    share: f64,
    scale: f64,
}

/// What a step says.
#[derive(Clone, Debug)]
pub struct StepOutput {
    /// Samples in the batch.
    pub samples: usize,
    /// Their numbers, or why they could not be read.
    pub reading: Result<Reading, ExecutionError>,
    /// How the whole epoch stands, where it was measured.
    pub standing: Option<Standing>,
    /// For [`Network::update_statistics`]; empty without batch normalisation.
    pub statistics: Vec<f32>,
}

/// The numbers of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Mean loss, with the weights before the step and dropout on.
    pub loss: f64,
    /// Samples whose class was right; of a mixed sample, the class that has more weight, which is its own. `None` where the
    /// answer is a number.
    pub correct: Option<usize>,
    /// Euclidean norm of the gradient of the mean loss over all parameters.
    pub gradient_norm: f64,
}

impl Batch {
    /// The samples at `indices`, as training sees them at this moment.
    ///
    /// # Errors
    ///
    /// Samples that are on disk cannot be read.
    pub fn new(loader: Loader, indices: &[u32], moment: Moment) -> Result<Self, DataError> {
        let Loader {
            dataset,
            augmentation,
            loss,
            aim,
            device,
        } = loader;
        let Moment { seed, epoch, step } = moment;
        let visit = Visit { seed, epoch };
        let (batch, mixture) = dataset.training_batch(indices, augmentation, visit, step)?;
        let HostBatch { inputs, targets } = batch;
        Ok(Self {
            inputs: values(inputs, dataset.shape(), targets.len(), device),
            targets: match mixture {
                Some(mixture) => aim.mixed_targets(loss, &targets, &mixture, device),
                None => aim.targets(loss, &targets, device),
            },
            expected: targets,
            moment,
            share: 1.0,
            scale: 1.0,
        })
    }

    /// The same as a part of a step: this share of its samples.
    #[must_use]
    pub fn part(self, share: f64) -> Self {
        Self { share, ..self }
    }

    /// The same for a network in this precision, with its loss multiplied before the backward pass.
    #[must_use]
    pub(super) fn in_half(self, half: Half) -> Self {
        Self {
            inputs: half.values(self.inputs),
            scale: half.scale(),
            ..self
        }
    }
}

/// Places normalised inputs on a device: `&device`, or `(&device, precision)`.
#[must_use]
pub fn values(
    inputs: Vec<f32>,
    shape: SampleShape,
    samples: usize,
    place: impl Into<TensorCreationOptions>,
) -> Values {
    match shape {
        SampleShape::Vector { features } => Values::Vectors(Tensor::from_data(
            TensorData::new(inputs, [samples, features]),
            place,
        )),
        SampleShape::Image {
            channels,
            height,
            width,
        } => Values::Images(Tensor::from_data(
            TensorData::new(inputs, [samples, channels, height, width]),
            place,
        )),
    }
}

impl TrainStep for Network {
    type Input = Batch;
    type Output = StepOutput;

    fn step(&self, batch: Batch) -> TrainOutput<StepOutput> {
        self.learn(batch, &Stopwatch::default())
    }
}

impl Network {
    /// Forward, backward, and what they say.
    pub(super) fn learn(&self, batch: Batch, stopwatch: &Stopwatch) -> TrainOutput<StepOutput> {
        let (outputs, statistics) =
            self.forward_with_statistics(batch.inputs, Mode::Train(batch.moment));
        // The loss of a network in half precision is computed in full.
        let is_half = matches!(outputs.dtype(), DType::F16 | DType::BF16);
        let outputs = if is_half {
            outputs.cast(DType::F32)
        } else {
            outputs
        };
        let loss = self.loss().mean(outputs.clone(), batch.targets);
        let factor = batch.share * batch.scale;
        let minimised = if (factor - 1.0).abs() > 0.0 {
            loss.clone().mul_scalar(factor)
        } else {
            loss.clone()
        };
        stopwatch.lap(Phase::Forward);
        let gradients = GradientsParams::from_grads(minimised.backward(), self);
        stopwatch.lap(Phase::Backward);
        // Squares of what is in half precision would overflow: its norm is taken behind `Half::gradients`.
        let norm = (!is_half).then(|| squared_norm(self, &gradients)).flatten();
        let has_norm = norm.is_some();
        let numbers = [
            Some(outputs.inner().flatten(0, 1)),
            Some(loss.inner()),
            norm,
        ];
        let of_statistics: usize = statistics.iter().map(|each| each.dims()[0]).sum();
        let statistics = statistics.into_iter().map(|each| {
            let each = each.inner();
            Some(if is_half { each.cast(DType::F32) } else { each })
        });
        let numbers = numbers.into_iter().chain(statistics).flatten();
        let read = read(numbers.collect()).map(|mut numbers| {
            let statistics = numbers.split_off(numbers.len().saturating_sub(of_statistics));
            // Outputs, loss and norm were put in this order just above.
            let squared_norm = if has_norm { numbers.pop() } else { None }.unwrap_or(0.0);
            let loss = numbers.pop().unwrap_or(f32::NAN);
            let reading = Reading {
                loss: f64::from(loss),
                correct: correct(self, &numbers, &batch.expected),
                gradient_norm: f64::from(squared_norm).sqrt(),
            };
            (reading, statistics)
        });
        let (reading, statistics) = match read {
            Ok((reading, statistics)) => (Ok(reading), statistics),
            Err(error) => (Err(error), Vec::new()),
        };
        stopwatch.lap(Phase::Read);
        let item = StepOutput {
            samples: batch.expected.len(),
            reading,
            standing: None,
            statistics,
        };
        TrainOutput {
            grads: gradients,
            item,
        }
    }
}

impl InferenceStep for Network {
    type Input = Batch;
    type Output = StepOutput;

    fn step(&self, batch: Batch) -> StepOutput {
        let outputs = self.forward(batch.inputs, Mode::Evaluate);
        let loss = self.loss().mean(outputs.clone(), batch.targets);
        let reading = read(vec![outputs.flatten(0, 1), loss]).map(|mut numbers| {
            let loss = numbers.pop().unwrap_or(f32::NAN);
            Reading {
                loss: f64::from(loss),
                correct: correct(self, &numbers, &batch.expected),
                gradient_norm: 0.0,
            }
        });
        StepOutput {
            samples: batch.expected.len(),
            reading,
            standing: None,
            statistics: Vec::new(),
        }
    }
}

impl ItemLazy for StepOutput {
    /// Nothing to wait for: the numbers are on the host.
    fn sync(self) -> Result<Self, ExecutionError> {
        Ok(self)
    }
}

fn read(numbers: Vec<Tensor<1>>) -> Result<Vec<f32>, ExecutionError> {
    let data = Tensor::cat(numbers, 0).try_into_data()?;
    Ok(floats(&data))
}

fn correct(network: &Network, outputs: &[f32], expected: &Host) -> Option<usize> {
    let Host::Classes(labels) = expected else {
        return None;
    };
    let width = outputs.len() / labels.len().max(1);
    let right = outputs
        .chunks_exact(width.max(1))
        .zip(labels)
        .filter(|(outputs, label)| network.loss().class_of(outputs) == **label);
    Some(right.count())
}

/// Euclidean norm over all parameters.
pub(super) fn gradient_norm(
    network: &Network,
    gradients: &GradientsParams,
) -> Result<f64, ExecutionError> {
    let squared = read(squared_norm(network, gradients).into_iter().collect())?;
    Ok(squared.first().map_or(0.0, |&norm| f64::from(norm)).sqrt())
}

/// Sum of the squares of all gradients, on the device: shape `[1]`.
fn squared_norm(network: &Network, gradients: &GradientsParams) -> Option<Tensor<1>> {
    let mut visitor = SquaredNorm {
        gradients,
        sum: None,
    };
    network.visit(&mut visitor);
    visitor.sum
}

struct SquaredNorm<'a> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for SquaredNorm<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(parameter.id) {
            let squares = (gradient.clone() * gradient).sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + squares,
                None => squares,
            });
        }
    }
}
