//! The curves of several runs in one picture, one split at a time.
//!
//! Training and validation keep their hues, each in a picture of its own, with the same axes in both, so that the gap of a run is what
//! it is lower in one than in the other. The runs differ in lightness, dashes and width, and bear their letters: colours need not be
//! told apart. What was run with several seeds is drawn as its mean with a band from the lowest to the highest.

use plotters::prelude::DrawingBackend;

use crate::report::curves::ShownScore;
use crate::report::picture::axis::Axis;
use crate::report::picture::canvas::{Align, Canvas, Drawn};
use crate::report::picture::epochs::Epochs;
use crate::report::picture::labels::{self, EndLabel, LABEL_DISTANCE};
use crate::report::picture::lines::Line;
use crate::report::picture::panel::{Frame, MIDDLE_TO_BASELINE, Panel};
use crate::report::picture::spread::Spread;
use crate::report::picture::{Picture, heading, thinning};
use crate::report::style::{self, LineStyle, TRAINING, VALIDATION};

/// So many curves can be told apart.
pub(in crate::report) const MOST_LINES: usize = 8;

/// So many epochs of each are drawn.
const MOST_POINTS: usize = 600;

/// Between the upper panel and the lower one: the lower one's title stands there.
const BETWEEN: f64 = 46.0;

/// The left and the right edge of both panels.
const EDGES: (f64, f64) = (style::PANEL_LEFT, style::WIDTH as f64 - style::PANEL_RIGHT);

/// An R² below this, in per cent, says no more than that the network is worse than the mean.
const LEAST_R2: f64 = -100.0;

/// Radius of the disc below a letter on a line.
const LETTER_RADIUS: f64 = 7.5;

/// Which split a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum ShownSplit {
    /// The measured part of the training split.
    Training,
    /// Validation.
    Validation,
}

/// What was measured after one epoch of a run, or of several with different seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Point {
    /// Which epoch.
    pub(in crate::report) epoch: usize,
    /// Of training and of validation.
    pub(in crate::report) loss: [Spread; 2],
    /// Accuracy or R² in per cent.
    pub(in crate::report) score: [Spread; 2],
}

/// One run, or several with different seeds.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Curve {
    /// `A`, or `A, B, C`.
    pub(in crate::report) letters: String,
    /// What follows the letters at its end.
    pub(in crate::report) name: String,
    /// Epochs, ascending.
    pub(in crate::report) points: Vec<Point>,
}

/// The picture of one split.
#[derive(Clone, Debug)]
pub(in crate::report) struct Overlaid<'a> {
    /// Which.
    pub(in crate::report) split: ShownSplit,
    /// Of one kind, and no more than [`MOST_LINES`].
    pub(in crate::report) curves: &'a [Curve],
    /// What the lower panel shows.
    pub(in crate::report) score: ShownScore,
}

impl Point {
    /// An epoch of some runs: each its losses and its scores, as shares.
    pub(in crate::report) fn new(epoch: usize, of: &[([f64; 2], [f64; 2])]) -> Self {
        let spread =
            |value: &dyn Fn(&([f64; 2], [f64; 2])) -> f64| Spread::of(of.iter().map(value));
        let percent =
            |share: f64| (100.0 * share).max(if share.is_nan() { f64::NAN } else { LEAST_R2 });
        Self {
            epoch,
            loss: [0, 1].map(|split| spread(&|run| run.0[split])),
            score: [0, 1].map(|split| spread(&|run| percent(run.1[split]))),
        }
    }
}

/// Where the first and the last epoch lie, in pixels.
pub(in crate::report) fn ends(curves: &[Curve]) -> [f64; 2] {
    let Some(epochs) = epochs(curves) else {
        return [0.0; 2];
    };
    let frame = Frame {
        left: EDGES.0,
        right: EDGES.1,
        top: 0.0,
        bottom: 0.0,
    };
    [epochs.first, epochs.last].map(|epoch| epochs.position(frame, epoch))
}

fn epochs(curves: &[Curve]) -> Option<Epochs> {
    let all = || curves.iter().flat_map(|curve| &curve.points);
    Some(Epochs {
        first: all().map(|point| point.epoch).min()?,
        last: all().map(|point| point.epoch).max()?,
    })
}

/// Loss or score of a point.
type Part = fn(&Point) -> [Spread; 2];

