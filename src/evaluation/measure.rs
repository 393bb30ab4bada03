//! Loss and accuracy of one frozen network on one split: evaluation mode, per sample, summed over samples.
//!
//! Training and validation are measured by this same code with the same weights, so that their difference is a
//! difference between samples and nothing else. Per-sample losses are computed on the host in f64 from the network's
//! outputs; the result does not depend on how the samples are cut into batches, beyond the last bits of the outputs.

use burn::tensor::{Device, ExecutionError};

use crate::data::{Dataset, Split};
use crate::generalization::{Measurement, Moments, Proportion};
use crate::model::{Mode, Network};
use crate::training::step::values;

/// Measures `network` (frozen: `Module::valid`) on `split`; `None` for an empty split.
///
/// # Errors
///
/// The device cannot compute or be read.
pub fn measure(
    network: &Network,
    dataset: &Dataset,
    split: Split,
    batch_size: usize,
    device: &Device,
) -> Result<Option<Measurement>, ExecutionError> {
    let indices = dataset.indices(split);
    if indices.is_empty() {
        return Ok(None);
    }
    let loss = network.loss();
    let mut losses = Vec::with_capacity(indices.len());
    let mut correct = 0;
    for indices in indices.chunks(batch_size) {
        let batch = dataset.batch(indices);
        let inputs = values(batch.inputs, dataset.shape(), indices.len(), device);
        let outputs = network.forward(inputs, Mode::Evaluate);
        let [_, width] = outputs.dims();
        let outputs: Vec<f32> = outputs.try_into_data()?.iter::<f32>().collect();
        for (outputs, &label) in outputs.chunks_exact(width).zip(&batch.labels) {
            losses.push(loss.of_sample(outputs, label));
            correct += u64::from(loss.class_of(outputs) == label);
        }
    }
    Ok(Some(Measurement {
        accuracy: Proportion {
            successes: correct,
            trials: losses.len() as u64,
        },
        loss: moments(&losses),
    }))
}

/// Mean and unbiased variance, in two passes: the one-pass formula loses digits.
fn moments(losses: &[f64]) -> Moments {
    let count = losses.len() as f64;
    let mean = losses.iter().sum::<f64>() / count;
    let squares: f64 = losses.iter().map(|loss| (loss - mean).powi(2)).sum();
    Moments {
        count: losses.len() as u64,
        mean,
        variance: squares / (count - 1.0).max(1.0),
    }
}
