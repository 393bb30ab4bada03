//! What a training step aims at: smoothed labels, weighted classes, several batches to a step.

use insta::assert_snapshot;

use super::program::{Program, SMALL};

/// Three clouds of points, with these keys in `[training]`.
fn blobs(training: &str) -> String {
    format!(
        "seed = 5\n[data]\nsource = {{ blobs = {{ samples = 240, noise = 0.3 }} }}\nsplit = {{ validation = 0.25 }}\n\
         [model]\nlayers = [{{ dense = {{ units = 8, activation = \"tanh\" }} }}, {{ dense = {{ units = 3 }} }}]\nloss = \"cross-entropy\"\n\
         [training]\nepochs = 4\nbatch-size = 36\noptimizer = {{ sgd = {{ learning-rate = 0.2 }} }}\n{training}\n"
    )
}

fn metrics(program: &Program) -> Vec<Vec<f64>> {
    let text = std::fs::read_to_string(program.path("artifacts/config/metrics.csv")).unwrap();
    let rows = text.lines().skip(1);
    rows.map(|row| {
        row.split(',')
            .map(|cell| cell.parse().unwrap_or(f64::NAN))
            .collect()
    })
    .collect()
}

fn trained(training: &str) -> Vec<Vec<f64>> {
    let program = Program::with_config(&blobs(training));
    program.train(&[]).succeeds();
    metrics(&program)
}

/// 180 samples to train on are five batches of 36, or two and a half of 72.
#[test]
fn accumulated_batches_are_one_batch() {
    let whole = trained("").clone();
    let config = blobs("");
    let at_once = Program::with_config(&config);
    at_once
        .train(&["--set", "training.batch-size=72"])
        .succeeds();
    let accumulated = Program::with_config(&config);
    accumulated
        .train(&["--set", "training.gradient-accumulation=2"])
        .succeeds();
    let (at_once, accumulated) = (metrics(&at_once), metrics(&accumulated));
    for (row, (one, two)) in at_once.iter().zip(&accumulated).enumerate() {
        // Losses, accuracies and the gradient's norm: sums of the same numbers in another order, in f32.
        for column in [1, 2, 3, 4, 11] {
            let (one, two) = (one[column], two[column]);
            assert!(
                (one - two).abs() < 2e-5 * one.abs().max(1.0),
                "{row} {column}: {one} and {two}"
            );
        }
    }
    let differs = |other: &[Vec<f64>]| (whole[3][1] - other[3][1]).abs() > 1e-3;
    assert!(
        differs(&at_once) && differs(&accumulated),
        "steps of 36 and of 72 are not the same"
    );
}

/// What is measured is the plain loss, so a network that may not be sure pays for it, and is no less right.
#[test]
fn smoothed_labels_make_networks_less_sure() {
    let epochs = "epochs";
    let sure = Program::with_config(&blobs(""));
    let set = format!("training.{epochs}=60");
    sure.train(&["--set", &set]).succeeds();
    let unsure = Program::with_config(&blobs("label-smoothing = 0.3"));
    unsure.train(&["--set", &set]).succeeds();
    let (sure, unsure) = (metrics(&sure), metrics(&unsure));
    let last = |rows: &[Vec<f64>]| rows[rows.len() - 1].clone();
    let (sure, unsure) = (last(&sure), last(&unsure));
    assert!(
        unsure[1] > sure[1] + 0.1,
        "loss {} and {}",
        sure[1],
        unsure[1]
    );
    assert!(
        unsure[2] > sure[2] - 0.05,
        "accuracy {} and {}",
        sure[2],
        unsure[2]
    );
}

/// A class that counts nothing is not learned.
#[test]
fn a_class_of_weight_0_is_forgotten() {
    let set = "training.epochs=40";
    let program = Program::with_config(&blobs("class-weights = { 1 = 0.0 }"));
    program.train(&["--set", set]).succeeds();
    let evaluated = program
        .run(&["evaluate", "artifacts/config"])
        .succeeds()
        .stdout
        .clone();
    assert_snapshot!("a_class_of_weight_0", evaluated);
}

#[test]
fn equal_weights_change_nothing() {
    let (without, with) = (trained(""), trained("class-weights = \"balanced\""));
    for (a, b) in without.iter().zip(&with) {
        // 60 of each class, so every weight is 1, but the formula is another one.
        assert!((a[1] - b[1]).abs() < 1e-5, "{} and {}", a[1], b[1]);
    }
}

