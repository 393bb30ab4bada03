//! Progress on standard error: a bar on a terminal, one plain line per epoch elsewhere.

mod bar;
mod numbers;
mod rows;

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use self::bar::Bar;
use self::numbers::Numbers;
use self::rows::{Lines, Rows};
use super::beside::Beside;
use super::checkpoints::CheckpointWriter;
use super::{ReportError, metrics::MetricsFiles};
use crate::fail_point::stumble;
use crate::generalization::Glance;
use crate::training::checkpoint::Checkpoint;
use crate::training::{EpochRecord, Observer, StepReport, TrainingError};

/// So long a disk may take without a word.
const PATIENCE: Duration = Duration::from_secs(2);

/// Epochs whose rows may wait for the disk.
const MOST_ROWS: usize = 4096;

/// Has each epoch's row written, and shows it.
pub struct Progress {
    rows: Beside<EpochRecord>,
    checkpoints: Option<CheckpointWriter>,
    /// On a terminal.
    bar: Option<Bar>,
    epochs: usize,
    glance: Glance,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A bar if standard error is a terminal, lines if it is not.
    Automatic,
    /// Nothing: something else has the terminal.
    Nothing,
}

impl Progress {
    /// Shows `epochs` epochs, and by `glance` how each of them stands.
    #[must_use]
    pub fn new(files: MetricsFiles, epochs: usize, style: Style, glance: Glance) -> Self {
        let is_shown = style == Style::Automatic;
        let has_bar = is_shown && std::io::stderr().is_terminal();
        let lines = (is_shown && !has_bar).then_some(Lines { epochs, glance });
        let rows = Rows { files, lines };
        Self {
            rows: Beside::new(MOST_ROWS, |records| rows.write(records)),
            checkpoints: None,
            bar: has_bar.then(Bar::new),
            epochs,
            glance,
        }
    }

    /// Keeps checkpoints as well.
    #[must_use]
    pub fn with_checkpoints(mut self, checkpoints: CheckpointWriter) -> Self {
        self.checkpoints = Some(checkpoints);
        self
    }
}

impl Progress {
    /// Waits until no more than `most` checkpoints are to be written, and says so if that takes long.
    fn wait_for_the_disk(&self, most: usize) {
        let began = Instant::now();
        let mut said = false;
        let behind = |checkpoints: &CheckpointWriter| checkpoints.waiting() > most;
        while self.checkpoints.as_ref().is_some_and(behind) {
            if !said && began.elapsed() >= PATIENCE {
                said = true;
                let line = b"waiting for the disk, which takes long to write a checkpoint\n";
                let _ = std::io::stderr().write_all(line);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Observer for Progress {
    fn step(&mut self, step: &StepReport) {
        stumble("step");
        if let Some(bar) = &self.bar {
            bar.step(step, self.epochs);
        }
    }

    fn epoch(&mut self, record: &EpochRecord) -> Result<(), TrainingError> {
        if let Some(bar) = &mut self.bar {
            bar.epoch(&Numbers::of(record), &self.glance);
        }
        self.rows
            .give(record.clone())
            .map_err(ReportError::into_training)
    }

    fn wants_checkpoints(&self) -> bool {
        self.checkpoints.is_some()
    }

    fn writing(&self) -> Option<Duration> {
        let checkpoints = self.checkpoints.as_ref();
        checkpoints.map_or(Some(Duration::ZERO), CheckpointWriter::written)
    }

    fn checkpoint(&mut self, checkpoint: Checkpoint) -> Result<(), TrainingError> {
        // One may be written while another waits.
        self.wait_for_the_disk(1);
        match &mut self.checkpoints {
            Some(checkpoints) => checkpoints
                .write(checkpoint)
                .map_err(ReportError::into_training),
            None => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<(), TrainingError> {
        self.wait_for_the_disk(0);
        let rows = self.rows.finish();
        let checkpoints = match &mut self.checkpoints {
            Some(checkpoints) => checkpoints.finish(),
            None => Ok(()),
        };
        rows.and(checkpoints).map_err(ReportError::into_training)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &mut self.bar {
            bar.show(&self.glance);
            bar.abandon();
        }
    }
}

impl ReportError {
    fn into_training(self) -> TrainingError {
        TrainingError::Report(self)
    }
}

/// A difference of accuracies in points, with its sign.
#[must_use]
pub fn points(difference: f64) -> String {
    let points = (1000.0 * difference).round() / 10.0;
    if points.abs() < 0.05 {
        "0.0".to_owned()
    } else if points < 0.0 {
        format!("−{:.1}", -points)
    } else {
        format!("+{points:.1}")
    }
}

/// `12,345`
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
