//! The reliability diagram: how often the network is right where it is so confident.

use plotters::prelude::DrawingBackend;

use super::picture::axis::Axis;
use super::picture::canvas::{Align, Canvas, Drawn};
use super::picture::key::{Key, Sample};
use super::picture::panel::MIDDLE_TO_BASELINE;
use super::picture::{Picture, heading};
use super::progress::thousands;
use super::style;
use crate::evaluation::reliability::{BINS, Bin, Reliability};

/// The diagram of one split.
#[derive(Clone, Debug)]
pub struct ReliabilityDiagram {
    /// The name of the run.
    pub title: String,
    /// `test`
    pub split: &'static str,
    /// The bins and the calibration error.
    pub reliability: Reliability,
}

const WIDTH: u32 = 640;
const HEIGHT: u32 = 784;
/// The square of the diagram.
const LEFT: f64 = 76.0;
const RIGHT: f64 = 596.0;
const TOP: f64 = 138.0;
const BOTTOM: f64 = 550.0;
/// The bars of the bins below.
const BARS_TOP: f64 = 596.0;
const BARS_BOTTOM: f64 = 688.0;

/// How much the difference of a bin covers: one that has hardly a sample, and one that has them all.
const LIGHTEST: f64 = 0.08;
const DARKEST: f64 = 0.4;

impl ReliabilityDiagram {
    fn subtitle(&self) -> String {
        let Reliability {
            confidence,
            accuracy,
            error,
            samples,
            ..
        } = self.reliability;
        let percent = |share: f64| format!("{:.1}", 100.0 * share);
        let points = 100.0 * (confidence - accuracy);
        let leaning = if points.abs() < 0.05 {
            "as confident as it is right".to_owned()
        } else if points > 0.0 {
            format!("overconfident by {points:.1} points")
        } else {
            format!("underconfident by {:.1} points", -points)
        };
        format!(
            "Reliability on {}: expected calibration error (ECE) {} % ({} to {}), {} samples; mean confidence {} %, accuracy {} %: {leaning}",
            self.split,
            percent(error.value),
            percent(error.low),
            percent(error.high),
            thousands(samples),
            percent(confidence),
            percent(accuracy),
        )
    }
}

fn across(share: f64) -> f64 {
    LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
}

fn height(share: f64) -> f64 {
    BOTTOM - share.clamp(0.0, 1.0) * (BOTTOM - TOP)
}

impl Picture for ReliabilityDiagram {
    fn name(&self) -> String {
        format!("Reliability diagram of {}, {}", self.title, self.split)
    }

    fn size(&self) -> (u32, u32) {
        (WIDTH, HEIGHT)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        heading::draw(canvas, &self.title, &self.subtitle())?;
        draw_axes(canvas)?;
        for (number, bin) in self.reliability.bins.iter().enumerate() {
            draw_gap(canvas, number, bin, self.reliability.samples)?;
        }
        let ends = [(across(0.0), height(0.0)), (across(1.0), height(1.0))];
        canvas.line(&ends, style::MARK, style::MARK_LINE)?;
        for bin in &self.reliability.bins {
            draw_rate(canvas, bin)?;
        }
        self.draw_bars(canvas)?;
        let gap = Sample::Area {
            color: style::WRONG,
            opacity: DARKEST,
            edge: style::tint(style::WRONG, DARKEST),
        };
        let marker = style::LineStyle {
            line: style::RIGHT,
            marker: style::Marker::Disc,
            ..style::GAP_LINE
        };
        let entries = [
            (Sample::Marker(marker), "accuracy, 95 % interval"),
            (
                Sample::Line(style::MARK, style::MARK_LINE),
                "perfect calibration",
            ),
            (gap, "difference"),
        ];
        let edges = (LEFT, canvas.size.0 - style::MARGIN);
        Key::new(canvas.typeface, edges, &entries).draw(canvas)
    }
}

fn draw_axes<Backend: DrawingBackend>(canvas: &Canvas<Backend>) -> Drawn<Backend> {
    let (size, quiet, thin) = (style::SMALL_TEXT_SIZE, style::QUIET_TEXT, style::THIN_LINE);
    for tick in Axis::Linear(0.0, 100.0).ticks(5) {
        let (x, y) = (across(tick.value / 100.0), height(tick.value / 100.0));
        canvas.line(&[(LEFT, y), (RIGHT, y)], style::GRID, thin)?;
        canvas.line(&[(x, TOP), (x, BOTTOM)], style::GRID, thin)?;
        let beside = (LEFT - 10.0, y + MIDDLE_TO_BASELINE * size);
        canvas.text(&tick.label, beside, size, quiet, Align::Right)?;
        let below = (x, BARS_BOTTOM + 6.0 + 0.8 * size);
        canvas.text(&tick.label, below, size, quiet, Align::Center)?;
    }
    canvas.line(&[(LEFT, BOTTOM), (RIGHT, BOTTOM)], style::AXIS, thin)?;
    let title = (style::MARGIN, TOP - 12.0);
    let (heading, strong) = (style::PANEL_TITLE_SIZE, style::STRONG_TEXT);
    canvas.text("Accuracy, %", title, heading, strong, Align::Left)?;
    let inside = (LEFT + 14.0, TOP + 26.0);
    canvas.text(
        "above the line: underconfident",
        inside,
        size,
        quiet,
        Align::Left,
    )?;
    let inside = (RIGHT - 12.0, BOTTOM - 14.0);
    canvas.text(
        "below the line: overconfident",
        inside,
        size,
        quiet,
        Align::Right,
    )?;
    let title = (style::MARGIN, BARS_TOP - 16.0);
    canvas.text("Samples", title, heading, strong, Align::Left)?;
    let place = (f64::midpoint(LEFT, RIGHT), BARS_BOTTOM + 40.0);
    let text = "confidence: the probability of the class that the network says, %";
    canvas.text(text, place, size, strong, Align::Center)
}

