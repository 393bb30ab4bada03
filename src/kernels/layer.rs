//! `y = θ(x · w + b)`, a dense layer, and its gradients.
//!
//! With `g = θ' ⊗ dy`: `db = Σ g`, `dw = xᵀ · g`, `dx = g · wᵀ`, as `brecha::backprop::dense` derives them. Samples are divided among
//! cores for `y` and `dx`, inputs for `dw`: every number is summed by one of them, in the same order however many there are.

use std::mem::MaybeUninit;

use pulp::{Simd, WithSimd};

use crate::correlate::{Filters, Row, row};
use crate::dense::{self, Places};
use crate::geometry::Activation;
use crate::instructions::Instructions;
use crate::parallel::{self, Part};
use crate::scratch::{Scratch, any};
use crate::unwritten::written;
use crate::vectors::{load_some, store_some};

/// Fewer multiplications than these are done before another core would have begun.
const FEW: usize = 1 << 18;
/// Samples of a part: as many as stay in registers, and as many as stay in the cache.
const LEAST: usize = 14;
const MOST: usize = 64;

/// A dense layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dense {
    /// Of a sample.
    pub inputs: usize,
    /// Of a sample.
    pub outputs: usize,
    /// θ
    pub activation: Activation,
}

/// What a forward pass was given and gave.
#[derive(Clone, Copy, Debug)]
pub struct DensePassed<'a> {
    /// `[samples, inputs]`
    pub x: &'a [f32],
    /// `[inputs, outputs]`
    pub weight: &'a [f32],
    /// `[samples, outputs]`
    pub output: &'a [f32],
}

/// What a backward pass gives.
#[derive(Clone, Debug)]
pub struct DenseGradients {
    /// `[samples, inputs]`; empty where nobody wants it.
    pub input: Vec<f32>,
    /// `[inputs, outputs]`
    pub weight: Vec<f32>,
    /// `[outputs]`
    pub bias: Vec<f32>,
}

impl Dense {
    /// The output, `[samples, outputs]`, of `x`, `[samples, inputs]`.
    ///
    /// # Panics
    ///
    /// A slice has another length than the shapes say.
    #[must_use]
    pub fn forward(
        &self,
        x: &[f32],
        weight: &[f32],
        bias: &[f32],
        instructions: Instructions,
    ) -> Vec<f32> {
        let samples = x.len() / self.inputs;
        self.check(samples, x, samples * self.outputs, weight);
        assert_eq!(bias.len(), self.outputs, "bias");
        let filters = Filters::of_columns(weight, self.outputs, bias, instructions.lanes());
        self.products(
            &filters,
            (x, self.inputs),
            self.outputs,
            self.activation,
            instructions,
        )
    }

    /// The gradients, where that of the output is `gradient`, `[samples, outputs]`.
    ///
    /// # Panics
    ///
    /// A slice has another length than the shapes say.
    #[must_use]
    pub fn backward(
        &self,
        passed: DensePassed,
        gradient: &[f32],
        wants_input: bool,
        instructions: Instructions,
    ) -> DenseGradients {
        let samples = passed.x.len() / self.inputs;
        self.check(samples, passed.x, passed.output.len(), passed.weight);
        assert_eq!(gradient.len(), passed.output.len(), "gradient");
        let mut weight = vec![0.0; passed.weight.len()];
        let mut bias = vec![0.0; self.outputs];
        let lanes = instructions.lanes();
        let width = self.outputs.next_multiple_of(lanes);
        let mut before = vec![0.0; samples * width];
        instructions.run(BeforeActivation {
            layer: self,
            output: passed.output,
            gradient,
            before: &mut before,
            width,
            bias: &mut bias,
        });
        // Whole blocks of registers, and a few parts for each core.
        let size = self.inputs.div_ceil(32).next_multiple_of(12);
        let offsets: Vec<usize> = (0..size).collect();
        let parts = weight
            .chunks_mut(size * self.outputs)
            .enumerate()
            .map(|(part, weight)| Weights {
                layer: self,
                x: &passed.x[part * size..],
                samples,
                before: &before,
                width,
                offsets: &offsets[..weight.len() / self.outputs],
                weight,
            });
        self.run(parts.collect(), samples, instructions);
        let input = if wants_input {
            let filters = Filters::of_rows(passed.weight, self.outputs, width, lanes);
            self.products(
                &filters,
                (&before, width),
                self.inputs,
                Activation::Identity,
                instructions,
            )
        } else {
            Vec::new()
        };
        DenseGradients {
            input,
            weight,
            bias,
        }
    }

