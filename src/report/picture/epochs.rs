//! The horizontal axis of pictures over the epochs.

use plotters::prelude::DrawingBackend;

use super::canvas::{Align, Canvas, Drawn};
use super::panel::Frame;
use super::ticks;
use crate::report::style;

/// The epochs that all panels of a picture show.
#[derive(Clone, Copy)]
pub(in crate::report) struct Epochs {
    /// The first.
    pub(in crate::report) first: usize,
    /// The last.
    pub(in crate::report) last: usize,
}

impl Epochs {
    /// Where an epoch lies, in pixels; a single one in the middle.
    #[expect(clippy::cast_precision_loss, reason = "epochs are far fewer than 2^52")]
    pub(in crate::report) fn position(self, frame: Frame, epoch: usize) -> f64 {
        let (first, last) = (self.first as f64, self.last as f64);
        let share = if self.last > self.first {
            (epoch as f64 - first) / (last - first)
        } else {
            0.5
        };
        frame.across(share)
    }

    /// Where `epochs` lie, in pixels.
    pub(in crate::report) fn positions(self, frame: Frame, epochs: &[usize]) -> Vec<f64> {
        epochs
            .iter()
            .map(|&epoch| self.position(frame, epoch))
            .collect()
    }

    /// Where the ticks are, in pixels.
    pub(in crate::report) fn ticks(self, frame: Frame) -> Vec<f64> {
        self.positions(frame, &ticks::epochs(self.first, self.last))
    }

    /// The tick labels, below the lowest panel.
    pub(in crate::report) fn draw_labels<Backend: DrawingBackend>(
        self,
        canvas: &Canvas<Backend>,
        lowest: Frame,
    ) -> Drawn<Backend> {
        let baseline = lowest.bottom + 20.0;
        for epoch in ticks::epochs(self.first, self.last) {
            canvas.text(
                &epoch.to_string(),
                (self.position(lowest, epoch), baseline),
                style::SMALL_TEXT_SIZE,
                style::QUIET_TEXT,
                Align::Center,
            )?;
        }
        canvas.text(
            "epoch",
            (lowest.left - 10.0, baseline),
            style::SMALL_TEXT_SIZE,
            style::QUIET_TEXT,
            Align::Right,
        )
    }
}
