//! What lies in a panel: the band over the seeds, the single runs, the line of the means, and the fitted law.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::LawPoint;
use super::columns::Column;
use super::horizontal::Horizontal;
use crate::report::picture::axis::{Axis, is_usable};
use crate::report::picture::canvas::{Canvas, Drawn};
use crate::report::picture::labels::EndLabel;
use crate::report::picture::lines::{Line, MARKED};
use crate::report::picture::panel::Panel;
use crate::report::style::{self, LineStyle};

/// One quantity over the groups.
pub(super) struct Layer<'a> {
    /// Its numbers.
    pub(super) column: &'a Column,
    /// Where the groups lie, in pixels.
    pub(super) x: &'a [f64],
    /// Whether neighbouring groups are joined.
    pub(super) is_joined: bool,
    /// How it is drawn.
    pub(super) style: LineStyle,
    /// The line below it.
    pub(super) below: Option<(&'a [f64], RGBColor)>,
}

impl Layer<'_> {
    /// From the lowest to the highest run of each group.
    pub(super) fn draw_band<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        panel: &Panel,
        axis: Axis,
    ) -> Drawn<Backend> {
        let paint = (self.style.line, style::INTERVAL_OPACITY);
        let (low, high) = (&self.column.low, &self.column.high);
        if self.is_joined {
            return panel.draw_band(canvas, axis, self.x, (low, high), paint);
        }
        for index in 0..self.x.len() {
            let here = index..=index;
            let ends = (&low[here.clone()], &high[here.clone()]);
            panel.draw_band(canvas, axis, &self.x[here], ends, paint)?;
        }
        Ok(())
    }

    /// Every single run.
    pub(super) fn draw_dots<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        panel: &Panel,
        axis: Axis,
    ) -> Drawn<Backend> {
        for &(group, value) in self.column.dots.iter().filter(|dot| is_usable(dot.1)) {
            let place = (self.x[group], panel.frame.height(axis, value));
            canvas.faint_dot(place, self.style.line)?;
        }
        Ok(())
    }

    /// The means.
    pub(super) fn draw_line<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        panel: &Panel,
        axis: Axis,
    ) -> Drawn<Backend> {
        let line = Line {
            is_joined: self.is_joined,
            is_marked: &|_| !self.is_joined || self.x.len() <= MARKED,
            ..self.line()
        };
        line.draw(canvas, panel.frame, axis)
    }

    /// The markers of the means once more.
    pub(super) fn draw_markers<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        panel: &Panel,
        axis: Axis,
    ) -> Drawn<Backend> {
        let line = Line {
            is_marked: &|_| self.x.len() <= MARKED,
            ..self.line()
        };
        line.draw(canvas, panel.frame, axis)
    }

    /// The means, neither joined nor marked.
    fn line(&self) -> Line<'_> {
        Line {
            x: self.x,
            values: &self.column.mean,
            style: self.style,
            is_joined: false,
            is_marked: &|_| false,
            below: self.below,
        }
    }

    /// What it is.
    pub(super) fn label(&self, panel: &Panel, axis: Axis) -> Option<EndLabel<'static>> {
        let label = EndLabel::of_line(panel.frame, axis, &self.column.mean, self.style)?;
        let ends_at_edge = self
            .x
            .last()
            .is_some_and(|&x| self.is_joined && (panel.frame.across(1.0) - x).abs() < 1.0);
        Some(if ends_at_edge { label } else { label.untied() })
    }
}

/// The fitted law in per cent, from left to right.
#[derive(Default)]
pub(super) struct DrawnLaw {
    x: Vec<f64>,
    /// The law.
    pub(super) error: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl DrawnLaw {
    /// The points that lie on the horizontal axis.
    pub(super) fn new(points: &[LawPoint], horizontal: &Horizontal, panel: &Panel) -> Self {
        let mut placed: Vec<(f64, &LawPoint)> = points
            .iter()
            .filter_map(|point| Some((horizontal.position(panel.frame, point.value)?, point)))
            .collect();
        placed.sort_by(|a, b| a.0.total_cmp(&b.0));
        let column = |value: fn(&LawPoint) -> f64| -> Vec<f64> {
            placed
                .iter()
                .map(|(_, point)| 100.0 * value(point))
                .map(|value| if is_usable(value) { value } else { f64::NAN })
                .collect()
        };
        Self {
            error: column(|point| point.error),
            low: column(|point| point.low),
            high: column(|point| point.high),
            x: placed.iter().map(|&(x, _)| x).collect(),
        }
    }

    /// The values that the vertical axis shows if that does not flatten the rest.
    pub(super) fn interval(&self) -> Vec<f64> {
        [&self.low[..], &self.high].concat()
    }

    /// The pale interval.
    pub(super) fn draw_interval<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        panel: &Panel,
        axis: Axis,
    ) -> Drawn<Backend> {
        let ends = (&self.low[..], &self.high[..]);
        let paint = (style::LAW.line, style::LAW_OPACITY);
        panel.draw_band(canvas, axis, &self.x, ends, paint)?;
        panel.draw_edges(canvas, axis, &self.x, ends, style::INTERVAL_EDGE)
    }

    /// The dashed line.
    pub(super) fn draw_line<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        panel: &Panel,
        axis: Axis,
    ) -> Drawn<Backend> {
        let line = Line {
            x: &self.x,
            values: &self.error,
            style: style::LAW,
            is_joined: true,
            is_marked: &|_| false,
            below: None,
        };
        line.draw(canvas, panel.frame, axis)
    }

    /// What it is.
    pub(super) fn label(&self, panel: &Panel, axis: Axis) -> Option<EndLabel<'static>> {
        EndLabel::of_line(panel.frame, axis, &self.error, style::LAW)
    }
}
