//! One plane with its samples and a key: what the kept network says.

use plotters::prelude::DrawingBackend;

use super::chart::{Chart, explained};
use super::{Moment, Scene};
use crate::report::picture::canvas::{Canvas, Drawn};
use crate::report::picture::key::Key;
use crate::report::picture::text::printable;
use crate::report::picture::{self, Picture, PictureError, heading};
use crate::report::style;

const WIDTH: u32 = 640;
const HEIGHT: u32 = 740;
/// Room for the numbers at the left of the plane, and for as much at its right.
const BESIDE: f64 = 56.0;

/// The picture of one network.
#[derive(Clone, Copy, Debug)]
pub struct Boundary<'a> {
    /// The name of the run.
    pub title: &'a str,
    /// One sentence.
    pub subtitle: &'a str,
    /// The samples.
    pub scene: &'a Scene,
    /// The network.
    pub moment: &'a Moment,
}

impl Boundary<'_> {
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
}

impl Picture for Boundary<'_> {
    fn name(&self) -> String {
        format!("What the network of {} says of every point", self.title)
    }

    fn size(&self) -> (u32, u32) {
        (WIDTH, HEIGHT)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let below = heading::draw(canvas, self.title, self.subtitle)?;
        let edges = (style::MARGIN, canvas.size.0 - style::MARGIN);
        let entries = explained(self.scene, &self.moment.plane);
        let texts: Vec<String> = entries.iter().map(|(_, text)| printable(text)).collect();
        let entries: Vec<_> = entries
            .iter()
            .zip(&texts)
            .map(|((sample, _), text)| (*sample, text.as_str()))
            .collect();
        let key = Key::new(canvas.typeface, edges, &entries);
        let (top, bottom) = (below + 22.0, canvas.size.1 - key.height() - 46.0);
        let side = (bottom - top).min(canvas.size.0 - 2.0 * BESIDE);
        let left = (canvas.size.0 - side) / 2.0;
        Chart {
            scene: self.scene,
            plane: &self.moment.plane,
            corner: (left, top),
            opposite: (left + side, top + side),
            radius: 3.2,
            has_ticks: true,
        }
        .draw(canvas)?;
        key.draw(canvas)
    }
}
