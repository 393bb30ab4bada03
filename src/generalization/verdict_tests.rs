//! Every verdict by a case, and every order of tests by a case that two of them would answer.

#![expect(
    clippy::large_types_passed_by_value,
    reason = "a case is made where it is judged, and read more easily without a borrow"
)]

use super::{
    Answered, DEFAULT_TOLERANCE, Divergence, EpochMeasurement, Evidence, HeldOut, Judgement,
    Measurement, Moments, Proportion, Score, SimplerMethod, Verdict, judge,
};

pub(super) fn measured(successes: u64, trials: u64) -> Measurement {
    Measurement {
        score: Score::Accuracy(Proportion { successes, trials }),
        loss: Moments {
            count: trials,
            mean: 0.5,
            variance: 0.0,
            third: 0.0,
        },
    }
}

/// Correct answers and samples of training, then of validation.
pub(super) fn epoch(
    epoch: usize,
    train: (u64, u64),
    validation: Option<(u64, u64)>,
) -> EpochMeasurement {
    EpochMeasurement {
        epoch,
        train: measured(train.0, train.1),
        validation: validation.map(|(successes, trials)| measured(successes, trials)),
        since_best: None,
    }
}

pub(super) fn evidence(selected: EpochMeasurement, history: &[EpochMeasurement]) -> Evidence<'_> {
    Evidence {
        history,
        selected,
        held_out: HeldOut::Validation { chosen_among: 1 },
        baseline: 0.5,
        epochs_planned: 100,
        diverged: None,
        simpler: &[],
    }
}

pub(super) fn judged(train: (u64, u64), validation: (u64, u64)) -> Judgement {
    judge(
        &evidence(epoch(30, train, Some(validation)), &[]),
        DEFAULT_TOLERANCE,
    )
}

fn inconclusive(validation_samples_needed: Option<u64>) -> Verdict {
    Verdict::Inconclusive {
        validation_samples_needed,
    }
}

#[test]
fn one_case_of_every_verdict() {
    for (train, validation, expected) in [
        ((980, 1000), (972, 1000), Verdict::Learned),
        ((200, 200), (200, 200), Verdict::Learned),
        // Better on validation than on training is no gap.
        ((900, 1000), (480, 500), Verdict::Learned),
        (
            (1000, 1000),
            (142, 200),
            Verdict::Overfit { since_epoch: 30 },
        ),
        // Random labels: training is memorised, validation is at the baseline.
        ((400, 400), (205, 400), Verdict::Overfit { since_epoch: 30 }),
        ((520, 1000), (260, 500), Verdict::Underfit),
        ((300, 1000), (100, 500), Verdict::Underfit),
        // 4.0 points: above zero, below the tolerance, not surely so.
        ((990, 1000), (95, 100), inconclusive(Some(2348))),
        // 5 points are exactly the tolerance, and no number of samples says more.
        ((1000, 1000), (950, 1000), inconclusive(None)),
        ((1, 1), (1, 1), inconclusive(Some(55))),
        ((0, 0), (3, 4), inconclusive(None)),
        ((4, 4), (0, 0), inconclusive(None)),
    ] {
        let judgement = judged(train, validation);
        assert_eq!(
            judgement.verdict, expected,
            "{train:?} {validation:?}: {}",
            judgement.reason
        );
    }
}

#[test]
fn the_reason_gives_the_numbers() {
    let judgement = judged((1000, 1000), (142, 200));
    assert_eq!(
        judgement.reason,
        "training 100.0 %, validation 71.0 %: a gap of 29.0 points (95 % interval 23.0 to 35.6), above the tolerance \
         of 5 points since epoch 30"
    );
    let judgement = judged((9999, 10_000), (950, 1000));
    assert!(
        judgement
            .reason
            .starts_with("training 99.9900 %, validation 95.0 %"),
        "{}",
        judgement.reason
    );
    let judgement = judged((990, 1000), (95, 100));
    assert_eq!(
        judgement.reason,
        "training 99.0 %, validation 95.0 %: a gap of 4.0 points (95 % interval 0.8 to 9.7), which may be within or \
         beyond the tolerance of 5 points; at these rates 2348 samples held out, and as many to train on, would decide"
    );
}

