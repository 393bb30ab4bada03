//! How well each class is found: recall, precision and F1 with their intervals, the worst class first.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::picture::axis::Axis;
use super::picture::canvas::{Align, Canvas, Drawn};
use super::picture::panel::MIDDLE_TO_BASELINE;
use super::picture::text::printable;
use super::picture::{Picture, heading};
use super::progress::thousands;
use super::style;
use crate::evaluation::confusion::ClassReport;
use crate::generalization::Estimate;

/// The classes of one split.
#[derive(Clone, Debug)]
pub struct Classes {
    /// The name of the run.
    pub title: String,
    /// `test`
    pub split: &'static str,
    /// One for each class.
    pub classes: Vec<ClassReport>,
}

/// The worst so many are drawn.
const MOST: usize = 40;
/// Title, subtitle and what the columns are.
const HEAD: f64 = 132.0;
/// Below the last row: the axes and what they mean.
const FOOT: f64 = 62.0;
const ROW: f64 = 24.0;
/// Names and numbers of samples.
const NAMES: f64 = 172.0;
/// Between two columns.
const BETWEEN: f64 = 18.0;
/// In a column before its plot, for the number.
const NUMBER: f64 = 46.0;
const DOT: f64 = 4.0;

/// What a column shows of a class.
type Score = fn(&ClassReport) -> Option<Estimate>;

const COLUMNS: [(&str, &str, Score); 3] = [
    ("Recall", "found among its samples", |class| class.recall),
    ("Precision", "right among its answers", |class| {
        class.precision
    }),
    ("F1", "harmonic mean of both", |class| class.f1),
];

impl Classes {
    /// The worst F1 first; classes of which nothing is known last.
    fn ranked(&self) -> Vec<&ClassReport> {
        let mut ranked: Vec<&ClassReport> = self.classes.iter().collect();
        let f1 = |class: &ClassReport| class.f1.map_or(f64::INFINITY, |f1| f1.value);
        ranked.sort_by(|one, other| f1(one).total_cmp(&f1(other)));
        ranked.truncate(MOST);
        ranked
    }

    fn subtitle(&self) -> String {
        let scores: Vec<f64> = self
            .classes
            .iter()
            .filter_map(|c| Some(c.f1?.value))
            .collect();
        let mut parts = vec![format!("Classes on {}, the worst first", self.split)];
        if !scores.is_empty() {
            let mean = 100.0 * scores.iter().sum::<f64>() / scores.len() as f64;
            parts.push(format!("mean F1 of all classes {mean:.1} %"));
        }
        if self.classes.len() > MOST {
            let rest = thousands((self.classes.len() - MOST) as u64);
            parts.push(format!("{rest} better ones are left out"));
        }
        parts.join("; ")
    }

    /// From the lowest end of an interval, which is rounded down, to 100 %.
    fn axis(ranked: &[&ClassReport]) -> Axis {
        let lows = ranked.iter().flat_map(|class| {
            let scores = COLUMNS.iter().filter_map(|(.., score)| score(class));
            scores.map(|score| 100.0 * score.low)
        });
        let low = lows.filter(|low| low.is_finite()).fold(80.0, f64::min);
        Axis::Linear((low / 20.0).floor() * 20.0, 100.0)
    }
}

impl Picture for Classes {
    fn name(&self) -> String {
        format!(
            "Recall, precision and F1 of each class of {}, {}",
            self.title, self.split
        )
    }

    fn size(&self) -> (u32, u32) {
        let rows = self.classes.len().min(MOST) as f64;
        (style::WIDTH, (HEAD + ROW * rows + FOOT).ceil() as u32)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        heading::draw(canvas, &self.title, &self.subtitle())?;
        let ranked = self.ranked();
        draw_names(canvas, &ranked)?;
        let axis = Self::axis(&ranked);
        let all = canvas.size.0 - 2.0 * style::MARGIN - NAMES;
        let width = (all - BETWEEN * COLUMNS.len() as f64) / COLUMNS.len() as f64;
        for (number, (name, note, score)) in COLUMNS.into_iter().enumerate() {
            let left = style::MARGIN + NAMES + BETWEEN + number as f64 * (width + BETWEEN);
            let column = Column {
                left: left + NUMBER,
                right: left + width,
                bottom: HEAD + ROW * ranked.len() as f64,
                axis,
            };
            column.draw_axis(canvas, name, note)?;
            for (row, class) in ranked.iter().enumerate() {
                column.draw_score(canvas, HEAD + ROW * (row as f64 + 0.5), score(class))?;
            }
        }
        let explained = "numbers are shares in %, lines their 95 % intervals";
        let place = (style::MARGIN, canvas.size.1 - 16.0);
        let (size, quiet) = (style::SMALL_TEXT_SIZE, style::QUIET_TEXT);
        canvas.text(explained, place, size, quiet, Align::Left)
    }
}

