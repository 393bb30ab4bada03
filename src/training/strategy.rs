//! The training loop, as burn-train's [`SupervisedLearningStrategy`].
//!
//! burn-train launches, holds the handle that stops a run, and feeds its dashboard; the loop itself is ours, for three
//! reasons. The order of an epoch and every draw in a step are functions of (seed, epoch, step), which burn's loaders
//! and global generator cannot be told. Both splits are measured after each epoch with the same frozen weights, where
//! burn's metrics average over moving weights. And the optimizer stays in our hands (burn's `Learner` hides it), so
//! that everything a checkpoint needs can be reached at any step.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use burn::module::Module;
use burn::tensor::Device;
use burn::train::{
    Interrupter, Learner, SupervisedLearningStrategy, SupervisedTrainingEventProcessor,
    TrainLoader, TrainingComponents, ValidLoader,
};

use super::dashboard::Dashboard;
use super::descent::{Descent, Stride};
use super::frames::{self, Frame};
use super::history::{Best, Divergence, Ended, EpochRecord, Outcome};
use super::layer_norms;
use super::loader::Loader;
use super::optimizer;
use super::schedule;
use super::step::Reading;
use super::stopping::Stopping;
use super::{Observer, StepReport, TrainingError};
use crate::config::{EvaluationConfig, TrainingConfig};
use crate::data::{Augmentation, Dataset, Split, batches};
use crate::evaluation::{Measured, measure_samples};
use crate::generalization::{Glance, LossChange, Moments};
use crate::model::{Aim, Moment, Network};

/// Everything the loop needs besides the network.
pub(super) struct Loop {
    pub dataset: Arc<Dataset>,
    pub augmentation: Augmentation,
    pub training: TrainingConfig,
    pub aim: Aim,
    pub evaluation: EvaluationConfig,
    pub seed: u64,
    /// Behind about so many epochs the network is kept, to be looked at.
    pub frames: usize,
    /// Without autodiff; the loop makes its own autodiff device of it.
    pub device: Device,
    pub observer: Box<dyn Observer>,
    /// Whether burn's dashboard has the terminal.
    pub dashboard: bool,
    /// The dashboard's own handle: sharing ours would let it forget why a run stopped.
    pub dashboard_interrupter: Interrupter,
}

/// burn-train calls `fit` through `&self`, once: the loop goes in through one cell and the outcome comes out of another.
pub(super) struct Strategy {
    glance: Glance,
    start: Mutex<Option<Loop>>,
    end: Mutex<Option<Outcome>>,
}

impl Strategy {
    pub(super) fn new(start: Loop, glance: Glance) -> Self {
        Self {
            glance,
            start: Mutex::new(Some(start)),
            end: Mutex::new(None),
        }
    }

    /// What the loop ended with; `None` if burn-train never ran it.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        self.end
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl SupervisedLearningStrategy<Network> for Strategy {
    fn fit(
        &self,
        components: TrainingComponents<Network>,
        learner: Learner<Network>,
        _: TrainLoader<Network>,
        _: ValidLoader<Network>,
        starting_epoch: usize,
    ) -> (Network, SupervisedTrainingEventProcessor<Network>) {
        let interrupter = components.interrupter;
        let network = learner.model();
        let start = self
            .start
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let shown = start.as_ref().is_some_and(|start| start.dashboard);
        let mut dashboard = Dashboard::new(components.event_processor, shown, self.glance);
        if let Some(start) = start {
            let outcome = start.run(
                network.clone(),
                starting_epoch,
                &interrupter,
                &mut dashboard,
            );
            *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        }
        // burn-train wants a network back; ours is in the outcome, and nobody looks at this one.
        (network, dashboard.finish())
    }
}

/// Sums over the steps of one epoch.
#[derive(Default)]
struct Running {
    samples: usize,
    steps: usize,
    loss: f64,
    correct: Option<usize>,
    gradient_norm: f64,
    /// Of the last step.
    learning_rate: f64,
    /// Root mean square of each tensor's gradient in the last step, in the epochs where that is looked at.
    gradient_norms: Option<Vec<f64>>,
    seconds: f64,
}

impl Running {
    fn add(&mut self, samples: usize, reading: Reading) {
        self.samples += samples;
        self.steps += 1;
        self.loss += reading.loss * samples as f64;
        self.correct = reading.correct.map(|more| self.correct.unwrap_or(0) + more);
        self.gradient_norm += reading.gradient_norm;
    }

