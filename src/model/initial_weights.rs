//! The first weights, drawn on the host so that every back end starts from the same numbers.
//!
//! The draw of a layer is a function of (seed, layer), so adding a layer at the end leaves the others as they were.
//!
//! | scheme | weights | biases | source |
//! |---|---|---|---|
//! | `glorot-uniform` | ±√(6 / (fan_in + fan_out)) | 0 | Glorot and Bengio 2010, equation 16 |
//! | `he-uniform` | ±√(6 / fan_in) | 0 | He et al. 2015, section 2.2 |
//! | `fan-in-uniform` | ±1 / √fan_in | the same | LeCun et al. 1998; what PyTorch and burn do when nothing is said |
//!
//! Left out, it is `he-uniform` before ReLU and `glorot-uniform` otherwise: the assumption each was derived for.

use rand::RngExt;

use super::architecture::{Activation, Layer, Operation};
use crate::config::InitialWeightsConfig;
use crate::random::{Purpose, generator};

/// The first weights of one layer, in burn's layout.
#[derive(Clone, Debug, PartialEq)]
pub struct InitialWeights {
    /// Dense: `[inputs, outputs]`; conv2d: `[filters, channels, height, width]`, row by row.
    pub weight: Vec<f32>,
    /// One per output or filter.
    pub bias: Vec<f32>,
}

/// Draws the weights of `layer`, which is the `index`-th (from 0); `None` where there is nothing to learn.
#[must_use]
pub fn draw(
    layer: &Layer,
    index: usize,
    scheme: Option<InitialWeightsConfig>,
    seed: u64,
) -> Option<InitialWeights> {
    let (fan_in, fan_out, weights, biases, activation) = match layer.operation {
        Operation::Dense {
            inputs,
            outputs,
            activation,
        } => (inputs, outputs, inputs * outputs, outputs, activation),
        Operation::Conv2d {
            channels,
            filters,
            kernel: [height, width],
            activation,
            ..
        } => {
            let window = height * width;
            let weights = filters * channels * window;
            (channels * window, filters * window, weights, filters, activation)
        }
        Operation::MaxPool(_)
        | Operation::AvgPool(_)
        | Operation::Flatten
        | Operation::Dropout { .. }
        | Operation::Activation(_) => return None,
    };
    let scheme = scheme.unwrap_or(match activation {
        Some(Activation::Relu) => InitialWeightsConfig::HeUniform,
        Some(Activation::Tanh | Activation::Sigmoid) | None => InitialWeightsConfig::GlorotUniform,
    });
    let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
    let (limit, bias_limit) = match scheme {
        InitialWeightsConfig::GlorotUniform => ((6.0 / (fan_in + fan_out)).sqrt(), 0.0),
        InitialWeightsConfig::HeUniform => ((6.0 / fan_in).sqrt(), 0.0),
        InitialWeightsConfig::FanInUniform => (1.0 / fan_in.sqrt(), 1.0 / fan_in.sqrt()),
    };
    let mut generator = generator(seed, Purpose::InitialWeights, 0, index as u64);
    let mut uniform = |count: usize, limit: f64| -> Vec<f32> {
        (0..count)
            .map(|_| ((generator.random::<f64>() * 2.0 - 1.0) * limit) as f32)
            .collect()
    };
    Some(InitialWeights {
        weight: uniform(weights, limit),
        bias: uniform(biases, bias_limit),
    })
}