/// Up to 4.2 points at 95 % are tolerable, up to 5.6 at 99 % are not; a choice among 10 epochs asks for the former.
#[test]
fn what_validation_chose_has_to_be_surer() {
    let selected = epoch(30, (960, 1000), Some((191, 200)));
    let judged_by = |held_out| {
        judge(
            &Evidence {
                held_out,
                ..evidence(selected, &[])
            },
            DEFAULT_TOLERANCE,
        )
    };
    for held_out in [HeldOut::Test, HeldOut::Validation { chosen_among: 10 }] {
        assert_eq!(judged_by(held_out).verdict, Verdict::Learned);
    }
    assert!(
        judged_by(HeldOut::Test)
            .reason
            .contains("test 95.5 %: a gap")
    );
    let judgement = judged_by(HeldOut::Validation { chosen_among: 11 });
    assert_eq!(
        judgement.reason,
        "training 96.0 %, validation 95.5 %: a gap of 0.5 points (95 % interval −2.1 to 4.2), below the tolerance of 5 \
         points, but not surely (up to 5.6 at the 99 % asked for because validation chose this epoch among 11); at \
         these rates 253 samples held out would decide"
    );
    let surer = epoch(30, (970, 1000), Some((485, 500)));
    let judgement = judge(
        &Evidence {
            held_out: HeldOut::Validation { chosen_among: 300 },
            ..evidence(surer, &[])
        },
        DEFAULT_TOLERANCE,
    );
    assert_eq!(judgement.verdict, Verdict::Learned);
    assert!(
        judgement
            .reason
            .contains("5 points (up to 2.7 at the 99 % asked for"),
        "{}",
        judgement.reason
    );
}

/// The four points of XOR: whatever training reaches, four samples seen are not a network that learned.
#[test]
fn without_a_validation_split_nothing_is_learned() {
    for (correct, expected) in [
        (4, inconclusive(None)),
        (3, Verdict::Underfit),
        (2, Verdict::Underfit),
    ] {
        let judgement = judge(
            &evidence(epoch(30, (correct, 4), None), &[]),
            DEFAULT_TOLERANCE,
        );
        assert_eq!(judgement.verdict, expected, "{correct} of 4");
        assert_eq!((judgement.compared.gap(), judgement.loss_gap), (None, None));
    }
    let judgement = judge(&evidence(epoch(30, (4, 4), None), &[]), DEFAULT_TOLERANCE);
    assert_eq!(judgement.reason, "4 samples, and none of them held out");
}

/// Where no result could have been above the baseline, the network is not blamed for it.
#[test]
fn small_and_one_sided_splits_are_not_underfit() {
    for (train, baseline, expected) in [
        ((5, 5), 0.6, "inconclusive"),
        ((4, 5), 0.6, "inconclusive"),
        ((20, 30), 0.6, "inconclusive"),
        ((18, 30), 0.6, "underfit"),
        ((299, 300), 0.99, "inconclusive"),
        ((297, 300), 0.99, "inconclusive"),
        ((2970, 3000), 0.99, "underfit"),
        // A validation split of one class: its baseline cannot be beaten, and says nothing about training.
        ((98, 100), 1.0, "inconclusive"),
        ((98, 100), f64::NAN, "inconclusive"),
    ] {
        let selected = epoch(30, train, Some(train));
        let judgement = judge(
            &Evidence {
                baseline,
                ..evidence(selected, &[])
            },
            DEFAULT_TOLERANCE,
        );
        assert_eq!(
            judgement.verdict.name(),
            expected,
            "{train:?}, {baseline}: {}",
            judgement.reason
        );
    }
}

