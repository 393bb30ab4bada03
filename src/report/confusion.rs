//! Which class is taken for which: a matrix of counts, shaded by the share of each class's samples.
//!
//! A row is a class of the data, a column an answer. What lies on the diagonal is right, slate and (unless cells are tiny) framed;
//! everything else is wrong and crimson. The shading grows with the square root of the share, so that a mistake of one in a hundred is
//! still seen.

mod grid;

#[cfg(test)]
mod tests;

use plotters::prelude::DrawingBackend;

use self::grid::Grid;
use super::heat_maps::ramp::text_on;
use super::picture::canvas::{Align, Canvas, Drawn};
use super::picture::image::{Image, Manner};
use super::picture::panel::MIDDLE_TO_BASELINE;
use super::picture::text::printable;
use super::picture::{Picture, heading};
use super::progress::thousands;
use super::style;
use crate::evaluation::confusion::Confusion;

/// The matrix of one split.
#[derive(Clone, Debug)]
pub struct ConfusionMatrix {
    /// The name of the run.
    pub title: String,
    /// `test`
    pub split: &'static str,
    /// The names of the classes.
    pub names: Vec<String>,
    /// How often which was taken for which.
    pub confusion: Confusion,
}

/// More classes are pixels of an image.
const MOST_CELLS: usize = 40;
/// Smaller cells have no numbers in them.
const LEAST_COUNTED: f64 = 23.0;
/// Smaller ones have no rates below their counts.
const LEAST_RATED: f64 = 40.0;
/// Length of the bars that explain the shading.
const SCALE: f64 = 190.0;
/// Below the matrix, for the explanation.
const FOOT: f64 = 78.0;

impl ConfusionMatrix {
    /// Samples of a class.
    fn of_class(&self, class: usize) -> u64 {
        let others = 0..self.names.len();
        others.map(|other| self.confusion.count(class, other)).sum()
    }

    /// How many are right of how many, and the most frequent mistake.
    fn subtitle(&self) -> String {
        let classes = 0..self.names.len();
        let right: u64 = classes.clone().map(|c| self.confusion.count(c, c)).sum();
        let all: u64 = classes.clone().map(|class| self.of_class(class)).sum();
        if all == 0 {
            return format!("Confusion on {}: no sample", self.split);
        }
        let text = format!(
            "Confusion on {}: {} of {} right ({:.1} %)",
            self.split,
            thousands(right),
            thousands(all),
            100.0 * right as f64 / all as f64
        );
        let pairs = classes
            .clone()
            .flat_map(|class| classes.clone().map(move |other| (class, other)));
        let count = |&(class, other): &(usize, usize)| self.confusion.count(class, other);
        let worst = pairs
            .filter(|(class, other)| class != other)
            // Of equal counts the first pair.
            .rev()
            .max_by_key(count);
        let Some((class, other)) = worst.filter(|pair| count(pair) > 0) else {
            return text;
        };
        format!(
            "{text}; most often, {} was taken for {} ({} of {})",
            short(&self.names[class]),
            short(&self.names[other]),
            thousands(count(&(class, other))),
            thousands(self.of_class(class))
        )
    }

    /// Of a cell: its share of the row and its colour.
    fn shade(&self, class: usize, other: usize, of_class: u64) -> (f64, plotters::style::RGBColor) {
        let share = self.confusion.count(class, other) as f64 / of_class.max(1) as f64;
        (share, shade(share, class == other))
    }
}

/// The colour of a share of a class's samples.
fn shade(share: f64, is_right: bool) -> plotters::style::RGBColor {
    let color = if is_right { style::RIGHT } else { style::WRONG };
    style::tint(color, share.sqrt())
}

/// A name in a sentence.
fn short(name: &str) -> String {
    const MOST: usize = 24;
    if name.chars().count() <= MOST {
        return name.to_owned();
    }
    name.chars().take(MOST).chain(['…']).collect()
}

impl Picture for ConfusionMatrix {
    fn name(&self) -> String {
        format!("Which class {} takes for which, {}", self.title, self.split)
    }

    fn size(&self) -> (u32, u32) {
        let height = Grid::new(self.names.len()).bottom() + FOOT;
        (style::WIDTH, height.ceil() as u32)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        heading::draw(canvas, &self.title, &self.subtitle())?;
        let grid = Grid::new(self.names.len());
        grid.draw_names(canvas, &self.names)?;
        if self.names.len() > MOST_CELLS {
            self.draw_pixels(canvas, &grid)?;
        } else {
            self.draw_cells(canvas, &grid)?;
        }
        grid.draw_frame(canvas)?;
        grid.draw_diagonal(canvas)?;
        draw_scale(canvas, grid.left, grid.bottom() + 30.0)
    }
}

