//! One step, in burn-train's words: the network learns from a batch ([`TrainStep`]) or answers it ([`InferenceStep`]).
//!
//! What a step has to say comes back as numbers on the host, see [`reading`](super::reading). No tensor leaves the thread of the
//! loop, so metrics cannot fail.

use burn::optim::GradientsParams;
use burn::tensor::{DType, ExecutionError, Tensor, TensorCreationOptions, TensorData};
use burn::train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};

use super::loader::Loader;
use super::mixed_precision::Half;
use super::reading::{Reading, SquaredNorm, Unread};
use super::stopwatch::{Phase, Stopwatch};
use crate::data::augmentation::Visit;
use crate::data::{DataError, HostBatch, SampleShape, Targets as Host};
use crate::generalization::Standing;
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
        let (grads, unread) = self.gradients(batch, stopwatch);
        let item = unread.read();
        stopwatch.lap(Phase::Read);
        TrainOutput { grads, item }
    }

    /// Forward and backward; what they say stays where it is.
    pub(super) fn gradients(
        &self,
        batch: Batch,
        stopwatch: &Stopwatch,
    ) -> (GradientsParams, Unread) {
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
        let statistics = statistics.into_iter().map(|each| {
            let each = each.inner();
            if is_half { each.cast(DType::F32) } else { each }
        });
        let unread = Unread::new(
            (outputs.inner(), loss.inner()),
            norm,
            statistics.collect(),
            (self.loss(), batch.expected),
        );
        (gradients, unread)
    }
}

impl InferenceStep for Network {
    type Input = Batch;
    type Output = StepOutput;

    fn step(&self, batch: Batch) -> StepOutput {
        let outputs = self.forward(batch.inputs, Mode::Evaluate);
        let loss = self.loss().mean(outputs.clone(), batch.targets);
        let asked = (self.loss(), batch.expected);
        Unread::new((outputs, loss), SquaredNorm::default(), Vec::new(), asked).read()
    }
}

impl ItemLazy for StepOutput {
    /// Nothing to wait for: the numbers are on the host.
    fn sync(self) -> Result<Self, ExecutionError> {
        Ok(self)
    }
}
