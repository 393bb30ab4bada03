//! Several runs of the same thing as one mark: their mean, and from the lowest to the highest.

use super::axis::is_usable;

/// The mean and the extremes of some numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Spread {
    /// The mean.
    pub(in crate::report) mean: f64,
    /// The smallest.
    pub(in crate::report) low: f64,
    /// The largest.
    pub(in crate::report) high: f64,
}

impl Spread {
    /// NaN throughout: nothing to draw.
    pub(in crate::report) const NONE: Self = Self {
        mean: f64::NAN,
        low: f64::NAN,
        high: f64::NAN,
    };

    /// Of those `values` that can be drawn; a run that diverged is left out. [`Self::NONE`] when there are none.
    pub(in crate::report) fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut count, mut sum) = (0.0, 0.0);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|&value| is_usable(value)) {
            count += 1.0;
            sum += value;
            (low, high) = (low.min(value), high.max(value));
        }
        let mean: f64 = sum / count;
        if mean.is_finite() {
            Self { mean, low, high }
        } else {
            Self::NONE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_diverged_are_left_out() {
        let spread = Spread::of([1.0, f64::NAN, 4.0, f64::INFINITY, 1.0].into_iter());
        let expected = Spread {
            mean: 2.0,
            low: 1.0,
            high: 4.0,
        };
        assert_eq!(spread, expected);
        assert!(Spread::of(std::iter::once(f64::NAN)).mean.is_nan());
        assert!(Spread::of(std::iter::empty()).low.is_nan());
    }
}
