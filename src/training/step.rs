//! One step, in burn-train's words: the network learns from a batch ([`TrainStep`]) or answers it ([`InferenceStep`]).
//!
//! Whatever a step has to say comes back as numbers on the host, in **one** read: loss, gradient norm and outputs
//! travel together, because a read waits for the device. No tensor leaves the thread of the loop, so metrics cannot
//! fail, and a loss that is not finite is seen before the next step.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, ExecutionError, Tensor, TensorCreationOptions, TensorData};
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};

use crate::data::augmentation::Visit;
use crate::data::{Augmentation, Dataset, HostBatch, SampleShape};
use crate::model::loss::Targets;
use crate::model::{Mode, Moment, Network, Values};

/// Samples on the device, with what the step needs to know of them.
#[derive(Clone, Debug)]
pub struct Batch {
    inputs: Values,
    targets: Targets,
    labels: Vec<u8>,
    moment: Moment,
}

/// What a step says.
#[derive(Clone, Debug)]
pub struct StepOutput {
    /// Samples in the batch.
    pub samples: usize,
    /// Their numbers, or why they could not be read.
    pub reading: Result<Reading, ExecutionError>,
    /// For [`Network::update_statistics`]; empty without batch normalisation.
    pub statistics: Vec<f32>,
}

/// The numbers of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Mean loss, with the weights before the step and dropout on.
    pub loss: f64,
    /// Samples whose class was right; of a mixed sample, the class that has more weight, which is its own.
    pub correct: usize,
    /// Euclidean norm of the gradient of the mean loss over all parameters.
    pub gradient_norm: f64,
}

impl Batch {
    /// Places the samples at `indices` on `device`, as training sees them at this moment.
    #[must_use]
    pub fn new(
        (dataset, augmentation): (&Dataset, &Augmentation),
        indices: &[u32],
        network: &Network,
        moment: Moment,
        device: &Device,
    ) -> Self {
        let Moment { seed, epoch, step } = moment;
        let visit = Visit { seed, epoch };
        let (batch, mixture) = dataset.training_batch(indices, augmentation, visit, step);
        let HostBatch { inputs, labels } = batch;
        let (loss, classes) = (network.loss(), dataset.classes.len());
        Self {
            inputs: values(inputs, dataset.shape(), labels.len(), device),
            targets: match mixture {
                Some(mixture) => loss.mixed_targets(&labels, &mixture, classes, device),
                None => loss.targets(&labels, classes, device),
            },
            labels,
            moment,
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
        let (outputs, statistics) =
            self.forward_with_statistics(batch.inputs, Mode::Train(batch.moment));
        let loss = self.loss().mean(outputs.clone(), batch.targets);
        let gradients = GradientsParams::from_grads(loss.backward(), self);
        let numbers = [
            Some(outputs.inner().flatten(0, 1)),
            Some(loss.inner()),
            squared_norm(self, &gradients),
        ];
        let of_statistics: usize = statistics.iter().map(|each| each.dims()[0]).sum();
        let statistics = statistics.into_iter().map(|each| Some(each.inner()));
        let numbers = numbers.into_iter().chain(statistics).flatten();
        let read = read(numbers.collect()).map(|mut numbers| {
            let statistics = numbers.split_off(numbers.len().saturating_sub(of_statistics));
            // Outputs, loss and norm were put in this order just above.
            let squared_norm = numbers.pop().unwrap_or(0.0);
            let loss = numbers.pop().unwrap_or(f32::NAN);
            let reading = Reading {
                loss: f64::from(loss),
                correct: correct(self, &numbers, &batch.labels),
                gradient_norm: f64::from(squared_norm).sqrt(),
            };
            (reading, statistics)
        });
        let (reading, statistics) = match read {
            Ok((reading, statistics)) => (Ok(reading), statistics),
            Err(error) => (Err(error), Vec::new()),
        };
        let item = StepOutput {
            samples: batch.labels.len(),
            reading,
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
                correct: correct(self, &numbers, &batch.labels),
                gradient_norm: 0.0,
            }
        });
        StepOutput {
            samples: batch.labels.len(),
            reading,
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
    Ok(data.iter::<f32>().collect())
}

fn correct(network: &Network, outputs: &[f32], labels: &[u8]) -> usize {
    let width = outputs.len() / labels.len().max(1);
    outputs
        .chunks_exact(width.max(1))
        .zip(labels)
        .filter(|(outputs, label)| network.loss().class_of(outputs) == **label)
        .count()
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
