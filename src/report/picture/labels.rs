//! The labels at the lines' ends: as near to their line as they can without covering each other.

use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Align, Canvas, Drawn};
use super::panel::{Frame, MIDDLE_TO_BASELINE};
use crate::report::style::{self, LineStyle};

/// From the panel to the labels.
pub(in crate::report) const LABEL_DISTANCE: f64 = 16.0;
/// Between the baselines of neighbouring labels.
const LABEL_HEIGHT: f64 = 17.0;

/// A text at the end of a line.
pub(in crate::report) struct EndLabel<'a> {
    text: &'a str,
    color: RGBColor,
    size: f64,
    height: f64,
    /// Whether a line ends at the panel's edge that the label can be tied to.
    is_at_edge: bool,
}

impl<'a> EndLabel<'a> {
    /// What a line is, where it ends; nothing for a line without a value.
    pub(in crate::report) fn of_line(
        frame: Frame,
        axis: Axis,
        values: &[f64],
        style: LineStyle,
    ) -> Option<Self> {
        let last = values.iter().rev().find(|value| value.is_finite())?;
        Some(Self {
            text: style.label,
            color: style.text,
            size: style::TEXT_SIZE,
            height: frame.height(axis, *last),
            is_at_edge: values.last().is_some_and(|value| value.is_finite()),
        })
    }

    /// The same with a text of its own.
    pub(in crate::report) fn named(self, text: &'a str) -> Self {
        Self { text, ..self }
    }

    /// What a level to compare with is, quieter than the lines.
    pub(in crate::report) fn of_level(frame: Frame, axis: Axis, level: f64, text: &'a str) -> Self {
        Self {
            text,
            color: style::QUIET_TEXT,
            size: style::SMALL_TEXT_SIZE,
            height: frame.height(axis, level),
            is_at_edge: true,
        }
    }

    /// The same label for a line that ends somewhere inside of the panel.
    pub(in crate::report) fn untied(self) -> Self {
        Self {
            is_at_edge: false,
            ..self
        }
    }
}

/// Draws the labels at the right of a panel.
pub(in crate::report) fn draw<Backend: DrawingBackend>(
    canvas: &Canvas<Backend>,
    frame: Frame,
    labels: &[EndLabel],
) -> Drawn<Backend> {
    let wanted: Vec<f64> = labels.iter().map(|label| label.height).collect();
    let placed = spread(&wanted, LABEL_HEIGHT, frame.top, frame.bottom);
    let start = frame.right + LABEL_DISTANCE;
    for (label, height) in labels.iter().zip(placed) {
        if label.is_at_edge && (height - label.height).abs() > 2.0 {
            let (from, to) = (frame.right + 1.0, start - 4.0);
            canvas.line(
                &[(from, label.height), (to, height)],
                label.color,
                style::THIN_LINE,
            )?;
        }
        canvas.text(
            label.text,
            (start, height + MIDDLE_TO_BASELINE * label.size),
            label.size,
            label.color,
            Align::Left,
        )?;
    }
    Ok(())
}

/// Moves `wanted` heights apart to at least `distance`, inside `low..=high`, each as little as the others allow.
///
/// Labels that collide form a group that is centred on the mean of what its members wanted; groups that then
/// collide are joined. The answer is in the order of `wanted`.
fn spread(wanted: &[f64], distance: f64, low: f64, high: f64) -> Vec<f64> {
    struct Group {
        sum_of_first: f64,
        members: Vec<usize>,
    }
    let length = |group: &Group| -> f64 { group.members.iter().skip(1).map(|_| distance).sum() };
    let count = |group: &Group| -> f64 { group.members.iter().map(|_| 1.0).sum() };
    let first = |group: &Group| -> f64 {
        let highest_first = (high - length(group)).max(low);
        (group.sum_of_first / count(group)).clamp(low, highest_first)
    };

    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    let mut groups: Vec<Group> = Vec::new();
    for index in order {
        let mut group = Group {
            sum_of_first: wanted[index],
            members: vec![index],
        };
        while let Some(before) =
            groups.pop_if(|before| first(before) + length(before) + distance > first(&group))
        {
            // Where the joined group would have to start for each later member to be where it wants to be.
            let offset = length(&before) + distance;
            group.sum_of_first += before.sum_of_first - offset * count(&group);
            group.members.splice(0..0, before.members);
        }
        groups.push(group);
    }

    let mut placed = wanted.to_vec();
    for group in &groups {
        let mut position = first(group);
        for &member in &group.members {
            placed[member] = position;
            position += distance;
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_apart_stay_where_they_are() {
        assert_eq!(spread(&[50.0, 10.0], 16.0, 0.0, 100.0), [50.0, 10.0]);
        assert!(spread(&[], 16.0, 0.0, 100.0).is_empty());
    }

    #[test]
    fn equal_labels_part_around_their_place() {
        assert_eq!(spread(&[50.0, 50.0], 16.0, 0.0, 100.0), [42.0, 58.0]);
        assert_eq!(
            spread(&[50.0, 50.0, 50.0], 16.0, 0.0, 100.0),
            [34.0, 50.0, 66.0]
        );
    }

    #[test]
    fn labels_stay_inside() {
        assert_eq!(
            spread(&[99.0, 98.0, 0.0], 16.0, 0.0, 100.0),
            [100.0, 84.0, 0.0]
        );
        assert_eq!(
            spread(&[20.0, 0.0, 1.0], 16.0, 0.0, 100.0),
            [32.0, 0.0, 16.0]
        );
    }
}
