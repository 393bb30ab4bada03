//! The whole picture: title, subtitle, errors above, their gap below, and the key.

use plotters::prelude::DrawingBackend;

use super::columns::Column;
use super::horizontal::Horizontal;
use super::layers::{DrawnLaw, Layer};
use super::{RunErrors, Scaling, surroundings};
use crate::report::picture::axis::Axis;
use crate::report::picture::canvas::{Canvas, Drawn};
use crate::report::picture::key::{Key, Sample};
use crate::report::picture::labels::{self, EndLabel};
use crate::report::picture::lines::MARKED;
use crate::report::picture::panel::{Frame, Panel};
use crate::report::picture::text::printable;
use crate::report::picture::{Picture, heading};
use crate::report::style::{self, GAP_LINE, TRAINING, VALIDATION};

/// Between the upper panel and the lower one: the lower one's title stands there.
const BETWEEN: f64 = 46.0;
/// The share of the upper panel.
const UPPER_SHARE: f64 = 0.6;
/// The room for tick labels and the name of the key below the lower panel.
const BELOW_PANELS: f64 = 66.0;
/// How far the marks of the two splits are beside each other where no line joins them.
const BESIDE: f64 = 8.0;

/// What both panels need to know.
struct Layout<'a> {
    scaling: &'a Scaling,
    horizontal: Horizontal<'a>,
    /// Where the groups lie.
    x: Vec<f64>,
    /// Where the ticks lie.
    ticks: Vec<f64>,
    /// Whether any value was trained more than once.
    has_seeds: bool,
}

impl Picture for Scaling {
    fn name(&self) -> String {
        format!("Errors over {} of {}", self.key, self.title)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let below_heading = heading::draw(canvas, &self.title, &self.subtitle)?;
        if self.groups.iter().all(|group| group.runs.is_empty()) {
            return heading::draw_nothing(canvas, below_heading, "no run was finished");
        }
        let horizontal = Horizontal::new(self);
        let edges = (style::PANEL_LEFT, canvas.size.0 - style::PANEL_RIGHT);
        let has_seeds = self.groups.iter().any(|group| group.runs.len() > 1);
        let right = canvas.size.0 - style::MARGIN;
        let entries = surroundings::key_entries(self, &horizontal, has_seeds);
        let entries: Vec<(Sample, &str)> = entries
            .iter()
            .map(|(sample, text)| (*sample, text.as_str()))
            .collect();
        let key = Key::new(canvas.typeface, (edges.0, right), &entries);
        let bottom = canvas.size.1 - BELOW_PANELS - key.height();
        let limits = (below_heading + 48.0, bottom);
        let (above, below) = Frame::stacked(edges, limits, BETWEEN, UPPER_SHARE);

        let labels = horizontal.labels(above, canvas.typeface);
        let layout = Layout {
            scaling: self,
            x: horizontal.positions(above),
            ticks: horizontal.ticks(above, &labels),
            horizontal,
            has_seeds,
        };
        layout.draw_errors(canvas, above)?;
        layout.draw_gap(canvas, below)?;
        surroundings::draw_values(canvas, below, &labels, &self.key, layout.horizontal.note())?;
        key.draw(canvas)
    }
}

