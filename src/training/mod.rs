//! From a network with its first weights to one that has learned, and the history of how.
//!
//! burn-train drives ([`train`] launches its `SupervisedTraining`), with our own learning [`strategy`]. Nothing here
//! prints or writes: an [`Observer`] is told of every epoch, on the thread of the loop, and may stop the run by an
//! error; burn-train's dashboard gets a thinned copy.

mod accumulation;
pub mod checkpoint;
mod clipping;
mod course;
mod dashboard;
pub mod descent;
pub mod frames;
pub mod fused;
pub mod histogram;
pub mod history;
pub mod layer_norms;
pub mod loader;
pub mod mixed_precision;
pub mod optimizer;
mod panics;
pub mod range_test;
pub mod reading;
pub mod replicas;
pub mod running;
pub mod schedule;
mod shards;
pub mod step;
mod stepping;
pub mod stopping;
pub mod stopwatch;
mod strategy;
pub mod update;
mod waiting;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use burn::data::dataloader::{DataLoader, DataLoaderIterator};
use burn::optim::SgdConfig;
use burn::tensor::{Device, ExecutionError};
use burn::train::{Interrupter, Learner, SupervisedTraining, TrainingStrategy};

use crate::backend;
use crate::config::{EvaluationConfig, TrainingConfig};
use crate::data::{Augmentation, DataError, Dataset, Split, Task};
use crate::evaluation::MeasureError;
use crate::generalization::Glance;
use crate::model::{Aim, Architecture, Network};
use checkpoint::Checkpoint;
use dashboard::{HostMetric, KeepsNothing, Quantity, Silent, VerdictMetric};
use replicas::{NamedDevice, Replicas};
use step::Batch;
use stopwatch::Stopwatch;
use strategy::{Loop, Strategy};
use update::MemoryError;

pub use history::{Best, Divergence, Ended, EpochRecord, Outcome};

/// Watches a run from the thread of the loop.
pub trait Observer: Send {
    /// After each step.
    fn step(&mut self, step: &StepReport);

    /// After each epoch and its measurement.
    ///
    /// # Errors
    ///
    /// What stops the run: a row that cannot be written.
    fn epoch(&mut self, record: &EpochRecord) -> Result<(), TrainingError>;

    /// Whether it keeps checkpoints.
    fn wants_checkpoints(&self) -> bool {
        false
    }

    /// What writing them has taken so far, beside the loop; `None` while one is being written.
    fn writing(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    /// Keeps a checkpoint, now or soon.
    ///
    /// # Errors
    ///
    /// What stops the run: this one or an earlier one cannot be written.
    fn checkpoint(&mut self, checkpoint: Checkpoint) -> Result<(), TrainingError> {
        let _ = checkpoint;
        Ok(())
    }

    /// No more comes. Returns when all checkpoints are safe.
    ///
    /// # Errors
    ///
    /// One cannot be written.
    fn finish(&mut self) -> Result<(), TrainingError> {
        Ok(())
    }
}

/// What a step has to say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// From 1.
    pub epoch: usize,
    /// Training samples of this epoch so far.
    pub done: usize,
    /// Training samples of an epoch.
    pub samples: usize,
    /// Mean loss of its batch, with the weights before it.
    pub loss: f64,
    /// η
    pub learning_rate: f64,
}

