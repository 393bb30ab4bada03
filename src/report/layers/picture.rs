//! The weights of every layer above, their gradients below, over the epochs: where gradients vanish on their way to the first layers,
//! the lines of the lower panel lie decades apart.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::{LayerRow, LayerSizes};
use crate::report::heat_maps::ramp;
use crate::report::picture::axis::Axis;
use crate::report::picture::canvas::{Canvas, Drawn};
use crate::report::picture::epochs::Epochs;
use crate::report::picture::labels::{self, EndLabel};
use crate::report::picture::lines::{Line, MARKED};
use crate::report::picture::panel::{Frame, Panel};
use crate::report::picture::text::printable;
use crate::report::picture::{Picture, heading};
use crate::report::style::{self, LineStyle, Marker};

/// Between the upper panel and the lower one.
const BETWEEN: f64 = 46.0;

/// The share of cividis that is dark enough for lines on paper.
const LIGHTEST: f64 = 0.62;

/// So many layers can be told apart; of deeper networks some are left out, and the first and the last are not.
const MOST_LAYERS: usize = 12;

/// One line: the weights of a layer.
struct Layer<'a> {
    name: String,
    color: RGBColor,
    rows: Vec<&'a LayerRow>,
}

impl LayerSizes {
    /// The tensors of weights, without biases and factors, from the first layer to the last.
    fn layers(&self) -> Vec<Layer<'_>> {
        let mut names: Vec<&str> = Vec::new();
        for row in &self.rows {
            if is_weight(&row.tensor) && !names.contains(&row.tensor.as_str()) {
                names.push(&row.tensor);
            }
        }
        let count = names.len().min(MOST_LAYERS);
        (0..count)
            .map(|place| {
                let last = (count - 1).max(1);
                let name = names[place * (names.len() - 1) / last];
                Layer {
                    name: label(name),
                    color: ramp::color(LIGHTEST * place as f64 / last as f64),
                    rows: self.rows.iter().filter(|row| row.tensor == name).collect(),
                }
            })
            .collect()
    }
}

/// Vectors of a normalisation are called weights too, but are not what layers are compared by; they are where there is nothing else.
fn is_weight(tensor: &str) -> bool {
    tensor.ends_with(".weight") && !tensor.contains(".bn")
}

/// `layers.3.conv1.weight` is layer 4, conv1.
fn label(tensor: &str) -> String {
    let mut parts = tensor.trim_end_matches(".weight").split('.').skip(1);
    let number = parts.next().and_then(|part| part.parse::<usize>().ok());
    let rest: Vec<&str> = parts.collect();
    match number {
        Some(number) if rest.is_empty() => format!("layer {}", number + 1),
        Some(number) => format!("layer {} {}", number + 1, rest.join(".")),
        None => printable(tensor),
    }
}

impl Picture for LayerSizes {
    fn name(&self) -> String {
        format!("Sizes of the weights and gradients of {}", self.title)
    }

