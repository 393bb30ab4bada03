//! Whether a network that says 90 % is right in nine of ten cases: the reliability diagram and the expected calibration error (Guo,
//! Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks", arXiv 1706.04599).
//!
//! Samples are put into ten bins of equal width by the probability of the class that the network says, `(0, 0.1]` to `(0.9, 1]`. In
//! a bin of `n_b` of all `n` samples, the mean probability is compared with the share of right answers:
//!
//! `ECE = Σ_b n_b / n · |accuracy_b − confidence_b|`
//!
//! # The interval
//!
//! Chance alone makes every term positive: a perfectly calibrated network has an ECE above 0 on finitely many samples, and the
//! percentiles of an ordinary bootstrap lie above the estimate, which lies above the truth. So the interval is found by inverting a
//! test (Carpenter 1999, "Test inversion bootstrap confidence intervals", J. R. Statist. Soc. B 61:159-172). Networks are imagined
//! whose accuracy is above their confidence by the same `e` in every bin, or below it. For each `e` it is simulated how large an ECE the counts of the bins would show, and the interval holds the true ECEs of those `e`
//! under which the observed one is neither among the 2.5 % smallest nor the 2.5 % largest. It begins at 0 exactly where the network
//! may be calibrated as far as these samples can tell. A test below counts how often it covers, also where bins differ otherwise.

use rand::Rng;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::generalization::{CONFIDENCE, Estimate, Proportion, rate_interval};
use crate::random::{Purpose, generator};

/// Bins of equal width.
pub const BINS: usize = 10;

/// Imagined measurements for each `e`; always the same draws, so that the interval is a function of the samples.
const DRAWS: usize = 1000;

/// Halvings of the range of `e`: its ends are found to a millionth.
const HALVINGS: usize = 20;

/// The samples whose probability is in one tenth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// How many.
    pub samples: u64,
    /// Mean of the probabilities; NaN where there is no sample.
    pub confidence: f64,
    /// Share of right answers, with its interval; absent where there is no sample.
    pub accuracy: Option<Estimate>,
}

/// How probabilities and right answers belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Reliability {
    /// From the smallest probabilities to the largest; bin `b` reaches from `b / 10` to `(b + 1) / 10`.
    pub bins: Vec<Bin>,
    /// All samples in them.
    pub samples: u64,
    /// Mean of all probabilities.
    pub confidence: f64,
    /// Share of all right answers.
    pub accuracy: f64,
    /// The expected calibration error, with its interval.
    pub error: Estimate,
}

impl Reliability {
    /// Of samples, each with the probability of the class that the network says, and whether that is right. Probabilities that are
    /// not finite are left out; `None` where nothing is left.
    #[must_use]
    pub fn of(samples: impl Iterator<Item = (f64, bool)>) -> Option<Self> {
        let (mut counts, mut rights, mut sums) = ([0_u64; BINS], [0_u64; BINS], [0.0; BINS]);
        for (probability, is_right) in samples.filter(|(probability, _)| probability.is_finite()) {
            let bin = (probability * BINS as f64).ceil() as usize;
            let bin = bin.saturating_sub(1).min(BINS - 1);
            counts[bin] += 1;
            rights[bin] += u64::from(is_right);
            sums[bin] += probability;
        }
        let samples: u64 = counts.iter().sum();
        if samples == 0 {
            return None;
        }
        let bin = |bin: usize| {
            let proportion = Proportion {
                successes: rights[bin],
                trials: counts[bin],
            };
            let interval = rate_interval(proportion, CONFIDENCE);
            Bin {
                samples: counts[bin],
                confidence: sums[bin] / counts[bin] as f64,
                accuracy: (counts[bin] > 0).then(|| Estimate {
                    value: proportion.rate(),
                    low: interval.low,
                    high: interval.high,
                }),
            }
        };
        let bins: Vec<Bin> = (0..BINS).map(bin).collect();
        Some(Self {
            error: Imagined::new(&bins, samples).estimate(),
            bins,
            samples,
            confidence: sums.iter().sum::<f64>() / samples as f64,
            accuracy: rights.iter().sum::<u64>() as f64 / samples as f64,
        })
    }
}

