//! By seeded draws: intervals of the loss gap where losses are distributed as networks' are.

use rand::Rng;
use serde::Serialize;

use super::super::{CONFIDENCE, Moments, loss_gap};
use super::{cross_entropy, gaussian, unit};

/// How per-sample losses are distributed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Losses {
    /// A memorised training split: exponential with mean 0.01.
    Memorised,
    /// Cross-entropy of margins with mean 3 and standard deviation 3: 84 % right, skewness 3.
    Margins,
    /// 2 % confident mistakes of 3 + an exponential with mean 2, the others e^(−4 + 1.5 × a Gaussian): skewness 9.
    RareMistakes,
    /// e^(1.5 × a Gaussian): skewness 33.
    LogNormal,
}

impl Losses {
    pub(super) fn draw(self, rng: &mut impl Rng) -> f64 {
        match self {
            Self::Memorised => -0.01 * unit(rng).ln(),
            Self::Margins => cross_entropy(3.0 + 3.0 * gaussian(rng)),
            Self::RareMistakes if unit(rng) <= 0.02 => 3.0 - 2.0 * unit(rng).ln(),
            Self::RareMistakes => (1.5 * gaussian(rng) - 4.0).exp(),
            Self::LogNormal => (1.5 * gaussian(rng)).exp(),
        }
    }

    /// The true mean.
    pub(super) fn mean(self) -> f64 {
        match self {
            Self::Memorised => 0.01,
            Self::Margins => {
                // By the trapezoidal rule, which for such a smooth and vanishing integrand is exact to rounding.
                let (mut sum, mut weights) = (0.0, 0.0);
                for step in -9000..=9000 {
                    let z = f64::from(step) / 1000.0;
                    let weight = (-z * z / 2.0).exp();
                    sum += weight * cross_entropy(3.0 + 3.0 * z);
                    weights += weight;
                }
                sum / weights
            }
            Self::RareMistakes => 0.02 * 5.0 + 0.98 * (1.125_f64 - 4.0).exp(),
            Self::LogNormal => 1.125_f64.exp(),
        }
    }
}

/// How often the interval of the loss gap holds the true gap.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LossCoverage {
    /// Of the training losses.
    pub train_losses: Losses,
    /// Of the validation losses.
    pub validation_losses: Losses,
    /// Training samples.
    pub train: usize,
    /// Validation samples.
    pub validation: usize,
    /// How often the interval held the true gap.
    pub covered: f64,
    /// How often it lay wholly above.
    pub above: f64,
    /// How often it lay wholly below.
    pub below: f64,
    /// How often Welch's interval alone, without the correction for skewness, held it.
    pub covered_by_welch: f64,
}

/// [`LossCoverage`] of a memorised and of an equally distributed training split, for 20 to 2000 samples.
///
/// 4000 repetitions, fewer of large splits: the standard error of 95 % is 0.35 points, 1.0 for 2000 samples.
#[must_use]
pub fn loss_coverage(rng: &mut impl Rng) -> Vec<LossCoverage> {
    let mut rows = Vec::new();
    for validation_losses in [Losses::Margins, Losses::RareMistakes, Losses::LogNormal] {
        for train_losses in [Losses::Memorised, validation_losses] {
            for (train, validation) in [(20, 20), (50, 50), (500, 100), (200, 200), (2000, 2000)] {
                let repetitions = (1_000_000 / (train + validation)).clamp(500, 4000);
                rows.push(loss_row(
                    (train_losses, train),
                    (validation_losses, validation),
                    repetitions,
                    rng,
                ));
            }
        }
    }
    rows
}

fn loss_row(
    train: (Losses, usize),
    validation: (Losses, usize),
    repetitions: usize,
    rng: &mut impl Rng,
) -> LossCoverage {
    let truth = validation.0.mean() - train.0.mean();
    let mut draw = |(losses, count): (Losses, usize)| {
        let drawn: Vec<f64> = (0..count).map(|_| losses.draw(rng)).collect();
        Moments::of(&drawn)
    };
    let (mut above, mut below, mut welch) = (0, 0, 0);
    for _ in 0..repetitions {
        let (seen, held_out) = (draw(train), draw(validation));
        let gap = loss_gap(seen, held_out, CONFIDENCE);
        above += usize::from(gap.low > truth);
        below += usize::from(gap.high < truth);
        let symmetric = |moments| Moments {
            third: 0.0,
            ..moments
        };
        let gap = loss_gap(symmetric(seen), symmetric(held_out), CONFIDENCE);
        welch += usize::from(gap.low <= truth && truth <= gap.high);
    }
    let share = |count: usize| count as f64 / repetitions as f64;
    LossCoverage {
        train_losses: train.0,
        validation_losses: validation.0,
        train: train.1,
        validation: validation.1,
        covered: 1.0 - share(above) - share(below),
        above: share(above),
        below: share(below),
        covered_by_welch: share(welch),
    }
}
