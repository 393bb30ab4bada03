//! `metrics.csv` and `metrics.jsonl`: one row per epoch, the same numbers in both, appended as they come.
//!
//! Each row is one write, so that a killed run leaves whole rows and at most one torn last line.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

use super::curves::CurvePoint;
use super::layers::{self, LayersFile};
use super::tensorboard::EventFiles;
use super::{ReportError, RunDirectory};
use crate::fail_point::reach;
use crate::generalization::{
    CONFIDENCE, Explained, LossChange, Measurement, Moments, Proportion, Score, accuracy_gap,
    loss_gap,
};
use crate::training::EpochRecord;

/// One row; the columns are explained in `artifacts/README.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// From 1.
    pub epoch: usize,
    /// Mean loss on the measured part of the training split.
    #[serde(deserialize_with = "or_nan")]
    pub train_loss: f64,
    /// Share of right classes there; this and the other accuracies are empty where numbers are predicted.
    pub train_accuracy: Option<f64>,
    /// The same on validation.
    pub validation_loss: Option<f64>,
    /// The same on validation.
    pub validation_accuracy: Option<f64>,
    /// Training − validation accuracy.
    pub accuracy_gap: Option<f64>,
    /// The lower end of its interval.
    pub accuracy_gap_low: Option<f64>,
    /// The upper end.
    pub accuracy_gap_high: Option<f64>,
    /// Validation − training loss.
    pub loss_gap: Option<f64>,
    /// The lower end of its interval.
    pub loss_gap_low: Option<f64>,
    /// The upper end.
    pub loss_gap_high: Option<f64>,
    /// Mean over the epoch's steps of the gradient's Euclidean norm.
    #[serde(deserialize_with = "or_nan")]
    pub gradient_norm: f64,
    /// η of the epoch's last step.
    #[serde(deserialize_with = "or_nan")]
    pub learning_rate: f64,
    /// Training samples per second, measurement apart.
    #[serde(deserialize_with = "or_nan")]
    pub train_images_per_s: f64,
    #[serde(deserialize_with = "or_nan")]
    seconds: f64,
    /// Mean over the epoch's steps, each with the weights of its moment.
    #[serde(deserialize_with = "or_nan")]
    pub running_loss: f64,
    /// The same.
    pub running_accuracy: Option<f64>,
    train_loss_change: Option<f64>,
    train_loss_change_variance: Option<f64>,
    train_loss_change_third: Option<f64>,
    validation_loss_change: Option<f64>,
    validation_loss_change_variance: Option<f64>,
    validation_loss_change_third: Option<f64>,
    /// What is explained of the numbers on the measured part of the training split; empty where classes are told apart.
    pub train_r2: Option<f64>,
    /// The same on validation.
    pub validation_r2: Option<f64>,
    train_loss_variance: Option<f64>,
    train_loss_third: Option<f64>,
    validation_loss_variance: Option<f64>,
    validation_loss_third: Option<f64>,
}

/// JSON has no word for what is no number and writes `null` instead: one broken number does not make a file unreadable.
fn or_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Option::deserialize(deserializer).map(|number| number.unwrap_or(f64::NAN))
}