#[test]
fn what_diverged_is_not_judged_further() {
    let selected = epoch(2, (1000, 1000), Some((142, 200)));
    let diverged = Some(Divergence {
        epoch: 3,
        step: Some(120),
        learning_rate: 0.5,
    });
    let judgement = judge(
        &Evidence {
            diverged,
            ..evidence(selected, &[])
        },
        DEFAULT_TOLERANCE,
    );
    assert_eq!(judgement.verdict, Verdict::Diverged);
    assert!(
        judgement
            .reason
            .contains("epoch 3, step 120, at a learning rate of 0.5"),
        "{}",
        judgement.reason
    );

    let mut silent = selected;
    silent.train.loss.mean = f64::NAN;
    assert_eq!(
        judge(&evidence(silent, &[]), DEFAULT_TOLERANCE).verdict,
        Verdict::Diverged
    );
    // Infinite on validation only: an overconfident mistake, not a broken training; the accuracies still decide.
    let mut overconfident = selected;
    overconfident.validation = Some(measured(142, 200)).map(|mut held_out| {
        held_out.loss.mean = f64::INFINITY;
        held_out
    });
    let judgement = judge(&evidence(overconfident, &[]), DEFAULT_TOLERANCE);
    assert_eq!(
        (judgement.verdict.name(), judgement.loss_gap),
        ("overfit", None)
    );
}

/// Overfit at epochs 2, and from 4 on; epoch 5 did not measure validation, epochs after the kept one do not count.
#[test]
fn overfit_since_the_first_epoch_without_a_break() {
    let (fine, gap) = ((900, 1000), (700, 1000));
    let history = [
        epoch(1, fine, Some(fine)),
        epoch(2, fine, Some(gap)),
        epoch(3, fine, Some(fine)),
        epoch(4, fine, Some(gap)),
        epoch(5, fine, None),
        epoch(6, fine, Some(gap)),
        epoch(7, fine, Some(fine)),
    ];
    for (selected, expected) in [(2, 2), (4, 4), (6, 4)] {
        let evidence = evidence(history[selected - 1], &history);
        let judgement = judge(&evidence, DEFAULT_TOLERANCE);
        assert_eq!(
            judgement.verdict,
            Verdict::Overfit {
                since_epoch: expected
            },
            "kept: {selected}"
        );
    }
}

/// Training accuracy, in percent of 1000 samples, of 8 epochs; the last quarter is epochs 7 and 8.
fn improving(percents: [u64; 8], kept: usize, planned: usize, validation: (u64, u64)) -> Verdict {
    let mut number = 0;
    let history = percents.map(|percent| {
        number += 1;
        epoch(number, (percent * 10, 1000), Some(validation))
    });
    let evidence = Evidence {
        epochs_planned: planned,
        ..evidence(history[kept - 1], &history)
    };
    judge(&evidence, DEFAULT_TOLERANCE).verdict
}

#[test]
fn still_improving_is_underfit_and_only_then() {
    let steady = [60, 65, 70, 75, 80, 85, 90, 95];
    assert_eq!(improving(steady, 8, 8, (950, 1000)), Verdict::Underfit);
    // Memorising to the very end is overfit.
    assert_eq!(improving(steady, 8, 8, (600, 1000)).name(), "overfit");
    // Levelled off; noisy, but no better than at its best before; stopped before the end; kept an earlier epoch.
    assert_eq!(
        improving([60, 70, 80, 86, 87, 88, 88, 88], 8, 8, (880, 1000)),
        Verdict::Learned
    );
    assert_eq!(
        improving([60, 70, 80, 88, 70, 75, 80, 88], 8, 8, (880, 1000)),
        Verdict::Learned
    );
    assert_eq!(improving(steady, 8, 9, (950, 1000)), Verdict::Learned);
    assert_eq!(improving(steady, 6, 8, (850, 1000)), Verdict::Learned);
    // Too few epochs to tell.
    assert_eq!(improving(steady, 7, 7, (900, 1000)), Verdict::Learned);
}

/// What a user may ask to fail on is what a verdict can be.
#[test]
fn every_verdict_has_its_name_in_the_list() {
    let all = [
        Verdict::Learned,
        Verdict::Overfit { since_epoch: 1 },
        Verdict::Underfit,
        Verdict::Diverged,
        inconclusive(None),
    ];
    assert_eq!(all.map(Verdict::name), Verdict::NAMES);
}

