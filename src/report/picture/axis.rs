//! The vertical axes: which range they show, on which scale, and where a value lies.

use super::ticks::{self, Tick};

/// A larger number is taken for a broken one: the span of two of them would overflow.
const LARGEST: f64 = 1e300;

/// Beyond this ratio of the largest to the smallest loss the scale is logarithmic.
const LOGARITHMIC_FROM: f64 = 100.0;

/// An accuracy axis shows at least this many points, lest noise look like a trend.
const LEAST_ACCURACY_SPAN: f64 = 5.0;

/// An error axis shows at least this many points.
const LEAST_ERROR_SPAN: f64 = 1.0;

/// A gap axis shows at least this many points.
const LEAST_GAP_SPAN: f64 = 2.0;

/// A logarithmic axis of errors shows at least this many decades.
const LEAST_DECADES: f64 = 0.3;

/// The least share of the data's span by which an axis reaches beyond the data.
const PADDING: f64 = 0.04;

/// The range of an axis, linear or logarithmic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) enum Axis {
    /// From the first to the second value.
    Linear(f64, f64),
    /// From ten to the power of the first to ten to the power of the second.
    Logarithmic(f64, f64),
}

impl Axis {
    /// The axis of losses: `values` always fit; `interval` widens it to at most five times the data.
    pub(in crate::report) fn of_losses(values: &[f64], interval: &[f64]) -> Option<Self> {
        let (low, high) = extent(values)?;
        if low > 0.0 && high / low > LOGARITHMIC_FROM {
            let (low, high) = (low.log10(), high.log10());
            let padding = PADDING * (high - low);
            return Some(Self::Logarithmic(low - padding, high + padding));
        }
        Some(Self::linear(low, high, interval))
    }

    /// The axis of errors in per cent, as the caller wants it; what is not positive lies below a logarithmic one.
    pub(in crate::report) fn of_errors(
        values: &[f64],
        interval: &[f64],
        is_logarithmic: bool,
    ) -> Option<Self> {
        if is_logarithmic {
            let positive: Vec<f64> = values
                .iter()
                .copied()
                .filter(|&value| value > 0.0)
                .collect();
            if let Some((low, high)) = extent(&positive) {
                let (low, high) = (low.log10(), high.log10());
                let span = (high - low).max(LEAST_DECADES);
                let middle = f64::midpoint(low, high);
                let reach = (0.5 + PADDING) * span;
                return Some(Self::Logarithmic(middle - reach, middle + reach));
            }
        }
        let (low, high) = extent(values)?;
        let Self::Linear(bottom, top) = Self::linear(low, high, interval) else {
            return None;
        };
        let missing = (LEAST_ERROR_SPAN - (top - bottom)).max(0.0);
        let (bottom, top) = (bottom - missing / 2.0, top + missing / 2.0);
        // There are no errors below 0 nor beyond 100 %.
        Some(Self::Linear(
            if low >= 0.0 { bottom.max(0.0) } else { bottom },
            if high <= 100.0 { top.min(100.0) } else { top },
        ))
    }

    /// The axis of gaps in points: it always shows 0.
    pub(in crate::report) fn of_gaps(values: &[f64]) -> Option<Self> {
        let (low, high) = extent(values)?;
        let (low, high) = (low.min(0.0), high.max(0.0));
        let span = high - low;
        let missing = (LEAST_GAP_SPAN - span).max(0.0);
        let padding = PADDING * span + missing / 2.0;
        Some(Self::Linear(low - padding, high + padding))
    }

    /// From `low` to `high`, which are finite; from 0 where that is not far.
    fn linear(low: f64, high: f64, interval: &[f64]) -> Self {
        let span = if high > low {
            high - low
        } else {
            (0.2 * high.abs()).max(f64::MIN_POSITIVE * 1e9)
        };
        let (wide_low, wide_high) = widened(low, high, interval, 2.0 * span);
        let padding = PADDING.max(if high > low { 0.0 } else { 0.5 }) * span;
        let never_negative = low >= 0.0;
        let low = if never_negative && wide_low < 0.3 * wide_high {
            0.0
        } else {
            wide_low - padding
        };
        Self::Linear(low, wide_high + padding)
    }

