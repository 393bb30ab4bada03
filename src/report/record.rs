//! `run.json`: what the run is, on what it ran, how it ended, and what was found.
//!
//! Written when the run begins (status `running`), and again when it ends. A record that is dropped without an end, by a
//! panic or an error on the way, says `failed`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ReportError, RunDirectory};
use crate::backend::BackendName;
use crate::data::{Answers, Target};
use crate::generalization::decomposition::Decomposition;
use crate::generalization::leakage::Leakage;
use crate::generalization::{
    Answered, CONFIDENCE, Estimate, Judgement, Measurement, Proportion, Score, accuracy_gap,
    loss_gap, rate_interval,
};
use crate::machine::process::Process;
use crate::training::Divergence;

/// How far the run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Now, or the process was killed.
    Running,
    /// All epochs are done.
    Finished,
    /// Stopped on request; what there was is saved.
    Interrupted,
    /// The numbers are no longer finite, or something broke.
    Failed,
}

/// The content of `run.json`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunRecord {
    /// The folder's name.
    pub name: String,
    /// How far the run is.
    pub status: Status,
    /// Why it failed.
    pub error: Option<String>,
    /// When it began, in UTC; a label, not a measurement.
    pub started: String,
    /// When it ended.
    pub ended: Option<String>,
    /// The process that wrote it, and whether it is still there tells [`RunState`](super::run_state::RunState).
    pub process: Process,
    /// Where it went on after it had been stopped or killed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resumed: Vec<ResumedRecord>,
    /// What made it.
    pub versions: Versions,
    /// The arguments of the program.
    pub command: Vec<String>,
    /// Every draw is a function of it.
    pub seed: u64,
    /// On what it ran.
    pub backend: BackendRecord,
    /// With what.
    pub data: DataRecord,
    /// Its size.
    pub model: ModelRecord,
    /// The check before training; `None` where it was off, or too much for so short a run.
    pub gradients: Option<GradientsRecord>,
    /// How many.
    pub epochs: EpochsRecord,
    /// Seconds.
    pub seconds: Seconds,
    /// What was found.
    pub result: Option<ResultRecord>,
}

/// Where a run went on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResumedRecord {
    /// When, in UTC.
    pub at: String,
    /// Finished before.
    pub epochs: usize,
    /// Steps of the next epoch that were done before.
    pub steps: usize,
    /// On which it went on.
    pub backend: String,
}

/// What made the run.
#[derive(Clone, Debug, Serialize)]
pub struct Versions {
    /// This program.
    pub brecha: &'static str,
    /// The framework.
    pub burn: &'static str,
}

/// On what it ran.
#[derive(Clone, Debug, Serialize)]
pub struct BackendRecord {
    /// Its name.
    pub name: BackendName,
    /// What the device calls itself.
    pub device: String,
    /// Those that compute a step together, as `cuda:1` and what it calls itself; empty where it is alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// Type of the numbers.
    pub precision: &'static str,
    /// What it computes convolutions, dense layers and steps of optimizers with: `avx512`, `avx2`, … for kernels of brecha's own
    /// with such vectors, or `burn`.
    pub kernels: String,
}

/// With what data.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DataRecord {
    /// The source.
    pub name: String,
    /// SHA-256 over shape, classes, labels and values.
    pub fingerprint: String,
    /// `1×28×28`
    pub shape: String,
    /// The names of the classes in the order of the labels, or the number that is predicted.
    #[serde(flatten)]
    pub answers: Answers,
    /// Samples.
    pub training: usize,
    /// Samples of the training split that are measured each epoch.
    pub measured_training: usize,
    /// Samples.
    pub validation: usize,
    /// Samples.
    pub test: usize,
    /// Samples that the splits share; `None` where nobody looked.
    pub leakage: Option<Leakage>,
}

/// The size of the network.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ModelRecord {
    /// Weights and biases.
    pub parameters: u64,
    /// Per sample, forward.
    pub multiply_adds: u64,
}

/// What the check of the gradients found.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct GradientsRecord {
    /// On how many samples.
    pub samples: usize,
    /// Tensors that disagree with the hand derivation.
    pub failed: usize,
    /// Between the back end and the hand derivation.
    pub largest_relative_difference: f64,
    /// What it took.
    pub seconds: f64,
}

