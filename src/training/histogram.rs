//! How the values of a tensor are distributed.

use serde::{Deserialize, Serialize};

/// Ranges that the values between the smallest and the largest are counted in; as many as TensorFlow's own summaries have.
const RANGES: usize = 30;

/// Counts of values in ranges of equal width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// The smallest value; 0 where there is none.
    pub low: f64,
    /// The largest.
    pub high: f64,
    /// Of all values.
    pub sum: f64,
    /// Of all values.
    pub sum_of_squares: f64,
    /// From `low` to `high`; one count where both are the same, none where there is no value.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Of the finite ones among `values`.
    #[must_use]
    pub fn of(values: &[f32]) -> Self {
        let finite = || {
            let numbers = values.iter().copied().map(f64::from);
            numbers.filter(|value| value.is_finite())
        };
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut sum, mut sum_of_squares) = (0.0, 0.0);
        for value in finite() {
            low = low.min(value);
            high = high.max(value);
            sum += value;
            sum_of_squares += value * value;
        }
        let ranges = if low > high {
            (low, high) = (0.0, 0.0);
            0
        } else if low < high {
            RANGES
        } else {
            1
        };
        let mut counts = vec![0; ranges];
        // Where all values are the same, the scale is infinite or not a number, and 0 · ∞ lands in the first range.
        let scale = ranges as f64 / (high - low);
        for value in finite() {
            let range = ((value - low) * scale) as usize;
            counts[range.min(ranges - 1)] += 1;
        }
        Self {
            low,
            high,
            sum,
            sum_of_squares,
            counts,
        }
    }

    /// Where each range ends.
    pub fn ends(&self) -> impl Iterator<Item = f64> {
        let ranges = self.counts.len();
        let width = (self.high - self.low) / ranges.max(1) as f64;
        (1..=ranges).map(move |range| {
            if range == ranges {
                self.high
            } else {
                self.low + width * range as f64
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finite_value_is_counted_once() {
        let values: Vec<f32> = (0..=600).map(|value| value as f32 / 10.0).collect();
        let histogram = Histogram::of(&values);
        assert_eq!((histogram.low, histogram.high), (0.0, 60.0));
        assert_eq!(histogram.counts.iter().sum::<u64>(), 601);
        assert_eq!(histogram.counts.len(), RANGES);
        // Twenty values in each range; rounding moves those on an edge by one, and the largest is in the last.
        assert!(
            histogram
                .counts
                .iter()
                .all(|&count| count.abs_diff(20) <= 1)
        );
        assert!((histogram.sum - 18_030.0).abs() < 1e-2);
        let ends: Vec<f64> = histogram.ends().collect();
        assert_eq!((ends[0], ends[14], ends[29]), (2.0, 30.0, 60.0));

        let mixed = Histogram::of(&[f32::NAN, 3.0, f32::INFINITY, -1.0, f32::NEG_INFINITY]);
        assert_eq!((mixed.low, mixed.high, mixed.sum), (-1.0, 3.0, 2.0));
        assert_eq!(mixed.counts.iter().sum::<u64>(), 2);
        assert_eq!(Histogram::of(&[f32::MAX, f32::MIN]).counts[RANGES - 1], 1);
    }

    #[test]
    fn equal_values_and_none() {
        let zeros = Histogram::of(&[0.0; 7]);
        assert_eq!(
            (zeros.counts.as_slice(), zeros.ends().last()),
            (&[7][..], Some(0.0))
        );
        let none = Histogram::of(&[f32::NAN]);
        assert!(none.counts.is_empty() && none.ends().next().is_none());
        assert_eq!((none.low, none.high), (0.0, 0.0));
    }
}
