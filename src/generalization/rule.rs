//! The nine tests of the rule, in the order in which [`judge`](super::judge) asks them; `verdict.rs` says why.
//!
//! Each answers with its verdict and one clause of reasons, or not at all, which passes the question on.

use super::evidence::{EpochMeasurement, Evidence, HeldOut};
use super::gap::{CONFIDENCE, Estimate, Proportion, accuracy_gap, rate_interval};
use super::rise::rise;
use super::sample_size::{ROUNDING, deciding_samples, exceeds, generalises};
use super::verdict::{Outdone, Verdict};
use super::wording;

/// Fewer planned epochs than these have no last quarter to speak of.
pub(super) const EPOCHS_TO_SEE_IMPROVEMENT: usize = 8;

pub(super) type Answer = Option<(Verdict, String)>;

/// Test 1.
pub(super) fn diverged(evidence: &Evidence<'_>) -> Answer {
    let loss = evidence.selected.train.loss;
    let reason = if let Some(divergence) = evidence.diverged {
        let step = divergence
            .step
            .map_or_else(String::new, |step| format!(", step {step}"));
        format!(
            "training broke down in epoch {}{step}, at a learning rate of {:?}: a number was no longer finite",
            divergence.epoch, divergence.learning_rate
        )
    } else if loss.count > 0 && !loss.mean.is_finite() {
        format!(
            "the training loss of epoch {} is {}",
            evidence.selected.epoch, loss.mean
        )
    } else {
        return None;
    };
    Some((Verdict::Diverged, reason))
}

/// Test 3. A baseline of 100 % (a validation split of one class) is one that nothing can be above, and tests nothing.
///
/// Where nothing is held out there is no larger whole that the samples stand for, and their rate is no estimate.
pub(super) fn not_above_the_baseline(evidence: &Evidence<'_>) -> Answer {
    let (train, baseline) = (evidence.selected.train.accuracy(), evidence.baseline);
    let interval = rate_interval(train, CONFIDENCE);
    let halfway = f64::midpoint(baseline, 1.0);
    let at_most = if evidence.selected.held_out().is_some() {
        interval.high
    } else {
        train.rate()
    };
    let far_above = at_most > halfway + ROUNDING;
    let unknown = train.trials == 0 || baseline.is_nan() || baseline >= 1.0;
    if unknown || far_above || interval.low > baseline {
        return None;
    }
    let relation = if train.rate() > baseline {
        "not clearly above"
    } else {
        "not above"
    };
    let reason = format!(
        "training accuracy {}, {relation} the {} of always answering the most frequent class",
        wording::rate(train.rate(), interval),
        wording::percent(baseline)
    );
    Some((Verdict::Underfit, reason))
}

/// Test 4.
pub(super) fn nothing_held_out(evidence: &Evidence<'_>) -> Answer {
    let samples = evidence.selected.train.samples();
    let reason = if samples == 0 {
        "no training sample was measured".to_owned()
    } else if evidence.selected.held_out().is_none() {
        format!("{}, and none of them held out", wording::samples(samples))
    } else {
        return None;
    };
    Some((
        Verdict::Inconclusive {
            validation_samples_needed: None,
        },
        reason,
    ))
}

/// Test 5.
pub(super) fn overfit(evidence: &Evidence<'_>, tolerance: f64) -> Answer {
    gap_of(&evidence.selected).filter(|&gap| exceeds(gap, tolerance))?;
    let since_epoch = evidence
        .history
        .iter()
        .rev()
        .filter(|measured| measured.epoch < evidence.selected.epoch)
        .filter_map(|measured| Some((measured.epoch, gap_of(measured)?)))
        .take_while(|&(_, gap)| exceeds(gap, tolerance))
        .last()
        .map_or(evidence.selected.epoch, |(epoch, _)| epoch);
    let reason = format!(
        "{}, above the tolerance of {} since epoch {since_epoch}{}",
        gap_clause(evidence),
        wording::tolerance(tolerance),
        rise_clause(evidence)
    );
    Some((Verdict::Overfit { since_epoch }, reason))
}

