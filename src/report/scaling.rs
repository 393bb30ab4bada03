//! How the errors of both splits depend on one swept key, as one picture: errors above, the gap between them below.
//!
//! Every value of the key was trained with several seeds: the line is their mean, the band reaches from the lowest to
//! the highest, and each single run is a faint dot, so that one lucky seed is not mistaken for a trend.

mod columns;
mod horizontal;
mod layers;
mod picture;
mod surroundings;

use super::picture::PictureError;

/// What one run reached, as shares of one; the picture shows per cent. A value that is not finite is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunErrors {
    /// Share of the training split that was classified wrongly.
    pub train_error: f64,
    /// Share of the validation split that was classified wrongly.
    pub validation_error: Option<f64>,
}

impl RunErrors {
    /// Training error in per cent.
    pub(super) fn train_percent(&self) -> f64 {
        100.0 * self.train_error
    }

    /// Validation error in per cent, NaN for none.
    pub(super) fn validation_percent(&self) -> f64 {
        100.0 * self.validation_error.unwrap_or(f64::NAN)
    }

    /// Validation error − training error in points, NaN for none.
    pub(super) fn gap_points(&self) -> f64 {
        self.validation_percent() - self.train_percent()
    }
}

/// All runs with the same value of the swept key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// The value as written in the configuration.
    pub label: String,
    /// The value as a number. If any group has none, all are placed evenly, in the given order and unjoined.
    pub value: Option<f64>,
    /// One for every seed; there may be none.
    pub runs: Vec<RunErrors>,
}

/// A point of a law that was fitted to the validation error, which is a share of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LawPoint {
    /// Value of the swept key. It may lie beyond the groups.
    pub value: f64,
    /// The validation error there.
    pub error: f64,
    /// Lower end of its interval; NaN for none.
    pub low: f64,
    /// Upper end of its interval; NaN for none.
    pub high: f64,
}

/// A law that was fitted to the validation error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Law {
    /// Its points, in any order, dense enough to be joined by straight lines.
    pub points: Vec<LawPoint>,
    /// The law in words or as a formula, below the picture.
    pub annotation: String,
}

/// A value of the swept key that matters.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The value.
    pub value: f64,
    /// What it means.
    pub label: String,
}

/// Everything the picture shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scaling {
    /// The name of the experiment. Its middle is left out when it is too long.
    pub title: String,
    /// One sentence, on two lines at most.
    pub subtitle: String,
    /// The swept key, written below the horizontal axis.
    pub key: String,
    /// The values of the key, in any order if they are numbers.
    pub groups: Vec<Group>,
    /// Whether the errors are drawn on a logarithmic scale. An error of 0 then lies at the very bottom.
    pub is_logarithmic: bool,
    /// A law fitted to the validation error; it needs values that are numbers.
    pub law: Option<Law>,
    /// A value to mark. One far beyond the others is only named.
    pub mark: Option<Mark>,
}

/// The picture as an SVG document of 800 by 600 pixels, its text as text.
///
/// # Errors
///
/// [`PictureError::Draw`] and [`PictureError::Font`], neither of which any input causes.
pub fn svg(scaling: &Scaling) -> Result<String, PictureError> {
    super::picture::svg(scaling)
}

/// The picture as a PNG of 1600 by 1200 pixels.
///
/// # Errors
///
/// Any [`PictureError`], none of which any input causes.
pub fn png(scaling: &Scaling) -> Result<Vec<u8>, PictureError> {
    super::picture::png(scaling)
}

#[cfg(test)]
mod tests;
