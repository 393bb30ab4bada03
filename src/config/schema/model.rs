//! `[model]`: the layers, the loss and the first weights.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::layer::LayerConfig;

/// `[model]`: the layers from input to output, and the loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModelConfig {
    /// From input to output. The last one gives one value per class, or a single one for two classes with `mse`.
    pub layers: Vec<LayerConfig>,
    /// What is minimised.
    pub loss: LossConfig,
    /// How the first weights are drawn; left out, by each layer's activation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_weights: Option<InitialWeightsConfig>,
}

/// What is minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossConfig {
    /// Mean over the samples of the summed squared errors; classes are ±1 for one output, one-hot for several, and numbers are
    /// standardised by the training split.
    Mse,
    /// Softmax and cross-entropy, on the logits of the last layer.
    CrossEntropy,
}

/// How the first weights are drawn. `fan_in` counts the inputs of one output unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InitialWeightsConfig {
    /// Uniform in `±√(6 / (fan_in + fan_out))`, biases 0 (Glorot and Bengio 2010).
    GlorotUniform,
    /// Uniform in `±√(6 / fan_in)`, biases 0 (He et al. 2015).
    HeUniform,
    /// Weights and biases uniform in `±1 / √fan_in`, what `PyTorch` and burn do when nothing is said.
    FanInUniform,
}
