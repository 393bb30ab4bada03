//! That advice fits the verdict and names the numbers.

use super::advice::{Setting, advice};
use super::{
    EpochMeasurement, Evidence, HeldOut, Judgement, Measurement, Moments, Proportion, Score, judge,
};

const SETTING: Setting = Setting {
    parameters: 98_000,
    training_samples: 200,
    epochs: 50,
    learning_rate: 0.1,
    weight_decay: 0.0,
    dropout: false,
    unaugmented: true,
    one_layer: false,
};

fn judged(train: (u64, u64), validation: Option<(u64, u64)>) -> Judgement {
    let measurement = |(successes, trials)| Measurement {
        score: Score::Accuracy(Proportion { successes, trials }),
        loss: Moments {
            count: trials,
            mean: 0.5,
            variance: 0.1,
            third: 0.0,
        },
    };
    judge(
        &Evidence {
            history: &[],
            selected: EpochMeasurement {
                epoch: 40,
                train: measurement(train),
                validation: validation.map(measurement),
                since_best: None,
            },
            held_out: HeldOut::Test,
            baseline: 0.5,
            epochs_planned: 50,
            diverged: None,
            simpler: &[],
        },
        0.05,
    )
}

#[test]
fn overfitting_is_blamed_on_what_is_there() {
    let judgement = judged((200, 200), Some((142, 200)));
    assert_eq!(judgement.verdict.name(), "overfit");
    let advice = advice(&judgement, &SETTING);
    assert!(
        advice[0].starts_with("98000 parameters on 200 samples"),
        "{advice:?}"
    );
    assert!(
        advice[1].starts_with("weight decay is 0 and there is no dropout"),
        "{advice:?}"
    );
    assert!(advice[2].contains("`data.augmentation`"), "{advice:?}");
    let careful = Setting {
        parameters: 100,
        weight_decay: 0.01,
        dropout: true,
        unaugmented: false,
        ..SETTING
    };
    let advice = super::advice::advice(&judgement, &careful);
    assert_eq!(
        advice,
        ["200 training samples are too few for this problem: more of them help most"]
    );
}

#[test]
fn a_tenth_is_what_one_would_write() {
    for (rate, expected) in [(0.7, 0.07), (1e30, 1e29), (0.003, 0.0003)] {
        let found = super::advice::tenth(rate);
        assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    }
}

#[test]
fn a_straight_line_is_told_to_bend() {
    let judgement = judged((100, 200), Some((100, 200)));
    assert_eq!(judgement.verdict.name(), "underfit");
    let line = Setting {
        one_layer: true,
        ..SETTING
    };
    assert!(advice(&judgement, &line)[0].contains("add a hidden layer"));
    assert!(advice(&judgement, &SETTING)[1].contains("learning rate of 0.1"));
}

#[test]
fn what_is_undecided_says_what_would_decide() {
    let judgement = judged((40, 40), Some((40, 40)));
    assert_eq!(judgement.verdict.name(), "inconclusive");
    assert!(advice(&judgement, &SETTING)[0].starts_with("hold out "));
    let judgement = judged((4, 4), None);
    assert!(advice(&judgement, &SETTING)[0].starts_with("hold samples out"));
    let judgement = judged((5000, 5000), Some((4990, 5000)));
    assert_eq!(judgement.verdict.name(), "learned");
    assert!(advice(&judgement, &SETTING).is_empty());
}
