//! Progress on standard error: a bar on a terminal, one plain line per epoch elsewhere.

mod bar;
mod numbers;

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use self::bar::Bar;
use self::numbers::Numbers;
use super::checkpoints::CheckpointWriter;
use super::{ReportError, metrics::MetricsFiles, terminal};
use crate::fail_point::stumble;
use crate::generalization::Glance;
use crate::training::checkpoint::Checkpoint;
use crate::training::{EpochRecord, Observer, StepReport, TrainingError};

/// So long a disk may take without a word.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes each epoch's row, and shows it.
pub struct Progress {
    files: MetricsFiles,
    checkpoints: Option<CheckpointWriter>,
    display: Display,
    epochs: usize,
    glance: Glance,
}

enum Display {
    Bar(Box<Bar>),
    Lines,
    Nothing,
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
        let display = if style == Style::Nothing {
            Display::Nothing
        } else if std::io::stderr().is_terminal() {
            Display::Bar(Box::new(Bar::new()))
        } else {
            Display::Lines
        };
        Self {
            files,
            checkpoints: None,
            display,
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
        if let Display::Bar(bar) = &self.display {
            bar.step(step, self.epochs);
        }
    }

    fn epoch(&mut self, record: &EpochRecord) -> Result<(), TrainingError> {
        self.files
            .append(record)
            .map_err(ReportError::into_training)?;
        let numbers = Numbers {
            measured: record.measurement(),
            samples_per_second: record.samples_per_second,
        };
        match &mut self.display {
            Display::Bar(bar) => bar.epoch(&numbers, &self.glance),
            Display::Lines => {
                let width = self.epochs.to_string().len();
                let line = format!(
                    "epoch {:>width$}/{}  {}\n",
                    record.epoch,
                    self.epochs,
                    numbers.long(&self.glance)
                );
                let line = terminal::readable(&line);
                // Whoever reads the lines may have gone away; the run goes on.
                let _ = std::io::stderr().write_all(line.as_bytes());
            }
            Display::Nothing => {}
        }
        Ok(())
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
        match &mut self.checkpoints {
            Some(checkpoints) => checkpoints.finish().map_err(ReportError::into_training),
            None => Ok(()),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Display::Bar(bar) = &mut self.display {
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
