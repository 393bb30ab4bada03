//! Configurations and samples that are the same, differ, or are missing.

use serde_json::json;

use super::configurations::{Settings, differences};
use super::overlaid::{Curve, Overlaid, Point, ShownSplit};
use super::pairing::paired;
use super::*;
use crate::report::curves::ShownScore;
use crate::report::picture::svg;
use crate::report::picture::testing::{Checked, assert_is_drawn, assert_is_xml};
use crate::report::predictions::{ClassRow, HeldOut, NumberRow};

fn settings(text: &str) -> Settings {
    Settings::read(text).expect("TOML")
}

#[test]
fn only_what_differs_is_left_and_layers_count_as_numbers() {
    let layers: Vec<String> = (0..12)
        .map(|units| format!("{{ dense = {{ units = {} }} }}", units + 1))
        .collect();
    let text = |seed: u32, last: &str| {
        format!(
            "seed = {seed}\nepochs = 3\n[model]\nlayers = [{}, \"flatten\", {last}]\n",
            layers.join(", ")
        )
    };
    let one = settings(&text(1, "{ dropout = { rate = 0.5 } }"));
    let other = settings(&text(2, "{ dense = { units = 99 } }"));
    let found = differences(&[Some(&one), None, Some(&other)]);
    let value = |text: &str| Some(text.to_owned());
    assert_eq!(
        found,
        [
            (
                "model.layers[13].dense.units".to_owned(),
                vec![None, None, value("99")]
            ),
            (
                "model.layers[13].dropout.rate".to_owned(),
                vec![value("0.5"), None, None]
            ),
            ("seed".to_owned(), vec![value("1"), None, value("2")]),
        ]
    );
    assert!(differences(&[Some(&one), Some(&one)]).is_empty());
    assert!(differences(&[None, None]).is_empty());
    assert!(!one.equal_but_for_the_seed(&other));
    assert!(one.equal_but_for_the_seed(&settings(&text(7, "{ dropout = { rate = 0.5 } }"))));
    assert_eq!(one.get("epochs"), Some("3"));
    assert!(Settings::read("seed = ").is_err());
}

fn run(letter: &str, data: &str, predictions: Option<Predictions>) -> ComparedRun {
    ComparedRun {
        letter: letter.to_owned(),
        name: letter.to_lowercase(),
        record: json!({ "data": { "fingerprint": data } }),
        rows: Vec::new(),
        settings: None,
        predictions,
        missing: Vec::new(),
    }
}

fn classes(split: HeldOut, said: &[(u32, &str, &str)]) -> Predictions {
    let row = |&(index, class, predicted): &(u32, &str, &str)| ClassRow {
        split,
        index,
        class: class.to_owned(),
        predicted: predicted.to_owned(),
        probability: None,
        loss: 0.0,
    };
    Predictions::Classes(said.iter().map(row).collect())
}

fn numbers(said: &[(u32, f64, f64)]) -> Predictions {
    let row = |&(index, target, predicted): &(u32, f64, f64)| NumberRow {
        split: HeldOut::Test,
        index,
        target,
        predicted,
        loss: 0.0,
    };
    Predictions::Numbers(said.iter().map(row).collect())
}

#[test]
fn samples_are_matched_by_their_place() {
    let validation = HeldOut::Validation;
    let one = classes(validation, &[(4, "a", "a"), (2, "b", "a"), (9, "b", "b")]);
    let other = classes(validation, &[(2, "b", "b"), (9, "b", "b"), (4, "a", "b")]);
    let found = paired(&run("A", "x", Some(one)), &run("B", "x", Some(other))).expect("the same");
    let pairs = found.pairs.expect("classes");
    assert_eq!((pairs.both, pairs.only_first, pairs.only_second), (1, 1, 1));
    assert_eq!((found.split, found.samples), (validation, 3));
    assert!(found.difference.value.abs() < 1e-15);
}

