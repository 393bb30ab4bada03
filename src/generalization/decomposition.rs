//! Where the gap that other trainers print comes from.
//!
//! They print the mean over the epoch's batches, each with the weights of its moment and dropout on, beside a frozen network
//! on validation. The difference of the two mixes four things, of which one is generalization:
//!
//! ```text
//! running mean            ─┐
//!   moving weights         │ the early batches were answered by an earlier network
//! frozen, training mode   ─┤
//!   regularisation         │ dropout is on in training and off when measuring; so is augmentation
//! frozen, evaluation mode ─┤                                            ─┐
//!   generalization         │ other samples, the same network             │ the gap that brecha judges
//! validation              ─┘─┐                                          ─┘
//!   selection                │ validation chose the epoch, the test split chose nothing
//! test                      ─┘
//! ```
//!
//! Each term is positive where it makes the network look worse further down: in accuracy the upper minus the lower line, in
//! loss the lower minus the upper. The first three add up to what other trainers print, exactly.

use serde::Serialize;

/// The kept network and its epoch, measured in each of the ways above: accuracies or mean losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Mean over the epoch's steps.
    pub running: f64,
    /// The frozen network in training mode, on the training split.
    pub training_mode: f64,
    /// The frozen network in evaluation mode, on the training split.
    pub evaluation_mode: f64,
    /// The same on validation.
    pub validation: f64,
    /// The same on test.
    pub test: Option<f64>,
}

/// The terms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Decomposition {
    /// What other trainers would print: the sum of the next three.
    pub printed_elsewhere: f64,
    /// The network moved on within the epoch.
    pub moving_weights: f64,
    /// Training mode against evaluation mode.
    pub regularisation: f64,
    /// Training against validation, everything else being equal.
    pub generalization: f64,
    /// Validation, which chose the epoch, against test.
    pub selection: Option<f64>,
}

impl Decomposition {
    /// Of accuracies.
    #[must_use]
    pub fn of_accuracy(measured: Measured) -> Self {
        Self::new(measured, 1.0)
    }

    /// Of mean losses.
    #[must_use]
    pub fn of_loss(measured: Measured) -> Self {
        Self::new(measured, -1.0)
    }

    fn new(measured: Measured, sign: f64) -> Self {
        let Measured {
            running,
            training_mode,
            evaluation_mode,
            validation,
            test,
        } = measured;
        Self {
            printed_elsewhere: sign * (running - validation),
            moving_weights: sign * (running - training_mode),
            regularisation: sign * (training_mode - evaluation_mode),
            generalization: sign * (evaluation_mode - validation),
            selection: test.map(|test| sign * (validation - test)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the README: dropout hides a gap of 3 points behind a printed one of −4.
    #[test]
    fn the_terms_add_up_to_what_others_print() {
        let accuracy = Decomposition::of_accuracy(Measured {
            running: 0.84,
            training_mode: 0.86,
            evaluation_mode: 0.91,
            validation: 0.88,
            test: Some(0.87),
        });
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}");
        close(accuracy.printed_elsewhere, -0.04);
        close(accuracy.moving_weights, -0.02);
        close(accuracy.regularisation, -0.05);
        close(accuracy.generalization, 0.03);
        close(accuracy.selection.unwrap(), 0.01);
        let loss = Decomposition::of_loss(Measured {
            running: 0.5,
            training_mode: 0.45,
            evaluation_mode: 0.3,
            validation: 0.4,
            test: None,
        });
        let Decomposition {
            printed_elsewhere,
            moving_weights,
            regularisation,
            generalization,
            selection,
        } = loss;
        close(printed_elsewhere, -0.1);
        close(moving_weights, -0.05);
        close(regularisation, -0.15);
        close(generalization, 0.1);
        close(
            moving_weights + regularisation + generalization,
            printed_elsewhere,
        );
        assert!(selection.is_none());
    }
}
