//! The intervals against published tables, against scipy, against their defining equations and against the coverage
//! they promise.

use super::gap::{Score, accuracy_gap, float, rate_interval, score_difference, score_interval};
use super::mean::{loss_gap, mean_change};
use super::{Estimate, Interval, Moments, Proportion, quantiles};

/// Half a unit of the fourth decimal, to which both papers print their tables.
const PRINTED: f64 = 5e-5;

fn of(successes: u64, trials: u64) -> Proportion {
    Proportion { successes, trials }
}

fn assert_near(value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value - expected).abs() <= tolerance,
        "{value}, not {expected} within {tolerance}"
    );
}

/// Without the correction for skewness, the intervals are Wilson's and Newcombe's.
fn uncorrected() -> Score {
    Score {
        z: quantiles::normal(0.95),
        correction: 0.0,
    }
}

fn wilson(proportion: Proportion) -> Interval {
    score_interval(proportion.rate(), float(proportion.trials), uncorrected())
}

fn newcombe(train: Proportion, validation: Proportion) -> Estimate {
    score_difference(
        (train.rate(), float(train.trials)),
        (validation.rate(), float(validation.trials)),
        uncorrected(),
    )
}

/// Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3 (score without continuity correction).
#[test]
fn wilson_agrees_with_the_published_table() {
    for (successes, trials, low, high) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ] {
        let interval = wilson(of(successes, trials));
        assert_near(interval.low, low, PRINTED);
        assert_near(interval.high, high, PRINTED);
    }
}

/// Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10, contrasts (a) to (h).
#[test]
fn newcombe_agrees_with_the_published_table() {
    for (train, validation, low, high) in [
        (of(56, 70), of(48, 80), 0.0524, 0.3339),
        (of(9, 10), of(3, 10), 0.1705, 0.8090),
        (of(6, 7), of(2, 7), 0.0582, 0.8062),
        (of(5, 56), of(0, 29), -0.0381, 0.1926),
        (of(0, 10), of(0, 20), -0.1611, 0.2775),
        (of(0, 10), of(0, 10), -0.2775, 0.2775),
        (of(10, 10), of(0, 20), 0.6791, 1.0),
        (of(10, 10), of(0, 10), 0.6075, 1.0),
    ] {
        let gap = newcombe(train, validation);
        assert_near(gap.low, low, PRINTED);
        assert_near(gap.high, high, PRINTED);
        let mirrored = newcombe(validation, train);
        // The same sums in another order: a few units in the last place of numbers near 1.
        assert_near(mirrored.low, -gap.high, 1e-15);
        assert_near(mirrored.high, -gap.low, 1e-15);
    }
}

/// The tests of ratesci, an R package by the author of the correction, for a single rate (`scaspci`), which prints four
/// decimals; and the roots of the defining equation, found by bisection in Python.
#[test]
fn the_corrected_interval_agrees_with_its_reference() {
    for (successes, trials, low, high) in [(0, 20, 0.0, 0.1297), (1, 29, 0.0020, 0.1549)] {
        let interval = rate_interval(of(successes, trials), 0.95);
        assert_near(interval.low, low, PRINTED);
        assert_near(interval.high, high, PRINTED);
    }
    for (train, validation, low, high) in [
        (of(56, 70), of(48, 80), 0.053_042, 0.336_334),
        (of(9, 10), of(3, 10), 0.171_920, 0.833_276),
        (of(5, 56), of(0, 29), -0.017_816, 0.185_853),
        (of(0, 10), of(0, 20), -0.129_716, 0.240_148),
        (of(10, 10), of(0, 20), 0.727_058, 1.0),
        (of(1000, 1000), of(142, 200), 0.230_301, 0.355_662),
        (of(990, 1000), of(95, 100), 0.007_872, 0.097_025),
    ] {
        let gap = accuracy_gap(train, validation, 0.95);
        // Half a unit of the sixth decimal.
        assert_near(gap.low, low, 5e-7);
        assert_near(gap.high, high, 5e-7);
        let mirrored = accuracy_gap(validation, train, 0.95);
        assert_near(mirrored.low, -gap.high, 1e-15);
        assert_near(mirrored.high, -gap.low, 1e-15);
    }
}

/// By how much the value of an interval's limit misses the defining equation
/// (p̂ − p − c(1 − 2p)/n)² = z² p(1 − p)/n: rounding of sums of numbers below 1, a few 1e-16, times the slope of one
/// trial's own equation, which has lost most of its trial to the correction.
#[test]
fn limits_solve_their_equation() {
    for score in [uncorrected(), Score::corrected(0.95)] {
        for trials in [1, 2, 7, 100, 4321, 60_000] {
            for successes in [0, 1, trials / 3, trials - 1, trials] {
                let (rate, count) = (of(successes, trials).rate(), float(trials));
                let interval = score_interval(rate, count, score);
                for limit in [interval.low, interval.high] {
                    // At 0 of n and n of n the outer limit is exact instead.
                    if limit <= 0.0 || limit >= 1.0 {
                        continue;
                    }
                    let distance = rate - limit - score.correction * (1.0 - 2.0 * limit) / count;
                    assert_near(
                        distance.powi(2),
                        score.z.powi(2) * limit * (1.0 - limit) / count,
                        4e-15,
                    );
                }
            }
        }
    }
}

