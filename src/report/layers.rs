//! How large weights and gradients are, layer by layer, while a network learns: as a table of the run and as a picture.

mod file;
mod picture;

pub use file::{FILE, LayerRow, LayersFile, read};

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
