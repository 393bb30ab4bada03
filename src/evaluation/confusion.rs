//! Which class was taken for which, and what that says of each class.

use serde::Serialize;

use crate::generalization::{CONFIDENCE, Estimate, Proportion, rate_interval};

/// How often samples of one class were answered with another: `count(actual, predicted)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    counts: Vec<u64>,
}

/// One class among all.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClassReport {
    /// Its name.
    pub class: String,
    /// Samples of it.
    pub samples: u64,
    /// Share of the answers with this class that are right; absent where it was never answered.
    pub precision: Option<Estimate>,
    /// Share of its samples that were found; absent where there are none.
    pub recall: Option<Estimate>,
    /// Harmonic mean of both: `2 · right / (samples + answers)`; absent where there is neither. Its interval is that of the share
    /// `J` of the right ones among the samples and answers of the class, for `F1 = 2 J / (1 + J)` grows with it.
    pub f1: Option<Estimate>,
    /// The class that its samples were most often taken for, and how often; absent where all were right.
    pub mostly_taken_for: Option<(String, u64)>,
}

impl Confusion {
    /// Counts pairs of an actual and a predicted class, both below `classes`; others do not count.
    #[must_use]
    pub fn new(classes: usize, pairs: impl Iterator<Item = (u8, u8)>) -> Self {
        let mut counts = vec![0; classes * classes];
        for (actual, predicted) in pairs {
            let (actual, predicted) = (usize::from(actual), usize::from(predicted));
            if actual < classes && predicted < classes {
                counts[actual * classes + predicted] += 1;
            }
        }
        Self { classes, counts }
    }

    /// How many samples of class `actual` were answered with class `predicted`.
    #[must_use]
    pub fn count(&self, actual: usize, predicted: usize) -> u64 {
        self.counts[actual * self.classes + predicted]
    }

    /// One row per class. Intervals are of [`CONFIDENCE`].
    #[must_use]
    pub fn classes(&self, names: &[String]) -> Vec<ClassReport> {
        let all = 0..self.classes;
        all.clone()
            .map(|class| {
                let right = self.count(class, class);
                let samples: u64 = all.clone().map(|other| self.count(class, other)).sum();
                let answers: u64 = all.clone().map(|other| self.count(other, class)).sum();
                let wrong = all
                    .clone()
                    .filter(|&other| other != class)
                    .map(|other| (other, self.count(class, other)))
                    // Of equal counts the first class.
                    .rev()
                    .max_by_key(|&(_, count)| count)
                    .filter(|&(_, count)| count > 0);
                ClassReport {
                    class: names[class].clone(),
                    samples,
                    precision: estimate(right, answers),
                    recall: estimate(right, samples),
                    f1: estimate(right, samples + answers - right).map(f1),
                    mostly_taken_for: wrong.map(|(other, count)| (names[other].clone(), count)),
                }
            })
            .collect()
    }
}

fn estimate(successes: u64, trials: u64) -> Option<Estimate> {
    let proportion = Proportion { successes, trials };
    let interval = rate_interval(proportion, CONFIDENCE);
    (trials > 0).then(|| Estimate {
        value: proportion.rate(),
        low: interval.low,
        high: interval.high,
    })
}

/// From the share of the right ones among what is, or was taken for, a class.
fn f1(share: Estimate) -> Estimate {
    let f1 = |share: f64| 2.0 * share / (1.0 + share);
    Estimate {
        value: f1(share.value),
        low: f1(share.low),
        high: f1(share.high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_rates() {
        // Class 0: two right, one taken for 1. Class 1: one right, two taken for 0. Class 2: never asked, never answered.
        let pairs = [
            (0, 0),
            (0, 0),
            (0, 1),
            (1, 1),
            (1, 0),
            (1, 0),
            (9, 0),
            (0, 9),
        ];
        let confusion = Confusion::new(3, pairs.into_iter());
        let names = ["a", "b", "c"].map(str::to_owned);
        let [a, b, c] = &confusion.classes(&names)[..] else {
            panic!("three classes");
        };
        let close = |found: Option<f64>, expected: f64| {
            assert!(
                (found.unwrap() - expected).abs() < 1e-12,
                "{found:?} {expected}"
            );
        };
        assert_eq!((a.samples, b.samples, c.samples), (3, 3, 0));
        close(a.precision.map(|p| p.value), 0.5);
        close(a.recall.map(|r| r.value), 2.0 / 3.0);
        close(a.f1.map(|f1| f1.value), 4.0 / 7.0);
        let f1 = a.f1.unwrap();
        assert!(0.0 < f1.low && f1.low < f1.value && f1.value < f1.high && f1.high < 1.0);
        close(b.precision.map(|p| p.value), 0.5);
        close(b.recall.map(|r| r.value), 1.0 / 3.0);
        assert_eq!(a.mostly_taken_for, Some(("b".to_owned(), 1)));
        assert_eq!(b.mostly_taken_for, Some(("a".to_owned(), 2)));
        assert!(c.precision.is_none() && c.recall.is_none() && c.f1.is_none());
        assert_eq!(c.mostly_taken_for, None);
    }
}