/// Test 2. A network that memorises is best, on validation, before it has begun: what was kept is then hardly trained, and
/// by itself neither good nor overfit. The last epoch's network shows what training did.
pub(super) fn memorised(evidence: &Evidence<'_>, tolerance: f64) -> Answer {
    let last = evidence.history.last()?;
    let decided = || learned(evidence, tolerance).or_else(|| overfit(evidence, tolerance));
    if last.epoch <= evidence.selected.epoch || decided().is_some() {
        return None;
    }
    let gap = gap_of(last).filter(|&gap| exceeds(gap, tolerance))?;
    let since_epoch = evidence
        .history
        .iter()
        .rev()
        .filter_map(|measured| Some((measured.epoch, gap_of(measured)?)))
        .take_while(|&(_, gap)| exceeds(gap, tolerance))
        .last()
        .map_or(last.epoch, |(epoch, _)| epoch);
    let held_out = last.held_out()?.accuracy();
    let reason = format!(
        "in the last epoch {}, above the tolerance of {} since epoch {since_epoch}; the network of epoch {}, which was kept, is \
         not shown to have learned{}",
        wording::gap(
            last.train.accuracy().rate(),
            ("validation", held_out.rate()),
            gap
        ),
        wording::tolerance(tolerance),
        evidence.selected.epoch,
        rise_clause(evidence)
    );
    Some((Verdict::Overfit { since_epoch }, reason))
}

/// Test 6.
pub(super) fn still_improving(evidence: &Evidence<'_>, tolerance: f64) -> Answer {
    let planned = evidence.epochs_planned;
    let quarter = planned / 4;
    let before = planned - quarter;
    if planned < EPOCHS_TO_SEE_IMPROVEMENT || evidence.selected.epoch <= before {
        return None;
    }
    let accuracy = |measured: &EpochMeasurement| measured.train.accuracy();
    let measured = || {
        evidence
            .history
            .iter()
            .filter(|measured| measured.train.accuracy().trials > 0)
    };
    let last = measured()
        .find(|measured| measured.epoch == planned)
        .map(accuracy)?;
    let best_before = measured()
        .filter(|measured| measured.epoch <= before)
        .map(accuracy)
        .max_by(|left, right| left.rate().total_cmp(&right.rate()))?;
    let rise = accuracy_gap(last, best_before, CONFIDENCE);
    if !exceeds(rise, tolerance) {
        return None;
    }
    let reason = format!(
        "training accuracy rose from {} to {} in the last {quarter} of {planned} epochs, by {}: more than the \
         tolerance of {}, and still going on when the epochs ran out",
        wording::percent(best_before.rate()),
        wording::percent(last.rate()),
        wording::estimate(rise),
        wording::tolerance(tolerance)
    );
    Some((Verdict::Underfit, reason))
}

/// Test 7.
pub(super) fn outdone(evidence: &Evidence<'_>, tolerance: f64) -> Answer {
    let outdone = most_outdone(evidence, tolerance)?;
    let train = evidence.selected.train.accuracy();
    let reason = format!(
        "training accuracy {}, while {} gets {} of validation samples right that it has never seen: {} points more, at \
         least {}, and the tolerance is {}",
        wording::percent(train.rate()),
        outdone.method,
        wording::percent(outdone.score),
        wording::points(outdone.difference.value),
        wording::points(outdone.difference.low),
        wording::tolerance(tolerance)
    );
    Some((Verdict::Underfit, reason))
}

/// The simpler method that is furthest above the kept network's training accuracy, if it is so by more than the tolerance.
///
/// The intervals of k methods share the 5 % (Bonferroni): the one that is furthest above is chosen after the fact.
pub(super) fn most_outdone(evidence: &Evidence<'_>, tolerance: f64) -> Option<Outdone> {
    let train = evidence.selected.train.accuracy();
    let confidence = 1.0 - (1.0 - CONFIDENCE) / evidence.simpler.len().max(1) as f64;
    evidence
        .simpler
        .iter()
        .filter(|method| method.answered.right().trials > 0 && train.trials > 0)
        .map(|method| Outdone {
            method: method.name,
            score: method.answered.right().rate(),
            difference: accuracy_gap(method.answered.right(), train, confidence),
        })
        .filter(|outdone| exceeds(outdone.difference, tolerance))
        .max_by(|a, b| a.difference.low.total_cmp(&b.difference.low))
}

/// Test 8.
pub(super) fn learned(evidence: &Evidence<'_>, tolerance: f64) -> Answer {
    let held_out = evidence.selected.held_out()?.accuracy();
    let train = evidence.selected.train.accuracy();
    let confidence = evidence.held_out.confidence_to_learn();
    let gap = accuracy_gap(train, held_out, confidence);
    let interval = rate_interval(held_out, CONFIDENCE);
    if train.trials == 0 || !generalises(interval, gap, evidence.baseline, tolerance) {
        return None;
    }
    let reason = format!(
        "{}, below the tolerance of {}{}, and {} above the {} of always answering the most frequent class{}",
        gap_clause(evidence),
        wording::tolerance(tolerance),
        choice_clause(evidence, gap),
        evidence.held_out.name(),
        wording::percent(evidence.baseline),
        rise_clause(evidence)
    );
    Some((Verdict::Learned, reason))
}

