//! How often the intervals hold the truth, and how often a curve that is no power law gets an answer.
//!
//! Every validation sample has a difficulty that all runs share: with chance `shared` a run's answer to it is decided by
//! that difficulty, else by an own draw. Error rates vary between seeds (the whole curve) and between runs.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Answer, Fit, Quantity, Reason, Run, fit};
use crate::generalization::gap::Proportion;

/// What is true, and how it is measured.
#[derive(Clone, Copy)]
pub(super) struct Design {
    pub seeds: u64,
    pub sizes: usize,
    pub validation: usize,
    pub blocks: usize,
    /// The chance that a sample's difficulty decides.
    pub shared: f64,
    /// Relative standard deviation between seeds, and again between runs.
    pub spread: f64,
    /// Training error, the same at every size.
    pub train: f64,
    pub smallest: f64,
    pub ratio: f64,
}

pub(super) const USUAL: Design = Design {
    seeds: 5,
    sizes: 6,
    validation: 1000,
    blocks: 20,
    shared: 0.8,
    spread: 0.05,
    train: 0.0,
    smallest: 100.0,
    ratio: 2.0,
};

impl Design {
    pub(super) fn at(&self, index: usize) -> f64 {
        (self.smallest * self.ratio.powf(index as f64)).round()
    }
    pub(super) fn largest(&self) -> f64 {
        self.at(self.sizes - 1)
    }
}

fn normal(random: &mut impl Rng) -> f64 {
    // Box and Muller; 1 − u is never zero.
    let (first, second): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - first).ln()).sqrt() * (std::f64::consts::TAU * second).cos()
}

pub(super) fn simulate(
    design: &Design,
    curve: impl Fn(f64) -> f64,
    random: &mut impl Rng,
) -> Vec<Run> {
    let difficulty = (0..design.validation)
        .map(|_| random.random::<f64>())
        .collect::<Vec<_>>();
    let mut runs = Vec::new();
    for seed in 0..design.seeds {
        let of_seed = normal(random);
        for index in 0..design.sizes {
            let factor = 1.0 + design.spread * (of_seed + normal(random));
            let size = design.at(index);
            let rate = (curve(size) * factor).clamp(0.0, 1.0);
            let mut validation = vec![
                Proportion {
                    successes: 0,
                    trials: 0
                };
                design.blocks
            ];
            for (sample, shared) in difficulty.iter().enumerate() {
                let fate = if random.random::<f64>() < design.shared {
                    *shared
                } else {
                    random.random()
                };
                let block = &mut validation[sample % design.blocks];
                block.trials += 1;
                block.successes += u64::from(fate >= rate);
            }
            let wrong = (0..size as u64)
                .filter(|_| design.train > 0.0 && random.random::<f64>() < design.train)
                .count() as u64;
            let train = Proportion {
                successes: size as u64 - wrong,
                trials: size as u64,
            };
            runs.push(Run {
                seed,
                training_samples: size as u64,
                train,
                validation,
            });
        }
    }
    runs
}

/// What came out of many simulated experiments.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub experiments: u32,
    pub exponent: u32,
    pub curve: u32,
    pub beyond: u32,
    pub answered: u32,
    /// Of all: the interval of N that follows from the exponent's, whether or not it is given.
    pub holds: u32,
    pub false_answers: u32,
    pub at_least: u32,
    pub lack_of_fit: u32,
    pub not_decreasing: u32,
    pub nothing: u32,
    pub no_amount: u32,
}

impl Tally {
    pub(super) fn add(
        &mut self,
        fitted: &Fit,
        exponent: f64,
        curve: impl Fn(f64) -> f64,
        needed: f64,
    ) {
        self.experiments += 1;
        self.exponent +=
            u32::from(fitted.exponent.low <= exponent && exponent <= fitted.exponent.high);
        let inside = |index: usize| {
            let point = fitted.curve[index];
            let truth = curve(point.training_samples);
            u32::from(point.value.low <= truth && truth <= point.value.high)
        };
        self.curve += inside(0);
        self.beyond += inside(1);
        match fitted.halving {
            Answer::Samples { samples, .. } => {
                self.answered += 1;
                let holds = samples.low <= needed && needed <= samples.high;
                self.holds += u32::from(holds);
                self.false_answers += u32::from(!holds);
            }
            Answer::AtLeast { samples, .. } => {
                self.at_least += 1;
                self.false_answers += u32::from(needed < samples);
            }
            Answer::NoAmount { .. } => {
                self.no_amount += 1;
                self.false_answers += u32::from(needed.is_finite());
            }
            Answer::Unsupported(reason) => match reason {
                Reason::LackOfFit { .. } => self.lack_of_fit += 1,
                Reason::NotDecreasing => self.not_decreasing += 1,
                _ => self.nothing += 1,
            },
        }
    }
}