    /// The axis of accuracies in per cent: it zooms in on the data but never leaves 0 to 100.
    pub(in crate::report) fn of_accuracies(values: &[f64], interval: &[f64]) -> Option<Self> {
        let (low, high) = extent(values)?;
        let span = (high - low).max(LEAST_ACCURACY_SPAN);
        let (low, high) = widened(low, high, interval, 2.0 * span);
        let missing = (LEAST_ACCURACY_SPAN - (high - low)).max(0.0);
        let padding = PADDING * span + missing / 2.0;
        let (low, high) = (low - padding, high + padding);
        // What sticks out at one end is shown at the other, so that the span stays.
        let (low, high) = (low - (high - 100.0).max(0.0).min(missing), high);
        let (low, high) = (low, high + (-low).max(0.0).min(missing));
        let (low, high) = (low.max(0.0), high.min(100.0));
        Some(if high > low {
            Self::Linear(low, high)
        } else {
            // Values outside 0 to 100 are not accuracies; the picture is drawn all the same.
            Self::Linear(0.0, 100.0)
        })
    }

    /// The axis of explained shares in per cent: none is above 100, and 0 is shown unless that flattens the rest.
    pub(in crate::report) fn of_explained(values: &[f64]) -> Option<Self> {
        let (low, high) = extent(values)?;
        let low = if low <= 2.0 * (high - low) {
            low.min(0.0)
        } else {
            low
        };
        let span = (high - low).max(LEAST_ACCURACY_SPAN);
        let padding = PADDING * span;
        Some(Self::Linear(
            high.max(low) - span - padding,
            (high + padding).min(high.max(100.0)),
        ))
    }

    /// The axis of accuracies, which shows `level` as well if that does not flatten the rest; else on which side of the
    /// axis it lies.
    pub(in crate::report) fn of_accuracies_with(
        values: &[f64],
        interval: &[f64],
        level: Option<f64>,
    ) -> (Option<Self>, Option<&'static str>) {
        let axis = Self::of_accuracies(values, interval);
        let (Some(Self::Linear(low, high)), Some(level)) = (axis, level) else {
            return (axis, None);
        };
        if low - level <= high - low && level - high <= high - low {
            let with_level = [values, &[level]].concat();
            return (Self::of_accuracies(&with_level, interval), None);
        }
        (axis, Some(if level < low { "below" } else { "above" }))
    }

    /// What a reader must know about the scale.
    pub(in crate::report) const fn note(&self) -> &'static str {
        match self {
            Self::Linear(..) => "",
            Self::Logarithmic(..) => "log scale",
        }
    }

    /// Whether `value` lies in the range.
    pub(in crate::report) fn contains(&self, value: f64) -> bool {
        match *self {
            Self::Linear(low, high) => (low..=high).contains(&value),
            Self::Logarithmic(low, high) => value > 0.0 && (low..=high).contains(&value.log10()),
        }
    }

    /// Where `value` lies: 0 is the bottom, 1 the top; what a logarithm does not know is infinitely far below.
    pub(in crate::report) fn position(&self, value: f64) -> f64 {
        let (value, low, high) = match *self {
            Self::Linear(low, high) => (value, low, high),
            Self::Logarithmic(low, high) if value > 0.0 => (value.log10(), low, high),
            Self::Logarithmic(..) => return f64::NEG_INFINITY,
        };
        (value - low) / (high - low)
    }

    /// About `most` round values in the range, with their labels.
    pub(in crate::report) fn ticks(&self, most: u32) -> Vec<Tick> {
        match *self {
            Self::Linear(low, high) => ticks::linear(low, high, most),
            Self::Logarithmic(low, high) => ticks::decades(low, high, most),
        }
    }

    /// The same, with more of them between powers of ten.
    pub(in crate::report) fn fine_ticks(&self, most: u32) -> Vec<Tick> {
        match *self {
            Self::Linear(low, high) => ticks::linear(low, high, most),
            Self::Logarithmic(low, high) => ticks::fine_decades(low, high, most),
        }
    }
}

