//! How many training samples halve the present value.

use super::measurements::Measurements;
use super::power_law::Law;
use super::region::{Region, trend};
use super::{Answer, Fit, LACK_OF_FIT_LEVEL, Quantity, REACH, Reason};
use crate::generalization::gap::Estimate;

/// Steps of the search for the interval above a floor: 2.3 % apart up to [`REACH`].
const STEPS: u32 = 200;

/// The reasons against are asked in this order: is there anything, does it fall, does the law hold, how far.
pub(super) fn answer(
    fit: &Fit,
    measured: &Measurements,
    region: &Region,
    weights: &[f64],
    law: Law,
) -> Answer {
    let present = fit.present;
    if present.low <= 0.0 {
        return Answer::Unsupported(Reason::NothingToHalve { present });
    }
    // The exponent's lower end alone would not do for an error with a floor: a logarithmic decline has exponent 0.
    let trend = trend(measured, weights);
    if trend.value + trend.error * trend.quantile >= 0.0 || law.scale <= 0.0 {
        return Answer::Unsupported(Reason::NotDecreasing);
    }
    if fit.lack_of_fit < LACK_OF_FIT_LEVEL {
        return Answer::Unsupported(Reason::LackOfFit {
            probability: fit.lack_of_fit,
        });
    }
    let largest = measured.largest();
    let limit = REACH * largest;
    let (value, low, high) = match fit.quantity {
        Quantity::VanishingGap if fit.exponent.low <= 0.0 => {
            return Answer::Unsupported(Reason::NotDecreasing);
        }
        Quantity::VanishingGap => {
            // Infinite exponents halve at once: 2⁰ = 1.
            let samples = |exponent: f64| largest * (1.0 / exponent).exp2();
            (
                samples(fit.exponent.value),
                samples(fit.exponent.high),
                samples(fit.exponent.low),
            )
        }
        Quantity::ValidationError | Quantity::Gap => {
            if 2.0 * fit.floor.low > present.high {
                return Answer::NoAmount {
                    quantity: fit.quantity,
                    present,
                    floor: fit.floor,
                };
            }
            above_floor(region, law, largest)
        }
    };
    if high <= limit {
        Answer::Samples {
            quantity: fit.quantity,
            present,
            samples: Estimate { value, low, high },
        }
    } else {
        Answer::AtLeast {
            quantity: fit.quantity,
            present,
            samples: low.min(limit),
            limit,
        }
    }
}

/// The estimate and the interval of the size at which a law with a floor is half of what it is at the largest.
///
/// With K = scale · largest^(−a), floor + K r^(−a) = (floor + K)/2 at the multiple r for which floor − K (1 − 2 r^(−a))
/// is zero: linear in floor and scale, so every r that some allowed exponent allows is in the interval.
fn above_floor(region: &Region, law: Law, largest: f64) -> (f64, f64, f64) {
    let part = law.at(largest) - law.floor;
    let share = (part - law.floor) / (2.0 * part);
    let value = if share > 0.0 {
        largest * share.powf(-1.0 / law.exponent)
    } else {
        f64::INFINITY
    };
    let multiple = |step: u32| REACH.powf(f64::from(step) / f64::from(STEPS));
    let allowed = |step: &u32| {
        region.allows_zero(|exponent| {
            let factor = 2.0 * multiple(*step).powf(-exponent) - 1.0;
            (1.0, factor * region.power(largest, exponent))
        })
    };
    let low = (0..=STEPS).find(&allowed).map_or(f64::INFINITY, |step| {
        largest * multiple(step.saturating_sub(1))
    });
    let high = match (0..=STEPS).rev().find(&allowed) {
        Some(step) if step < STEPS => largest * multiple(step + 1),
        _ => f64::INFINITY,
    };
    (value, low.min(value), high.max(value))
}
