//! The learning curves of a run as one picture: loss and accuracy of both splits over the epochs.
//!
//! It is what a user looks at first, so it answers at a glance what the verdict says in words: how far training and
//! validation are apart (the shaded gap), how sure that is (the band around validation), since when, and which epoch
//! was kept.

mod panel;
mod picture;
mod rates;
mod series;

pub use super::picture::PictureError;

/// What was measured after one epoch. Accuracies, R² and their gap are shares of one; the picture shows per cent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurvePoint {
    /// Which epoch.
    pub epoch: usize,
    /// Mean loss of the training split.
    pub train_loss: f64,
    /// Mean loss of the validation split.
    pub validation_loss: Option<f64>,
    /// Share of the training split that was classified correctly, or R².
    pub train_score: f64,
    /// The same of the validation split.
    pub validation_score: Option<f64>,
    /// 95 % interval of the accuracy gap, training − validation, low and high: `(0.004, 0.030)` is 0.4 to 3 points.
    pub accuracy_gap: Option<(f64, f64)>,
    /// 95 % interval of the loss gap, validation − training, low and high.
    pub loss_gap: Option<(f64, f64)>,
    /// η of the epoch's last step.
    pub learning_rate: f64,
}

/// Everything the picture shows. Values that are not finite leave a hole in their curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// The name of the run. Its middle is left out when it is too long.
    pub title: String,
    /// One sentence, on two lines at most.
    pub subtitle: String,
    /// The epochs, in any order; there may be none.
    pub points: Vec<CurvePoint>,
    /// The epoch whose weights were kept.
    pub best_epoch: Option<usize>,
    /// The accuracy, as a share of one, of always answering the most frequent class, or the R² of the training mean.
    pub baseline: Option<f64>,
    /// What the lower panel shows.
    pub score: ShownScore,
}

impl Curves {
    /// Where the first and the last epoch lie in the picture, in pixels from its left edge.
    #[must_use]
    pub fn ends(&self) -> [f64; 2] {
        picture::ends(self)
    }
}

/// How good answers are, as the lower panel shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShownScore {
    /// Share of right classes.
    #[default]
    Accuracy,
    /// What is explained of the numbers.
    R2,
}

/// The picture as an SVG document of 800 by 600 pixels, its text as text.
///
/// # Errors
///
/// [`PictureError::Draw`] and [`PictureError::Font`], neither of which any input causes.
pub fn svg(curves: &Curves) -> Result<String, PictureError> {
    super::picture::svg(curves)
}

/// The picture as a PNG of 1600 by 1200 pixels.
///
/// # Errors
///
/// Any [`PictureError`], none of which any input causes.
pub fn png(curves: &Curves) -> Result<Vec<u8>, PictureError> {
    super::picture::png(curves)
}

#[cfg(test)]
mod tests;
