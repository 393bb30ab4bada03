//! The control with shuffled labels (Zhang et al. 2017) as one picture: the same network on the same samples, once with
//! their labels and once with these shuffled.
//!
//! Shuffled labels leave nothing to learn, so how far that training accuracy climbs above chance is what the network
//! can memorise; only what validation reaches on the true labels is learned.

mod picture;

use super::curves::CurvePoint;
use super::picture::PictureError;

/// Everything the picture shows. Values that are not finite leave a hole in their line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Control {
    /// The name of the experiment. Its middle is left out when it is too long.
    pub title: String,
    /// One sentence, on two lines at most.
    pub subtitle: String,
    /// The epochs of the run with the true labels, in any order; both splits are shown, their intervals are not.
    pub true_labels: Vec<CurvePoint>,
    /// The epochs of the run with shuffled training labels, in any order; only training is shown.
    pub shuffled_labels: Vec<CurvePoint>,
    /// The accuracy, as a share of one, that needs no learning: of always answering the most frequent class.
    pub baseline: Option<f64>,
}

/// The picture as an SVG document of 800 by 600 pixels, its text as text.
///
/// # Errors
///
/// [`PictureError::Draw`] and [`PictureError::Font`], neither of which any input causes.
pub fn svg(control: &Control) -> Result<String, PictureError> {
    super::picture::svg(control)
}

/// The picture as a PNG of 1600 by 1200 pixels.
///
/// # Errors
///
/// Any [`PictureError`], none of which any input causes.
pub fn png(control: &Control) -> Result<Vec<u8>, PictureError> {
    super::picture::png(control)
}

#[cfg(test)]
mod tests;
