//! Since which epoch training made the network worse: validation loss rising while training loss falls.
//!
//! The first epoch whose gap has an interval above zero is no answer. Every epoch is another look, and one of many
//! looks at pure chance succeeds: on a plateau, where no epoch is better than another, a pointwise 95 % interval of the
//! change since the best epoch lies above zero at some epoch of 50 in more than half of all runs, of 300 in 86 to 94 %
//! (`simulation.rs`). Three things make the answer honest:
//!
//! - **Paired**: the change of each sample's own loss since the best epoch, on the same samples, so that what is hard
//!   about a sample cancels.
//! - **The best epoch was chosen** for its low loss on these very samples, and is low partly by chance. It is one of at
//!   most E − 1 epochs that could have been chosen, so the interval is of confidence 1 − 5 %/(E − 1): then none of them
//!   misses with 95 % confidence, the chosen one included (Bonferroni).
//! - **Looks in a fixed order**: the last epoch is asked first, then the one before, until one is not shown to be
//!   worse. Such a sequence costs no further correction (Maurer, Hothorn and Lehmacher 1995, in: Biometrie in der
//!   chemisch-pharmazeutischen Industrie 6:3-18): to claim anything false, it has to claim the first false thing, and
//!   that is a single test.
//!
//! Validation loss must be shown to have risen *and* training loss to have fallen, each by its interval; asking for
//! both makes neither test any looser (Berger 1982, Technometrics 24:295-300).

use serde::Serialize;

use super::evidence::EpochMeasurement;
use super::gap::{CONFIDENCE, Estimate};
use super::mean::mean_change;

/// Evidence that training on after the best epoch memorised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rise {
    /// The epoch of the lowest validation loss, with which the others are compared.
    pub best_epoch: usize,
    /// The first epoch from which every one was shown to be worse.
    pub since_epoch: usize,
    /// The last epoch.
    pub until_epoch: usize,
    /// By how much the validation loss rose from the best epoch to the last.
    pub validation: Estimate,
    /// By how much the training loss changed meanwhile: below zero.
    pub train: Estimate,
    /// Of both intervals: so much higher than 95 % as the choice of the best epoch requires.
    pub confidence: f64,
}

/// Whether, and since when, training on made the network worse; `epochs_planned` is how many it could choose from.
#[must_use]
pub fn rise(history: &[EpochMeasurement], epochs_planned: usize) -> Option<Rise> {
    let choices = epochs_planned.max(history.len()).saturating_sub(1).max(1);
    let confidence = 1.0 - (1.0 - CONFIDENCE) / choices as f64;
    let best = history
        .iter()
        .filter_map(|measured| Some((measured.epoch, measured.held_out()?.loss.mean)))
        .reduce(|best, other| if other.1 < best.1 { other } else { best })?
        .0;
    let changes = |measured: &EpochMeasurement| {
        let change = measured.since_best?;
        let [validation, train] =
            [change.validation, change.train].map(|change| mean_change(change, confidence));
        (validation.low > 0.0 && train.high < 0.0).then_some((measured.epoch, validation, train))
    };
    let mut backwards = history
        .iter()
        .rev()
        .take_while(|measured| measured.epoch > best)
        .map_while(changes);
    let (until_epoch, validation, train) = backwards.next()?;
    Some(Rise {
        best_epoch: best,
        since_epoch: backwards.last().map_or(until_epoch, |(epoch, ..)| epoch),
        until_epoch,
        validation,
        train,
        confidence,
    })
}
