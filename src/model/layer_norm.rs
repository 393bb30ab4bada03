//! Layer normalisation (Ba, Kiros and Hinton 2016): each vector to mean 0 and variance 1 over its own values.
//!
//! ```text
//! s = γ (x − μ) / √(v + ε) + β        μ and v over the features of one sample, v with 1/F: the biased variance
//! ```
//!
//! No sample depends on another, so nothing runs along: training and measuring are the same.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::module::layer_norm;

/// `γ` and `β`.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// `γ`
    pub(super) weight: Param<Tensor<1>>,
    /// `β`
    pub(super) bias: Param<Tensor<1>>,
    #[module(skip)]
    pub(super) epsilon: f64,
}

impl LayerNorm {
    pub(super) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        layer_norm(x, self.weight.val(), Some(self.bias.val()), self.epsilon)
    }
}