impl Overlaid<'_> {
    fn style(&self, number: usize) -> LineStyle {
        let split = match self.split {
            ShownSplit::Training => TRAINING,
            ShownSplit::Validation => VALIDATION,
        };
        if self.curves.len() == 1 {
            split
        } else {
            style::run(split, number)
        }
    }

    fn index(&self) -> usize {
        usize::from(self.split == ShownSplit::Validation)
    }

    /// All values of both splits, so that both pictures have the same axis.
    fn values(&self, part: Part) -> Vec<f64> {
        let points = self.curves.iter().flat_map(|curve| &curve.points);
        points
            .flat_map(part)
            .flat_map(|spread| [spread.low, spread.high])
            .collect()
    }

    fn draw_panel<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        panel: &Panel,
        epochs: Epochs,
        part: Part,
    ) -> Drawn<Backend> {
        panel.draw(canvas)?;
        let Some(axis) = panel.axis else {
            return Ok(());
        };
        let columns: Vec<Column> = self
            .curves
            .iter()
            .map(|curve| {
                Column::new(curve, panel.frame, epochs, |point| {
                    part(point)[self.index()]
                })
            })
            .collect();
        for (number, column) in columns.iter().enumerate() {
            let is_band = column
                .low
                .iter()
                .zip(&column.high)
                .any(|(low, high)| low < high);
            if is_band {
                let band = (&column.low[..], &column.high[..]);
                let color = (self.style(number).line, style::INTERVAL_OPACITY);
                panel.draw_band(canvas, axis, &column.x, band, color)?;
            }
        }
        for (number, column) in columns.iter().enumerate() {
            let line = Line {
                x: &column.x,
                values: &column.mean,
                style: self.style(number),
                is_joined: true,
                is_marked: &|_| false,
                below: None,
            };
            line.draw(canvas, panel.frame, axis)?;
        }
        self.draw_letters(canvas, panel.frame, axis, &columns)?;
        self.draw_labels(canvas, panel.frame, axis, &columns)
    }

    /// On each line its letter, no two above each other.
    fn draw_letters<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        frame: Frame,
        axis: Axis,
        columns: &[Column],
    ) -> Drawn<Backend> {
        if columns.len() < 2 {
            return Ok(());
        }
        for (number, (column, curve)) in columns.iter().zip(self.curves).enumerate() {
            let share = (number as f64 + 0.5) / columns.len() as f64;
            let wanted = frame.across(share);
            let finite = (0..column.x.len()).filter(|&index| column.mean[index].is_finite());
            let nearest = finite.min_by(|&a, &b| {
                let distance = |index: usize| (column.x[index] - wanted).abs();
                distance(a).total_cmp(&distance(b))
            });
            let Some(index) = nearest else { continue };
            let place = (column.x[index], frame.height(axis, column.mean[index]));
            let size = style::SMALL_TEXT_SIZE;
            let first = curve.letters.split(',').next().unwrap_or_default();
            canvas.disc(place, LETTER_RADIUS, style::BACKGROUND)?;
            canvas.text(
                first,
                (place.0, place.1 + MIDDLE_TO_BASELINE * size),
                size,
                self.style(number).text,
                Align::Center,
            )?;
        }
        Ok(())
    }

    fn draw_labels<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        frame: Frame,
        axis: Axis,
        columns: &[Column],
    ) -> Drawn<Backend> {
        let room = style::PANEL_RIGHT - LABEL_DISTANCE - 6.0;
        let texts: Vec<String> = self
            .curves
            .iter()
            .map(|curve| {
                let name = crate::report::picture::text::printable(&curve.name);
                let text = format!("{} {name}", curve.letters);
                canvas
                    .typeface
                    .shorten_middle(&text, style::TEXT_SIZE, room)
            })
            .collect();
        let labels: Vec<EndLabel> = columns
            .iter()
            .zip(&texts)
            .enumerate()
            .filter_map(|(number, (column, text))| {
                let label = EndLabel::of_line(frame, axis, &column.mean, self.style(number))?;
                let reaches = column
                    .x
                    .last()
                    .is_some_and(|&x| x >= frame.across(1.0) - 0.5);
                let label = label.named(text);
                Some(if reaches { label } else { label.untied() })
            })
            .collect();
        labels::draw(canvas, frame, &labels)
    }
}

/// A curve in pixels from left to right, and its values.
struct Column {
    x: Vec<f64>,
    mean: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Column {
    fn new(curve: &Curve, frame: Frame, epochs: Epochs, part: impl Fn(&Point) -> Spread) -> Self {
        let spreads: Vec<Spread> = curve.points.iter().map(part).collect();
        let column =
            |value: fn(&Spread) -> f64| -> Vec<f64> { spreads.iter().map(value).collect() };
        let (mean, low, high) = (
            column(|spread| spread.mean),
            column(|spread| spread.low),
            column(|spread| spread.high),
        );
        let kept = thinning::kept(&[&mean, &low, &high], None, MOST_POINTS);
        let only = |values: &[f64]| kept.iter().map(|&index| values[index]).collect();
        let x = kept
            .iter()
            .map(|&index| epochs.position(frame, curve.points[index].epoch));
        Self {
            x: x.collect(),
            mean: only(&mean),
            low: only(&low),
            high: only(&high),
        }
    }
}

impl Picture for Overlaid<'_> {
    fn name(&self) -> String {
        let split = match self.split {
            ShownSplit::Training => "Training",
            ShownSplit::Validation => "Validation",
        };
        let names: Vec<String> = self
            .curves
            .iter()
            .map(|curve| format!("{} {}", curve.letters, curve.name))
            .collect();
        format!("{split} curves of {}", names.join("; "))
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let (title, subtitle) = match self.split {
            ShownSplit::Training => ("Training", "On the same scales as validation."),
            ShownSplit::Validation => ("Validation", ""),
        };
        let below_heading = heading::draw(canvas, title, subtitle)?;
        let Some(epochs) = epochs(self.curves) else {
            return heading::draw_nothing(canvas, below_heading, "no epoch was finished");
        };
        let bottom = canvas.size.1 - 46.0;
        let (above, below) = Frame::stacked(EDGES, (below_heading + 48.0, bottom), BETWEEN, 0.5);
        let ticks = epochs.ticks(above);
        let axis = Axis::of_losses(&self.values(|point| point.loss), &[]);
        let upper = Panel {
            frame: above,
            title: "Loss",
            note: axis.map_or("", |axis| axis.note()),
            ticks: &ticks,
            axis,
            has_fine_ticks: false,
        };
        self.draw_panel(canvas, &upper, epochs, |point| point.loss)?;
        let scores = self.values(|point| point.score);
        let (title, axis) = match self.score {
            ShownScore::Accuracy => ("Accuracy, %", Axis::of_accuracies(&scores, &[])),
            ShownScore::R2 => ("R², %", Axis::of_explained(&scores)),
        };
        let lower = Panel {
            frame: below,
            title,
            note: "",
            axis,
            ..upper
        };
        self.draw_panel(canvas, &lower, epochs, |point| point.score)?;
        epochs.draw_labels(canvas, below)
    }
}