    fn means(&self) -> Reading {
        Reading {
            loss: self.loss / self.samples.max(1) as f64,
            correct: self.correct,
            gradient_norm: self.gradient_norm / self.steps.max(1) as f64,
        }
    }
}

impl Loop {
    /// The epochs, and what became of them: whatever was finished before a failure is kept.
    fn run(
        mut self,
        network: Network,
        starting_epoch: usize,
        interrupter: &Interrupter,
        dashboard: &mut Dashboard,
    ) -> Outcome {
        let began = Instant::now();
        let mut history = Vec::new();
        let mut best = None;
        let mut frames = self.first_frame(&network);
        let kept_epochs = frames::epochs(self.training.epochs, self.frames);
        let mut keep = |record: EpochRecord, frozen: Network| {
            if !frames.is_empty() && kept_epochs.binary_search(&record.epoch).is_ok() {
                frames.push(Frame {
                    epoch: record.epoch,
                    network: frozen.clone(),
                });
            }
            if record.beats(best.as_ref()) {
                best = Some(Best {
                    epoch: record.epoch,
                    validation_loss: record.validation_loss(),
                    network: frozen,
                });
            }
            history.push(record);
        };
        let result = self.epochs(network, starting_epoch, interrupter, dashboard, &mut keep);
        let (last, ended) = match result {
            Ok((network, ended)) => (Some(network.valid()), ended),
            Err(error) => (None, Ended::Failed(error)),
        };
        // A run that ended before its time.
        if let (Some(record), Some(last)) = (history.last(), &last)
            && frames
                .last()
                .is_some_and(|frame| frame.epoch < record.epoch)
        {
            frames.push(Frame {
                epoch: record.epoch,
                network: last.clone(),
            });
        }
        Outcome {
            history,
            best,
            last,
            frames,
            ended,
            seconds: began.elapsed().as_secs_f64(),
        }
    }

    /// The network before its first step, where frames are kept.
    fn first_frame(&self, network: &Network) -> Vec<Frame> {
        let frame = || Frame {
            epoch: 0,
            network: network.clone(),
        };
        (self.frames > 0).then(frame).into_iter().collect()
    }

    /// Trains and measures epoch by epoch, and gives each finished one to `keep`.
    fn epochs(
        &mut self,
        network: Network,
        starting_epoch: usize,
        interrupter: &Interrupter,
        dashboard: &mut Dashboard,
        keep: &mut impl FnMut(EpochRecord, Network),
    ) -> Result<(Network, Ended), TrainingError> {
        let began = Instant::now();
        let autodiff = self.device.clone().autodiff();
        let mut network = network.train();
        let mut descent = Descent::new(&self.training);
        let mut best_losses = None;
        let mut stopping = self.training.early_stopping.clone().map(Stopping::new);
        for epoch in starting_epoch..=self.training.epochs {
            let end;
            (network, end) = self.epoch(
                network,
                &mut descent,
                epoch,
                &autodiff,
                interrupter,
                dashboard,
            )?;
            let running = match end {
                EpochEnd::Trained(running) => running,
                EpochEnd::Stopped(why) => {
                    dashboard.end_epoch(None);
                    return Ok((network, why));
                }
            };
            let frozen = network.valid();
            let record = self.measure(&frozen, epoch, &running, began, &mut best_losses)?;
            dashboard.end_epoch(Some(&record.measurement()));
            if let Some(divergence) = not_finite(&record) {
                return Ok((network, Ended::Diverged(divergence)));
            }
            self.observer.epoch(&record)?;
            let loss = record.validation_loss();
            keep(record, frozen);
            if epoch < self.training.epochs
                && let (Some(stopping), Some(loss)) = (&mut stopping, loss)
                && stopping.after(epoch, loss)
            {
                return Ok((network, Ended::StoppedEarly));
            }
            if epoch < self.training.epochs && self.stopped(interrupter, dashboard) {
                return Ok((network, Ended::Interrupted));
            }
        }
        Ok((network, Ended::Completed))
    }

    /// The steps of one epoch.
    fn epoch(
        &mut self,
        mut network: Network,
        descent: &mut Descent,
        epoch: usize,
        device: &Device,
        interrupter: &Interrupter,
        dashboard: &mut Dashboard,
    ) -> Result<(Network, EpochEnd), TrainingError> {
        let began = Instant::now();
        let train = self.dataset.indices(Split::Train);
        let size = batches::size(self.training.batch_size, train.len());
        let order = batches::order(train, self.seed, epoch);
        let looks_at_layers = frames::epochs(self.training.epochs, layer_norms::MOST_EPOCHS)
            .binary_search(&epoch)
            .is_ok();
        let mut running = Running::default();
        dashboard.begin_epoch(epoch, train.len());
        let loader = Loader {
            dataset: &self.dataset,
            augmentation: &self.augmentation,
            loss: network.loss(),
            aim: &self.aim,
            device,
        };
        let parts = self.training.gradient_accumulation.max(1);
        let step_size = size.saturating_mul(parts);
        let steps_per_epoch = order.len().div_ceil(step_size);
        for (index, indices) in order.chunks(step_size).enumerate() {
            let learning_rate = self.learning_rate(epoch, index, steps_per_epoch);
            running.learning_rate = learning_rate;
            let first = Moment {
                seed: self.seed,
                epoch,
                // Each part has draws of its own.
                step: index * parts + 1,
            };
            let stride = Stride {
                epoch,
                step: index + 1,
                learning_rate,
            };
            let parts = loader.parts(indices, size, first);
            let found = match descent.gradient(&network, parts, stride)? {
                Ok(found) => found,
                Err(divergence) => {
                    return Ok((network, EpochEnd::Stopped(Ended::Diverged(divergence))));
                }
            };
            let (samples, reading) = (found.samples, found.reading);
            if looks_at_layers && stride.step == steps_per_epoch {
                let gradients = &found.gradients;
                running.gradient_norms = Some(layer_norms::of_gradients(&network, gradients)?);
            }
            network = descent.follow(network, found, stride);
            running.add(samples, reading);
            dashboard.step(running.samples, running.means(), learning_rate);
            self.observer.step(&StepReport {
                epoch,
                done: running.samples,
                samples: train.len(),
                loss: reading.loss,
                learning_rate,
            });
            if running.samples < train.len() && self.stopped(interrupter, dashboard) {
                return Ok((network, EpochEnd::Stopped(Ended::Interrupted)));
            }
        }
        running.seconds = began.elapsed().as_secs_f64();
        Ok((network, EpochEnd::Trained(running)))
    }

