//! Which samples are looked at.

use super::Judged;
use crate::data::Expected;
use crate::evaluation::predictions::Prediction;

/// A sample of the judged split.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    /// In the data set.
    pub(super) index: u32,
    pub(super) said: Prediction,
}

/// The wrong ones with the highest loss, the highest first; where numbers are predicted, all count.
pub(super) fn worst(judged: &Judged, most: usize) -> Vec<Sample> {
    let samples = judged.indices.iter().zip(judged.predictions);
    let mut wrong: Vec<Sample> = samples
        .filter(|(_, said)| !said.is_right())
        .map(|(&index, &said)| Sample { index, said })
        .collect();
    wrong.sort_by(|one, other| other.said.loss.total_cmp(&one.said.loss));
    wrong.truncate(most);
    wrong
}

/// The first right one of each class, class by class; where numbers are predicted, the first of all.
pub(super) fn first_right(judged: &Judged, most: usize) -> Vec<Sample> {
    let samples = judged.indices.iter().zip(judged.predictions);
    let samples = samples.map(|(&index, &said)| Sample { index, said });
    let mut first: Vec<Option<Sample>> = vec![None; 256];
    let mut numbers = Vec::new();
    for sample in samples {
        match sample.said.expected {
            Expected::Class(class) if sample.said.is_right() => {
                first[usize::from(class)].get_or_insert(sample);
            }
            Expected::Number(_) if numbers.len() < most => numbers.push(sample),
            Expected::Class(_) | Expected::Number(_) => {}
        }
    }
    let found = first.into_iter().flatten().chain(numbers);
    found.take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(class: u8, predicted: u8, loss: f64) -> Prediction {
        Prediction {
            expected: Expected::Class(class),
            predicted: Expected::Class(predicted),
            probability: None,
            loss,
        }
    }

    fn indices(samples: &[Sample]) -> Vec<u32> {
        samples.iter().map(|sample| sample.index).collect()
    }

    #[test]
    fn the_worst_are_wrong_and_the_first_are_right() {
        let predictions = [
            said(1, 1, 9.0),
            said(0, 1, 2.0),
            said(0, 0, 0.1),
            said(1, 0, 3.0),
            said(1, 1, 0.1),
            said(0, 1, f64::NAN),
        ];
        let judged = Judged {
            name: "test",
            indices: &[10, 11, 12, 13, 14, 15],
            predictions: &predictions,
        };
        // A loss that is no number is worse than any.
        assert_eq!(indices(&worst(&judged, 2)), [15, 13]);
        assert_eq!(indices(&worst(&judged, 9)), [15, 13, 11]);
        // Class by class.
        assert_eq!(indices(&first_right(&judged, 9)), [12, 10]);
        assert_eq!(indices(&first_right(&judged, 1)), [12]);
    }

    #[test]
    fn of_numbers_all_are_wrong_and_the_first_are_shown() {
        let number = |loss| Prediction {
            expected: Expected::Number(1.0),
            predicted: Expected::Number(2.0),
            probability: None,
            loss,
        };
        let judged = Judged {
            name: "validation",
            indices: &[3, 4, 5],
            predictions: &[number(0.5), number(2.0), number(1.0)],
        };
        assert_eq!(indices(&worst(&judged, 2)), [4, 5]);
        assert_eq!(indices(&first_right(&judged, 2)), [3, 4]);
    }
}
