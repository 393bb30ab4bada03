//! By seeded draws: many epochs measured on the same validation samples, of which one is chosen.
//!
//! Each sample's margin (by how much the right answer leads) is what is easy or hard about the sample, plus what the
//! epochs make of it, which wanders from epoch to epoch: Gaussian, with a given correlation between neighbours.

use rand::Rng;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::super::{
    CONFIDENCE, EpochMeasurement, Evidence, HeldOut, LossChange, Measurement, Moments, Proportion,
    Score, accuracy_gap, judge, mean_change, rise,
};
use super::{cross_entropy, gaussian, unit};

/// The mean of all margins.
const MEAN_MARGIN: f64 = 2.0;

/// How margins differ between samples, and how they change over the epochs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Margins {
    /// Standard deviation of what stays the same in all epochs.
    steady: f64,
    /// Standard deviation of what wanders.
    wandering: f64,
    /// Correlation of the wandering part between neighbouring epochs.
    memory: f64,
}

/// A plateau: all epochs are equally good in truth, so that the best one was chosen for its luck alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plateau {
    /// Validation samples.
    pub validation: usize,
    /// Epochs to choose from.
    pub epochs: usize,
    /// The part of a margin's variance that wanders from epoch to epoch.
    pub wandering: f64,
    /// By how many of its standard errors the chosen epoch's validation loss is too low on average.
    pub loss_optimism: f64,
    /// The same of its accuracy, too high.
    pub accuracy_optimism: f64,
    /// How often a gap of exactly the tolerance is called "learned" at the chosen epoch, training having 10 000
    /// samples.
    pub false_learned: f64,
    /// How often it would be, if nothing were made up for the choice.
    pub false_learned_untreated: f64,
    /// How often a pointwise 95 % interval of the change since the best epoch lies above zero at some later epoch.
    pub first_crossing: f64,
    /// How often [`rise()`] sees one, if training loss surely falls.
    pub false_rise: f64,
}

/// Plateaus of 10, 50 and 300 epochs.
#[must_use]
pub fn plateaus(tolerance: f64, rng: &mut impl Rng) -> Vec<Plateau> {
    let calm = Margins {
        steady: 3.0,
        wandering: 1.0,
        memory: 0.9,
    };
    let wild = Margins {
        steady: 1.5,
        wandering: 3.0,
        memory: 0.98,
    };
    let mut rows = Vec::new();
    for margins in [calm, wild] {
        for (validation, epochs, repetitions) in [
            (100, 10, 3000),
            (100, 50, 700),
            (400, 50, 200),
            (50, 300, 400),
        ] {
            rows.push(plateau(
                margins,
                (validation, epochs),
                repetitions,
                tolerance,
                rng,
            ));
        }
    }
    rows
}

fn plateau(
    margins: Margins,
    (validation, epochs): (usize, usize),
    repetitions: usize,
    tolerance: f64,
    rng: &mut impl Rng,
) -> Plateau {
    let count = validation as f64;
    let spread = margins.steady.hypot(margins.wandering);
    let accuracy = Normal::standard().cdf(MEAN_MARGIN / spread);
    let (loss, deviation) = true_loss(spread);
    let (mut loss_optimism, mut accuracy_optimism) = (0.0, 0.0);
    let (mut learned, mut untreated, mut crossings, mut rises) = (0, 0, 0, 0);
    for _ in 0..repetitions {
        let history = run(margins, (validation, epochs), |_| 1.0, rng);
        let Some(chosen) = lowest_loss(&history) else {
            continue;
        };
        let Some(held_out) = history[chosen].validation else {
            continue;
        };
        loss_optimism += (loss - held_out.loss.mean) / (deviation / count.sqrt());
        accuracy_optimism +=
            (held_out.accuracy().rate() - accuracy) / (accuracy * (1.0 - accuracy) / count).sqrt();
        let right = (0..10_000)
            .filter(|_| unit(rng) <= accuracy + tolerance)
            .count() as u64;
        let evidence = Evidence {
            history: &[],
            selected: EpochMeasurement {
                train: measurement(right, 10_000, history[chosen].train.loss),
                ..history[chosen]
            },
            held_out: HeldOut::Validation {
                chosen_among: epochs,
            },
            baseline: 0.0,
            epochs_planned: 1,
            diverged: None,
            simpler: &[],
        };
        let gap = accuracy_gap(
            evidence.selected.train.accuracy(),
            held_out.accuracy(),
            CONFIDENCE,
        );
        untreated += usize::from(gap.high < tolerance);
        learned += usize::from(judge(&evidence, tolerance).verdict.name() == "learned");
        let crossed = |measured: &EpochMeasurement| {
            measured
                .since_best
                .is_some_and(|change| mean_change(change.validation, CONFIDENCE).low > 0.0)
        };
        crossings += usize::from(history[chosen + 1..].iter().any(crossed));
        rises += usize::from(rise(&history, epochs).is_some());
    }
    let share = |count: usize| count as f64 / repetitions as f64;
    Plateau {
        validation,
        epochs,
        wandering: (margins.wandering / spread).powi(2),
        loss_optimism: loss_optimism / repetitions as f64,
        accuracy_optimism: accuracy_optimism / repetitions as f64,
        false_learned: share(learned),
        false_learned_untreated: share(untreated),
        first_crossing: share(crossings),
        false_rise: share(rises),
    }
}