#[test]
fn json_and_display() {
    let json = |verdict| serde_json::to_string(&verdict).unwrap_or_default();
    assert_eq!(json(Verdict::Learned), r#"{"name":"learned"}"#);
    assert_eq!(
        json(Verdict::Overfit { since_epoch: 12 }),
        r#"{"name":"overfit","since-epoch":12}"#
    );
    assert_eq!(
        json(inconclusive(None)),
        r#"{"name":"inconclusive","validation-samples-needed":null}"#
    );
    assert_eq!(
        format!(
            "{:>10}|{:<9}|{}",
            Verdict::Overfit { since_epoch: 1 },
            Verdict::Diverged,
            Verdict::Underfit
        ),
        "   overfit|diverged |underfit"
    );
}

#[test]
fn a_run_that_memorises_is_overfit_although_a_network_from_before_was_kept() {
    // Shuffled labels: validation loss is lowest in epoch 1, before anything was stored.
    let history = [
        epoch(1, (104, 200), Some((98, 200))),
        epoch(2, (150, 200), Some((101, 200))),
        epoch(3, (200, 200), Some((97, 200))),
    ];
    let judgement = judge(&evidence(history[0], &history), DEFAULT_TOLERANCE);
    assert_eq!(judgement.verdict, Verdict::Overfit { since_epoch: 2 });
    assert!(
        judgement
            .reason
            .starts_with("in the last epoch training 100.0 %, validation 48.5 %")
            && judgement
                .reason
                .contains("epoch 1, which was kept, is not shown to have learned"),
        "{}",
        judgement.reason
    );
    // Early stopping kept a network that has learned: that later ones are overfit is no verdict on it.
    let history = [
        epoch(1, (1900, 2000), Some((1890, 2000))),
        epoch(2, (2000, 2000), Some((1700, 2000))),
    ];
    let judgement = judge(&evidence(history[0], &history), DEFAULT_TOLERANCE);
    assert_eq!(judgement.verdict, Verdict::Learned);
    // The kept network is the last one: nothing to add.
    let judgement = judge(&evidence(history[1], &history), DEFAULT_TOLERANCE);
    assert_eq!(judgement.verdict, Verdict::Overfit { since_epoch: 2 });
}

fn shown(selected: EpochMeasurement, simpler: &[SimplerMethod]) -> Evidence<'_> {
    Evidence {
        simpler,
        ..evidence(selected, &[])
    }
}

#[test]
fn what_a_simpler_method_knows_better_is_underfit() {
    // One half-plane on a circle: two samples of three, seen or not.
    let selected = epoch(30, (330, 500), Some((325, 500)));
    let scored = |name, successes, trials| SimplerMethod {
        name,
        answered: Answered::Right(Proportion { successes, trials }),
    };
    let methods = [
        scored("nearest centroid", 250, 500),
        scored("nearest neighbour", 485, 500),
        scored("linear model", 330, 500),
    ];
    let verdict = |evidence: &Evidence| judge(evidence, DEFAULT_TOLERANCE).verdict.name();
    let judgement = judge(&shown(selected, &methods), DEFAULT_TOLERANCE);
    assert_eq!(judgement.verdict, Verdict::Underfit);
    assert_eq!(judgement.outdone.unwrap().method, "nearest neighbour");
    assert!(
        judgement.reason.starts_with(
            "training accuracy 66.0 %, while nearest neighbour gets 97.0 % of validation samples right that it has never \
             seen: 31.0 points more, at least 25.6"
        ),
        "{}",
        judgement.reason
    );
    // Nobody was asked; nobody is clearly better; nobody answered.
    assert_eq!(verdict(&shown(selected, &[])), "inconclusive");
    assert_eq!(
        verdict(&shown(selected, &[methods[0], methods[2]])),
        "inconclusive"
    );
    assert_eq!(
        verdict(&shown(selected, &[scored("nearest neighbour", 0, 0)])),
        "inconclusive"
    );
    // A method that is better on validation is no reproach to a network that memorised.
    let memorised = epoch(30, (500, 500), Some((325, 500)));
    assert_eq!(verdict(&shown(memorised, &methods)), "overfit");
    // Better, but within the tolerance.
    let good = epoch(30, (1900, 2000), Some((1890, 2000)));
    assert_eq!(
        verdict(&shown(good, &[scored("nearest neighbour", 1960, 2000)])),
        "learned"
    );
}