/// The forecast of the samples needed halves a bracket, for which each end has to approach the rate as n grows. It only
/// asks for more samples than were measured, of which at least one was right if any were, and one wrong.
#[test]
fn limits_approach_the_rate() {
    for rate in [0.0_f64, 0.001, 0.03, 0.5, 0.97, 0.999, 1.0] {
        let least = if rate > 0.0 && rate < 1.0 {
            (1.0 / rate.min(1.0 - rate)).round() as i32
        } else {
            1
        };
        for score in [Score::corrected(0.95), Score::corrected(0.99)] {
            let mut before = score_interval(rate, f64::from(least), score);
            for trials in least..5000 {
                let now = score_interval(rate, f64::from(trials), score);
                assert!(
                    now.low >= before.low - 1e-12 && now.high <= before.high + 1e-12,
                    "{rate} of {trials}: {now:?} after {before:?}"
                );
                before = now;
            }
        }
    }
}

/// The exact probability that the interval holds the true difference, summed over every outcome of 40 and 30
/// trials: no simulation, hence no noise to allow for. Score methods promise 95 % on average and come as close to it
/// as whole counts allow at each point: the mean may differ by 0.01, and no point may fall below 93 %.
#[test]
fn accuracy_gap_covers_the_true_difference() {
    let (mut sum, mut points) = (0.0, 0.0);
    for true_train in [0.05, 0.3, 0.5, 0.7, 0.9, 0.97] {
        for true_validation in [0.05, 0.3, 0.5, 0.7, 0.9, 0.97] {
            let mut covered = 0.0;
            for first in 0..=40 {
                for second in 0..=30 {
                    let gap = accuracy_gap(of(first, 40), of(second, 30), 0.95);
                    if gap.low <= true_train - true_validation
                        && true_train - true_validation <= gap.high
                    {
                        covered +=
                            chance(first, 40, true_train) * chance(second, 30, true_validation);
                    }
                }
            }
            assert!(
                covered > 0.93,
                "{true_train} against {true_validation}: {covered}"
            );
            sum += covered;
            points += 1.0;
        }
    }
    assert_near(sum / points, 0.95, 0.01);
}

fn chance(successes: u64, trials: u64, rate: f64) -> f64 {
    use statrs::distribution::{Binomial, Discrete};
    Binomial::new(rate, trials).map_or(f64::NAN, |distribution| distribution.pmf(successes))
}

/// Computed by `scipy.stats.ttest_ind_from_stats` and `ttest_ind(equal_var=False).confidence_interval()`; the
/// tolerance is the 4e-10 promised for the quantile, times an interval half-width below 3.
#[test]
fn loss_gap_agrees_with_scipy() {
    let of = |count, mean, variance| Moments {
        count,
        mean,
        variance,
        third: 0.0,
    };
    for (train, validation, low, high) in [
        (
            of(15, 20.82, 7.867_428_571_428_571),
            of(15, 23.646_666_666_666_66, 6.829_809_523_809_524),
            0.798_582_157_327_219_8,
            4.854_751_176_006_109_5,
        ),
        (
            of(1000, 0.05, 0.04),
            of(200, 0.9, 2.5),
            0.629_184_685_412_166_9,
            1.070_815_314_587_833_2,
        ),
        (
            of(50, 0.3, 0.0),
            of(20, 0.5, 0.2),
            -0.009_302_405_440_830_885,
            0.409_302_405_440_830_5,
        ),
        (
            of(2, 0.3, 0.1),
            of(2, 0.5, 0.2),
            -1.657_049_567_433_135_4,
            2.057_049_567_433_135_3,
        ),
    ] {
        let gap = loss_gap(train, validation, 0.95);
        assert_near(gap.low, low, 1.2e-9);
        assert_near(gap.high, high, 1.2e-9);
    }
}

