//! From runs to one curve per seed and validation block, or the reason why not.

use std::collections::{BTreeMap, BTreeSet};

use super::{Quantity, Reason, Run, SIZES_NEEDED};
use crate::generalization::gap::{Proportion, float};

/// With two seeds, t has one degree of freedom and 95 % need 12.7 standard errors.
const SEEDS_NEEDED: usize = 3;

/// The complete curves, in the order of their seeds.
pub(super) struct Curves {
    /// Training samples, strictly ascending.
    pub sizes: Vec<f64>,
    /// By seed, block and size: the block's part of the seed's value, times the number of blocks, so that the mean over
    /// the blocks is the seed's value.
    pub cells: Vec<Vec<Vec<f64>>>,
    /// Each block's part of the validation samples, times the number of blocks: 1 for equal blocks.
    pub portions: Vec<f64>,
    /// Validation samples in all blocks.
    pub samples: f64,
    /// By size: the sampling variance of the training error, if it counts.
    pub training_variance: Vec<f64>,
}

type OfSeed<'a> = BTreeMap<u64, Vec<&'a Run>>;

impl Curves {
    /// Only seeds with a run at every size count: a curve with a missing point cannot be averaged with the others
    /// without that point's difference looking like the size's. Several runs of one seed and size are added up.
    pub(super) fn of(runs: &[Run], quantity: Quantity) -> Result<Self, Reason> {
        let split = split(runs)?;
        let sizes = runs
            .iter()
            .map(|run| run.training_samples)
            .collect::<BTreeSet<_>>();
        if sizes.len() < SIZES_NEEDED {
            return Err(Reason::TooFewSizes {
                sizes: sizes.len() as u64,
                needed: SIZES_NEEDED as u64,
            });
        }
        let mut curves: BTreeMap<u64, OfSeed> = BTreeMap::new();
        for run in runs {
            let curve = curves.entry(run.seed).or_default();
            curve.entry(run.training_samples).or_default().push(run);
        }
        curves.retain(|_, curve| curve.len() == sizes.len());
        if curves.len() < SEEDS_NEEDED {
            return Err(Reason::TooFewSeeds {
                seeds: curves.len() as u64,
                needed: SEEDS_NEEDED as u64,
            });
        }
        let samples = split.iter().sum::<f64>();
        let portions = split
            .iter()
            .map(|trials| trials * split.len() as f64 / samples)
            .collect::<Vec<_>>();
        let mut training_variance = vec![0.0; sizes.len()];
        if quantity != Quantity::ValidationError {
            for curve in curves.values() {
                for (sum, runs) in training_variance.iter_mut().zip(curve.values()) {
                    let trained = error(runs.iter().map(|run| run.train));
                    let trials = runs.iter().map(|run| float(run.train.trials)).sum::<f64>();
                    *sum += trained * (1.0 - trained) / trials / curves.len() as f64;
                }
            }
        }
        Ok(Self {
            sizes: sizes.into_iter().map(float).collect(),
            cells: curves
                .values()
                .map(|curve| cells(curve, quantity, &portions))
                .collect(),
            portions,
            samples,
            training_variance,
        })
    }
}

/// The validation samples of every block, the same in every run.
fn split(runs: &[Run]) -> Result<Vec<f64>, Reason> {
    let trials = |run: &Run| {
        run.validation
            .iter()
            .map(|block| block.trials)
            .collect::<Vec<_>>()
    };
    let split = runs.first().map(trials).unwrap_or_default();
    if runs.iter().any(|run| trials(run) != split) {
        return Err(Reason::DifferentValidationSplits);
    }
    if split.is_empty() || split.contains(&0) {
        return Err(Reason::NoValidationSamples);
    }
    if runs
        .iter()
        .any(|run| run.training_samples == 0 || run.train.trials == 0)
    {
        return Err(Reason::NoTrainingSamples);
    }
    Ok(split.into_iter().map(float).collect())
}

/// One seed's values, by block and size.
fn cells(curve: &OfSeed, quantity: Quantity, portions: &[f64]) -> Vec<Vec<f64>> {
    let value = |block: usize, portion: f64, runs: &[&Run]| {
        let wrong = error(runs.iter().map(|run| run.validation[block]));
        portion
            * match quantity {
                Quantity::ValidationError => wrong,
                Quantity::Gap | Quantity::VanishingGap => {
                    wrong - error(runs.iter().map(|run| run.train))
                }
            }
    };
    portions
        .iter()
        .enumerate()
        .map(|(block, &portion)| {
            curve
                .values()
                .map(|runs| value(block, portion, runs))
                .collect()
        })
        .collect()
}

/// The share of wrong answers.
fn error(counts: impl Iterator<Item = Proportion>) -> f64 {
    let (right, trials) = counts.fold((0.0, 0.0), |(right, trials), count| {
        (
            right + float(count.successes.min(count.trials)),
            trials + float(count.trials),
        )
    });
    1.0 - right / trials
}
