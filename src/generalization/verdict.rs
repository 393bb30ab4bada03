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
//! | 2 | the kept network is shown neither to have learned nor to be overfit, and the last epoch's, if it is another, has a gap whose lower end is above the tolerance | overfit |
//! | 3 | training accuracy is not above the baseline: its lower end is at most the baseline, and its upper end at most halfway from the baseline to 100 % | underfit |
//! | 4 | nothing is held out | inconclusive |
//! | 5 | the lower end of the gap's interval is above the tolerance | overfit |
//! | 6 | training was clearly still improving when the planned epochs ran out | underfit |
//! | 7 | the kept network's *training* accuracy is below what a simpler method scores on validation, by an interval above the tolerance | underfit |
//! | 8 | the upper end of the gap's interval (of 99 %, if validation chose among more than 10 epochs) is below the tolerance, and validation's lower end above the baseline | learned |
//! | 9 | none of these | inconclusive |
//!
//! Why so:
//! - Test 2 is about the run: a network that memorises has its lowest validation loss before it begins to, so what is kept of it
//!   is hardly trained and by itself neither good nor overfit. Where early stopping did keep a network that has learned, it is
//!   called that. Both networks are looked at, so "overfit" of a gap that is exactly the tolerance in both may be said twice
//!   as often as in test 5 alone, 5 % nominally.
//! - Test 3 comes before test 4: a network that fails on its own training samples needs no others to be judged.
//!   A perceptron on the four points of XOR is underfit, a network that gets all four right is inconclusive.
//! - Its second half asks for evidence too: not to have been shown better than the baseline is not to be as bad. A
//!   network of which 14 of 20 training samples are right, against a baseline of 50 %, may close most of the distance.
//!   Where nothing is held out, the training samples stand for nothing but themselves, and their rate is no estimate:
//!   three of four points of XOR are underfit.
//! - Test 5 comes before test 6: a network that memorises random labels improves in training to the very end.
//! - Test 6 is meant to miss rather than to accuse. At least 8 epochs were planned and all were run; the last epoch's
//!   training accuracy is above the *best* of all epochs before the last quarter, by an interval that lies above the
//!   tolerance; and the kept network is from the last quarter itself, since an earlier one was not improved by going
//!   on. Both epochs are measured on the same samples, for which an interval for independent ones is wider than need
//!   be.
//! - Test 7 needs somebody to know that there is more to learn. One half-plane on a circle is right on two samples of
//!   three, on training and validation alike: no gap, above the baseline, and yet it has learned next to nothing. The
//!   nearest neighbour, right on 97 % of samples that it never saw, is the witness. That *training* accuracy has to be
//!   below makes the network's own samples speak for it, and leaves memorising to tests 2 and 5. Where the baselines are
//!   off, or validation samples are in the training split too, there is no witness.
//! - The loss gap is reported, not judged: cross-entropy grows without bound on a few confident mistakes, and no
//!   tolerance in its unit means the same for two networks.
//!
//! Two things an interval does not know, and what is done about them:
//! - **Validation chose the kept network**, the epoch with the lowest validation loss, so its validation accuracy is
//!   high partly by luck: 0 to 0.4 standard errors in real training of small networks, 0.3, 0.7 and up to 1.5 on
//!   plateaus of 10, 50 and 300 epochs that are all equally good (`simulation.rs`). "Overfit" only becomes rarer by it;
//!   "learned" of an intolerable gap more frequent, 4, 11 and 27 % instead of 2.5 %. So a test split, which chose
//!   nothing, judges where there is one; and without one, after a choice among more than 10 epochs, test 8 takes the
//!   99 % interval, which brings these to 4, 3 and 11 % (3 % where epochs differ little). Only a test split helps
//!   against the last.
//! - **Every epoch is another look.** Since which epoch a network is overfit is therefore asked backwards from the kept
//!   one and ends at the first epoch where it is not shown: a sequence of tests in a fixed order, of which the first
//!   false claim is a single test (Maurer, Hothorn and Lehmacher 1995). `rise.rs` does the same for the losses.
//!
//! What the rule gets wrong, computed over every outcome for 1000 training and 200 validation samples, a baseline of
//! 50 %, a tolerance of 5 points and a training accuracy of 98 % (`error_rate_tests` holds these numbers fixed):
//!
//! | true gap | learned | overfit | inconclusive |
//! |---|---|---|---|
//! | none | 92.9 % | 0.0 % | 7.1 % |
//! | 2.5 points | 28.7 % | 0.0 % | 71.3 % |
//! | 5 points | 2.5 % | 2.4 % | 95.1 % |
//! | 10 points | 0.0 % | 66.8 % | 33.2 % |
//! | 15 points | 0.0 % | 99.0 % | 1.0 % |
//!
//! Each verdict is wrong most often where it is barely wrong. Over splits of 20 to 500 samples, "learned" of a gap of
//! exactly the tolerance is said in at most 3.7 % of runs, "overfit" of the same gap in at most 2.8 %, and "underfit"
//! of a network halfway from the baseline to 100 % in at most 3.9 %: nominally each is the 2.5 % that a 95 % interval
//! misses on one side, and whole counts add the rest.

