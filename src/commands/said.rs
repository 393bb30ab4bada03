//! What the kept network says of every sample that it was not trained on.

use super::judging::measured;
use super::plan::Plan;
use crate::data::Split;
use crate::error::Error;
use crate::evaluation::Measured as Samples;
use crate::evaluation::predictions::{Prediction, predictions};
use crate::model::Network;
use crate::report::predictions::{HeldOut, Predictions};
use crate::report::{ReportError, RunDirectory};

/// Split by split; nothing where one is empty.
#[derive(Default)]
pub(super) struct Said {
    pub(super) validation: Vec<Prediction>,
    pub(super) test: Vec<Prediction>,
}

impl Said {
    /// Of splits that were measured.
    pub(super) fn new(plan: &Plan, validation: Option<&Samples>, test: Option<&Samples>) -> Self {
        let targets = &plan.dataset.samples().targets;
        let of = |split, measured: Option<&Samples>| {
            let expected = targets.select(plan.dataset.indices(split));
            measured
                .map(|measured| predictions(measured, &expected, &plan.dataset.answers))
                .unwrap_or_default()
        };
        Self {
            validation: of(Split::Validation, validation),
            test: of(Split::Test, test),
        }
    }

    /// Measures both splits.
    pub(super) fn of(plan: &Plan, network: &Network) -> Result<Self, Error> {
        let validation = measured(plan, network, Split::Validation)?;
        let test = measured(plan, network, Split::Test)?;
        Ok(Self::new(plan, validation.as_ref(), test.as_ref()))
    }

    /// Writes `predictions.csv`.
    pub(super) fn write(&self, plan: &Plan, directory: &RunDirectory) -> Result<(), ReportError> {
        let dataset = &plan.dataset;
        let splits = [
            (HeldOut::Validation, Split::Validation, &self.validation),
            (HeldOut::Test, Split::Test, &self.test),
        ]
        .map(|(name, split, said)| (name, dataset.indices(split), &said[..]));
        Predictions::new(&dataset.answers, &splits).write(directory)
    }
}
