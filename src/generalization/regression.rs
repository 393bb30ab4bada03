//! The verdict where numbers are predicted: the same words, from squared errors.
//!
//! Every squared error here counts in variances of the training split, so that always answering the training mean leaves an
//! error of 1 there, and a network's mean error is the share of the variance that it leaves unexplained. What is judged:
//!
//! - **R² of a split** = 1 − Σ(y − ŷ)² / Σ(y − m)², m the mean of the *training* split whichever split it is: how much better
//!   the network is than the best answer that needs no inputs. A held-out split's own mean is not known before it is seen,
//!   and comparing with it would make each split a contest with another opponent (Hawinkel, Waegeman and Maere 2024, The
//!   American Statistician 78:15-25). It is 1 at best, 0 for the mean itself, and below 0 for worse.
//! - **The gap** = held-out minus training mean squared error, in variances of the training split: points of R². Both errors are
//!   divided by the *same* variance, so that a held-out split whose numbers happen to lie closer together does not make a gap
//!   by itself; it is therefore not exactly the difference of the two R². Its interval is that of [`loss_gap`].
//! - **The tolerance** is the same key as for classes: 0.05 is five points of R².
//!
//! The tests are those of the verdict on classes, in the same order (`verdict.rs` says why):
//!
//! | | test | verdict |
//! |---|---|---|
//! | 1 | training broke down, or the kept network's training error is not a finite number | diverged |
//! | 2 | the kept network is shown neither to have learned nor to be overfit, and the last epoch's, if it is another, has a gap whose lower end is above the tolerance | overfit |
//! | 3 | training R² is not above 0: its lower end is at most 0, and its upper end at most 0.5 | underfit |
//! | 4 | nothing is held out | inconclusive |
//! | 5 | the lower end of the gap's interval is above the tolerance | overfit |
//! | 6 | training error was clearly still falling when the planned epochs ran out: by an interval above the tolerance | underfit |
//! | 7 | the kept network's *training* error is above what a simpler method leaves on validation, by an interval above the tolerance | underfit |
//! | 8 | the upper end of the gap's interval (of 99 %, if validation chose among more than 10 epochs) is below the tolerance, and the held-out errors are below those of the training mean, sample by sample, by an interval above zero | learned |
//! | 9 | none of these | inconclusive |
//!
//! Squared errors have heavy tails: of normal errors the square already has a skewness of 2.8, and one outlier may hold more
//! than all the others together. What that does to the intervals and verdicts stands, in numbers, in `simulation/squares.rs`: with normal
//! errors the interval holds the true gap 94 to 96 % of the time; with rare outliers a thousand samples have to be held out.

mod rule;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::evidence::{Answered, EpochMeasurement, Evidence};
use super::gap::{CONFIDENCE, Estimate};
use super::mean::{Moments, loss_gap, mean_change};
use super::rise::rise;
use super::rule::Answer;
use super::verdict::{Compared, Judgement, Outdone};

/// What is explained of the numbers of one split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// By how much each sample's squared error is below that of always answering the training mean.
    pub improvement: Moments,
    /// Each sample's part in R²: the mean is R² itself, and the spread that of R² as a ratio of two means.
    pub part: Moments,
}

impl Explained {
    /// Of the squared errors of a network, and of those of always answering the training mean, sample by sample.
    ///
    /// R² = 1 − ρ, ρ = Σe/Σb, is a ratio of means, whose sampling error is, in the first order, that of the mean of
    /// R² − (e − ρb)/b̄ (Cochran 1977, Sampling Techniques, section 6.4).
    /// Where all numbers of the split are the training mean, there is nothing to explain and it is NaN.
    #[must_use]
    pub fn of(errors: &[f64], of_the_mean: &[f64]) -> Self {
        let pairs = || errors.iter().zip(of_the_mean);
        let count = errors.len() as f64;
        let sum: f64 = errors.iter().sum();
        let sum_of_the_mean: f64 = of_the_mean.iter().sum();
        let (ratio, mean) = (sum / sum_of_the_mean, sum_of_the_mean / count);
        let improvement: Vec<f64> = pairs().map(|(error, of_mean)| of_mean - error).collect();
        let part: Vec<f64> = pairs()
            .map(|(error, of_mean)| 1.0 - ratio - (error - ratio * of_mean) / mean)
            .collect();
        Self {
            improvement: Moments::of(&improvement),
            part: Moments::of(&part),
        }
    }