#[test]
fn what_cannot_be_aimed_at_is_refused() {
    let mut said = String::new();
    for (training, set) in [
        ("label-smoothing = 1.0", None),
        ("class-weights = \"equal\"", None),
        ("class-weights = { 1 = -1.0 }", None),
        ("class-weights = { bag = 2.0 }", None),
        ("gradient-accumulation = 0", None),
        (
            "label-smoothing = 0.1\nclass-weights = \"balanced\"",
            Some("model.loss=mse"),
        ),
    ] {
        let program = Program::with_config(&blobs(training));
        let set: Vec<&str> = set.into_iter().flat_map(|set| ["--set", set]).collect();
        let ran = program.train(&set).fails_with(2);
        said.push_str(&ran.transcript());
        said.push('\n');
    }
    assert_snapshot!("what_cannot_be_aimed_at", said);
    let program = Program::with_config(SMALL);
    program
        .train(&["--set", "training.gradient-accumulation=3"])
        .succeeds();
}

#[test]
fn one_batch_is_learned_by_heart_or_not() {
    let program = Program::with_config(&blobs(""));
    let adam = "training.optimizer={ adam = { learning-rate = 0.02 } }";
    let train = |more: &[&str]| program.train(&[&["--overfit-one-batch"], more].concat());
    let learned = train(&["--set", adam, "--set", "data.source.blobs.noise=0.05"]).succeeds();
    assert!(
        learned.stdout.contains("\nlearned by heart in "),
        "{}",
        learned.stdout
    );
    // Clouds that cover each other, and a learning rate at which nothing moves.
    let not = train(&["--set", "training.optimizer.sgd.learning-rate=1e-9"]).fails_with(1);
    assert_snapshot!("one_batch_not_learned", not.stdout);
    assert!(!program.path("artifacts").exists(), "nothing is written");
}

/// With the whole training split as the batch, ten steps of it are ten epochs of training, whose order changes no more than the last
/// of the six digits that are printed.
#[test]
fn steps_on_one_batch_are_those_of_training() {
    const TOLERANCE: f64 = 2e-6;
    let mut plain = None;
    for (training, batch_size, differs) in [
        ("", "180", false),
        ("gradient-clipping = 0.05", "180", true),
        ("mixed-precision = \"f16\"", "180", true),
        // Twice half of it is the whole.
        ("gradient-accumulation = 2", "90", false),
    ] {
        let program = Program::with_config(&blobs(training));
        let batch_size = format!("training.batch-size={batch_size}");
        let whole = [
            "--set",
            &batch_size,
            "--set",
            "training.epochs=10",
            "--set",
            "evaluation.training-samples=all",
        ];
        program.train(&whole).succeeds();
        let trained = metrics(&program)[9][1];
        // A thousand steps may be enough, or not.
        let ran = program.train(&[&["--overfit-one-batch"][..], &whole].concat());
        let tenth = ran
            .stdout
            .lines()
            .find(|line| line.starts_with("step    10 "));
        let loss = tenth
            .and_then(|line| line.split_whitespace().nth(3))
            .expect("ten steps");
        let loss: f64 = loss.parse().expect("a loss");
        assert!(
            (loss - trained).abs() < TOLERANCE,
            "{training}: {loss} and {trained}"
        );
        let plain = *plain.get_or_insert(loss);
        assert_eq!((loss - plain).abs() > TOLERANCE, differs, "{training}");
    }
}

/// Half precision learns the same, and says where there is none.
#[test]
fn steps_in_half_precision_learn_too() {
    let full = trained("");
    for precision in ["f16", "bf16"] {
        let half = trained(&format!("mixed-precision = \"{precision}\""));
        for (full, half) in full.iter().zip(&half) {
            // Losses of about 1, and 8 bits of mantissa: 2⁻⁸ in each of 20 steps at most, and they do not all err the same way.
            assert!(
                (full[1] - half[1]).abs() < 2e-2,
                "{precision}: {} and {}",
                full[1],
                half[1]
            );
            assert!((full[1] - half[1]).abs() > 0.0, "{precision}: it is f32");
            assert!(
                (full[11] - half[11]).abs() < 5e-2,
                "{precision}: norms {} and {}",
                full[11],
                half[11]
            );
        }
    }
    let program = Program::with_config(&blobs("mixed-precision = \"f16\""));
    let ran = program.train(&["--backend", "ndarray"]).fails_with(4);
    assert_snapshot!("half_precision_on_ndarray", ran.transcript());
    let accumulated = trained("mixed-precision = \"bf16\"\ngradient-accumulation = 2");
    assert!(accumulated[3][1] < accumulated[0][1]);
}