    /// Of the step with this index within this epoch.
    fn learning_rate(&self, epoch: usize, index: usize, steps_per_epoch: usize) -> f64 {
        let place = schedule::Place {
            epochs_done: epoch - 1,
            steps_done: (epoch - 1) * steps_per_epoch + index,
            steps_per_epoch,
            steps: self.training.epochs.saturating_mul(steps_per_epoch),
        };
        optimizer::learning_rate(&self.training.optimizer)
            * schedule::share(&self.training.schedule, place)
    }

    /// Both splits with the same frozen weights, and what has become of each sample's loss since the best epoch.
    fn measure(
        &self,
        frozen: &Network,
        epoch: usize,
        running: &Running,
        began: Instant,
        best: &mut Option<BestLosses>,
    ) -> Result<EpochRecord, TrainingError> {
        let split = |split| {
            measure_samples(
                frozen,
                &self.dataset,
                split,
                self.evaluation.batch_size,
                &self.device,
            )
        };
        let means = running.means();
        let layers = match &running.gradient_norms {
            Some(gradients) => Some(layer_norms::of(frozen, gradients)?),
            None => None,
        };
        let train = split(Split::MeasuredTrain)?.ok_or(TrainingError::NothingToMeasure)?;
        let validation = split(Split::Validation)?;
        let since_best = validation
            .as_ref()
            .and_then(|validation| BestLosses::since(best, &train, validation));
        Ok(EpochRecord {
            epoch,
            train: train.measurement,
            validation: validation.map(|validation| validation.measurement),
            since_best,
            running_loss: means.loss,
            running_accuracy: means
                .correct
                .map(|correct| correct as f64 / running.samples.max(1) as f64),
            gradient_norm: means.gradient_norm,
            layers,
            learning_rate: running.learning_rate,
            samples_per_second: running.samples as f64 / running.seconds.max(f64::MIN_POSITIVE),
            seconds: began.elapsed().as_secs_f64(),
        })
    }

    /// By a signal, by the dashboard's `q`, or by the dashboard's kill key.
    fn stopped(&self, interrupter: &Interrupter, dashboard: &Dashboard) -> bool {
        interrupter.should_stop() || self.dashboard_interrupter.should_stop() || dashboard.killed()
    }
}

/// Weights that became infinite in the last step show only when they are measured.
fn not_finite(record: &EpochRecord) -> Option<Divergence> {
    let losses = [Some(record.train), record.validation];
    let loss = losses
        .into_iter()
        .flatten()
        .map(|measurement| measurement.loss.mean)
        .find(|loss| !loss.is_finite())?;
    Some(Divergence {
        epoch: record.epoch,
        step: None,
        quantity: "loss",
        value: loss.to_string(),
        learning_rate: record.learning_rate,
    })
}

/// Each sample's loss at the epoch with the lowest validation loss so far.
struct BestLosses {
    mean: f64,
    train: Vec<f64>,
    validation: Vec<f64>,
}

impl BestLosses {
    /// The change since the best epoch; where this epoch is better, it is the best from now on, and there is no change.
    fn since(
        best: &mut Option<Self>,
        train: &Measured,
        validation: &Measured,
    ) -> Option<LossChange> {
        let mean = validation.measurement.loss.mean;
        match best {
            // As in `EpochRecord::beats`: of equals the earlier stays.
            Some(best) if mean >= best.mean => Some(LossChange {
                train: change(&train.losses, &best.train),
                validation: change(&validation.losses, &best.validation),
            }),
            _ => {
                *best = Some(Self {
                    mean,
                    train: train.losses.clone(),
                    validation: validation.losses.clone(),
                });
                None
            }
        }
    }
}

/// Of the same samples in the same order.
fn change(now: &[f64], then: &[f64]) -> Moments {
    let changes: Vec<f64> = now.iter().zip(then).map(|(now, then)| now - then).collect();
    Moments::of(&changes)
}

/// How the steps of an epoch ended.
enum EpochEnd {
    Trained(Running),
    Stopped(Ended),
}
