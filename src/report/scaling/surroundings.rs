//! What surrounds the two panels: the values of the swept key below them, and what bands, dots and dashes mean.

use plotters::prelude::DrawingBackend;

use super::Scaling;
use super::horizontal::Horizontal;
use crate::report::picture::canvas::{Align, Canvas, Drawn};
use crate::report::picture::key::Sample;
use crate::report::picture::lines::MARKED;
use crate::report::picture::panel::Frame;
use crate::report::picture::text::printable;
use crate::report::style::{self, GAP_LINE, LAW, TRAINING, VALIDATION};

/// What is not labelled where it lies.
pub(super) fn key_entries(
    scaling: &Scaling,
    horizontal: &Horizontal,
    has_seeds: bool,
) -> Vec<(Sample, String)> {
    let mut entries = Vec::new();
    if !horizontal.is_numeric() {
        entries.extend([TRAINING, VALIDATION].map(|split| {
            let text = if has_seeds { ", mean" } else { "" };
            (Sample::Marker(split), format!("{}{text}", split.label))
        }));
    }
    if has_seeds {
        let band = Sample::Area {
            color: style::GAP,
            opacity: 1.4 * style::GAP_OPACITY,
            edge: style::GRID,
        };
        entries.push((band, "lowest to highest run".to_owned()));
        if scaling.groups.len() <= MARKED {
            entries.push((Sample::Dots(GAP_LINE.line), "single runs".to_owned()));
        }
    }
    if let Some(law) = scaling.law.as_ref().filter(|_| horizontal.is_numeric()) {
        let annotation = printable(&law.annotation);
        let text = if annotation.trim().is_empty() {
            LAW.label.to_owned()
        } else {
            annotation
        };
        entries.push((Sample::Dashed(LAW), text));
        let mut widths = law.points.iter().map(|point| point.high - point.low);
        if widths.any(f64::is_finite) {
            let band = Sample::Area {
                color: LAW.line,
                opacity: style::LAW_OPACITY,
                edge: style::INTERVAL_EDGE,
            };
            entries.push((band, "its interval".to_owned()));
        }
    }
    entries
}

/// The values of the key and its name, below the lower panel.
pub(super) fn draw_values<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    frame: Frame,
    labels: &[(f64, String)],
    key: &str,
    note: &str,
) -> Drawn<Backend> {
    for (x, label) in labels {
        canvas.text(
            label,
            (*x, frame.bottom + 20.0),
            style::SMALL_TEXT_SIZE,
            style::QUIET_TEXT,
            Align::Center,
        )?;
    }
    let key = printable(key);
    let width = frame.right - frame.left;
    let name = canvas
        .typeface
        .shorten_middle(&key, style::TEXT_SIZE, width - 90.0);
    let name_width = canvas.typeface.width(&name, style::TEXT_SIZE);
    let note_start = name_width + if note.is_empty() { 0.0 } else { 12.0 };
    let whole = note_start + canvas.typeface.width(note, style::SMALL_TEXT_SIZE);
    let left = frame.left + (width - whole) / 2.0;
    let baseline = frame.bottom + 42.0;
    canvas.text(
        &name,
        (left, baseline),
        style::TEXT_SIZE,
        style::STRONG_TEXT,
        Align::Left,
    )?;
    if note.is_empty() {
        return Ok(());
    }
    canvas.text(
        note,
        (left + note_start, baseline),
        style::SMALL_TEXT_SIZE,
        style::QUIET_TEXT,
        Align::Left,
    )
}