#[test]
fn losses_without_spread_or_without_samples() {
    let of = |count, mean, variance| Moments {
        count,
        mean,
        variance,
        third: 0.0,
    };
    let exact = loss_gap(of(4, 0.25, 0.0), of(4, 0.75, 0.0), 0.95);
    assert_eq!(
        exact,
        Estimate {
            value: 0.5,
            low: 0.5,
            high: 0.5
        }
    );
    for train in [
        of(1, 0.25, 0.0),
        of(9, 0.25, f64::NAN),
        of(9, 0.25, -1.0),
        of(9, 0.25, f64::INFINITY),
    ] {
        let gap = loss_gap(train, of(9, 0.75, 0.1), 0.95);
        assert_eq!(
            gap,
            Estimate {
                value: 0.5,
                low: f64::NEG_INFINITY,
                high: f64::INFINITY
            }
        );
    }
    for train in [
        of(0, 0.0, 0.0),
        of(9, f64::NAN, 0.1),
        of(9, f64::NEG_INFINITY, 0.1),
    ] {
        let gap = loss_gap(train, of(9, 0.75, 0.1), 0.95);
        assert!(
            !gap.value.is_finite() && gap.low < -1e300 && gap.high > 1e300,
            "{gap:?}"
        );
    }
    // Variances whose sum overflows still give the widest interval instead of NaN.
    let huge = loss_gap(of(2, 0.0, f64::MAX), of(2, 0.0, f64::MAX), 0.95);
    assert!(huge.low < -1e100 && huge.high > 1e100, "{huge:?}");
}

#[test]
fn counts_of_nothing_one_and_all() {
    assert_eq!(
        rate_interval(of(0, 0), 0.95),
        Interval {
            low: 0.0,
            high: 1.0
        }
    );
    assert_eq!(
        rate_interval(of(3, 9), f64::NAN),
        Interval {
            low: 0.0,
            high: 1.0
        }
    );
    // Wilson: 1/(1 + z²); corrected, from Python as above.
    assert_near(wilson(of(1, 1)).low, 0.206_549, 5e-7);
    let one = rate_interval(of(1, 1), 0.95);
    assert_near(one.low, 0.076_951, 5e-7);
    assert!(one.high >= 1.0 && rate_interval(of(0, 1), 0.95).low <= 0.0);
    // At 99 % the correction takes more than the one trial.
    assert!(rate_interval(of(1, 1), 0.99).low <= 0.0);
    assert_eq!(rate_interval(of(7, 5), 0.95), rate_interval(of(5, 5), 0.95));
    let unknown = accuracy_gap(of(4, 4), of(0, 0), 0.95);
    assert!(unknown.value.is_nan() && unknown.low <= -1.0 && unknown.high >= 1.0);
    // Both perfect: the value is certain, the interval is not.
    let perfect = accuracy_gap(of(8, 8), of(4, 4), 0.95);
    assert_near(perfect.value, 0.0, 0.0);
    assert_near(perfect.low, -0.289_237, 5e-7);
    assert_near(perfect.high, 0.486_657, 5e-7);
}

/// Third moments of (1, 2, 6): mean 3, Σd² = 14, Σd³ = −8 − 1 + 27 = 18; 3 × 18 / (2 × 1).
#[test]
fn moments_by_hand() {
    let moments = Moments::of(&[1.0, 2.0, 6.0]);
    assert_eq!(moments.count, 3);
    assert_near(moments.mean, 3.0, 1e-15);
    assert_near(moments.variance, 7.0, 1e-15);
    assert_near(moments.third, 27.0, 1e-14);
    assert_near(Moments::of(&[1.0, 2.0]).third, 0.0, 0.0);
    assert!(Moments::of(&[]).mean.is_nan());
}

/// 99 losses of 0 and one of 10, by Python: t₀.₉₇₅(99) = 1.984217, standard error 0.1, skewness of the mean 1.
/// Hall's upper end is further out than Student's, the lower is not.
#[test]
fn skewness_widens_the_long_side_only() {
    let mut losses = vec![0.0; 99];
    losses.push(10.0);
    let moments = Moments::of(&losses);
    let interval = mean_change(moments, 0.95);
    assert_near(interval.value, 0.1, 1e-15);
    assert_near(interval.low, 0.1 - 0.198_421_7, 1e-7);
    let hall = 3.0 * ((1.0 + (-1.984_217 - 1.0 / 6.0_f64)).cbrt() - 1.0);
    assert_near(interval.high, 0.1 - 0.1 * hall, 1e-6);
    assert!(interval.high > 0.1 + 0.198_421_7);
    // The mirror image, and the same as one side of a gap whose other side is constant.
    let mirrored = Moments {
        mean: -moments.mean,
        third: -moments.third,
        ..moments
    };
    let other = mean_change(mirrored, 0.95);
    assert_near(other.low, -interval.high, 1e-15);
    assert_near(other.high, -interval.low, 1e-15);
    let constant = Moments::of(&[0.0; 100]);
    let gap = loss_gap(constant, moments, 0.95);
    assert_near(gap.low, interval.low, 1e-12);
    assert_near(gap.high, interval.high, 1e-12);
    // A third moment that is not a number corrects nothing.
    let unknown = Moments {
        third: f64::NAN,
        ..moments
    };
    assert_near(mean_change(unknown, 0.95).high, 0.1 + 0.198_421_7, 1e-7);
}
