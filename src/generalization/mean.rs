//! Mean losses and their gap, with intervals that know how skewed losses are.
//!
//! Most samples of a good network have hardly any loss, and a few confident mistakes have nearly all of it. A mean of
//! so skewed numbers is mostly a little too low and seldom much too high, and its standard error with it: the usual
//! interval is too short above. `simulation` measures it: of 50 losses as skewed as cross-entropy is, against a
//! memorised training split, Welch's interval holds the true gap 90 % of the time, the one here 97 %; of 200 losses
//! with 2 % confident mistakes, 88 and 98 %. No interval knows of losses that did not occur: of 20 such losses two in
//! three samples show no mistake at all, and the interval holds the true gap 66 % of the time. Four mistakes have to be
//! expected.

use serde::{Deserialize, Serialize};

use super::gap::{Estimate, float};
use super::quantiles;

/// What is kept of many per-sample losses, or of their changes: enough for an interval on their mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// How many losses.
    pub count: u64,
    /// Their arithmetic mean.
    pub mean: f64,
    /// The unbiased sample variance of the per-sample losses: Σ (loss − mean)² / (count − 1).
    pub variance: f64,
    /// Their unbiased third central moment: count Σ (loss − mean)³ / ((count − 1)(count − 2)), 0 of fewer than three.
    pub third: f64,
}

impl Moments {
    /// In two passes: the one-pass formulas lose digits.
    #[must_use]
    pub fn of(losses: &[f64]) -> Self {
        let count = float(losses.len() as u64);
        let mean = losses.iter().sum::<f64>() / count;
        let (squares, cubes) = losses.iter().fold((0.0, 0.0), |(squares, cubes), loss| {
            let distance = loss - mean;
            let square = distance * distance;
            (squares + square, cubes + square * distance)
        });
        let third = if losses.len() < 3 {
            0.0
        } else {
            count * cubes / ((count - 1.0) * (count - 2.0))
        };
        Self {
            count: losses.len() as u64,
            mean,
            variance: squares / (count - 1.0).max(1.0),
            third,
        }
    }
}

/// Validation minus training mean loss: positive where the network does better on what it has seen.
///
/// Two intervals at once: Welch's (1947, Biometrika 34:28-35), which does not take the two variances for equal, because
/// on a network that memorises they are not, d ± t(ν) √(s₁²/n₁ + s₂²/n₂), with Satterthwaite's degrees of freedom
/// (1946, Biometrics Bulletin 2:110-114) 1/ν = c²/(n₁ − 1) + (1 − c)²/(n₂ − 1), c = (s₁²/n₁) / (s₁²/n₁ + s₂²/n₂); and
/// Hall's ([`hall`]), which knows that losses are skewed. The lower of the two lower ends and the higher of the two
/// higher ends are given. Welch's alone covers 90 % instead of 95 % for 50 skewed losses against a memorised training
/// split, Hall's alone 89 % for 200 against 200 with the same skew and no gap; together they cover 95 % or more of
/// either.
///
/// Neither knows of losses that did not occur: of a network with 2 % confident mistakes, 20 samples mostly show none.
///
/// - Fewer than two samples in a split, or a variance that is no variance (negative or not finite), say nothing about
///   the spread: the interval is infinite.
/// - Two variances of zero leave nothing to be uncertain about: the interval is the value itself.
/// - The value is NaN if a split is empty or a mean is NaN.
#[must_use]
pub fn loss_gap(train: Moments, validation: Moments, confidence: f64) -> Estimate {
    let value = if train.count == 0 || validation.count == 0 {
        f64::NAN
    } else {
        validation.mean - train.mean
    };
    let spread = Error::of(validation)
        .zip(Error::of(train))
        .map(|(validation, train)| Error {
            square: validation.square + train.square,
            cube: validation.cube - train.cube,
            inverse_freedom: {
                let share = validation.square / (validation.square + train.square);
                share.powi(2) * validation.inverse_freedom
                    + (1.0 - share).powi(2) * train.inverse_freedom
            },
        });
    mean_interval(value, spread, confidence)
}

/// The mean of per-sample changes, each of one sample between two networks: positive where it rose.
///
/// Being paired, it is far narrower than the difference of two intervals would be. Student's t and Hall's ([`hall`]),
/// as in [`loss_gap`].
#[must_use]
pub fn mean_change(changes: Moments, confidence: f64) -> Estimate {
    let value = if changes.count == 0 {
        f64::NAN
    } else {
        changes.mean
    };
    mean_interval(value, Error::of(changes), confidence)
}

/// The sampling error of a mean, or of a difference of means.
#[derive(Clone, Copy)]
struct Error {
    /// Its variance: the square of the standard error.
    square: f64,
    /// Its third central moment.
    cube: f64,
    /// Of its variance: 1/ν.
    inverse_freedom: f64,
}

impl Error {
    /// Nothing where the spread is unknown. A third moment that is not finite counts as none.
    fn of(moments: Moments) -> Option<Self> {
        let known = moments.count >= 2 && moments.variance >= 0.0 && moments.variance.is_finite();
        let count = float(moments.count);
        known.then(|| Self {
            square: moments.variance / count,
            cube: if moments.third.is_finite() {
                moments.third / (count * count)
            } else {
                0.0
            },
            inverse_freedom: 1.0 / (count - 1.0),
        })
    }
}

/// Student's and Hall's interval of a mean, whichever end lies further out.
fn mean_interval(value: f64, error: Option<Error>, confidence: f64) -> Estimate {
    let (below, above) = match error {
        _ if !value.is_finite() => (f64::INFINITY, f64::INFINITY),
        None => (f64::INFINITY, f64::INFINITY),
        Some(error) if error.square <= 0.0 => (0.0, 0.0),
        Some(error) => {
            let t = quantiles::students_t(confidence, 1.0 / error.inverse_freedom);
            let standard = error.square.sqrt();
            let skewness = error.cube / (standard * error.square);
            (
                t.max(hall(t, skewness)) * standard,
                t.max(-hall(-t, skewness)) * standard,
            )
        }
    };
    Estimate {
        value,
        low: if below.is_finite() {
            value - below
        } else {
            f64::NEG_INFINITY
        },
        high: if above.is_finite() {
            value + above
        } else {
            f64::INFINITY
        },
    }
}

/// Which studentised mean T corresponds to the symmetric quantile `x`, if the error of the mean has this skewness γ.
///
/// Hall's (1992, Journal of the Royal Statistical Society B 54:221-228) monotone g(T) = T + γT²/3 + γ²T³/27 + γ/6 is
/// symmetric up to O(1/n) where T itself is not; its inverse is 3((1 + γ(x − γ/6))^⅓ − 1)/γ. For two samples γ is that
/// of the difference (Zhou and Dinh 2005, Biostatistics 6:187-200). A skewness that is no number corrects nothing.
fn hall(x: f64, skewness: f64) -> f64 {
    // Below this, the correction is less than the rounding of its own formula.
    if skewness.abs() > 1e-6 {
        3.0 * ((1.0 + skewness * (x - skewness / 6.0)).cbrt() - 1.0) / skewness
    } else {
        x
    }
}
