//! A chart: title, grid, tick labels and the line at the bottom, and where a value lies between them.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Align, Canvas, Drawn};
use super::runs::runs;
use crate::report::style;

/// Space between the frame of a panel and its outermost values, so that lines at the edge are not cut in half.
const INSET: f64 = 9.0;
/// From the middle of a line of text down to its baseline, in parts of its size.
pub(in crate::report) const MIDDLE_TO_BASELINE: f64 = 0.36;
/// From the panel up to the baseline of its title.
const TITLE_ABOVE: f64 = 11.0;
/// Between the title and the note after it.
const NOTE_DISTANCE: f64 = 10.0;
/// Half the width of a bar that stands for an area of one value.
const BAR: f64 = 6.0;

/// The rectangle of a panel, in pixels.
#[derive(Clone, Copy)]
pub(in crate::report) struct Frame {
    /// The left edge.
    pub(in crate::report) left: f64,
    /// The right edge.
    pub(in crate::report) right: f64,
    /// The upper edge.
    pub(in crate::report) top: f64,
    /// The lower edge.
    pub(in crate::report) bottom: f64,
}

impl Frame {
    /// Two frames, one above the other, between `top` and `bottom`: the upper one has `share` of the height, and
    /// `between` them stands the lower one's title.
    pub(in crate::report) fn stacked(
        (left, right): (f64, f64),
        (top, bottom): (f64, f64),
        between: f64,
        share: f64,
    ) -> (Self, Self) {
        let height = bottom - top - between;
        let frame = |top, bottom| Self {
            left,
            right,
            top,
            bottom,
        };
        (
            frame(top, top + share * height),
            frame(bottom - (1.0 - share) * height, bottom),
        )
    }

    /// Where a share of the width lies: 0 is the first value, 1 the last.
    pub(in crate::report) fn across(&self, share: f64) -> f64 {
        self.left + INSET + share * (self.right - self.left - 2.0 * INSET)
    }

    /// How high `value` lies; what lies outside of the axis lies on the frame.
    pub(in crate::report) fn height(&self, axis: Axis, value: f64) -> f64 {
        let (bottom, top) = (self.bottom - INSET, self.top + INSET);
        let height = bottom + axis.position(value) * (top - bottom);
        height.clamp(self.top, self.bottom)
    }

    /// The places of `values` above those of `x`.
    pub(in crate::report) fn points(
        &self,
        axis: Axis,
        x: &[f64],
        values: &[f64],
    ) -> Vec<(f64, f64)> {
        x.iter()
            .zip(values)
            .map(|(&x, &value)| (x, self.height(axis, value)))
            .collect()
    }
}

/// What surrounds the lines of one chart.
pub(in crate::report) struct Panel<'a> {
    /// Where.
    pub(in crate::report) frame: Frame,
    /// Written above.
    pub(in crate::report) title: &'a str,
    /// Written after the title, quieter.
    pub(in crate::report) note: &'a str,
    /// Where the horizontal axis has ticks, in pixels.
    pub(in crate::report) ticks: &'a [f64],
    /// The vertical axis; there is none when there is no finite value.
    pub(in crate::report) axis: Option<Axis>,
    /// Whether a logarithmic axis has ticks between the powers of ten.
    pub(in crate::report) has_fine_ticks: bool,
}

