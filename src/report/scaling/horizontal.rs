//! The horizontal axis: where the values of the swept key lie, and which of them are written.

use super::{Group, Scaling};
use crate::report::picture::axis::{Axis, is_usable};
use crate::report::picture::panel::Frame;
use crate::report::picture::text::{Typeface, printable};
use crate::report::picture::ticks;
use crate::report::style;

/// From this ratio of the largest to the smallest value on, the axis is logarithmic.
const LOGARITHMIC_FROM: f64 = 20.0;
/// So many values are written as they are, if not all of them then some; beyond, round numbers are.
const MOST_WRITTEN: usize = 24;
/// So many values have a tick each.
const MOST_TICKS: usize = 64;
/// Space between neighbouring labels.
const LABEL_SPACE: f64 = 10.0;
/// Labels are no wider than this, but names for which there is room.
const MOST_LABEL_WIDTH: f64 = 110.0;
/// The least width of a name's label; with narrower places not every name is written.
const LEAST_NAME_WIDTH: f64 = 44.0;
/// How far, in spans of the groups, the axis is extended to show a marked value.
const MARK_REACH: f64 = 1.0;

/// Where groups lie.
#[derive(Clone, Debug)]
pub(super) struct Horizontal<'a> {
    /// The groups from left to right.
    pub(super) groups: Vec<&'a Group>,
    /// The axis of numbers; without one, groups are placed evenly.
    axis: Option<Axis>,
}

impl<'a> Horizontal<'a> {
    /// The axis that shows all groups, the law, and the mark if it is not too far.
    pub(super) fn new(scaling: &'a Scaling) -> Self {
        let mut groups: Vec<&Group> = scaling.groups.iter().collect();
        let values: Option<Vec<f64>> = groups
            .iter()
            .map(|group| group.value.filter(|&value| is_usable(value)))
            .collect();
        let axis = values.and_then(|values| {
            let (low, high) = values
                .iter()
                .map(|&value| (value, value))
                .reduce(|(low, high), (value, _)| (low.min(value), high.max(value)))?;
            let others = scaling.law.iter().flat_map(|law| &law.points);
            let others: Vec<f64> = others.map(|point| point.value).collect();
            let mark = scaling.mark.as_ref().map(|mark| mark.value);
            Some(axis(low, high, &others, mark))
        });
        if axis.is_some() {
            let value = |group: &Group| group.value.unwrap_or_default();
            groups.sort_by(|a, b| value(a).total_cmp(&value(b)));
        }
        Self { groups, axis }
    }

    /// Whether the values are numbers, which lines may join.
    pub(super) const fn is_numeric(&self) -> bool {
        self.axis.is_some()
    }

    /// What a reader must know about the scale.
    pub(super) fn note(&self) -> &'static str {
        self.axis.map_or("", |axis| axis.note())
    }

    /// Where every group lies, in pixels.
    pub(super) fn positions(&self, frame: Frame) -> Vec<f64> {
        let width = self.place_width(frame);
        let mut middle = frame.left - width / 2.0;
        self.groups
            .iter()
            .map(|group| {
                middle += width;
                self.axis.map_or(middle, |axis| {
                    frame.across(axis.position(group.value.unwrap_or_default()))
                })
            })
            .collect()
    }

    /// Where `value` lies, in pixels, if it lies on the axis.
    pub(super) fn position(&self, frame: Frame, value: f64) -> Option<f64> {
        let share = self.axis?.position(value);
        // What defines the end of a logarithmic axis may lie beyond it by a rounding error.
        (-1e-9..=1.0 + 1e-9)
            .contains(&share)
            .then(|| frame.across(share))
    }

    /// The width of each group's place when they are placed evenly.
    pub(super) fn place_width(&self, frame: Frame) -> f64 {
        let places: f64 = self.groups.iter().map(|_| 1.0).sum();
        (frame.right - frame.left) / f64::max(places, 1.0)
    }

    /// Where ticks are, in pixels.
    pub(super) fn ticks(&self, frame: Frame, labels: &[(f64, String)]) -> Vec<f64> {
        if self.groups.len() <= MOST_TICKS {
            self.positions(frame)
        } else {
            labels.iter().map(|&(x, _)| x).collect()
        }
    }

    /// What is written below the axis, and around which place.
    pub(super) fn labels(&self, frame: Frame, typeface: &Typeface) -> Vec<(f64, String)> {
        let Some(axis) = self.axis else {
            return self.names(frame, typeface);
        };
        let labels: Vec<(f64, String)> = self
            .positions(frame)
            .into_iter()
            .zip(&self.groups)
            .map(|(x, group)| {
                let label = printable(&group.label);
                let size = style::SMALL_TEXT_SIZE;
                (x, typeface.shorten_middle(&label, size, MOST_LABEL_WIDTH))
            })
            .collect();
        let fitting = fitting(&labels, typeface);
        if fitting.len() == labels.len() || labels.len() <= MOST_WRITTEN {
            return fitting;
        }
        let round: Vec<(f64, String)> = axis
            .fine_ticks(8)
            .into_iter()
            .map(|tick| (frame.across(axis.position(tick.value)), tick.label))
            .collect();
        self::fitting(&round, typeface)
    }

    /// Every name, or every second or third …, as much of it as fits.
    fn names(&self, frame: Frame, typeface: &Typeface) -> Vec<(f64, String)> {
        let place = self.place_width(frame);
        let widest = self
            .groups
            .iter()
            .map(|group| typeface.width(&printable(&group.label), style::SMALL_TEXT_SIZE))
            .fold(0.0, f64::max);
        let stride = if place >= LEAST_NAME_WIDTH {
            1
        } else {
            ticks::stride(widest.min(MOST_LABEL_WIDTH) + LABEL_SPACE, place)
        };
        let width = stride as f64 * place - LABEL_SPACE;
        self.positions(frame)
            .into_iter()
            .zip(&self.groups)
            .step_by(stride)
            .map(|(x, group)| {
                let label = printable(&group.label);
                let size = style::SMALL_TEXT_SIZE;
                (x, typeface.shorten_middle(&label, size, width))
            })
            .collect()
    }
}

