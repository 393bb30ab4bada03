//! θ of vectors, and its derivative from its value.

use pulp::Simd;

use crate::exponential;
use crate::geometry::Activation;

impl Activation {
    /// θ of every number.
    #[inline(always)]
    pub(crate) fn apply<S: Simd>(self, simd: S, values: &mut [f32]) {
        match self {
            Self::Identity => {}
            Self::Relu => {
                let zero = simd.splat_f32s(0.0);
                let (vectors, rest) = S::as_mut_simd_f32s(values);
                for x in vectors {
                    // Not the larger of both: that of a processor forgets what is no number, and divergence would not be seen.
                    *x = simd.select_f32s(simd.less_than_f32s(*x, zero), zero, *x);
                }
                for x in rest {
                    *x = if *x < 0.0 { 0.0 } else { *x };
                }
            }
            Self::LeakyRelu(slope) => {
                let (zero, factor) = (simd.splat_f32s(0.0), simd.splat_f32s(slope));
                let (vectors, rest) = S::as_mut_simd_f32s(values);
                for x in vectors {
                    let below = simd.mul_f32s(*x, factor);
                    *x = simd.select_f32s(simd.less_than_f32s(*x, zero), below, *x);
                }
                for x in rest {
                    *x = if *x < 0.0 { *x * slope } else { *x };
                }
            }
            Self::Tanh => {
                let (vectors, rest) = S::as_mut_simd_f32s(values);
                for x in vectors {
                    *x = exponential::tanh(simd, *x);
                }
                if !rest.is_empty() {
                    let x = exponential::tanh(simd, simd.partial_load_f32s(rest));
                    simd.partial_store_f32s(rest, x);
                }
            }
            Self::Sigmoid => {
                let (vectors, rest) = S::as_mut_simd_f32s(values);
                for x in vectors {
                    *x = exponential::sigmoid(simd, *x);
                }
                if !rest.is_empty() {
                    let x = exponential::sigmoid(simd, simd.partial_load_f32s(rest));
                    simd.partial_store_f32s(rest, x);
                }
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