impl Panel<'_> {
    /// Draws what lies below the lines. Without an axis, says so.
    pub(in crate::report) fn draw<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
    ) -> Drawn<Backend> {
        self.draw_title(canvas)?;
        self.draw_axes(canvas)?;
        if self.axis.is_some() {
            return Ok(());
        }
        let Frame {
            left,
            right,
            top,
            bottom,
        } = self.frame;
        canvas.text(
            "no finite value",
            (f64::midpoint(left, right), f64::midpoint(top, bottom)),
            style::TEXT_SIZE,
            style::QUIET_TEXT,
            Align::Center,
        )
    }

    fn draw_title<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let baseline = self.frame.top - TITLE_ABOVE;
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
        let title = canvas.typeface.width(self.title, style::PANEL_TITLE_SIZE);
        canvas.text(
            self.note,
            (style::MARGIN + title + NOTE_DISTANCE, baseline),
            style::SMALL_TEXT_SIZE,
            style::QUIET_TEXT,
            Align::Left,
        )
    }

    /// The width of the title with the note.
    fn title_width<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> f64 {
        let note = if self.note.is_empty() {
            0.0
        } else {
            NOTE_DISTANCE + canvas.typeface.width(self.note, style::SMALL_TEXT_SIZE)
        };
        canvas.typeface.width(self.title, style::PANEL_TITLE_SIZE) + note
    }

    /// The grid, the tick labels on the left, and the line at the bottom.
    fn draw_axes<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let Frame {
            left,
            right,
            bottom,
            ..
        } = self.frame;
        let ticks = |axis: &Axis| {
            if self.has_fine_ticks {
                axis.fine_ticks(6)
            } else {
                axis.ticks(6)
            }
        };
        for tick in self.axis.iter().flat_map(ticks) {
            let y = self
                .axis
                .map_or(0.0, |axis| self.frame.height(axis, tick.value));
            canvas.line(&[(left, y), (right, y)], style::GRID, style::THIN_LINE)?;
            canvas.text(
                &tick.label,
                (left - 10.0, y + MIDDLE_TO_BASELINE * style::SMALL_TEXT_SIZE),
                style::SMALL_TEXT_SIZE,
                style::QUIET_TEXT,
                Align::Right,
            )?;
        }
        canvas.line(
            &[(left, bottom), (right, bottom)],
            style::AXIS,
            style::THIN_LINE,
        )?;
        for &x in self.ticks {
            canvas.line(
                &[(x, bottom), (x, bottom + 5.0)],
                style::AXIS,
                style::THIN_LINE,
            )?;
        }
        Ok(())
    }

    /// The area between two edges, wherever both have a value.
    pub(in crate::report) fn draw_band<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        axis: Axis,
        x: &[f64],
        (one, other): (&[f64], &[f64]),
        (color, opacity): (RGBColor, f64),
    ) -> Drawn<Backend> {
        let both: Vec<f64> = one.iter().zip(other).map(|(a, b)| a + b).collect();
        for run in runs(&both) {
            let edge = |values: &[f64]| -> Vec<(f64, f64)> {
                let points = self
                    .frame
                    .points(axis, &x[run.clone()], &values[run.clone()]);
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
    }

    /// Thin lines along the edges of a band.
    pub(in crate::report) fn draw_edges<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        axis: Axis,
        x: &[f64],
        (one, other): (&[f64], &[f64]),
        color: RGBColor,
    ) -> Drawn<Backend> {
        for edge in [one, other] {
            for run in runs(edge).into_iter().filter(|run| run.len() > 1) {
                let points = self.frame.points(axis, &x[run.clone()], &edge[run]);
                canvas.line(&points, color, style::THIN_LINE)?;
            }
        }
        Ok(())
    }

    /// A dotted line from side to side.
    pub(in crate::report) fn draw_level<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        axis: Axis,
        value: f64,
    ) -> Drawn<Backend> {
        let y = self.frame.height(axis, value);
        let Frame { left, right, .. } = self.frame;
        canvas.dashes((left, y), (right, y), 1.5, style::MARK)
    }

    /// A dashed line from top to bottom.
    pub(in crate::report) fn draw_mark<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        x: f64,
    ) -> Drawn<Backend> {
        let Frame { top, bottom, .. } = self.frame;
        canvas.dashes((x, top - 4.0), (x, bottom), 4.0, style::MARK)
    }

    /// What a vertical mark means: above it, but never over the panel's title nor beyond the paper.
    pub(in crate::report) fn draw_mark_label<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        x: f64,
        text: &str,
    ) -> Drawn<Backend> {
        let start = style::MARGIN + self.title_width(canvas) + 16.0;
        let end = canvas.size.0 - style::MARGIN;
        let size = style::SMALL_TEXT_SIZE;
        let text = canvas.typeface.shorten_end(text, size, end - start);
        let half = canvas.typeface.width(&text, size) / 2.0;
        canvas.text(
            &text,
            (
                x.max(start + half).min(end - half),
                self.frame.top - TITLE_ABOVE,
            ),
            size,
            style::STRONG_TEXT,
            Align::Center,
        )
    }
}
