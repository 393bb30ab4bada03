//! The whole picture: title, subtitle, the two maps, the names of the keys, and what the frame and the hatching mean.

use plotters::prelude::DrawingBackend;

use super::map::Map;
use super::{HEIGHT, HeatMaps, WIDTH};
use crate::report::picture::canvas::{Align, Canvas, Drawn};
use crate::report::picture::key::{Key, Sample};
use crate::report::picture::spread::Spread;
use crate::report::picture::text::printable;
use crate::report::picture::{Picture, heading};
use crate::report::scaling::RunErrors;
use crate::report::style;

/// Between the two maps.
const BETWEEN: f64 = 32.0;
/// The room for column labels and the names of the keys below the maps.
const BELOW_MAPS: f64 = 72.0;

impl Picture for HeatMaps {
    fn name(&self) -> String {
        format!(
            "Validation error and gap over {} and {} of {}",
            self.row_key, self.column_key, self.title
        )
    }

    fn size(&self) -> (u32, u32) {
        (WIDTH, HEIGHT)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let below_heading = heading::draw(canvas, &self.title, &self.subtitle)?;
        let errors = self.means(RunErrors::validation_percent);
        let gaps = self.means(RunErrors::gap_points);
        if errors.is_empty() {
            return heading::draw_nothing(canvas, below_heading, "no run was finished");
        }
        let best = (0..errors.len())
            .filter(|&index| errors[index].is_finite())
            .min_by(|&a, &b| errors[a].total_cmp(&errors[b]));
        let mut entries = Vec::new();
        if best.is_some() {
            let frame = Sample::Outline(style::STRONG_TEXT);
            entries.push((frame, "lowest validation error"));
        }
        if errors.iter().chain(&gaps).any(|value| value.is_nan()) {
            entries.push((Sample::Hatched, "no finished run"));
        }
        let edges = (style::MARGIN, canvas.size.0 - style::MARGIN);
        let key = Key::new(canvas.typeface, edges, &entries);

        let top = below_heading + 46.0;
        let bottom = canvas.size.1 - BELOW_MAPS - key.height();
        let width = (edges.1 - edges.0 - BETWEEN) / 2.0;
        let [rows, columns] = [&self.rows, &self.columns].map(|labels| {
            labels
                .iter()
                .map(|label| printable(label))
                .collect::<Vec<_>>()
        });
        let map = |left: f64, title, note, values| Map {
            title,
            note,
            corners: [(left, top), (left + width, bottom)],
            rows: &rows,
            columns: &columns,
            values,
            best,
        };
        map(edges.0, "Validation error, %", "", &errors).draw(canvas)?;
        let note = "validation error − training error";
        map(edges.1 - width, "Gap, points", note, &gaps).draw(canvas)?;
        self.draw_keys(canvas, bottom + 48.0)?;
        key.draw(canvas)
    }
}

impl HeatMaps {
    /// The mean of `value` over the runs of each cell, row by row; NaN where there is none to draw.
    fn means(&self, value: fn(&RunErrors) -> f64) -> Vec<f64> {
        let columns = self.columns.len();
        let mut runs: Vec<Vec<f64>> = vec![Vec::new(); self.rows.len() * columns];
        for cell in &self.cells {
            if cell.row < self.rows.len() && cell.column < columns {
                runs[cell.row * columns + cell.column].extend(cell.runs.iter().map(value));
            }
        }
        runs.into_iter()
            .map(|values| Spread::of(values.into_iter()).mean)
            .collect()
    }

    /// Which key goes which way.
    fn draw_keys<Backend: DrawingBackend>(
        &self,
        canvas: &Canvas<Backend>,
        baseline: f64,
    ) -> Drawn<Backend> {
        let mut x = style::MARGIN;
        let most = (canvas.size.0 - 2.0 * style::MARGIN) / 2.0 - 110.0;
        for (way, key) in [("across", &self.column_key), ("up", &self.row_key)] {
            let size = style::TEXT_SIZE;
            let name = canvas.typeface.shorten_middle(&printable(key), size, most);
            for (text, size, color, space) in [
                (way, style::SMALL_TEXT_SIZE, style::QUIET_TEXT, 8.0),
                (name.as_str(), size, style::STRONG_TEXT, 32.0),
            ] {
                canvas.text(text, (x, baseline), size, color, Align::Left)?;
                x += canvas.typeface.width(text, size) + space;
            }
        }
        Ok(())
    }
}