/// Networks whose accuracy is off by the same amount in every bin.
struct Imagined {
    /// Of the bins that have samples: their share of all, how many they are, confidence and accuracy.
    bins: Vec<[f64; 4]>,
    /// Standard normal, one for each bin and draw.
    draws: Vec<Vec<f64>>,
}

impl Imagined {
    fn new(bins: &[Bin], samples: u64) -> Self {
        let bins: Vec<[f64; 4]> = bins
            .iter()
            .filter_map(|bin| {
                let count = bin.samples as f64;
                let share = count / samples as f64;
                Some([share, count, bin.confidence, bin.accuracy?.value])
            })
            .collect();
        let mut rng = generator(0, Purpose::CalibrationError, 0, 0);
        let normal = Normal::standard();
        let mut draw = || {
            // In the middle of one of 2⁵³ steps: never 0 nor 1.
            let unit = ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
            normal.inverse_cdf(unit)
        };
        let draws = (0..DRAWS).map(|_| bins.iter().map(|_| draw()).collect());
        Self {
            draws: draws.collect(),
            bins,
        }
    }

    fn estimate(&self) -> Estimate {
        let value = self
            .bins
            .iter()
            .map(|[share, _, confidence, accuracy]| share * (accuracy - confidence).abs())
            .sum();
        let tail = (1.0 - CONFIDENCE) / 2.0;
        // The further from 0, the more of the imagined errors are as large as the observed one, and the fewer as small.
        let is_large = |e: f64| self.share(e, |error| error >= value) >= tail;
        let is_small = |e: f64| self.share(e, |error| error <= value) >= tail;
        let ends = [1.0, -1.0].map(|direction| {
            let low = if is_large(0.0) {
                0.0
            } else {
                self.true_error(direction * last(|e| !is_large(direction * e)))
            };
            let high = self.true_error(direction * last(|e| is_small(direction * e)));
            (low, high)
        });
        let low = f64::min(ends[0].0, ends[1].0);
        let high = f64::max(ends[0].1, ends[1].1);
        Estimate {
            value,
            low: f64::min(low, value),
            high: f64::max(high, value),
        }
    }

    /// The accuracy of a bin.
    fn accuracy(e: f64, [_, _, confidence, _]: &[f64; 4]) -> f64 {
        (confidence + e).clamp(0.0, 1.0)
    }

    /// What infinitely many samples would show.
    fn true_error(&self, e: f64) -> f64 {
        let error = |bin: &[f64; 4]| bin[0] * (Self::accuracy(e, bin) - bin[2]).abs();
        self.bins.iter().map(error).sum()
    }

    /// Share of the draws with such an error. The share of right answers in a bin is taken for normal, around its accuracy; one of 0
    /// or 1, which would never vary, is taken for that of two more right and two more wrong answers (Agresti and Coull 1998).
    fn share(&self, e: f64, is_such: impl Fn(f64) -> bool) -> f64 {
        let bins: Vec<[f64; 4]> = self
            .bins
            .iter()
            .map(|bin| {
                let [share, count, confidence, _] = *bin;
                let accuracy = Self::accuracy(e, bin);
                let rate = (accuracy * count + 2.0) / (count + 4.0);
                let deviation = (rate * (1.0 - rate) / count).sqrt();
                [share, confidence, accuracy, deviation]
            })
            .collect();
        let error = |draws: &Vec<f64>| -> f64 {
            let bins = bins.iter().zip(draws);
            bins.map(|([share, confidence, accuracy, deviation], draw)| {
                let found = (accuracy + deviation * draw).clamp(0.0, 1.0);
                share * (found - confidence).abs()
            })
            .sum()
        };
        let such = self.draws.iter().filter(|draws| is_such(error(draws)));
        such.count() as f64 / DRAWS as f64
    }
}

