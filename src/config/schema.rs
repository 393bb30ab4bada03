//! What a user may write: one struct per TOML table, and nothing derived from it.
//!
//! Keys are kebab-case with names in full. Sources, layers and optimizers are externally tagged
//! (`{ dense = { units = 4 } }`): it is the one spelling of serde's that lets an error underline the very key.
//! Unknown keys are refused everywhere. Ranges are checked by [`Config::problems`], all at once; what needs the
//! data or the shapes (does this kernel fit?) is checked by the stage that knows.

mod augmentation;
mod data;
mod evaluation;
mod layer;
mod model;
mod source;
mod training;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use augmentation::{
    AugmentationConfig, CropConfig, CutoutConfig, DirectionConfig, FactorConfig, FillConfig,
    FlipConfig, MixupConfig, RotationConfig, ScaleConfig, ShiftConfig,
};
pub(crate) use data::DEFAULT_MEMORY_LIMIT;
pub use data::{DataConfig, LeakageConfig, NormalizationConfig, SplitConfig, TrainingLabelsConfig};
pub use evaluation::{BaselinesConfig, EvaluationConfig, MeasuredSamples};
pub use layer::{
    ActivationConfig, BatchNormConfig, Conv2dConfig, DenseConfig, DropoutConfig, Extent,
    LayerConfig, LayerNormConfig, PaddingConfig, PoolConfig, ResidualConfig,
};
pub use model::{InitialWeightsConfig, LossConfig, ModelConfig};
pub use source::{
    BlobsConfig, Cifar100Config, CifarLabelsConfig, CloudConfig, CornersConfig, CorruptConfig,
    CsvConfig, DelimiterConfig, DirectoryConfig, FashionMnistConfig, FilterConfig, FitConfig,
    IdxConfig, ImageFolderConfig, MissingConfig, SineConfig, SourceConfig,
};
pub use training::{
    AdamConfig, AdamWConfig, BatchSize, CheckpointEveryConfig, ClassWeightsConfig, CosineConfig,
    EarlyStoppingConfig, ExponentialConfig, LionConfig, MixedPrecisionConfig, OneCycleConfig,
    OptimizerConfig, RmsPropConfig, ScheduleConfig, SgdConfig, StepConfig, TrainingConfig,
};

/// The largest seed that can be written: whole numbers in TOML have 64 bits with a sign.
pub const LARGEST_SEED: u64 = i64::MAX.unsigned_abs();

/// One training run, as written. Each stage takes its own section, never the whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Every random draw of the run is a function of this number. Drawn, and written into the run's
    /// `config.toml`, when it is missing. At most [`LARGEST_SEED`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The name of a back end (`flex`, `ndarray`, `wgpu`, …) or `auto`, the best that works here; or a device elsewhere,
    /// `{ remote = "ADDRESS" }`, as `brecha serve-device` says it there; with `unencrypted = true` for `ws://` to another machine.
    #[serde(default)]
    pub backend: BackendConfig,
    /// Several devices that compute each step together, a shard of the batch each: `["cuda:0", "cuda:1"]`. The network
    /// lives on the first one, which also measures it, and whose back end is then `backend`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<String>>,
    /// What `flex` computes convolutions, dense layers and steps of optimizers with.
    #[serde(default)]
    pub kernels: KernelsConfig,
    /// Where the samples come from, and how they are divided.
    pub data: DataConfig,
    /// The layers and the loss.
    pub model: ModelConfig,
    /// How the weights are updated.
    pub training: TrainingConfig,
    /// Whether the back end's gradients are checked before training.
    #[serde(default)]
    pub gradient_check: GradientCheckConfig,
    /// How each epoch is measured.
    #[serde(default)]
    pub evaluation: EvaluationConfig,
    /// How the gap is judged.
    #[serde(default)]
    pub verdict: VerdictConfig,
}

/// On what is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackendConfig {
    /// A back end of this machine.
    Named(String),
    /// A device of another one.
    Remote(RemoteConfig),
}

impl Default for BackendConfig {
    fn default() -> Self {
        Self::Named("flex".to_owned())
    }
}

/// A device that `brecha serve-device` offers on another machine, or in another process of this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RemoteConfig {
    /// `ID@HOST:PORT`, encrypted; or `ws://HOST:PORT`, which is not.
    pub remote: String,
    /// Whether `ws://` may leave this machine: what travels, the token too, can be read on the way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unencrypted: bool,
}

/// What `flex` computes convolutions, dense layers and steps of optimizers with. Other back ends take burn's operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KernelsConfig {
    /// Kernels of brecha's own, with the widest vectors of the processor; burn's operations where it has none.
    #[default]
    Auto,
    /// burn's own operations, one by one.
    Burn,
    /// Kernels of brecha's own with vectors of 16 numbers.
    Avx512,
    /// The same with vectors of 8 numbers.
    Avx2,
    /// The same with vectors of 4 numbers, on ARM.
    Neon,
    /// The same, number by number.
    Scalar,
}

/// Whether the back end's gradients are checked before training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GradientCheckConfig {
    /// On a few samples, against the hand derivation; a run whose gradients are wrong does not begin.
    #[default]
    On,
    /// Not at all.
    Off,
}

/// `[verdict]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VerdictConfig {
    /// The gap that is still called small: in accuracy, or in R² where numbers are predicted. 0.05 is five points.
    #[serde(default = "default_tolerance")]
    pub tolerance: f64,
}

impl Default for VerdictConfig {
    fn default() -> Self {
        Self {
            tolerance: default_tolerance(),
        }
    }
}

fn default_tolerance() -> f64 {
    crate::generalization::DEFAULT_TOLERANCE
}
