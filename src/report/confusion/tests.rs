//! The pictures of classes as a whole: both formats, any number of classes, any names.

use super::*;
use crate::report::classes::Classes;
use crate::report::picture::Drawing;
use crate::report::picture::testing::{Checked, assert_is_drawn, assert_is_xml, decoded};

/// Names that nobody should give.
fn names(count: usize) -> Vec<String> {
    let hostile = [
        "<script>alert(1)</script>",
        "\"quotes\" & 'more'",
        "🦀🦀🦀",
        "שלום עולם",
        "\u{0}\u{1b}[31m\u{fffe}\n",
        "",
    ];
    let long = "w".repeat(300);
    let hostile = hostile
        .into_iter()
        .chain([long.as_str()])
        .map(str::to_owned);
    let others = (0..count).map(|class| format!("class {class}"));
    hostile.chain(others).take(count).collect()
}

/// Most are right; each class is sometimes taken for the next.
fn matrix(classes: usize) -> ConfusionMatrix {
    let pairs = (0..classes * 30).map(|sample| {
        let class = sample % classes;
        let said = if sample % 7 == 0 {
            (class + 1) % classes
        } else {
            class
        };
        (class as u8, said as u8)
    });
    ConfusionMatrix {
        title: "a & b".to_owned(),
        split: "test",
        names: names(classes),
        confusion: Confusion::new(classes, pairs),
    }
}

fn classes(matrix: &ConfusionMatrix) -> Classes {
    Classes {
        title: matrix.title.clone(),
        split: "test",
        classes: matrix.confusion.classes(&matrix.names),
    }
}

#[test]
fn any_number_of_classes_is_drawn_in_both_formats() -> Checked {
    for count in [1, 2, 3, 10, 40, 41, 200, 256] {
        let matrix = matrix(count);
        let document = matrix.svg()?;
        assert_is_xml(&document);
        assert_is_drawn(&document);
        assert!(document.len() < 400_000, "{count}: {}", document.len());
        assert!(!document.contains("<script") && !document.contains("NaN"));
        let (width, height) = matrix.size();
        assert!(height < 900, "{count}: {height}");
        let (information, _) = decoded(&matrix.png()?)?;
        assert_eq!(
            (information.width, information.height),
            (2 * width, 2 * height)
        );
        let classes = classes(&matrix);
        let document = classes.svg()?;
        assert_is_drawn(&document);
        assert!(!document.contains("<script") && !document.contains("NaN"));
        assert!(classes.size().1 < 1200);
        classes.png()?;
    }
    Ok(())
}

#[test]
fn counts_and_rates_are_written_where_there_is_room() -> Checked {
    let matrix = matrix(10);
    let document = matrix.svg()?;
    for text in ["&lt;script&gt;", "right", "share of the samples"] {
        assert!(document.contains(text), "{text}");
    }
    // 300 samples, every seventh of which is taken for the next class: 43.
    assert!(
        matrix
            .subtitle()
            .starts_with("Confusion on test: 257 of 300 right (85.7 %)")
    );
    assert!(document.contains("5\n") && document.contains("16.7 %"));
    Ok(())
}

#[test]
fn the_worst_class_comes_first_and_many_are_left_out() -> Checked {
    let mut few = classes(&matrix(3));
    few.classes[0].f1 = None;
    few.classes[2].f1 = few.classes[2]
        .f1
        .map(|f1| crate::generalization::Estimate { value: 0.1, ..f1 });
    let document = few.svg()?;
    let place = |text: &str| document.find(text).ok_or("not drawn");
    assert!(place("🦀")? < place("quotes")?);
    assert!(place("quotes")? < place("&lt;script")?);
    let many = classes(&matrix(200)).svg()?;
    assert!(many.contains("160 better ones are left out"));
    Ok(())
}

#[test]
fn without_a_sample_nothing_breaks() -> Checked {
    let nothing = ConfusionMatrix {
        confusion: Confusion::new(3, std::iter::empty()),
        names: names(3),
        ..matrix(3)
    };
    assert!(nothing.svg()?.contains("no sample"));
    nothing.png()?;
    let classes = classes(&nothing);
    assert_is_drawn(&classes.svg()?);
    classes.png()?;
    Ok(())
}

#[test]
fn shares_are_shaded_and_written() {
    assert_eq!(percent(0.0001), "<0.1 %");
    assert_eq!(percent(0.081_6), "8.2 %");
    assert_eq!(percent(1.0), "100 %");
    assert_eq!(shade(0.0, false), style::BACKGROUND);
    assert_eq!(shade(1.0, true), style::RIGHT);
    assert_eq!(short(&"x".repeat(30)).chars().count(), 25);
}
