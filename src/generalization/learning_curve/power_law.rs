//! floor + scale · n^(−exponent) by weighted least squares.
//!
//! The problem is separable (Golub and Pereyra 1973, SIAM Journal on Numerical Analysis 10:413-432): for a given
//! exponent, floor and scale are a linear problem in two unknowns that may not be negative. One dimension is left to
//! search, on a grid and then by golden section: no start values, no divergence, always the same result.
//!
//! Sizes are taken relative to the smallest, so that no power of them overflows.

use super::Quantity;
use super::measurements::Measurements;

/// The largest exponent considered. Learning theory knows n⁻¹ as the fastest power (Viering and Loog 2021, section
/// 4.2); measured exponents of networks are 0.07 to 0.5 (Hestness et al. 2017). At 4, one doubling leaves 6 %.
pub(super) const LARGEST_EXPONENT: f64 = 4.0;

/// Steps of the grid: 0.02 apart, less than any interval of an exponent.
const STEPS: usize = 200;

/// A fitted law, with `unit` = the smallest size: floor + scale · (n / unit)^(−exponent).
#[derive(Clone, Copy, Debug)]
pub(super) struct Law {
    pub floor: f64,
    pub scale: f64,
    pub exponent: f64,
    pub unit: f64,
    /// The weighted sum of squares that is left.
    pub squares: f64,
}

impl Law {
    pub(super) fn at(&self, size: f64) -> f64 {
        self.floor + self.scale * (size / self.unit).powf(-self.exponent)
    }
}

/// The exponents of the grid, from the smallest considered to the largest.
///
/// Only without a floor does the grid go below zero: the interval then has to say whether it holds zero, whereas with a floor, zero is
/// the limit of a logarithmic decline.
pub(super) fn grid(quantity: Quantity) -> impl Iterator<Item = f64> {
    let lowest = if quantity.has_floor() { 0.005 } else { -0.5 };
    (0..=STEPS).map(move |step| lowest + (LARGEST_EXPONENT - lowest) * step as f64 / STEPS as f64)
}

/// Weights from the law's own values, not from the measured ones: a point that is low by chance must not be trusted
/// more for it. So the fit is made twice, first with equal weights.
pub(super) fn fit(measured: &Measurements, quantity: Quantity) -> (Law, Vec<f64>) {
    let validation_samples = measured.samples;
    let equal = vec![1.0; measured.sizes.len()];
    let first = with_weights(measured, quantity, &equal);
    let weights = measured
        .sizes
        .iter()
        .zip(&measured.training_variance)
        .map(|(&size, training)| {
            let error = first.at(size).clamp(0.5 / validation_samples, 0.5);
            1.0 / (error * (1.0 - error) / validation_samples + training)
        })
        .collect::<Vec<_>>();
    let largest = weights.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let weights = weights
        .into_iter()
        .map(|weight| weight / largest)
        .collect::<Vec<_>>();
    (with_weights(measured, quantity, &weights), weights)
}

/// The exponent with the least weighted squares: the best of the grid, then golden section beside it.
fn with_weights(measured: &Measurements, quantity: Quantity, weights: &[f64]) -> Law {
    let at = |exponent| given(measured, quantity, weights, exponent);
    let candidates = grid(quantity)
        .filter(|&exponent| exponent > 0.0)
        .map(at)
        .collect::<Vec<_>>();
    let best = candidates
        .iter()
        .enumerate()
        .fold((0, f64::INFINITY), |best, (index, law)| {
            if law.squares < best.1 {
                (index, law.squares)
            } else {
                best
            }
        })
        .0;
    let low = candidates[best.saturating_sub(1)].exponent;
    let high = candidates[(best + 1).min(candidates.len() - 1)].exponent;
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (low, high);
    // Each step leaves 0.618 of the bracket: 60 leave nothing that rounding does not hide.
    for _ in 0..60 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if at(left).squares < at(right).squares {
            high = right;
        } else {
            low = left;
        }
    }
    let refined = at(f64::midpoint(low, high));
    if refined.squares < candidates[best].squares {
        refined
    } else {
        candidates[best]
    }
}

/// Floor and scale for an exponent, neither below zero: the problem is convex with two unknowns, so where the
/// unconstrained floor is negative, the constrained one is zero.
fn given(measured: &Measurements, quantity: Quantity, weights: &[f64], exponent: f64) -> Law {
    let unit = measured.sizes[0];
    let sums = measured.sizes.iter().zip(&measured.mean).zip(weights).fold(
        [0.0; 5],
        |sums, ((size, value), weight)| {
            let power = (size / unit).powf(-exponent);
            let terms = [1.0, power, power * power, *value, power * value];
            std::array::from_fn(|index| sums[index] + weight * terms[index])
        },
    );
    let [one, power, square, value, product] = sums;
    let determinant = one * square - power * power;
    let unconstrained = (quantity.has_floor() && determinant > 0.0)
        .then(|| {
            (
                (square * value - power * product) / determinant,
                (one * product - power * value) / determinant,
            )
        })
        .filter(|(floor, _)| *floor >= 0.0);
    let (floor, scale) = match unconstrained {
        Some((_, scale)) if scale < 0.0 => (value / one, 0.0),
        Some(both) => both,
        None => (0.0, (product / square).max(0.0)),
    };
    let mut law = Law {
        floor,
        scale,
        exponent,
        unit,
        squares: 0.0,
    };
    law.squares = measured
        .sizes
        .iter()
        .zip(&measured.mean)
        .zip(weights)
        .map(|((&size, value), weight)| {
            let residual = value - law.at(size);
            weight * residual * residual
        })
        .sum();
    law
}
