//! One of the two charts: both splits on one vertical axis, over the epochs.

use plotters::prelude::DrawingBackend;

use super::series::Series;
use crate::report::picture::axis::Axis;
use crate::report::picture::canvas::{Canvas, Drawn};
use crate::report::picture::labels::{self, EndLabel};
use crate::report::picture::lines::{DENSE, Line, MARKED};
use crate::report::picture::panel::Panel;
use crate::report::style::{self, TRAINING, VALIDATION};

/// What one panel shows.
pub(super) struct Chart<'a> {
    /// What surrounds the curves.
    pub(super) panel: Panel<'a>,
    /// The curves.
    pub(super) series: &'a Series,
    /// Where its epochs lie, in pixels.
    pub(super) x: &'a [f64],
    /// The epoch to mark and where it lies.
    pub(super) best_epoch: Option<(usize, f64)>,
    /// A value to compare with and its name, drawn when the axis contains it.
    pub(super) baseline: Option<(f64, &'static str)>,
}

impl Chart<'_> {
    /// Draws the panel and everything on it.
    pub(super) fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        self.panel.draw(canvas)?;
        let Some(axis) = self.panel.axis else {
            return Ok(());
        };
        let baseline = self.baseline.filter(|&(level, _)| axis.contains(level));
        self.draw_areas(canvas, axis)?;
        if let Some((level, _)) = baseline {
            self.panel.draw_level(canvas, axis, level)?;
        }
        if let Some((_, x)) = self.best_epoch {
            self.panel.draw_mark(canvas, x)?;
        }
        self.draw_curves(canvas, axis)?;
        let frame = self.panel.frame;
        let labels: Vec<EndLabel> = [
            EndLabel::of_line(frame, axis, &self.series.training, TRAINING),
            EndLabel::of_line(frame, axis, &self.series.validation, VALIDATION),
            baseline.map(|(level, name)| EndLabel::of_level(frame, axis, level, name)),
        ]
        .into_iter()
        .flatten()
        .collect();
        labels::draw(canvas, frame, &labels)
    }

    /// The interval's band and the gap between the curves.
    fn draw_areas<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        axis: Axis,
    ) -> Drawn<Backend> {
        let series = self.series;
        let interval = (&series.interval_low[..], &series.interval_high[..]);
        self.panel.draw_band(
            canvas,
            axis,
            self.x,
            interval,
            (VALIDATION.line, style::INTERVAL_OPACITY),
        )?;
        if self.x.len() <= DENSE {
            self.panel
                .draw_edges(canvas, axis, self.x, interval, style::INTERVAL_EDGE)?;
        }
        self.panel.draw_band(
            canvas,
            axis,
            self.x,
            (&series.training, &series.validation),
            (style::GAP, style::GAP_OPACITY),
        )
    }

    /// Both curves, with a marker at every epoch if there are few, and at the best one.
    fn draw_curves<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        axis: Axis,
    ) -> Drawn<Backend> {
        let best = self.best_epoch.map(|(epoch, _)| epoch);
        let is_marked =
            |index: usize| self.x.len() <= MARKED || best == Some(self.series.epochs[index]);
        let training = Line {
            x: self.x,
            values: &self.series.training,
            style: TRAINING,
            is_joined: true,
            is_marked: &is_marked,
            below: None,
        };
        let validation = Line {
            values: &self.series.validation,
            style: VALIDATION,
            below: Some((&self.series.training, TRAINING.line)),
            ..training
        };
        training.draw(canvas, self.panel.frame, axis)?;
        validation.draw(canvas, self.panel.frame, axis)
    }
}