/// How many epochs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EpochsRecord {
    /// As configured.
    pub planned: usize,
    /// Done.
    pub finished: usize,
    /// Whose weights are kept.
    pub best: Option<usize>,
    /// Whether validation loss no longer fell, and the configuration said to stop then.
    pub stopped_early: bool,
}

/// Seconds, from a monotonic clock.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Seconds {
    /// Reading and checking the data.
    pub data: f64,
    /// The loop with its measurements.
    pub training: f64,
    /// From the start of the program to the last number.
    pub total: f64,
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ResultRecord {
    /// Of the kept network: what its weights, the configuration, the data and the metrics say, and can say again.
    #[serde(flatten)]
    pub found: Findings,
    /// The network of the last epoch, where that is not the kept one: what training on would have kept.
    pub last_epoch: Option<LastEpoch>,
    /// What to try next.
    pub advice: Vec<String>,
    /// Where the numbers stopped being finite.
    pub divergence: Option<Divergence>,
}

/// The kept network's measurements and the verdict on it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Findings {
    /// On the whole training split.
    pub training: Option<Measured>,
    /// On the whole validation split.
    pub validation: Option<Measured>,
    /// On the test split, which chose nothing.
    pub test: Option<Measured>,
    /// Accuracy of always saying the most frequent training class; of numbers 0, the R² of always saying their mean.
    pub baseline: f64,
    /// What simpler methods score on validation.
    pub baselines: Vec<BaselineRecord>,
    /// The network's validation accuracy minus the linear model's; of numbers the linear model's squared error minus the
    /// network's, in variances.
    pub above_linear: Option<Estimate>,
    /// The same verdict without the samples that another split has too.
    pub without_leaks: Option<WithoutLeaks>,
    /// Where the gap that other trainers print comes from.
    pub decomposition: Option<DecompositionRecord>,
    /// Gaps, verdict, reason.
    pub judgement: Judgement,
}

/// The name of the baseline that a network has to beat to be worth its layers.
pub const LINEAR: &str = "linear model";

/// One simple method on validation.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct BaselineRecord {
    /// `linear model`
    pub name: &'static str,
    /// On validation, or on a part of it.
    #[serde(flatten)]
    pub score: ScoreRecord,
    /// Of so many.
    pub samples: u64,
    /// How many training samples it has seen.
    pub training_samples: usize,
    /// What a network is compared with.
    #[serde(skip)]
    pub answered: Answered,
}

impl BaselineRecord {
    /// Adds the interval.
    #[must_use]
    pub fn new(name: &'static str, right: Proportion, training_samples: usize) -> Self {
        Self {
            name,
            score: ScoreRecord::of_classes(right),
            samples: right.trials,
            training_samples,
            answered: Answered::Right(right),
        }
    }

    /// Of a method that predicts numbers, by its squared errors.
    #[must_use]
    pub fn of_numbers(
        name: &'static str,
        measurement: Measurement,
        target: Option<&Target>,
        training_samples: usize,
    ) -> Self {
        Self {
            name,
            score: ScoreRecord::new(measurement, target),
            samples: measurement.samples(),
            training_samples,
            answered: match measurement.score {
                Score::Accuracy(right) => Answered::Right(right),
                Score::R2(_) => Answered::Errors(measurement.loss),
            },
        }
    }
}

/// What was found without the validation and test samples that another split has too.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct WithoutLeaks {
    /// Samples left out.
    pub validation_dropped: usize,
    /// Samples left out.
    pub test_dropped: usize,
    /// On the rest.
    pub validation: Option<Measured>,
    /// On the rest.
    pub test: Option<Measured>,
    /// From these.
    pub judgement: Judgement,
}

/// The terms of both gaps.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DecompositionRecord {
    /// In shares of the samples; absent where numbers are predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<Decomposition>,
    /// In the unit of the loss.
    pub loss: Decomposition,
}

/// The last epoch's network on whole splits.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LastEpoch {
    /// On the whole training split.
    pub training: Measured,
    /// On the whole validation split.
    pub validation: Measured,
    /// Between the two.
    #[serde(flatten)]
    pub gap: GapRecord,
}

