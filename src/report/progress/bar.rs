//! The bar on a terminal, with the numbers of the latest epoch beside it.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::terminal;
use super::numbers::Numbers;
use crate::generalization::Glance;
use crate::training::StepReport;

/// Below so many columns the bar makes room for numbers.
const NARROW: usize = 100;

/// Between the epoch and the numbers there: ` 100%  `.
const PERCENT: usize = 7;

/// Between two pictures of the bar.
const FRAME: Duration = Duration::from_millis(66);

/// A bar, and the numbers of the latest epoch beside it.
pub(super) struct Bar {
    line: ProgressBar,
    width: usize,
    /// Not shown yet.
    latest: Option<Numbers>,
    /// When numbers were shown last.
    shown: Option<Instant>,
}

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(15));
        let width = terminal::width(&std::io::stderr()).unwrap_or(80);
        // A message that is too long for its line is cut at its end.
        let template = if width < NARROW {
            "{prefix} {percent:>3}%  {wide_msg}"
        } else {
            "epoch {prefix} {bar:16} {percent:>3} %  {wide_msg}"
        };
        bar.set_style(
            ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars(terminal::bar()),
        );
        Self {
            line: bar,
            width,
            latest: None,
            shown: None,
        }
    }

    /// Many epochs of a small network pass between two pictures.
    pub(super) fn epoch(&mut self, numbers: &Numbers, glance: &Glance) {
        self.latest = Some(*numbers);
        if self.shown.is_none_or(|shown| shown.elapsed() >= FRAME) {
            self.show(glance);
            self.shown = Some(Instant::now());
        }
    }

    /// Shows what there is to show.
    pub(super) fn show(&mut self, glance: &Glance) {
        if let Some(numbers) = self.latest.take() {
            let message = if self.width < NARROW {
                let before = self.line.prefix().chars().count() + PERCENT;
                numbers.short(glance, self.width.saturating_sub(before))
            } else {
                numbers.long(glance)
            };
            self.line
                .set_message(terminal::readable(&message).into_owned());
        }
    }

    /// After a step of a run of so many epochs.
    pub(super) fn step(&self, step: &StepReport, epochs: usize) {
        let StepReport {
            epoch,
            done,
            samples,
            ..
        } = *step;
        if self.line.length().is_none() {
            self.line.set_length(epochs.saturating_mul(samples) as u64);
        }
        self.line.set_prefix(format!("{epoch}/{epochs}"));
        let before = (epoch - 1).saturating_mul(samples);
        self.line.set_position(before.saturating_add(done) as u64);
    }

    /// Leaves it as it stands.
    pub(super) fn abandon(&self) {
        self.line.abandon();
    }
}
