//! A run as TensorBoard reads it: `tensorboard --logdir artifacts`.
//!
//! Three folders, and so three runs in TensorBoard's list: `train` and `validation` have the same tags, which puts both splits
//! on one chart; the folder above them has what belongs to neither: the gap with its interval, the configuration as text and as
//! hyperparameters, pictures, and at the end what was found on the kept network. Every number is one of `metrics.csv` as `f32`;
//! that file stays the source of truth.

mod event_file;
mod protobuf;
mod settings;
mod values;

use std::fs;
use std::path::Path;

use self::event_file::{EventFile, wall_time};
use self::protobuf::{
    Category, Chart, FAILURE, HParamsPluginData, Layout, MarginChartContent, SUCCESS, Series,
    SessionEndInfo, SessionStartInfo, Value,
};
use self::values::{histogram, layout, picture, scalar, session, text, verbatim};
use super::metrics::Row;
use super::record::{Findings, Measured, RunRecord, ScoreRecord, Status};
use super::summary::verdict_line;
use super::{ReportError, RunDirectory, run_file};
use crate::training::EpochRecord;

pub(super) const FOLDER: &str = "tensorboard";

/// Histograms of at most about so many epochs: each is drawn as one slice, and more could not be told apart.
const MOST_HISTOGRAMS: usize = 64;

/// A picture of more bytes stays where it is: an animation, a contact sheet of photographs.
const LARGEST_PICTURE: u64 = 1 << 20;

/// The gaps, each with the ends of its interval, and what to call the chart.
const GAPS: [(&str, [&str; 3]); 2] = [
    (
        "accuracy gap: training − validation",
        ["accuracy_gap", "accuracy_gap_low", "accuracy_gap_high"],
    ),
    (
        "loss gap: validation − training",
        ["loss_gap", "loss_gap_low", "loss_gap_high"],
    ),
];

/// Appends epochs while a run goes on.
pub struct EventFiles {
    run: EventFile,
    train: EventFile,
    /// Where something validates.
    validation: Option<EventFile>,
    /// Times that the weights were looked at, of which every so many is written.
    looks: usize,
    every: usize,
}

impl EventFiles {
    /// Begins the files of a run of so many epochs, with its configuration.
    ///
    /// # Errors
    ///
    /// They cannot be created.
    pub fn create(
        directory: &RunDirectory,
        configuration: &str,
        epochs: usize,
        validates: bool,
    ) -> Result<Self, ReportError> {
        let folder = directory.path().join(FOLDER);
        let begin = |folder: &Path| EventFile::create(folder);
        let mut run = begin(&folder)?;
        let start = HParamsPluginData {
            session_start_info: Some(SessionStartInfo {
                hparams: settings::settings(configuration),
                start_time_secs: wall_time(),
            }),
            ..HParamsPluginData::default()
        };
        let mut values = vec![
            session("_hparams_/session_start_info", &start),
            verbatim("configuration", configuration),
        ];
        if validates {
            values.push(layout(&gaps()));
        }
        run.append(0, values)?;
        run.flush()?;
        let looks = epochs.min(crate::training::layer_norms::MOST_EPOCHS);
        Ok(Self {
            run,
            train: begin(&folder.join("train"))?,
            validation: validates
                .then(|| begin(&folder.join("validation")))
                .transpose()?,
            looks: 0,
            every: looks.div_ceil(MOST_HISTOGRAMS).max(1),
        })
    }

    /// Removes the files of a run that writes them anew.
    ///
    /// # Errors
    ///
    /// They cannot be removed.
    pub fn remove(directory: &RunDirectory) -> Result<(), ReportError> {
        let folder = directory.path().join(FOLDER);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(ReportError::io("remove", &folder)(error))
            }
            _ => Ok(()),
        }
    }

    /// Appends an epoch, of which `row` are the numbers.
    ///
    /// # Errors
    ///
    /// The disk is full, or the run's folder is gone.
    pub fn append(&mut self, row: &Row, record: &EpochRecord) -> Result<(), ReportError> {
        let mut values = vec![
            scalar("loss", row.train_loss),
            scalar("running_loss", row.running_loss),
            scalar("gradient_norm", row.gradient_norm),
            scalar("learning_rate", row.learning_rate),
            scalar("train_images_per_s", row.train_images_per_s),
        ];
        present(&mut values, "accuracy", row.train_accuracy);
        present(&mut values, "running_accuracy", row.running_accuracy);
        present(&mut values, "r2", row.train_r2);
        if let Some(layers) = &record.layers {
            // The first and every so many after it.
            if self.looks.is_multiple_of(self.every) {
                let weights = layers.iter().map(|layer| (&layer.tensor, &layer.histogram));
                values.extend(
                    weights.map(|(name, weights)| histogram(format!("weights/{name}"), weights)),
                );
            }
            self.looks += 1;
        }
        self.train.append(row.epoch, values)?;

        let (Some(validation), Some(loss)) = (&mut self.validation, row.validation_loss) else {
            return Ok(());
        };
        let mut values = vec![scalar("loss", loss)];
        present(&mut values, "accuracy", row.validation_accuracy);
        present(&mut values, "r2", row.validation_r2);
        validation.append(row.epoch, values)?;

        let gaps = [
            [
                row.accuracy_gap,
                row.accuracy_gap_low,
                row.accuracy_gap_high,
            ],
            [row.loss_gap, row.loss_gap_low, row.loss_gap_high],
        ];
        let mut values = Vec::with_capacity(6);
        for ((_, tags), numbers) in GAPS.iter().zip(gaps) {
            for (tag, number) in tags.iter().zip(numbers) {
                present(&mut values, &format!("gap/{tag}"), number);
            }
        }
        self.run.append(row.epoch, values)
    }
}

