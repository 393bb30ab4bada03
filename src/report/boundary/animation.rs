//! The plane as a film: an animated PNG, which browsers play, and of which everything else shows the last picture.

use plotters::prelude::DrawingBackend;

use super::chart::Chart;
use super::film::score;
use super::{Moment, Scene};
use crate::report::picture::canvas::{Align, Canvas, Drawn};
use crate::report::picture::{self, Picture, PictureError};
use crate::report::style;

const WIDTH: u32 = 360;
const HEIGHT: u32 = 400;
const EDGE: f64 = 12.0;
/// How long the last picture stays, in pictures.
const LAST: usize = 12;

/// One picture after the other, eight a second.
///
/// # Errors
///
/// Any [`PictureError`], none of which any input causes.
pub fn animation(scene: &Scene, moments: &[Moment]) -> Result<Vec<u8>, PictureError> {
    let pictures: Vec<Still> = moments
        .iter()
        .map(|moment| Still { scene, moment })
        .collect();
    let durations: Vec<u16> = (1..=pictures.len())
        .map(|number| {
            if number == pictures.len() {
                LAST as u16
            } else {
                1
            }
        })
        .collect();
    picture::animated_png(&pictures, &durations, 8)
}

struct Still<'a> {
    scene: &'a Scene,
    moment: &'a Moment,
}

impl Picture for Still<'_> {
    fn name(&self) -> String {
        format!("Epoch {}", self.moment.epoch)
    }

    fn size(&self) -> (u32, u32) {
        (WIDTH, HEIGHT)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let epoch = format!("epoch {}", self.moment.epoch);
        let baseline = 25.0;
        let (size, color) = (style::PANEL_TITLE_SIZE, style::STRONG_TEXT);
        canvas.text(&epoch, (EDGE, baseline), size, color, Align::Left)?;
        let right = (canvas.size.0 - EDGE, baseline);
        let (size, color) = (style::TEXT_SIZE, style::QUIET_TEXT);
        canvas.text(&score(self.moment), right, size, color, Align::Right)?;
        Chart {
            scene: self.scene,
            plane: &self.moment.plane,
            corner: (EDGE, 40.0),
            opposite: (canvas.size.0 - EDGE, 40.0 + canvas.size.0 - 2.0 * EDGE),
            radius: 2.4,
            has_ticks: false,
        }
        .draw(canvas)
    }
}
