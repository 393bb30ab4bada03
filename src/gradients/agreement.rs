//! When two gradients agree: the relative difference, defined once, with its floor.
//!
//! ```text
//!                             |a − b|
//! relative = ────────────────────────────────────────────────────────────────────────
//!             max(|a|, |b|, 10⁻² · largest of the tensor, 10⁻³ · largest of the network, 10⁻³)
//! ```
//!
//! Without a floor, an entry that is 0 on one side and 10⁻³⁰ on the other would differ by 100 %. An entry is a sum of
//! products, and rounding errs relative to the products, not to what is left of them when they cancel. So entries
//! below a hundredth of the tensor's largest are measured against that. A tensor whose gradients vanish (saturated units, many layers
//! behind it) is a product with factors such as `1 − tanh²`, which are computed to an *absolute* accuracy: so below a
//! thousandth of the network's largest gradient, and below 10⁻³ where inputs and losses are of order 1, a difference is
//! measured against these. What vanishes below tolerance × floor cannot be seen in that precision, by any method.

use serde::Serialize;

use super::Precision;
use super::entries::Entries;

/// Largest sizes of the entries around the compared ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// In the tensor.
    pub tensor: f64,
    /// In all parameter tensors and the input.
    pub network: f64,
}

impl Scale {
    fn floor(self) -> f64 {
        (1e-2 * self.tensor).max(1e-3 * self.network).max(1e-3)
    }

    /// What a difference of `a` and `b` is divided by.
    pub(super) fn of(self, a: f64, b: f64) -> f64 {
        a.abs().max(b.abs()).max(self.floor())
    }
}

/// See the module.
#[must_use]
pub fn relative_difference(a: f64, b: f64, scale: Scale) -> f64 {
    (a - b).abs() / scale.of(a, b)
}

/// How large a relative difference may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance(f64);

impl Tolerance {
    /// By hand against autodiff: [`resolution`](Precision::resolution), or 64 times what one rounding of every weight and
    /// value changes, where that is more. (An inner product of `n` terms errs like `√n` such roundings, and a chain adds its
    /// links: 64 covers 1,000 terms in a handful of layers.)
    #[must_use]
    pub fn autodiff(precision: Precision, one_rounding: f64) -> Self {
        Self((64.0 * one_rounding).max(precision.resolution()))
    }

    /// Whether so much is allowed that a wrong gradient would pass: a tenth.
    pub(super) fn tells_nothing(self) -> bool {
        self.0 > 0.1
    }

    /// How large a difference of entries below the floor may be.
    pub(super) fn absolute(self, scale: Scale) -> f64 {
        self.0 * scale.floor()
    }

    /// Anything against central differences: 10⁻⁶, or what the rounding of `E` does to `(E(w + h) − E(w − h)) / 2h`,
    /// where that is more: see [`differences`](super::differences).
    #[must_use]
    pub(super) fn differences(rounding_of_error: f64, scale: Scale) -> Self {
        let rounding = super::differences::rounding(rounding_of_error);
        Self((rounding / scale.floor()).max(1e-6))
    }

    /// Both errors come together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

/// The gradient of one tensor from two sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Comparison {
    /// How many entries were compared.
    pub entries: usize,
    /// Largest absolute difference.
    pub absolute: f64,
    /// Largest relative difference.
    pub relative: f64,
    /// How large it may be.
    pub tolerance: f64,
    /// Where the relative difference is largest.
    pub at: Vec<usize>,
    /// One side there (ours, where it takes part).
    pub by_hand: f64,
    /// The other side there.
    pub other: f64,
}

impl Comparison {
    pub(super) fn new(
        shape: &[usize],
        hand: &Entries,
        others: &[f64],
        scale: Scale,
        Tolerance(tolerance): Tolerance,
    ) -> Self {
        let mut comparison = Self {
            entries: others.len(),
            absolute: 0.0,
            relative: 0.0,
            tolerance,
            at: Vec::new(),
            by_hand: 0.0,
            other: 0.0,
        };
        for ((&index, &by_hand), &other) in hand.indices.iter().zip(&hand.values).zip(others) {
            let relative = relative_difference(by_hand, other, scale);
            comparison.absolute = comparison.absolute.max((by_hand - other).abs());
            if relative > comparison.relative || comparison.at.is_empty() {
                comparison.relative = relative;
                comparison.at = unravel(index, shape);
                comparison.by_hand = by_hand;
                comparison.other = other;
            }
        }
        comparison
    }

    /// Whether no entry differs more than it may.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.relative <= self.tolerance
    }
}

/// The index of entry `flat`, row by row.
pub(super) fn unravel(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (index, &length) in index.iter_mut().zip(shape).rev() {
        *index = flat % length;
        flat /= length;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Scale = Scale {
        tensor: 1.0,
        network: 1.0,
    };

    #[test]
    fn the_difference_is_relative_above_the_floor_and_absolute_below() {
        assert!((relative_difference(2.0, 2.1, ONE) - 0.1 / 2.1).abs() < 1e-15);
        assert!((relative_difference(-2.0, 2.0, ONE) - 2.0).abs() < 1e-15);
        // Below a hundredth of the largest entry.
        assert!((relative_difference(1e-9, 2e-9, ONE) - 1e-7).abs() < 1e-15);
        // Nothing anywhere.
        let nothing = Scale {
            tensor: 0.0,
            network: 0.0,
        };
        assert!(relative_difference(0.0, 0.0, nothing).abs() < f64::MIN_POSITIVE);
        assert!(relative_difference(0.0, 1e-30, nothing) < 1e-26);
    }

    #[test]
    fn the_worst_entry_is_found_with_its_index() {
        let hand = Entries {
            indices: vec![0, 4, 5],
            values: vec![1.0, 0.5, -1.0],
        };
        let comparison = Comparison::new(&[2, 3], &hand, &[1.0, 0.4, -1.05], ONE, Tolerance(0.1));
        assert_eq!(comparison.at, [1, 1]);
        assert_eq!((comparison.by_hand, comparison.other), (0.5, 0.4));
        assert!((comparison.relative - 0.2).abs() < 1e-12);
        assert!((comparison.absolute - 0.1).abs() < 1e-12);
        assert!(!comparison.agrees());
    }
}
