//! One map: its cells with their numbers, the values of both keys, and the scale beside it.

use plotters::prelude::DrawingBackend;

use super::ramp::{self, Ramp};
use super::scale;
use crate::report::picture::canvas::{Align, Canvas, Drawn};
use crate::report::picture::panel::MIDDLE_TO_BASELINE;
use crate::report::picture::ticks;
use crate::report::style;

/// From the labels of the rows to the cells, and from the cells to the scale.
const SPACE: f64 = 10.0;
/// The labels of the rows are no wider than this.
const MOST_ROW_LABEL: f64 = 96.0;
/// The least height of a row's label; with lower rows not every one is written.
const ROW_LABEL_HEIGHT: f64 = 16.0;
/// The labels of the columns may be shortened down to this rather than left out.
const LEAST_COLUMN_LABEL: f64 = 44.0;
/// Cells larger than this have a line of paper between them.
const SEPARATED_FROM: f64 = 14.0;
/// Sizes of numbers, the best first.
const NUMBER_SIZES: [f64; 5] = [14.0, 13.0, 12.0, 11.0, 10.0];

/// One of the two maps.
pub(super) struct Map<'a> {
    /// Written above.
    pub(super) title: &'a str,
    /// Written after the title, quieter.
    pub(super) note: &'a str,
    /// The upper left corner, below the title, and the lower right one, above the labels of the columns.
    pub(super) corners: [(f64, f64); 2],
    /// Labels of the rows, the lowest first.
    pub(super) rows: &'a [String],
    /// Labels of the columns.
    pub(super) columns: &'a [String],
    /// Row by row, NaN where there is none.
    pub(super) values: &'a [f64],
    /// The number of the cell to frame.
    pub(super) best: Option<usize>,
}

/// Where the cells lie.
struct Grid {
    left: f64,
    bottom: f64,
    width: f64,
    height: f64,
    columns: usize,
}

impl Grid {
    /// The upper left and the lower right corner of a cell.
    fn corners(&self, row: usize, column: usize) -> [(f64, f64); 2] {
        let [row, column] = [row, column].map(|number| number as f64);
        let (x, y) = (
            self.left + column * self.width,
            self.bottom - row * self.height,
        );
        [(x, y - self.height), (x + self.width, y)]
    }

    /// The same for the number of a cell.
    fn cell(&self, index: usize) -> [(f64, f64); 2] {
        self.corners(index / self.columns, index % self.columns)
    }
}

