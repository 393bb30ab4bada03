//! What holds of the rule as a whole: its error rates by exact enumeration of every outcome, its forecast of the
//! samples needed, and that it answers whatever it is shown.

use statrs::distribution::{Binomial, Discrete};

use super::rule::most_outdone;
use super::verdict_tests::{epoch, evidence, judged};
use super::{Answered, DEFAULT_TOLERANCE, Evidence, Proportion, SimplerMethod, Verdict, judge};

/// The promised number decides when the rates are kept, and a tenth fewer do not. Counts are whole, so the rates are
/// kept only up to one sample, which a tenth of n outweighs by far at these n.
#[test]
fn the_number_of_samples_needed_decides() {
    for (train, validation, decided) in [
        ((990, 1000), (95, 100), "learned"),
        ((40, 40), (36, 40), "overfit"),
        ((560, 1000), (535, 1000), "learned"),
        ((620, 1000), (530, 100), "inconclusive"),
    ] {
        let Verdict::Inconclusive {
            validation_samples_needed: Some(needed),
        } = judged(train, validation).verdict
        else {
            assert_eq!(decided, "inconclusive", "{train:?} {validation:?}");
            continue;
        };
        let at = |samples: u64| {
            let seen = samples.max(train.1);
            let scaled = |(successes, trials): (u64, u64), to: u64| {
                ((successes * to + trials / 2) / trials, to)
            };
            judged(scaled(train, seen), scaled(validation, samples))
                .verdict
                .name()
        };
        assert_eq!(
            at(needed + needed / 10),
            decided,
            "{train:?} {validation:?} {needed}"
        );
        assert_eq!(
            at(needed - needed / 10),
            "inconclusive",
            "{train:?} {validation:?} {needed}"
        );
    }
}

/// The probabilities of learned, overfit and inconclusive, summed over every outcome of so many training and
/// validation samples that has a chance above 1e-12, when these are the network's true accuracies.
fn probabilities(train: (f64, u64), validation: (f64, u64)) -> [f64; 3] {
    let chances = |(rate, trials): (f64, u64)| {
        let distribution = Binomial::new(rate, trials).ok();
        (0..=trials)
            .map(move |successes| {
                (
                    successes,
                    distribution.map_or(f64::NAN, |known| known.pmf(successes)),
                )
            })
            .filter(|&(_, chance)| chance > 1e-12)
            .collect::<Vec<_>>()
    };
    let held_out = chances(validation);
    let mut sums = [0.0; 3];
    for (seen, chance_seen) in chances(train) {
        for &(right, chance_right) in &held_out {
            let index = match judged((seen, train.1), (right, validation.1)).verdict {
                Verdict::Learned => 0,
                Verdict::Overfit { .. } => 1,
                Verdict::Inconclusive { .. } => 2,
                Verdict::Underfit | Verdict::Diverged => continue,
            };
            sums[index] += chance_seen * chance_right;
        }
    }
    sums
}

