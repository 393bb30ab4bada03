//! What the loop has come to, and how it goes into a checkpoint and comes out of it.

use std::sync::Arc;
use std::time::Instant;

use burn::tensor::{Device, ExecutionError};

use super::TrainingError;
use super::checkpoint::{self, BestLosses, Checkpoint, Kept, Place};
use super::descent::Descent;
use super::frames::Frame;
use super::history::{Best, EpochRecord};
use super::replicas::Replicas;
use super::running::Running;
use super::stopping::Stopping;
use super::stopwatch::Stopwatch;
use crate::config::TrainingConfig;
use crate::evaluation::Measured;
use crate::generalization::{LossChange, Moments};
use crate::model::{Architecture, Network};

/// What the loop has come to, besides the weights: with them, all that a checkpoint holds.
pub(super) struct Course {
    pub(super) descent: Descent,
    /// Of the epoch under way.
    pub(super) running: Running,
    /// Finished epochs.
    pub(super) history: Vec<EpochRecord>,
    pub(super) best: Option<Best>,
    pub(super) best_losses: Option<BestLosses>,
    pub(super) stopping: Option<Stopping>,
    pub(super) frames: Vec<Frame>,
    /// Before this process.
    pub(super) seconds: f64,
    pub(super) began: Instant,
}

/// The epochs in which something is kept to be looked at.
pub(super) struct Looks {
    /// The network.
    pub(super) kept: Vec<usize>,
    /// The sizes of weights and gradients.
    pub(super) layers: Vec<usize>,
}

impl Course {
    pub(super) fn new(
        training: &TrainingConfig,
        shards: usize,
        replicas: Option<Arc<Replicas>>,
        stopwatch: &Stopwatch,
    ) -> Self {
        Self {
            descent: Descent::new(training, stopwatch.clone())
                .in_shards(shards)
                .on(replicas),
            running: Running::default(),
            history: Vec::new(),
            best: None,
            best_losses: None,
            stopping: training.early_stopping.clone().map(Stopping::new),
            frames: Vec::new(),
            seconds: 0.0,
            began: Instant::now(),
        }
    }

    /// Since training began, pauses apart.
    pub(super) fn elapsed(&self) -> f64 {
        self.seconds + self.began.elapsed().as_secs_f64()
    }

    /// Takes in a finished epoch and its frozen network.
    pub(super) fn finish(&mut self, record: EpochRecord, frozen: Network, looks: &Looks) {
        self.running = Running::default();
        self.watch(&record);
        if !self.frames.is_empty() && looks.kept.binary_search(&record.epoch).is_ok() {
            self.frames.push(Frame {
                epoch: record.epoch,
                network: frozen.clone(),
            });
        }
        if record.beats(self.best.as_ref()) {
            self.best = Some(Best {
                epoch: record.epoch,
                validation_loss: record.validation_loss(),
                network: frozen,
            });
        }
        self.history.push(record);
    }

    /// Lets early stopping see an epoch.
    fn watch(&mut self, record: &EpochRecord) {
        if let (Some(stopping), Some(loss)) = (&mut self.stopping, record.validation_loss()) {
            stopping.after(record.epoch, loss);
        }
    }

    /// Whether early stopping says so behind the latest epoch, which is not the last one.
    pub(super) fn stops_early(&self, epochs: usize) -> bool {
        let stops = self.stopping.as_ref().is_some_and(Stopping::stops);
        stops && self.history.len() < epochs
    }

    /// All of it, with these weights.
    pub(super) fn checkpoint(&self, network: &Network) -> Result<Checkpoint, TrainingError> {
        let frames = self.frames.iter().map(|frame| {
            Ok(Kept {
                epoch: frame.epoch,
                parameters: frame.network.parameters()?,
            })
        });
        Ok(Checkpoint {
            place: Place {
                epochs: self.history.len(),
                steps: self.running.steps,
            },
            network: network.parameters()?,
            memories: self.descent.memories(),
            running: self.running.clone(),
            history: self.history.clone(),
            best: self.best.as_ref().map(Kept::best).transpose()?,
            best_losses: self.best_losses.clone(),
            frames: frames.collect::<Result<_, ExecutionError>>()?,
            seconds: self.elapsed(),
        })
    }

    /// Goes on where a checkpoint was taken, with `network`, which has its weights.
    pub(super) fn resume(
        &mut self,
        checkpoint: Checkpoint,
        network: &Network,
        architecture: &Architecture,
        device: &Device,
    ) -> Result<(), TrainingError> {
        let of = |kept: &Kept| checkpoint::network(&kept.parameters, architecture, device);
        self.descent
            .remember(&checkpoint.memories, network, device)?;
        for record in &checkpoint.history {
            self.watch(record);
        }
        if let Some(kept) = &checkpoint.best {
            let record = checkpoint
                .history
                .iter()
                .find(|record| record.epoch == kept.epoch);
            self.best = Some(Best {
                epoch: kept.epoch,
                validation_loss: record.and_then(EpochRecord::validation_loss),
                network: of(kept)?,
            });
        }
        for frame in &checkpoint.frames {
            self.frames.push(Frame {
                epoch: frame.epoch,
                network: of(frame)?,
            });
        }
        self.running = checkpoint.running;
        self.history = checkpoint.history;
        self.best_losses = checkpoint.best_losses;
        self.seconds = checkpoint.seconds;
        Ok(())
    }
}

impl BestLosses {
    /// The change since the best epoch; where this epoch is better, it is the best from now on, and there is no change.
    pub(super) fn since(
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