impl Map<'_> {
    /// Draws the map.
    pub(super) fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let (left, top) = self.corners[0];
        canvas.text(
            self.title,
            (left, top - 11.0),
            style::PANEL_TITLE_SIZE,
            style::STRONG_TEXT,
            Align::Left,
        )?;
        let title = canvas.typeface.width(self.title, style::PANEL_TITLE_SIZE);
        if !self.note.is_empty() {
            canvas.text(
                self.note,
                (left + title + 10.0, top - 11.0),
                style::SMALL_TEXT_SIZE,
                style::QUIET_TEXT,
                Align::Left,
            )?;
        }
        let grid = self.grid(canvas);
        self.draw_row_labels(canvas, &grid)?;
        self.draw_column_labels(canvas, &grid)?;
        let ramp = Ramp::of(self.values.iter().copied());
        self.draw_cells(canvas, &grid, ramp)?;
        self.draw_best(canvas, &grid)?;
        match ramp {
            Some(ramp) => {
                let right = grid.left + grid.columns as f64 * grid.width;
                let top = grid.corners(self.rows.len() - 1, 0)[0].1;
                scale::draw(canvas, right + SPACE, (top, grid.bottom), ramp)
            }
            None => Ok(()),
        }
    }

    /// Cells as large as there is room, with edges on whole pixels unless they are smaller than those.
    fn grid<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Grid {
        let [(left, top), (right, bottom)] = self.corners;
        let widest = self
            .rows
            .iter()
            .map(|label| canvas.typeface.width(label, style::SMALL_TEXT_SIZE))
            .fold(0.0, f64::max);
        let left = (left + widest.min(MOST_ROW_LABEL) + SPACE).ceil();
        let room = right - left - SPACE - scale::ROOM;
        let whole = |length: f64| {
            if length >= 1.0 {
                length.floor()
            } else {
                length
            }
        };
        let [rows, columns] = [self.rows, self.columns].map(|labels| labels.len() as f64);
        let height = whole((bottom - top) / rows);
        Grid {
            left,
            bottom: top.ceil() + rows * height,
            width: whole(room / columns),
            height,
            columns: self.columns.len(),
        }
    }

    fn draw_row_labels<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        grid: &Grid,
    ) -> Drawn<Backend> {
        let size = style::SMALL_TEXT_SIZE;
        let stride = ticks::stride(ROW_LABEL_HEIGHT, grid.height);
        for (row, label) in self.rows.iter().enumerate().step_by(stride) {
            let [(left, top), (_, bottom)] = grid.corners(row, 0);
            let label = canvas.typeface.shorten_middle(label, size, MOST_ROW_LABEL);
            let baseline = f64::midpoint(top, bottom) + MIDDLE_TO_BASELINE * size;
            let place = (left - SPACE, baseline);
            canvas.text(&label, place, size, style::QUIET_TEXT, Align::Right)?;
        }
        Ok(())
    }

    fn draw_column_labels<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        grid: &Grid,
    ) -> Drawn<Backend> {
        let size = style::SMALL_TEXT_SIZE;
        let widest = self
            .columns
            .iter()
            .map(|label| canvas.typeface.width(label, size))
            .fold(0.0, f64::max);
        let stride = ticks::stride(widest.min(LEAST_COLUMN_LABEL) + 8.0, grid.width);
        for (column, label) in self.columns.iter().enumerate().step_by(stride) {
            let [(left, _), (right, bottom)] = grid.corners(0, column);
            let room = stride as f64 * grid.width - 8.0;
            let label = canvas.typeface.shorten_middle(label, size, room);
            let place = (f64::midpoint(left, right), bottom + 20.0);
            canvas.text(&label, place, size, style::QUIET_TEXT, Align::Center)?;
        }
        Ok(())
    }

    fn draw_cells<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        grid: &Grid,
        ramp: Option<Ramp>,
    ) -> Drawn<Backend> {
        let is_separated = grid.width.min(grid.height) >= SEPARATED_FROM;
        let space = if is_separated { 1.0 } else { 0.0 };
        let format = self.number_format(canvas, grid);
        for (index, &value) in self.values.iter().enumerate() {
            let [(left, top), (right, bottom)] = grid.cell(index);
            let opposite = (right - space, bottom - space);
            let middle = (
                f64::midpoint(left, opposite.0),
                f64::midpoint(top, opposite.1),
            );
            let number = |text: &str, size: f64, color| {
                let place = (middle.0, middle.1 + MIDDLE_TO_BASELINE * size);
                canvas.text(text, place, size, color, Align::Center)
            };
            let Some(ramp) = ramp.filter(|_| value.is_finite()) else {
                canvas.hatched((left, top), opposite)?;
                if is_separated {
                    canvas.rectangle(
                        (middle.0 - 7.0, middle.1 - 5.0),
                        (middle.0 + 7.0, middle.1 + 5.0),
                        style::MISSING,
                        1.0,
                    )?;
                    number("–", style::SMALL_TEXT_SIZE, style::QUIET_TEXT)?;
                }
                continue;
            };
            let color = ramp.color(value);
            canvas.rectangle((left, top), opposite, color, 1.0)?;
            if let Some((decimals, size)) = format {
                number(&written(value, decimals), size, ramp::text_on(color))?;
            }
        }
        Ok(())
    }

    /// How many decimals the numbers have, and their size; nothing when they do not fit into the cells.
    fn number_format<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        grid: &Grid,
    ) -> Option<(usize, f64)> {
        let finite = || {
            self.values
                .iter()
                .copied()
                .filter(|value| value.is_finite())
        };
        let fits = |decimals: usize, size: f64| {
            size * 1.3 <= grid.height
                && finite().all(|value| {
                    let text = written(value, decimals);
                    canvas.typeface.width(&text, size) <= grid.width - 8.0
                })
        };
        [1, 0]
            .into_iter()
            .flat_map(|decimals| NUMBER_SIZES.map(|size| (decimals, size)))
            .find(|&(decimals, size)| fits(decimals, size))
    }

    /// A dark frame with a light one around it, which shows on every colour.
    fn draw_best<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        grid: &Grid,
    ) -> Drawn<Backend> {
        let Some(best) = self.best else {
            return Ok(());
        };
        let [(left, top), (right, bottom)] = grid.cell(best);
        let frame = [
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ];
        canvas.line(&frame, style::BACKGROUND, 3.0 * style::OUTLINE)?;
        canvas.line(&frame, style::STRONG_TEXT, style::OUTLINE)
    }
}

/// A number with so many decimals and a real minus.
fn written(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) => {
            format!("−{digits}")
        }
        Some(zero) => zero.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_real_minus_and_no_negative_zero() {
        assert_eq!(written(-1.25, 1), "−1.2");
        assert_eq!(written(-0.04, 1), "0.0");
        assert_eq!(written(12.34, 0), "12");
    }
}
