//! Which pixels an answer hangs on.
//!
//! The saliency of a pixel is how much the winning class's output would change with it: `|∂ output / ∂ pixel|`, of several channels
//! the largest (Simonyan, Vedaldi and Zisserman 2013, "Deep inside convolutional networks", arXiv 1312.6034). That gradient jumps
//! from pixel to pixel, so the mean of it over some noisy copies of the image is taken (`SmoothGrad`: Smilkov et al. 2017, arXiv
//! 1706.03825), with noise of 15 % of the image's range.
//!
//! Not Grad-CAM (Selvaraju et al. 2017): its map is as coarse as the last convolution's, 7 × 7 places and fewer for the small images
//! of this program, it averages gradients over all places, which says little in front of the dense layers that small networks end
//! with, and it says nothing about networks without convolutions. The gradient of the input shows single strokes, of any network.

use burn::module::Module;
use burn::tensor::{Device, ExecutionError, Int, Tensor, TensorData};
use rand::Rng;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::data::SampleShape;
use crate::model::floats::floats;
use crate::model::{Architecture, Layer, Mode, Network, Values};
use crate::random::{Purpose, generator};
use crate::training::step::values;

/// Noisy copies of an image.
const COPIES: u64 = 16;
/// Of an image's range, the standard deviation of the noise.
const NOISE: f32 = 0.15;
/// Multiplications and additions that may be spent: a fraction of a second.
const MOST_WORK: u64 = 6_000_000_000;

/// For each sample of `inputs`, which are normalised, a map of its height and width, row by row; empty where samples are no images.
/// Large networks get fewer noisy copies, down to the image alone.
///
/// # Errors
///
/// The device cannot compute or be read.
pub fn saliency(
    network: &Network,
    architecture: &Architecture,
    inputs: &[f32],
    seed: u64,
    device: &Device,
) -> Result<Vec<Vec<f32>>, ExecutionError> {
    let size = architecture.input.len().max(1);
    let samples = inputs.len() / size;
    let SampleShape::Image { channels, .. } = architecture.input else {
        return Ok(Vec::new());
    };
    if samples == 0 {
        return Ok(Vec::new());
    }
    let work = architecture.layers.iter().map(Layer::multiply_adds);
    let work = work.fold(0_u64, u64::saturating_add);
    // Forward, and back to the input.
    let copy = work.saturating_mul(2 * samples as u64).max(1);
    let copies = (MOST_WORK / copy).clamp(1, COPIES);

    let outputs = network.forward(
        values(inputs.to_vec(), architecture.input, samples, device),
        Mode::Evaluate,
    );
    let [_, width] = outputs.dims();
    let outputs = floats(&outputs.try_into_data()?);
    let winners: Vec<i32> = outputs.chunks_exact(width.max(1)).map(largest).collect();

    let tracked = device.clone().autodiff();
    let network = network.clone().train().no_grad();
    let mut sums = vec![0.0; inputs.len()];
    for copy in 0..copies {
        let noisy = if copies == 1 {
            inputs.to_vec()
        } else {
            noisy(inputs, size, seed, copy)
        };
        let winners = TensorData::new(winners.clone(), [samples, 1]);
        let winners = Tensor::<2, Int>::from_data(winners, &tracked);
        let answered = |inputs| {
            let outputs = network.forward(inputs, Mode::Evaluate);
            outputs.gather(1, winners).sum().backward()
        };
        let gradient = match values(noisy, architecture.input, samples, &tracked) {
            Values::Vectors(_) => None,
            Values::Images(images) => {
                let images = images.require_grad();
                images.grad(&answered(Values::Images(images.clone())))
            }
        };
        // burn leaves out the gradient of what the output does not depend on.
        let Some(gradient) = gradient else { continue };
        let gradient = gradient.try_into_data()?;
        for (sum, value) in sums.iter_mut().zip(gradient.iter::<f32>()) {
            *sum += value / copies as f32;
        }
    }
    let area = size / channels.max(1);
    let map = |sample: &[f32]| -> Vec<f32> {
        let pixel = |place: usize| {
            let channels = sample.iter().skip(place).step_by(area);
            channels.map(|gradient| gradient.abs()).fold(0.0, f32::max)
        };
        (0..area).map(pixel).collect()
    };
    Ok(sums.chunks_exact(size).map(map).collect())
}

fn largest(outputs: &[f32]) -> i32 {
    let mut best = (0, f32::NEG_INFINITY);
    for (class, &output) in (0..).zip(outputs) {
        if output > best.1 {
            best = (class, output);
        }
    }
    best.0
}

/// The images with noise, which is the same for the same place of `inputs` and the same copy.
fn noisy(inputs: &[f32], size: usize, seed: u64, copy: u64) -> Vec<f32> {
    let normal = Normal::standard();
    let mut noisy = Vec::with_capacity(inputs.len());
    for (sample, values) in inputs.chunks_exact(size).enumerate() {
        let mut rng = generator(seed, Purpose::Saliency, copy, sample as u64);
        let low = values.iter().copied().fold(f32::INFINITY, f32::min);
        let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let deviation = NOISE * (high - low);
        noisy.extend(values.iter().map(|value| {
            // In the middle of one of 2⁵³ steps: never 0 nor 1.
            let unit = ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
            value + deviation * normal.inverse_cdf(unit) as f32
        }));
    }
    noisy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::network;

    /// Of a linear network the gradient is the weight, whatever the noise.
    #[test]
    fn the_saliency_of_a_linear_network_is_its_weight() {
        let weights = [
            // Two channels of two pixels; two classes.
            [1.0, 0.5],
            [-2.0, 0.0],
            [-3.0, 0.25],
            [1.5, -1.0],
        ];
        let (architecture, network, device) = network(
            "['flatten', { dense = { units = 2 } }]",
            [2, 1, 2],
            2,
            &[
                ("layers.1.weight", &[4, 2], weights.as_flattened()),
                ("layers.1.bias", &[2], &[0.0; 2]),
            ],
        );
        // The first class wins the first sample, the second the other.
        let inputs = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0];
        let found = saliency(&network, &architecture, &inputs, 7, &device).unwrap();
        for (found, expected) in found.iter().flatten().zip([3.0, 2.0, 0.5, 1.0]) {
            // Sixteen sums of a sixteenth.
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
        assert_eq!(found.len(), 2);
        assert!(
            saliency(&network, &architecture, &[], 7, &device)
                .unwrap()
                .is_empty()
        );
        let broken = saliency(&network, &architecture, &[f32::NAN; 4], 7, &device);
        assert_eq!(broken.unwrap().len(), 1);
    }

    #[test]
    fn noise_is_of_the_size_of_the_image_and_the_same_again() {
        let inputs: Vec<f32> = (0..4000).map(|place| (place % 2) as f32).collect();
        let once = noisy(&inputs, 4000, 1, 0);
        assert_eq!(once, noisy(&inputs, 4000, 1, 0));
        assert_ne!(once, noisy(&inputs, 4000, 1, 1));
        let squares = once.iter().zip(&inputs).map(|(a, b)| (a - b).powi(2));
        let deviation = (squares.sum::<f32>() / 4000.0).sqrt();
        // Of 4,000 draws, the deviation is known to 1.1 %: four times that.
        assert!((deviation / NOISE - 1.0).abs() < 0.045, "{deviation}");
    }
}
