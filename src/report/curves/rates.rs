//! Where the learning rate changes: a step in it often explains one in the curves.

use super::CurvePoint;
use crate::report::summary;

/// So many changes are marked one by one; a rate that changes more often moves.
const MOST_STEPS: usize = 6;

/// What the learning rate does over the epochs.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rates {
    /// Nothing, or nobody knows.
    Constant,
    /// It takes other values from some epochs on.
    Steps(Vec<(usize, f64)>),
    /// It changes all the time: from, highest, to.
    Moving([f64; 3]),
}

impl Rates {
    /// Of epochs in their order.
    pub(super) fn of(points: &[&CurvePoint]) -> Self {
        let known: Vec<(usize, f64)> = points
            .iter()
            .map(|point| (point.epoch, point.learning_rate))
            .filter(|(_, rate)| rate.is_finite())
            .collect();
        let differs =
            |one: f64, other: f64| (one - other).abs() > 1e-9 * one.abs().max(other.abs());
        let steps: Vec<(usize, f64)> = known
            .windows(2)
            .filter(|pair| differs(pair[0].1, pair[1].1))
            .map(|pair| pair[1])
            .collect();
        match (steps.len(), known.first(), known.last()) {
            (0, _, _) => Self::Constant,
            (1..=MOST_STEPS, _, _) => Self::Steps(steps),
            (_, Some(first), Some(last)) => {
                let highest = known.iter().map(|&(_, rate)| rate).fold(0.0, f64::max);
                Self::Moving([first.1, highest, last.1])
            }
            _ => Self::Constant,
        }
    }

    /// What is written beside the title, where there is nothing to mark.
    pub(super) fn note(&self) -> String {
        match self {
            Self::Moving([first, highest, last]) => {
                let [first, highest, last] = [first, highest, last].map(|&rate| short(rate));
                format!("learning rate {first}, at most {highest}, at last {last}")
            }
            Self::Constant | Self::Steps(_) => String::new(),
        }
    }

    /// The epochs to mark, with what is written there.
    pub(super) fn marks(&self) -> Vec<(usize, String)> {
        match self {
            Self::Steps(steps) => steps
                .iter()
                .map(|&(epoch, rate)| (epoch, format!("η {}", short(rate))))
                .collect(),
            Self::Constant | Self::Moving(_) => Vec::new(),
        }
    }
}

/// Two digits are enough to see by how much.
fn short(rate: f64) -> String {
    if rate == 0.0 {
        return "0".to_owned();
    }
    let unit = 10_f64.powf(rate.abs().log10().floor() - 1.0);
    let rounded = (rate / unit).round() * unit;
    summary::number(rounded)
        .trim_end_matches('0')
        .trim_end_matches('.')
        .replace("e-", "e−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(rates: &[f64]) -> Rates {
        let points: Vec<CurvePoint> = (1..)
            .zip(rates)
            .map(|(epoch, &learning_rate)| CurvePoint {
                epoch,
                learning_rate,
                ..CurvePoint::default()
            })
            .collect();
        Rates::of(&points.iter().collect::<Vec<_>>())
    }

    #[test]
    fn steps_are_marked_and_schedules_described() {
        assert_eq!(rates(&[0.1; 5]), Rates::Constant);
        assert_eq!(rates(&[]), Rates::Constant);
        assert_eq!(rates(&[0.1, f64::NAN, 0.1]), Rates::Constant);
        let steps = rates(&[0.1, 0.1, 0.01, 0.01]);
        assert_eq!(steps, Rates::Steps(vec![(3, 0.01)]));
        assert_eq!(steps.marks(), [(3, "η 0.01".to_owned())]);
        let cosine: Vec<f64> = (0..20)
            .map(|epoch| 0.005 * f64::from(20 - epoch) / 20.0)
            .collect();
        assert_eq!(
            rates(&cosine).note(),
            "learning rate 0.005, at most 0.005, at last 2.500e−4"
        );
    }

    #[test]
    fn rates_are_written_short() {
        for (rate, text) in [
            (0.1, "0.1"),
            (0.001, "0.001"),
            (0.0333, "0.033"),
            (0.0, "0"),
        ] {
            assert_eq!(short(rate), text);
        }
    }
}