/// Appends what was found, the pictures that were drawn, and how the run ended; nothing where the run has no event files.
///
/// # Errors
///
/// The file cannot be written to, or a picture not be read.
pub fn conclude(directory: &RunDirectory, record: &RunRecord) -> Result<(), ReportError> {
    let Some(mut run) = EventFile::append_to(&directory.path().join(FOLDER))? else {
        return Ok(());
    };
    let epoch = record.epochs.best.unwrap_or(0);
    let mut values = Vec::new();
    if let Some(result) = &record.result {
        found(&mut values, &result.found);
    }
    let end = HParamsPluginData {
        session_end_info: Some(SessionEndInfo {
            status: match record.status {
                Status::Failed => FAILURE,
                Status::Running | Status::Finished | Status::Interrupted => SUCCESS,
            },
            end_time_secs: wall_time(),
        }),
        ..HParamsPluginData::default()
    };
    values.push(session("_hparams_/session_end_info", &end));
    run.append(epoch, values)?;
    for (file, name) in pictures(directory.path()) {
        let png = run_file::read(directory.path(), &file)?;
        if let Some(picture) = picture(name, png) {
            run.append(epoch, vec![picture])?;
        }
    }
    run.flush()
}

/// The kept network on whole splits.
fn found(values: &mut Vec<Value>, found: &Findings) {
    for (split, measured) in [
        ("train", found.training),
        ("validation", found.validation),
        ("test", found.test),
    ] {
        let Some(Measured { score, loss, .. }) = measured else {
            continue;
        };
        let (name, estimate) = match score {
            ScoreRecord::Accuracy { accuracy } => ("accuracy", accuracy),
            ScoreRecord::R2 { r2, .. } => ("r2", r2),
        };
        values.push(scalar(&format!("kept/{split}_{name}"), estimate.value));
        values.push(scalar(&format!("kept/{split}_loss"), loss));
    }
    let gap = found.judgement.compared.gap();
    present(values, "kept/gap", gap.map(|gap| gap.value));
    values.push(text("verdict", verdict_line(&found.judgement)));
}

/// The curves and what is in `pictures/`, sorted, with the names that they are shown under.
fn pictures(folder: &Path) -> Vec<(String, String)> {
    let mut files = vec!["curves.png".to_owned()];
    let entries = fs::read_dir(folder.join("pictures"));
    let mut drawn: Vec<_> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| format!("pictures/{}", entry.file_name().display()))
        .filter(|file| {
            Path::new(file)
                .extension()
                .is_some_and(|kind| kind == "png")
        })
        .collect();
    drawn.sort();
    files.append(&mut drawn);
    let small = |file: &String| {
        fs::metadata(folder.join(file)).is_ok_and(|metadata| metadata.len() <= LARGEST_PICTURE)
    };
    files
        .into_iter()
        .filter(small)
        .filter_map(|file| {
            let name = Path::new(&file).file_stem()?.to_string_lossy().into_owned();
            Some((file, name))
        })
        .collect()
}

/// Both gaps with their intervals as bands, for the dashboard of custom scalars.
fn gaps() -> Layout {
    let chart = |(title, [value, lower, upper]): &(&str, [&str; 3])| Chart {
        title: (*title).to_owned(),
        margin: Some(MarginChartContent {
            series: vec![Series {
                value: format!("gap/{value}"),
                lower: format!("gap/{lower}"),
                upper: format!("gap/{upper}"),
            }],
        }),
    };
    Layout {
        category: vec![Category {
            title: "gap, with its 95 % interval".to_owned(),
            chart: GAPS.iter().map(chart).collect(),
        }],
    }
}

/// A number, where there is one.
fn present(values: &mut Vec<Value>, tag: &str, number: Option<f64>) {
    values.extend(number.map(|number| scalar(tag, number)));
}