/// By hand: targets 0 and 2 have variance 1; squared errors 1 and 1 against 0 and 1.
#[test]
fn numbers_are_compared_by_squared_errors() {
    let one = numbers(&[(0, 0.0, 1.0), (1, 2.0, 1.0)]);
    let other = numbers(&[(0, 0.0, 0.0), (1, 2.0, 3.0)]);
    let found = paired(&run("A", "x", Some(one)), &run("B", "x", Some(other))).expect("the same");
    assert!((found.difference.value - 0.5).abs() < 1e-15, "{found:?}");
    assert_eq!(found.pairs, None);
}

#[test]
fn what_is_not_the_same_is_said() {
    let test = |said| Some(classes(HeldOut::Test, said));
    let first = run("A", "x", test(&[(0, "a", "a")]));
    for (other, reason) in [
        (run("B", "y", test(&[(0, "a", "a")])), "the data is another"),
        (run("B", "x", None), "B has no `predictions.csv`"),
        (run("B", "x", test(&[(1, "a", "a")])), "neither test nor"),
        (run("B", "x", test(&[])), "neither test nor"),
        (run("B", "x", test(&[(0, "b", "a")])), "the classes of some"),
        (
            run("B", "x", Some(numbers(&[(0, 1.0, 1.0)]))),
            "one tells classes",
        ),
        (
            ComparedRun {
                record: json!({}),
                ..run("B", "x", None)
            },
            "digest",
        ),
    ] {
        let error = paired(&first, &other).expect_err(reason);
        assert!(error.contains(reason), "{error}");
    }
    let flat = || Some(numbers(&[(0, 1.0, 1.0), (1, 1.0, 2.0)]));
    let error = paired(&run("A", "x", flat()), &run("B", "x", flat())).expect_err("no variance");
    assert!(error.contains("not finite"), "{error}");
}

fn curve(letters: &str, epochs: usize) -> Curve {
    let point = |epoch: usize| {
        let loss = 1.0 / epoch as f64;
        Point::new(
            epoch,
            &[
                ([loss, loss + 0.1], [0.9, 0.8]),
                ([loss, loss + 0.2], [0.8, f64::NAN]),
            ],
        )
    };
    Curve {
        letters: letters.to_owned(),
        name: "<b>&\u{202e}\u{7}\"".repeat(40),
        points: (1..=epochs).map(point).collect(),
    }
}

#[test]
fn any_number_of_curves_is_drawn() -> Checked {
    for (count, epochs) in [(0, 0), (1, 1), (2, 0), (8, 40), (8, 10_000)] {
        let letters = ["A", "B", "C", "D", "E", "F", "G", "H"];
        let curves: Vec<Curve> = letters[..count]
            .iter()
            .map(|letter| curve(letter, epochs))
            .collect();
        for split in [ShownSplit::Training, ShownSplit::Validation] {
            for score in [ShownScore::Accuracy, ShownScore::R2] {
                let document = svg(&Overlaid {
                    split,
                    curves: &curves,
                    score,
                })?;
                assert_is_xml(&document);
                assert_is_drawn(&document);
                assert!(document.len() < 400_000, "{}", document.len());
            }
        }
    }
    Ok(())
}

#[test]
fn both_splits_have_the_same_axes() -> Checked {
    let curves = [curve("A", 5), curve("B", 9)];
    let ticks = |split| -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let document = svg(&Overlaid {
            split,
            curves: &curves,
            score: ShownScore::Accuracy,
        })?;
        let lines = document.lines().map(str::trim);
        let is_tick = |line: &&str| line.parse::<f64>().is_ok();
        Ok(lines.filter(is_tick).map(str::to_owned).collect())
    };
    let training = ticks(ShownSplit::Training)?;
    assert!(training.len() > 8, "{training:?}");
    assert_eq!(training, ticks(ShownSplit::Validation)?);
    Ok(())
}

#[test]
fn letters_never_end() {
    let letters: Vec<String> = [0, 25, 26, 60].map(letter).to_vec();
    assert_eq!(letters, ["A", "Z", "A2", "I3"]);
}
