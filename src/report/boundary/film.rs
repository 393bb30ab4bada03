//! The same plane at several epochs, side by side.

use plotters::prelude::DrawingBackend;

use super::chart::{Chart, explained};
use super::{Moment, Scene};
use crate::report::picture::canvas::{Align, Canvas, Drawn};
use crate::report::picture::key::Key;
use crate::report::picture::text::printable;
use crate::report::picture::{self, Picture, PictureError, heading};
use crate::report::style;

/// Planes in a row.
const COLUMNS: usize = 4;
const WIDTH: u32 = 1000;
/// Between two planes.
const BETWEEN: f64 = 16.0;
/// Above a plane, for its epoch.
const CAPTION: f64 = 26.0;
/// Title and subtitle.
const HEAD: f64 = 98.0;
/// The key, on two lines.
const FOOT: f64 = 42.0;

/// The picture of a network that learns.
#[derive(Clone, Copy, Debug)]
pub struct Film<'a> {
    /// The name of the run.
    pub title: &'a str,
    /// One sentence.
    pub subtitle: &'a str,
    /// The samples.
    pub scene: &'a Scene,
    /// The network, epoch after epoch.
    pub moments: &'a [&'a Moment],
}

impl Film<'_> {
    /// As an SVG document.
    ///
    /// # Errors
    ///
    /// Any [`PictureError`], none of which any input causes.
    pub fn svg(&self) -> Result<String, PictureError> {
        picture::svg(self)
    }

    /// As a PNG.
    ///
    /// # Errors
    ///
    /// Any [`PictureError`], none of which any input causes.
    pub fn png(&self) -> Result<Vec<u8>, PictureError> {
        picture::png(self)
    }

    fn side() -> f64 {
        (f64::from(WIDTH) - 2.0 * style::MARGIN - BETWEEN * (COLUMNS as f64 - 1.0)) / COLUMNS as f64
    }
}

impl Picture for Film<'_> {
    fn name(&self) -> String {
        format!("What the network of {} says, epoch after epoch", self.title)
    }

    fn size(&self) -> (u32, u32) {
        let rows = self.moments.len().div_ceil(COLUMNS).max(1) as f64;
        let height = HEAD + rows * (Self::side() + CAPTION + BETWEEN) + FOOT;
        (WIDTH, height.ceil() as u32)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        heading::draw(canvas, self.title, self.subtitle)?;
        let side = Self::side();
        for (number, moment) in self.moments.iter().enumerate() {
            let left = style::MARGIN + (number % COLUMNS) as f64 * (side + BETWEEN);
            let row = (number / COLUMNS) as f64;
            let top = HEAD + row * (side + CAPTION + BETWEEN) + CAPTION;
            let caption = |text: &str, x: f64, align, size, color| {
                canvas.text(text, (x, top - 8.0), size, color, align)
            };
            let (strong, quiet) = (style::STRONG_TEXT, style::QUIET_TEXT);
            let epoch = format!("epoch {}", moment.epoch);
            caption(&epoch, left, Align::Left, style::TEXT_SIZE, strong)?;
            let score = score(moment);
            let right = left + side;
            caption(&score, right, Align::Right, style::SMALL_TEXT_SIZE, quiet)?;
            Chart {
                scene: self.scene,
                plane: &moment.plane,
                corner: (left, top),
                opposite: (left + side, top + side),
                radius: 1.8,
                has_ticks: false,
            }
            .draw(canvas)?;
        }
        let Some(first) = self.moments.first() else {
            return Ok(());
        };
        let entries = explained(self.scene, &first.plane);
        let texts: Vec<String> = entries.iter().map(|(_, text)| printable(text)).collect();
        let entries: Vec<_> = entries
            .iter()
            .zip(&texts)
            .map(|((sample, _), text)| (*sample, text.as_str()))
            .collect();
        let edges = (style::MARGIN, canvas.size.0 - style::MARGIN);
        Key::new(canvas.typeface, edges, &entries).draw(canvas)
    }
}

/// `97.0 % | 95.5 %`: training and validation, or training alone, as progress writes it.
pub(super) fn score(moment: &Moment) -> String {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    match moment.scores {
        None => String::new(),
        Some((training, None)) => percent(training),
        Some((training, Some(validation))) => {
            format!("{} | {}", percent(training), percent(validation))
        }
    }
}
