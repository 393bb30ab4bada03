//! One plane with its samples and a key: what the kept network says.

use std::sync::Arc;

use plotters::prelude::DrawingBackend;

use super::chart::{self, Chart};
use super::{Moment, Scene};
use crate::report::picture::canvas::{Canvas, Drawn};
use crate::report::picture::{Picture, heading};

const WIDTH: u32 = 640;
const HEIGHT: u32 = 740;
/// Room for the numbers at the left of the plane, and for as much at its right.
const BESIDE: f64 = 56.0;

/// The picture of one network.
#[derive(Clone, Debug)]
pub struct Boundary {
    /// The name of the run.
    pub title: String,
    /// One sentence.
    pub subtitle: String,
    /// The samples.
    pub scene: Arc<Scene>,
    /// The network.
    pub moment: Moment,
}

impl Picture for Boundary {
    fn name(&self) -> String {
        format!("What the network of {} says of every point", self.title)
    }

    fn size(&self) -> (u32, u32) {
        (WIDTH, HEIGHT)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let below = heading::draw(canvas, &self.title, &self.subtitle)?;
        let key = chart::key(canvas, &self.scene, &self.moment.plane);
        let (top, bottom) = (below + 22.0, canvas.size.1 - key.height() - 46.0);
        let side = (bottom - top).min(canvas.size.0 - 2.0 * BESIDE);
        let left = (canvas.size.0 - side) / 2.0;
        Chart {
            scene: &self.scene,
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