/// Test 9: which of the two that "learned" asks for was not shown, and what would show it.
pub(super) fn undecided(evidence: &Evidence<'_>, tolerance: f64) -> (Verdict, String) {
    let selected = &evidence.selected;
    let (train, validation) = (selected.train.accuracy(), validation_accuracy(selected));
    let gap = accuracy_gap(train, validation, CONFIDENCE);
    let confidence = evidence.held_out.confidence_to_learn();
    let narrow = accuracy_gap(train, validation, confidence);
    let split = evidence.held_out.name();
    let unclear = if narrow.high < tolerance {
        format!(
            "{split} accuracy {}, not shown to be above the {} of always answering the most frequent class",
            wording::rate(validation.rate(), rate_interval(validation, CONFIDENCE)),
            wording::percent(evidence.baseline)
        )
    } else if gap.high < tolerance {
        format!(
            "{}, below the tolerance of {}, but not surely{}",
            gap_clause(evidence),
            wording::tolerance(tolerance),
            choice_clause(evidence, narrow)
        )
    } else {
        let least = if gap.low > 0.0 { "within" } else { "none" };
        let tolerance = wording::tolerance(tolerance);
        format!(
            "{}, which may be {least} or beyond the tolerance of {tolerance}",
            gap_clause(evidence)
        )
    };
    let needed = deciding_samples(train, validation, evidence.baseline, tolerance, confidence);
    let outlook = match needed {
        Some(count) if count > train.trials => {
            format!(
                "at these rates {} held out, and as many to train on, would decide",
                wording::samples(count)
            )
        }
        Some(count) => format!(
            "at these rates {} held out would decide",
            wording::samples(count)
        ),
        None => "at these rates not even ten million samples held out would decide".to_owned(),
    };
    (
        Verdict::Inconclusive {
            validation_samples_needed: needed,
        },
        format!("{unclear}; {outlook}"),
    )
}

/// Training minus validation accuracy, where both were measured.
pub(super) fn gap_of(measured: &EpochMeasurement) -> Option<Estimate> {
    let (train, validation) = (measured.train.accuracy(), measured.held_out()?.accuracy());
    (train.trials > 0).then(|| accuracy_gap(train, validation, CONFIDENCE))
}

/// By which interval "learned" is shown or not, where the usual one is not enough.
fn choice_clause(evidence: &Evidence<'_>, gap: Estimate) -> String {
    let confidence = evidence.held_out.confidence_to_learn();
    match evidence.held_out {
        HeldOut::Validation { chosen_among } if confidence > CONFIDENCE => format!(
            " (up to {} at the {:.0} % asked for because validation chose this epoch among {chosen_among})",
            wording::points(gap.high),
            confidence * 100.0
        ),
        HeldOut::Validation { .. } | HeldOut::Test => String::new(),
    }
}

/// What training on after the best epoch did, where it is shown.
pub(super) fn rise_clause(evidence: &Evidence<'_>) -> String {
    rise(evidence.history, evidence.epochs_planned).map_or_else(String::new, |rise| {
        format!(
            "; from epoch {} to {} training made it worse than at epoch {}: validation loss rose by {:.3}, at least \
             {:.3}, while training loss fell by {:.3}, at least {:.3}",
            rise.since_epoch,
            rise.until_epoch,
            rise.best_epoch,
            rise.validation.value,
            rise.validation.low,
            -rise.train.value,
            -rise.train.high
        )
    })
}

fn gap_clause(evidence: &Evidence<'_>) -> String {
    let selected = &evidence.selected;
    let (train, validation) = (selected.train.accuracy(), validation_accuracy(selected));
    wording::gap(
        train.rate(),
        (evidence.held_out.name(), validation.rate()),
        accuracy_gap(train, validation, CONFIDENCE),
    )
}

/// Validation accuracy, of nothing if nothing is held out.
fn validation_accuracy(measured: &EpochMeasurement) -> Proportion {
    let nothing = Proportion {
        successes: 0,
        trials: 0,
    };
    measured
        .held_out()
        .map_or(nothing, |held_out| held_out.accuracy())
}
