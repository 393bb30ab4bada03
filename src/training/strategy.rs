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

use super::checkpoint::pace::Pace;
use super::checkpoint::{BestLosses, Checkpoint};
use super::course::{Course, Looks};
use super::dashboard::Dashboard;
use super::descent::Stride;
use super::frames::{self, Frame};
use super::history::{Divergence, Ended, EpochRecord, Outcome};
use super::layer_norms;
use super::loader::Loader;
use super::optimizer;
use super::panics::caught;
use super::replicas::Replicas;
use super::schedule;
use super::shards::shards;
use super::stepping::{Failed, LONG, Manner, take};
use super::stopwatch::Stopwatch;
use super::waiting::{Waiting, may_wait};
use super::{Observer, StepReport, TrainingError};
use crate::backend;
use crate::config::{EvaluationConfig, TrainingConfig};
use crate::data::{Augmentation, Dataset, Split, batches};
use crate::evaluation::measure_samples;
use crate::generalization::Glance;
use crate::model::{Aim, Architecture, Moment, Network};

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
    /// Of the network.
    pub architecture: Architecture,
    /// Where to go on, with its network.
    pub resume: Option<Box<Checkpoint>>,
    /// Without autodiff; the loop makes its own autodiff device of it.
    pub device: Device,
    /// Where the parts of a step are computed, if there are several devices.
    pub replicas: Option<Arc<Replicas>>,
    pub observer: Box<dyn Observer>,
    /// Whether burn's dashboard has the terminal.
    pub dashboard: bool,
    pub stopwatch: Stopwatch,
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
        _: usize,
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
            let outcome = start.run(network.clone(), &interrupter, &mut dashboard);
            *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        }
        // burn-train wants a network back; ours is in the outcome, and nobody looks at this one.
        (network, dashboard.finish())
    }
}