    /// `θ(x · filters + bias)`, where a sample of `x` has `from` numbers and one of the result `outputs`.
    fn products(
        &self,
        filters: &Filters,
        (x, from): (&[f32], usize),
        outputs: usize,
        activation: Activation,
        instructions: Instructions,
    ) -> Vec<f32> {
        let samples = x.len() / from;
        let of_part = samples_of_part(samples);
        let write = |output: &mut [MaybeUninit<f32>]| {
            let parts = x
                .chunks(of_part * from)
                .zip(output.chunks_mut(of_part * outputs))
                .map(|(x, output)| Products {
                    filters,
                    x,
                    output,
                    outputs,
                    activation,
                });
            self.run(parts.collect(), samples, instructions);
        };
        // SAFETY: every part writes all of its samples, and there is a part for each sample.
        unsafe { written(samples * outputs, write) }
    }

    fn check(&self, samples: usize, x: &[f32], output: usize, weight: &[f32]) {
        assert_eq!(x.len(), samples * self.inputs, "x");
        assert_eq!(output, samples * self.outputs, "output");
        assert_eq!(weight.len(), self.inputs * self.outputs, "weight");
    }

    fn run(&self, parts: Vec<impl Part>, samples: usize, instructions: Instructions) {
        if samples * self.inputs * self.outputs < FEW {
            parallel::run_here(parts, instructions);
        } else {
            parallel::run(parts, instructions);
        }
    }
}

/// Every sample's numbers are the same wherever it is computed, so that the cores may say how samples are divided: in two parts for
/// each, with enough samples for what is packed to be used again.
fn samples_of_part(samples: usize) -> usize {
    let parts = 2 * rayon::current_num_threads();
    samples.div_ceil(parts).clamp(LEAST, MOST)
}

/// `θ(x · filters + bias)` of some samples.
struct Products<'a> {
    filters: &'a Filters,
    x: &'a [f32],
    output: &'a mut [MaybeUninit<f32>],
    outputs: usize,
    activation: Activation,
}

impl Part for Products<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S, scratch: &mut Scratch) {
        let Self {
            filters,
            x,
            output,
            outputs,
            activation,
        } = self;
        let samples = output.len() / outputs;
        let width = filters.width;
        let of_samples = Row {
            input: x,
            step: x.len() / samples,
            padded_row: 0,
            places: samples,
            output_step: width,
        };
        let band = any(&mut scratch.band, samples * width);
        row(simd, filters, of_samples, band);
        activation.apply(simd, (band, width), (output, outputs));
    }
}

/// `g`, filled up to whole vectors, and its sum.
struct BeforeActivation<'a> {
    layer: &'a Dense,
    output: &'a [f32],
    gradient: &'a [f32],
    before: &'a mut [f32],
    width: usize,
    bias: &'a mut [f32],
}

impl WithSimd for BeforeActivation<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Dense {
            outputs,
            activation,
            ..
        } = *self.layer;
        for output in (0..outputs).step_by(S::F32_LANES) {
            let count = (outputs - output).min(S::F32_LANES);
            let mut sum = simd.splat_f32s(0.0);
            let rows = self
                .output
                .chunks_exact(outputs)
                .zip(self.gradient.chunks_exact(outputs));
            for ((value, gradient), before) in rows.zip(self.before.chunks_exact_mut(self.width)) {
                let value = load_some(simd, &value[output..output + count]);
                let gradient = load_some(simd, &gradient[output..output + count]);
                let gradient = activation.backward(simd, gradient, value);
                sum = simd.add_f32s(sum, gradient);
                store_some(simd, &mut before[output..], gradient);
            }
            store_some(simd, &mut self.bias[output..output + count], sum);
        }
    }
}

/// `xᵀ · g` for some inputs.
struct Weights<'a> {
    layer: &'a Dense,
    /// From the first of these inputs on.
    x: &'a [f32],
    samples: usize,
    before: &'a [f32],
    width: usize,
    offsets: &'a [usize],
    weight: &'a mut [f32],
}

impl Part for Weights<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S, scratch: &mut Scratch) {
        let outputs = self.layer.outputs;
        let places = Places {
            input: self.x,
            step: self.layer.inputs,
            row_step: 0,
            places: [1, self.samples],
            gradients: self.before,
            width: self.width,
        };
        if self.width == outputs {
            // Zeros so far.
            dense::add_to_filters(simd, places, self.offsets, self.weight);
        } else {
            let sums = any(&mut scratch.band, self.offsets.len() * self.width);
            sums.fill(0.0);
            dense::add_to_filters(simd, places, self.offsets, sums);
            let rows = self.weight.chunks_exact_mut(outputs);
            for (weight, sums) in rows.zip(sums.chunks_exact(self.width)) {
                weight.copy_from_slice(&sums[..outputs]);
            }
        }
    }
}
