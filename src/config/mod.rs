//! From the text of a configuration file to a checked [`Config`], or to messages that a user can act on.
//!
//! The text is the truth: overrides of the command line are edits of it, so that they are checked exactly like the
//! file, and every later complaint, also one about shapes made by another stage, points at the place in the text
//! through [`Source::invalid`]. What is written is read twice: once into the schema, and, where that fails, piece by
//! piece, so that all mistakes of a file are reported at once. No input makes this module panic.
//!
//! ```text
//! read ─→ overrides ─→ document ─→ check ─→ Config
//!                                    │ explain, shapes, repair: a serde error becomes a message, and its
//!                                    │   place is mended, so that the rest of the file can be read too
//!                                    └ problems: ranges
//! ```

mod check;
mod diagnostics;
mod document;
mod explain;
mod json_schema;
mod load;
mod overrides;
mod problems;
mod read;
mod reference;
mod repair;
mod resolve;
mod schema;
mod shapes;
mod spellings;
mod sweep;
mod vocabulary;

pub use diagnostics::{ConfigError, Finding, Source};
pub use json_schema::{SCHEMA_DIRECTIVE, SCHEMA_FILE, json_schema};
pub use load::{Loaded, load, parse};
pub use problems::Problem;
pub use read::LARGEST_FILE;
pub use reference::reference;
pub(crate) use schema::DEFAULT_MEMORY_LIMIT;
pub use schema::{
    ActivationConfig, AdamConfig, AdamWConfig, AugmentationConfig, BackendConfig, BaselinesConfig,
    BatchNormConfig, BatchSize, BlobsConfig, CheckpointEveryConfig, Cifar100Config,
    CifarLabelsConfig, ClassWeightsConfig, CloudConfig, Config, Conv2dConfig, CornersConfig,
    CorruptConfig, CosineConfig, CropConfig, CsvConfig, CutoutConfig, DataConfig, DelimiterConfig,
    DenseConfig, DirectionConfig, DirectoryConfig, DropoutConfig, EarlyStoppingConfig,
    EvaluationConfig, ExponentialConfig, Extent, FactorConfig, FashionMnistConfig, FillConfig,
    FilterConfig, FitConfig, FlipConfig, GradientCheckConfig, IdxConfig, ImageFolderConfig,
    InitialWeightsConfig, KernelsConfig, LARGEST_SEED, LayerConfig, LayerNormConfig, LeakageConfig,
    LionConfig, LossConfig, MeasuredSamples, MissingConfig, MixedPrecisionConfig, MixupConfig,
    ModelConfig, NormalizationConfig, OneCycleConfig, OptimizerConfig, PaddingConfig, PoolConfig,
    RemoteConfig, ResidualConfig, RmsPropConfig, RotationConfig, ScaleConfig, ScheduleConfig,
    SgdConfig, ShiftConfig, SineConfig, SourceConfig, SplitConfig, StepConfig, TrainingConfig,
    TrainingLabelsConfig, VerdictConfig,
};
pub use sweep::{Axis, Sweep};
