//! Which exponents the measurements allow, and from them the interval of everything else.
//!
//! For a **given** exponent the law is linear, and so is the test of that exponent: the weighted regression of the mean
//! curve on n^(−a) (and 1, for a floor) leaves nothing in the direction ∂n^(−a)/∂a = −ln n · n^(−a), whatever floor and
//! scale are. That is a contrast with Student's t, without any linearisation; the exponents it does not reject are the
//! interval (Williams 1962, Journal of the Royal Statistical Society B 24:125-139; Halperin 1963, same journal
//! 25:330-333). It may be unbounded, and says so, where "estimate ± t standard errors" would not.
//!
//! Anything else, a value of the curve or a floor, is linear for a given exponent too. Its interval is the union over
//! all exponents a of the t intervals at a, narrowed by what the exponent's own test has used up, √(1 − (T(a)/t)²): the
//! profile interval of Bates and Watts (1988, Nonlinear Regression Analysis and Its Applications, section 6.1) with
//! measured instead of assumed variances. The shared validation samples let the value at a and the test of a err
//! together, so the value is first corrected for what the test shows (its regression on the test's contrast).

use super::Quantity;
use super::directions::{coefficient, plus, residual};
use super::measurements::{Contrast, Measurements};
use super::power_law::{LARGEST_EXPONENT, Law, grid};

/// An exponent that is not rejected, and what follows from it.
pub(super) struct Allowed {
    pub exponent: f64,
    /// The combination that estimates the floor; of zeros where there is none.
    floor: Vec<f64>,
    /// The one that estimates the scale, at the smallest size.
    scale: Vec<f64>,
    /// The one whose expectation is zero if this is the exponent.
    score: Vec<f64>,
    /// The share of the half-width that remains: √(1 − (T/t)²).
    remaining: f64,
}

/// All that is not rejected.
pub(super) struct Region<'a> {
    measured: &'a Measurements,
    law: Law,
    allowed: Vec<Allowed>,
    /// Lower and upper end; the upper is infinite if no exponent considered is too large.
    pub exponent: (f64, f64),
}

impl<'a> Region<'a> {
    pub(super) fn new(
        measured: &'a Measurements,
        quantity: Quantity,
        weights: &'a [f64],
        law: Law,
    ) -> Self {
        let test = |exponent| examine(measured, quantity, weights, exponent);
        let exponents = grid(quantity).collect::<Vec<_>>();
        let (ends, mut allowed) = {
            let tested = exponents
                .iter()
                .map(|&exponent| test(exponent))
                .collect::<Vec<_>>();
            let first = tested.iter().position(Option::is_some);
            let last = tested.iter().rposition(Option::is_some);
            (
                first.zip(last),
                tested.into_iter().flatten().collect::<Vec<_>>(),
            )
        };
        // The interval is refined between the last rejected exponent and the first that is not.
        let refine = |mut outside: f64, mut inside: f64| {
            for _ in 0..30 {
                let middle = f64::midpoint(outside, inside);
                if test(middle).is_some() {
                    inside = middle;
                } else {
                    outside = middle;
                }
            }
            inside
        };
        let (mut low, mut high) = (law.exponent, law.exponent);
        if let Some((first, last)) = ends {
            low = low.min(if first == 0 {
                exponents[0]
            } else {
                refine(exponents[first - 1], exponents[first])
            });
            high = high.max(match exponents.get(last + 1) {
                Some(&outside) => refine(outside, exponents[last]),
                None => f64::INFINITY,
            });
            for end in [low, high.min(LARGEST_EXPONENT)] {
                allowed.extend(test(end));
            }
        }
        allowed.extend(test(law.exponent));
        if quantity.has_floor() && first_of(quantity) >= low {
            low = 0.0;
        }
        Self {
            measured,
            law,
            allowed,
            exponent: (low, high),
        }
    }

    /// The interval of floor + scale · (n/unit)^(−exponent), each times a factor that may depend on the exponent.
    pub(super) fn interval(
        &self,
        estimate: f64,
        factors: impl Fn(f64) -> (f64, f64),
    ) -> (f64, f64) {
        self.allowed
            .iter()
            .fold((estimate, estimate), |(low, high), allowed| {
                let (floor, scale) = factors(allowed.exponent);
                let (value, half) = self.given(allowed, floor, scale);
                (low.min(value - half), high.max(value + half))
            })
    }

    /// Whether any allowed exponent allows the combination to be zero.
    pub(super) fn allows_zero(&self, factors: impl Fn(f64) -> (f64, f64)) -> bool {
        self.allowed.iter().any(|allowed| {
            let (floor, scale) = factors(allowed.exponent);
            let (value, half) = self.given(allowed, floor, scale);
            value.abs() <= half
        })
    }

    /// The power of a size relative to the smallest.
    pub(super) fn power(&self, size: f64, exponent: f64) -> f64 {
        (size / self.law.unit).powf(-exponent)
    }

    fn given(&self, allowed: &Allowed, floor: f64, scale: f64) -> (f64, f64) {
        let zero = vec![0.0; allowed.floor.len()];
        let combination = plus(&plus(&zero, floor, &allowed.floor), scale, &allowed.scale);
        let slope = self.measured.regression(&combination, &allowed.score);
        let contrast = self
            .measured
            .contrast(&plus(&combination, -slope, &allowed.score));
        (
            contrast.value,
            contrast.error * contrast.quantile * allowed.remaining,
        )
    }
}

fn first_of(quantity: Quantity) -> f64 {
    grid(quantity).next().unwrap_or(0.0)
}

/// One-sided 0.5 % in halves of a 95 % interval: z of 99 % over z of 95 %, for the floor that may not be negative.
const FLOOR_TEST: f64 = 1.314;

/// Nothing if the exponent is rejected.
fn examine(
    measured: &Measurements,
    quantity: Quantity,
    weights: &[f64],
    exponent: f64,
) -> Option<Allowed> {
    let unit = measured.sizes[0];
    let power = measured
        .sizes
        .iter()
        .map(|size| (size / unit).powf(-exponent))
        .collect::<Vec<_>>();
    let slope = measured
        .sizes
        .iter()
        .zip(&power)
        .map(|(size, power)| (size / unit).ln() * power)
        .collect::<Vec<_>>();
    let one = vec![1.0; power.len()];
    let (floor, scale, left) = if quantity.has_floor() {
        (
            coefficient(&one, &[&power], weights),
            coefficient(&power, &[&one], weights),
            residual(&slope, &[&one, &power], weights),
        )
    } else {
        (
            vec![0.0; one.len()],
            coefficient(&power, &[], weights),
            residual(&slope, &[&power], weights),
        )
    };
    let score = left
        .iter()
        .zip(weights)
        .map(|(left, weight)| left * weight)
        .collect::<Vec<_>>();
    let ratio = measured.contrast(&score).ratio();
    if ratio.abs() > 1.0 {
        return None;
    }
    if quantity.has_floor() && measured.contrast(&floor).ratio() < -FLOOR_TEST {
        return None;
    }
    Some(Allowed {
        exponent,
        floor,
        scale,
        score,
        remaining: (1.0 - ratio * ratio).max(0.0).sqrt(),
    })
}

/// The slope of the mean curve against ln n: is there a decrease at all?
pub(super) fn trend(measured: &Measurements, weights: &[f64]) -> Contrast {
    let logarithms = measured
        .sizes
        .iter()
        .map(|size| size.ln())
        .collect::<Vec<_>>();
    let one = vec![1.0; logarithms.len()];
    measured.contrast(&coefficient(&logarithms, &[&one], weights))
}
