//! The first weights, drawn on the host so that every back end starts from the same numbers.
//!
//! The draw of a layer is a function of (seed, layer), so adding a layer at the end leaves the others as they were. The parts of a
//! residual block are drawn one by one, all as before the block's activation.
//!
//! | scheme | weights | biases | source |
//! |---|---|---|---|
//! | `glorot-uniform` | `±√(6 / (fan_in + fan_out))` | 0 | Glorot and Bengio 2010, equation 16 |
//! | `he-uniform` | `±√(6 / fan_in)` | 0 | He et al. 2015, section 2.2 |
//! | `fan-in-uniform` | `±1 / √fan_in` | the same | LeCun et al. 1998; the default of PyTorch and burn |
//!
//! Left out, it is `he-uniform` before `relu`, `leaky-relu` and `gelu`, and `glorot-uniform` otherwise: the assumption each was
//! derived for, or nearly so. (He et al. divide by `1 + slope²` for a leak; at a slope of 0.01 that is 1. A GELU is a ReLU with
//! its corner rounded.)

use rand::RngExt;

use super::layer::{Activation, Layer, Operation};
use crate::config::InitialWeightsConfig;
use crate::random::{Purpose, generator};

/// The first weights of one layer, in burn's layout.
#[derive(Clone, Debug, PartialEq)]
pub struct InitialWeights {
    /// Dense: `[inputs, outputs]`; conv2d: `[filters, channels, height, width]`, row by row.
    pub weight: Vec<f32>,
    /// One per output or filter, or none.
    pub bias: Vec<f32>,
}

/// Draws the weights of `layer`, which is part `part` of the `index`-th layer (both from 0) and whose outputs go through `activation`;
/// `None` where there is nothing to learn.
#[must_use]
pub fn draw(
    layer: &Layer,
    [index, part]: [usize; 2],
    activation: Option<Activation>,
    scheme: Option<InitialWeightsConfig>,
    seed: u64,
) -> Option<InitialWeights> {
    let (fan_in, fan_out, weights, biases) = match layer.operation {
        Operation::Dense {
            inputs, outputs, ..
        } => (inputs, outputs, inputs * outputs, outputs),
        Operation::Conv2d {
            channels,
            filters,
            kernel: [height, width],
            has_bias,
            ..
        } => {
            let window = height * width;
            (
                channels * window,
                filters * window,
                filters * channels * window,
                if has_bias { filters } else { 0 },
            )
        }
        // The normalised values as they are: Ioffe and Szegedy 2015, and everywhere since.
        Operation::BatchNorm {
            channels: features, ..
        }
        | Operation::LayerNorm { features, .. } => {
            return Some(InitialWeights {
                weight: vec![1.0; features],
                bias: vec![0.0; features],
            });
        }
        Operation::Residual(_)
        | Operation::MaxPool(_)
        | Operation::AvgPool(_)
        | Operation::GlobalAvgPool
        | Operation::Flatten
        | Operation::Dropout { .. }
        | Operation::Dropout2d { .. }
        | Operation::Activation(_) => return None,
    };
    let scheme = scheme.unwrap_or(match activation {
        Some(Activation::Relu | Activation::LeakyRelu | Activation::Gelu) => {
            InitialWeightsConfig::HeUniform
        }
        Some(Activation::Tanh | Activation::Sigmoid | Activation::Sign) | None => {
            InitialWeightsConfig::GlorotUniform
        }
    });
    let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
    let (limit, bias_limit) = match scheme {
        InitialWeightsConfig::GlorotUniform => ((6.0 / (fan_in + fan_out)).sqrt(), 0.0),
        InitialWeightsConfig::HeUniform => ((6.0 / fan_in).sqrt(), 0.0),
        InitialWeightsConfig::FanInUniform => (1.0 / fan_in.sqrt(), 1.0 / fan_in.sqrt()),
    };
    // The part takes the upper half of the key's word and the layer the lower one.
    let word = (part as u64) << 32 | index as u64;
    let mut generator = generator(seed, Purpose::InitialWeights, 0, word);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SampleShape;

    fn dense(inputs: usize, outputs: usize) -> Layer {
        Layer {
            operation: Operation::Dense {
                inputs,
                outputs,
                activation: None,
            },
            input: SampleShape::Vector { features: inputs },
            output: SampleShape::Vector { features: outputs },
        }
    }

    #[test]
    fn weights_fill_the_documented_range_evenly() {
        for (scheme, limit) in [
            (
                InitialWeightsConfig::GlorotUniform,
                (6.0_f64 / 500.0).sqrt(),
            ),
            (InitialWeightsConfig::HeUniform, (6.0_f64 / 300.0).sqrt()),
            (InitialWeightsConfig::FanInUniform, 1.0 / 300.0_f64.sqrt()),
        ] {
            let drawn = draw(&dense(300, 200), [0, 0], None, Some(scheme), 7).unwrap();
            let weights: Vec<f64> = drawn.weight.iter().map(|&w| f64::from(w)).collect();
            let largest = weights
                .iter()
                .fold(0.0_f64, |largest, w| largest.max(w.abs()));
            // Of 60,000 draws the largest lies within a thousandth of the limit, with probability 1 − e⁻⁶⁰.
            assert!(largest <= limit * (1.0 + 1e-6) && largest > limit * 0.999);
            let variance = weights.iter().map(|w| w * w).sum::<f64>() / weights.len() as f64;
            // Uniform: limit² / 3, here to 1 % (five standard errors are 0.9 %).
            assert!((variance / (limit * limit / 3.0) - 1.0).abs() < 0.01);
            let bias_is_drawn = drawn.bias.iter().any(|&b| b != 0.0);
            assert_eq!(bias_is_drawn, scheme == InitialWeightsConfig::FanInUniform);
        }
    }

    #[test]
    fn a_layer_draws_the_same_whatever_stands_behind_it() {
        let draw = |index, seed| draw(&dense(4, 3), [index, 0], None, None, seed).unwrap();
        assert_eq!(draw(0, 1), draw(0, 1));
        assert_ne!(draw(0, 1), draw(1, 1));
        assert_ne!(draw(0, 1), draw(0, 2));
    }
}