fn draw_names<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    ranked: &[&ClassReport],
) -> Drawn<Backend> {
    let (size, quiet) = (style::SMALL_TEXT_SIZE, style::QUIET_TEXT);
    let right = style::MARGIN + NAMES;
    let above = HEAD - 26.0;
    canvas.text(
        "Class",
        (style::MARGIN, above),
        style::PANEL_TITLE_SIZE,
        style::STRONG_TEXT,
        Align::Left,
    )?;
    canvas.text("samples", (right, above), size, quiet, Align::Right)?;
    for (row, class) in ranked.iter().enumerate() {
        let middle = HEAD + ROW * (row as f64 + 0.5);
        let baseline = middle + MIDDLE_TO_BASELINE * size;
        let count = thousands(class.samples);
        let room = NAMES - canvas.typeface.width(&count, size) - 12.0;
        let name = canvas
            .typeface
            .shorten_middle(&printable(&class.class), size, room);
        canvas.text(
            &name,
            (style::MARGIN, baseline),
            size,
            style::STRONG_TEXT,
            Align::Left,
        )?;
        canvas.text(&count, (right, baseline), size, quiet, Align::Right)?;
    }
    Ok(())
}

/// One score of all classes.
struct Column {
    left: f64,
    right: f64,
    bottom: f64,
    axis: Axis,
}

impl Column {
    fn place(&self, percent: f64) -> f64 {
        let share = self.axis.position(percent).clamp(0.0, 1.0);
        self.left + DOT + share * (self.right - self.left - 2.0 * DOT)
    }

    fn draw_axis<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        name: &str,
        note: &str,
    ) -> Drawn<Backend> {
        let (size, quiet) = (style::SMALL_TEXT_SIZE, style::QUIET_TEXT);
        let title = (self.left - NUMBER, HEAD - 26.0);
        canvas.text(
            name,
            title,
            style::PANEL_TITLE_SIZE,
            style::STRONG_TEXT,
            Align::Left,
        )?;
        let below = (self.left - NUMBER, HEAD - 10.0);
        let note = canvas
            .typeface
            .shorten_end(note, 11.0, self.right - self.left + NUMBER);
        canvas.text(&note, below, 11.0, quiet, Align::Left)?;
        for tick in self.axis.ticks(3) {
            let x = self.place(tick.value);
            canvas.line(
                &[(x, HEAD), (x, self.bottom)],
                style::GRID,
                style::THIN_LINE,
            )?;
            let place = (x, self.bottom + 6.0 + 0.8 * size);
            canvas.text(&tick.label, place, size, quiet, Align::Center)?;
        }
        let ends = [(self.left, self.bottom), (self.right, self.bottom)];
        canvas.line(&ends, style::AXIS, style::THIN_LINE)
    }

    fn draw_score<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        middle: f64,
        score: Option<Estimate>,
    ) -> Drawn<Backend> {
        let size = style::SMALL_TEXT_SIZE;
        let number = |text: &str, color: RGBColor| {
            let place = (self.left - 10.0, middle + MIDDLE_TO_BASELINE * size);
            canvas.text(text, place, size, color, Align::Right)
        };
        let Some(score) = score.filter(|score| score.value.is_finite()) else {
            return number("–", style::QUIET_TEXT);
        };
        number(&format!("{:.1}", 100.0 * score.value), style::STRONG_TEXT)?;
        let [low, value, high] =
            [score.low, score.value, score.high].map(|s| self.place(100.0 * s));
        let line = style::tint(style::RIGHT, 0.55);
        canvas.line(&[(low, middle), (high, middle)], line, 2.0)?;
        for end in [low, high] {
            canvas.line(&[(end, middle - 3.5), (end, middle + 3.5)], line, 1.5)?;
        }
        canvas.disc((value, middle), DOT, style::RIGHT)
    }
}
