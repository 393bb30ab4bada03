//! Does the interval of the accuracy gap hold the true gap? By enumeration: each outcome of so many training and so
//! many validation samples, weighted by its probability.

use serde::Serialize;
use statrs::function::gamma::ln_gamma;

use super::super::gap::float;
use super::super::{CONFIDENCE, Proportion, accuracy_gap};

/// Outcomes rarer than this are left out; there are few enough of them that they cannot add up to 10⁻⁶.
pub(super) const NEGLIGIBLE: f64 = 1e-11;

/// Sizes of training and validation: equal, and five to one.
const SIZES: [(u64, u64); 16] = [
    (20, 20),
    (50, 50),
    (100, 100),
    (200, 200),
    (500, 500),
    (1000, 1000),
    (2000, 2000),
    (5000, 5000),
    (10_000, 10_000),
    (100, 20),
    (250, 50),
    (500, 100),
    (1000, 200),
    (2500, 500),
    (5000, 1000),
    (10_000, 2000),
];

/// True accuracies.
const RATES: [f64; 10] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999];

/// How often the interval of the accuracy gap holds the true gap.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Coverage {
    /// Training samples.
    pub train: u64,
    /// Validation samples.
    pub validation: u64,
    /// True accuracy on training.
    pub train_rate: f64,
    /// True accuracy on validation.
    pub validation_rate: f64,
    /// Wrong answers to be expected in the split that has fewer of them.
    pub wrong_answers: f64,
    /// Probability that the interval holds the true gap.
    pub covered: f64,
    /// Probability that it lies wholly above.
    pub above: f64,
    /// Probability that it lies wholly below.
    pub below: f64,
}

/// [`Coverage`] for splits of 20 to 10 000 samples and true accuracies from 0.5 to 0.999, training the higher one.
#[must_use]
pub fn coverage() -> Vec<Coverage> {
    let mut rows = Vec::new();
    for (train, validation) in SIZES {
        for (index, &train_rate) in RATES.iter().enumerate() {
            for &validation_rate in &RATES[..=index] {
                rows.push(local_average(
                    (train, train_rate),
                    (validation, validation_rate),
                ));
            }
        }
    }
    rows
}

/// The mean over 5 × 5 pairs of accuracies whose odds are up to a fifth lower or higher.
///
/// Counts are whole, so that coverage jumps as a rate moves by a hair; no interval that is a function of the counts can
/// avoid that, and only the average over a neighbourhood says whether its width is right (Newcombe 1998; Laud 2017).
#[must_use]
pub fn local_average(train: (u64, f64), validation: (u64, f64)) -> Coverage {
    let near = |rate: f64| {
        [0.8, 0.9, 1.0, 1.1, 1.2].map(|factor| {
            let odds = factor * rate / (1.0 - rate);
            odds / (1.0 + odds)
        })
    };
    let (mut above, mut below, mut points) = (0.0, 0.0, 0.0);
    for train_rate in near(train.1) {
        for validation_rate in near(validation.1) {
            let missed = misses((train.0, train_rate), (validation.0, validation_rate));
            above += missed.0;
            below += missed.1;
            points += 1.0;
        }
    }
    (above, below) = (above / points, below / points);
    let wrong = |(samples, rate): (u64, f64)| float(samples) * (1.0 - rate);
    Coverage {
        train: train.0,
        validation: validation.0,
        train_rate: train.1,
        validation_rate: validation.1,
        wrong_answers: wrong(train).min(wrong(validation)),
        covered: 1.0 - above - below,
        above,
        below,
    }
}

/// The probabilities that the interval lies wholly above and wholly below the true gap.
///
/// For each training outcome the interval falls as more validation answers are right, so there is a first validation
/// outcome not above and a first one below; both only grow with the training outcome and are found by walking.
pub(super) fn misses(train: (u64, f64), validation: (u64, f64)) -> (f64, f64) {
    let truth = train.1 - validation.1;
    let outcomes = binomial(validation);
    let mut up_to = vec![0.0];
    let mut sum = 0.0;
    for &(_, chance) in &outcomes {
        sum += chance;
        up_to.push(sum);
    }
    let gap = |seen, index: usize| {
        let of = |successes, trials| Proportion { successes, trials };
        accuracy_gap(
            of(seen, train.0),
            of(outcomes[index].0, validation.0),
            CONFIDENCE,
        )
    };
    let (mut not_above, mut first_below) = (0, 0);
    let (mut above, mut below) = (0.0, 0.0);
    for (seen, chance) in binomial(train) {
        while not_above < outcomes.len() && gap(seen, not_above).low > truth {
            not_above += 1;
        }
        while first_below < outcomes.len() && gap(seen, first_below).high >= truth {
            first_below += 1;
        }
        above += chance * up_to[not_above];
        below += chance * (sum - up_to[first_below]);
    }
    (above, below)
}

/// Each number of right answers that is not negligible, in order, with its probability.
pub(super) fn binomial((trials, rate): (u64, f64)) -> Vec<(u64, f64)> {
    if rate >= 1.0 {
        return vec![(trials, 1.0)];
    }
    let total = ln_gamma(float(trials) + 1.0);
    let chance = |successes: u64| {
        let (right, wrong) = (float(successes), float(trials - successes));
        (total - ln_gamma(right + 1.0) - ln_gamma(wrong + 1.0)
            + right * rate.ln()
            + wrong * (-rate).ln_1p())
        .exp()
    };
    // Within 8 standard deviations and 12 answers lies all that is not negligible.
    let (mean, deviation) = (
        float(trials) * rate,
        (float(trials) * rate * (1.0 - rate)).sqrt(),
    );
    let reach = 8.0 * deviation + 12.0;
    let (first, last) = (
        (mean - reach).max(0.0) as u64,
        ((mean + reach) as u64).min(trials),
    );
    (first..=last)
        .map(|successes| (successes, chance(successes)))
        .filter(|&(_, chance)| chance > NEGLIGIBLE)
        .collect()
}
