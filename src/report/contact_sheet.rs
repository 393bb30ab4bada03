//! Images side by side, as one picture: those of each class, or what augmentation makes of some.

pub mod augmented;
mod sheet;

use self::sheet::{GAP, MARGIN, Sheet, TEXT, Tiles, names, shade};
use super::picture::PictureError;
use super::picture::text::Typeface;
use crate::data::samples::Values;
use crate::data::{Dataset, Split};

/// A PNG with a row per class and the first `per_class` training images of each; `None` for inputs that are no images.
///
/// # Errors
///
/// Any [`PictureError`], none of which any input causes.
pub fn contact_sheet(dataset: &Dataset, per_class: usize) -> Result<Option<Vec<u8>>, PictureError> {
    let Some(tiles) = Tiles::new(dataset.shape()) else {
        return Ok(None);
    };
    let typeface = Typeface::embedded()?;
    let (names, names_width) = names(&typeface, dataset.classes.iter().map(String::as_str));
    let left = MARGIN + names_width + 3 * GAP;
    let mut sheet = Sheet::new(
        left + per_class * (tiles.wide() + GAP) + MARGIN,
        2 * MARGIN + names.len() * tiles.row(),
    );
    for (class, name) in names.iter().enumerate() {
        let top = MARGIN + class * tiles.row();
        let baseline = top as f64 + tiles.tall() as f64 / 2.0 + TEXT / 3.0;
        sheet.write(&typeface, name, (MARGIN as f64, baseline));
        let labels = &dataset.samples().labels;
        let train = dataset.indices(Split::Train).iter();
        let members = train.filter(|&&sample| usize::from(labels[sample as usize]) == class);
        for (place, &sample) in members.take(per_class).enumerate() {
            let corner = (left + place * (tiles.wide() + GAP), top);
            let start = sample as usize * dataset.shape().len();
            tiles.draw(&mut sheet, corner, |position| {
                match &dataset.samples().values {
                    Values::U8 { values, maximum } => shade(values[start + position], *maximum),
                    Values::F32(values) => (values[start + position].clamp(0.0, 1.0) * 255.0) as u8,
                }
            });
        }
    }
    sheet.png().map(Some)
}
