//! What the numbers of one epoch alone would say, while a run goes on.
//!
//! The tests of the rule that need nothing but the epoch itself, of classes 1, 3, 4, 5 and 8 ([`verdict`](super::verdict)). Whoever watches
//! sees many epochs, and the verdict of one of them is a word on the way, not the verdict on the run: that one knows the kept
//! epoch, the whole history and what simpler methods score.

use super::evidence::{EpochMeasurement, Evidence, HeldOut, Score};
use super::gap::Estimate;
use super::verdict::Verdict;
use super::{regression, rule};

/// By what epochs are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glance {
    /// The accuracy of always answering the most frequent training class; 0 where the answers are numbers.
    pub baseline: f64,
    /// The gap that is still called small.
    pub tolerance: f64,
}

/// How an epoch stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// What the tolerance is compared with; absent where nothing is held out.
    pub gap: Option<Estimate>,
    /// By this epoch's numbers alone; without the samples that would decide where it is inconclusive.
    pub verdict: Verdict,
}

impl Glance {
    /// Looks at one epoch.
    #[must_use]
    pub fn at(&self, measured: &EpochMeasurement) -> Standing {
        let evidence = Evidence {
            history: &[],
            selected: *measured,
            held_out: HeldOut::Validation {
                chosen_among: measured.epoch,
            },
            baseline: self.baseline,
            epochs_planned: 0,
            diverged: None,
            simpler: &[],
        };
        let found = match measured.train.score {
            Score::Accuracy(_) => rule::diverged(&evidence)
                .or_else(|| rule::not_above_the_baseline(&evidence))
                .or_else(|| rule::nothing_held_out(&evidence))
                .or_else(|| rule::overfit(&evidence, self.tolerance))
                .or_else(|| rule::learned(&evidence, self.tolerance)),
            Score::R2(_) => regression::of_one_epoch(&evidence, self.tolerance),
        };
        let undecided = Verdict::Inconclusive {
            validation_samples_needed: None,
        };
        Standing {
            gap: measured.gap(),
            verdict: found.map_or(undecided, |(verdict, _)| verdict),
        }
    }
}

impl EpochMeasurement {
    /// Training minus validation accuracy; of numbers validation minus training error. Absent where one was not measured.
    #[must_use]
    pub fn gap(&self) -> Option<Estimate> {
        match self.train.score {
            Score::Accuracy(_) => rule::gap_of(self),
            Score::R2(_) => regression::gap_of(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::Measurement;
    use super::super::gap::Proportion;
    use super::super::mean::Moments;
    use super::super::regression::Explained;
    use super::*;

    const GLANCE: Glance = Glance {
        baseline: 0.5,
        tolerance: 0.05,
    };

    fn measured(successes: u64, trials: u64) -> Measurement {
        Measurement {
            score: Score::Accuracy(Proportion { successes, trials }),
            loss: Moments {
                count: trials,
                mean: 0.1,
                variance: 0.01,
                third: 0.0,
            },
        }
    }

    fn word(train: Measurement, validation: Option<Measurement>) -> &'static str {
        let standing = GLANCE.at(&EpochMeasurement {
            epoch: 3,
            train,
            validation,
            since_best: None,
        });
        assert_eq!(standing.gap.is_some(), validation.is_some());
        standing.verdict.name()
    }

    #[test]
    fn one_epoch_has_a_word() {
        let of = |train, validation| word(measured(train, 1000), Some(measured(validation, 1000)));
        assert_eq!(of(990, 985), "learned");
        assert_eq!(of(990, 800), "overfit");
        assert_eq!(of(500, 500), "underfit");
        assert_eq!(of(990, 950), "inconclusive");
        assert_eq!(word(measured(990, 1000), None), "inconclusive");
        let mut broken = measured(990, 1000);
        broken.loss.mean = f64::NAN;
        assert_eq!(word(broken, None), "diverged");
    }

    #[test]
    fn of_numbers_too() {
        let of = |error: f64| {
            let of_the_mean: Vec<f64> = (0..1000).map(|i| 0.5 + f64::from(i % 10) / 9.0).collect();
            let errors: Vec<f64> = of_the_mean.iter().map(|mean| error * mean).collect();
            Measurement {
                score: Score::R2(Explained::of(&errors, &of_the_mean)),
                loss: Moments::of(&errors),
            }
        };
        assert_eq!(word(of(0.1), Some(of(0.1))), "learned");
        assert_eq!(word(of(0.1), Some(of(0.5))), "overfit");
        assert_eq!(word(of(1.0), Some(of(1.0))), "underfit");
    }
}
