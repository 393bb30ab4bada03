//! One plane: shading, the neurons' lines, the border, the samples.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::{Scene, contour, shading};
use crate::data::{Answers, Expected};
use crate::evaluation::plane::{Plane, Point};
use crate::report::picture::axis::Axis;
use crate::report::picture::canvas::{Align, Canvas, Drawn};
use crate::report::picture::key::{Key, Sample};
use crate::report::picture::text::printable;
use crate::report::style::{self, Shape};

/// From the plane's edge to the numbers along it.
const TICKS: f64 = 8.0;
/// Around a note in the plane's corner.
const NOTE: f64 = 4.0;
/// Length of the stroke that shows a neuron's positive side.
const SIDE: f64 = 9.0;

/// A plane at its place on the paper.
pub(super) struct Chart<'a> {
    pub(super) scene: &'a Scene,
    pub(super) plane: &'a Plane,
    pub(super) corner: (f64, f64),
    pub(super) opposite: (f64, f64),
    /// Radius of a sample.
    pub(super) radius: f64,
    pub(super) has_ticks: bool,
}

impl Chart<'_> {
    pub(super) fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let is_number = matches!(self.scene.answers, Answers::Number(_));
        let image = shading::image(self.plane, is_number);
        canvas.image(self.corner, self.opposite, &image)?;
        self.draw_separators(canvas)?;
        if !is_number {
            self.draw_border(canvas)?;
        }
        for (points, is_filled) in [
            (&self.scene.training, true),
            (&self.scene.validation, false),
        ] {
            for point in points {
                self.draw_point(canvas, point, is_filled)?;
            }
        }
        self.note_what_is_beyond(canvas)?;
        self.draw_frame(canvas)?;
        if self.has_ticks {
            self.draw_ticks(canvas)?;
        }
        Ok(())
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let share = |value: f64, (low, high): (f64, f64)| (value - low) / (high - low);
        let (across, up) = (share(x, self.plane.region.x), share(y, self.plane.region.y));
        (
            self.corner.0 + across * (self.opposite.0 - self.corner.0),
            self.opposite.1 - up * (self.opposite.1 - self.corner.1),
        )
    }

    fn draw_separators<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        for separator in &self.plane.separators {
            let Some(ends) = separator.within(self.plane.region) else {
                continue;
            };
            let [from, to] = ends.map(|end| self.place(end));
            canvas.line(&[from, to], style::NEURON, style::MARK_LINE)?;
            // Across the middle of the line, to the positive side; down on the paper is less of x₂.
            let (across, down) = (to.0 - from.0, to.1 - from.1);
            let length = across.hypot(down);
            if length < 2.0 * SIDE {
                continue;
            }
            let middle = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
            let normal = (-down / length, across / length);
            let is_positive = normal.0 * separator.a - normal.1 * separator.b > 0.0;
            let sign = if is_positive { SIDE } else { -SIDE };
            let tip = (middle.0 + sign * normal.0, middle.1 + sign * normal.1);
            canvas.line(&[middle, tip], style::NEURON, style::MARK_LINE)?;
        }
        Ok(())
    }

    /// Who counts the lines is told of those that lie elsewhere: their neurons say the same everywhere here.
    fn note_what_is_beyond<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
    ) -> Drawn<Backend> {
        let region = self.plane.region;
        let separators = self.plane.separators.iter();
        let text = match separators
            .filter(|line| line.within(region).is_none())
            .count()
        {
            0 => return Ok(()),
            1 => "1 line beyond the edge".to_owned(),
            count => format!("{count} lines beyond the edge"),
        };
        let size = style::SMALL_TEXT_SIZE;
        let (left, bottom) = (self.corner.0, self.opposite.1);
        let width = canvas.typeface.width(&text, size) + 2.0 * NOTE;
        let top = bottom - size - 2.0 * NOTE;
        canvas.rectangle((left, top), (left + width, bottom), style::BACKGROUND, 0.85)?;
        let place = (left + NOTE, bottom - NOTE - 0.12 * size);
        canvas.text(&text, place, size, style::QUIET_TEXT, Align::Left)
    }

    fn draw_border<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let (width, height) = (
            (self.opposite.0 - self.corner.0) / self.plane.columns as f64,
            (self.opposite.1 - self.corner.1) / self.plane.rows as f64,
        );
        // Of two classes, both have the same border.
        let once = usize::from(self.plane.fields.len() == 2);
        for field in self.plane.fields.iter().skip(once) {
            for piece in contour::pieces(self.plane, field) {
                let piece = piece.map(|(column, row)| {
                    (
                        self.corner.0 + (column + 0.5) * width,
                        self.corner.1 + (row + 0.5) * height,
                    )
                });
                canvas.line(&piece, style::STRONG_TEXT, style::BORDER)?;
            }
        }
        Ok(())
    }

    fn draw_point<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        point: &Point,
        is_filled: bool,
    ) -> Drawn<Backend> {
        let (shape, color) = match (point.expected, &self.scene.answers) {
            (Expected::Class(class), _) => {
                let style = style::class(usize::from(class));
                (style.shape, style.color)
            }
            (Expected::Number(number), Answers::Number(target)) => {
                let standardised = (number - target.mean) / target.deviation;
                (Shape::Disc, shading::number(standardised as f32))
            }
            (Expected::Number(_), Answers::Classes(_)) => (Shape::Disc, style::MISSING),
        };
        let is_number = matches!(point.expected, Expected::Number(_));
        let place = self.place(point.place);
        draw_sample(
            canvas,
            place,
            (shape, color),
            self.radius,
            is_filled,
            is_number,
        )
    }

    fn draw_frame<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let ((left, top), (right, bottom)) = (self.corner, self.opposite);
        let frame = [
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ];
        canvas.line(&frame, style::AXIS, style::THIN_LINE)
    }

    fn draw_ticks<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let size = style::SMALL_TEXT_SIZE;
        let region = self.plane.region;
        for tick in Axis::Linear(region.x.0, region.x.1).ticks(6) {
            let place = self.place((tick.value, region.y.0));
            let below = (place.0, place.1 + TICKS + size);
            canvas.text(&tick.label, below, size, style::QUIET_TEXT, Align::Center)?;
        }
        for tick in Axis::Linear(region.y.0, region.y.1).ticks(6) {
            let place = self.place((region.x.0, tick.value));
            let beside = (place.0 - TICKS, place.1 + 0.36 * size);
            canvas.text(&tick.label, beside, size, style::QUIET_TEXT, Align::Right)?;
        }
        Ok(())
    }
}

