//! The whole picture: accuracy above, loss below, three lines each.

use plotters::prelude::DrawingBackend;

use super::Control;
use crate::report::curves::CurvePoint;
use crate::report::picture::axis::{Axis, is_usable};
use crate::report::picture::canvas::{Canvas, Drawn};
use crate::report::picture::epochs::Epochs;
use crate::report::picture::labels::{self, EndLabel, LABEL_DISTANCE};
use crate::report::picture::lines::{Line, MARKED};
use crate::report::picture::panel::{Frame, Panel};
use crate::report::picture::{Picture, heading, thinning};
use crate::report::style::{self, LineStyle};

/// Between the upper panel and the lower one: the lower one's title stands there.
const BETWEEN: f64 = 46.0;
/// So many points of a line are drawn at most.
const MOST_POINTS: usize = 1000;
/// The lines, in the order in which they are drawn.
const STYLES: [LineStyle; 3] = [
    style::SHUFFLED_TRAINING,
    LineStyle {
        label: "training, true labels",
        ..style::TRAINING
    },
    LineStyle {
        label: "validation, true labels",
        ..style::VALIDATION
    },
];

/// The numbers of one line.
struct Column {
    style: LineStyle,
    epochs: Vec<usize>,
    values: Vec<f64>,
}

/// One panel: its three lines, and a level to compare with.
struct Chart<'a> {
    panel: Panel<'a>,
    epochs: Epochs,
    columns: &'a [Column],
    chance: Option<f64>,
}

impl Picture for Control {
    fn name(&self) -> String {
        format!("Control with shuffled labels of {}", self.title)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let below_heading = heading::draw(canvas, &self.title, &self.subtitle)?;
        let every = || self.true_labels.iter().chain(&self.shuffled_labels);
        let (Some(first), Some(last)) = (
            every().map(|point| point.epoch).min(),
            every().map(|point| point.epoch).max(),
        ) else {
            return heading::draw_nothing(canvas, below_heading, "no epoch was finished");
        };
        let epochs = Epochs { first, last };
        let room = STYLES
            .map(|style| canvas.typeface.width(style.label, style::TEXT_SIZE))
            .into_iter()
            .fold(0.0, f64::max);
        let edges = (
            style::PANEL_LEFT,
            canvas.size.0 - style::MARGIN - room - LABEL_DISTANCE,
        );
        let limits = (below_heading + 48.0, canvas.size.1 - 46.0);
        let (above, below) = Frame::stacked(edges, limits, BETWEEN, 0.5);
        let ticks = epochs.ticks(above);

        let accuracies = self.columns(
            |point| Some(100.0 * point.train_score),
            |point| point.validation_score.map(|share| 100.0 * share),
        );
        let chance = self
            .baseline
            .map(|share| 100.0 * share)
            .filter(|&chance| is_usable(chance));
        let (axis, hidden) = Axis::of_accuracies_with(&all_values(&accuracies), &[], chance);
        let note = hidden.map_or_else(String::new, |side| {
            let chance = chance.unwrap_or_default();
            format!("chance: {chance:.1} %, {side} this range")
        });
        Chart {
            panel: Panel {
                frame: above,
                title: "Accuracy, %",
                note: &note,
                ticks: &ticks,
                axis,
                has_fine_ticks: false,
            },
            epochs,
            columns: &accuracies,
            chance,
        }
        .draw(canvas)?;

        let losses = self.columns(
            |point| Some(point.train_loss),
            |point| point.validation_loss,
        );
        let axis = Axis::of_losses(&all_values(&losses), &[]);
        Chart {
            panel: Panel {
                frame: below,
                title: "Loss",
                note: axis.map_or("", |axis| axis.note()),
                ticks: &ticks,
                axis,
                has_fine_ticks: false,
            },
            epochs,
            columns: &losses,
            chance: None,
        }
        .draw(canvas)?;
        epochs.draw_labels(canvas, below)
    }
}

impl Control {
    /// The three lines of one panel.
    fn columns(
        &self,
        training: fn(&CurvePoint) -> Option<f64>,
        validation: fn(&CurvePoint) -> Option<f64>,
    ) -> [Column; 3] {
        let [shuffled, learned, validated] = STYLES;
        [
            Column::new(shuffled, &self.shuffled_labels, training),
            Column::new(learned, &self.true_labels, training),
            Column::new(validated, &self.true_labels, validation),
        ]
    }
}

impl Column {
    /// The values of a run in the order of the epochs, no more than can be drawn.
    fn new(style: LineStyle, points: &[CurvePoint], value: fn(&CurvePoint) -> Option<f64>) -> Self {
        let mut points: Vec<&CurvePoint> = points.iter().collect();
        points.sort_by_key(|point| point.epoch);
        let values: Vec<f64> = points
            .iter()
            .map(|point| {
                value(point)
                    .filter(|&value| is_usable(value))
                    .unwrap_or(f64::NAN)
            })
            .collect();
        let kept = thinning::kept(&[&values], None, MOST_POINTS);
        Self {
            style,
            epochs: kept.iter().map(|&index| points[index].epoch).collect(),
            values: kept.iter().map(|&index| values[index]).collect(),
        }
    }
}

fn all_values(columns: &[Column]) -> Vec<f64> {
    columns
        .iter()
        .flat_map(|column| column.values.iter().copied())
        .collect()
}

impl Chart<'_> {
    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        self.panel.draw(canvas)?;
        let Some(axis) = self.panel.axis else {
            return Ok(());
        };
        let frame = self.panel.frame;
        let chance = self.chance.filter(|&chance| axis.contains(chance));
        if let Some(chance) = chance {
            self.panel.draw_level(canvas, axis, chance)?;
        }
        let mut labels = Vec::new();
        for column in self.columns {
            let x = self.epochs.positions(frame, &column.epochs);
            let is_marked = |_| x.len() <= MARKED && column.style.marker != style::Marker::None;
            let line = Line {
                x: &x,
                values: &column.values,
                style: column.style,
                is_joined: true,
                is_marked: &is_marked,
                below: None,
            };
            line.draw(canvas, frame, axis)?;
            let label = EndLabel::of_line(frame, axis, &column.values, column.style);
            let reaches_edge = column.epochs.last() == Some(&self.epochs.last);
            labels.extend(label.map(|label| if reaches_edge { label } else { label.untied() }));
        }
        labels.extend(chance.map(|level| EndLabel::of_level(frame, axis, level, "chance")));
        labels::draw(canvas, frame, &labels)
    }
}
