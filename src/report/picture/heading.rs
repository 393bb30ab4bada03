//! Title and subtitle of a picture.

use plotters::prelude::{DrawingAreaErrorKind, DrawingBackend};

use super::canvas::{Align, Canvas, Drawn};
use super::text::printable;
use crate::report::style;

/// Draws the title, its middle left out when it is too long, and the subtitle on two lines at most. Returns the lowest
/// baseline.
pub(in crate::report) fn draw<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    title: &str,
    subtitle: &str,
) -> Result<f64, DrawingAreaErrorKind<Backend::ErrorType>> {
    let width = canvas.size.0 - 2.0 * style::MARGIN;
    let mut baseline = 38.0;
    let title = canvas
        .typeface
        .shorten_middle(&printable(title), style::TITLE_SIZE, width);
    canvas.text(
        &title,
        (style::MARGIN, baseline),
        style::TITLE_SIZE,
        style::STRONG_TEXT,
        Align::Left,
    )?;
    baseline += 6.0;
    let subtitle = printable(subtitle);
    for line in canvas.typeface.wrap(&subtitle, style::TEXT_SIZE, width, 2) {
        baseline += 19.0;
        canvas.text(
            &line,
            (style::MARGIN, baseline),
            style::TEXT_SIZE,
            style::QUIET_TEXT,
            Align::Left,
        )?;
    }
    Ok(baseline)
}

/// Says in the middle of the paper why nothing else is there.
pub(in crate::report) fn draw_nothing<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    below: f64,
    text: &str,
) -> Drawn<Backend> {
    canvas.text(
        text,
        (canvas.size.0 / 2.0, f64::midpoint(below, canvas.size.1)),
        style::PANEL_TITLE_SIZE,
        style::QUIET_TEXT,
        Align::Center,
    )
}
