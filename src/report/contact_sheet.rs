//! Images side by side, as one picture: those of each class, or what augmentation makes of some.

pub mod augmented;
mod sheet;

use self::sheet::{GAP, MARGIN, Sheet, TEXT, Tiles, names, shade};
use super::picture::PictureError;
use super::picture::text::Typeface;
use super::summary;
use crate::data::samples::{SampleBuffer, SampleValues};
use crate::data::{DataError, Dataset, Split, Targets};

/// Why there is no contact sheet.
#[derive(Debug, thiserror::Error)]
pub enum ContactSheetError {
    /// Images that are on disk cannot be read.
    #[error("{0}")]
    Data(#[from] DataError),
    /// The picture cannot be drawn; no input causes that.
    #[error("{0}")]
    Picture(#[from] PictureError),
}

/// A PNG with a row per class and the first `per_class` training images of each; `None` for inputs that are no images.
///
/// # Errors
///
/// Images that are on disk cannot be read; any [`PictureError`], none of which any input causes.
pub fn contact_sheet(
    dataset: &Dataset,
    per_class: usize,
) -> Result<Option<Vec<u8>>, ContactSheetError> {
    let Some(tiles) = Tiles::new(dataset.shape()) else {
        return Ok(None);
    };
    let typeface = Typeface::embedded().map_err(PictureError::from)?;
    let rows = rows(dataset, per_class);
    let (names, names_width) = names(&typeface, rows.iter().map(|(name, _)| name.as_str()));
    let left = MARGIN + names_width + 3 * GAP;
    let mut sheet = Sheet::new(
        left + per_class * (tiles.wide() + GAP) + MARGIN,
        2 * MARGIN + names.len() * tiles.row(),
    );
    let mut buffer = SampleBuffer::default();
    for (row, (name, (_, members))) in names.iter().zip(&rows).enumerate() {
        let top = MARGIN + row * tiles.row();
        let baseline = top as f64 + tiles.tall() as f64 / 2.0 + TEXT / 3.0;
        sheet.write(&typeface, name, (MARGIN as f64, baseline));
        for (place, &sample) in members.iter().enumerate() {
            let corner = (left + place * (tiles.wide() + GAP), top);
            let values = dataset.samples().read(sample as usize, &mut buffer)?;
            tiles.draw(&mut sheet, corner, |position| match values {
                SampleValues::U8(values) => shade(values[position], dataset.largest_byte()),
                SampleValues::F32(values) => (values[position].clamp(0.0, 1.0) * 255.0) as u8,
            });
        }
    }
    Ok(Some(sheet.png()?))
}

/// Names and training samples: a row per class; where numbers are predicted, a row for each tenth of the training samples, from the
/// smallest numbers to the largest.
#[must_use]
pub fn rows(dataset: &Dataset, per_row: usize) -> Vec<(String, Vec<u32>)> {
    const TENTHS: usize = 10;
    let train = dataset.indices(Split::Train);
    let targets = &dataset.samples().targets;
    match targets {
        Targets::Classes(labels) => {
            let names = dataset.classes().iter().enumerate();
            let row = |(class, name): (usize, &String)| {
                let of_class = |sample: &&u32| usize::from(labels[**sample as usize]) == class;
                let members = train.iter().filter(of_class).take(per_row);
                (name.clone(), members.copied().collect())
            };
            names.map(row).collect()
        }
        Targets::Numbers(numbers) => {
            let number = |sample: u32| numbers[sample as usize];
            let mut ascending = train.to_vec();
            ascending.sort_by(|&a, &b| number(a).total_cmp(&number(b)));
            let size = ascending.len().div_ceil(TENTHS).max(1);
            let row = |tenth: &[u32]| {
                let ends = [tenth.first(), tenth.last()].into_iter().flatten();
                let ends: Vec<String> = ends
                    .map(|&sample| summary::number(number(sample)))
                    .collect();
                (
                    ends.join(" to "),
                    tenth.iter().copied().take(per_row).collect(),
                )
            };
            ascending.chunks(size).map(row).collect()
        }
    }
}
