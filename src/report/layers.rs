//! How large weights and gradients are, layer by layer, while a network learns: as a table of the run and as a picture.

mod file;
mod picture;

pub use super::picture::PictureError;
pub use file::{LayerRow, LayersFile, read};

/// What the picture shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerSizes {
    /// The name of the run.
    pub title: String,
    /// One sentence.
    pub subtitle: String,
    /// In the order of `layers.csv`.
    pub rows: Vec<LayerRow>,
}

/// The picture as an SVG document of 800 by 600 pixels.
///
/// # Errors
///
/// Any [`PictureError`], none of which any input causes.
pub fn svg(sizes: &LayerSizes) -> Result<String, PictureError> {
    super::picture::svg(sizes)
}

/// The picture as a PNG of 1600 by 1200 pixels.
///
/// # Errors
///
/// Any [`PictureError`], none of which any input causes.
pub fn png(sizes: &LayerSizes) -> Result<Vec<u8>, PictureError> {
    super::picture::png(sizes)
}
