//! The bar beside a map: its colours and their numbers.

use plotters::prelude::DrawingBackend;

use super::ramp::{self, Ramp};
use crate::report::picture::canvas::{Align, Canvas, Drawn};
use crate::report::picture::panel::MIDDLE_TO_BASELINE;
use crate::report::picture::ticks;
use crate::report::style;

/// Width of the bar.
const WIDTH: f64 = 14.0;
/// Width of the bar with its tick labels.
pub(super) const ROOM: f64 = WIDTH + 44.0;
/// The pieces that the bar is painted in.
const PIECES: u32 = 128;

/// Draws the bar to the right of `left`.
pub(super) fn draw<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    left: f64,
    (top, bottom): (f64, f64),
    ramp: Ramp,
) -> Drawn<Backend> {
    let right = left + WIDTH;
    let height = |share: f64| bottom + share * (top - bottom);
    for piece in 0..PIECES {
        let [from, to] = [piece, piece + 1].map(|piece| f64::from(piece) / f64::from(PIECES));
        canvas.rectangle(
            (left, height(to).round()),
            (right, height(from).round()),
            ramp::color(f64::midpoint(from, to)),
            1.0,
        )?;
    }
    for tick in ticks::linear(ramp.low, ramp.high, 9) {
        let y = height((tick.value - ramp.low) / (ramp.high - ramp.low));
        canvas.line(
            &[(right, y), (right + 4.0, y)],
            style::AXIS,
            style::THIN_LINE,
        )?;
        let size = style::SMALL_TEXT_SIZE;
        let place = (right + 8.0, y + MIDDLE_TO_BASELINE * size);
        canvas.text(&tick.label, place, size, style::QUIET_TEXT, Align::Left)?;
    }
    Ok(())
}
