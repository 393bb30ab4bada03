//! Training images as they are, and as a network sees them in one epoch after the other.

use super::sheet::{GAP, MARGIN, Sheet, TEXT, Tiles, names, shade};
use crate::data::SampleShape;
use crate::report::picture::PictureError;
use crate::report::picture::text::Typeface;

/// One image and what became of it.
#[derive(Clone, Debug)]
pub struct Row {
    /// Of its class.
    pub name: String,
    /// Its bytes.
    pub original: Vec<u8>,
    /// Epoch by epoch.
    pub seen: Vec<Vec<u8>>,
}

/// A PNG with a row per image: its class, itself, and what is seen in each epoch from `first_epoch` on. `largest` is the largest
/// byte of the source. `None` for samples that are no images.
///
/// # Errors
///
/// Any [`PictureError`], none of which any input causes.
pub fn augmented(
    rows: &[Row],
    shape: SampleShape,
    largest: u8,
    first_epoch: usize,
) -> Result<Option<Vec<u8>>, PictureError> {
    let Some(tiles) = Tiles::new(shape) else {
        return Ok(None);
    };
    let typeface = Typeface::embedded()?;
    let all_names = rows.iter().map(|row| row.name.as_str()).chain(["epoch"]);
    let (names, names_width) = names(&typeface, all_names);
    let epochs = rows.iter().map(|row| row.seen.len()).max().unwrap_or(0);
    // What is seen stands a little apart from what is there.
    let originals = MARGIN + names_width + 3 * GAP;
    let seen = originals + tiles.wide() + 3 * GAP;
    let begin = MARGIN + TEXT as usize + 2 * GAP;
    let mut sheet = Sheet::new(
        seen + epochs * (tiles.wide() + GAP) + MARGIN,
        begin + rows.len() * tiles.row() + MARGIN,
    );
    let heading = (MARGIN + TEXT as usize) as f64;
    let mut above = |text: &str, left: usize| {
        let free = tiles.wide() as f64 - typeface.width(text, TEXT);
        sheet.write(&typeface, text, (left as f64 + free / 2.0, heading));
    };
    above("as is", originals);
    for place in 0..epochs {
        let left = seen + place * (tiles.wide() + GAP);
        above(&(first_epoch + place).to_string(), left);
    }
    sheet.write(&typeface, "epoch", (MARGIN as f64, heading));
    for (place, (row, name)) in rows.iter().zip(&names).enumerate() {
        let top = begin + place * tiles.row();
        let baseline = top as f64 + tiles.tall() as f64 / 2.0 + TEXT / 3.0;
        sheet.write(&typeface, name, (MARGIN as f64, baseline));
        let image = |pixels: &[u8], position: usize| shade(pixels[position], largest);
        tiles.draw(&mut sheet, (originals, top), |position| {
            image(&row.original, position)
        });
        for (place, pixels) in row.seen.iter().enumerate() {
            let left = seen + place * (tiles.wide() + GAP);
            tiles.draw(&mut sheet, (left, top), |position| image(pixels, position));
        }
    }
    sheet.png().map(Some)
}
