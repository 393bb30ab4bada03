//! Networks that see images: what the first layer looks for, what convolutions make of some samples, which pixels an answer hangs on,
//! the worst mistakes, and samples of the data.

use std::sync::Arc;

use super::writing::Named;
use super::{Judged, Seen};
use crate::data::{Answers, DataError, Dataset, Expected, SampleBuffer, SampleShape, SampleValues};
use crate::error::Error;
use crate::evaluation::MeasureError;
use crate::evaluation::activations::{LayerMaps, activations};
use crate::evaluation::filters::filters;
use crate::evaluation::predictions::Prediction;
use crate::evaluation::saliency::saliency;
use crate::report::contact_sheet;
use crate::report::gallery::{Block, Captions, Gallery, Scale, Shown, Tile};
use crate::report::progress::thousands;
use crate::report::summary;

/// Mistakes that are shown.
const MISTAKES: usize = 18;
/// Samples whose saliency is shown: of right answers, and of mistakes.
const SALIENT: [usize; 2] = [8, 4];
/// Samples whose activations are shown, layers of them, and maps of a layer.
const ACTIVE: usize = 3;
const LAYERS: usize = 6;
const MAPS: usize = 16;
/// Filters of a convolution, and units of a dense layer.
const FILTERS: usize = 64;
/// Classes and training samples of each.
const CLASSES: usize = 20;
const SAMPLES: usize = 13;

impl Seen<'_> {
    /// None where samples are no images.
    pub(super) fn pictures_of_images(&self, title: &str) -> Result<Vec<Named>, Error> {
        let SampleShape::Image {
            channels,
            height,
            width,
        } = self.plan.dataset.shape()
        else {
            return Ok(Vec::new());
        };
        let gallery = Galleries {
            seen: self,
            title,
            shape: [channels, height, width],
        };
        let mut pictures = Vec::new();
        let mut add = |svg, png, gallery: Option<Gallery>| {
            pictures.extend(gallery.map(|gallery| Named {
                svg,
                png,
                drawing: Arc::new(gallery),
            }));
        };
        if let Some(judged) = self.judged() {
            add("mistakes.svg", "mistakes.png", gallery.mistakes(&judged)?);
            add("saliency.svg", "saliency.png", gallery.saliency(&judged)?);
            add(
                "activations.svg",
                "activations.png",
                gallery.activations(&judged)?,
            );
        }
        add("filters.svg", "filters.png", gallery.filters()?);
        add("samples.svg", "samples.png", gallery.samples()?);
        Ok(pictures)
    }
}

struct Galleries<'a> {
    seen: &'a Seen<'a>,
    title: &'a str,
    /// Channels, height and width.
    shape: [usize; 3],
}

/// A sample of the judged split.
#[derive(Clone, Copy)]
struct Sample {
    index: u32,
    said: Prediction,
}

