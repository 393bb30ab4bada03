//! Where the cells of a matrix lie, and the names around it.

use plotters::prelude::DrawingBackend;

use super::shown;
use crate::report::picture::canvas::{Align, Canvas, Drawn};
use crate::report::picture::panel::MIDDLE_TO_BASELINE;
use crate::report::picture::ticks;
use crate::report::style;

/// Names of rows are no wider than this.
const NAME: f64 = 124.0;
/// From the names to the cells.
const SPACE: f64 = 8.0;
/// Room above the cells: the heading, what the columns are, and two lines of their names.
const TOP: f64 = 156.0;
/// The matrix is no larger.
const MOST: f64 = 610.0;
/// No cell is larger.
const MOST_CELL: f64 = 96.0;
/// Smaller cells have no frames around them.
const LEAST_FRAMED: f64 = 8.0;
/// Every name needs so much height, and gets so much width rather than be left out.
const NAME_HEIGHT: f64 = 14.0;
const NAME_WIDTH: f64 = 84.0;

/// A square of squares.
pub(super) struct Grid {
    pub(super) left: f64,
    /// Of a cell.
    pub(super) side: f64,
    classes: usize,
}

impl Grid {
    pub(super) fn new(classes: usize) -> Self {
        Self {
            left: style::MARGIN + NAME + SPACE,
            side: (MOST / classes.max(1) as f64).floor().min(MOST_CELL),
            classes,
        }
    }

    pub(super) fn bottom(&self) -> f64 {
        TOP + self.side * self.classes as f64
    }

    fn right(&self) -> f64 {
        self.left + self.side * self.classes as f64
    }

    /// The upper left and the lower right corner.
    pub(super) fn cell(&self, row: usize, column: usize) -> [(f64, f64); 2] {
        let (x, y) = (
            self.left + column as f64 * self.side,
            TOP + row as f64 * self.side,
        );
        [(x, y), (x + self.side, y + self.side)]
    }

    pub(super) fn draw_frame<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
    ) -> Drawn<Backend> {
        let (left, top, right, bottom) = (self.left - 1.0, TOP - 1.0, self.right(), self.bottom());
        let corners = [
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ];
        canvas.line(&corners, style::AXIS, style::THIN_LINE)
    }

    /// Around the cells of the diagonal, by which they are told from the others where hues are not: in grey. A frame would hide what
    /// is in the smallest cells, whose diagonal is a line anyway.
    pub(super) fn draw_diagonal<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
    ) -> Drawn<Backend> {
        if self.side < LEAST_FRAMED {
            return Ok(());
        }
        // Between two cells.
        let place = |column: usize, row: usize| {
            let [(x, y), _] = self.cell(row, column);
            (x - 0.5, y - 0.5)
        };
        let steps = 0..self.classes;
        let above = steps.clone().map(|step| [(step, step), (step + 1, step)]);
        let below = steps.map(|step| [(step, step), (step, step + 1)]);
        let end = (self.classes, self.classes);
        let width = (self.side / 12.0).clamp(style::THIN_LINE, style::OUTLINE);
        for stairs in [
            above.flatten().chain([end]).collect::<Vec<_>>(),
            below.flatten().chain([end]).collect(),
        ] {
            let stairs: Vec<_> = stairs.iter().map(|&(x, y)| place(x, y)).collect();
            canvas.line(&stairs, style::STRONG_TEXT, width)?;
        }
        Ok(())
    }

    /// Names at the left of the rows and above the columns, as many as have room.
    pub(super) fn draw_names<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        names: &[String],
    ) -> Drawn<Backend> {
        let (size, quiet) = (style::SMALL_TEXT_SIZE, style::QUIET_TEXT);
        let names = shown(names);
        let typeface = canvas.typeface;
        for (row, name) in names
            .iter()
            .enumerate()
            .step_by(ticks::stride(NAME_HEIGHT, self.side))
        {
            let [(left, top), (_, bottom)] = self.cell(row, 0);
            let y = f64::midpoint(top, bottom) + MIDDLE_TO_BASELINE * size;
            let name = typeface.shorten_middle(name, size, NAME);
            let place = (left - SPACE, y);
            canvas.text(&name, place, size, style::STRONG_TEXT, Align::Right)?;
        }
        // Where every other name is lower, each has the room of two.
        let room = |stride: usize| stride as f64 * self.side - 6.0;
        let widest = names.iter().map(|name| typeface.width(name, size));
        let widest = widest.fold(0.0, f64::max);
        let is_staggered = widest > room(1);
        let rows = if is_staggered { 2 } else { 1 };
        let stride = ticks::stride(widest.min(NAME_WIDTH) + 6.0, rows as f64 * self.side);
        for (place, (column, name)) in names.iter().enumerate().step_by(stride).enumerate() {
            let [(left, top), (right, _)] = self.cell(0, column);
            let middle = f64::midpoint(left, right);
            let is_raised = is_staggered && place % 2 == 0;
            let baseline = if is_raised { top - 23.0 } else { top - 7.0 };
            if is_raised {
                let stroke = [(middle, top - 19.0), (middle, top - 4.0)];
                canvas.line(&stroke, style::HATCH, style::THIN_LINE)?;
            }
            // A name in the middle of the first or the last column may reach beyond it, but not over the paper's edge.
            let edge = canvas.size.0 - 6.0;
            let most = room(rows * stride).min(2.0 * (edge - middle));
            let name = typeface.shorten_middle(name, size, most);
            canvas.text(
                &name,
                (middle, baseline),
                size,
                style::STRONG_TEXT,
                Align::Center,
            )?;
        }
        let above = (self.left, TOP - if is_staggered { 44.0 } else { 26.0 });
        canvas.text("what the network says", above, size, quiet, Align::Left)?;
        let beside = (self.left - SPACE, TOP - 7.0);
        canvas.text("what it is", beside, size, quiet, Align::Right)
    }
}