impl Row {
    /// The numbers of an epoch, with the gaps and their intervals.
    #[must_use]
    pub fn new(record: &EpochRecord) -> Self {
        let train = record.train;
        // One validation sample has no variance, and its loss gap no interval: an empty cell and a null.
        let finite = |value: f64| value.is_finite().then_some(value);
        let accuracy_of = |measurement: Measurement| match measurement.score {
            Score::Accuracy(accuracy) => Some(accuracy),
            Score::R2(_) => None,
        };
        let r2_of = |measurement: Measurement| {
            let r2 = measurement.explained().map(|explained| explained.part.mean);
            r2.and_then(finite)
        };
        let validation = record.validation;
        let accuracy = accuracy_of(train)
            .zip(validation.and_then(accuracy_of))
            .map(|(train, validation)| accuracy_gap(train, validation, CONFIDENCE));
        let loss = record
            .validation
            .map(|validation| loss_gap(train.loss, validation.loss, CONFIDENCE));
        Self {
            epoch: record.epoch,
            train_loss: train.loss.mean,
            train_accuracy: accuracy_of(train).map(Proportion::rate),
            validation_loss: record.validation.map(|validation| validation.loss.mean),
            validation_accuracy: validation.and_then(accuracy_of).map(Proportion::rate),
            accuracy_gap: accuracy.map(|gap| gap.value),
            accuracy_gap_low: accuracy.map(|gap| gap.low),
            accuracy_gap_high: accuracy.map(|gap| gap.high),
            loss_gap: loss.map(|gap| gap.value),
            loss_gap_low: loss.and_then(|gap| finite(gap.low)),
            loss_gap_high: loss.and_then(|gap| finite(gap.high)),
            gradient_norm: record.gradient_norm,
            learning_rate: record.learning_rate,
            train_images_per_s: record.samples_per_second,
            seconds: record.seconds,
            running_loss: record.running_loss,
            running_accuracy: record.running_accuracy,
            train_loss_change: record.since_best.map(|change| change.train.mean),
            train_loss_change_variance: record.since_best.map(|change| change.train.variance),
            train_loss_change_third: record.since_best.map(|change| change.train.third),
            validation_loss_change: record.since_best.map(|change| change.validation.mean),
            validation_loss_change_variance: record
                .since_best
                .map(|change| change.validation.variance),
            validation_loss_change_third: record.since_best.map(|change| change.validation.third),
            train_r2: r2_of(train),
            validation_r2: validation.and_then(r2_of),
            train_loss_variance: finite(train.loss.variance),
            train_loss_third: finite(train.loss.third),
            validation_loss_variance: validation.and_then(|split| finite(split.loss.variance)),
            validation_loss_third: validation.and_then(|split| finite(split.loss.third)),
        }
    }
}

impl Row {
    /// What has become of the losses since the best epoch so far, over so many measured training samples and so many of
    /// validation; `None` at that epoch.
    #[must_use]
    pub fn since_best(&self, train: u64, validation: u64) -> Option<LossChange> {
        Some(LossChange {
            train: Moments {
                count: train,
                mean: self.train_loss_change?,
                variance: self.train_loss_change_variance?,
                third: self.train_loss_change_third?,
            },
            validation: Moments {
                count: validation,
                mean: self.validation_loss_change?,
                variance: self.validation_loss_change_variance?,
                third: self.validation_loss_change_third?,
            },
        })
    }

    /// What was measured on the measured part of the training split, of which there are so many.
    #[must_use]
    pub fn train(&self, samples: u64) -> Measurement {
        let moments = Moments {
            count: samples,
            mean: self.train_loss,
            variance: self.train_loss_variance.unwrap_or(f64::NAN),
            third: self.train_loss_third.unwrap_or(0.0),
        };
        measurement(self.train_accuracy, self.train_r2, moments)
    }

    /// The same on validation, if anything was.
    #[must_use]
    pub fn validation(&self, samples: u64) -> Option<Measurement> {
        let moments = Moments {
            count: samples,
            mean: self.validation_loss?,
            variance: self.validation_loss_variance.unwrap_or(f64::NAN),
            third: self.validation_loss_third.unwrap_or(0.0),
        };
        Some(measurement(
            self.validation_accuracy,
            self.validation_r2,
            moments,
        ))
    }

    /// How good the training split's answers are: accuracy, or R² where numbers are predicted.
    #[must_use]
    pub fn train_score(&self) -> f64 {
        self.train_accuracy.or(self.train_r2).unwrap_or(f64::NAN)
    }

    /// The same on validation.
    #[must_use]
    pub fn validation_score(&self) -> Option<f64> {
        self.validation_accuracy.or(self.validation_r2)
    }