/// A network that memorises: after a quarter of the epochs, margins grow in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Memorising {
    /// Validation samples.
    pub validation: usize,
    /// Epochs of the run.
    pub epochs: usize,
    /// By how much the true validation loss rises in all.
    pub true_rise: f64,
    /// How often [`rise()`] sees it.
    pub seen: f64,
    /// The mean epoch since which it is seen, if it ever is; in truth it begins after a quarter of the epochs.
    pub since_epoch: Option<f64>,
}

/// Runs of 40 epochs whose margins grow to 1.25, 1.5 and 2 times what they were.
#[must_use]
pub fn memorising(rng: &mut impl Rng) -> Vec<Memorising> {
    let (epochs, repetitions) = (40, 100);
    let margins = Margins {
        steady: 3.0,
        wandering: 1.0,
        memory: 0.9,
    };
    let mut rows = Vec::new();
    for growth in [1.25, 1.5, 2.0] {
        for validation in [50, 200, 1000] {
            let start = epochs / 4;
            let scale = |epoch: usize| {
                let part = epoch.saturating_sub(start) as f64 / (epochs - start) as f64;
                1.0 + (growth - 1.0) * part
            };
            let (mut seen, mut since) = (0, 0);
            for _ in 0..repetitions {
                let history = run(margins, (validation, epochs), scale, rng);
                if let Some(found) = rise(&history, epochs) {
                    seen += 1;
                    since += found.since_epoch;
                }
            }
            let spread = margins.steady.hypot(margins.wandering);
            rows.push(Memorising {
                validation,
                epochs,
                true_rise: scaled_loss(spread, growth).0 - scaled_loss(spread, 1.0).0,
                seen: f64::from(seen) / f64::from(repetitions),
                since_epoch: (seen > 0).then(|| since as f64 / f64::from(seen)),
            });
        }
    }
    rows
}

/// One run's history: `scale` multiplies all margins of an epoch. Training loss falls surely, which leaves the
/// decision to validation alone.
fn run(
    margins: Margins,
    (validation, epochs): (usize, usize),
    scale: impl Fn(usize) -> f64,
    rng: &mut impl Rng,
) -> Vec<EpochMeasurement> {
    let steady: Vec<f64> = (0..validation)
        .map(|_| MEAN_MARGIN + margins.steady * gaussian(rng))
        .collect();
    let mut wandering: Vec<f64> = (0..validation).map(|_| gaussian(rng)).collect();
    let (mut best, mut best_losses) = (f64::INFINITY, Vec::new());
    let fall = Moments {
        count: 1000,
        mean: -0.1,
        variance: 1e-4,
        third: 0.0,
    };
    let mut history = Vec::with_capacity(epochs);
    for epoch in 1..=epochs {
        let answers: Vec<f64> = steady
            .iter()
            .zip(&wandering)
            .map(|(steady, wandering)| scale(epoch) * (steady + margins.wandering * wandering))
            .collect();
        let losses: Vec<f64> = answers.iter().copied().map(cross_entropy).collect();
        let right = answers.iter().filter(|&&margin| margin > 0.0).count();
        let moments = Moments::of(&losses);
        let since_best = (moments.mean >= best).then(|| LossChange {
            train: fall,
            validation: Moments::of(
                &losses
                    .iter()
                    .zip(&best_losses)
                    .map(|(now, best)| now - best)
                    .collect::<Vec<f64>>(),
            ),
        });
        if since_best.is_none() {
            best = moments.mean;
            best_losses = losses;
        }
        history.push(EpochMeasurement {
            epoch,
            train: measurement(1000, 1000, fall),
            validation: Some(measurement(right as u64, validation as u64, moments)),
            since_best,
        });
        for margin in &mut wandering {
            *margin =
                margins.memory * *margin + (1.0 - margins.memory.powi(2)).sqrt() * gaussian(rng);
        }
    }
    history
}

fn measurement(successes: u64, trials: u64, loss: Moments) -> Measurement {
    Measurement {
        score: Score::Accuracy(Proportion { successes, trials }),
        loss,
    }
}

fn lowest_loss(history: &[EpochMeasurement]) -> Option<usize> {
    history
        .iter()
        .rposition(|measured| measured.since_best.is_none())
}

/// Mean and standard deviation of the loss of Gaussian margins.
fn true_loss(spread: f64) -> (f64, f64) {
    scaled_loss(spread, 1.0)
}

/// [`true_loss`] of margins all multiplied by `scale`; by the trapezoidal rule, exact to rounding for so smooth a
/// function.
fn scaled_loss(spread: f64, scale: f64) -> (f64, f64) {
    let (mut sum, mut squares, mut weights) = (0.0, 0.0, 0.0);
    for step in -9000..=9000 {
        let z = f64::from(step) / 1000.0;
        let weight = (-z * z / 2.0).exp();
        let loss = cross_entropy(scale * (MEAN_MARGIN + spread * z));
        sum += weight * loss;
        squares += weight * loss * loss;
        weights += weight;
    }
    let mean = sum / weights;
    (mean, (squares / weights - mean * mean).sqrt())
}