impl Galleries<'_> {
    fn dataset(&self) -> &Dataset {
        &self.seen.plan.dataset
    }

    fn gallery(&self, name: &str, subtitle: String, blocks: Vec<Block>) -> Gallery {
        Gallery {
            name: format!("{name} of {}", self.title),
            title: self.title.to_owned(),
            subtitle,
            blocks,
            scale: None,
        }
    }

    fn photograph(&self, index: u32) -> Result<Shown, DataError> {
        let mut buffer = SampleBuffer::default();
        let largest = f32::from(self.dataset().largest_byte().max(1));
        let samples = self.dataset().samples();
        let values: Vec<f32> = match samples.read(index as usize, &mut buffer)? {
            SampleValues::U8(values) => values.iter().map(|&v| f32::from(v) / largest).collect(),
            SampleValues::F32(values) => values.to_vec(),
        };
        Ok(Shown::photograph(self.shape, &values))
    }

    /// As it is said below a picture.
    fn answer(&self, answer: Expected) -> String {
        match (answer, &self.dataset().answers) {
            (Expected::Class(label), Answers::Classes(names)) => {
                names.get(usize::from(label)).cloned().unwrap_or_default()
            }
            (Expected::Number(number), _) => summary::number(number),
            (Expected::Class(label), Answers::Number(_)) => label.to_string(),
        }
    }

    /// `Coat · 98 %`
    fn said(&self, said: &Prediction) -> String {
        let answer = self.answer(said.predicted);
        match said.probability {
            Some(probability) => format!("{answer} · {:.0} %", 100.0 * probability),
            None => answer,
        }
    }

    fn mistakes(&self, judged: &Judged) -> Result<Option<Gallery>, Error> {
        let wrong = judged
            .predictions
            .iter()
            .filter(|said| !said.is_right())
            .count();
        let tiles = worst(judged, MISTAKES)
            .into_iter()
            .map(|Sample { index, said }| {
                Ok(Tile {
                    images: vec![self.photograph(index)?],
                    captions: vec![
                        self.answer(said.expected),
                        format!("→ {}", self.said(&said)),
                        format!("loss {:.2} · #{index}", said.loss),
                    ],
                    is_first_apart: false,
                })
            })
            .collect::<Result<Vec<_>, DataError>>()?;
        let all = thousands(judged.predictions.len() as u64);
        let subtitle = match &self.dataset().answers {
            Answers::Classes(_) if tiles.is_empty() => {
                format!("Mistakes on {}: none among {all} samples", judged.name)
            }
            Answers::Classes(_) => format!(
                "Mistakes on {}: the {} with the highest loss of all {}; what it is, and what the network said",
                judged.name,
                tiles.len(),
                thousands(wrong as u64)
            ),
            Answers::Number(target) => format!(
                "Errors on {}: of {all} samples, the {} with the largest; `{}`, and what the network said",
                judged.name,
                tiles.len(),
                target.name
            ),
        };
        let block = Block {
            heading: String::new(),
            note: String::new(),
            side: 126.0,
            captions: Captions::Below(138.0),
            tiles,
        };
        Ok(Some(self.gallery(
            "The worst mistakes",
            subtitle,
            vec![block],
        )))
    }

    fn saliency(&self, judged: &Judged) -> Result<Option<Gallery>, Error> {
        let [right, wrong] = SALIENT;
        let groups = [
            (
                "Right",
                "the first right answer of some classes",
                first_right(judged, right),
            ),
            ("Wrong", "the highest losses", worst(judged, wrong)),
        ];
        let plan = self.seen.plan;
        let mut blocks = Vec::new();
        for (heading, note, samples) in groups {
            let indices: Vec<u32> = samples.iter().map(|sample| sample.index).collect();
            let inputs = self.dataset().batch(&indices)?.inputs;
            let device = &plan.backend.device;
            let maps = saliency(
                self.seen.network,
                &plan.architecture,
                &inputs,
                plan.seed,
                device,
            )
            .map_err(MeasureError::from)?;
            let tile = |(Sample { index, said }, map): (&Sample, &Vec<f32>)| {
                let [_, height, width] = self.shape;
                let reach = quantile(map, 0.99);
                let mut captions = vec![self.said(said)];
                if !said.is_right() {
                    captions.push(format!("is: {}", self.answer(said.expected)));
                }
                Ok(Tile {
                    images: vec![
                        self.photograph(*index)?,
                        Shown::map([height, width], map, (0.0, reach)),
                    ],
                    captions,
                    is_first_apart: false,
                })
            };
            let tiles = samples.iter().zip(&maps).map(tile);
            blocks.push(Block {
                heading: heading.to_owned(),
                note: note.to_owned(),
                side: 98.0,
                captions: Captions::Below(214.0),
                tiles: tiles.collect::<Result<_, DataError>>()?,
            });
        }
        let subtitle = format!(
            "Saliency on {}: the pixels that the answer hangs on, by the gradient of the winning output with respect to the image",
            judged.name
        );
        Ok(Some(Gallery {
            scale: Some(Scale {
                labels: ["0".to_owned(), String::new(), "most".to_owned()],
                meaning: "how much the output changes with the pixel, image by image".to_owned(),
            }),
            ..self.gallery("Saliency", subtitle, blocks)
        }))
    }

    fn activations(&self, judged: &Judged) -> Result<Option<Gallery>, Error> {
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

    fn filters(&self) -> Result<Option<Gallery>, Error> {
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

    fn samples(&self) -> Result<Option<Gallery>, Error> {
        let rows = contact_sheet::rows(self.dataset(), SAMPLES);
        let tile = |(name, members): &(String, Vec<u32>)| {
            let photographs = members.iter().map(|&index| self.photograph(index));
            Ok(Tile {
                images: photographs.collect::<Result<_, _>>()?,
                captions: vec![name.clone()],
                is_first_apart: false,
            })
        };
        let shown = rows.iter().filter(|(_, members)| !members.is_empty());
        let tiles = shown.take(CLASSES).map(tile);
        let tiles = tiles.collect::<Result<Vec<_>, DataError>>()?;
        let of = match self.dataset().answers {
            Answers::Classes(_) if tiles.len() < rows.len() => {
                format!("{} of {} classes", tiles.len(), rows.len())
            }
            Answers::Classes(_) => "each class".to_owned(),
            Answers::Number(_) => "each tenth".to_owned(),
        };
        let subtitle = format!("Training samples: the first of {of}");
        let block = Block {
            heading: String::new(),
            note: String::new(),
            side: 56.0,
            captions: Captions::Beside,
            tiles,
        };
        Ok(Some(self.gallery(
            "Training samples",
            subtitle,
            vec![block],
        )))
    }
}

/// The wrong ones with the highest loss, the highest first; where numbers are predicted, all count.
fn worst(judged: &Judged, most: usize) -> Vec<Sample> {
    let samples = judged.indices.iter().zip(judged.predictions);
    let mut wrong: Vec<Sample> = samples
        .filter(|(_, said)| !said.is_right())
        .map(|(&index, &said)| Sample { index, said })
        .collect();
    wrong.sort_by(|one, other| other.said.loss.total_cmp(&one.said.loss));
    wrong.truncate(most);
    wrong
}

/// The first right one of each class, class by class; where numbers are predicted, the first of all.
fn first_right(judged: &Judged, most: usize) -> Vec<Sample> {
    let samples = judged.indices.iter().zip(judged.predictions);
    let samples = samples.map(|(&index, &said)| Sample { index, said });
    let mut first: Vec<Option<Sample>> = vec![None; 256];
    let mut numbers = Vec::new();
    for sample in samples {
        match sample.said.expected {
            Expected::Class(class) if sample.said.is_right() => {
                first[usize::from(class)].get_or_insert(sample);
            }
            Expected::Number(_) if numbers.len() < most => numbers.push(sample),
            Expected::Class(_) | Expected::Number(_) => {}
        }
    }
    let found = first.into_iter().flatten().chain(numbers);
    found.take(most).collect()
}

/// The value that this share of the finite ones do not exceed; 0 without any.
fn quantile(values: &[f32], share: f64) -> f32 {
    let mut finite: Vec<f32> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if finite.is_empty() {
        return 0.0;
    }
    let place = (share * (finite.len() - 1) as f64).round() as usize;
    *finite.select_nth_unstable_by(place, f32::total_cmp).1
}

/// Three digits and a real minus.
fn signed(value: f32) -> String {
    let size = value.abs();
    let digits = match size {
        0.0 => return "0".to_owned(),
        _ if !(0.01..1000.0).contains(&size) => format!("{size:.1e}"),
        _ if size < 1.0 => format!("{size:.3}"),
        _ if size < 10.0 => format!("{size:.2}"),
        _ => format!("{size:.1}"),
    };
    if value < 0.0 {
        format!("−{digits}")
    } else {
        digits
    }
}