    /// What the picture needs of this row.
    #[must_use]
    pub fn curve_point(&self) -> CurvePoint {
        CurvePoint {
            epoch: self.epoch,
            train_loss: self.train_loss,
            validation_loss: self.validation_loss,
            train_score: self.train_score(),
            validation_score: self.validation_score(),
            accuracy_gap: self.accuracy_gap_low.zip(self.accuracy_gap_high),
            loss_gap: self.loss_gap_low.zip(self.loss_gap_high),
            learning_rate: self.learning_rate,
        }
    }
}

/// A row holds rates and means; the counts are those of the splits.
fn measurement(accuracy: Option<f64>, r2: Option<f64>, loss: Moments) -> Measurement {
    Measurement {
        score: match accuracy {
            Some(rate) => Score::Accuracy(Proportion {
                successes: (rate * loss.count as f64).round() as u64,
                trials: loss.count,
            }),
            None => Score::R2(Explained::unknown(r2.unwrap_or(f64::NAN), loss.count)),
        },
        loss,
    }
}

/// Appends rows to both files, and to that of the layers; to TensorBoard's where there are any.
pub struct MetricsFiles {
    csv: csv::Writer<File>,
    csv_path: PathBuf,
    jsonl: File,
    jsonl_path: PathBuf,
    layers: LayersFile,
    events: Option<EventFiles>,
}

impl MetricsFiles {
    /// Creates both files in the run's folder.
    ///
    /// # Errors
    ///
    /// They cannot be created.
    pub fn create(directory: &RunDirectory) -> Result<Self, ReportError> {
        let csv_path = directory.path().join("metrics.csv");
        let jsonl_path = directory.path().join("metrics.jsonl");
        let csv = File::create_new(&csv_path).map_err(ReportError::io("create", &csv_path))?;
        Ok(Self {
            // Its buffer is larger than a row, so that flushing after each row makes one write of it.
            csv: csv::Writer::from_writer(csv),
            jsonl: File::create_new(&jsonl_path).map_err(ReportError::io("create", &jsonl_path))?,
            csv_path,
            jsonl_path,
            layers: LayersFile::create(directory)?,
            events: None,
        })
    }

    /// Removes these files from the run's folder, for a run that writes them anew.
    ///
    /// # Errors
    ///
    /// One cannot be removed.
    pub fn remove(directory: &RunDirectory) -> Result<(), ReportError> {
        for file in ["metrics.csv", "metrics.jsonl", layers::FILE] {
            directory.remove(file)?;
        }
        EventFiles::remove(directory)
    }

    /// Appends each epoch to these as well.
    #[must_use]
    pub fn and_events(self, events: EventFiles) -> Self {
        Self {
            events: Some(events),
            ..self
        }
    }

    /// Appends one row to each file, and those of the layers where they were looked at.
    ///
    /// # Errors
    ///
    /// The disk is full, or the run's folder is gone.
    pub fn append(&mut self, record: &EpochRecord) -> Result<(), ReportError> {
        if let Some(layers) = &record.layers {
            self.layers.append(record.epoch, layers)?;
        }
        let row = Row::new(record);
        reach("no row");
        self.append_row(&row)?;
        reach("row");
        match &mut self.events {
            Some(events) => events.append(&row, record),
            None => Ok(()),
        }
    }

    fn append_row(&mut self, row: &Row) -> Result<(), ReportError> {
        let encode = |path: &PathBuf, reason: String| ReportError::Encode {
            path: path.clone(),
            reason,
        };
        self.csv
            .serialize(row)
            .map_err(|error| encode(&self.csv_path, error.to_string()))?;
        self.csv
            .flush()
            .map_err(ReportError::io("write", &self.csv_path))?;
        let mut line =
            serde_json::to_vec(row).map_err(|error| encode(&self.jsonl_path, error.to_string()))?;
        line.push(b'\n');
        self.jsonl
            .write_all(&line)
            .map_err(ReportError::io("write", &self.jsonl_path))
    }
}