use std::fmt;

use serde::Serialize;

use super::evidence::{Evidence, HeldOut, Score};
use super::gap::{CONFIDENCE, Estimate, Interval, Proportion, rate_interval};
use super::mean::loss_gap;
use super::regression;
use super::rise::{Rise, rise};
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
    /// Every name.
    pub const NAMES: [&'static str; 5] =
        ["learned", "overfit", "underfit", "diverged", "inconclusive"];

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
    /// What the verdict compares.
    #[serde(flatten)]
    pub compared: Compared,
    /// Validation minus training; absent too if a loss is not a finite number.
    pub loss_gap: Option<Estimate>,
    /// Whether training on after the best epoch made the network worse, and since when.
    pub rise: Option<Rise>,
    /// The simpler method that does better on unseen samples than the network on its own training samples.
    pub outdone: Option<Outdone>,
    /// What the network was judged by.
    pub held_out: HeldOut,
    /// Accuracy of always answering the most frequent training class; of numbers 0, the R² of always answering their mean.
    pub baseline: f64,
    /// The gap that is still called small.
    pub tolerance: f64,
    /// Of every interval here.
    pub confidence: f64,
}

/// How good the kept network is on what it has seen and on what it has not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged, rename_all_fields = "kebab-case")]
pub enum Compared {
    /// Of classes.
    Accuracy {
        /// On the whole training split.
        train_accuracy: Option<Estimate>,
        /// On the whole of what is held out.
        validation_accuracy: Option<Estimate>,
        /// Training minus held-out.
        accuracy_gap: Option<Estimate>,
    },
    /// Of numbers.
    R2 {
        /// On the whole training split.
        train_r2: Option<Estimate>,
        /// On the whole of what is held out.
        validation_r2: Option<Estimate>,
        /// Held-out minus training mean squared error, in variances of the training split.
        r2_gap: Option<Estimate>,
    },
}

impl Compared {
    /// On the whole training split.
    #[must_use]
    pub fn train(&self) -> Option<Estimate> {
        match self {
            Self::Accuracy { train_accuracy, .. } => *train_accuracy,
            Self::R2 { train_r2, .. } => *train_r2,
        }
    }

    /// On the whole of what is held out.
    #[must_use]
    pub fn held_out(&self) -> Option<Estimate> {
        match self {
            Self::Accuracy {
                validation_accuracy,
                ..
            } => *validation_accuracy,
            Self::R2 { validation_r2, .. } => *validation_r2,
        }
    }

    /// What the tolerance is compared with.
    #[must_use]
    pub fn gap(&self) -> Option<Estimate> {
        match self {
            Self::Accuracy { accuracy_gap, .. } => *accuracy_gap,
            Self::R2 { r2_gap, .. } => *r2_gap,
        }
    }
}

/// A simpler method that is clearly better than the network on its own training samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Outdone {
    /// `nearest neighbour`
    pub method: &'static str,
    /// Its accuracy or R² on validation.
    pub score: f64,
    /// That minus the network's on training; the interval's confidence makes up for choosing among the methods.
    pub difference: Estimate,
}

/// Judges the kept network by the rule of this module, or by that of [`regression`] where numbers are
/// predicted; `tolerance` is the largest gap that is still fine.
#[must_use]
pub fn judge(evidence: &Evidence<'_>, tolerance: f64) -> Judgement {
    let selected = &evidence.selected;
    if let Score::R2(_) = selected.train.score {
        return regression::judge(evidence, tolerance);
    }
    let (verdict, reason) = rule::diverged(evidence)
        .or_else(|| rule::memorised(evidence, tolerance))
        .or_else(|| rule::not_above_the_baseline(evidence))
        .or_else(|| rule::nothing_held_out(evidence))
        .or_else(|| rule::overfit(evidence, tolerance))
        .or_else(|| rule::still_improving(evidence, tolerance))
        .or_else(|| rule::outdone(evidence, tolerance))
        .or_else(|| rule::learned(evidence, tolerance))
        .unwrap_or_else(|| rule::undecided(evidence, tolerance));
    Judgement {
        verdict,
        reason,
        compared: Compared::Accuracy {
            train_accuracy: accuracy(selected.train.accuracy()),
            validation_accuracy: selected
                .held_out()
                .and_then(|held_out| accuracy(held_out.accuracy())),
            accuracy_gap: rule::gap_of(selected),
        },
        loss_gap: selected
            .held_out()
            .map(|held_out| loss_gap(selected.train.loss, held_out.loss, CONFIDENCE))
            .filter(|gap| gap.value.is_finite()),
        rise: rise(evidence.history, evidence.epochs_planned),
        outdone: rule::most_outdone(evidence, tolerance),
        held_out: evidence.held_out,
        baseline: evidence.baseline,
        tolerance,
        confidence: CONFIDENCE,
    }
}

/// A proportion with its interval, unless it counted nothing.
fn accuracy(proportion: Proportion) -> Option<Estimate> {
    let Interval { low, high } = rate_interval(proportion, CONFIDENCE);
    (proportion.trials > 0).then(|| Estimate {
        value: proportion.rate(),
        low,
        high,
    })
}
