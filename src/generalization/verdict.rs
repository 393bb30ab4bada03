//! The verdict: learned, overfit, underfit, diverged or inconclusive, and why.
//!
//! A significance test asks whether a gap is zero, which is the wrong question twice over: with enough samples every
//! network has *some* gap, and with few samples none is ever significant, which would let a network pass by not being
//! examined. The rule is therefore that of an equivalence test (Schuirmann 1987, Journal of Pharmacokinetics and
//! Biopharmaceutics 15:657-680): the user states which gap is tolerable, and "learned" has to be shown just as
//! "overfit" has. What is shown neither way is inconclusive, with the number of validation samples that would decide.
//!
//! The tests are asked in this order, and the first that answers decides; `judge` reads the same way:
//!
//! | | test | verdict |
//! |---|---|---|
//! | 1 | training broke down, or the kept network's training loss is not a finite number | diverged |
//! | 2 | training accuracy is not above the baseline: its Wilson lower end is at most the baseline, and it closes at most half of the distance from the baseline to 100 % | underfit |
//! | 3 | nothing is held out | inconclusive |
//! | 4 | the gap's interval lies above zero, and the gap is above the tolerance | overfit |
//! | 5 | training was clearly still improving when the planned epochs ran out | underfit |
//! | 6 | the upper end of the gap's interval is below the tolerance, and validation's Wilson lower end above the baseline | learned |
//! | 7 | none of these | inconclusive |
//!
//! Why so:
//! - Test 2 comes before test 3: a network that fails on its own training samples needs no others to be judged.
//!   A perceptron on the four points of XOR is underfit, a network that gets all four right is inconclusive.
//! - Its second half is for small or one-sided splits, where no result could lift the lower end above the baseline:
//!   5 of 5 against a baseline of 60 % have a lower end of 57 %, and are not for that underfit.
//! - Test 4 comes before test 5: a network that memorises random labels improves in training to the very end.
//! - Test 5 is meant to miss rather than to accuse. At least 8 epochs were planned and all were run; the last epoch's
//!   training accuracy is above the *best* of all epochs before the last quarter by more than the tolerance, with
//!   Newcombe's interval of that difference above zero; and the kept network is from the last quarter itself, since
//!   an earlier one was not improved by going on. Both epochs are measured on the same samples, for which an interval
//!   for independent ones is wider than need be.
//! - The loss gap is reported, not judged: cross-entropy grows without bound on a few confident mistakes, and no
//!   tolerance in its unit means the same for two networks.
//!
//! What the rule gets wrong, computed over every outcome for 1000 training and 200 validation samples, a baseline of
//! 50 %, a tolerance of 5 points and a training accuracy of 98 % (`verdict_tests` holds these numbers fixed):
//!
//! | true gap | learned | overfit | inconclusive |
//! |---|---|---|---|
//! | none | 90.3 % | 0.0 % | 9.7 % |
//! | 2.5 points | 24.0 % | 5.5 % | 70.5 % |
//! | 5 points | 1.8 % | 47.5 % | 50.7 % |
//! | 10 points | 0.0 % | 98.7 % | 1.3 % |
//! | 15 points | 0.0 % | 100.0 % | 0.0 % |
//!
//! Over 11 pairs of sizes from 10 to 5000 samples, tolerances of 5 and 10 points and training accuracies from 55 % to
//! 100 %, "learned" is said of a gap of exactly the tolerance in at most 2.8 % of runs, and "overfit" of no gap at all
//! in at most 3.4 %: nominally both are the 2.5 %
//! that a 95 % interval misses on one side. A gap a little above the tolerance is often called overfit before its
//! interval has left the tolerance behind; the point estimate decides there, on purpose, because the interval has
//! already shown the gap to be real.

use std::fmt;

use serde::Serialize;

use super::evidence::Evidence;
use super::gap::{CONFIDENCE, Estimate, Interval, Proportion, loss_gap, wilson};
use super::rule;

/// The gap in accuracy that is tolerated unless the user says otherwise: 5 points.
pub const DEFAULT_TOLERANCE: f64 = 0.05;

/// What became of the network; in JSON `{"name": "overfit", "since-epoch": 12}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "name",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Verdict {
    /// Better than the baseline on samples it has not seen, and about as good as on those it has.
    Learned,
    /// Better on what it has seen, by more than is tolerated.
    Overfit {
        /// The first measured epoch from which this held without a break up to the kept network's.
        since_epoch: usize,
    },
    /// Not even the training samples are learned, or not yet.
    Underfit,
    /// Training broke down.
    Diverged,
    /// The measurements allow both answers.
    Inconclusive {
        /// How many validation samples, with training measured on as many, would decide if the rates stayed the same;
        /// absent if nothing is held out or no number up to ten million would.
        validation_samples_needed: Option<u64>,
    },
}

impl Verdict {
    /// The verdict in one word, as files and options spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Learned => "learned",
            Self::Overfit { .. } => "overfit",
            Self::Underfit => "underfit",
            Self::Diverged => "diverged",
            Self::Inconclusive { .. } => "inconclusive",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// The verdict with everything it rests on; intervals are of [`CONFIDENCE`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Judgement {
    /// In one word.
    pub verdict: Verdict,
    /// One clause with the numbers, to follow "overfit: ".
    pub reason: String,
    /// On the whole training split (Wilson).
    pub train_accuracy: Option<Estimate>,
    /// On the whole validation split (Wilson).
    pub validation_accuracy: Option<Estimate>,
    /// Training minus validation.
    pub accuracy_gap: Option<Estimate>,
    /// Validation minus training; absent too if a loss is not a finite number.
    pub loss_gap: Option<Estimate>,
    /// Accuracy of always answering the most frequent training class.
    pub baseline: f64,
    /// The accuracy gap that is still called small.
    pub tolerance: f64,
    /// Of every interval here.
    pub confidence: f64,
}

/// Judges the kept network by the rule of this module, `tolerance` being the largest accuracy gap that is still fine.
#[must_use]
pub fn judge(evidence: &Evidence<'_>, tolerance: f64) -> Judgement {
    let selected = &evidence.selected;
    let (verdict, reason) = rule::diverged(evidence)
        .or_else(|| rule::not_above_the_baseline(evidence))
        .or_else(|| rule::nothing_held_out(evidence))
        .or_else(|| rule::overfit(evidence, tolerance))
        .or_else(|| rule::still_improving(evidence, tolerance))
        .or_else(|| rule::learned(evidence, tolerance))
        .unwrap_or_else(|| rule::undecided(evidence, tolerance));
    Judgement {
        verdict,
        reason,
        train_accuracy: accuracy(selected.train.accuracy),
        validation_accuracy: selected
            .held_out()
            .and_then(|held_out| accuracy(held_out.accuracy)),
        accuracy_gap: rule::gap_of(selected),
        loss_gap: selected
            .held_out()
            .map(|held_out| loss_gap(selected.train.loss, held_out.loss, CONFIDENCE))
            .filter(|gap| gap.value.is_finite()),
        baseline: evidence.baseline,
        tolerance,
        confidence: CONFIDENCE,
    }
}

/// A proportion with its Wilson interval, unless it counted nothing.
fn accuracy(proportion: Proportion) -> Option<Estimate> {
    let Interval { low, high } = wilson(proportion, CONFIDENCE);
    (proportion.trials > 0).then(|| Estimate {
        value: proportion.rate(),
        low,
        high,
    })
}
