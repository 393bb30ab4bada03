//! One of the two charts: both splits on one vertical axis, over the epochs.

use plotters::prelude::DrawingBackend;

use super::axis::Axis;
use super::canvas::{Align, Canvas, Drawn};
use super::series::Series;
use super::ticks;
use crate::report::style::{self, TRAINING, VALIDATION};

/// Space between the frame of a panel and its outermost values, so that lines at the edge are not cut in half.
const INSET: f64 = 9.0;
/// From the middle of a line of text down to its baseline, in parts of its size.
pub(super) const MIDDLE_TO_BASELINE: f64 = 0.36;
/// Beyond so many epochs, lines are thinner.
pub(super) const DENSE_EPOCHS: usize = 150;
/// Half the width of a bar that stands for an area of one epoch.
const BAR: f64 = 6.0;

/// The rectangle of a panel, in pixels.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// The upper edge.
    pub(super) top: f64,
    /// The lower edge.
    pub(super) bottom: f64,
}

/// The left edge of every panel.
pub(super) const LEFT: f64 = style::PANEL_LEFT;

/// The right edge of every panel.
pub(super) fn right() -> f64 {
    f64::from(style::WIDTH) - style::PANEL_RIGHT
}

/// The epochs that both panels show.
#[derive(Clone, Copy)]
pub(super) struct Epochs {
    /// The first.
    pub(super) first: usize,
    /// The last.
    pub(super) last: usize,
}

impl Epochs {
    /// Where an epoch lies, in pixels; a single one in the middle.
    #[expect(clippy::cast_precision_loss, reason = "epochs are far fewer than 2^52")]
    pub(super) fn position(self, epoch: usize) -> f64 {
        let (first, last) = (self.first as f64, self.last as f64);
        let share = if self.last > self.first {
            (epoch as f64 - first) / (last - first)
        } else {
            0.5
        };
        LEFT + INSET + share * (right() - LEFT - 2.0 * INSET)
    }
}

/// What one panel shows.
pub(super) struct Panel<'a> {
    /// Where.
    pub(super) frame: Frame,
    /// Written above.
    pub(super) title: &'a str,
    /// Written after the title, quieter.
    pub(super) note: &'a str,
    /// The horizontal axis.
    pub(super) epochs: Epochs,
    /// The curves.
    pub(super) series: &'a Series,
    /// The vertical axis; there is none when there is no finite value.
    pub(super) axis: Option<Axis>,
    /// The epoch to mark.
    pub(super) best_epoch: Option<usize>,
    /// A value to compare with, drawn when the axis contains it.
    pub(super) baseline: Option<f64>,
}

