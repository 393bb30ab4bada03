//! θ of vectors, and its derivative from its value.

use std::mem::MaybeUninit;

use pulp::Simd;

use crate::exponential;
use crate::geometry::Activation;
use crate::vectors::{load_some, write_some};

impl Activation {
    /// θ of the first `count` of each `width` numbers of `values`, to `output`, where there are only these.
    ///
    /// Not in place: what is compared and put back where it came from becomes a masked store, which takes AMD's processors tens of
    /// cycles.
    #[inline(always)]
    pub(crate) fn apply<S: Simd>(
        self,
        simd: S,
        (values, width): (&[f32], usize),
        (output, count): (&mut [MaybeUninit<f32>], usize),
    ) {
        if width == count {
            self.apply_to_all(simd, values, output);
        } else {
            let places = values.chunks_exact(width);
            for (values, output) in places.zip(output.chunks_exact_mut(count)) {
                self.apply_to_all(simd, &values[..count], output);
            }
        }
    }

    #[inline(always)]
    fn apply_to_all<S: Simd>(self, simd: S, values: &[f32], output: &mut [MaybeUninit<f32>]) {
        let zero = simd.splat_f32s(0.0);
        // What is inside of a closure would be compiled without the vector instructions.
        macro_rules! each {
            ($x:ident => $of_x:expr) => {
                let vectors = values.chunks(S::F32_LANES);
                for (values, output) in vectors.zip(output.chunks_mut(S::F32_LANES)) {
                    let $x = load_some(simd, values);
                    write_some(simd, output, $of_x);
                }
            };
        }
        match self {
            Self::Identity => {
                output.write_copy_of_slice(values);
            }
            Self::Relu => {
                // Not the larger of both: that of a processor forgets what is no number, and divergence would not be seen.
                each!(x => simd.select_f32s(simd.less_than_f32s(x, zero), zero, x));
            }
            Self::LeakyRelu(slope) => {
                let slope = simd.splat_f32s(slope);
                each!(x => {
                    let is_below = simd.less_than_f32s(x, zero);
                    simd.select_f32s(is_below, simd.mul_f32s(x, slope), x)
                });
            }
            Self::Tanh => {
                each!(x => exponential::tanh(simd, x));
            }
            Self::Sigmoid => {
                each!(x => exponential::sigmoid(simd, x));
            }
        }
    }

    /// `gradient ⊗ θ'`, where `value` is θ.
    #[inline(always)]
    pub(crate) fn backward<S: Simd>(self, simd: S, gradient: S::f32s, value: S::f32s) -> S::f32s {
        let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
        match self {
            Self::Identity => gradient,
            Self::Relu => {
                let is_live = simd.greater_than_f32s(value, zero);
                simd.select_f32s(is_live, gradient, zero)
            }
            Self::LeakyRelu(slope) => {
                let below = simd.mul_f32s(gradient, simd.splat_f32s(slope));
                simd.select_f32s(simd.greater_than_f32s(value, zero), gradient, below)
            }
            Self::Tanh => {
                let derivative = simd.sub_f32s(one, simd.mul_f32s(value, value));
                simd.mul_f32s(gradient, derivative)
            }
            Self::Sigmoid => {
                let derivative = simd.mul_f32s(value, simd.sub_f32s(one, value));
                simd.mul_f32s(gradient, derivative)
            }
        }
    }
}