/// A sample: filled for training, hollow for validation; a number keeps its colour and has a dark or a light rim.
fn draw_sample<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    place: (f64, f64),
    (shape, color): (Shape, RGBColor),
    radius: f64,
    is_filled: bool,
    is_number: bool,
) -> Drawn<Backend> {
    let rim = if is_filled && !is_number {
        style::BACKGROUND
    } else if is_number && is_filled {
        style::STRONG_TEXT
    } else if is_number {
        style::BACKGROUND
    } else {
        color
    };
    let inside = if is_filled || is_number {
        color
    } else {
        style::BACKGROUND
    };
    canvas.shape(shape, place, radius + 0.3 * radius, rim)?;
    canvas.shape(shape, place, radius * 0.8, inside)
}

/// What the marks mean, at the lower edge of the paper.
pub(super) fn key<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    scene: &Scene,
    plane: &Plane,
) -> Key {
    let entries = explained(scene, plane);
    let texts: Vec<String> = entries.iter().map(|(_, text)| printable(text)).collect();
    let samples = entries.iter().map(|&(sample, _)| sample);
    let entries: Vec<_> = samples.zip(texts.iter().map(String::as_str)).collect();
    let edges = (style::MARGIN, canvas.size.0 - style::MARGIN);
    Key::new(canvas.typeface, edges, &entries)
}

fn explained<'a>(scene: &'a Scene, plane: &Plane) -> Vec<(Sample, &'a str)> {
    let mut entries = Vec::new();
    match &scene.answers {
        Answers::Classes(names) => {
            for (class, name) in names.iter().enumerate().take(style::CLASSES.len()) {
                entries.push((Sample::Shape(style::class(class), true), name.as_str()));
            }
            entries.push((Sample::Shape(style::PLAIN, true), "training"));
            if !scene.validation.is_empty() {
                entries.push((Sample::Shape(style::PLAIN, false), "validation"));
            }
            entries.push((Sample::Line(style::STRONG_TEXT, style::BORDER), "border"));
        }
        Answers::Number(target) => {
            let dark = style::PLAIN;
            entries.push((Sample::Shape(dark, true), target.name.as_str()));
        }
    }
    if !plane.separators.is_empty() {
        let line = Sample::Line(style::NEURON, style::MARK_LINE);
        entries.push((
            line,
            "a neuron of the first layer is 0, positive on the side of the stroke",
        ));
    }
    entries
}
