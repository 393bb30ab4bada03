//! The lines of a panel and their markers.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Canvas, Drawn};
use super::panel::Frame;
use super::runs::runs;
use crate::report::style::{self, LineStyle, Marker};

/// Beyond so many values, lines are thinner.
pub(in crate::report) const DENSE: usize = 150;
/// Up to so many values, each is marked on the line.
pub(in crate::report) const MARKED: usize = 40;
/// Length of the dashes of a line, with its width.
const DASH: f64 = 7.0;
/// No line gets more dashes: a curve that goes up and down all over the panel gets longer ones.
const MOST_DASHES: f64 = 200.0;

/// One line: a value for every `x`, NaN where it has a hole.
#[derive(Clone, Copy)]
pub(in crate::report) struct Line<'a> {
    /// Where the values lie, in pixels.
    pub(in crate::report) x: &'a [f64],
    /// The values.
    pub(in crate::report) values: &'a [f64],
    /// How it is drawn.
    pub(in crate::report) style: LineStyle,
    /// Whether neighbouring values are joined.
    pub(in crate::report) is_joined: bool,
    /// Which of the values are marked; one that stands alone always is.
    pub(in crate::report) is_marked: &'a dyn Fn(usize) -> bool,
    /// The line with the same `x` that lies below it: its colour shows through the rings that cover it.
    pub(in crate::report) below: Option<(&'a [f64], RGBColor)>,
}

impl Line<'_> {
    /// Draws the line into a panel.
    pub(in crate::report) fn draw<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        frame: Frame,
        axis: Axis,
    ) -> Drawn<Backend> {
        let width = if self.x.len() <= DENSE {
            self.style.line_width
        } else {
            self.style.line_width * style::DENSE_LINE
        };
        for run in runs(self.values) {
            let points = frame.points(axis, &self.x[run.clone()], &self.values[run.clone()]);
            if points.len() > 1 && self.is_joined {
                if self.style.is_dashed {
                    draw_dashed(canvas, &points, self.style.line, width)?;
                } else {
                    canvas.line(&points, self.style.line, width)?;
                }
            }
            for (index, &point) in run.zip(&points) {
                if points.len() == 1 || (self.is_marked)(index) {
                    let inside = self.inside_ring(frame, axis, index);
                    draw_marker(canvas, point, self.style, inside)?;
                }
            }
        }
        Ok(())
    }

    /// The colour inside a ring: where it covers the line below, that shows through.
    fn inside_ring(&self, frame: Frame, axis: Axis, index: usize) -> RGBColor {
        let Some((below, color)) = self.below else {
            return style::BACKGROUND;
        };
        let [below, this] = [below, self.values].map(|values| frame.height(axis, values[index]));
        if (below - this).abs() < style::MARKER_RADIUS / 2.0 {
            color
        } else {
            style::BACKGROUND
        }
    }
}

/// The marker of a line at one place.
pub(in crate::report) fn draw_marker<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    point: (f64, f64),
    style: LineStyle,
    inside: RGBColor,
) -> Drawn<Backend> {
    canvas.disc(point, style::MARKER_RADIUS, style.line)?;
    if style.marker == Marker::Ring {
        canvas.disc(point, style::MARKER_RADIUS - style::RING_WIDTH, inside)?;
    }
    Ok(())
}

/// A line of dashes that follow every bend.
pub(in crate::report) fn draw_dashed<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    points: &[(f64, f64)],
    color: RGBColor,
    width: f64,
) -> Drawn<Backend> {
    for dash in dashes(points, DASH, DASH - 1.0 + width / 2.0) {
        canvas.line(&dash, color, width)?;
    }
    Ok(())
}

/// Cuts the line through `points` into dashes of about the length `dash` with `space` between them.
fn dashes(points: &[(f64, f64)], dash: f64, space: f64) -> Vec<Vec<(f64, f64)>> {
    let length = |from: (f64, f64), to: (f64, f64)| (to.0 - from.0).hypot(to.1 - from.1);
    let whole: f64 = points.windows(2).map(|ends| length(ends[0], ends[1])).sum();
    let stretch = (whole / (dash + space) / MOST_DASHES).max(1.0);
    let (dash, space) = (stretch * dash, stretch * space);
    let mut cut = Vec::new();
    let mut current: Vec<(f64, f64)> = points.first().copied().into_iter().collect();
    let (mut is_dash, mut left) = (true, dash);
    for ends in points.windows(2) {
        let (from, to) = (ends[0], ends[1]);
        let segment = length(from, to);
        let mut along = 0.0;
        while segment - along > left {
            along += left;
            let share = along / segment;
            let point = (
                from.0 + share * (to.0 - from.0),
                from.1 + share * (to.1 - from.1),
            );
            if is_dash {
                current.push(point);
                cut.push(std::mem::take(&mut current));
            } else {
                current = vec![point];
            }
            is_dash = !is_dash;
            left = if is_dash { dash } else { space };
        }
        left -= segment - along;
        if is_dash {
            current.push(to);
        }
    }
    if current.len() > 1 {
        cut.push(current);
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_follow_the_line_around_its_corners() {
        let cut = dashes(&[(0.0, 0.0), (4.0, 0.0), (4.0, 10.0)], 6.0, 2.0);
        assert_eq!(
            cut,
            [
                vec![(0.0, 0.0), (4.0, 0.0), (4.0, 2.0)],
                vec![(4.0, 4.0), (4.0, 10.0)],
            ]
        );
        assert!(dashes(&[(1.0, 1.0)], 6.0, 2.0).is_empty());
        assert!(dashes(&[], 6.0, 2.0).is_empty());
    }

    #[test]
    fn a_line_gets_longer_dashes_rather_than_too_many() {
        let zigzag: Vec<(f64, f64)> = (0..1000)
            .map(|index| (f64::from(index), f64::from(index % 2) * 200.0))
            .collect();
        let count = dashes(&zigzag, 7.0, 7.0).len();
        assert!((190..=201).contains(&count), "{count}");
    }
}
