//! The rise of the validation loss: which epochs count, and in which order they are asked.

use super::verdict_tests::{epoch, evidence};
use super::{DEFAULT_TOLERANCE, EpochMeasurement, LossChange, Moments, Verdict, judge, rise};

/// Changes with a standard error of 0.01: at 10 planned epochs the interval reaches 0.028 to either side.
fn changed(mean: f64) -> Moments {
    Moments {
        count: 400,
        mean,
        variance: 0.04,
        third: 0.0,
    }
}

/// Epochs from 1 with these validation losses, and the changes of both losses since the best epoch so far.
fn history(epochs: &[(f64, Option<(f64, f64)>)]) -> Vec<EpochMeasurement> {
    let mut number = 0;
    epochs
        .iter()
        .map(|&(loss, change)| {
            number += 1;
            let mut measured = epoch(number, (390, 400), Some((385, 400)));
            if let Some(validation) = &mut measured.validation {
                validation.loss.mean = loss;
            }
            measured.since_best = change.map(|(train, validation)| LossChange {
                train: changed(train),
                validation: changed(validation),
            });
            measured
        })
        .collect()
}

#[test]
fn the_walk_goes_back_from_the_last_epoch() {
    let worse = Some((-0.1, 0.1));
    for (changes, expected) in [
        // Epoch 2 is the best; 4 was not shown to be worse, which ends the walk.
        ([worse, Some((-0.1, 0.02)), worse, worse], Some(5)),
        ([worse, worse, worse, worse], Some(3)),
        // The last one decides whether there is anything at all.
        ([worse, worse, worse, Some((-0.1, 0.02))], None),
        // Training loss has to have fallen.
        ([worse, worse, worse, Some((-0.02, 0.1))], None),
        ([worse, worse, worse, Some((0.1, 0.1))], None),
        // Not measured.
        ([worse, worse, None, worse], Some(6)),
        ([worse, worse, worse, None], None),
    ] {
        let [third, fourth, fifth, sixth] = changes;
        let history = history(&[
            (0.5, None),
            (0.3, None),
            (0.4, third),
            (0.32, fourth),
            (0.4, fifth),
            (0.4, sixth),
        ]);
        let found = rise(&history, 10);
        assert_eq!(
            found.map(|rise| (rise.best_epoch, rise.since_epoch, rise.until_epoch)),
            expected.map(|since| (2, since, 6)),
            "{changes:?}"
        );
    }
}

/// 1 − 5 %/9 at 10 planned epochs, of which the history may be the beginning; the quantile is t(399) = 2.787.
#[test]
fn the_interval_pays_for_the_choice() {
    let shown = history(&[(0.3, None), (0.4, Some((-0.1, 0.03)))]);
    let Some(found) = rise(&shown, 10) else {
        panic!("0.030 is more than 0.028");
    };
    assert!((found.confidence - (1.0 - 0.05 / 9.0)).abs() < 1e-12);
    assert!((found.validation.low - (0.03 - 0.027_87)).abs() < 1e-4);
    // 1000 epochs to choose from reach further.
    assert_eq!(rise(&shown, 1000), None);
    // Of two epochs the first is the only choice.
    let close = history(&[(0.3, None), (0.4, Some((-0.1, 0.021)))]);
    assert_eq!(rise(&close, 10), None);
    assert!(rise(&close, 2).is_some());
}

#[test]
fn nothing_to_compare() {
    assert_eq!(rise(&[], 10), None);
    assert_eq!(rise(&history(&[(0.3, None)]), 0), None);
    assert_eq!(
        rise(&[epoch(1, (4, 4), None), epoch(2, (4, 4), None)], 2),
        None
    );
    let unknown = history(&[(f64::NAN, None), (f64::NAN, Some((f64::NAN, f64::NAN)))]);
    assert_eq!(rise(&unknown, 2), None);
}

/// The kept network is from epoch 1 and learned; what came after it is told as well.
#[test]
fn the_reason_tells_it() {
    let history = history(&[
        (0.3, None),
        (0.4, Some((-0.1, 0.1))),
        (0.5, Some((-0.2, 0.2))),
    ]);
    let selected = epoch(1, (990, 1000), Some((985, 1000)));
    let judgement = judge(&evidence(selected, &history), DEFAULT_TOLERANCE);
    assert_eq!(judgement.verdict, Verdict::Learned);
    assert!(
        judgement.reason.ends_with(
            "; from epoch 2 to 3 training made it worse than at epoch 1: validation loss rose by 0.200, at least \
             0.165, while training loss fell by 0.200, at least 0.165"
        ),
        "{}",
        judgement.reason
    );
    assert_eq!(judgement.rise.map(|rise| rise.since_epoch), Some(2));
}