impl Loop {
    /// The epochs, and what became of them: whatever was finished before a failure is kept.
    fn run(
        mut self,
        network: Network,
        interrupter: &Interrupter,
        dashboard: &mut Dashboard,
    ) -> Outcome {
        let (mut course, begun) = match self.begin(&network) {
            Ok(course) => (course, Ok(())),
            Err(error) => (self.course(), Err(error)),
        };
        // On a thread of rayon's: one from outside would sleep while they compute, and be woken after each operation.
        let result = begun.and_then(|()| {
            let epochs =
                || rayon::scope(|_| self.epochs(network, &mut course, interrupter, dashboard));
            // Here a panic is a mistake of ours; of a device elsewhere, it is a connection that has ended.
            if backend::elsewhere().is_none() {
                return epochs();
            }
            caught(epochs)
                .unwrap_or_else(|panic| Err(TrainingError::Device(backend::explained(&panic))))
        });
        // The first failure is the cause.
        let result = match (result, self.observer.finish()) {
            (Ok(_), Err(error)) => Err(error),
            (result, _) => result,
        };
        let (last, ended) = match result {
            Ok((network, ended)) => (Some(network.valid()), ended),
            Err(error) => (None, Ended::Failed(error)),
        };
        let seconds = course.elapsed();
        let Course {
            history,
            best,
            mut frames,
            ..
        } = course;
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
            seconds,
        }
    }

    /// The course at its beginning, or where a checkpoint left it.
    fn begin(&mut self, network: &Network) -> Result<Course, TrainingError> {
        let mut course = self.course();
        if let Some(checkpoint) = self.resume.take() {
            course.resume(*checkpoint, network, &self.architecture, &self.device)?;
        } else if self.frames > 0 {
            // Before its first step.
            course.frames.push(Frame {
                epoch: 0,
                network: network.clone(),
            });
        }
        Ok(course)
    }

    /// The course at its beginning.
    fn course(&self) -> Course {
        Course::new(
            &self.training,
            self.shards(),
            self.replicas.clone(),
            &self.stopwatch,
        )
    }

    /// Trains and measures epoch by epoch.
    fn epochs(
        &mut self,
        network: Network,
        course: &mut Course,
        interrupter: &Interrupter,
        dashboard: &mut Dashboard,
    ) -> Result<(Network, Ended), TrainingError> {
        let autodiff = self.device.clone().autodiff();
        let epochs = self.training.epochs;
        let looks = Looks {
            kept: frames::epochs(epochs, self.frames),
            layers: frames::epochs(epochs, layer_norms::MOST_EPOCHS),
        };
        let mut pace = Pace::new(self.training.checkpoint_every);
        let mut network = network.train();
        // A checkpoint may stand behind the epoch that early stopping waited for.
        if course.stops_early(epochs) {
            return Ok((network, Ended::StoppedEarly));
        }
        for epoch in course.history.len() + 1..=epochs {
            let end;
            (network, end) = self.epoch(
                network,
                course,
                epoch,
                Hands {
                    device: &autodiff,
                    interrupter,
                    dashboard,
                    pace: &mut pace,
                    looks: &looks,
                },
            )?;
            if let Some(why) = end {
                dashboard.end_epoch(None);
                if matches!(why, Ended::Interrupted) {
                    self.save(&network, course, &mut pace)?;
                }
                return Ok((network, why));
            }
            let frozen = network.valid();
            let record = self.measure(&frozen, epoch, course)?;
            dashboard.end_epoch(Some(&record.measurement()));
            if let Some(divergence) = not_finite(&record) {
                return Ok((network, Ended::Diverged(divergence)));
            }
            self.observer.epoch(&record)?;
            course.finish(record, frozen, &looks);
            let ended = if epoch == epochs {
                Some(Ended::Completed)
            } else if course.stops_early(epochs) {
                Some(Ended::StoppedEarly)
            } else if self.stopped(interrupter, dashboard) {
                Some(Ended::Interrupted)
            } else {
                None
            };
            if ended.is_some() || pace.after_epoch(self.observer.writing()) {
                self.save(&network, course, &mut pace)?;
            }
            if let Some(ended) = ended {
                return Ok((network, ended));
            }
        }
        Ok((network, Ended::Completed))
    }

    /// The steps of one epoch that are left; why it was stopped, if it was.
    fn epoch(
        &mut self,
        mut network: Network,
        course: &mut Course,
        epoch: usize,
        hands: Hands,
    ) -> Result<(Network, Option<Ended>), TrainingError> {
        let Hands {
            device,
            interrupter,
            dashboard,
            pace,
            looks,
        } = hands;
        let before = course.running.seconds;
        let began = Instant::now();
        let train = self.dataset.indices(Split::Train);
        let samples = train.len();
        let size = batches::size(self.training.batch_size, samples);
        let order = batches::order(train, self.seed, epoch);
        let mut waiting = Waiting::default();
        dashboard.begin_epoch(epoch, samples);
        course.descent.begin_epoch();
        let parts = self.training.gradient_accumulation.max(1);
        let of_part = size.div_ceil(self.shards());
        let replicas = self.replicas.clone();
        let devices = replicas.as_ref().map_or(1, |replicas| replicas.count());
        let step_size = size.saturating_mul(parts);
        let steps_per_epoch = order.len().div_ceil(step_size);
        let manner = Manner {
            looks_at_layers: looks.layers.binary_search(&epoch).is_ok(),
            last: steps_per_epoch,
            ..self.manner(course, size)
        };
        let steps = order.chunks(step_size).enumerate();
        for (index, indices) in steps.skip(course.running.steps) {
            let learning_rate = self.learning_rate(epoch, index, steps_per_epoch);
            course.running.learning_rate = learning_rate;
            let first = Moment {
                seed: self.seed,
                epoch,
                // Each part has draws of its own.
                step: index * parts * devices + 1,
            };
            let stride = Stride {
                epoch,
                step: index + 1,
                learning_rate,
            };
            let loader = self.loader(&network, device);
            let parts: Vec<_> = match &replicas {
                Some(replicas) => replicas.parts(loader, indices, size, first),
                None => loader.parts(indices, of_part, first).collect(),
            };
            let taken = take(network, course, &mut waiting, &parts, (stride, manner));
            let seen;
            (network, seen) = match taken {
                Ok(taken) => taken,
                Err(Failed { error, before }) => {
                    self.rescue(before.as_deref(), course, pace, &error);
                    return Err(error);
                }
            };
            let seen = match seen {
                Ok(seen) => seen,
                Err(divergence) => return Ok((network, Some(Ended::Diverged(divergence)))),
            };
            let Some((_, latest)) = seen.last() else {
                continue;
            };
            for (samples, reading) in &seen {
                course.running.add(*samples, *reading);
            }
            course.running.seconds = before + began.elapsed().as_secs_f64();
            let done = course.running.samples;
            dashboard.step(done, course.running.means(), learning_rate);
            self.observer.step(&StepReport {
                epoch,
                done,
                samples,
                loss: latest.loss,
                learning_rate,
            });
            if done >= samples {
                continue;
            }
            if self.stopped(interrupter, dashboard) {
                return Ok((network, Some(Ended::Interrupted)));
            }
            if pace.after_step(self.observer.writing()) {
                self.save(&network, course, pace)?;
            }
        }
        if course.running.samples == samples {
            Ok((network, None))
        } else {
            Err(TrainingError::Miscounted {
                epoch,
                seen: course.running.samples,
                samples,
            })
        }
    }

    /// How steps of so many samples are taken.
    fn manner(&self, course: &Course, size: usize) -> Manner {
        let work = self.architecture.multiply_adds();
        let is_alone = self.replicas.is_none();
        Manner {
            // Replicas have threads of their own.
            is_long: is_alone && work.saturating_mul(size as u64) >= LONG,
            // They are waited for in each step.
            may_wait: is_alone
                && course.descent.is_blind()
                && may_wait(&self.architecture, &self.device),
            looks_at_layers: false,
            last: 0,
        }
    }

    fn loader<'a>(&'a self, network: &Network, device: &'a Device) -> Loader<'a> {
        Loader {
            dataset: &self.dataset,
            augmentation: &self.augmentation,
            loss: network.loss(),
            aim: &self.aim,
            device,
        }
    }

    /// Keeps the weights where a device failed on which they are not: they are still those behind the last step.
    fn rescue(
        &mut self,
        before: Option<&Network>,
        course: &Course,
        pace: &mut Pace,
        error: &TrainingError,
    ) {
        if let (
            Some(network),
            TrainingError::OneOfSeveral {
                is_first: false, ..
            },
        ) = (before, error)
        {
            // The first failure is the cause.
            let _ = self.save(network, course, pace);
        }
    }

    /// Of each batch.
    fn shards(&self) -> usize {
        // Each device computes one.
        if self.replicas.is_some() {
            return 1;
        }
        let samples = self.dataset.indices(Split::Train).len();
        let size = batches::size(self.training.batch_size, samples);
        shards(&self.architecture, &self.augmentation, size, &self.device)
    }

    /// Gives the observer a checkpoint.
    fn save(
        &mut self,
        network: &Network,
        course: &Course,
        pace: &mut Pace,
    ) -> Result<(), TrainingError> {
        if !self.observer.wants_checkpoints() {
            return Ok(());
        }
        let began = Instant::now();
        self.observer.checkpoint(course.checkpoint(network)?)?;
        pace.taken(began);
        Ok(())
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
        course: &mut Course,
    ) -> Result<EpochRecord, TrainingError> {
        let running = &course.running;
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
            .and_then(|validation| BestLosses::since(&mut course.best_losses, &train, validation));
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
            seconds: course.elapsed(),
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

/// What steps are done with, besides the network and the course.
struct Hands<'a> {
    device: &'a Device,
    interrupter: &'a Interrupter,
    dashboard: &'a mut Dashboard,
    pace: &'a mut Pace,
    looks: &'a Looks,
}
