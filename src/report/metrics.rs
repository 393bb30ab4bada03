//! `metrics.csv` and `metrics.jsonl`: one row per epoch, the same numbers in both, appended as they come.
//!
//! Each row is one write, so that a killed run leaves whole rows and at most one torn last line.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::curves::CurvePoint;
use super::{ReportError, RunDirectory};
use crate::generalization::{CONFIDENCE, LossChange, Moments, accuracy_gap, loss_gap};
use crate::training::EpochRecord;

/// One row; the columns are explained in `artifacts/README.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// From 1.
    pub epoch: usize,
    /// Mean loss on the measured part of the training split.
    pub train_loss: f64,
    /// Share of right classes there.
    pub train_accuracy: f64,
    /// The same on validation.
    pub validation_loss: Option<f64>,
    /// The same on validation.
    pub validation_accuracy: Option<f64>,
    accuracy_gap: Option<f64>,
    accuracy_gap_low: Option<f64>,
    accuracy_gap_high: Option<f64>,
    loss_gap: Option<f64>,
    loss_gap_low: Option<f64>,
    loss_gap_high: Option<f64>,
    gradient_norm: f64,
    learning_rate: f64,
    train_images_per_s: f64,
    seconds: f64,
    /// Mean over the epoch's steps, each with the weights of its moment.
    pub running_loss: f64,
    /// The same.
    pub running_accuracy: f64,
    train_loss_change: Option<f64>,
    train_loss_change_variance: Option<f64>,
    train_loss_change_third: Option<f64>,
    validation_loss_change: Option<f64>,
    validation_loss_change_variance: Option<f64>,
    validation_loss_change_third: Option<f64>,
}

impl Row {
    /// The numbers of an epoch, with the gaps and their intervals.
    #[must_use]
    pub fn new(record: &EpochRecord) -> Self {
        let train = record.train;
        // One validation sample has no variance, and its loss gap no interval: an empty cell and a null.
        let finite = |value: f64| value.is_finite().then_some(value);
        let accuracy = record
            .validation
            .map(|validation| accuracy_gap(train.accuracy, validation.accuracy, CONFIDENCE));
        let loss = record
            .validation
            .map(|validation| loss_gap(train.loss, validation.loss, CONFIDENCE));
        Self {
            epoch: record.epoch,
            train_loss: train.loss.mean,
            train_accuracy: train.accuracy.rate(),
            validation_loss: record.validation.map(|validation| validation.loss.mean),
            validation_accuracy: record
                .validation
                .map(|validation| validation.accuracy.rate()),
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

    /// What the picture needs of this row.
    #[must_use]
    pub fn curve_point(&self) -> CurvePoint {
        CurvePoint {
            epoch: self.epoch,
            train_loss: self.train_loss,
            validation_loss: self.validation_loss,
            train_accuracy: self.train_accuracy,
            validation_accuracy: self.validation_accuracy,
            accuracy_gap: self.accuracy_gap_low.zip(self.accuracy_gap_high),
            loss_gap: self.loss_gap_low.zip(self.loss_gap_high),
        }
    }
}

/// Appends rows to both files.
pub struct MetricsFiles {
    csv: csv::Writer<File>,
    csv_path: PathBuf,
    jsonl: File,
    jsonl_path: PathBuf,
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
        })
    }

    /// Appends one row to each file.
    ///
    /// # Errors
    ///
    /// The disk is full, or the run's folder is gone.
    pub fn append(&mut self, row: &Row) -> Result<(), ReportError> {
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
