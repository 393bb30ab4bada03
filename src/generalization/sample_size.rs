//! How many validation samples would turn "inconclusive" into an answer.
//!
//! The question is asked of the measured rates: if they stayed exactly as they are, and validation had n samples and
//! training at least as many, from which n on would the interval fall wholly on one side? It is a forecast, not a
//! promise, because more samples also move the rates; it separates "hold out 400 instead of 100" from "this cannot be
//! decided by holding out more".

use super::gap::{self, CONFIDENCE, Estimate, Interval, Proportion, Score};

/// The largest validation split worth naming.
const LIMIT: u64 = 10_000_000;

/// What the subtraction of two rates may be off by, so that 100 % − 95 % is not above 5 points.
pub(super) const ROUNDING: f64 = 1e-12;

/// The test for "overfit": the difference is surely too large.
pub(super) fn exceeds(difference: Estimate, tolerance: f64) -> bool {
    difference.low > tolerance
}

/// The test for "learned": better than the baseline on samples never seen, and the gap is surely tolerable.
pub(super) fn generalises(
    validation: Interval,
    gap: Estimate,
    baseline: f64,
    tolerance: f64,
) -> bool {
    validation.low > baseline && gap.high < tolerance
}

/// The smallest number of validation samples that would decide at the same rates, if any up to [`LIMIT`] does.
///
/// Every end of every interval moves monotonically towards its rate as n grows, so each of the two tests, once
/// passed, stays passed, and the smallest n is found by halving.
pub(super) fn deciding_samples(
    train: Proportion,
    validation: Proportion,
    baseline: f64,
    tolerance: f64,
    confidence_to_learn: f64,
) -> Option<u64> {
    let (score, to_learn) = (
        Score::corrected(CONFIDENCE),
        Score::corrected(confidence_to_learn),
    );
    let (train_rate, validation_rate) = (train.rate(), validation.rate());
    let decides = |samples: u64| {
        let (seen, held_out) = (gap::float(samples.max(train.trials)), gap::float(samples));
        let rates = ((train_rate, seen), (validation_rate, held_out));
        let difference = gap::score_difference(rates.0, rates.1, score);
        let interval = gap::score_interval(validation_rate, held_out, score);
        let narrow = gap::score_difference(rates.0, rates.1, to_learn);
        exceeds(difference, tolerance) || generalises(interval, narrow, baseline, tolerance)
    };
    fewest_above(validation.trials, decides)
}

/// The smallest number above `too_few` that decides, if any up to [`LIMIT`] does; each larger one has to decide as well.
pub(super) fn fewest_above(mut too_few: u64, decides: impl Fn(u64) -> bool) -> Option<u64> {
    if too_few >= LIMIT || !decides(LIMIT) {
        return None;
    }
    let mut plenty = LIMIT;
    while plenty - too_few > 1 {
        let middle = u64::midpoint(too_few, plenty);
        if decides(middle) {
            plenty = middle;
        } else {
            too_few = middle;
        }
    }
    Some(plenty)
}
