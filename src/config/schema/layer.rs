//! `model.layers`: one layer with its options.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LayerConfig {
    /// Every output sees every input.
    Dense(DenseConfig),
    /// Two-dimensional convolution (cross-correlation, as everywhere in this field).
    Conv2d(Conv2dConfig),
    /// Two convolutions with zeros evenly around, and a way around them: the block of residual networks.
    Residual(ResidualConfig),
    /// The largest value of each window.
    MaxPool(PoolConfig),
    /// The mean of each window.
    AvgPool(PoolConfig),
    /// The mean of each channel: an image becomes a vector.
    GlobalAvgPool,
    /// An image becomes a vector.
    Flatten,
    /// Each feature or channel to mean 0 and variance 1 over the batch, then scaled and shifted.
    BatchNorm(BatchNormConfig),
    /// Each vector to mean 0 and variance 1 over its own values, then scaled and shifted.
    LayerNorm(LayerNormConfig),
    /// Random zeros while training, and nothing when measuring.
    Dropout(DropoutConfig),
    /// The same for whole channels of an image.
    Dropout2d(DropoutConfig),
    /// Hyperbolic tangent.
    Tanh,
    /// max(0, x).
    Relu,
    /// x above 0, and 0.01 x below.
    LeakyRelu,
    /// x Φ(x), Φ the normal distribution.
    Gelu,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// The sign, as in the perceptron: forward only.
    Sign,
    /// Documentation only: cross-entropy already contains it. Allowed as the last layer.
    Softmax,
}

/// `dense`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DenseConfig {
    /// How many outputs.
    pub units: usize,
    /// Applied to each output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<ActivationConfig>,
}

/// `conv2d`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Conv2dConfig {
    /// How many output channels.
    pub filters: usize,
    /// Side or `[height, width]` of the kernel.
    pub kernel: Extent,
    /// Step between two windows.
    #[serde(default = "default_stride")]
    pub stride: Extent,
    /// What happens at the border.
    #[serde(default)]
    pub padding: PaddingConfig,
    /// Applied to each output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<ActivationConfig>,
}

fn default_stride() -> Extent {
    Extent::Square(1)
}

/// `residual`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ResidualConfig {
    /// How many output channels.
    pub filters: usize,
    /// Side or `[height, width]` of both kernels, odd.
    #[serde(default = "default_residual_kernel")]
    pub kernel: Extent,
    /// Step of the first convolution.
    #[serde(default = "default_stride")]
    pub stride: Extent,
    /// Whether `batch-norm` stands behind each convolution.
    #[serde(default = "default_normalize")]
    pub normalize: bool,
    /// Between the convolutions, and behind the sum.
    #[serde(default = "default_residual_activation")]
    pub activation: ActivationConfig,
}

fn default_residual_kernel() -> Extent {
    Extent::Square(3)
}

fn default_normalize() -> bool {
    true
}

fn default_residual_activation() -> ActivationConfig {
    ActivationConfig::Relu
}

/// `max-pool` and `avg-pool`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PoolConfig {
    /// Side or `[height, width]` of the window.
    pub size: Extent,
    /// Step between two windows; left out, the window's size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stride: Option<Extent>,
}

/// `batch-norm`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BatchNormConfig {
    /// Share of a step's batch in the running mean and variance, which take over when measuring.
    #[serde(default = "default_batch_norm_momentum")]
    pub momentum: f64,
    /// Added to the variance before its root.
    #[serde(default = "default_normalisation_epsilon")]
    pub epsilon: f64,
}

impl Default for BatchNormConfig {
    fn default() -> Self {
        Self {
            momentum: default_batch_norm_momentum(),
            epsilon: default_normalisation_epsilon(),
        }
    }
}

fn default_batch_norm_momentum() -> f64 {
    0.1
}

fn default_normalisation_epsilon() -> f64 {
    1e-5
}

/// `layer-norm`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LayerNormConfig {
    /// Added to the variance before its root.
    #[serde(default = "default_normalisation_epsilon")]
    pub epsilon: f64,
}

/// `dropout` and `dropout2d`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DropoutConfig {
    /// Probability with which a value (or channel) becomes zero; the others are divided by `1 - rate`.
    pub rate: f64,
}

/// The function after a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActivationConfig {
    /// Hyperbolic tangent.
    Tanh,
    /// max(0, x).
    Relu,
    /// x above 0, and 0.01 x below.
    LeakyRelu,
    /// x Φ(x), Φ the normal distribution.
    Gelu,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// The sign, as in the perceptron: forward only.
    Sign,
}

/// Height and width, written as one number when they are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// `3`
    Square(usize),
    /// `[3, 5]`
    Rectangle([usize; 2]),
}

impl Extent {
    /// Height and width.
    #[must_use]
    pub fn sides(self) -> [usize; 2] {
        match self {
            Self::Square(side) => [side, side],
            Self::Rectangle(sides) => sides,
        }
    }
}

/// What a convolution does at the border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PaddingConfig {
    /// Only windows that lie inside.
    #[default]
    Valid,
    /// Zeros around, so that with stride 1 the output is as large as the input.
    Same,
}
