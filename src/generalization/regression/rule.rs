//! The tests of the rule for numbers, in the order in which they are asked; tests 1 and 4 are those for classes.
//!
//! Each answers with its verdict and one clause of reasons, or not at all, which passes the question on.

use super::super::evidence::{EpochMeasurement, Evidence, HeldOut};
use super::super::gap::{CONFIDENCE, Estimate};
use super::super::mean::{Moments, loss_gap, mean_change};
use super::super::rule::{Answer, EPOCHS_TO_SEE_IMPROVEMENT, rise_clause};
use super::super::sample_size::fewest_above;
use super::super::verdict::Verdict;
use super::super::wording;
use super::{Explained, most_outdone};

/// Held-out minus training mean squared error, where both were measured.
pub(super) fn gap_of(measured: &EpochMeasurement) -> Option<Estimate> {
    let (train, held_out) = (measured.train.loss, measured.held_out()?.loss);
    (train.count > 0).then(|| loss_gap(train, held_out, CONFIDENCE))
}

/// Test 2.
pub(super) fn memorised(evidence: &Evidence<'_>, tolerance: f64) -> Answer {
    let last = evidence.history.last()?;
    let decided = || learned(evidence, tolerance).or_else(|| overfit(evidence, tolerance));
    if last.epoch <= evidence.selected.epoch || decided().is_some() {
        return None;
    }
    let gap = gap_of(last).filter(|gap| gap.low > tolerance)?;
    let since_epoch = since(evidence, tolerance, |_| true).unwrap_or(last.epoch);
    let reason = format!(
        "in the last epoch {}, above the tolerance of {} since epoch {since_epoch}; the network of epoch {}, which was kept, is \
         not shown to have learned{}",
        unexplained(
            last.train.loss.mean,
            ("validation", last.held_out()?.loss.mean),
            gap
        ),
        wording::tolerance(tolerance),
        evidence.selected.epoch,
        rise_clause(evidence)
    );
    Some((Verdict::Overfit { since_epoch }, reason))
}

/// Test 3. Where nothing is held out, the samples stand for nothing but themselves, and their R² is no estimate.
pub(super) fn not_above_the_mean(evidence: &Evidence<'_>) -> Answer {
    let r2 = evidence.selected.train.explained()?.r2(CONFIDENCE);
    let at_most = if evidence.selected.held_out().is_some() {
        r2.high
    } else {
        r2.value
    };
    if r2.value.is_nan() || at_most > 0.5 || r2.low > 0.0 {
        return None;
    }
    let relation = if r2.value > 0.0 {
        "not clearly above"
    } else {
        "not above"
    };
    let reason = format!(
        "training R² {}, {relation} the 0 of always answering the training mean",
        r2_text(r2)
    );
    Some((Verdict::Underfit, reason))
}

/// Test 5.
pub(super) fn overfit(evidence: &Evidence<'_>, tolerance: f64) -> Answer {
    gap_of(&evidence.selected).filter(|gap| gap.low > tolerance)?;
    let kept = evidence.selected.epoch;
    let since_epoch = since(evidence, tolerance, |epoch| epoch < kept).unwrap_or(kept);
    let reason = format!(
        "{}, above the tolerance of {} since epoch {since_epoch}{}",
        gap_clause(evidence),
        wording::tolerance(tolerance),
        rise_clause(evidence)
    );
    Some((Verdict::Overfit { since_epoch }, reason))
}

/// The first of the epochs in `these` from which on the gap was shown to be above the tolerance without a break.
fn since(evidence: &Evidence<'_>, tolerance: f64, these: impl Fn(usize) -> bool) -> Option<usize> {
    let measured = evidence.history.iter().rev();
    measured
        .filter(|measured| these(measured.epoch))
        .filter_map(|measured| Some((measured.epoch, gap_of(measured)?)))
        .take_while(|(_, gap)| gap.low > tolerance)
        .last()
        .map(|(epoch, _)| epoch)
}

/// Test 6.
pub(super) fn still_improving(evidence: &Evidence<'_>, tolerance: f64) -> Answer {
    let planned = evidence.epochs_planned;
    let quarter = planned / 4;
    let before = planned - quarter;
    if planned < EPOCHS_TO_SEE_IMPROVEMENT || evidence.selected.epoch <= before {
        return None;
    }
    let losses = || {
        let measured = evidence.history.iter();
        measured.map(|measured| (measured.epoch, measured.train.loss))
    };
    let (_, last) = losses().find(|(epoch, _)| *epoch == planned)?;
    let (_, best_before) = losses()
        .filter(|(epoch, _)| *epoch <= before)
        .min_by(|(_, a), (_, b)| a.mean.total_cmp(&b.mean))?;
    let fall = loss_gap(last, best_before, CONFIDENCE);
    if fall.low.is_nan() || fall.low <= tolerance {
        return None;
    }
    let reason = format!(
        "what training leaves unexplained fell from {} to {} of the variance in the last {quarter} of {planned} epochs, by {}: \
         more than the tolerance of {}, and still going on when the epochs ran out",
        wording::percent(best_before.mean),
        wording::percent(last.mean),
        wording::estimate(fall),
        wording::tolerance(tolerance)
    );
    Some((Verdict::Underfit, reason))
}

