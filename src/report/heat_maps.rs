//! How the errors depend on two swept keys together, as one picture: a map of the validation error and a map of the
//! gap, side by side.
//!
//! The colours follow cividis, whose lightness rises evenly and which looks nearly the same with every kind of colour
//! vision; the number in the cell says the same, so no colour is the only key.

mod map;
mod picture;
pub(super) mod ramp;
mod scale;

use super::picture::PictureError;
use super::scaling::RunErrors;

/// Width of the picture in pixels of the SVG: two maps need more than one chart.
pub const WIDTH: u32 = 1120;
/// Height of the picture.
pub const HEIGHT: u32 = 640;

/// All runs with the same values of both keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Which of the rows.
    pub row: usize,
    /// Which of the columns.
    pub column: usize,
    /// One for every seed. The cell shows their means; without a finite one it is hatched.
    pub runs: Vec<RunErrors>,
}

/// Everything the picture shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMaps {
    /// The name of the experiment. Its middle is left out when it is too long.
    pub title: String,
    /// One sentence, on two lines at most.
    pub subtitle: String,
    /// The first key, whose values are the rows.
    pub row_key: String,
    /// The second key, whose values are the columns.
    pub column_key: String,
    /// The values of the first key; the first of them is the lowest row, as on any vertical axis.
    pub rows: Vec<String>,
    /// The values of the second key from left to right.
    pub columns: Vec<String>,
    /// The cells, in any order; those outside of the rows and columns are ignored.
    pub cells: Vec<Cell>,
}

/// The picture as an SVG document of [`WIDTH`] by [`HEIGHT`] pixels, its text as text.
///
/// # Errors
///
/// [`PictureError::Draw`] and [`PictureError::Font`], neither of which any input causes.
pub fn svg(maps: &HeatMaps) -> Result<String, PictureError> {
    super::picture::svg(maps)
}

/// The picture as a PNG of twice as many pixels each way.
///
/// # Errors
///
/// Any [`PictureError`], none of which any input causes.
pub fn png(maps: &HeatMaps) -> Result<Vec<u8>, PictureError> {
    super::picture::png(maps)
}

#[cfg(test)]
mod tests;