impl Panel<'_> {
    /// Draws the panel.
    pub(super) fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        self.draw_title(canvas)?;
        let Some(axis) = self.axis else {
            self.draw_axes(canvas, None)?;
            return canvas.text(
                "no finite value",
                (
                    f64::midpoint(LEFT, right()),
                    f64::midpoint(self.frame.top, self.frame.bottom),
                ),
                style::TEXT_SIZE,
                style::QUIET_TEXT,
                Align::Center,
            );
        };
        self.draw_axes(canvas, Some(axis))?;
        self.draw_areas(canvas, axis)?;
        self.draw_marks(canvas, axis)?;
        self.draw_curve(canvas, axis, &self.series.training, TRAINING)?;
        self.draw_curve(canvas, axis, &self.series.validation, VALIDATION)?;
        self.draw_end_labels(canvas, axis)
    }

    fn draw_title<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let baseline = self.frame.top - 11.0;
        canvas.text(
            self.title,
            (style::MARGIN, baseline),
            style::PANEL_TITLE_SIZE,
            style::STRONG_TEXT,
            Align::Left,
        )?;
        if self.note.is_empty() {
            return Ok(());
        }
        let start = style::MARGIN + self.title_width(canvas) + 10.0;
        canvas.text(
            self.note,
            (start, baseline),
            style::SMALL_TEXT_SIZE,
            style::QUIET_TEXT,
            Align::Left,
        )
    }

    /// The width of the title without the note.
    pub(super) fn title_width<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> f64 {
        canvas.typeface.width(self.title, style::PANEL_TITLE_SIZE)
    }

    /// The grid, the tick labels on the left, and the line at the bottom.
    fn draw_axes<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        axis: Option<Axis>,
    ) -> Drawn<Backend> {
        for tick in axis.iter().flat_map(|axis| axis.ticks(6)) {
            let y = axis.map_or(0.0, |axis| self.height(axis, tick.value));
            canvas.line(&[(LEFT, y), (right(), y)], style::GRID, style::THIN_LINE)?;
            canvas.text(
                &tick.label,
                (LEFT - 10.0, y + MIDDLE_TO_BASELINE * style::SMALL_TEXT_SIZE),
                style::SMALL_TEXT_SIZE,
                style::QUIET_TEXT,
                Align::Right,
            )?;
        }
        let bottom = self.frame.bottom;
        canvas.line(
            &[(LEFT, bottom), (right(), bottom)],
            style::AXIS,
            style::THIN_LINE,
        )?;
        for epoch in ticks::epochs(self.epochs.first, self.epochs.last) {
            let x = self.epochs.position(epoch);
            canvas.line(
                &[(x, bottom), (x, bottom + 5.0)],
                style::AXIS,
                style::THIN_LINE,
            )?;
        }
        Ok(())
    }

    /// The interval's band and the gap between the curves.
    fn draw_areas<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        axis: Axis,
    ) -> Drawn<Backend> {
        let series = self.series;
        let band = |canvas: &Canvas<Backend>, one: &[f64], other: &[f64], color, opacity| {
            let both: Vec<f64> = one.iter().zip(other).map(|(a, b)| a + b).collect();
            for run in series.runs(&both) {
                let edge = |values: &[f64]| -> Vec<(f64, f64)> {
                    let points = self.points(axis, &values[run.clone()], run.start);
                    match points[..] {
                        [(x, y)] => vec![(x - BAR, y), (x + BAR, y)],
                        _ => points,
                    }
                };
                let mut corners = edge(one);
                corners.extend(edge(other).into_iter().rev());
                canvas.area(&corners, color, opacity)?;
            }
            Ok(())
        };
        band(
            canvas,
            &series.interval_low,
            &series.interval_high,
            VALIDATION.line,
            style::INTERVAL_OPACITY,
        )?;
        if series.epochs.len() <= DENSE_EPOCHS {
            for edge in [&series.interval_low, &series.interval_high] {
                for run in series.runs(edge).into_iter().filter(|run| run.len() > 1) {
                    let points = self.points(axis, &edge[run.clone()], run.start);
                    canvas.line(&points, style::INTERVAL_EDGE, style::THIN_LINE)?;
                }
            }
        }
        band(
            canvas,
            &series.training,
            &series.validation,
            style::GAP,
            style::GAP_OPACITY,
        )
    }

    /// The best epoch and the baseline.
    fn draw_marks<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        axis: Axis,
    ) -> Drawn<Backend> {
        if let Some(baseline) = self.shown_baseline(axis) {
            let y = self.height(axis, baseline);
            canvas.dashes((LEFT, y), (right(), y), 1.5, style::MARK)?;
        }
        if let Some(best) = self.best_epoch {
            let x = self.epochs.position(best);
            canvas.dashes(
                (x, self.frame.top - 4.0),
                (x, self.frame.bottom),
                4.0,
                style::MARK,
            )?;
        }
        Ok(())
    }

    /// The baseline, when the axis contains it.
    pub(super) fn shown_baseline(&self, axis: Axis) -> Option<f64> {
        self.baseline.filter(|&baseline| axis.contains(baseline))
    }

    /// The places of `values`, the first of which belongs to epoch number `start` of the series.
    pub(super) fn points(&self, axis: Axis, values: &[f64], start: usize) -> Vec<(f64, f64)> {
        self.series.epochs[start..]
            .iter()
            .zip(values)
            .map(|(&epoch, &value)| (self.epochs.position(epoch), self.height(axis, value)))
            .collect()
    }

    /// What lies outside of the axis lies on the frame.
    pub(super) fn height(&self, axis: Axis, value: f64) -> f64 {
        let (bottom, top) = (self.frame.bottom - INSET, self.frame.top + INSET);
        let height = bottom + axis.position(value) * (top - bottom);
        height.clamp(self.frame.top, self.frame.bottom)
    }
}