/// A method that is better by exactly the tolerance is said to be better by more in at most the 2.5 % that an interval
/// misses on one side, and what whole counts add; of three methods together no more, whatever they have in common.
#[test]
fn a_simpler_method_is_seldom_overrated() {
    let chances = |rate: f64, trials: u64| {
        let known = Binomial::new(rate, trials).unwrap();
        let all = (0..=trials).map(move |successes| (successes, known.pmf(successes)));
        all.filter(|&(_, chance)| chance > 1e-9).collect::<Vec<_>>()
    };
    let mut worst: [f64; 2] = [0.0; 2];
    for (train_trials, trials) in [(50, 20), (200, 50), (1000, 200), (1000, 500)] {
        for train_rate in [0.3, 0.5, 0.66, 0.8, 0.9, 0.94] {
            let mut overrated = [0.0; 2];
            for (seen, chance_seen) in chances(train_rate, train_trials) {
                for (successes, chance) in chances(train_rate + DEFAULT_TOLERANCE, trials) {
                    let selected = epoch(1, (seen, train_trials), None);
                    let right = Proportion { successes, trials };
                    let method = |name| SimplerMethod {
                        name,
                        answered: Answered::Right(right),
                    };
                    let methods = [method("one"), method("two"), method("three")];
                    for (place, asked) in [&methods[..1], &methods].into_iter().enumerate() {
                        let shown = Evidence {
                            simpler: asked,
                            ..evidence(selected, &[])
                        };
                        if most_outdone(&shown, DEFAULT_TOLERANCE).is_some() {
                            overrated[place] += chance_seen * chance;
                        }
                    }
                }
            }
            // Three at once: at most three times one of them.
            worst = [worst[0].max(overrated[0]), worst[1].max(3.0 * overrated[1])];
        }
    }
    assert!(
        worst.iter().all(|&worst| worst > 0.01 && worst < 0.045),
        "{worst:?}"
    );
}

/// The table in `verdict.rs`, which prints tenths of a percent: tolerance half of that.
#[test]
fn error_rates_are_known() {
    for (validation, expected) in [
        (0.98, [0.929, 0.000, 0.071]),
        (0.955, [0.287, 0.000, 0.713]),
        (0.93, [0.025, 0.024, 0.951]),
        (0.88, [0.000, 0.668, 0.332]),
        (0.83, [0.000, 0.990, 0.010]),
    ] {
        let found = probabilities((0.98, 1000), (validation, 200));
        for (found, expected) in found.into_iter().zip(expected) {
            assert!(
                (found - expected).abs() < 5e-4,
                "true validation accuracy {validation}: {found}, not {expected}"
            );
        }
    }
}

/// "Learned" and "overfit" of a gap that is the tolerance itself are the two false verdicts that are hardest to avoid.
/// Each is the chance that a 95 % interval misses on one side: nominally 2.5 %, in truth as near to it as whole counts
/// allow.
#[test]
fn false_verdicts_are_rare_at_every_size() {
    for (seen, held_out) in [(10, 10), (50, 20), (50, 50), (200, 100)] {
        for true_train in [0.55, 0.64, 0.68, 0.8, 0.92, 0.99, 1.0] {
            let [learned, overfit, _] = probabilities(
                (true_train, seen),
                (true_train - DEFAULT_TOLERANCE, held_out),
            );
            assert!(
                learned < 0.038,
                "{seen}, {held_out}, {true_train}: learned {learned}"
            );
            assert!(
                overfit < 0.038,
                "{seen}, {held_out}, {true_train}: overfit {overfit}"
            );
        }
    }
}

/// Whatever is shown, an answer comes back: every mixture of counts and numbers that no careful caller passes.
#[test]
fn nothing_panics() {
    let numbers = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        0.0,
        0.5,
        1.0,
        2.0,
    ];
    let counts = [
        (0, 0),
        (1, 0),
        (0, 1),
        (1, 1),
        (2, 1),
        (3, 4),
        (u64::MAX, u64::MAX),
        (5, u64::MAX),
    ];
    for train in counts {
        for validation in counts {
            for number in numbers {
                let mut selected = epoch(0, train, Some(validation));
                selected.train.loss.variance = number;
                if let Some(held_out) = &mut selected.validation {
                    held_out.loss.mean = number;
                }
                for tolerance in numbers {
                    let history = [selected, epoch(8, validation, None)];
                    let shown = Evidence {
                        baseline: number,
                        epochs_planned: 8,
                        ..evidence(history[1], &history)
                    };
                    assert!(!judge(&shown, tolerance).reason.is_empty());
                    let shown = Evidence {
                        baseline: number,
                        epochs_planned: 0,
                        ..evidence(selected, &history)
                    };
                    assert!(!judge(&shown, tolerance).reason.is_empty());
                }
            }
        }
    }
}
