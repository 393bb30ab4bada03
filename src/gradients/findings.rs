//! What a check of the gradients has found: one row per tensor, and what follows.

use serde::Serialize;

use super::agreement::Comparison;
use super::check::Precision;
use super::{Disagreement, GradientError};
use crate::backend::BackendName;

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Check {
    /// The back end.
    pub backend: BackendName,
    /// In which it computed.
    pub precision: Precision,
    /// By which it is judged: one operation that goes through f32 makes the whole f32.
    pub judged_as: Precision,
    /// How many samples.
    pub samples: usize,
    /// Whether noise was added to the inputs, to keep them off kinks.
    pub noise: bool,
    /// How far the nearest kink is, in units of the root mean square of what flows there; `None` without kinks.
    pub clearance: Option<f64>,
    /// The mean loss by hand.
    pub loss: f64,
    /// The mean loss on the back end.
    pub backend_loss: f64,
    /// One row per parameter tensor in the order of the layers, then one for the input.
    pub rows: Vec<Row>,
}

/// One tensor.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// `layers.0.weight`, …, `input`.
    pub tensor: String,
    /// As in burn.
    pub shape: Vec<usize>,
    /// By hand against burn's autodiff.
    pub autodiff: Comparison,
    /// By hand against central differences.
    pub differences: Option<Comparison>,
    /// burn's autodiff against central differences.
    pub autodiff_differences: Option<Comparison>,
    /// What follows.
    pub verdict: Verdict,
}

/// What follows from a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All comparisons are within their tolerance.
    Agrees,
    /// At least one is not.
    Disagrees,
    /// An input lies so near a kink behind this tensor that both sides may be right.
    NearKink,
    /// Rounding alone may change this tensor's gradient by a tenth: nothing can be told in this precision.
    IllConditioned,
}

impl Check {
    /// The tensors that disagree.
    pub fn failing(&self) -> impl Iterator<Item = &str> {
        let disagrees = |row: &&Row| row.verdict == Verdict::Disagrees;
        self.rows
            .iter()
            .filter(disagrees)
            .map(|row| row.tensor.as_str())
    }

    /// How many tensors disagree.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.failing().count()
    }

    /// The largest relative difference between hand and autodiff, over the rows that could be compared.
    #[must_use]
    pub fn largest(&self) -> f64 {
        let compared = |row: &&Row| matches!(row.verdict, Verdict::Agrees | Verdict::Disagrees);
        self.rows
            .iter()
            .filter(compared)
            .map(|row| row.autodiff.relative)
            .fold(0.0, f64::max)
    }

    /// Whether this check and another one of the same network differ by no more than their precision can tell.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let same = |(a, b): (&Row, &Row)| {
            (a.autodiff.relative - b.autodiff.relative).abs() <= self.judged_as.resolution()
        };
        self.rows.len() == other.rows.len() && self.rows.iter().zip(&other.rows).all(same)
    }

    /// The worst row as an error, if one disagrees.
    ///
    /// # Errors
    ///
    /// At least one tensor's gradient is wrong.
    pub fn verdict(&self) -> Result<(), GradientError> {
        let disagreeing = self
            .rows
            .iter()
            .filter(|row| row.verdict == Verdict::Disagrees);
        let excess = |row: &Row| row.autodiff.relative / row.autodiff.tolerance;
        let worst = disagreeing.max_by(|a, b| excess(a).total_cmp(&excess(b)));
        worst.map_or(Ok(()), |row| {
            Err(GradientError::Disagree(Disagreement {
                tensor: row.tensor.clone(),
                backend: self.backend,
                at: row.autodiff.at.clone(),
                autodiff: row.autodiff.other,
                by_hand: row.autodiff.by_hand,
                relative: row.autodiff.relative,
                tolerance: row.autodiff.tolerance,
                failed: self.failed(),
                tensors: self.rows.len(),
            }))
        })
    }
}

impl Row {
    pub(super) fn comparisons(&self) -> impl Iterator<Item = &Comparison> {
        let more = [&self.differences, &self.autodiff_differences];
        std::iter::once(&self.autodiff).chain(more.into_iter().flatten())
    }
}
