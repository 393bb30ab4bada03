//! Steps in half precision with weights in full: faster where the hardware has units for it (Micikevicius et al. 2018).
//!
//! Forward and backward pass run through a copy of the network in 16 bits, made anew for each step; the loss, the update and the weights
//! themselves stay in f32, so that a small update is not rounded away. The gradients of `f16`, whose smallest numbers are 6·10⁻⁸,
//! would vanish; so the loss is multiplied by 1,024 first, and the gradients are divided by it again in f32. `bf16` has the range
//! of f32 and needs none of that. What is measured after an epoch is computed in f32, whatever the steps did.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor};

use crate::config::MixedPrecisionConfig;
use crate::model::{Network, Values};

/// What steps are computed in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Half {
    dtype: DType,
    /// What the loss is multiplied by.
    scale: f64,
}

impl Half {
    /// As configured; `None` for full precision.
    #[must_use]
    pub fn new(config: MixedPrecisionConfig) -> Option<Self> {
        match config {
            MixedPrecisionConfig::Off => None,
            MixedPrecisionConfig::F16 => Some(Self {
                dtype: DType::F16,
                scale: 1024.0,
            }),
            MixedPrecisionConfig::Bf16 => Some(Self {
                dtype: DType::BF16,
                scale: 1.0,
            }),
        }
    }

    /// Whether this device computes so.
    #[must_use]
    pub fn is_supported(self, device: &Device) -> bool {
        device.supports_dtype(self.dtype)
    }

    /// What the loss is multiplied by before the backward pass.
    pub(super) fn scale(self) -> f64 {
        self.scale
    }

    /// Inputs in this precision.
    pub(super) fn values(self, values: Values) -> Values {
        match values {
            Values::Vectors(x) => Values::Vectors(x.cast(self.dtype)),
            Values::Images(x) => Values::Images(x.cast(self.dtype)),
        }
    }

    /// The network in this precision, with the same names for its parameters.
    pub(super) fn copy(self, network: &Network) -> Network {
        network.valid().map(&mut CastTo(self.dtype)).train()
    }

    /// The gradients of a copy, for the network itself.
    pub(super) fn gradients(self, copy: &Network, gradients: GradientsParams) -> GradientsParams {
        let mut visitor = InFull {
            gradients,
            factor: 1.0 / self.scale,
        };
        copy.visit(&mut visitor);
        visitor.gradients
    }
}

struct CastTo(DType);

impl ModuleMapper for CastTo {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        parameter.map(|tensor| tensor.cast(self.0))
    }
}

struct InFull {
    gradients: GradientsParams,
    factor: f64,
}

impl ModuleVisitor for InFull {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(parameter.id) {
            let gradient = gradient.cast(DType::F32).mul_scalar(self.factor);
            self.gradients.register::<D>(parameter.id, gradient);
        }
    }
}
