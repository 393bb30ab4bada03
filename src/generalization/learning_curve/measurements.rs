//! The runs as one curve per seed, their mean, and how far the mean may be from the truth.
//!
//! Two things are random and shared. A **seed** chooses initial weights, shuffle and the nested subsets, so all points
//! of its curve err together. The **validation samples** are the same in every run, and a sample that is hard for one
//! network is hard for the next, so all seeds err together, and not by the same amount at every size. No number of
//! seeds shows the second error; counting right answers apart in blocks of the validation split does. Seeds and blocks
//! are crossed random effects, and for any contrast Σ cⱼ yⱼ of the mean curve y the variance is taken to be
//! (MS(seeds) + MS(blocks)) / (S B), with the mean squares of a two-way analysis of variance of the contrast's value in
//! every cell, and Satterthwaite's degrees of freedom (1946, Biometrics Bulletin 2:110-114).
//!
//! The unbiased variance subtracts MS(cells) (Cornfield and Tukey 1956, Annals of Mathematical Statistics 27:907-949;
//! Cameron, Gelbach and Miller 2011, Journal of Business & Economic Statistics 29:238-249). It is left in, because the
//! difference of mean squares has no usable degrees of freedom with three seeds; this errs to the wide side only.

use super::curves::Curves;
use crate::generalization::gap::CONFIDENCE;
use crate::generalization::quantiles;

/// The mean curve and its variance components.
pub(super) struct Measurements {
    /// Training samples, strictly ascending.
    pub sizes: Vec<f64>,
    /// The mean over the seeds, one per size.
    pub mean: Vec<f64>,
    /// The sampling variance of one run's training error, one per size; for weights only.
    pub training_variance: Vec<f64>,
    /// Validation samples.
    pub samples: f64,
    /// Mean squares and products between seeds and between blocks.
    components: [Component; 2],
    /// The number of seeds with a run at every size.
    pub seeds: u64,
    /// The number of cells: seeds times blocks.
    cells: f64,
    /// Quantiles of Student's t, evenly spaced in 1 / degrees of freedom: some ten thousand are asked for.
    quantiles: Vec<f64>,
    /// The variance of one run's rate from its being a whole number of samples.
    rounding: f64,
}

/// Mean squares (diagonal) and products of the sizes' values, from one source.
pub(super) struct Component {
    products: Vec<Vec<f64>>,
    freedom: f64,
}

impl Component {
    fn product(&self, left: &[f64], right: &[f64]) -> f64 {
        self.products
            .iter()
            .zip(left)
            .map(|(row, left)| {
                left * row
                    .iter()
                    .zip(right)
                    .map(|(value, right)| value * right)
                    .sum::<f64>()
            })
            .sum()
    }
}

/// A linear combination of the mean curve, its standard error and its quantile of Student's t.
#[derive(Clone, Copy)]
pub(super) struct Contrast {
    pub value: f64,
    pub error: f64,
    pub quantile: f64,
}

impl Contrast {
    /// How much of the half-width of its 95 % interval the value is: beyond ±1, it is not zero.
    pub(super) fn ratio(self) -> f64 {
        let half = self.error * self.quantile;
        if self.value == 0.0 {
            0.0
        } else {
            self.value / half
        }
    }
}

impl Measurements {
    /// The two-way analysis of variance.
    pub(super) fn of(curves: Curves) -> Self {
        let Curves {
            sizes,
            cells,
            portions,
            samples,
            training_variance,
        } = curves;
        let (seeds, blocks, width) = (cells.len() as f64, portions.len() as f64, sizes.len());
        let average = |vectors: &mut dyn Iterator<Item = Vec<f64>>, count: f64| {
            vectors.fold(vec![0.0; width], |mut sum, vector| {
                sum.iter_mut()
                    .zip(vector)
                    .for_each(|(sum, value)| *sum += value / count);
                sum
            })
        };
        let of_seeds = cells
            .iter()
            .map(|of_seed| average(&mut of_seed.iter().cloned(), blocks))
            .collect::<Vec<_>>();
        let mean = average(&mut of_seeds.iter().cloned(), seeds);
        let deviations = |values: &[f64], portion: f64| {
            values
                .iter()
                .zip(&mean)
                .map(|(value, mean)| value - portion * mean)
                .collect::<Vec<_>>()
        };
        let of_blocks = portions.iter().enumerate().map(|(block, &portion)| {
            let values = average(
                &mut cells.iter().map(|of_seed| of_seed[block].clone()),
                seeds,
            );
            // A large block has more wrong answers than a small one for no other reason than its size.
            deviations(&values, portion)
        });
        let between_blocks = of_blocks.collect::<Vec<_>>();
        let between_seeds = of_seeds
            .iter()
            .map(|values| deviations(values, 1.0))
            .collect::<Vec<_>>();
        let components = [
            Component {
                products: products(&between_seeds, blocks, width),
                freedom: seeds - 1.0,
            },
            Component {
                products: products(&between_blocks, seeds, width),
                freedom: blocks - 1.0,
            },
        ];
        let range = inverse_freedoms(&components);
        let at = |step: u32| range.0 + (range.1 - range.0) * f64::from(step) / f64::from(QUANTILES);
        Self {
            quantiles: (0..=QUANTILES)
                .map(|step| quantiles::students_t(CONFIDENCE, 1.0 / at(step)))
                .collect(),
            sizes,
            mean,
            training_variance,
            samples,
            components,
            seeds: cells.len() as u64,
            cells: seeds * blocks,
            rounding: 1.0 / (12.0 * samples * samples),
        }
    }