/// The axis from `low` to `high`, and as far as `others` and, within reach, the mark.
fn axis(low: f64, high: f64, others: &[f64], mark: Option<f64>) -> Axis {
    let is_logarithmic = low > 0.0 && high / low >= LOGARITHMIC_FROM;
    let scaled = |value: f64| {
        if is_logarithmic { value.log10() } else { value }
    };
    let (mut first, mut last) = (scaled(low), scaled(high));
    for other in others.iter().map(|&value| scaled(value)) {
        if is_usable(other) {
            (first, last) = (first.min(other), last.max(other));
        }
    }
    if let Some(mark) = mark.map(scaled) {
        let reach = MARK_REACH * (last - first);
        if (first - reach..=last + reach).contains(&mark) {
            (first, last) = (first.min(mark), last.max(mark));
        }
    }
    if last - first <= 1e-12 * first.abs().max(last.abs()) {
        // One value only: it lies in the middle.
        let half = (0.5 * first.abs()).max(1e-3);
        (first, last) = (first - half, last + half);
    }
    if is_logarithmic {
        Axis::Logarithmic(first, last)
    } else {
        Axis::Linear(first, last)
    }
}

/// Those of `labels`, which go from left to right, that do not touch each other: the first, the last, and from left to
/// right what fits between.
fn fitting(labels: &[(f64, String)], typeface: &Typeface) -> Vec<(f64, String)> {
    let half = |label: &str| typeface.width(label, style::SMALL_TEXT_SIZE) / 2.0;
    let Some(last) = labels.last() else {
        return Vec::new();
    };
    let limit = last.0 - half(&last.1) - LABEL_SPACE;
    let mut end = f64::NEG_INFINITY;
    let mut kept: Vec<(f64, String)> = Vec::new();
    for label in &labels[..labels.len() - 1] {
        let half = half(&label.1);
        if label.0 - half >= end && label.0 + half <= limit {
            end = label.0 + half + LABEL_SPACE;
            kept.push(label.clone());
        }
    }
    kept.push(last.clone());
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::picture::testing::Checked;

    const FRAME: Frame = Frame {
        left: 0.0,
        right: 600.0,
        top: 0.0,
        bottom: 100.0,
    };

    fn scaling(labels: &[&str]) -> Scaling {
        let group = |label: &&str| Group {
            label: (*label).to_owned(),
            value: label.parse().ok(),
            runs: Vec::new(),
        };
        Scaling {
            groups: labels.iter().map(group).collect(),
            ..Scaling::default()
        }
    }

    #[test]
    fn wide_ranges_are_logarithmic_and_sorted() {
        let widths = scaling(&["64", "4", "16"]);
        assert_eq!(Horizontal::new(&widths).note(), "");
        let widths = scaling(&["80", "4", "18"]);
        let horizontal = Horizontal::new(&widths);
        assert_eq!(horizontal.note(), "log scale");
        let positions = horizontal.positions(FRAME);
        assert!(positions.is_sorted() && (positions[1] - 300.0).abs() < 5.0);
        let with_zero = scaling(&["0", "1", "100"]);
        assert_eq!(Horizontal::new(&with_zero).note(), "");
    }

    #[test]
    fn labels_never_touch() -> Checked {
        let typeface = Typeface::embedded()?;
        let many: Vec<String> = (1..=24)
            .map(|index| (index * index * 1000).to_string())
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let names = ["adam", "stochastic-gradient-descent", "full"].repeat(20);
        for (labels, least) in [(many, 5), (names, 5), (vec!["1", "2", "3"], 3)] {
            let scaling = scaling(&labels);
            let horizontal = Horizontal::new(&scaling);
            let written = horizontal.labels(FRAME, &typeface);
            assert!(written.len() >= least, "{written:?}");
            for pair in written.windows(2) {
                let half =
                    |label: &(f64, String)| typeface.width(&label.1, style::SMALL_TEXT_SIZE) / 2.0;
                assert!(
                    pair[0].0 + half(&pair[0]) < pair[1].0 - half(&pair[1]),
                    "{pair:?}"
                );
            }
        }
        Ok(())
    }

    #[test]
    fn a_mark_beyond_reach_does_not_squeeze_the_groups() {
        let mut scaling = scaling(&["1", "2", "3"]);
        let place = |scaling: &Scaling| Horizontal::new(scaling).positions(FRAME)[2];
        let mark = |value| {
            Some(super::super::Mark {
                value,
                label: String::new(),
            })
        };
        let alone = place(&scaling);
        scaling.mark = mark(5.0);
        assert!(place(&scaling) < alone);
        scaling.mark = mark(1e9);
        assert!((place(&scaling) - alone).abs() < 1e-9);
        assert_eq!(Horizontal::new(&scaling).position(FRAME, 1e9), None);
    }
}
