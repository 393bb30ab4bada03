//! The picture as a whole: three lines that can be told apart, and no input breaks them.

use super::*;
use crate::report::picture::testing::{Checked, assert_is_drawn, assert_is_xml, decoded};
use crate::report::style;

fn point(epoch: usize, train_loss: f64, train_score: f64) -> CurvePoint {
    CurvePoint {
        epoch,
        train_loss,
        validation_loss: Some(train_loss + 0.2),
        train_score,
        validation_score: Some(train_score - 0.1),
        accuracy_gap: None,
        loss_gap: None,
        learning_rate: 0.1,
    }
}

fn control(epochs: u16) -> Control {
    let run = |slowness: f64| -> Vec<CurvePoint> {
        (1..=epochs)
            .map(|epoch| {
                let missing = 0.9 * (-f64::from(epoch) / slowness).exp();
                point(usize::from(epoch), 2.3 * missing, 1.0 - missing)
            })
            .collect()
    };
    Control {
        title: "digits & <letters>".to_owned(),
        subtitle: "it can store 97 % of the labels".to_owned(),
        true_labels: run(5.0),
        shuffled_labels: run(40.0),
        baseline: Some(0.1),
    }
}

#[test]
fn the_lines_are_labelled_and_dashed() -> Checked {
    let document = svg(&control(30))?;
    assert_is_drawn(&document);
    for text in [
        "training, true labels",
        "training, shuffled labels",
        "validation, true labels",
        "chance",
        "digits &amp; &lt;letters&gt;",
    ] {
        assert!(document.contains(text), "{text}");
    }
    // Besides the grid and two lines per panel, many dashes.
    let mut solid = control(30);
    solid.shuffled_labels.clear();
    let lines = |document: &str| document.matches("<polyline").count();
    assert!(lines(&document) > lines(&svg(&solid)?) + 30);
    Ok(())
}

#[test]
fn the_png_is_one_of_1600_by_1200_pixels() -> Checked {
    let (information, pixels) = decoded(&png(&control(30))?)?;
    assert_eq!((information.width, information.height), (1600, 1200));
    for line in [style::TRAINING.line, style::VALIDATION.line] {
        let color = [line.0, line.1, line.2];
        assert!(pixels.chunks_exact(3).any(|pixel| pixel == color));
    }
    Ok(())
}

#[test]
fn the_same_runs_give_the_same_bytes_in_any_order() -> Checked {
    let control = control(12);
    let mut reversed = control.clone();
    reversed.true_labels.reverse();
    reversed.shuffled_labels.reverse();
    assert_eq!(svg(&control)?, svg(&reversed)?);
    assert_eq!(png(&control)?, png(&control)?);
    Ok(())
}

#[test]
fn thousands_of_epochs_stay_small() -> Checked {
    let mut control = control(5000);
    for (index, point) in control.shuffled_labels.iter_mut().enumerate() {
        point.train_score = if index % 2 == 0 { 0.1 } else { 0.9 };
    }
    let document = svg(&control)?;
    assert!(document.len() < 300_000, "{} bytes", document.len());
    Ok(())
}

#[test]
fn no_input_breaks_the_picture() -> Checked {
    assert!(svg(&Control::default())?.contains("no epoch was finished"));
    let mut cases = vec![control(1), control(2), control(41), control(200)];
    let mut other = control(3);
    other.shuffled_labels.clear();
    cases.push(other.clone());
    std::mem::swap(&mut other.true_labels, &mut other.shuffled_labels);
    cases.push(other);
    for value in [
        f64::NAN,
        f64::INFINITY,
        f64::MAX,
        -1e299,
        5e-324,
        -1.0,
        1e12,
    ] {
        let mut strange = control(4);
        strange.title = "w".repeat(500);
        strange.subtitle = "\u{0}\u{1b}\u{fffe}🦀 ".repeat(200);
        strange.baseline = Some(value);
        strange.true_labels[0].train_loss = value;
        strange.shuffled_labels[2].train_score = value;
        strange.true_labels[1].validation_score = Some(value);
        cases.push(strange.clone());
        let every = strange.true_labels.iter_mut();
        for point in every.chain(&mut strange.shuffled_labels) {
            *point = self::point(point.epoch * (usize::MAX / 4), value, value);
        }
        cases.push(strange);
    }
    for control in &cases {
        let document = svg(control)?;
        assert_is_xml(&document);
        assert_is_drawn(&document);
    }
    for control in cases.iter().step_by(4) {
        png(control)?;
    }
    Ok(())
}
