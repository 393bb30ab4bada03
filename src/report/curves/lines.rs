//! The curves of a panel, their markers, and the labels at their ends.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Align, Canvas, Drawn};
use super::labels;
use super::panel::{DENSE_EPOCHS, MIDDLE_TO_BASELINE, Panel, right};
use crate::report::style::{self, SplitStyle, TRAINING, VALIDATION};

/// From the panel to the labels at the lines' ends.
const LABEL_DISTANCE: f64 = 16.0;
/// Between the baselines of neighbouring labels.
const LABEL_HEIGHT: f64 = 17.0;
/// Up to so many epochs, each is marked on the curve.
const MARKED_EPOCHS: usize = 40;

/// A text at the end of a line.
struct EndLabel {
    text: &'static str,
    color: RGBColor,
    size: f64,
    height: f64,
    /// Whether a line ends at the panel's edge that the label can be tied to.
    is_at_edge: bool,
}

impl Panel<'_> {
    /// The line of one split, with a marker at every epoch if there are few, and at the best one.
    pub(super) fn draw_curve<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        axis: Axis,
        values: &[f64],
        split: SplitStyle,
    ) -> Drawn<Backend> {
        let every = self.series.epochs.len() <= MARKED_EPOCHS;
        let width = if self.series.epochs.len() <= DENSE_EPOCHS {
            split.line_width
        } else {
            split.line_width * style::DENSE_LINE
        };
        for run in self.series.runs(values) {
            let points = self.points(axis, &values[run.clone()], run.start);
            if points.len() > 1 {
                canvas.line(&points, split.line, width)?;
            }
            for (index, &point) in run.zip(&points) {
                let is_best = self.best_epoch == Some(self.series.epochs[index]);
                if every || points.len() == 1 || is_best {
                    canvas.disc(point, style::MARKER_RADIUS, split.line)?;
                    if split.label == VALIDATION.label {
                        let inside = self.inside_ring(axis, index);
                        canvas.disc(point, style::MARKER_RADIUS - style::RING_WIDTH, inside)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The colour inside the marker of validation: where it covers that of training, training shows through.
    fn inside_ring(&self, axis: Axis, index: usize) -> RGBColor {
        let [training, validation] =
            [&self.series.training, &self.series.validation].map(|values| values[index]);
        let distance = (self.height(axis, training) - self.height(axis, validation)).abs();
        if distance < style::MARKER_RADIUS / 2.0 {
            TRAINING.line
        } else {
            style::BACKGROUND
        }
    }

    /// What each line is, at its end.
    pub(super) fn draw_end_labels<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        axis: Axis,
    ) -> Drawn<Backend> {
        let end = |values: &[f64], split: SplitStyle| {
            let last = values.iter().rev().find(|value| value.is_finite())?;
            Some(EndLabel {
                text: split.label,
                color: split.text,
                size: style::TEXT_SIZE,
                height: self.height(axis, *last),
                is_at_edge: values.last().is_some_and(|value| value.is_finite()),
            })
        };
        let baseline = self.shown_baseline(axis).map(|baseline| EndLabel {
            text: "majority class",
            color: style::QUIET_TEXT,
            size: style::SMALL_TEXT_SIZE,
            height: self.height(axis, baseline),
            is_at_edge: true,
        });
        let labels: Vec<EndLabel> = [
            end(&self.series.training, TRAINING),
            end(&self.series.validation, VALIDATION),
            baseline,
        ]
        .into_iter()
        .flatten()
        .collect();
        let wanted: Vec<f64> = labels.iter().map(|label| label.height).collect();
        let placed = labels::spread(&wanted, LABEL_HEIGHT, self.frame.top, self.frame.bottom);
        for (label, height) in labels.iter().zip(placed) {
            let start = right() + LABEL_DISTANCE;
            if label.is_at_edge && (height - label.height).abs() > 2.0 {
                let (from, to) = (right() + 1.0, start - 4.0);
                canvas.line(
                    &[(from, label.height), (to, height)],
                    label.color,
                    style::THIN_LINE,
                )?;
            }
            canvas.text(
                label.text,
                (start, height + MIDDLE_TO_BASELINE * label.size),
                label.size,
                label.color,
                Align::Left,
            )?;
        }
        Ok(())
    }
}