/// `count` experiments with a true law (`floor`, error at the smallest size above the floor, exponent).
pub(super) fn law(
    design: &Design,
    quantity: Quantity,
    truth: (f64, f64, f64),
    count: u64,
) -> Tally {
    let (floor, start, exponent) = truth;
    let power = |size: f64| start * (size / design.smallest).powf(-exponent);
    let curve = |size: f64| floor + power(size);
    let design = Design {
        train: if quantity == Quantity::VanishingGap {
            floor
        } else {
            0.0
        },
        ..*design
    };
    let largest = design.largest();
    let needed = match quantity {
        Quantity::VanishingGap => largest * (1.0 / exponent).exp2(),
        Quantity::ValidationError | Quantity::Gap => {
            let share = (power(largest) - floor) / (2.0 * power(largest));
            if share > 0.0 {
                largest * share.powf(-1.0 / exponent)
            } else {
                f64::INFINITY
            }
        }
    };
    let mut tally = Tally::default();
    for experiment in 0..count {
        let mut random = ChaCha8Rng::seed_from_u64(experiment);
        let runs = simulate(&design, curve, &mut random);
        let fitted = fit(
            &runs,
            quantity,
            &[design.at(design.sizes / 2), 4.0 * largest],
        )
        .expect("a usable design");
        let truth = |size| {
            if quantity == Quantity::VanishingGap {
                power(size)
            } else {
                curve(size)
            }
        };
        tally.add(&fitted, exponent, truth, needed);
    }
    tally
}

/// `count` experiments with a curve that is no power law.
pub(super) fn shape(
    design: &Design,
    quantity: Quantity,
    curve: impl Fn(f64) -> f64,
    needed: f64,
    count: u64,
) -> Tally {
    let mut tally = Tally::default();
    for experiment in 0..count {
        let mut random = ChaCha8Rng::seed_from_u64(experiment);
        let runs = simulate(design, &curve, &mut random);
        let fitted = fit(&runs, quantity, &[design.largest(), 4.0 * design.largest()])
            .expect("a usable design");
        tally.add(&fitted, f64::NAN, &curve, needed);
    }
    tally
}

/// A name and the error at a number of training samples.
pub(super) type Shape = (&'static str, fn(f64) -> f64);

/// Curves over 100 to 3200 samples that are no power laws, grossly.
pub(super) fn shapes() -> [Shape; 6] {
    [
        ("flat", |_| 0.2),
        ("rising", |size| 0.1 + 0.03 * (size / 100.0).log2()),
        ("peaking", |size| power(0.35, size) + bump(0.15, size)),
        ("U-shaped", |size| {
            0.1 + 0.04 * (size / 500.0).log2().powi(2)
        }),
        ("exponential", |size| 0.4 * (-size / 800.0).exp() + 0.02),
        ("step", |size| 0.05 + 0.3 / (1.0 + (size / 800.0).powi(4))),
    ]
}

/// And slightly, with the number of training samples that halves what is there at 3200; the truth of a gap with a floor
/// of 7 points is that no number does.
pub(super) fn slight_shapes() -> [(Shape, f64); 4] {
    [
        (
            ("slight peak", |size| power(0.35, size) + bump(0.02, size)),
            12_800.0,
        ),
        (
            ("larger peak", |size| power(0.35, size) + bump(0.05, size)),
            12_800.0,
        ),
        (("gap floor 2", |size| 0.02 + power(0.35, size)), 27_950.0),
        (
            ("gap floor 7", |size| 0.07 + power(0.35, size)),
            f64::INFINITY,
        ),
    ]
}

fn power(start: f64, size: f64) -> f64 {
    start * (size / 100.0).powf(-0.5)
}

/// Double descent's peak, half as wide as the range.
fn bump(height: f64, size: f64) -> f64 {
    height * (-((size / 400.0).log2()).powi(2)).exp()
}
