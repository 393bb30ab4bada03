//! The same configuration, run with several seeds: what the seed alone is worth.

use serde::Serialize;

use super::gap::{Interval, float};
use super::quantiles;

/// One number of several runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Repeats {
    /// How many runs.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, of two or more.
    pub deviation: f64,
    /// Where the mean over all seeds lies: Student's t, mean ± t(n − 1) s/√n. Of fewer than two runs it is infinite.
    pub interval: Interval,
}

impl Repeats {
    /// Of all numbers that are finite; `None` where there is none.
    #[must_use]
    pub fn of(values: &[f64], confidence: f64) -> Option<Self> {
        let finite: Vec<f64> = values
            .iter()
            .copied()
            .filter(|value| value.is_finite())
            .collect();
        if finite.is_empty() {
            return None;
        }
        let count = float(finite.len() as u64);
        let mean = finite.iter().sum::<f64>() / count;
        let squares: f64 = finite.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / (count - 1.0)).sqrt();
        let reach = if finite.len() > 1 {
            quantiles::students_t(confidence, count - 1.0) * deviation / count.sqrt()
        } else {
            f64::INFINITY
        };
        Some(Self {
            count: finite.len(),
            mean,
            deviation,
            interval: Interval {
                low: mean - reach,
                high: mean + reach,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: mean 5, deviation √(20/3), t(3) = 3.182446 (table), so 5 ± 3.182446 · 2.581989 / 2.
    #[test]
    fn the_interval_is_students() -> Result<(), &'static str> {
        let found = Repeats::of(&[2.0, 4.0, 6.0, 8.0, f64::NAN], 0.95).ok_or("four numbers")?;
        assert_eq!(found.count, 4);
        assert!((found.mean - 5.0).abs() < 1e-15);
        assert!((found.deviation - 2.581_988_897).abs() < 1e-9);
        assert!((found.interval.low - 0.891_480).abs() < 1e-5, "{found:?}");
        assert!((found.interval.high - 9.108_520).abs() < 1e-5, "{found:?}");
        Ok(())
    }

    #[test]
    fn one_run_says_nothing_about_seeds() -> Result<(), &'static str> {
        let one = Repeats::of(&[0.5], 0.95).ok_or("one number")?;
        assert!(one.deviation.is_nan() && one.interval.high.is_infinite());
        assert_eq!(Repeats::of(&[f64::NAN], 0.95), None);
        let equal = Repeats::of(&[0.5, 0.5], 0.95).ok_or("two numbers")?;
        assert!((equal.interval.low - 0.5).abs() < 1e-15);
        Ok(())
    }
}
