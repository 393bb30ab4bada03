//! Planes side by side: of one network at several epochs, or of several networks.

use std::sync::Arc;

use plotters::prelude::DrawingBackend;

use super::chart::{self, Chart};
use super::{Moment, Scene};
use crate::report::picture::canvas::{Align, Canvas, Drawn};
use crate::report::picture::text::printable;
use crate::report::picture::{Picture, heading};
use crate::report::style;

/// Planes in a row.
const COLUMNS: usize = 4;
const WIDTH: u32 = 1000;
/// Between two planes.
const BETWEEN: f64 = 16.0;
/// Above a plane, for its heading.
const CAPTION: f64 = 26.0;
/// Title and subtitle.
const HEAD: f64 = 98.0;
/// The key, on two lines.
const FOOT: f64 = 42.0;

/// The picture of a network that learns, or of networks that differ.
#[derive(Clone, Debug)]
pub struct Film {
    /// The name of the run or of the sweep.
    pub title: String,
    /// One sentence.
    pub subtitle: String,
    /// What it is, for those who cannot see it.
    pub description: String,
    /// From left to right, row by row.
    pub panels: Vec<Panel>,
}

/// One of the planes.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What is particular about it.
    pub heading: String,
    /// The samples.
    pub scene: Arc<Scene>,
    /// The network.
    pub moment: Moment,
}

impl Film {
    fn side() -> f64 {
        (f64::from(WIDTH) - 2.0 * style::MARGIN - BETWEEN * (COLUMNS as f64 - 1.0)) / COLUMNS as f64
    }
}

impl Picture for Film {
    fn name(&self) -> String {
        self.description.clone()
    }

    fn size(&self) -> (u32, u32) {
        let rows = self.panels.len().div_ceil(COLUMNS).max(1) as f64;
        let height = HEAD + rows * (Self::side() + CAPTION + BETWEEN) + FOOT;
        (WIDTH, height.ceil() as u32)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        heading::draw(canvas, &self.title, &self.subtitle)?;
        for (number, panel) in self.panels.iter().enumerate() {
            let left = style::MARGIN + (number % COLUMNS) as f64 * (Self::side() + BETWEEN);
            let row = (number / COLUMNS) as f64;
            let top = HEAD + row * (Self::side() + CAPTION + BETWEEN) + CAPTION;
            panel.draw(canvas, (left, top), Self::side())?;
        }
        let Some(Panel { scene, moment, .. }) = self.panels.first() else {
            return Ok(());
        };
        chart::key(canvas, scene, &moment.plane).draw(canvas)
    }
}

impl Panel {
    /// A square below its heading.
    fn draw<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        (left, top): (f64, f64),
        width: f64,
    ) -> Drawn<Backend> {
        let (right, baseline) = (left + width, top - 8.0);
        let (size, color) = (style::SMALL_TEXT_SIZE, style::QUIET_TEXT);
        let score = score(&self.moment);
        let room = width - canvas.typeface.width(&score, size) - BETWEEN;
        canvas.text(&score, (right, baseline), size, color, Align::Right)?;
        let (size, color) = (style::TEXT_SIZE, style::STRONG_TEXT);
        let heading = printable(&self.heading);
        let heading = canvas.typeface.shorten_end(&heading, size, room);
        canvas.text(&heading, (left, baseline), size, color, Align::Left)?;
        Chart {
            scene: &self.scene,
            plane: &self.moment.plane,
            corner: (left, top),
            opposite: (right, top + width),
            radius: 1.8,
            has_ticks: false,
        }
        .draw(canvas)
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