/// Test 7.
pub(super) fn outdone(evidence: &Evidence<'_>, tolerance: f64) -> Answer {
    let outdone = most_outdone(evidence, tolerance)?;
    let reason = format!(
        "on training {} of the variance is unexplained, while {} leaves {} on validation samples that it has never seen: {} \
         points less, at least {}, and the tolerance is {}",
        wording::percent(evidence.selected.train.loss.mean),
        outdone.method,
        wording::percent(1.0 - outdone.score),
        wording::points(outdone.difference.value),
        wording::points(outdone.difference.low),
        wording::tolerance(tolerance)
    );
    Some((Verdict::Underfit, reason))
}

/// Test 8.
pub(super) fn learned(evidence: &Evidence<'_>, tolerance: f64) -> Answer {
    let held_out = evidence.selected.held_out()?;
    let explained = held_out.explained()?;
    let train = evidence.selected.train.loss;
    let confidence = evidence.held_out.confidence_to_learn();
    let gap = loss_gap(train, held_out.loss, confidence);
    if train.count == 0 || !generalises(explained.improvement, gap, tolerance) {
        return None;
    }
    let reason = format!(
        "{}, below the tolerance of {}{}, and {} R² {} above the 0 of always answering the training mean{}",
        gap_clause(evidence),
        wording::tolerance(tolerance),
        choice_clause(evidence, gap),
        evidence.held_out.name(),
        r2_text(explained.r2(CONFIDENCE)),
        rise_clause(evidence)
    );
    Some((Verdict::Learned, reason))
}

/// Test 9: which of the two that "learned" asks for was not shown, and what would show it.
pub(super) fn undecided(evidence: &Evidence<'_>, tolerance: f64) -> (Verdict, String) {
    let selected = &evidence.selected;
    let Some((held_out, explained)) = selected
        .held_out()
        .and_then(|held_out| Some((held_out.loss, held_out.explained()?)))
    else {
        // Test 4 has answered where nothing is held out.
        let verdict = Verdict::Inconclusive {
            validation_samples_needed: None,
        };
        return (verdict, "nothing is held out".to_owned());
    };
    let train = selected.train.loss;
    let gap = loss_gap(train, held_out, CONFIDENCE);
    let confidence = evidence.held_out.confidence_to_learn();
    let narrow = loss_gap(train, held_out, confidence);
    let unclear = if narrow.high < tolerance {
        format!(
            "{} R² {}, not shown to be above the 0 of always answering the training mean",
            evidence.held_out.name(),
            r2_text(explained.r2(CONFIDENCE))
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
        format!(
            "{}, which may be {least} or beyond the tolerance of {}",
            gap_clause(evidence),
            wording::tolerance(tolerance)
        )
    };
    let needed = deciding_samples(train, (held_out, explained), tolerance, confidence);
    let outlook = match needed {
        Some(count) if count > train.count => format!(
            "with such errors {} held out, and as many to train on, would decide",
            wording::samples(count)
        ),
        Some(count) => format!(
            "with such errors {} held out would decide",
            wording::samples(count)
        ),
        None => "with such errors not even ten million samples held out would decide".to_owned(),
    };
    (
        Verdict::Inconclusive {
            validation_samples_needed: needed,
        },
        format!("{unclear}; {outlook}"),
    )
}

/// The test for "learned": better than the mean on samples never seen, and the gap is surely tolerable.
fn generalises(improvement: Moments, gap: Estimate, tolerance: f64) -> bool {
    mean_change(improvement, CONFIDENCE).low > 0.0 && gap.high < tolerance
}

/// The smallest number of validation samples that would decide if the errors stayed as they are, by halving.
fn deciding_samples(
    train: Moments,
    (held_out, explained): (Moments, Explained),
    tolerance: f64,
    confidence: f64,
) -> Option<u64> {
    let of = |moments: Moments, count: u64| Moments { count, ..moments };
    let decides = |samples: u64| {
        let (seen, unseen) = (of(train, samples.max(train.count)), of(held_out, samples));
        let gap = loss_gap(seen, unseen, CONFIDENCE);
        let narrow = loss_gap(seen, unseen, confidence);
        gap.low > tolerance || generalises(of(explained.improvement, samples), narrow, tolerance)
    };
    fewest_above(held_out.count, decides)
}

/// "unexplained of the variance: training 5.1 %, validation 9.4 %: a gap of 4.3 points (95 % interval 1.2 to 7.4)"
fn unexplained(train: f64, held_out: (&str, f64), gap: Estimate) -> String {
    format!(
        "unexplained of the variance: {}",
        wording::gap(train, held_out, gap)
    )
}

fn gap_clause(evidence: &Evidence<'_>) -> String {
    let selected = &evidence.selected;
    let held_out = selected
        .held_out()
        .map_or(f64::NAN, |held_out| held_out.loss.mean);
    let unknown = Estimate {
        value: f64::NAN,
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };
    unexplained(
        selected.train.loss.mean,
        (evidence.held_out.name(), held_out),
        gap_of(selected).unwrap_or(unknown),
    )
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

/// "0.913 (95 % interval 0.880 to 0.941)"
fn r2_text(r2: Estimate) -> String {
    let Estimate { value, low, high } = r2;
    format!(
        "{} ({:.0} % interval {} to {})",
        wording::r2(value),
        CONFIDENCE * 100.0,
        wording::r2(low),
        wording::r2(high)
    )
}