    fn draw<Backend: DrawingBackend>(&self, canvas: &Canvas<Backend>) -> Drawn<Backend> {
        let below = heading::draw(canvas, &self.title, &self.subtitle)?;
        let layers = self.layers();
        let epochs = || {
            layers
                .iter()
                .flat_map(|layer| &layer.rows)
                .map(|row| row.epoch)
        };
        let (Some(first), Some(last)) = (epochs().min(), epochs().max()) else {
            return heading::draw_nothing(canvas, below, "no epoch was looked at");
        };
        let epochs = Epochs { first, last };
        let edges = (style::PANEL_LEFT, canvas.size.0 - style::PANEL_RIGHT);
        let bottom = canvas.size.1 - 46.0;
        let (above, lower) = Frame::stacked(edges, (below + 48.0, bottom), BETWEEN, 0.5);
        let note = "root mean square, log scale";
        let weights: fn(&LayerRow) -> f64 = |row| row.weight_rms;
        let gradients: fn(&LayerRow) -> f64 = |row| row.gradient_rms;
        for (frame, title, value) in [(above, "Weights", weights), (lower, "Gradients", gradients)]
        {
            let values: Vec<Vec<f64>> = layers
                .iter()
                .map(|layer| layer.rows.iter().map(|row| value(row)).collect())
                .collect();
            let axis = Axis::of_errors(&values.concat(), &[], true);
            Panel {
                frame,
                title,
                note,
                ticks: &epochs.ticks(frame),
                axis,
                has_fine_ticks: true,
            }
            .draw(canvas)?;
            let Some(axis) = axis else {
                continue;
            };
            let mut ends = Vec::new();
            for (layer, values) in layers.iter().zip(&values) {
                let style = line_style(layer.color);
                let of_layer: Vec<usize> = layer.rows.iter().map(|row| row.epoch).collect();
                // A logarithm knows no 0: there the line has a hole.
                let shown: Vec<f64> = values
                    .iter()
                    .map(|&value| if value > 0.0 { value } else { f64::NAN })
                    .collect();
                Line {
                    x: &epochs.positions(frame, &of_layer),
                    values: &shown,
                    style,
                    is_joined: true,
                    is_marked: &|_| of_layer.len() <= MARKED,
                    below: None,
                }
                .draw(canvas, frame, axis)?;
                ends.extend(
                    EndLabel::of_line(frame, axis, &shown, style)
                        .map(|label| label.named(&layer.name)),
                );
            }
            labels::draw(canvas, frame, &ends)?;
        }
        epochs.draw_labels(canvas, lower)
    }
}

fn line_style(color: RGBColor) -> LineStyle {
    LineStyle {
        label: "",
        line: color,
        text: color,
        line_width: 2.0,
        is_dashed: false,
        marker: Marker::Disc,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::picture::Drawing;
    use crate::report::picture::testing::{Checked, assert_is_drawn, assert_is_xml};

    fn sizes(layers: usize, epochs: usize) -> LayerSizes {
        let row = |epoch: usize, layer: usize, part: &str, size: f64| LayerRow {
            epoch,
            tensor: format!("layers.{layer}.{part}"),
            weight_rms: size,
            gradient_rms: size / 10_f64.powf(layer as f64),
        };
        LayerSizes {
            title: "deep & <vanishing>".to_owned(),
            subtitle: String::new(),
            rows: (1..=epochs)
                .flat_map(|epoch| {
                    (0..layers).flat_map(move |layer| {
                        [
                            row(epoch, layer, "weight", 0.1),
                            row(epoch, layer, "bias", 9.0),
                        ]
                    })
                })
                .collect(),
        }
    }

    #[test]
    fn every_layer_has_its_line_in_both_formats() -> Checked {
        let document = sizes(3, 20).svg()?;
        assert_is_xml(&document);
        assert_is_drawn(&document);
        for text in ["layer 1", "layer 3", "Gradients", "&lt;vanishing&gt;"] {
            assert!(document.contains(text), "{text}");
        }
        assert!(sizes(3, 20).png()?.starts_with(b"\x89PNG"));
        Ok(())
    }

    #[test]
    fn nothing_breaks_it() -> Checked {
        for (layers, epochs) in [(0, 0), (1, 1), (60, 2), (2, 300)] {
            let document = sizes(layers, epochs).svg()?;
            assert_is_xml(&document);
            assert!(document.len() < 200_000, "{}", document.len());
        }
        let mut broken = sizes(2, 5);
        for (row, value) in broken
            .rows
            .iter_mut()
            .zip([0.0, f64::NAN, f64::INFINITY, -1.0])
        {
            row.weight_rms = value;
            row.gradient_rms = value;
        }
        broken.rows[0].tensor = "\u{1}<x>.weight".to_owned();
        assert_is_xml(&broken.svg()?);
        Ok(())
    }

    #[test]
    fn layers_are_counted_from_one() {
        assert_eq!(label("layers.0.weight"), "layer 1");
        assert_eq!(label("layers.3.conv1.weight"), "layer 4 conv1");
        assert!(!is_weight("layers.3.bn1.weight") && !is_weight("layers.0.bias"));
    }
}
