//! What steps say, on its way to the host.
//!
//! A read waits for the device until everything before it is computed. So the numbers of a step travel in **one** read (outputs, loss, norm
//! of the gradient, statistics one behind the other), and where nothing of the next step depends on them, those of several steps do:
//! a device is then never without work. Where they lie in the host's own memory they are read at once, and a loss that is not finite is
//! seen before the next step.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{ExecutionError, Tensor};

use super::fused::sum_of_squares;
use super::step::StepOutput;
use crate::data::Targets;
use crate::model::floats::floats;
use crate::model::{Loss, Network, kernels};

/// The numbers of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Mean loss, with the weights before the step and dropout on.
    pub loss: f64,
    /// Samples whose class was right; of a mixed sample, the class that has more weight, which is its own. `None` where the
    /// answer is a number.
    pub correct: Option<usize>,
    /// Euclidean norm of the gradient of the mean loss over all parameters.
    pub gradient_norm: f64,
}

/// What a step says, where it was computed.
#[derive(Debug)]
pub struct Unread {
    /// Outputs, loss, norm where it is on the device, statistics.
    numbers: Vec<Tensor<1>>,
    /// How many of the last ones are statistics.
    of_statistics: usize,
    has_norm: bool,
    /// What of the squared norm is on the host already.
    norm: f64,
    loss: Loss,
    expected: Targets,
}

impl Unread {
    pub(super) fn new(
        (outputs, loss): (Tensor<2>, Tensor<1>),
        norm: SquaredNorm,
        statistics: Vec<Tensor<1>>,
        (objective, expected): (Loss, Targets),
    ) -> Self {
        let of_statistics = statistics.iter().map(|each| each.dims()[0]).sum();
        let has_norm = norm.on_device.is_some();
        let mut numbers = vec![outputs.flatten(0, 1), loss];
        numbers.extend(norm.on_device);
        numbers.extend(statistics);
        Self {
            numbers,
            of_statistics,
            has_norm,
            norm: norm.on_host,
            loss: objective,
            expected,
        }
    }

    /// Reads it.
    pub(super) fn read(mut self) -> StepOutput {
        match read(std::mem::take(&mut self.numbers)) {
            Ok(numbers) => self.output(numbers),
            Err(error) => StepOutput {
                samples: self.expected.len(),
                reading: Err(error),
                standing: None,
                statistics: Vec::new(),
            },
        }
    }

    /// Reads what several steps say, in order, in one read.
    ///
    /// # Errors
    ///
    /// The device cannot compute or be read.
    pub(super) fn read_all(mut steps: Vec<Self>) -> Result<Vec<StepOutput>, ExecutionError> {
        let lengths: Vec<usize> = steps.iter().map(Self::len).collect();
        let numbers = steps
            .iter_mut()
            .flat_map(|step| std::mem::take(&mut step.numbers));
        let mut numbers = read(numbers.collect())?.into_iter();
        let steps = steps.into_iter().zip(lengths);
        Ok(steps
            .map(|(step, length)| step.output(numbers.by_ref().take(length).collect()))
            .collect())
    }

    fn len(&self) -> usize {
        self.numbers.iter().map(|each| each.dims()[0]).sum()
    }

    /// From its numbers, in the order in which they were put.
    fn output(self, mut numbers: Vec<f32>) -> StepOutput {
        let statistics = numbers.split_off(numbers.len().saturating_sub(self.of_statistics));
        let squared_norm = if self.has_norm { numbers.pop() } else { None }.unwrap_or(0.0);
        let squared_norm = f64::from(squared_norm) + self.norm;
        let loss = numbers.pop().unwrap_or(f32::NAN);
        StepOutput {
            samples: self.expected.len(),
            reading: Ok(Reading {
                loss: f64::from(loss),
                correct: correct(self.loss, &numbers, &self.expected),
                gradient_norm: squared_norm.sqrt(),
            }),
            standing: None,
            statistics,
        }
    }
}

/// One after the other. A device is waited for once; the host's own memory is read as it lies.
fn read(numbers: Vec<Tensor<1>>) -> Result<Vec<f32>, ExecutionError> {
    let on_host = |tensor: &Tensor<1>| kernels::is_on(&tensor.device());
    if !numbers.iter().all(on_host) {
        let data = Tensor::cat(numbers, 0).try_into_data()?;
        return Ok(floats(&data));
    }
    let mut read = Vec::new();
    for tensor in numbers {
        read.extend(floats(&tensor.try_into_data()?));
    }
    Ok(read)
}

fn correct(loss: Loss, outputs: &[f32], expected: &Targets) -> Option<usize> {
    let Targets::Classes(labels) = expected else {
        return None;
    };
    let width = outputs.len() / labels.len().max(1);
    let right = outputs
        .chunks_exact(width.max(1))
        .zip(labels)
        .filter(|(outputs, label)| loss.class_of(outputs) == **label);
    Some(right.count())
}

/// Euclidean norm over all parameters.
pub(super) fn gradient_norm(
    network: &Network,
    gradients: &GradientsParams,
) -> Result<f64, ExecutionError> {
    let norm = SquaredNorm::of(network, gradients);
    let on_device = match norm.on_device {
        Some(sum) => read(vec![sum])?.first().map_or(0.0, |&sum| f64::from(sum)),
        None => 0.0,
    };
    Ok((on_device + norm.on_host).sqrt())
}

/// Sum of the squares of all gradients.
#[derive(Debug, Default)]
pub(super) struct SquaredNorm {
    /// Of those that the kernels have summed.
    on_host: f64,
    /// Of the others, of shape `[1]`.
    on_device: Option<Tensor<1>>,
}

impl SquaredNorm {
    pub(super) fn of(network: &Network, gradients: &GradientsParams) -> Self {
        let mut squares = Squares {
            gradients,
            norm: Self::default(),
        };
        network.visit(&mut squares);
        squares.norm
    }
}

struct Squares<'a> {
    gradients: &'a GradientsParams,
    norm: SquaredNorm,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.get::<D>(parameter.id) else {
            return;
        };
        if let Some(sum) = sum_of_squares(&gradient) {
            self.norm.on_host += sum;
        } else {
            let squares = (gradient.clone() * gradient).sum();
            self.norm.on_device = Some(match self.norm.on_device.take() {
                Some(sum) => sum + squares,
                None => squares,
            });
        }
    }
}
