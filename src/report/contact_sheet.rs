//! Images side by side, as one picture: those of each class, or what augmentation makes of some.

pub mod augmented;
mod sheet;

use self::sheet::{GAP, MARGIN, Sheet, TEXT, Tiles, names, shade};
use super::picture::PictureError;
use super::picture::text::Typeface;
use crate::data::samples::SampleValues;
use crate::data::{DataError, Dataset, Split};

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
    let (names, names_width) = names(&typeface, dataset.classes.iter().map(String::as_str));
    let left = MARGIN + names_width + 3 * GAP;
    let mut sheet = Sheet::new(
        left + per_class * (tiles.wide() + GAP) + MARGIN,
        2 * MARGIN + names.len() * tiles.row(),
    );
    let mut buffer = Vec::new();
    for (class, name) in names.iter().enumerate() {
        let top = MARGIN + class * tiles.row();
        let baseline = top as f64 + tiles.tall() as f64 / 2.0 + TEXT / 3.0;
        sheet.write(&typeface, name, (MARGIN as f64, baseline));
        let labels = &dataset.samples().labels;
        let train = dataset.indices(Split::Train).iter();
        let members = train.filter(|&&sample| usize::from(labels[sample as usize]) == class);
        for (place, &sample) in members.take(per_class).enumerate() {
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
