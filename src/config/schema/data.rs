//! `[data]`: the source, what of it is held out, and what is done to its samples.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::augmentation::AugmentationConfig;
use super::source::SourceConfig;

/// `[data]`: source, split, normalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DataConfig {
    /// Where the samples come from.
    pub source: SourceConfig,
    /// Which share of the samples is held out.
    #[serde(default)]
    pub split: SplitConfig,
    /// How inputs are scaled. Left out, it is `unit-range` for pixels, `standardize` for tables and `none` for drawn
    /// coordinates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalization: Option<NormalizationConfig>,
    /// What is done to training images, each time they are seen, in this order; never to what is measured.
    #[serde(default)]
    pub augmentation: Vec<AugmentationConfig>,
    /// What happens where the splits share samples.
    #[serde(default)]
    pub leakage: LeakageConfig,
    /// Whether the training samples keep their labels.
    #[serde(default)]
    pub training_labels: TrainingLabelsConfig,
    /// How many GiB the values of all samples may take in memory. Decoded images of an `image-folder` and numbers of a `csv`
    /// that take more stay on disk and are read batch by batch, with the same results; other sources refuse what is larger.
    #[serde(default = "default_memory_limit")]
    pub memory_limit: f64,
}

/// In GiB.
pub(crate) const DEFAULT_MEMORY_LIMIT: f64 = 4.0;

fn default_memory_limit() -> f64 {
    DEFAULT_MEMORY_LIMIT
}

/// Whether the training samples keep their labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrainingLabelsConfig {
    /// They do.
    #[default]
    AsGiven,
    /// They are shuffled among the training samples, so that there is nothing to learn and everything to memorise: the
    /// control of Zhang et al. (2017), see `brecha control`.
    Shuffled,
}

/// What happens where the splits share samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LeakageConfig {
    /// They are looked for, listed, and the verdict is also given without them.
    #[default]
    Warn,
    /// Equal samples in two splits refuse the run; nearly equal ones are listed.
    Error,
    /// They are not looked for.
    Off,
}

/// Shares of the samples, stratified by class and drawn from the seed. The rest trains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SplitConfig {
    /// Share held out to choose the best epoch and to see the gap.
    #[serde(default)]
    pub validation: f64,
    /// Share held out from every choice. Must be left out where the source has an official test set.
    #[serde(default)]
    pub test: f64,
    /// Use only this many training samples (stratified); left out, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training_samples: Option<usize>,
}

/// How inputs are scaled before the network sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NormalizationConfig {
    /// As they are.
    None,
    /// Divided by the largest value: the largest that a pixel can have (255 for bytes), the largest size of a coordinate
    /// in the training split.
    UnitRange,
    /// Mean 0 and variance 1 on the training split: per feature of a vector, per channel of an image.
    Standardize,
}