/// From the line down or up to what was right, as wide as the bin.
fn draw_gap<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    number: usize,
    bin: &Bin,
    samples: u64,
) -> Drawn<Backend> {
    let Some(accuracy) = bin.accuracy else {
        return Ok(());
    };
    let share = bin.samples as f64 / samples as f64;
    let opacity = LIGHTEST + (DARKEST - LIGHTEST) * share.sqrt();
    let [from, to] = [number, number + 1].map(|end| across(end as f64 / BINS as f64));
    let [one, other] = [bin.confidence, accuracy.value].map(height);
    let (top, bottom) = (one.min(other), one.max(other));
    canvas.rectangle((from + 1.0, top), (to - 1.0, bottom), style::WRONG, opacity)
}

fn draw_rate<Backend: DrawingBackend>(canvas: &Canvas<Backend>, bin: &Bin) -> Drawn<Backend> {
    let Some(accuracy) = bin.accuracy else {
        return Ok(());
    };
    let x = across(bin.confidence);
    let [low, value, high] = [accuracy.low, accuracy.value, accuracy.high].map(height);
    canvas.line(&[(x, low), (x, high)], style::RIGHT, 1.75)?;
    for end in [low, high] {
        canvas.line(&[(x - 4.0, end), (x + 4.0, end)], style::RIGHT, 1.75)?;
    }
    canvas.disc((x, value), 5.0, style::RIGHT)
}

impl ReliabilityDiagram {
    /// How many samples each bin has.
    fn draw_bars<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let bins = &self.reliability.bins;
        let most = bins.iter().map(|bin| bin.samples).max().unwrap_or(0).max(1);
        for (number, bin) in bins.iter().enumerate() {
            if bin.samples == 0 {
                continue;
            }
            let [from, to] = [number, number + 1].map(|end| across(end as f64 / BINS as f64));
            let tall = (bin.samples as f64 / most as f64 * (BARS_BOTTOM - BARS_TOP)).max(1.0);
            let top = BARS_BOTTOM - tall;
            let color = style::tint(style::RIGHT, 0.6);
            canvas.rectangle((from + 1.0, top), (to - 1.0, BARS_BOTTOM), color, 1.0)?;
            let place = (f64::midpoint(from, to), top - 5.0);
            let (size, quiet) = (11.5, style::QUIET_TEXT);
            canvas.text(&thousands(bin.samples), place, size, quiet, Align::Center)?;
        }
        canvas.line(
            &[(LEFT, BARS_BOTTOM), (RIGHT, BARS_BOTTOM)],
            style::AXIS,
            style::THIN_LINE,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::picture::Drawing;
    use crate::report::picture::testing::{Checked, assert_is_drawn, assert_is_xml, decoded};

    fn diagram(samples: &[(f64, bool)]) -> Result<ReliabilityDiagram, &'static str> {
        Ok(ReliabilityDiagram {
            title: "a & <b>".to_owned(),
            split: "test",
            reliability: Reliability::of(samples.iter().copied()).ok_or("no sample")?,
        })
    }

    #[test]
    fn it_is_drawn_in_both_formats_and_says_what_it_shows() -> Checked {
        let mut samples = vec![(0.95, true); 80];
        samples.extend(vec![(0.95, false); 20]);
        let diagram = diagram(&samples)?;
        let document = diagram.svg()?;
        assert_is_xml(&document);
        assert_is_drawn(&document);
        assert!(
            diagram.subtitle().contains("(ECE) 15.0 % ("),
            "{}",
            diagram.subtitle()
        );
        assert!(diagram.subtitle().ends_with("overconfident by 15.0 points"));
        let (information, pixels) = decoded(&diagram.png()?)?;
        assert_eq!(
            (information.width, information.height),
            (2 * WIDTH, 2 * HEIGHT)
        );
        let color = [style::RIGHT.0, style::RIGHT.1, style::RIGHT.2];
        assert!(pixels.chunks_exact(3).any(|pixel| pixel == color));
        Ok(())
    }

    #[test]
    fn one_sample_and_extreme_probabilities_are_drawn_too() -> Checked {
        for samples in [
            &[(1.0, true)][..],
            &[(0.0, true), (1.0, false), (f64::NAN, true)],
            &[(1e-300, false)],
            &[(7.0, true)],
        ] {
            let diagram = diagram(samples)?;
            let document = diagram.svg()?;
            assert_is_drawn(&document);
            assert!(!document.contains("NaN"));
            diagram.png()?;
        }
        Ok(())
    }
}
