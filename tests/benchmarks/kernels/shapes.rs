//! What is computed in the benchmarks: layers that configurations name, and numbers for them.

use std::fmt;

use brecha_kernels::{Activation, Convolution, Dense, Instructions, Pool};

/// Samples of a batch.
pub const SAMPLES: usize = 64;

/// Something to compute, by instructions that this processor has.
#[derive(Clone, Debug)]
pub struct Case<Layer> {
    /// What.
    pub layer: Layer,
    /// With which.
    pub instructions: Instructions,
}

/// Each layer by every set of vectors.
fn cases<Layer: Clone>(layers: &[Layer]) -> Vec<Case<Layer>> {
    let available = Instructions::ALL.into_iter().filter(|instructions| {
        *instructions != Instructions::Scalar && instructions.is_available()
    });
    let of = |instructions| {
        layers.iter().cloned().map(move |layer| Case {
            layer,
            instructions,
        })
    };
    available.flat_map(of).collect()
}

/// The two convolutions of the reference network, one of colour images with a larger kernel, one of many channels without pooling.
#[must_use]
pub fn convolutions() -> Vec<Case<Convolution>> {
    let of = |channels, side, filters, kernel, is_pooled: bool| Convolution {
        channels,
        input: [side; 2],
        filters,
        kernel: [kernel; 2],
        stride: [1; 2],
        padding: [(kernel / 2, kernel / 2); 2],
        activation: Activation::Relu,
        pool: is_pooled.then_some(Pool {
            size: [2; 2],
            stride: [2; 2],
        }),
    };
    cases(&[
        of(1, 28, 16, 3, true),
        of(16, 14, 32, 3, true),
        of(3, 32, 32, 5, true),
        of(64, 8, 128, 3, false),
    ])
}

/// The dense layers of the reference network and of the perceptron.
#[must_use]
pub fn dense_layers() -> Vec<Case<Dense>> {
    let of = |inputs, outputs| Dense {
        inputs,
        outputs,
        activation: Activation::Relu,
    };
    cases(&[of(1568, 64), of(784, 128), of(128, 10)])
}

/// Numbers from −1 to 1 without a pattern.
#[must_use]
pub fn numbers(count: usize) -> Vec<f32> {
    let number = |place: usize| (place * 7919 % 2003) as f32 / 1001.5 - 1.0;
    (0..count).map(number).collect()
}

impl fmt::Display for Case<Convolution> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Convolution {
            channels,
            input: [height, width],
            filters,
            kernel: [rows, columns],
            pool,
            ..
        } = self.layer;
        let pooled = if pool.is_some() { ", pooled" } else { "" };
        write!(
            f,
            "{:?}: {filters} of {rows}×{columns} on {channels}×{height}×{width}{pooled}",
            self.instructions
        )
    }
}

impl fmt::Display for Case<Dense> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Dense {
            inputs, outputs, ..
        } = self.layer;
        write!(f, "{:?}: {inputs} to {outputs}", self.instructions)
    }
}
