//! What areas, dots and unlabelled lines mean, at the very bottom of a picture.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, Drawn};
use super::lines::{draw_dashed, draw_marker};
use super::text::Typeface;
use crate::report::style::{self, ClassStyle, LineStyle};

/// From the last line of the key to the picture's edge.
const BELOW: f64 = 18.0;
/// From one line of the key to the next.
const LINE_HEIGHT: f64 = 20.0;
/// Width of a sample.
const SAMPLE: f64 = 20.0;
/// Between a sample and its text.
const TEXT_DISTANCE: f64 = 8.0;
/// Between two entries.
const ENTRY_DISTANCE: f64 = 28.0;

/// A piece of what is explained.
#[derive(Clone, Copy)]
pub(in crate::report) enum Sample {
    /// An area with edges above and below.
    Area {
        /// Its colour.
        color: RGBColor,
        /// How much it covers.
        opacity: f64,
        /// The colour of its edges.
        edge: RGBColor,
    },
    /// A dashed line.
    Dashed(LineStyle),
    /// A marker.
    Marker(LineStyle),
    /// A line of a colour and a width.
    Line(RGBColor, f64),
    /// A sample of a class, filled or hollow.
    Shape(ClassStyle, bool),
    /// Some dots, one for a single run each.
    Dots(RGBColor),
    /// A square with a thick edge.
    Outline(RGBColor),
    /// A hatched square.
    Hatched,
}

/// Explanations, each with its place.
pub(in crate::report) struct Key {
    /// Line, left edge, sample, text.
    entries: Vec<(f64, f64, Sample, String)>,
    lines: f64,
}

impl Key {
    /// Arranges `entries` from `left` to `right`, on as many lines as they need; a text too long for one is shortened.
    pub(in crate::report) fn new(
        typeface: &Typeface,
        (left, right): (f64, f64),
        entries: &[(Sample, &str)],
    ) -> Self {
        let (mut x, mut line) = (left, 0.0);
        let mut placed = Vec::new();
        for &(sample, text) in entries {
            let most = right - left - SAMPLE - TEXT_DISTANCE;
            let text = typeface.shorten_end(text, style::SMALL_TEXT_SIZE, most);
            let width = SAMPLE + TEXT_DISTANCE + typeface.width(&text, style::SMALL_TEXT_SIZE);
            if x > left && x + width > right {
                (x, line) = (left, line + 1.0);
            }
            placed.push((line, x, sample, text));
            x += width + ENTRY_DISTANCE;
        }
        Self {
            lines: if placed.is_empty() { 0.0 } else { line + 1.0 },
            entries: placed,
        }
    }

    /// How much of the paper's lower edge the key takes.
    pub(in crate::report) fn height(&self) -> f64 {
        if self.entries.is_empty() {
            0.0
        } else {
            24.0 + LINE_HEIGHT * (self.lines - 1.0)
        }
    }

    /// Draws the key at the lower edge of the paper.
    pub(in crate::report) fn draw<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
    ) -> Drawn<Backend> {
        for (line, x, sample, text) in &self.entries {
            let baseline = canvas.size.1 - BELOW - LINE_HEIGHT * (self.lines - 1.0 - line);
            sample.draw(canvas, *x, baseline)?;
            canvas.text(
                text,
                (x + SAMPLE + TEXT_DISTANCE, baseline),
                style::SMALL_TEXT_SIZE,
                style::QUIET_TEXT,
                Align::Left,
            )?;
        }
        Ok(())
    }
}

impl Sample {
    fn draw<Backend: DrawingBackend>(
        self,
        canvas: &Canvas<Backend>,
        x: f64,
        baseline: f64,
    ) -> Drawn<Backend> {
        let end = x + SAMPLE;
        let (top, bottom) = (baseline - 10.0, baseline + 1.0);
        let middle = baseline - 4.5;
        match self {
            Self::Area {
                color,
                opacity,
                edge,
            } => {
                canvas.rectangle((x, top), (end, bottom), color, opacity)?;
                for y in [top, bottom] {
                    canvas.line(&[(x, y), (end, y)], edge, style::THIN_LINE)?;
                }
                Ok(())
            }
            Self::Dashed(style) => {
                let ends = [(x, middle), (end, middle)];
                draw_dashed(canvas, &ends, style.line, style.line_width)
            }
            Self::Marker(style) => {
                let center = (x + SAMPLE / 2.0, middle);
                draw_marker(canvas, center, style, style::BACKGROUND)
            }
            Self::Line(color, width) => canvas.line(&[(x, middle), (end, middle)], color, width),
            Self::Shape(ClassStyle { color, shape }, is_filled) => {
                let center = (x + SAMPLE / 2.0, middle);
                canvas.shape(shape, center, 5.0, color)?;
                if is_filled {
                    return Ok(());
                }
                canvas.shape(shape, center, 3.0, style::BACKGROUND)
            }
            Self::Dots(color) => {
                for (across, up) in [(4.0, -1.5), (10.0, 2.0), (16.0, -0.5)] {
                    canvas.faint_dot((x + across, middle - up), color)?;
                }
                Ok(())
            }
            Self::Outline(color) => {
                let (left, right) = (end - 14.0, end - 2.0);
                let corners = [
                    (left, top),
                    (right, top),
                    (right, bottom),
                    (left, bottom),
                    (left, top),
                ];
                canvas.line(&corners, color, style::OUTLINE)
            }
            Self::Hatched => canvas.hatched((end - 14.0, top), (end - 2.0, bottom)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_go_to_the_next_line_and_stay_on_the_paper() -> Result<(), ab_glyph::InvalidFont> {
        let typeface = Typeface::embedded()?;
        let long = "a text that is rather long ".repeat(4);
        let entries = [
            (Sample::Hatched, "short"),
            (Sample::Hatched, long.as_str()),
            (Sample::Hatched, "short"),
        ];
        let key = Key::new(&typeface, (50.0, 450.0), &entries);
        let lines: Vec<f64> = key.entries.iter().map(|entry| entry.0).collect();
        assert_eq!(lines, [0.0, 1.0, 2.0]);
        for (_, x, _, text) in &key.entries {
            let width = typeface.width(text, style::SMALL_TEXT_SIZE);
            assert!(x + SAMPLE + TEXT_DISTANCE + width <= 450.0, "{text}");
        }
        assert!(key.height() > Key::new(&typeface, (50.0, 450.0), &entries[..1]).height());
        Ok(())
    }
}
