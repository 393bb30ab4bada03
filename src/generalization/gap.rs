//! The gap between training and validation accuracy, with its confidence interval.
//!
//! A gap without an interval misleads: training 99 % of 1000 against validation 95 % is 4.0 points whatever the
//! validation split, but with 100 validation samples the true gap may be anything from 0.8 to 9.7 points, with 10 000
//! it is known to within one. The intervals here are those that stay honest close to 100 %, where a network that
//! fits its training data always is, and where "value ± 1.96 standard errors" has width zero.
//!
//! How honest they are, `simulation` computes over every outcome: the interval of the gap holds the true gap with a
//! probability of 94.8 to 95.4 % wherever three wrong answers or more are to be expected in each split, and misses it
//! about equally often on either side (2.1 to 2.6 % above, 2.3 to 3.0 % below). Where fewer are to be expected no
//! method can come as close: "no wrong answer at all" alone is too likely an outcome to be cut out of the 5 %. There it
//! holds more often than promised: 96 % if two are expected, 97 to 99 % if one is, and always if none is.
//!
//! The samples are treated as independent, and the interval does not know that the kept network may have been chosen
//! *because* its validation loss was low; `evidence.rs` makes up for that.

use serde::{Deserialize, Serialize};

use super::quantiles;

/// The confidence of every interval that brecha reports.
pub const CONFIDENCE: f64 = 0.95;

/// How many of so many: correct answers among samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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

/// The interval of a rate: the skewness-corrected score interval ([`score_interval`]), within [0, 1].
///
/// Of no trials, or at a confidence that is not strictly between 0 and 1, it is [0, 1].
#[must_use]
pub fn rate_interval(proportion: Proportion, confidence: f64) -> Interval {
    score_interval(
        proportion.rate(),
        float(proportion.trials),
        Score::corrected(confidence),
    )
}

/// Training minus validation accuracy: positive where the network does better on what it has seen.
///
/// The two rates' own intervals (l₁, u₁) and (l₂, u₂) are combined as in Newcombe's hybrid score method (1998,
/// Statistics in Medicine 17:873-890, method 10): from d − √((p̂₁ − l₁)² + (u₂ − p̂₂)²) to d + √((u₁ − p̂₁)² + (p̂₂ −
/// l₂)²). Newcombe combines Wilson's intervals; here they are corrected for skewness (Laud 2017, Pharmaceutical
/// Statistics 16:334-348; [`score_interval`]). A verdict
/// rests on one end of the interval only, so it needs both sides right, not only their sum. If either split has no
/// trials, the value is NaN and the interval [−1, 1].
#[must_use]
pub fn accuracy_gap(train: Proportion, validation: Proportion, confidence: f64) -> Estimate {
    score_difference(
        (train.rate(), float(train.trials)),
        (validation.rate(), float(validation.trials)),
        Score::corrected(confidence),
    )
}

/// How far a score may be from zero, and how much of a success and of a failure its skewness is worth.
#[derive(Clone, Copy)]
pub(super) struct Score {
    pub z: f64,
    pub correction: f64,
}

impl Score {
    /// With the skewness correction of [`score_interval`].
    pub(super) fn corrected(confidence: f64) -> Self {
        let z = quantiles::normal(confidence);
        Self {
            z,
            correction: (z * z - 1.0) / 6.0,
        }
    }
}

/// The score interval of a rate among any number of trials; at rates of 0 and 1 the end of the interval is exact.
///
/// Without correction it is Wilson's (1927, Journal of the American Statistical Association 22:209-212): the rates p
/// whose own standard error reaches the observed p̂, |p̂ − p| ≤ z √(p(1 − p)/n). Solved for p, with w = z²/n, these are
/// (p̂ + w/2 ± √(w p̂(1 − p̂) + w²/4)) / (1 + w).
///
/// With c = (z² − 1)/6 it is corrected for the skewness of p̂ (Laud 2017), which near 100 % makes Wilson's interval
/// miss on one side twice as often as on the other: |p̂ − p − c(1 − 2p)/n| ≤ z √(p(1 − p)/n). That is Wilson's equation
/// again, for the rate (np̂ − c)/(n − 2c), c being taken from the right answers and from the wrong ones, and w = z²
/// n/(n − 2c)². Where no trials remain, it is [0, 1].
pub(super) fn score_interval(rate: f64, trials: f64, score: Score) -> Interval {
    let Score { z, correction } = score;
    let remaining = trials - 2.0 * correction;
    if trials <= 0.0 || remaining <= 0.0 || !rate.is_finite() || !z.is_finite() {
        return Interval {
            low: 0.0,
            high: 1.0,
        };
    }
    let shifted = (rate * trials - correction) / remaining;
    let weight = z * z * trials / (remaining * remaining);
    let centre = (shifted + weight / 2.0) / (1.0 + weight);
    let square = shifted * (1.0 - shifted) * weight + weight * weight / 4.0;
    let half_width = square.max(0.0).sqrt() / (1.0 + weight);
    Interval {
        low: if rate <= 0.0 {
            0.0
        } else {
            (centre - half_width).clamp(0.0, rate)
        },
        high: if rate >= 1.0 {
            1.0
        } else {
            (centre + half_width).clamp(rate, 1.0)
        },
    }
}

/// [`accuracy_gap`] of two rates, each with its number of trials.
pub(super) fn score_difference(
    train: (f64, f64),
    validation: (f64, f64),
    score: Score,
) -> Estimate {
    let (Interval { low: l1, high: u1 }, Interval { low: l2, high: u2 }) = (
        score_interval(train.0, train.1, score),
        score_interval(validation.0, validation.1, score),
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
