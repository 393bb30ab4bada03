//! burn's side: the loss and its gradients, from the back end, computed as a training step computes them.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};

use super::check::Question;
use super::samples::Chosen;
use super::{GradientError, Precision};
use crate::model::{Mode, Moment, Values};
use crate::training::step::values;

/// What the back end says.
pub(super) struct Autodiff {
    /// The mean loss.
    pub loss: f64,
    /// The gradient of each parameter tensor in the order of the layers, then that of the input, row by row.
    pub tensors: Vec<Vec<f64>>,
}

impl Autodiff {
    /// Two backward passes, because back ends have been wrong in one of them only: one for the parameters alone, as
    /// training does it, and one for the input.
    pub(super) fn new(
        question: &Question,
        chosen: &Chosen,
        moment: Moment,
    ) -> Result<Self, GradientError> {
        let device = question.device.clone().autodiff();
        let dtype = question.precision.dtype();
        let network = match question.precision {
            Precision::F32 => question.network.clone(),
            Precision::F64 => question
                .network
                .clone()
                .map(&mut CastTo(question.precision)),
        };
        let network = network.train();
        let targets = question
            .aim
            .targets(network.loss(), &chosen.targets, &device);
        let inputs = || {
            let place = (&device, dtype);
            let shape = question.architecture.input;
            values(chosen.inputs.clone(), shape, chosen.targets.len(), place)
        };
        let forward = |inputs| {
            let outputs = network.forward(inputs, Mode::Train(moment));
            network.loss().mean(outputs, targets.clone())
        };

        let loss = forward(inputs());
        let gradients = loss.backward();
        let mut visitor = Collect {
            gradients: &gradients,
            tensors: Vec::new(),
            failed: None,
        };
        network.visit(&mut visitor);
        let Collect {
            mut tensors,
            failed,
            ..
        } = visitor;
        if let Some(reason) = failed {
            return Err(GradientError::Device(reason));
        }
        let loss = read(loss.inner())?;
        tensors.push(match inputs() {
            Values::Vectors(x) => {
                let x = x.require_grad();
                let gradients = forward(Values::Vectors(x.clone())).backward();
                read_gradient(&x, &gradients)?
            }
            Values::Images(x) => {
                let x = x.require_grad();
                let gradients = forward(Values::Images(x.clone())).backward();
                read_gradient(&x, &gradients)?
            }
        });
        Ok(Self {
            loss: loss.first().copied().unwrap_or(f64::NAN),
            tensors,
        })
    }
}

/// The same network in another precision.
struct CastTo(Precision);

impl ModuleMapper for CastTo {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        parameter.map(|tensor| tensor.cast(self.0.dtype()))
    }
}

/// Reads the gradients of all parameters.
struct Collect<'a> {
    gradients: &'a Gradients,
    tensors: Vec<Vec<f64>>,
    failed: Option<String>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        match read_gradient(&parameter.val(), self.gradients) {
            Ok(gradient) => self.tensors.push(gradient),
            Err(error) => self.failed = Some(error.to_string()),
        }
    }
}

/// A tensor without a gradient is one that the loss does not depend on: burn leaves it out.
fn read_gradient<const D: usize>(
    tensor: &Tensor<D>,
    gradients: &Gradients,
) -> Result<Vec<f64>, GradientError> {
    match tensor.grad(gradients) {
        Some(gradient) => read(gradient),
        None => Ok(vec![0.0; tensor.shape().num_elements()]),
    }
}

fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f64>, GradientError> {
    let data = tensor
        .try_into_data()
        .map_err(|error| GradientError::Device(error.to_string()))?;
    Ok(data.iter::<f64>().collect())
}