/// The last place between 0 and 1 up to which `holds` does; 0 where it never does.
fn last(holds: impl Fn(f64) -> bool) -> f64 {
    if holds(1.0) {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many samples of one probability, of which so many are right.
    fn group(probability: f64, right: usize, all: usize) -> impl Iterator<Item = (f64, bool)> {
        (0..all).map(move |number| (probability, number < right))
    }

    #[test]
    fn the_error_is_that_of_the_formula() {
        // 60 samples at 0.95 of which 48 are right, 40 at 0.65 of which 30 are: 0.6 · |0.8 − 0.95| + 0.4 · |0.75 − 0.65| = 0.13.
        let samples = group(0.95, 48, 60).chain(group(0.65, 30, 40));
        let found = Reliability::of(samples).unwrap();
        assert!((found.error.value - 0.13).abs() < 1e-12, "{found:?}");
        assert!((found.confidence - 0.83).abs() < 1e-12);
        assert!((found.accuracy - 0.78).abs() < 1e-12);
        assert_eq!(found.samples, 100);
        let counts: Vec<u64> = found.bins.iter().map(|bin| bin.samples).collect();
        assert_eq!(counts, [0, 0, 0, 0, 0, 0, 40, 0, 0, 60]);
        assert!(found.bins[0].accuracy.is_none() && found.bins[0].confidence.is_nan());
        let accuracy = found.bins[9].accuracy.unwrap();
        let proportion = Proportion {
            successes: 48,
            trials: 60,
        };
        let interval = rate_interval(proportion, CONFIDENCE);
        assert_eq!((accuracy.low, accuracy.high), (interval.low, interval.high));
        assert!(found.error.low > 0.0 && found.error.high < 0.3, "{found:?}");
    }

    #[test]
    fn a_bin_holds_its_upper_end() {
        let ends = [0.0, 0.1, 0.1 + 1e-9, 0.9, 1.0, 1.5];
        let found = Reliability::of(ends.map(|end| (end, true)).into_iter()).unwrap();
        let counts: Vec<u64> = found.bins.iter().map(|bin| bin.samples).collect();
        assert_eq!(counts, [2, 1, 0, 0, 0, 0, 0, 0, 1, 2]);
    }

    #[test]
    fn nothing_and_what_is_no_number_give_nothing() {
        assert_eq!(Reliability::of(std::iter::empty()), None);
        assert_eq!(Reliability::of(group(f64::NAN, 1, 3)), None);
        let found = Reliability::of(group(f64::NAN, 1, 3).chain(group(1.0, 1, 1))).unwrap();
        assert_eq!((found.samples, found.error.value), (1, 0.0));
        assert!(found.error.low.abs() < 1e-12);
        assert!(found.error.high > 0.3);
        // All of 22 are right: with 22, an accuracy of 90 % would show that in one of ten times.
        let found = Reliability::of(group(0.994, 22, 22)).unwrap();
        assert!((0.05..0.2).contains(&found.error.high), "{found:?}");
    }

    /// Networks of a known calibration error, many times: the interval holds it in about 95 % of them. With 400 repetitions the
    /// standard error of the coverage is 1.1 points; below 91.5 % would be more than three of them.
    #[test]
    fn the_interval_covers_the_truth() {
        let mut rng = generator(1, Purpose::Calibration, 0, 0);
        let mut unit = || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        // The accuracy of the two halves of the samples is off by so much.
        for (samples, sure, unsure) in [
            (200, 0.0, 0.0),
            (200, -0.1, -0.1),
            (2000, 0.0, 0.0),
            (2000, -0.03, -0.03),
            (2000, 0.04, 0.04),
            (2000, -0.04, 0.04),
        ] {
            let repetitions = 400;
            let covered = (0..repetitions).filter(|_| {
                let found = Reliability::of((0..samples).map(|_| {
                    // One half above 0.9, the other below.
                    let (half, within) = (unit(), unit());
                    let (probability, off) = if half < 0.5 {
                        (0.9 + 0.05 * within, sure)
                    } else {
                        (0.5 + 0.4 * within, unsure)
                    };
                    (probability, unit() < probability + off)
                }));
                let error = found.unwrap().error;
                (error.low..=error.high).contains(&f64::abs(sure))
            });
            let coverage = covered.count() as f64 / f64::from(repetitions);
            assert!(coverage > 0.915, "{samples} {sure} {unsure}: {coverage}");
        }
    }
}
