//! How large the weights of each layer are, and their gradients: gradients that vanish or explode on their way to the first
//! layers show here.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{ExecutionError, Tensor};
use serde::{Deserialize, Serialize};

use super::histogram::Histogram;
use crate::model::Network;
use crate::model::floats::floats;

/// At most about so many epochs of a run are looked at.
pub const MOST_EPOCHS: usize = 256;

/// One parameter tensor behind an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TensorNorms {
    /// `layers.3.weight`
    pub tensor: String,
    /// Root of the mean square of its values.
    pub weight: f64,
    /// The same of its gradient in the epoch's last step, before it was clipped.
    pub gradient: f64,
    /// Of its values.
    pub histogram: Histogram,
}

/// Root mean square of each tensor's gradient, in the order of [`Network::parameters`], read from the device at once.
///
/// # Errors
///
/// The device cannot be read.
pub(super) fn of_gradients(
    network: &Network,
    gradients: &GradientsParams,
) -> Result<Vec<f64>, ExecutionError> {
    let mut visitor = MeanSquares {
        gradients,
        found: Vec::new(),
        tensors: Vec::new(),
    };
    network.visit(&mut visitor);
    let MeanSquares { found, tensors, .. } = visitor;
    let mut read = Vec::new();
    if !tensors.is_empty() {
        let data = Tensor::cat(tensors, 0).try_into_data()?;
        read = floats(&data);
    }
    let mut read = read.into_iter();
    // A tensor without a gradient is one that the loss does not depend on.
    let of_one = |found: bool| {
        if found { read.next() } else { None }
            .map_or(0.0, f64::from)
            .sqrt()
    };
    Ok(found.into_iter().map(of_one).collect())
}

/// With what [`of_gradients`] said of the epoch's last step.
///
/// # Errors
///
/// The device cannot be read.
pub(super) fn of(network: &Network, gradients: &[f64]) -> Result<Vec<TensorNorms>, ExecutionError> {
    let parameters = network.parameters()?;
    let learned = parameters
        .into_iter()
        .filter(|parameter| !parameter.name.contains(".running_"));
    Ok(learned
        .zip(gradients)
        .map(|(parameter, &gradient)| {
            let squares = parameter
                .values
                .iter()
                .map(|&value| f64::from(value).powi(2));
            TensorNorms {
                weight: (squares.sum::<f64>() / parameter.values.len().max(1) as f64).sqrt(),
                histogram: Histogram::of(&parameter.values),
                tensor: parameter.name,
                gradient,
            }
        })
        .collect())
}

struct MeanSquares<'a> {
    gradients: &'a GradientsParams,
    /// Whether each parameter tensor has a gradient.
    found: Vec<bool>,
    /// `[1]` for each that has.
    tensors: Vec<Tensor<1>>,
}

impl ModuleVisitor for MeanSquares<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let gradient = self.gradients.get::<D>(parameter.id);
        self.found.push(gradient.is_some());
        if let Some(gradient) = gradient {
            self.tensors.push((gradient.clone() * gradient).mean());
        }
    }
}
