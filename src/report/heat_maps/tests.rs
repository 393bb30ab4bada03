//! The picture as a whole: every cell is there, numbers where they fit, and no input breaks it.

use super::*;
use crate::report::picture::testing::{Checked, assert_is_drawn, assert_is_xml, decoded};

/// Errors from 10 %, one point more per column and ten per row; the last cell is missing.
fn maps(rows: usize, columns: usize) -> HeatMaps {
    let labels = |count: usize| {
        (0..count)
            .map(|index| (1_u64 << index.min(40)).to_string())
            .collect()
    };
    let cell = |index: usize| {
        let (row, column) = (index / columns, index % columns);
        let error = 0.1 + 0.1 * row as f64 + 0.01 * column as f64;
        let run = |difference: f64| RunErrors {
            train_error: error / 2.0,
            validation_error: Some(error + difference),
        };
        Cell {
            row,
            column,
            runs: vec![run(-0.002), run(0.002)],
        }
    };
    HeatMaps {
        title: "digits & <letters>".to_owned(),
        subtitle: "more units and less decay memorise more".to_owned(),
        row_key: "model.units".to_owned(),
        column_key: "training.weight-decay".to_owned(),
        rows: labels(rows),
        columns: labels(columns),
        cells: (0..(rows * columns).saturating_sub(1)).map(cell).collect(),
    }
}

#[test]
fn every_cell_shows_the_mean_of_its_runs() -> Checked {
    let document = svg(&maps(3, 4))?;
    assert_is_xml(&document);
    assert_is_drawn(&document);
    for text in [
        "\n10.0\n",
        "\n32.0\n",
        "\n5.0\n",
        "\n–\n",
        "\nmodel.units\n",
        "\ntraining.weight-decay\n",
        "no finished run",
        "lowest validation error",
        "digits &amp; &lt;letters&gt;",
    ] {
        assert!(document.contains(text), "{text:?}");
    }
    assert!(!document.contains("\n33.0\n"));
    Ok(())
}

#[test]
fn numbers_are_written_while_they_fit() -> Checked {
    assert!(svg(&maps(12, 12))?.contains("\n10.0\n"));
    let small = svg(&maps(40, 40))?;
    assert_is_drawn(&small);
    assert!(!small.contains("\n10.0\n") && !small.contains("\n11\n"));
    Ok(())
}

#[test]
fn the_png_has_twice_the_size_and_its_extremes_are_the_ends_of_the_ramp() -> Checked {
    let (information, pixels) = decoded(&png(&maps(2, 3))?)?;
    let size = (information.width, information.height);
    assert_eq!(size, (2 * WIDTH, 2 * HEIGHT));
    for color in [[0, 32, 77], [255, 234, 70]] {
        let count = pixels
            .chunks_exact(3)
            .filter(|&pixel| pixel == color)
            .count();
        // Much more than the ends of the scale beside the map.
        assert!(count > 5000, "{color:?}: {count}");
    }
    Ok(())
}

#[test]
fn the_same_cells_give_the_same_bytes_in_any_order() -> Checked {
    let maps = maps(3, 3);
    let mut reversed = maps.clone();
    reversed.cells.reverse();
    assert_eq!(svg(&maps)?, svg(&reversed)?);
    assert_eq!(png(&maps)?, png(&maps)?);
    Ok(())
}

#[test]
fn no_input_breaks_the_picture() -> Checked {
    assert!(svg(&HeatMaps::default())?.contains("no run was finished"));
    let mut cases = vec![
        maps(1, 1),
        maps(2, 1),
        maps(1, 256),
        maps(256, 1),
        maps(0, 3),
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
        let mut strange = maps(3, 3);
        strange.title = "w".repeat(500);
        strange.subtitle = "\u{0}\u{1b}\u{fffe}🦀 ".repeat(200);
        strange.row_key = "w&".repeat(300);
        strange.column_key = "w<".repeat(300);
        strange.rows[0] = "w&".repeat(300);
        strange.columns[1] = "🦀 ".repeat(300);
        strange.cells[0].row = usize::MAX;
        strange.cells[1].runs.clear();
        strange.cells[2].runs[0].train_error = value;
        strange.cells[3].runs[0].validation_error = Some(value);
        cases.push(strange.clone());
        for run in strange.cells.iter_mut().flat_map(|cell| &mut cell.runs) {
            run.validation_error = Some(value);
        }
        cases.push(strange);
    }
    for maps in &cases {
        let document = svg(maps)?;
        assert_is_xml(&document);
        assert_is_drawn(&document);
    }
    for maps in cases.iter().step_by(5) {
        png(maps)?;
    }
    Ok(())
}