    /// R² alone, where no more than that is known of the samples.
    #[must_use]
    pub fn unknown(r2: f64, samples: u64) -> Self {
        let moments = |mean| Moments {
            count: samples,
            mean,
            variance: f64::NAN,
            third: 0.0,
        };
        Self {
            improvement: moments(f64::NAN),
            part: moments(r2),
        }
    }

    /// R² with its interval, whose upper end is at most 1.
    #[must_use]
    pub fn r2(&self, confidence: f64) -> Estimate {
        let Estimate { value, low, high } = mean_change(self.part, confidence);
        Estimate {
            value,
            low,
            high: high.min(1.0),
        }
    }
}

/// The tests that need nothing but one epoch: 1, 3, 4, 5 and 8.
pub(super) fn of_one_epoch(evidence: &Evidence<'_>, tolerance: f64) -> Answer {
    super::rule::diverged(evidence)
        .or_else(|| rule::not_above_the_mean(evidence))
        .or_else(|| super::rule::nothing_held_out(evidence))
        .or_else(|| rule::overfit(evidence, tolerance))
        .or_else(|| rule::learned(evidence, tolerance))
}

/// Validation minus training error, where both were measured.
pub(super) fn gap_of(measured: &EpochMeasurement) -> Option<Estimate> {
    rule::gap_of(measured)
}

/// Judges the kept network by the rule of this module.
pub(super) fn judge(evidence: &Evidence<'_>, tolerance: f64) -> Judgement {
    let selected = &evidence.selected;
    let (verdict, reason) = super::rule::diverged(evidence)
        .or_else(|| rule::memorised(evidence, tolerance))
        .or_else(|| rule::not_above_the_mean(evidence))
        .or_else(|| super::rule::nothing_held_out(evidence))
        .or_else(|| rule::overfit(evidence, tolerance))
        .or_else(|| rule::still_improving(evidence, tolerance))
        .or_else(|| rule::outdone(evidence, tolerance))
        .or_else(|| rule::learned(evidence, tolerance))
        .unwrap_or_else(|| rule::undecided(evidence, tolerance));
    let r2 = |explained: Option<Explained>| {
        explained
            .map(|explained| explained.r2(CONFIDENCE))
            .filter(|r2| r2.value.is_finite())
    };
    let gap = rule::gap_of(selected).filter(|gap| gap.value.is_finite());
    Judgement {
        verdict,
        reason,
        compared: Compared::R2 {
            train_r2: r2(selected.train.explained()),
            validation_r2: r2(selected
                .held_out()
                .and_then(|held_out| held_out.explained())),
            r2_gap: gap,
        },
        loss_gap: gap,
        rise: rise(evidence.history, evidence.epochs_planned),
        outdone: most_outdone(evidence, tolerance),
        held_out: evidence.held_out,
        baseline: evidence.baseline,
        tolerance,
        confidence: CONFIDENCE,
    }
}

/// The simpler method whose validation error is furthest below the kept network's training error, if it is so by more than
/// the tolerance. The intervals of k methods share the 5 % (Bonferroni).
fn most_outdone(evidence: &Evidence<'_>, tolerance: f64) -> Option<Outdone> {
    let train = evidence.selected.train.loss;
    let confidence = 1.0 - (1.0 - CONFIDENCE) / evidence.simpler.len().max(1) as f64;
    let outdone = evidence.simpler.iter().filter_map(|method| {
        let Answered::Errors(errors) = method.answered else {
            return None;
        };
        Some(Outdone {
            method: method.name,
            score: 1.0 - errors.mean,
            difference: loss_gap(errors, train, confidence),
        })
    });
    outdone
        .filter(|outdone| outdone.difference.low > tolerance)
        .max_by(|a, b| a.difference.low.total_cmp(&b.difference.low))
}
