//! Each test of the rule on errors that were made for it, and R² against its definition.

use super::super::{
    Answered, Compared, DEFAULT_TOLERANCE, EpochMeasurement, Evidence, HeldOut, Judgement,
    Measurement, Moments, Score, SimplerMethod, Verdict, judge,
};
use super::Explained;

/// Numbers −1.5, −0.5, 0.5, 1.5 (mean square 1.25) again and again; of their variance the network leaves this share, as
/// residuals of both signs.
fn measured(samples: usize, unexplained: f64) -> Measurement {
    let number = |place: usize| (place % 4) as f64 - 1.5;
    // Sizes 0.5, 1 and 1.5, whose squares have the mean 7/6.
    let residual = |place: usize| {
        let size = 0.5 * ((place / 4) % 3 + 1) as f64;
        size * (unexplained * 1.25 / (7.0 / 6.0)).sqrt()
    };
    let errors: Vec<f64> = (0..samples).map(|place| residual(place).powi(2)).collect();
    let of_the_mean: Vec<f64> = (0..samples).map(|place| number(place).powi(2)).collect();
    // In variances of the numbers.
    let scaled = |values: Vec<f64>| -> Vec<f64> { values.iter().map(|v| v / 1.25).collect() };
    let (errors, of_the_mean) = (scaled(errors), scaled(of_the_mean));
    Measurement {
        score: Score::R2(Explained::of(&errors, &of_the_mean)),
        loss: Moments::of(&errors),
    }
}

fn epoch(epoch: usize, train: f64, validation: Option<f64>) -> EpochMeasurement {
    EpochMeasurement {
        epoch,
        train: measured(1200, train),
        validation: validation.map(|share| measured(1200, share)),
        since_best: None,
    }
}

fn judged(history: &[EpochMeasurement], selected: usize, simpler: &[SimplerMethod]) -> Judgement {
    let evidence = Evidence {
        history,
        selected: history[selected],
        held_out: HeldOut::Validation {
            chosen_among: history.len(),
        },
        baseline: 0.0,
        epochs_planned: history.len(),
        diverged: None,
        simpler,
    };
    judge(&evidence, DEFAULT_TOLERANCE)
}

#[test]
fn r2_is_one_minus_the_ratio_of_the_sums() {
    let (errors, of_the_mean) = ([1.0, 4.0, 0.25, 0.0], [4.0, 9.0, 1.0, 1.0]);
    let explained = Explained::of(&errors, &of_the_mean);
    let r2 = explained.r2(0.95);
    assert!((r2.value - (1.0 - 5.25 / 15.0)).abs() < 1e-12, "{r2:?}");
    assert!(r2.low < r2.value && r2.high <= 1.0, "{r2:?}");
    assert!((explained.improvement.mean - 9.75 / 4.0).abs() < 1e-12);
    // All numbers are the training mean: there is nothing to explain.
    assert!(
        Explained::of(&[1.0, 2.0], &[0.0, 0.0])
            .r2(0.95)
            .value
            .is_nan()
    );
    // Nothing unexplained is certain.
    let r2 = Explained::of(&[0.0; 4], &of_the_mean).r2(0.95);
    assert_eq!((r2.value, r2.low, r2.high), (1.0, 1.0, 1.0));
}

#[test]
fn each_verdict_has_its_numbers() {
    let name = |train, validation| {
        let judgement = judged(&[epoch(1, train, validation)], 0, &[]);
        judgement.verdict.name()
    };
    assert_eq!(name(0.05, Some(0.06)), "learned");
    assert_eq!(name(0.05, Some(0.20)), "overfit");
    assert_eq!(name(0.05, Some(0.10)), "inconclusive");
    assert_eq!(name(0.05, None), "inconclusive");
    // As bad as the mean on training and validation alike; and worse than it on validation.
    assert_eq!(name(1.0, Some(1.0)), "underfit");
    assert_eq!(name(1.0, None), "underfit");
    assert_eq!(name(0.5, Some(1.2)), "overfit");
    assert_eq!(name(f64::NAN, Some(0.1)), "diverged");
}

#[test]
fn the_last_epoch_shows_what_memorising_did() {
    // Kept is epoch 2, hardly trained; in the end everything is memorised.
    let history = [
        epoch(1, 0.9, Some(0.95)),
        epoch(2, 0.86, Some(0.92)),
        epoch(3, 0.4, Some(1.0)),
        epoch(4, 0.0, Some(1.3)),
    ];
    let judgement = judged(&history, 1, &[]);
    assert_eq!(
        judgement.verdict,
        Verdict::Overfit { since_epoch: 3 },
        "{}",
        judgement.reason
    );
}

#[test]
fn what_still_improves_is_underfit() {
    let history: Vec<EpochMeasurement> = (1..=12)
        .map(|number| {
            let share = 0.9 - 0.06 * number as f64;
            epoch(number, share, Some(share))
        })
        .collect();
    let judgement = judged(&history, 11, &[]);
    assert_eq!(judgement.verdict, Verdict::Underfit, "{}", judgement.reason);
    assert!(
        judgement.reason.contains("still going on"),
        "{}",
        judgement.reason
    );
}

#[test]
fn a_simpler_method_that_leaves_less_is_a_witness() {
    let witness = SimplerMethod {
        name: "nearest neighbour",
        answered: Answered::Errors(measured(396, 0.04).loss),
    };
    let history = [epoch(1, 0.85, Some(0.85))];
    assert_eq!(judged(&history, 0, &[]).verdict, Verdict::Learned);
    let judgement = judged(&history, 0, &[witness]);
    assert_eq!(judgement.verdict, Verdict::Underfit, "{}", judgement.reason);
    let outdone = judgement.outdone.unwrap();
    assert!((outdone.score - 0.96).abs() < 1e-9 && outdone.difference.low > 0.7);
}

#[test]
fn more_samples_would_decide() {
    let few = EpochMeasurement {
        validation: Some(measured(12, 0.08)),
        ..epoch(1, 0.05, None)
    };
    let judgement = judged(&[few], 0, &[]);
    let Verdict::Inconclusive {
        validation_samples_needed: Some(needed),
    } = judgement.verdict
    else {
        panic!("{}: {}", judgement.verdict, judgement.reason);
    };
    // What is asked for is what decides, and one sample less does not.
    let with = |samples: u64| {
        let held_out = measured(12, 0.08);
        let more = |moments: Moments| Moments {
            count: samples,
            ..moments
        };
        let explained = held_out.explained().unwrap();
        let held_out = Measurement {
            score: Score::R2(Explained {
                improvement: more(explained.improvement),
                part: more(explained.part),
            }),
            loss: more(held_out.loss),
        };
        let history = [EpochMeasurement {
            validation: Some(held_out),
            ..few
        }];
        judged(&history, 0, &[]).verdict.name()
    };
    assert_eq!(
        (with(needed - 1), with(needed)),
        ("inconclusive", "learned")
    );
}

#[test]
fn the_record_has_r2_and_no_accuracy() {
    let judgement = judged(&[epoch(1, 0.05, Some(0.06))], 0, &[]);
    assert!(matches!(judgement.compared, Compared::R2 { .. }));
    let record = serde_json::to_value(&judgement).unwrap();
    for key in ["train-r2", "validation-r2", "r2-gap", "loss-gap"] {
        assert!(record[key]["value"].is_number(), "{key} in {record}");
    }
    assert!(record.get("accuracy-gap").is_none(), "{record}");
    assert!((record["r2-gap"]["value"].as_f64().unwrap() - 0.01).abs() < 1e-9);
}
