//! What a network says of samples without labels: classes, the most likely first, or a number.

use burn::tensor::{Device, ExecutionError};

use crate::data::SampleShape;
use crate::model::architecture::Loss;
use crate::model::floats::floats;
use crate::model::{Mode, Network};
use crate::training::step::values;

/// A class and how likely the network takes it to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// Its place among the classes.
    pub class: u8,
    /// `softmax` of the outputs; absent where the loss was squared error, whose outputs are no probabilities.
    pub probability: Option<f64>,
}

/// The `top` answers for each sample of `inputs`, which are normalised; none where the network says numbers ([`numbers`]).
///
/// # Errors
///
/// The device cannot compute or be read.
pub fn answers(
    network: &Network,
    inputs: Vec<f32>,
    shape: SampleShape,
    top: usize,
    device: &Device,
) -> Result<Vec<Vec<Answer>>, ExecutionError> {
    let (outputs, width) = outputs(network, inputs, shape, device)?;
    let rows = outputs.chunks_exact(width);
    Ok(rows
        .map(|outputs| ranked(network.loss(), outputs, top))
        .collect())
}

/// The numbers for each sample of `inputs`, which are normalised: as the network says them, standardised.
///
/// # Errors
///
/// The device cannot compute or be read.
pub fn numbers(
    network: &Network,
    inputs: Vec<f32>,
    shape: SampleShape,
    device: &Device,
) -> Result<Vec<f32>, ExecutionError> {
    Ok(outputs(network, inputs, shape, device)?.0)
}

/// One sample after the other, each of the same width.
fn outputs(
    network: &Network,
    inputs: Vec<f32>,
    shape: SampleShape,
    device: &Device,
) -> Result<(Vec<f32>, usize), ExecutionError> {
    let samples = inputs.len() / shape.len().max(1);
    let forward = || network.forward(values(inputs, shape, samples, device), Mode::Evaluate);
    // Among the threads that compute, awake: from outside, each operation would wake them and be waited for.
    let outputs = rayon::scope(|_| brecha_kernels::awake(forward));
    let [_, width] = outputs.dims();
    let outputs = floats(&outputs.try_into_data()?);
    Ok((outputs, width))
}

fn ranked(loss: Loss, outputs: &[f32], top: usize) -> Vec<Answer> {
    let of = |class: usize, probability| Answer {
        // Labels are bytes, so there are at most 256 classes.
        class: class as u8,
        probability,
    };
    if loss == Loss::MseNumber {
        return Vec::new();
    }
    if loss == Loss::MseSign {
        let first = usize::from(loss.class_of(outputs));
        return [first, 1 - first]
            .into_iter()
            .take(top)
            .map(|class| of(class, None))
            .collect();
    }
    let mut order: Vec<usize> = (0..outputs.len()).collect();
    // A stable sort: of equal outputs the first class, as in `Loss::class_of`.
    order.sort_by(|&a, &b| outputs[b].total_cmp(&outputs[a]));
    let largest = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponential = |class: usize| f64::from(outputs[class] - largest).exp();
    let sum: f64 = (0..outputs.len()).map(exponential).sum();
    order
        .into_iter()
        .take(top)
        .map(|class| {
            let probability = (loss == Loss::CrossEntropy).then(|| exponential(class) / sum);
            of(class, probability)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_likely_come_first_and_probabilities_add_up() {
        let found = ranked(Loss::CrossEntropy, &[0.0, 2.0_f32.ln(), 0.0], 3);
        assert_eq!(
            found.iter().map(|answer| answer.class).collect::<Vec<_>>(),
            [1, 0, 2]
        );
        let probabilities: Vec<f64> = found
            .iter()
            .filter_map(|answer| answer.probability)
            .collect();
        for (found, expected) in probabilities.iter().zip([0.5, 0.25, 0.25]) {
            // The logarithm of 2 is rounded to f32.
            assert!((found - expected).abs() < 1e-7, "{found}");
        }
        assert_eq!(
            ranked(Loss::CrossEntropy, &[3e4, -3e4], 1)[0].probability,
            Some(1.0)
        );
        assert_eq!(
            ranked(Loss::MseOneHot, &[0.1, 0.9], 1),
            [Answer {
                class: 1,
                probability: None
            }]
        );
        assert_eq!(ranked(Loss::MseSign, &[-0.3], 2).len(), 2);
        assert_eq!(ranked(Loss::MseSign, &[-0.3], 1)[0].class, 0);
    }
}
