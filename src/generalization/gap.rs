//! The gap between training and validation, in accuracy and in loss, each with its confidence interval.
//!
//! A gap without an interval misleads: training 99 % of 1000 against validation 95 % is 4.0 points whatever the
//! validation split, but with 100 validation samples the true gap may be anything from 1.0 to 10.2 points, with 10 000
//! it is known to within one. The intervals here are those that stay honest close to 100 %, where a network that
//! fits its training data always is, and where "value ± 1.96 standard errors" has width zero.
//!
//! Both treat the samples as independent, and neither knows that the kept network may have been chosen *because* its
//! validation accuracy was high; an untouched test split answers for that.

use serde::Serialize;

use super::quantiles;

/// The confidence of every interval that brecha reports.
pub const CONFIDENCE: f64 = 0.95;

/// How many of so many: correct answers among samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Proportion {
    /// How many.
    pub successes: u64,
    /// Of how many.
    pub trials: u64,
}

impl Proportion {
    /// successes / trials, in [0, 1]; NaN of no trials. More successes than trials count as all of them.
    #[must_use]
    pub fn rate(self) -> f64 {
        float(self.successes.min(self.trials)) / float(self.trials)
    }
}

/// What is kept of many per-sample losses: enough for an interval on their mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Moments {
    /// How many losses.
    pub count: u64,
    /// Their arithmetic mean.
    pub mean: f64,
    /// The unbiased sample variance of the per-sample losses: Σ (loss − mean)² / (count − 1).
    pub variance: f64,
}

/// A range that holds the true value with the confidence it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// A measured value, and the range that holds the true one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// As measured.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// The score interval of a proportion (Wilson 1927, Journal of the American Statistical Association 22:209-212).
///
/// The rates p whose own standard error reaches the observed p̂: |p̂ − p| ≤ z √(p(1 − p)/n), which solved for p is
/// (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n). Of no trials, or at a confidence that is not strictly between
/// 0 and 1, it is [0, 1].
#[must_use]
pub fn wilson(proportion: Proportion, confidence: f64) -> Interval {
    score_interval(
        proportion.rate(),
        float(proportion.trials),
        quantiles::normal(confidence),
    )
}

/// Training minus validation accuracy: positive where the network does better on what it has seen.
///
/// The interval is Newcombe's hybrid score interval for a difference of independent proportions, without continuity
/// correction (Newcombe 1998, Statistics in Medicine 17:873-890, method 10). With the Wilson intervals (l₁, u₁) of
/// training and (l₂, u₂) of validation it runs from d − √((p̂₁ − l₁)² + (u₂ − p̂₂)²) to d + √((u₁ − p̂₁)² + (p̂₂ − l₂)²). If
/// either split has no trials, the value is NaN and the interval [−1, 1].
#[must_use]
pub fn accuracy_gap(train: Proportion, validation: Proportion, confidence: f64) -> Estimate {
    let z = quantiles::normal(confidence);
    score_difference(
        (train.rate(), float(train.trials)),
        (validation.rate(), float(validation.trials)),
        z,
    )
}

/// Validation minus training mean loss: positive where the network does better on what it has seen.
///
/// The interval is Welch's (1947, Biometrika 34:28-35), which does not take the two variances for equal, because on a
/// network that memorises they are not: d ± t(ν) √(s₁²/n₁ + s₂²/n₂), with Satterthwaite's degrees of freedom (1946,
/// Biometrics Bulletin 2:110-114) 1/ν = c²/(n₁ − 1) + (1 − c)²/(n₂ − 1), c = (s₁²/n₁) / (s₁²/n₁ + s₂²/n₂).
///
/// - Fewer than two samples in a split, or a variance that is no variance (negative or not finite), say nothing about
///   the spread: the interval is infinite.
/// - Two variances of zero leave nothing to be uncertain about: the interval is the value itself.
/// - The value is NaN if a split is empty or a mean is NaN.
#[must_use]
pub fn loss_gap(train: Moments, validation: Moments, confidence: f64) -> Estimate {
    let empty = train.count == 0 || validation.count == 0;
    let value = if empty {
        f64::NAN
    } else {
        validation.mean - train.mean
    };
    let margin = welch_margin(train, validation, confidence).unwrap_or(f64::INFINITY);
    if value.is_finite() {
        Estimate {
            value,
            low: value - margin,
            high: value + margin,
        }
    } else {
        Estimate {
            value,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        }
    }
}

/// t(ν) √(s₁²/n₁ + s₂²/n₂), or nothing where the spread is unknown.
fn welch_margin(first: Moments, second: Moments, confidence: f64) -> Option<f64> {
    let known = |moments: Moments| {
        moments.count >= 2 && moments.variance >= 0.0 && moments.variance.is_finite()
    };
    if !known(first) || !known(second) {
        return None;
    }
    let squared_error = |moments: Moments| moments.variance / float(moments.count);
    let total = squared_error(first) + squared_error(second);
    if total <= 0.0 {
        return Some(0.0);
    }
    let share = squared_error(first) / total;
    let inverse_freedom =
        share.powi(2) / float(first.count - 1) + (1.0 - share).powi(2) / float(second.count - 1);
    Some(quantiles::students_t(confidence, 1.0 / inverse_freedom) * total.sqrt())
}

/// [`wilson`] of a rate among any number of trials; at rates of 0 and 1 the end of the interval is exact.
pub(super) fn score_interval(rate: f64, trials: f64, z: f64) -> Interval {
    if trials <= 0.0 || !rate.is_finite() || !z.is_finite() {
        return Interval {
            low: 0.0,
            high: 1.0,
        };
    }
    let weight = z * z / trials;
    let centre = (rate + weight / 2.0) / (1.0 + weight);
    let half_width =
        z * (rate * (1.0 - rate) / trials + weight / (4.0 * trials)).sqrt() / (1.0 + weight);
    Interval {
        low: if rate <= 0.0 {
            0.0
        } else {
            (centre - half_width).max(0.0)
        },
        high: if rate >= 1.0 {
            1.0
        } else {
            (centre + half_width).min(1.0)
        },
    }
}

/// [`accuracy_gap`] of two rates, each with its number of trials.
pub(super) fn score_difference(train: (f64, f64), validation: (f64, f64), z: f64) -> Estimate {
    let (Interval { low: l1, high: u1 }, Interval { low: l2, high: u2 }) = (
        score_interval(train.0, train.1, z),
        score_interval(validation.0, validation.1, z),
    );
    let value = train.0 - validation.0;
    if value.is_nan() {
        return Estimate {
            value,
            low: -1.0,
            high: 1.0,
        };
    }
    Estimate {
        value,
        low: value - (train.0 - l1).hypot(u2 - validation.0),
        high: value + (u1 - train.0).hypot(validation.0 - l2),
    }
}

/// A count as a number to calculate with.
#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53 samples, and no split is that large"
)]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}
