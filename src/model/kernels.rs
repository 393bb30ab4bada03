//! Which operations flex does with kernels of our own, and with which vector instructions.
//!
//! One decision for the whole process, made where a back end is opened: two networks in one process compute alike.

use std::sync::atomic::{AtomicU8, Ordering};

use brecha_kernels::Instructions;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings};
use burn::tensor::{DType, Device};

use super::layer::Activation;
use super::network::LEAKY_SLOPE;
use crate::backend;

/// Why a method is never called: the operation on tensors with gradients asks the back end within.
pub(super) const WITHIN: &str = "asked of the back end within";

/// Whether an activation can be part of an operation: its derivative is a function of its value, and it never falls.
#[must_use]
pub fn fuses(activation: Option<Activation>) -> bool {
    match activation {
        None
        | Some(Activation::Relu | Activation::LeakyRelu | Activation::Tanh | Activation::Sigmoid) => {
            true
        }
        Some(Activation::Gelu | Activation::Sign) => false,
    }
}

/// The same activation in the words of the kernels.
pub(super) fn activation(activation: Option<Activation>) -> brecha_kernels::Activation {
    use brecha_kernels::Activation as Kernel;
    match activation {
        Some(Activation::Relu) => Kernel::Relu,
        Some(Activation::LeakyRelu) => Kernel::LeakyRelu(LEAKY_SLOPE as f32),
        Some(Activation::Tanh) => Kernel::Tanh,
        Some(Activation::Sigmoid) => Kernel::Sigmoid,
        None | Some(Activation::Gelu | Activation::Sign) => Kernel::Identity,
    }
}

/// θ, in burn's operations.
pub(super) fn activate<B: Backend>(
    s: FloatTensor<B>,
    activation: Option<Activation>,
) -> FloatTensor<B> {
    match activation {
        Some(Activation::Relu) => B::relu(s),
        Some(Activation::LeakyRelu) => B::leaky_relu(s, LEAKY_SLOPE.into()),
        Some(Activation::Tanh) => B::float_tanh(s),
        Some(Activation::Sigmoid) => B::sigmoid(s),
        None | Some(Activation::Gelu | Activation::Sign) => s,
    }
}

/// `gradient ⊗ θ'`, by the value of θ.
pub(super) fn before_activation<B: Backend>(
    output: FloatTensor<B>,
    gradient: FloatTensor<B>,
    activation: Option<Activation>,
) -> FloatTensor<B> {
    match activation {
        Some(Activation::Relu) => B::relu_backward(output, gradient),
        Some(Activation::LeakyRelu) => {
            let settings = get_or_init_device_settings::<B>(&output.device());
            let is_below = B::float_lower_elem(output, 0.0.into(), settings.bool_dtype);
            let below = B::float_mul_scalar(gradient.clone(), LEAKY_SLOPE.into());
            B::float_mask_where(gradient, is_below, below)
        }
        Some(Activation::Tanh) => {
            let square = B::float_mul(output.clone(), output);
            let derivative = B::float_add_scalar(B::float_neg(square), 1.0.into());
            B::float_mul(gradient, derivative)
        }
        Some(Activation::Sigmoid) => {
            let complement = B::float_add_scalar(B::float_neg(output.clone()), 1.0.into());
            B::float_mul(gradient, B::float_mul(output, complement))
        }
        None | Some(Activation::Gelu | Activation::Sign) => gradient,
    }
}

/// What the kernels run with; or `None` where burn's own operations are asked for.
static IN_USE: AtomicU8 = AtomicU8::new(UNDECIDED);
const UNDECIDED: u8 = u8::MAX;
const BURN: u8 = u8::MAX - 1;

/// Says which instructions the kernels of this process use from now on; `None` for burn's own operations. Until something is said
/// they are the widest that there are.
pub fn use_instructions(instructions: Option<Instructions>) {
    let number = instructions.map_or(BURN, |instructions| {
        let all = Instructions::ALL.iter();
        all.take_while(|each| **each != instructions).count() as u8
    });
    IN_USE.store(number, Ordering::Relaxed);
}

/// Whether the operation is to be used on this device.
#[must_use]
pub fn is_on(device: &Device) -> bool {
    IN_USE.load(Ordering::Relaxed) != BURN && backend::is_flex(device)
}

/// What is in use for numbers of this precision.
#[must_use]
pub fn in_use(dtype: DType) -> Option<Instructions> {
    if dtype != DType::F32 {
        return None;
    }
    match IN_USE.load(Ordering::Relaxed) {
        UNDECIDED => {
            let best = Instructions::best();
            // One number at a time is slower than what burn does.
            let chosen = (best != Instructions::Scalar).then_some(best);
            use_instructions(chosen);
            chosen
        }
        number => Instructions::ALL.get(usize::from(number)).copied(),
    }
}
