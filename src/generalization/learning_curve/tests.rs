//! The fit against scipy, and an answer or a reason for whatever is asked.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::simulation_tests::{USUAL, simulate};
use super::{Answer, Fit, Quantity, Reason, Run, fit, sentence};
use crate::generalization::gap::{Estimate, Proportion};

/// Runs of three seeds in one validation block, by wrong answers.
fn runs(
    sizes: &[u64],
    validation: &[impl AsRef<[u64]>],
    train: &[impl AsRef<[u64]>],
    samples: u64,
) -> Vec<Run> {
    let right = |wrong: u64, trials: u64| Proportion {
        successes: trials.saturating_sub(wrong),
        trials,
    };
    let mut runs = Vec::new();
    for (seed, (validation, train)) in validation.iter().zip(train).enumerate() {
        for ((&size, &wrong), &trained) in sizes.iter().zip(validation.as_ref()).zip(train.as_ref())
        {
            runs.push(Run {
                seed: seed as u64,
                training_samples: size,
                train: right(trained, size),
                validation: vec![right(wrong, samples)],
            });
        }
    }
    runs
}

fn example() -> Vec<Run> {
    let validation: [&[u64]; 3] = [
        &[420, 316, 245, 180, 141, 112],
        &[405, 330, 231, 190, 135, 118],
        &[431, 309, 238, 186, 148, 107],
    ];
    let train: [&[u64]; 3] = [
        &[0, 1, 2, 4, 8, 16],
        &[1, 1, 3, 4, 7, 17],
        &[0, 2, 2, 5, 9, 15],
    ];
    runs(&[50, 100, 200, 400, 800, 1600], &validation, &train, 1000)
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found / expected - 1.0).abs() < tolerance,
        "{found}, not {expected}"
    );
}

/// `scipy.optimize.curve_fit(lambda n, c, b, a: c + b * (n / 50) ** -a, n, y, sigma=w ** -0.5, bounds=…)`, fitted twice,
/// the second time with w = 1 / (e (1 − e) / 1000) from the first fit's e.
///
/// Tolerance: a minimum is flat, so a search that compares sums of squares finds it to √ε ≈ 1.5e-8 of the bracket and
/// this one is worse conditioned; scipy's own stops near 1e-8. 1e-5 is a thousandth of the interval's half-width.
#[test]
fn the_law_of_the_validation_error_agrees_with_scipy() {
    let fitted = fit(&example(), Quantity::ValidationError, &[50.0]).expect("a usable example");
    near(fitted.floor.value, 0.025_715_005_903_282_722, 1e-4);
    near(fitted.exponent.value, 0.438_380_970_660_691_5, 1e-5);
    near(
        fitted.curve[0].value.value,
        0.025_715_005_903 + 0.393_668_264_300,
        1e-5,
    );
    near(
        fitted.scale.value,
        0.393_668_264_299_744_9 * 50_f64.powf(0.438_380_970_660_691_5),
        1e-4,
    );
}

/// The gap's law by `curve_fit`; its interval by `scipy.optimize.brentq` on a one-sample t test (three seeds) of the
/// weighted residual of ln n · n^(−a); the lack of fit by `scipy.stats.f.sf(Q / V, 4, 8)` with numpy's `pinv`.
///
/// Tolerances: 1e-5 for the fit as above; 1e-5 for the ends and 1e-4 for N, which is 2^(1/a) of them.
#[test]
fn the_law_of_the_gap_and_its_interval_agree_with_scipy() {
    let fitted = fit(&example(), Quantity::VanishingGap, &[50.0]).expect("a usable example");
    near(fitted.exponent.value, 0.407_043_265_581_797_4, 1e-5);
    near(fitted.curve[0].value.value, 0.407_421_136_259_060_5, 1e-5);
    near(fitted.exponent.low, 0.363_027_253_008_098_35, 1e-5);
    near(fitted.exponent.high, 0.451_485_295_881_384_6, 1e-5);
    near(fitted.lack_of_fit, 0.839_140_740_221_132_7, 1e-4);
    let Answer::Samples { samples, .. } = fitted.halving else {
        panic!("{:?}", fitted.halving)
    };
    near(samples.value, 8783.605, 1e-4);
    near(samples.low, 7428.050, 1e-4);
    near(samples.high, 10_797.954, 1e-4);
    assert_eq!(
        sentence(&fitted.halving),
        "if the gap vanishes with ever more samples, to halve the gap of 10.2 points you need about 8,780 training samples (7,430 to 10,800)"
    );
}

