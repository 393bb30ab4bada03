//! Networks that see images: what the first layer looks for, what convolutions make of some samples, which pixels an answer hangs on,
//! the worst mistakes, and samples of the data.

mod answers;
mod chosen;
mod layers;
mod numbers;

use super::writing::Named;
use super::{Judged, Seen};
use crate::data::{Answers, DataError, Dataset, Expected, SampleBuffer, SampleShape, SampleValues};
use crate::error::Error;
use crate::evaluation::predictions::Prediction;
use crate::report::gallery::{Block, Captions, Gallery, Shown, Tile};
use crate::report::{contact_sheet, summary};

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
            let files = gallery.map(|gallery| Named::both(svg, png, gallery));
            pictures.extend(files.into_iter().flatten());
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