/// Whether a picture can show `value`.
pub(in crate::report) fn is_usable(value: f64) -> bool {
    value.abs() < LARGEST
}

/// The smallest and the largest usable value.
fn extent(values: &[f64]) -> Option<(f64, f64)> {
    values
        .iter()
        .copied()
        .filter(|&value| is_usable(value))
        .map(|value| (value, value))
        .reduce(|(low, high), (value, _)| (low.min(value), high.max(value)))
}

/// The range widened to show `interval`, by `most` at either end.
fn widened(low: f64, high: f64, interval: &[f64], most: f64) -> (f64, f64) {
    extent(interval).map_or((low, high), |(interval_low, interval_high)| {
        (
            interval_low.clamp(low - most, low),
            interval_high.clamp(high, high + most),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_contains_its_data() {
        for values in [
            vec![0.5],
            vec![0.0],
            vec![-3.0, 7.0],
            vec![1e-300, 1e299],
            vec![-1e299, 1e299],
            vec![2.3, 0.0123],
            vec![2.3, f64::NAN, f64::INFINITY, 2.29],
        ] {
            let axis = Axis::of_losses(&values, &[]);
            let contained = axis.is_some_and(|axis| {
                values
                    .iter()
                    .filter(|&&value| is_usable(value))
                    .all(|&value| axis.contains(value) && axis.position(value).is_finite())
            });
            assert!(contained, "{values:?}: {axis:?}");
        }
        assert_eq!(Axis::of_losses(&[f64::NAN], &[]), None);
    }

    #[test]
    fn losses_over_two_decades_are_logarithmic() {
        let axis = Axis::of_losses(&[1.0, 0.001], &[]);
        assert!(matches!(axis, Some(Axis::Logarithmic(..))), "{axis:?}");
        let axis = Axis::of_losses(&[1.0, 0.0], &[]);
        assert!(matches!(axis, Some(Axis::Linear(0.0, _))), "{axis:?}");
    }

    #[test]
    fn errors_are_logarithmic_on_request() {
        let shown =
            |values: &[f64], is_logarithmic| match Axis::of_errors(values, &[], is_logarithmic) {
                Some(Axis::Linear(low, high)) => format!("linear {low:.1} {high:.1}"),
                Some(Axis::Logarithmic(low, high)) => format!("decades {low:.2} {high:.2}"),
                None => "none".to_owned(),
            };
        assert_eq!(shown(&[1.0, 10.0], false), "linear 0.0 10.4");
        assert_eq!(shown(&[60.0, 100.0], false), "linear 58.4 100.0");
        assert_eq!(shown(&[1.0, 0.0, 10.0], true), "decades -0.04 1.04");
        assert_eq!(shown(&[10.0], true), "decades 0.84 1.16");
        assert_eq!(shown(&[0.0], true), "linear 0.0 0.5");
        assert_eq!(shown(&[f64::NAN], true), "none");
    }

    #[test]
    fn gaps_show_zero() {
        for values in [[3.0, 9.0], [-4.0, -2.0], [0.0, 0.0], [-1e299, 1e299]] {
            let axis = Axis::of_gaps(&values);
            assert!(axis.is_some_and(|axis| axis.contains(0.0)
                && axis.contains(values[0])
                && axis.contains(values[1])));
        }
    }

    #[test]
    fn accuracies_zoom_in_but_stay_between_0_and_100() {
        let shown = |values: &[f64], interval: &[f64]| match Axis::of_accuracies(values, interval) {
            Some(Axis::Linear(low, high)) => format!("{low:.1} {high:.1}"),
            axis => format!("{axis:?}"),
        };
        assert_eq!(shown(&[100.0, 100.0], &[]), "94.6 100.0");
        assert_eq!(shown(&[0.0, 100.0], &[-50.0, 150.0]), "0.0 100.0");
        assert_eq!(shown(&[90.0, 92.0], &[]), "88.3 93.7");
        assert_eq!(shown(&[90.0, 92.0], &[60.0, 95.0]), "79.8 95.2");
    }
}
