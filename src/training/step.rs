//! One step, in burn-train's words: the network learns from a batch ([`TrainStep`]) or answers it ([`InferenceStep`]).
//!
//! Whatever a step has to say comes back as numbers on the host, in **one** read: loss, gradient norm and outputs
//! travel together, because a read waits for the device. No tensor leaves the thread of the loop, so metrics cannot
//! fail, and a loss that is not finite is seen before the next step.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{DType, ExecutionError, Tensor, TensorCreationOptions, TensorData};
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};

use super::fused::sum_of_squares;
use super::loader::Loader;
use super::mixed_precision::Half;
use super::stopwatch::{Phase, Stopwatch};
use crate::data::augmentation::Visit;
use crate::data::{DataError, HostBatch, SampleShape, Targets as Host};
use crate::generalization::Standing;
use crate::model::floats::floats;
use crate::model::targets::Targets;
use crate::model::{Mode, Moment, Network, Values, kernels};

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
        let norm = if is_half {
            SquaredNorm::default()
        } else {
            SquaredNorm::of(self, &gradients)
        };
        let has_norm = norm.on_device.is_some();
        let numbers = [
            Some(outputs.inner().flatten(0, 1)),
            Some(loss.inner()),
            norm.on_device,
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
            let squared_norm = f64::from(squared_norm) + norm.on_host;
            let loss = numbers.pop().unwrap_or(f32::NAN);
            let reading = Reading {
                loss: f64::from(loss),
                correct: correct(self, &numbers, &batch.expected),
                gradient_norm: squared_norm.sqrt(),
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

/// One after the other. A device is waited for once; the host's own memory is read as it lies.
fn read(numbers: Vec<Tensor<1>>) -> Result<Vec<f32>, ExecutionError> {
    let on_host = |tensor: &Tensor<1>| kernels::is_on(&tensor.device());
    if !numbers.iter().all(on_host) {
        let data = Tensor::cat(numbers, 0).try_into_data()?;
        return Ok(floats(&data));
    }
    let mut read = Vec::new();
    for tensor in numbers {
        read.extend(floats(&tensor.try_into_data()?));
    }
    Ok(read)
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
    let norm = SquaredNorm::of(network, gradients);
    let on_device = match norm.on_device {
        Some(sum) => read(vec![sum])?.first().map_or(0.0, |&sum| f64::from(sum)),
        None => 0.0,
    };
    Ok((on_device + norm.on_host).sqrt())
}

/// Sum of the squares of all gradients.
#[derive(Debug, Default)]
struct SquaredNorm {
    /// Of those that the kernels have summed.
    on_host: f64,
    /// Of the others, of shape `[1]`.
    on_device: Option<Tensor<1>>,
}

impl SquaredNorm {
    fn of(network: &Network, gradients: &GradientsParams) -> Self {
        let mut squares = Squares {
            gradients,
            norm: Self::default(),
        };
        network.visit(&mut squares);
        squares.norm
    }
}

struct Squares<'a> {
    gradients: &'a GradientsParams,
    norm: SquaredNorm,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.get::<D>(parameter.id) else {
            return;
        };
        if let Some(sum) = sum_of_squares(&gradient) {
            self.norm.on_host += sum;
        } else {
            let squares = (gradient.clone() * gradient).sum();
            self.norm.on_device = Some(match self.norm.on_device.take() {
                Some(sum) => sum + squares,
                None => squares,
            });
        }
    }
}
