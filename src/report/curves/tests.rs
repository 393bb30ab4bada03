//! The picture as a whole: both formats exist, are well formed and small, and no input breaks them.

use super::*;
use crate::report::picture::testing::{Checked, assert_is_xml, decoded};
use crate::report::style;

fn point(epoch: usize, loss: f64, accuracy: f64) -> CurvePoint {
    CurvePoint {
        epoch,
        train_loss: loss,
        validation_loss: Some(loss + 0.1),
        train_score: accuracy,
        validation_score: Some(accuracy - 0.03),
        accuracy_gap: Some((0.01, 0.05)),
        loss_gap: Some((0.05, 0.15)),
        learning_rate: 0.1,
    }
}

/// Noisy curves: the hardest to keep small.
fn curves(epochs: usize) -> Curves {
    let noise = |epoch: usize| f64::from(u16::try_from(epoch * 7919 % 1009).unwrap_or(0)) / 1009.0;
    Curves {
        title: "digits & <letters>".to_owned(),
        subtitle: "learned: training 92.1 %, validation 90.4 %".to_owned(),
        points: (1..=epochs)
            .map(|epoch| point(epoch, 0.2 + noise(epoch), 0.95 - 0.2 * noise(epoch + 1)))
            .collect(),
        best_epoch: Some(epochs / 2 + 1),
        baseline: Some(0.6),
        score: ShownScore::Accuracy,
    }
}

#[test]
fn the_png_is_one_of_1600_by_1200_pixels() -> Checked {
    let file = png(&curves(20))?;
    assert!(file.starts_with(b"\x89PNG\r\n\x1a\n"));
    let (information, pixels) = decoded(&file)?;
    assert_eq!((information.width, information.height), (1600, 1200));
    assert_eq!(pixels[..3], [255, 255, 255]);
    for split in [style::TRAINING, style::VALIDATION] {
        let color = [split.line.0, split.line.1, split.line.2];
        assert!(
            pixels.chunks_exact(3).any(|pixel| pixel == color),
            "{split:?}"
        );
    }
    Ok(())
}

#[test]
fn the_svg_is_xml_with_its_text_as_text() -> Checked {
    let document = svg(&curves(20))?;
    assert_is_xml(&document);
    assert!(document.starts_with(r#"<svg width="800" height="600" role="img""#));
    for text in [
        "training",
        "validation",
        "majority class",
        "best epoch 11",
        "digits &amp; &lt;letters&gt;",
    ] {
        assert!(document.contains(text), "{text}");
    }
    Ok(())
}

#[test]
fn thousands_of_epochs_stay_small() -> Checked {
    let curves = curves(5000);
    let document = svg(&curves)?;
    assert!(document.len() < 300_000, "{} bytes", document.len());
    let file = png(&curves)?;
    assert!(file.len() < 1_000_000, "{} bytes", file.len());
    Ok(())
}

#[test]
fn the_same_curves_give_the_same_bytes() -> Checked {
    let curves = curves(20);
    assert_eq!(svg(&curves)?, svg(&curves)?);
    assert_eq!(png(&curves)?, png(&curves)?);
    Ok(())
}

#[test]
fn no_epoch_is_said_in_words() -> Checked {
    let curves = Curves::default();
    assert!(svg(&curves)?.contains("no epoch was finished"));
    png(&curves)?;
    Ok(())
}

#[test]
fn without_validation_there_is_one_curve() -> Checked {
    let mut curves = curves(20);
    for point in &mut curves.points {
        point.validation_loss = None;
        point.validation_score = None;
    }
    let document = svg(&curves)?;
    assert!(document.contains("training") && !document.contains("validation\n"));
    assert!(!document.contains("<polygon"));
    Ok(())
}

#[test]
fn no_input_breaks_the_picture() -> Checked {
    let strange = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        -f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        -1.0,
        0.0,
        1e12,
    ];
    let mut cases = vec![
        curves(1),
        curves(2),
        Curves {
            title: "w".repeat(500),
            subtitle: "\u{0}\u{1b}\u{fffe}🦀 ".repeat(200),
            best_epoch: Some(usize::MAX),
            baseline: Some(f64::NAN),
            score: ShownScore::R2,
            points: vec![
                point(usize::MAX, 0.0, 0.0),
                point(0, 0.0, 0.0),
                point(0, 1.0, 1.0),
            ],
        },
    ];
    for value in strange {
        for other in strange {
            let mut curves = curves(3);
            curves.points[0].train_loss = value;
            curves.points[1].validation_loss = Some(other);
            curves.points[1].train_score = value;
            curves.points[2].validation_score = Some(other);
            curves.points[0].loss_gap = Some((value, other));
            curves.points[2].accuracy_gap = Some((other, value));
            curves.baseline = Some(other);
            cases.push(curves.clone());
            curves.score = ShownScore::R2;
            cases.push(curves.clone());
            for point in &mut curves.points {
                *point = CurvePoint {
                    epoch: point.epoch,
                    ..self::point(point.epoch, value, other)
                };
            }
            cases.push(curves);
        }
    }
    for curves in &cases {
        let document = svg(curves)?;
        assert_is_xml(&document);
        assert!(
            !document.contains("NaN") && !document.contains("inf"),
            "{curves:?}"
        );
    }
    for curves in cases.iter().step_by(23) {
        png(curves)?;
    }
    Ok(())
}