impl Layout<'_> {
    /// The upper panel.
    fn draw_errors<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        frame: Frame,
    ) -> Drawn<Backend> {
        let groups = &self.horizontal.groups;
        let training = Column::new(groups, RunErrors::train_percent);
        let validation = Column::new(groups, RunErrors::validation_percent);
        let mut panel = Panel {
            frame,
            title: "Error, %",
            note: "",
            ticks: &self.ticks,
            axis: None,
            has_fine_ticks: true,
        };
        let points = self.scaling.law.as_ref().map_or(&[][..], |law| &law.points);
        let law = DrawnLaw::new(points, &self.horizontal, &panel);
        let values = [
            training.extremes(),
            validation.extremes(),
            law.error.clone(),
        ]
        .concat();
        panel.axis = Axis::of_errors(&values, &law.interval(), self.scaling.is_logarithmic);
        panel.note = match panel.axis {
            Some(Axis::Logarithmic(..)) if values.iter().any(|&value| value <= 0.0) => {
                "log scale, 0 at the bottom"
            }
            axis => axis.map_or("", |axis| axis.note()),
        };
        panel.draw(canvas)?;
        let Some(axis) = panel.axis else {
            return Ok(());
        };

        let is_joined = self.horizontal.is_numeric();
        let beside = if is_joined {
            0.0
        } else {
            BESIDE.min(self.horizontal.place_width(frame) / 4.0)
        };
        let moved = |distance: f64| -> Vec<f64> { self.x.iter().map(|x| x + distance).collect() };
        let (left, right) = (moved(-beside), moved(beside));
        let layers = [
            Layer {
                column: &training,
                x: &left,
                is_joined,
                style: TRAINING,
                below: None,
            },
            Layer {
                column: &validation,
                x: &right,
                is_joined,
                style: VALIDATION,
                below: is_joined.then_some((&training.mean, TRAINING.line)),
            },
        ];
        law.draw_interval(canvas, &panel, axis)?;
        self.draw_layers(canvas, &panel, axis, &layers)?;
        if self.scaling.law.is_some() && is_joined {
            law.draw_line(canvas, &panel, axis)?;
            // The means lie above the law, which is drawn above the line that joins them.
            layers[1].draw_markers(canvas, &panel, axis)?;
        }
        let end_labels: Vec<EndLabel> = layers
            .iter()
            .map(|layer| layer.label(&panel, axis))
            .chain([law.label(&panel, axis)])
            .flatten()
            .collect();
        labels::draw(canvas, frame, &end_labels)?;
        self.draw_mark_label(canvas, &panel)
    }

    /// The lower panel.
    fn draw_gap<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        frame: Frame,
    ) -> Drawn<Backend> {
        let gap = Column::new(&self.horizontal.groups, RunErrors::gap_points);
        let axis = Axis::of_gaps(&gap.extremes());
        let panel = Panel {
            frame,
            title: "Gap, points",
            note: "validation error − training error",
            ticks: &self.ticks,
            axis,
            has_fine_ticks: true,
        };
        panel.draw(canvas)?;
        let Some(axis) = axis else {
            return Ok(());
        };
        let zero = frame.height(axis, 0.0);
        canvas.line(
            &[(frame.left, zero), (frame.right, zero)],
            style::AXIS,
            style::MARK_LINE,
        )?;
        let layer = Layer {
            column: &gap,
            x: &self.x,
            is_joined: self.horizontal.is_numeric(),
            style: GAP_LINE,
            below: None,
        };
        let end_labels: Vec<EndLabel> = layer.label(&panel, axis).into_iter().collect();
        self.draw_layers(canvas, &panel, axis, &[layer])?;
        labels::draw(canvas, frame, &end_labels)
    }

    /// The mark, then all bands, then all dots, then all lines: no band covers a line.
    fn draw_layers<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        panel: &Panel,
        axis: Axis,
        layers: &[Layer],
    ) -> Drawn<Backend> {
        if self.has_seeds {
            for layer in layers {
                layer.draw_band(canvas, panel, axis)?;
            }
        }
        if let Some(mark) = &self.scaling.mark
            && let Some(x) = self.horizontal.position(panel.frame, mark.value)
        {
            panel.draw_mark(canvas, x)?;
        }
        // More would be a cloud.
        if self.has_seeds && self.x.len() <= MARKED {
            for layer in layers {
                layer.draw_dots(canvas, panel, axis)?;
            }
        }
        layers
            .iter()
            .try_for_each(|layer| layer.draw_line(canvas, panel, axis))
    }

    /// What the marked value means, above it or, if it lies beyond the axis, at the right.
    fn draw_mark_label<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        panel: &Panel,
    ) -> Drawn<Backend> {
        let Some(mark) = &self.scaling.mark else {
            return Ok(());
        };
        let label = printable(&mark.label);
        match self.horizontal.position(panel.frame, mark.value) {
            Some(x) => panel.draw_mark_label(canvas, x, &label),
            None => panel.draw_mark_label(
                canvas,
                canvas.size.0,
                &format!("{label} (beyond this range)"),
            ),
        }
    }
}