impl ConfusionMatrix {
    fn draw_cells<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        grid: &Grid,
    ) -> Drawn<Backend> {
        for class in 0..self.names.len() {
            let of_class = self.of_class(class);
            for other in 0..self.names.len() {
                let count = self.confusion.count(class, other);
                if count == 0 {
                    continue;
                }
                let [(left, top), (right, bottom)] = grid.cell(class, other);
                let (share, color) = self.shade(class, other, of_class);
                // A line of paper between two cells.
                let opposite = (right - 1.0, bottom - 1.0);
                canvas.rectangle((left, top), opposite, color, 1.0)?;
                if grid.side < LEAST_COUNTED {
                    continue;
                }
                let middle = (left + right - 1.0) / 2.0;
                let write = |text: &str, y: f64, size: f64| {
                    let place = (middle, y + MIDDLE_TO_BASELINE * size);
                    canvas.text(text, place, size, text_on(color), Align::Center)
                };
                let center = f64::midpoint(top, bottom);
                let count = thousands(count);
                let fits = [14.0, 12.5, 11.0, 9.5, 8.0]
                    .into_iter()
                    .find(|&size| canvas.typeface.width(&count, size) <= grid.side - 5.0);
                let Some(size) = fits else { continue };
                if grid.side < LEAST_RATED {
                    write(&count, center, size.min(12.5))?;
                } else {
                    write(&count, center - 8.0, size)?;
                    write(&percent(share), center + 9.0, 10.5)?;
                }
            }
        }
        Ok(())
    }

    /// Cells of a few pixels each.
    fn draw_pixels<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        grid: &Grid,
    ) -> Drawn<Backend> {
        let classes = self.names.len();
        let mut pixels = Vec::with_capacity(3 * classes * classes);
        for class in 0..classes {
            let of_class = self.of_class(class);
            for other in 0..classes {
                let (_, color) = self.shade(class, other, of_class);
                pixels.extend([color.0, color.1, color.2]);
            }
        }
        let image = Image {
            width: classes as u32,
            height: classes as u32,
            pixels,
            manner: Manner::Squares,
        };
        let [corner, _] = grid.cell(0, 0);
        let [_, opposite] = grid.cell(classes - 1, classes - 1);
        canvas.image(corner, opposite, &image)
    }
}

/// `8.2 %`, `<0.1 %`, `100 %`
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent < 0.05 {
        "<0.1 %".to_owned()
    } else if percent >= 99.95 {
        "100 %".to_owned()
    } else {
        format!("{percent:.1} %")
    }
}

/// What the shading means.
fn draw_scale<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    left: f64,
    top: f64,
) -> Drawn<Backend> {
    const PIECES: u32 = 48;
    const BAR: f64 = 11.0;
    let (size, quiet) = (style::SMALL_TEXT_SIZE, style::QUIET_TEXT);
    for (row, (text, is_right)) in [("right: the diagonal", true), ("wrong: elsewhere", false)]
        .into_iter()
        .enumerate()
    {
        let top = top + row as f64 * (BAR + 3.0);
        for piece in 0..PIECES {
            let [from, to] = [piece, piece + 1].map(|p| f64::from(p) / f64::from(PIECES));
            let color = shade(f64::midpoint(from, to).powi(2), is_right);
            let place = |share: f64| (left + share * SCALE).round();
            canvas.rectangle((place(from), top), (place(to), top + BAR), color, 1.0)?;
        }
        if is_right {
            let [(from, to), (above, below)] = [(left, left + SCALE), (top, top + BAR)];
            let frame = [
                (from, above),
                (to, above),
                (to, below),
                (from, below),
                (from, above),
            ];
            canvas.line(&frame, style::STRONG_TEXT, style::MARK_LINE)?;
        }
        let place = (left + SCALE + 8.0, top + BAR - 1.0);
        canvas.text(text, place, size, quiet, Align::Left)?;
    }
    let below = top + 2.0 * BAR + 3.0;
    for percent in [0.0, 5.0, 25.0, 50.0, 100.0] {
        let x = left + SCALE * f64::sqrt(percent / 100.0);
        canvas.line(
            &[(x, below), (x, below + 3.0)],
            style::AXIS,
            style::THIN_LINE,
        )?;
        let place = (x, below + 6.0 + 0.8 * size);
        canvas.text(&format!("{percent}"), place, size, quiet, Align::Center)?;
    }
    let place = (left + SCALE + 154.0, top + BAR + 6.0);
    let text = "share of the samples of the row's class, %";
    canvas.text(text, place, size, quiet, Align::Left)
}

/// Names as they can be drawn.
fn shown(names: &[String]) -> Vec<String> {
    names.iter().map(|name| printable(name)).collect()
}
