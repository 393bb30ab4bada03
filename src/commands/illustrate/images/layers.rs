//! What the layers of a network see: activation maps of its convolutions, and the filters of the first.

use super::chosen::{Sample, first_right};
use super::numbers::{quantile, signed};
use super::{Galleries, Judged};
use crate::data::DataError;
use crate::error::Error;
use crate::evaluation::MeasureError;
use crate::evaluation::activations::{LayerMaps, activations};
use crate::evaluation::filters::filters;
use crate::report::gallery::{Block, Captions, Gallery, Scale, Shown, Tile};

/// Samples whose activations are shown, layers of them, and maps of a layer.
const ACTIVE: usize = 3;
const LAYERS: usize = 6;
const MAPS: usize = 16;
/// Filters of a convolution, and units of a dense layer.
const FILTERS: usize = 64;

impl Galleries<'_> {
    pub(super) fn activations(&self, judged: &Judged) -> Result<Option<Gallery>, Error> {
        let plan = self.seen.plan;
        let samples = first_right(judged, ACTIVE);
        let indices: Vec<u32> = samples.iter().map(|sample| sample.index).collect();
        let inputs = self.dataset().batch(&indices)?.inputs;
        let layers = activations(
            self.seen.network,
            &plan.architecture,
            inputs,
            (LAYERS, MAPS),
            &plan.backend.device,
        )
        .map_err(MeasureError::from)?;
        if layers.is_empty() {
            return Ok(None);
        }
        let block = |layer: &LayerMaps| {
            let values: Vec<f32> = layer.maps.iter().flatten().flatten().copied().collect();
            let (low, high) = (quantile(&values, 0.0).min(0.0), quantile(&values, 0.995));
            let row = |(sample, maps): (&Sample, &Vec<Vec<f32>>)| {
                let photograph = [self.photograph(sample.index)?].into_iter();
                let maps = maps
                    .iter()
                    .map(|map| Shown::map(layer.size, map, (low, high)));
                Ok::<Tile, DataError>(Tile {
                    images: photograph.chain(maps).collect(),
                    captions: vec![self.answer(sample.said.predicted)],
                    is_first_apart: true,
                })
            };
            let [height, width] = layer.size;
            let kind = if layer.is_block {
                "residual block"
            } else {
                "convolution"
            };
            let shown = layer.maps.first().map_or(0, Vec::len);
            let note = if shown < layer.all {
                format!(
                    "{} maps of {height} × {width}, the {shown} that vary most",
                    layer.all
                )
            } else {
                format!("{shown} maps of {height} × {width}")
            };
            Ok(Block {
                heading: format!("Layer {}, {kind}", layer.layer),
                note: format!(
                    "{note}; dark {}, light {} or more",
                    signed(low),
                    signed(high)
                ),
                side: 42.0,
                captions: Captions::Beside,
                tiles: samples
                    .iter()
                    .zip(&layer.maps)
                    .map(row)
                    .collect::<Result<_, DataError>>()?,
            })
        };
        let blocks = layers.iter().map(block).collect::<Result<_, DataError>>()?;
        let subtitle = format!(
            "Activation maps on {}: what each convolution hands on for some samples; a column is a filter",
            judged.name
        );
        Ok(Some(self.gallery("Activation maps", subtitle, blocks)))
    }

    pub(super) fn filters(&self) -> Result<Option<Gallery>, Error> {
        let architecture = &self.seen.plan.architecture;
        let found = filters(self.seen.network, architecture, FILTERS);
        let Some(filters) = found.map_err(MeasureError::from)? else {
            return Ok(None);
        };
        let sizes: Vec<f32> = filters.weights.iter().flatten().map(|w| w.abs()).collect();
        let reach = quantile(&sizes, if filters.is_convolution { 1.0 } else { 0.995 });
        let [channels, height, width] = filters.shape;
        let tile = |weights: &Vec<f32>| Tile {
            images: vec![Shown::weights(filters.shape, weights, reach)],
            captions: Vec::new(),
            is_first_apart: false,
        };
        let shown = filters.weights.len();
        let what = if filters.is_convolution {
            format!("filters of {height} × {width} of the first convolution")
        } else {
            "units of the first dense layer, each weight at its pixel".to_owned()
        };
        let which = if shown < filters.all {
            format!("the {shown} strongest of {} {what}", filters.all)
        } else {
            format!("the {shown} {what}")
        };
        let channels = match channels {
            1 | 3 => String::new(),
            _ => format!(", averaged over {channels} channels"),
        };
        let block = Block {
            heading: String::new(),
            note: String::new(),
            side: if shown <= 32 { 90.0 } else { 84.0 },
            captions: Captions::None,
            tiles: filters.weights.iter().map(tile).collect(),
        };
        let is_color = filters.shape[0] == 3;
        let subtitle = format!(
            "What the network looks for: {which}{channels}, the strongest first{}",
            if is_color {
                format!(
                    "; red, green and blue weights from {} to {}, 0 is grey",
                    signed(-reach),
                    signed(reach)
                )
            } else {
                String::new()
            }
        );
        Ok(Some(Gallery {
            scale: (!is_color).then(|| Scale {
                labels: [signed(-reach), "0".to_owned(), signed(reach)],
                meaning: "weight".to_owned(),
            }),
            ..self.gallery("First-layer filters", subtitle, vec![block])
        }))
    }
}
