//! Both curves as two rows of blocks, on one scale: whether they part shows at a glance.

use super::lines::{NAMES, Worth};
use super::{number, r2};
use crate::report::metrics::Row;

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Blocks of a row where no terminal says how wide it is.
const USUAL: usize = 40;

/// More say no more.
const MOST: usize = 60;

/// Beside the blocks: the split, the first and the last number, and spaces between them.
const SURROUNDINGS: usize = NAMES + 10 + 1 + 8 + 1 + 1 + 8;

/// Of R², of which a network that has learned nothing may be any number below 0.
const LOWEST_R2: f64 = -1.0;

/// One row.
pub(super) struct Curve {
    pub(super) worth: Worth,
    /// `loss`, or nothing for the second row.
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// The losses and the scores of both splits, for a terminal of so many columns; none of fewer than two epochs.
pub(super) fn curves(rows: &[Row], width: Option<usize>) -> Vec<Curve> {
    if rows.len() < 2 {
        return Vec::new();
    }
    let blocks = width.map_or(USUAL, |width| {
        width.saturating_sub(SURROUNDINGS).clamp(8, MOST)
    });
    let of_classes = rows.iter().any(|row| row.train_accuracy.is_some());
    let losses = pair(
        (Worth::SecondCurve, "loss"),
        rows.iter().map(|row| row.train_loss),
        rows.iter().map(|row| row.validation_loss),
        blocks,
        loss,
    );
    let scores = pair(
        (Worth::Curve, if of_classes { "accuracy" } else { "R²" }),
        rows.iter().map(|row| row.train_score().max(LOWEST_R2)),
        rows.iter()
            .map(|row| Some(row.validation_score()?.max(LOWEST_R2))),
        blocks,
        if of_classes {
            |rate| format!("{:.1} %", 100.0 * rate)
        } else {
            r2
        },
    );
    losses.into_iter().chain(scores).collect()
}

fn pair(
    (worth, name): (Worth, &'static str),
    train: impl Iterator<Item = f64>,
    validation: impl Iterator<Item = Option<f64>>,
    blocks: usize,
    label: fn(f64) -> String,
) -> Vec<Curve> {
    let train: Vec<f64> = train.collect();
    let validation: Vec<f64> = validation.map(|value| value.unwrap_or(f64::NAN)).collect();
    let both = || train.iter().chain(&validation).filter(|v| v.is_finite());
    let low = both().copied().fold(f64::INFINITY, f64::min);
    let high = both().copied().fold(f64::NEG_INFINITY, f64::max);
    [("training", &train), ("validation", &validation)]
        .into_iter()
        .filter(|(_, values)| values.iter().any(|value| value.is_finite()))
        .enumerate()
        .map(|(place, (split, values))| Curve {
            worth,
            name: if place == 0 { name } else { "" },
            text: format!(
                "{split:<10} {:>8} {} {}",
                values.first().copied().map_or_else(String::new, label),
                row(values, blocks, (low, high)),
                values.last().copied().map_or_else(String::new, label),
            ),
        })
        .collect()
}

/// As the other lines have it, where that is not too long.
fn loss(mean: f64) -> String {
    if mean.abs() < 1000.0 {
        format!("{mean:.4}")
    } else {
        number(mean)
    }
}

/// Each block is one epoch, at equal distances from the first to the last.
fn row(values: &[f64], blocks: usize, (low, high): (f64, f64)) -> String {
    let blocks = blocks.min(values.len());
    (0..blocks)
        .map(|block| {
            let value = values[block * (values.len() - 1) / (blocks - 1).max(1)];
            if !value.is_finite() {
                return ' ';
            }
            // All the same: 0/0, which is no number and becomes 0.
            let height = (value - low) / (high - low);
            BLOCKS[((height * 7.0).round() as usize).min(7)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_rows_have_one_scale() {
        let train = (0..80).map(|epoch| 1.0 - f64::from(epoch) / 79.0);
        let validation = (0..80).map(|epoch| Some(0.5 + f64::from(epoch) / 158.0));
        let rows = pair((Worth::Curve, "loss"), train, validation, 8, loss);
        let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "training     1.0000 █▇▆▅▄▃▂▁ 0.0000",
                "validation   0.5000 ▅▅▅▆▆▇▇█ 1.0000"
            ]
        );
        assert_eq!((rows[0].name, rows[1].name), ("loss", ""));
    }

    #[test]
    fn few_epochs_equal_numbers_and_none() {
        let of = |train: &[f64], validation: &[Option<f64>]| {
            let (train, validation) = (train.iter().copied(), validation.iter().copied());
            let rows = pair((Worth::Curve, "loss"), train, validation, 40, loss);
            rows.into_iter().map(|row| row.text).collect::<Vec<_>>()
        };
        assert_eq!(
            of(&[2.0, 2.0, 2.0], &[None; 3]),
            ["training     2.0000 ▁▁▁ 2.0000"]
        );
        assert_eq!(
            of(&[2.0, f64::NAN, 1.0], &[Some(1.0), Some(1.5), None]),
            [
                "training     2.0000 █ ▁ 1.0000",
                "validation   1.0000 ▁▅  NaN"
            ]
        );
    }
}