/// What ends a run without an outcome.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The back end failed.
    #[error("the device failed while training: {0}")]
    Device(String),
    /// One of several devices failed.
    #[error("device `{device}` failed while training: {reason}")]
    OneOfSeveral {
        /// As the configuration calls it.
        device: String,
        /// As it says it.
        reason: String,
        /// Whether the weights were on it.
        is_first: bool,
    },
    /// Samples that are on disk cannot be read.
    #[error("{0}")]
    Data(#[from] DataError),
    /// burn-train failed around the loop.
    #[error("burn-train stopped: {0}")]
    Framework(String),
    /// An observer could not write.
    #[error("{0}")]
    Report(#[from] crate::report::ReportError),
    /// A checkpoint is not this network's, or not this optimizer's.
    #[error("the checkpoint does not fit: {0}")]
    Checkpoint(String),
    /// Some samples of the training split were not seen, or twice.
    #[error("epoch {epoch} has seen {seen} of {samples} training samples")]
    Miscounted {
        /// From 1.
        epoch: usize,
        /// By the steps.
        seen: usize,
        /// In the split.
        samples: usize,
    },
    /// The data set has checked that there are training samples.
    #[error("there is no training sample to measure")]
    NothingToMeasure,
}

impl From<ExecutionError> for TrainingError {
    fn from(error: ExecutionError) -> Self {
        Self::Device(backend::explained(&error.to_string()))
    }
}

impl From<MemoryError> for TrainingError {
    fn from(error: MemoryError) -> Self {
        Self::Checkpoint(error.to_string())
    }
}

impl From<MeasureError> for TrainingError {
    fn from(error: MeasureError) -> Self {
        match error {
            MeasureError::Data(error) => error.into(),
            MeasureError::Device(error) => error.into(),
        }
    }
}

/// One training run.
pub struct Run {
    /// With its first weights.
    pub network: Network,
    /// Of the network.
    pub architecture: Architecture,
    /// Where to go on, instead of at the beginning.
    pub resume: Option<Box<Checkpoint>>,
    /// Checked and divided.
    pub dataset: Arc<Dataset>,
    /// What is done to the samples of a step, and to none that is measured.
    pub augmentation: Augmentation,
    /// Epochs, batch size, optimizer.
    pub training: TrainingConfig,
    /// What a step aims at.
    pub aim: Aim,
    /// How each epoch is measured.
    pub evaluation: EvaluationConfig,
    /// Every draw is a function of it.
    pub seed: u64,
    /// Behind about so many epochs, and before the first, the network is kept; 0 for none.
    pub frames: usize,
    /// Without autodiff.
    pub device: Device,
    /// All that compute a step together, the first of which is `device`; empty where it is alone.
    pub devices: Vec<NamedDevice>,
    /// Stops the run after a whole step.
    pub interrupter: Interrupter,
    /// Whether burn-train's dashboard takes the terminal.
    pub dashboard: bool,
    /// By what it says how each epoch stands.
    pub glance: Glance,
    /// Of the parts of its steps.
    pub stopwatch: Stopwatch,
}

/// Trains, and returns when the epochs are done, the run was stopped, its numbers are no longer finite, or the device or
/// the observer failed: [`Outcome::ended`] says which, and whatever was finished is in the outcome.
///
/// # Errors
///
/// burn-train never ran the loop; or the system has no threads for several devices.
pub fn train(mut run: Run, observer: Box<dyn Observer>) -> Result<Outcome, TrainingError> {
    if let Some(checkpoint) = &run.resume {
        run.network = checkpoint::network(&checkpoint.network, &run.architecture, &run.device)?;
    }
    let epochs = run.training.epochs;
    let quality = match run.dataset.task() {
        Task::Classification { .. } => Quantity::Accuracy,
        Task::Regression => Quantity::R2,
    };
    let validates = !run.dataset.indices(Split::Validation).is_empty();
    let dashboard_interrupter = Interrupter::new();
    let renderer = if run.dashboard {
        dashboard::renderer(dashboard_interrupter.clone(), validates)
    } else {
        Box::new(Silent)
    };
    let replicas = Replicas::new(run.devices, &run.architecture)?;
    let start = Loop {
        dataset: run.dataset,
        augmentation: run.augmentation,
        training: run.training,
        aim: run.aim,
        evaluation: run.evaluation,
        seed: run.seed,
        frames: run.frames,
        architecture: run.architecture,
        resume: run.resume,
        device: run.device,
        replicas: replicas.map(Arc::new),
        observer,
        dashboard: run.dashboard,
        stopwatch: run.stopwatch,
        dashboard_interrupter,
    };
    let strategy = Arc::new(Strategy::new(start, run.glance));
    // The optimizer and learning rate given here are never used: the strategy has its own (see there). Without an
    // application logger and with our metric logger, burn-train writes no file.
    let learner = Learner::new(run.network, SgdConfig::new().init(), 0.0_f64);
    let mut training = SupervisedTraining::new("", Arc::new(OwnBatches), Arc::new(OwnBatches))
        .with_training_strategy(TrainingStrategy::Custom(strategy.clone()))
        .with_application_logger(None)
        .with_metric_logger(KeepsNothing)
        .metrics((HostMetric::new(Quantity::Loss), HostMetric::new(quality)))
        .metric_train_numeric(HostMetric::new(Quantity::GradientNorm))
        .renderer(renderer)
        .with_interrupter(run.interrupter)
        .num_epochs(epochs);
    if validates {
        training = training
            .metric_valid_numeric(HostMetric::new(Quantity::Gap))
            .metric_valid(VerdictMetric::new());
    }
    // A dashboard that was killed hands its panic on again when burn-train says goodbye to it; by then there is an outcome.
    let launched = catch_unwind(AssertUnwindSafe(|| training.launch(learner)));
    if let Some(outcome) = strategy.outcome() {
        // Dropping the result, and with it the dashboard, gives the terminal back.
        return Ok(outcome);
    }
    match launched {
        Ok(result) => Err(TrainingError::Framework(result.error.map_or_else(
            || "the loop never ran".to_owned(),
            |error| error.to_string(),
        ))),
        Err(panic) => resume_unwind(panic),
    }
}

/// The loaders that burn-train asks for. The strategy draws its own batches, because their order is a function of
/// (seed, epoch) and burn's loaders do not know the epoch; these are empty and never asked.
struct OwnBatches;

impl DataLoader<Batch> for OwnBatches {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Batch> + 'a> {
        Box::new(NoBatch)
    }

    fn num_items(&self) -> usize {
        0
    }

    fn to_device(&self, _: &Device) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(Self)
    }

    fn slice(&self, _: usize, _: usize) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(Self)
    }
}

struct NoBatch;

impl Iterator for NoBatch {
    type Item = Result<Batch, burn::data::dataset::DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}

impl DataLoaderIterator<Batch> for NoBatch {
    fn progress(&self) -> burn::data::dataloader::Progress {
        burn::data::dataloader::Progress::new(0, 0, None)
    }
}
