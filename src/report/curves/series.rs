//! The numbers of one panel, as columns: easier to thin, to scale and to draw than rows with holes.

use crate::report::picture::axis::is_usable;
use crate::report::picture::thinning;

/// So many points of a curve are drawn at most.
const MOST_POINTS: usize = 1000;

/// One value per epoch in every column; NaN where there is none to draw.
#[derive(Clone, Debug, Default)]
pub(super) struct Series {
    /// The epochs, ascending.
    pub(super) epochs: Vec<usize>,
    /// The training split.
    pub(super) training: Vec<f64>,
    /// The validation split.
    pub(super) validation: Vec<f64>,
    /// Where validation would lie if the gap were at one end of its interval …
    pub(super) interval_low: Vec<f64>,
    /// … and at the other.
    pub(super) interval_high: Vec<f64>,
}

impl Series {
    /// Adds an epoch. `interval` is where validation would lie; it is left out where there is no validation.
    pub(super) fn push(
        &mut self,
        epoch: usize,
        training: f64,
        validation: Option<f64>,
        interval: Option<(f64, f64)>,
    ) {
        let usable = |value: Option<f64>| value.filter(|&v| is_usable(v)).unwrap_or(f64::NAN);
        self.epochs.push(epoch);
        self.training.push(usable(Some(training)));
        let validation = usable(validation);
        self.validation.push(validation);
        let interval = interval.filter(|_| validation.is_finite());
        self.interval_low.push(usable(interval.map(|(low, _)| low)));
        self.interval_high
            .push(usable(interval.map(|(_, high)| high)));
    }

    /// The same curves with fewer points, should there be too many to draw; `best_epoch` stays.
    pub(super) fn thinned(self, best_epoch: Option<usize>) -> Self {
        let best = self
            .epochs
            .iter()
            .position(|&epoch| Some(epoch) == best_epoch);
        let kept = thinning::kept(&[&self.training, &self.validation], best, MOST_POINTS);
        if kept.len() == self.epochs.len() {
            return self;
        }
        let only = |values: &[f64]| kept.iter().map(|&index| values[index]).collect();
        Self {
            epochs: kept.iter().map(|&index| self.epochs[index]).collect(),
            training: only(&self.training),
            validation: only(&self.validation),
            interval_low: only(&self.interval_low),
            interval_high: only(&self.interval_high),
        }
    }

    /// The values of both curves, those to draw and the others.
    pub(super) fn values(&self) -> Vec<f64> {
        [&self.training[..], &self.validation].concat()
    }

    /// The values of both ends of the interval, those to draw and the others.
    pub(super) fn interval(&self) -> Vec<f64> {
        [&self.interval_low[..], &self.interval_high].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::picture::runs::runs;

    #[test]
    fn what_cannot_be_drawn_is_a_hole() {
        let mut series = Series::default();
        for (epoch, value) in (1..).zip([1.0, 2.0, f64::NAN, 3.0, f64::INFINITY, 1e305]) {
            series.push(epoch, value, None, Some((0.0, 1.0)));
        }
        assert_eq!(runs(&series.training), [0..2, 3..4]);
        assert!(runs(&series.validation).is_empty());
        assert!(runs(&series.interval_low).is_empty());
    }
}