/// How far apart training and validation are.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapRecord {
    /// Training − validation.
    AccuracyGap(Estimate),
    /// Validation − training mean squared error, in variances of the training split.
    R2Gap(Estimate),
}

impl GapRecord {
    /// Of two measurements.
    #[must_use]
    pub fn new(train: Measurement, validation: Measurement) -> Self {
        match (train.score, validation.score) {
            (Score::Accuracy(train), Score::Accuracy(validation)) => {
                Self::AccuracyGap(accuracy_gap(train, validation, CONFIDENCE))
            }
            _ => Self::R2Gap(loss_gap(train.loss, validation.loss, CONFIDENCE)),
        }
    }

    /// Whichever it is.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        let (Self::AccuracyGap(gap) | Self::R2Gap(gap)) = self;
        *gap
    }
}

/// One split.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Measured {
    /// How many.
    pub samples: u64,
    /// With its 95 % interval.
    #[serde(flatten)]
    pub score: ScoreRecord,
    /// Mean per sample.
    pub loss: f64,
}

impl Measured {
    /// Adds the interval, and the unit where numbers are predicted.
    #[must_use]
    pub fn new(measurement: Measurement, target: Option<&Target>) -> Self {
        Self {
            samples: measurement.samples(),
            score: ScoreRecord::new(measurement, target),
            loss: measurement.loss.mean,
        }
    }
}

/// How good answers are.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged, rename_all_fields = "kebab-case")]
pub enum ScoreRecord {
    /// Of classes.
    Accuracy {
        /// Share of right classes.
        accuracy: Estimate,
    },
    /// Of numbers.
    R2 {
        /// 1 − Σ(y − ŷ)² / Σ(y − m)², m the mean of the training split.
        r2: Estimate,
        /// In the target's unit.
        root_mean_squared_error: f64,
    },
}

impl ScoreRecord {
    /// Of a split.
    #[must_use]
    pub fn new(measurement: Measurement, target: Option<&Target>) -> Self {
        match measurement.score {
            Score::Accuracy(right) => Self::of_classes(right),
            Score::R2(explained) => Self::R2 {
                r2: explained.r2(CONFIDENCE),
                root_mean_squared_error: target.map_or(f64::NAN, |target| {
                    target.root_mean_squared_error(measurement.loss.mean)
                }),
            },
        }
    }

    fn of_classes(right: Proportion) -> Self {
        let interval = rate_interval(right, CONFIDENCE);
        Self::Accuracy {
            accuracy: Estimate {
                value: right.rate(),
                low: interval.low,
                high: interval.high,
            },
        }
    }
}

/// Keeps `run.json` true.
pub struct Recorder {
    directory: RunDirectory,
    /// Its content; [`Recorder::end`] writes it.
    pub record: RunRecord,
}

impl Recorder {
    /// Writes the first record, with status `running`.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn begin(directory: RunDirectory, record: RunRecord) -> Result<Self, ReportError> {
        let recorder = Self { directory, record };
        recorder.write()?;
        Ok(recorder)
    }

    /// The run's folder.
    #[must_use]
    pub fn directory(&self) -> &RunDirectory {
        &self.directory
    }

    /// Writes the last record.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn end(&mut self, status: Status, error: Option<String>) -> Result<(), ReportError> {
        self.record.status = status;
        self.record.error = error;
        self.record.ended = Some(now());
        self.write()
    }

    fn write(&self) -> Result<(), ReportError> {
        let mut json = self.json()?;
        json.push('\n');
        self.directory.write("run.json", json.as_bytes())
    }

    /// The record as `run.json` holds it.
    ///
    /// # Errors
    ///
    /// It cannot be put into text.
    pub fn json(&self) -> Result<String, ReportError> {
        serde_json::to_string_pretty(&self.record).map_err(|error| ReportError::Encode {
            path: self.directory.path().join("run.json"),
            reason: error.to_string(),
        })
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if self.record.status == Status::Running {
            // Already on the way out because of another failure; if this one fails too, the file still says
            // `running` with the number of a process that is gone.
            let _ = self.end(
                Status::Failed,
                Some("the program ended before the run did".to_owned()),
            );
        }
    }
}

/// Now, as RFC 3339 in UTC, to the second.
#[must_use]
pub fn now() -> String {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second())
        .unwrap_or(now)
        .to_string()
}