/// Blocks are only another way to count: the law is the same, and the interval knows more.
#[test]
fn blocks_do_not_move_the_law() {
    let runs = simulate(
        &USUAL,
        |size| (size / 10.0).powf(-0.4),
        &mut ChaCha8Rng::seed_from_u64(1),
    );
    let merged = runs.iter().map(|run| {
        let sum = run.validation.iter().fold((0, 0), |sum, block| {
            (sum.0 + block.successes, sum.1 + block.trials)
        });
        Run {
            validation: vec![Proportion {
                successes: sum.0,
                trials: sum.1,
            }],
            ..run.clone()
        }
    });
    let fitted = |runs: &[Run]| {
        fit(runs, Quantity::VanishingGap, &[])
            .expect("usable runs")
            .exponent
    };
    let (apart, together) = (fitted(&runs), fitted(&merged.collect::<Vec<_>>()));
    // Sums in another order, through a search that stops at √ε.
    near(apart.value, together.value, 1e-6);
    assert!(
        apart.low < together.low && together.high < apart.high,
        "{apart:?} {together:?}"
    );
}

/// The order of the runs is nobody's business, and twice the same is twice the same.
#[test]
fn the_fit_is_deterministic() {
    let mut reversed = example();
    reversed.reverse();
    for quantity in [
        Quantity::Gap,
        Quantity::VanishingGap,
        Quantity::ValidationError,
    ] {
        let fitted = fit(&example(), quantity, &[10.0, 1e4]);
        assert_eq!(fitted, fit(&example(), quantity, &[10.0, 1e4]));
        assert_eq!(fitted, fit(&reversed, quantity, &[10.0, 1e4]));
    }
}

#[test]
fn what_cannot_be_fitted_has_a_reason() {
    let reason = |runs: &[Run]| fit(runs, Quantity::Gap, &[]).expect_err("unusable");
    assert_eq!(reason(&[]), Reason::NoValidationSamples);
    let few = runs(&[50, 50, 100], &[&[9, 9, 5]; 3], &[&[0, 0, 0]; 3], 100);
    assert_eq!(
        reason(&few),
        Reason::TooFewSizes {
            sizes: 2,
            needed: 4
        }
    );
    let lonely = runs(&[50, 100, 200, 400], &[&[9, 8, 7, 6]], &[&[0; 4]], 100);
    assert_eq!(
        reason(&lonely),
        Reason::TooFewSeeds {
            seeds: 1,
            needed: 3
        }
    );
    let empty = runs(&[50, 100, 200, 400], &[&[0; 4]; 3], &[&[0; 4]; 3], 0);
    assert_eq!(reason(&empty), Reason::NoValidationSamples);
    let untrained = runs(&[0, 100, 200, 400], &[&[9; 4]; 3], &[&[0; 4]; 3], 10);
    assert_eq!(reason(&untrained), Reason::NoTrainingSamples);
    let mut other = example();
    other[3].validation[0].trials = 999;
    assert_eq!(reason(&other), Reason::DifferentValidationSplits);
}

/// A seed that lacks a size is left out, and its other runs change nothing.
#[test]
fn an_incomplete_seed_is_left_out() {
    let mut more = example();
    more.extend(
        example()
            .into_iter()
            .take(4)
            .map(|run| Run { seed: 9, ..run }),
    );
    assert_eq!(
        fit(&more, Quantity::Gap, &[]),
        fit(&example(), Quantity::Gap, &[])
    );
}