    /// Σ `coefficients`ⱼ yⱼ with its standard error.
    ///
    /// Equal counts of all seeds are no proof of no error: the variance is at least that of rounding to whole samples,
    /// 1/12 of a sample squared.
    pub(super) fn contrast(&self, coefficients: &[f64]) -> Contrast {
        let [seeds, blocks] = self.components.each_ref().map(|component| {
            let square = component.product(coefficients, coefficients);
            (square.max(0.0) / self.cells, component.freedom)
        });
        let rounding = coefficients.iter().map(|value| value * value).sum::<f64>() * self.rounding;
        let variance = seeds.0 + blocks.0;
        let freedom = freedom(&[seeds, blocks]);
        Contrast {
            value: coefficients
                .iter()
                .zip(&self.mean)
                .map(|(left, right)| left * right)
                .sum(),
            error: variance.max(rounding).sqrt(),
            quantile: self.quantile(freedom),
        }
    }

    /// The covariance of two contrasts over the variance of the second: how far the second, known, moves the first.
    pub(super) fn regression(&self, first: &[f64], second: &[f64]) -> f64 {
        let product = |left: &[f64], right: &[f64]| {
            self.components
                .iter()
                .map(|component| component.product(left, right))
                .sum::<f64>()
        };
        let square = product(second, second);
        if square > 0.0 {
            product(first, second) / square
        } else {
            0.0
        }
    }

    /// Interpolated linearly: off by less than 0.02 % of the value, for two degrees of freedom and up.
    fn quantile(&self, freedom: f64) -> f64 {
        let (low, high) = inverse_freedoms(&self.components);
        let place = if high > low {
            (1.0 / freedom - low) / (high - low)
        } else {
            0.0
        };
        let place = place.clamp(0.0, 1.0) * f64::from(QUANTILES);
        let index = (place as usize).min(QUANTILES as usize - 1);
        let part = place - index as f64;
        self.quantiles[index] * (1.0 - part) + self.quantiles[index + 1] * part
    }

    /// The variance of `rows` linear combinations added up, from each source, with its degrees of freedom.
    pub(super) fn variances(&self, rows: &[Vec<f64>], rank: f64) -> (f64, f64) {
        let sources = self.components.each_ref().map(|component| {
            let trace = rows
                .iter()
                .map(|row| component.product(row, row))
                .sum::<f64>();
            (trace.max(0.0) / self.cells, component.freedom * rank)
        });
        let rounding = rows
            .iter()
            .flatten()
            .map(|value| value * value)
            .sum::<f64>()
            * self.rounding;
        (
            (sources[0].0 + sources[1].0).max(rounding),
            freedom(&sources),
        )
    }

    /// The last mean value, of the largest size.
    pub(super) fn last(&self) -> Contrast {
        let mut coefficients = vec![0.0; self.sizes.len()];
        if let Some(last) = coefficients.last_mut() {
            *last = 1.0;
        }
        self.contrast(&coefficients)
    }

    /// The largest size.
    pub(super) fn largest(&self) -> f64 {
        self.sizes.last().copied().unwrap_or(f64::NAN)
    }
}

/// Steps of the table of Student's t.
const QUANTILES: u32 = 32;

/// Mean squares and products of vectors that sum to zero, each standing for `repeats` cells.
fn products(deviations: &[Vec<f64>], repeats: f64, width: usize) -> Vec<Vec<f64>> {
    let freedom = (deviations.len() as f64 - 1.0).max(1.0);
    let product = |i: usize, j: usize| {
        deviations.iter().map(|row| row[i] * row[j]).sum::<f64>() * repeats / freedom
    };
    (0..width)
        .map(|i| (0..width).map(|j| product(i, j)).collect())
        .collect()
}

/// Satterthwaite's degrees of freedom lie between the smallest of the sources' and their sum.
fn inverse_freedoms(components: &[Component; 2]) -> (f64, f64) {
    let known = components
        .iter()
        .map(|component| component.freedom)
        .filter(|freedom| *freedom > 0.0);
    let (smallest, sum) = known.fold(
        (f64::INFINITY, 0.0),
        |(smallest, sum): (f64, f64), freedom| (smallest.min(freedom), sum + freedom),
    );
    (1.0 / sum, 1.0 / smallest)
}

/// Satterthwaite's degrees of freedom of a sum of variances.
fn freedom(sources: &[(f64, f64); 2]) -> f64 {
    let known = sources
        .iter()
        .filter(|(variance, freedom)| *variance > 0.0 && *freedom > 0.0);
    let (sum, squares) = known.fold((0.0, 0.0), |(sum, squares), (variance, freedom)| {
        (sum + variance, squares + variance * variance / freedom)
    });
    if squares > 0.0 {
        sum * sum / squares
    } else {
        sources[0].1
    }
}
