//! The worst mistakes, and which pixels answers hang on.

use super::chosen::{Sample, first_right, worst};
use super::numbers::quantile;
use super::{Galleries, Judged};
use crate::data::{Answers, DataError};
use crate::error::Error;
use crate::evaluation::MeasureError;
use crate::evaluation::saliency::saliency;
use crate::report::gallery::{Block, Captions, Gallery, Scale, Shown, Tile};
use crate::report::progress::thousands;

/// Mistakes that are shown.
const MISTAKES: usize = 18;
/// Samples whose saliency is shown: of right answers, and of mistakes.
const SALIENT: [usize; 2] = [8, 4];

impl Galleries<'_> {
    pub(super) fn mistakes(&self, judged: &Judged) -> Result<Option<Gallery>, Error> {
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

    pub(super) fn saliency(&self, judged: &Judged) -> Result<Option<Gallery>, Error> {
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
}
