//! The numbers of the picture in per cent, as columns: one entry per group, in the order in which they are drawn.

use super::{Group, RunErrors};
use crate::report::picture::spread::Spread;

/// One quantity in all groups.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    /// Means over the runs, NaN where there is none.
    pub(super) mean: Vec<f64>,
    /// Lowest of the runs.
    pub(super) low: Vec<f64>,
    /// Highest of the runs.
    pub(super) high: Vec<f64>,
    /// Every single run: its group's number, its value.
    pub(super) dots: Vec<(usize, f64)>,
}

impl Column {
    /// What `value` says of every run.
    pub(super) fn new(groups: &[&Group], value: fn(&RunErrors) -> f64) -> Self {
        let mut column = Self::default();
        for (number, group) in groups.iter().enumerate() {
            let values = || group.runs.iter().map(value);
            let spread = Spread::of(values());
            column.mean.push(spread.mean);
            column.low.push(spread.low);
            column.high.push(spread.high);
            column.dots.extend(values().map(|value| (number, value)));
        }
        column
    }

    /// Everything that must fit onto the axis.
    pub(super) fn extremes(&self) -> Vec<f64> {
        [&self.low[..], &self.high].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_is_the_mean_of_the_gaps_of_complete_runs() {
        let run = |train_error, validation_error| RunErrors {
            train_error,
            validation_error,
        };
        let group = Group {
            runs: vec![
                run(0.0, Some(0.25)),
                run(0.25, Some(0.75)),
                run(0.5, None),
                run(f64::NAN, Some(1.0)),
            ],
            ..Group::default()
        };
        let column = Column::new(&[&group], RunErrors::gap_points);
        let ends = [column.mean[0], column.low[0], column.high[0]];
        assert_eq!(ends.map(|value| value.to_string()), ["37.5", "25", "50"]);
    }
}
