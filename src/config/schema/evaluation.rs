//! `[evaluation]`: how each epoch is measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[evaluation]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EvaluationConfig {
    /// How much of the training split is measured after each epoch.
    #[serde(default)]
    pub training_samples: MeasuredSamples,
    /// Samples per forward pass; the result does not depend on it.
    #[serde(default = "default_evaluation_batch_size")]
    pub batch_size: usize,
    /// Whether simple methods are scored beside the network.
    #[serde(default)]
    pub baselines: BaselinesConfig,
}

impl Default for EvaluationConfig {
    fn default() -> Self {
        Self {
            training_samples: MeasuredSamples::default(),
            batch_size: default_evaluation_batch_size(),
            baselines: BaselinesConfig::default(),
        }
    }
}

fn default_evaluation_batch_size() -> usize {
    256
}

/// Whether simple methods (nearest centroid, nearest neighbour, a linear model) are scored beside the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BaselinesConfig {
    /// Before training, in a few seconds.
    #[default]
    On,
    /// Not at all.
    Off,
}

/// How much of the training split is measured after each epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasuredSamples {
    /// A fixed, seeded, stratified subset as large as the validation split.
    #[default]
    AsValidation,
    /// All of it: twice the forward work.
    All,
}