/// Degenerate and huge counts: no panic, no NaN, intervals in order.
#[test]
fn every_count_gets_an_answer() {
    let huge = [1, u64::MAX / 4, u64::MAX / 2, u64::MAX];
    let patterns: [&[u64]; 7] = [
        &[0; 4],
        &[100; 4],
        &[50; 4],
        &[100, 50, 25, 13],
        &[13, 25, 50, 100],
        &[100, 0, 100, 0],
        &[1, 0, 0, 0],
    ];
    for sizes in [
        &[50, 100, 200, 400],
        &[1, 2, 3, 4],
        &huge,
        &[1_000_000, 1_000_001, 1_000_002, 1_000_003],
    ] {
        for first in patterns {
            for second in patterns {
                for samples in [100, 1000, u64::MAX / 8] {
                    let runs = runs(sizes, &[first, first, second], &[&[0; 4]; 3], samples);
                    for quantity in [
                        Quantity::Gap,
                        Quantity::VanishingGap,
                        Quantity::ValidationError,
                    ] {
                        let fitted = fit(
                            &runs,
                            quantity,
                            &[0.0, 1.0, 300.0, 1e18, f64::NAN, f64::INFINITY],
                        );
                        check(&fitted.expect("enough runs"));
                    }
                }
            }
        }
    }
}

fn check(fitted: &Fit) {
    let ordered = |of: Estimate| of.low <= of.value && of.value <= of.high;
    let values = [fitted.floor, fitted.exponent, fitted.present, fitted.scale];
    assert!(values.into_iter().all(ordered), "{fitted:?}");
    assert!(
        fitted.curve.iter().all(|point| ordered(point.value)),
        "{fitted:?}"
    );
    assert!((0.0..=1.0).contains(&fitted.lack_of_fit), "{fitted:?}");
    if let Answer::Samples { samples, .. } = fitted.halving {
        assert!(ordered(samples), "{fitted:?}");
    }
    assert!(!sentence(&fitted.halving).contains("NaN"), "{fitted:?}");
}

/// A perfect network leaves nothing to halve (its interval is that of rounding to whole samples, t(2) / √12 / 1000), and equal networks show no decrease.
#[test]
fn no_gap_and_no_decrease_are_said_so() {
    let said = |wrong: &[u64]| {
        let runs = runs(&[50, 100, 200, 400], &[wrong; 3], &[&[0; 4]; 3], 1000);
        sentence(&fit(&runs, Quantity::Gap, &[]).expect("enough runs").halving)
    };
    assert_eq!(
        said(&[0; 4]),
        "the fit does not support an answer: the measured value of 0.0 points at the largest size is not \
         distinguishable from zero (-0.1 to 0.1)"
    );
    assert_eq!(
        said(&[100; 4]),
        "the fit does not support an answer: no decrease with more training samples is shown"
    );
}

/// Every answer and every reason reads as English.
#[test]
fn sentences() {
    let present = Estimate {
        value: 0.081,
        low: 0.07,
        high: 0.092,
    };
    let quantity = Quantity::Gap;
    let samples = Estimate {
        value: 641.2,
        low: 470.4,
        high: 1_018.0,
    };
    for (answer, expected) in [
        (
            Answer::Samples {
                quantity,
                present,
                samples,
            },
            "to halve the gap of 8.1 points you need about 641 training samples (470 to 1,020)",
        ),
        (
            Answer::AtLeast {
                quantity: Quantity::ValidationError,
                present,
                samples: 900.0,
                limit: 40_000.0,
            },
            "to halve the validation error of 8.1 % you need more than 900 training samples; whether 40,000 are enough \
             cannot be told",
        ),
        (
            Answer::NoAmount {
                quantity: Quantity::ValidationError,
                present,
                floor: Estimate {
                    value: 0.06,
                    low: 0.05,
                    high: 0.07,
                },
            },
            "no amount of training samples halves the validation error of 8.1 %: the floor is 6.0 points (5.0 to 7.0)",
        ),
        (
            Answer::Unsupported(Reason::LackOfFit {
                probability: 0.0021,
            }),
            "the fit does not support an answer: the measurements do not follow a power law (p = 0.002)",
        ),
        (
            Answer::Unsupported(Reason::TooFewSizes {
                sizes: 3,
                needed: 4,
            }),
            "the fit does not support an answer: 3 different training sizes were measured, and 4 are needed",
        ),
    ] {
        assert_eq!(sentence(&answer), expected);
    }
}
