//! Progress on standard error: a bar on a terminal, one plain line per epoch elsewhere.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::record::GapRecord;
use super::{ReportError, metrics::MetricsFiles};
use crate::generalization::{Measurement, Score};
use crate::training::{EpochRecord, Observer, StepReport, TrainingError};

/// Writes each epoch's row, and shows it.
pub struct Progress {
    files: MetricsFiles,
    display: Display,
    epochs: usize,
}

enum Display {
    Bar(ProgressBar),
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
    /// Shows `epochs` epochs.
    #[must_use]
    pub fn new(files: MetricsFiles, epochs: usize, style: Style) -> Self {
        let display = if style == Style::Nothing {
            Display::Nothing
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(15));
            let template = "{prefix} {bar:16} {percent:>3} %  {wide_msg}";
            bar.set_style(
                ProgressStyle::with_template(template)
                    .unwrap_or_else(|_| ProgressStyle::default_bar())
                    .progress_chars("━╸ "),
            );
            Display::Bar(bar)
        } else {
            Display::Lines
        };
        Self {
            files,
            display,
            epochs,
        }
    }
}

impl Observer for Progress {
    fn step(&mut self, step: &StepReport) {
        let StepReport {
            epoch,
            done,
            samples,
            ..
        } = *step;
        if let Display::Bar(bar) = &self.display {
            if bar.length().is_none() {
                bar.set_length(self.epochs.saturating_mul(samples) as u64);
            }
            bar.set_prefix(format!("epoch {epoch}/{}", self.epochs));
            bar.set_position((epoch - 1).saturating_mul(samples).saturating_add(done) as u64);
        }
    }

    fn epoch(&mut self, record: &EpochRecord) -> Result<(), TrainingError> {
        self.files
            .append(record)
            .map_err(ReportError::into_training)?;
        match &self.display {
            Display::Bar(bar) => bar.set_message(numbers(record)),
            Display::Lines => {
                let width = self.epochs.to_string().len();
                let line = format!(
                    "epoch {:>width$}/{}  {}\n",
                    record.epoch,
                    self.epochs,
                    numbers(record)
                );
                // Whoever reads the lines may have gone away; the run goes on.
                let _ = std::io::stderr().write_all(line.as_bytes());
            }
            Display::Nothing => {}
        }
        Ok(())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Display::Bar(bar) = &self.display {
            bar.abandon();
        }
    }
}

impl ReportError {
    fn into_training(self) -> TrainingError {
        TrainingError::Report(self)
    }
}

/// `loss 0.1234 | 0.1300  accuracy 98.5 % | 97.0 %  gap +1.5 (−0.3 to +3.4)  12,345/s`
fn numbers(record: &EpochRecord) -> String {
    let train = record.train;
    let speed = thousands(record.samples_per_second.round() as u64);
    match record.validation {
        Some(validation) => {
            let gap = GapRecord::new(train, validation).estimate();
            format!(
                "loss {:.4} | {:.4}  {} | {}  gap {} ({} to {})  {speed}/s",
                train.loss.mean,
                validation.loss.mean,
                score(train, true),
                score(validation, false),
                points(gap.value),
                points(gap.low),
                points(gap.high),
            )
        }
        None => format!(
            "loss {:.4}  {}  {speed}/s",
            train.loss.mean,
            score(train, true)
        ),
    }
}

/// `accuracy  98.5 %`, `R²  0.913`, or without the name.
fn score(measurement: Measurement, named: bool) -> String {
    let (name, value) = match measurement.score {
        Score::Accuracy(accuracy) => ("accuracy ", format!("{:5.1} %", 100.0 * accuracy.rate())),
        Score::R2(explained) => ("R² ", format!("{:6.3}", explained.part.mean)),
    };
    format!("{}{value}", if named { name } else { "" })
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
