//! The picture as a whole: both splits, their seeds and the law are there, and no input breaks them.

use super::*;
use crate::report::picture::testing::{Checked, assert_is_drawn, assert_is_xml, decoded};
use crate::report::style;

fn run(train_error: f64, validation_error: f64) -> RunErrors {
    RunErrors {
        train_error,
        validation_error: Some(validation_error),
    }
}

/// More units, less training error.
fn scaling(labels: &[&str]) -> Scaling {
    let group = |(index, label): (u16, &&str)| {
        let error = 0.4 / f64::from(index);
        Group {
            label: (*label).to_owned(),
            value: label.parse().ok(),
            runs: (0..4)
                .map(|seed| run(error + 0.01 * f64::from(seed), 0.1 + error))
                .collect(),
        }
    };
    Scaling {
        title: "digits & <letters>".to_owned(),
        subtitle: "more units memorise more".to_owned(),
        key: "model.units".to_owned(),
        groups: (1..).zip(labels).map(group).collect(),
        is_logarithmic: false,
        law: None,
        mark: None,
    }
}

fn law() -> Law {
    Law {
        points: (1..=50_u8)
            .map(|index| {
                let value = f64::from(index);
                LawPoint {
                    value,
                    error: 0.5 / value,
                    low: 0.4 / value,
                    high: 0.6 / value,
                }
            })
            .collect(),
        annotation: "error ≈ 0.5 / n".to_owned(),
    }
}

#[test]
fn both_splits_their_gap_and_the_key_are_named() -> Checked {
    let document = svg(&scaling(&["8", "16", "32"]))?;
    assert_is_xml(&document);
    assert_is_drawn(&document);
    for text in [
        "\ntraining\n",
        "\nvalidation\n",
        "\ngap\n",
        "\nmodel.units\n",
        "\n32\n",
        "lowest to highest run",
        "digits &amp; &lt;letters&gt;",
    ] {
        assert!(document.contains(text), "{text:?}");
    }
    Ok(())
}

#[test]
fn every_run_is_a_dot_and_one_seed_has_no_band() -> Checked {
    let mut scaling = scaling(&["8", "16", "32"]);
    let count = |document: &str, shape: &str| document.matches(shape).count();
    let several = svg(&scaling)?;
    // Three groups of four runs: 36 dots, nine discs, three holes in rings, three dots in the key.
    assert_eq!(count(&several, "<circle"), 36 + 9 + 3 + 3);
    assert_eq!(count(&several, "<polygon"), 3);
    for group in &mut scaling.groups {
        group.runs.truncate(1);
    }
    let single = svg(&scaling)?;
    assert_eq!(count(&single, "<circle"), 9 + 3);
    assert!(!single.contains("<polygon") && !single.contains("single runs"));
    Ok(())
}

#[test]
fn names_are_not_joined() -> Checked {
    let lines = |labels: &[&str]| -> Result<usize, PictureError> {
        let thick = format!(r#"stroke-width="{}""#, 4.0 * style::TRAINING.line_width);
        Ok(svg(&scaling(labels))?.matches(&thick).count())
    };
    assert_eq!(lines(&["1", "2", "3"])?, 1);
    assert_eq!(lines(&["1", "2", "full"])?, 0);
    Ok(())
}

#[test]
fn the_law_and_the_mark_are_explained() -> Checked {
    let mut scaling = scaling(&["1", "2", "40"]);
    scaling.law = Some(law());
    scaling.mark = Some(Mark {
        value: 60.0,
        label: "half the gap: ~60 <units>".to_owned(),
    });
    let document = svg(&scaling)?;
    assert_is_drawn(&document);
    for text in [
        "fitted law",
        "error ≈ 0.5 / n",
        "its interval",
        "half the gap: ~60 &lt;units&gt;\n",
    ] {
        assert!(document.contains(text), "{text}");
    }
    scaling.mark = Some(Mark {
        value: 1e9,
        label: "far".to_owned(),
    });
    assert!(svg(&scaling)?.contains("far (beyond this range)"));
    Ok(())
}

#[test]
fn the_png_is_one_of_1600_by_1200_pixels() -> Checked {
    let (information, pixels) = decoded(&png(&scaling(&["8", "16"]))?)?;
    assert_eq!((information.width, information.height), (1600, 1200));
    for line in [style::TRAINING.line, style::VALIDATION.line] {
        let color = [line.0, line.1, line.2];
        assert!(pixels.chunks_exact(3).any(|pixel| pixel == color));
    }
    Ok(())
}

#[test]
fn the_same_groups_give_the_same_bytes_in_any_order() -> Checked {
    let scaling = scaling(&["8", "16", "32"]);
    let mut reversed = scaling.clone();
    reversed.groups.reverse();
    assert_eq!(svg(&scaling)?, svg(&reversed)?);
    assert_eq!(png(&scaling)?, png(&scaling)?);
    Ok(())
}

#[test]
fn no_input_breaks_the_picture() -> Checked {
    assert!(svg(&Scaling::default())?.contains("no run was finished"));
    let numbers: Vec<String> = (1..=255).map(|number| number.to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let long = "w&".repeat(200);
    let mut cases = vec![
        scaling(&["7"]),
        scaling(&["adam"]),
        scaling(&["0", "0", "0"]),
        scaling(&["-1e300", "1e299", "-1e299", "5e-324"]),
        scaling(&["5e-324", "1e299"]),
        scaling(&["inf", "1"]),
        scaling(&numbers),
        scaling(&[long.as_str(), "\u{0}🦀", ""].repeat(80)),
    ];
    for value in [
        f64::NAN,
        f64::INFINITY,
        f64::MAX,
        -1e299,
        5e-324,
        0.0,
        -1.0,
        1e12,
    ] {
        let mut strange = scaling(&["1", "30", "3"]);
        strange.title.clone_from(&long);
        strange.subtitle = "\u{0}\u{1b}\u{fffe}🦀 ".repeat(200);
        strange.key.clone_from(&long);
        strange.is_logarithmic = true;
        strange.groups[0].runs[0] = run(value, 0.1);
        strange.groups[1].runs = vec![run(0.2, value); 3];
        strange.groups[2].runs.clear();
        let point = LawPoint {
            value,
            error: 0.2,
            low: value,
            high: -value,
        };
        let mut law = law();
        law.annotation.clone_from(&long);
        law.points.push(point);
        law.points.push(LawPoint {
            value: 2.0,
            error: value,
            ..point
        });
        strange.law = Some(law);
        strange.mark = Some(Mark {
            value,
            label: long.clone(),
        });
        cases.push(strange.clone());
        strange.is_logarithmic = false;
        strange.groups = vec![Group {
            label: "1".to_owned(),
            value: Some(value),
            runs: vec![run(value, value)],
        }];
        cases.push(strange);
    }
    for scaling in &cases {
        let document = svg(scaling)?;
        assert_is_xml(&document);
        assert_is_drawn(&document);
    }
    for scaling in cases.iter().step_by(5) {
        png(scaling)?;
    }
    Ok(())
}
