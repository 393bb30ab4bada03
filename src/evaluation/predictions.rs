//! What a network says of samples whose answers are known, one by one.

use super::{Answered, Measured};
use crate::data::{Answers, Expected, Targets};

/// What was asked and what was said of one sample; numbers are in their own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The answer in the data.
    pub expected: Expected,
    /// The answer of the network.
    pub predicted: Expected,
    /// How likely the network takes the class that it says to be, where its outputs are probabilities.
    pub probability: Option<f64>,
    /// Of a number, in variances of the training split.
    pub loss: f64,
}

impl Prediction {
    /// Whether the class is the right one; never of a number.
    #[must_use]
    pub fn is_right(&self) -> bool {
        matches!((self.expected, self.predicted), (Expected::Class(one), Expected::Class(other)) if one == other)
    }
}

/// The predictions for the samples that were measured, in the same order; `expected` in its own unit.
#[must_use]
pub fn predictions(measured: &Measured, expected: &Targets, answers: &Answers) -> Vec<Prediction> {
    let said = |place: usize| match (&measured.answered, answers) {
        (Answered::Classes { predicted, .. }, _) => Expected::Class(predicted[place]),
        (Answered::Numbers { .. }, Answers::Number(target)) => {
            let output = measured.outputs_at(place).first().copied();
            Expected::Number(target.number(f64::from(output.unwrap_or(f32::NAN))))
        }
        // A data set whose answers are classes is measured by classes.
        (Answered::Numbers { .. }, Answers::Classes(_)) => Expected::Number(f64::NAN),
    };
    expected
        .iter()
        .enumerate()
        .map(|(place, expected)| Prediction {
            expected,
            predicted: said(place),
            probability: measured.probability(place),
            loss: measured.losses[place],
        })
        .collect()
}
