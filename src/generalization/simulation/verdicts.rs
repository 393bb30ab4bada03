//! How often is each verdict right, and how often wrong? By enumeration, as in `coverage.rs`, and by asking the judge
//! itself.

use serde::Serialize;

use super::super::{
    EpochMeasurement, Evidence, HeldOut, Measurement, Moments, Proportion, Score, judge,
};
use super::coverage::{NEGLIGIBLE, binomial};

/// The probability of each verdict for a network whose true accuracies are known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct VerdictRates {
    /// Training samples.
    pub train: u64,
    /// Validation samples.
    pub validation: u64,
    /// True accuracy on training.
    pub train_rate: f64,
    /// True accuracy on validation.
    pub validation_rate: f64,
    /// Accuracy of always answering the most frequent class.
    pub baseline: f64,
    /// Probability of "learned".
    pub learned: f64,
    /// Probability of "overfit".
    pub overfit: f64,
    /// Probability of "underfit".
    pub underfit: f64,
    /// Probability of "inconclusive".
    pub inconclusive: f64,
}

/// A verdict where it would be wrong, at the true accuracies where it is said most often.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FalseVerdict {
    /// "learned" of a gap that is the tolerance, "overfit" of the same gap, "underfit" of a network whose training
    /// accuracy is halfway from the baseline to 100 %: the least wrong cases of each, and those most often mistaken.
    pub verdict: &'static str,
    /// Training samples.
    pub train: u64,
    /// Validation samples.
    pub validation: u64,
    /// The highest probability of the verdict.
    pub probability: f64,
    /// The true training accuracy at which it is reached.
    pub train_rate: f64,
}

/// The rates of all verdicts, judged by [`judge`] itself.
#[must_use]
pub(super) fn verdict_rates(
    train: (u64, f64),
    validation: (u64, f64),
    baseline: f64,
    tolerance: f64,
) -> VerdictRates {
    let mut rates = VerdictRates {
        train: train.0,
        validation: validation.0,
        train_rate: train.1,
        validation_rate: validation.1,
        baseline,
        learned: 0.0,
        overfit: 0.0,
        underfit: 0.0,
        inconclusive: 0.0,
    };
    let measured = |successes, trials| Measurement {
        score: Score::Accuracy(Proportion { successes, trials }),
        loss: Moments {
            count: trials,
            mean: 0.5,
            variance: 0.0,
            third: 0.0,
        },
    };
    let held_out = binomial(validation);
    for (seen, chance_seen) in binomial(train) {
        for &(right, chance_right) in &held_out {
            let chance = chance_seen * chance_right;
            if chance < NEGLIGIBLE {
                continue;
            }
            let evidence = Evidence {
                history: &[],
                selected: EpochMeasurement {
                    epoch: 1,
                    train: measured(seen, train.0),
                    validation: Some(measured(right, validation.0)),
                    since_best: None,
                },
                held_out: HeldOut::Test,
                baseline,
                epochs_planned: 1,
                diverged: None,
                simpler: &[],
            };
            match judge(&evidence, tolerance).verdict.name() {
                "learned" => rates.learned += chance,
                "overfit" => rates.overfit += chance,
                "underfit" => rates.underfit += chance,
                _ => rates.inconclusive += chance,
            }
        }
    }
    rates
}

/// The power curves: 98 % on training, gaps from none to 30 points, 50 to 1000 validation samples and five times as
/// many for training, a baseline of 50 %.
#[must_use]
pub fn power(tolerance: f64) -> Vec<VerdictRates> {
    let mut rows = Vec::new();
    for validation in [50, 100, 200, 500, 1000] {
        for gap in [0.0, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3] {
            let train = (5 * validation, 0.98);
            rows.push(verdict_rates(
                train,
                (validation, 0.98 - gap),
                0.5,
                tolerance,
            ));
        }
    }
    rows
}

/// The worst false verdicts at each size, over true training accuracies from 55 % to 100 %.
#[must_use]
pub fn false_verdicts(tolerance: f64) -> Vec<FalseVerdict> {
    let mut rows = Vec::new();
    for (train, validation) in [
        (20, 20),
        (50, 50),
        (200, 200),
        (500, 500),
        (100, 20),
        (500, 100),
    ] {
        let worst = |verdict, cases: &mut dyn Iterator<Item = (f64, f64)>| {
            cases.fold(
                FalseVerdict {
                    verdict,
                    train,
                    validation,
                    probability: 0.0,
                    train_rate: f64::NAN,
                },
                |worst, (train_rate, probability)| {
                    if probability > worst.probability {
                        FalseVerdict {
                            probability,
                            train_rate,
                            ..worst
                        }
                    } else {
                        worst
                    }
                },
            )
        };
        let rates = [0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0];
        // A baseline of 0 keeps the other tests from answering first.
        let at_tolerance = rates.map(|rate| {
            verdict_rates(
                (train, rate),
                (validation, rate - tolerance),
                0.0,
                tolerance,
            )
        });
        rows.push(worst(
            "learned",
            &mut at_tolerance
                .iter()
                .map(|found| (found.train_rate, found.learned)),
        ));
        rows.push(worst(
            "overfit",
            &mut at_tolerance
                .iter()
                .map(|found| (found.train_rate, found.overfit)),
        ));
        rows.push(worst(
            "underfit",
            &mut [0.1, 0.3, 0.5, 0.7, 0.9, 0.97].into_iter().map(|baseline| {
                let halfway = f64::midpoint(baseline, 1.0);
                // Without the last quarter of any epochs, "underfit" is test 2 alone.
                let found =
                    verdict_rates((train, halfway), (validation, halfway), baseline, tolerance);
                (halfway, found.underfit)
            }),
        ));
    }
    rows
}
