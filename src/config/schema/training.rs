//! `[training]`: how long, in what batches, by which rule, and when to stop.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[training]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrainingConfig {
    /// Passes over the training split.
    pub epochs: usize,
    /// Samples per step, or `"full"`.
    pub batch_size: BatchSize,
    /// The rule of the update.
    pub optimizer: OptimizerConfig,
    /// How the learning rate changes from step to step.
    #[serde(default)]
    pub schedule: ScheduleConfig,
    /// Batches whose gradients make one step together, as if they were one batch of so many times `batch-size` samples, in the
    /// memory of one.
    #[serde(default = "default_gradient_accumulation")]
    pub gradient_accumulation: usize,
    /// In which precision steps are computed; the weights stay in full, and what is measured is computed in full. Refused where the
    /// back end does not have it. Faster on hardware with units for it, slower on a CPU.
    #[serde(default)]
    pub mixed_precision: MixedPrecisionConfig,
    /// The largest Euclidean norm of the gradient over all parameters; a longer one is shortened to it. Left out, none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_clipping: Option<f64>,
    /// Share of the probability that training gives to all classes alike, the right one among them; cross-entropy only.
    #[serde(default)]
    pub label_smoothing: f64,
    /// How much a sample of each class counts in training; cross-entropy only. Left out, all count the same. What is measured
    /// is never weighted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_weights: Option<ClassWeightsConfig>,
    /// Stops before the last epoch, where validation loss no longer falls. Left out, all epochs are run; the best
    /// epoch's weights are kept either way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<EarlyStoppingConfig>,
    /// How often a checkpoint is written, from which `--resume` goes on; also `{ steps = 500 }`. Left out, every 60 seconds,
    /// and after each epoch as long as that takes no more than 1 % of the time. Always when the run is stopped and at its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<CheckpointEveryConfig>,
}

/// How often a checkpoint is written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CheckpointEveryConfig {
    /// After so many steps.
    Steps(usize),
    /// After so many seconds.
    Seconds(f64),
}

fn default_gradient_accumulation() -> usize {
    1
}

/// In which precision steps are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MixedPrecisionConfig {
    /// In full, f32.
    #[default]
    Off,
    /// 11 bits of mantissa and a narrow range.
    F16,
    /// 8 bits of mantissa and the range of f32.
    Bf16,
}

/// How much a sample of each class counts.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassWeightsConfig {
    /// In inverse proportion to the samples of its class, so that all classes count the same.
    Balanced,
    /// By the name of the class; those without a number count 1.
    Named(BTreeMap<String, f64>),
}

/// Samples per step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchSize {
    /// The whole training split: batch gradient descent.
    Full,
    /// This many; the last step of an epoch may have fewer.
    Samples(usize),
}

/// The rule of the update.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerConfig {
    /// Gradient descent, with momentum if wanted.
    Sgd(SgdConfig),
    /// Adam (Kingma and Ba 2015).
    Adam(AdamConfig),
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    #[serde(rename = "adamw")]
    AdamW(AdamWConfig),
    /// The gradient divided by a running root mean square of itself (Tieleman and Hinton 2012).
    #[serde(rename = "rmsprop")]
    RmsProp(RmsPropConfig),
    /// The sign of an interpolated momentum (Chen et al. 2023).
    Lion(LionConfig),
}

/// `sgd`: `v ← momentum · v + g`, `w ← w − learning-rate · v`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SgdConfig {
    /// η
    pub learning_rate: f64,
    /// Share of the last step that is kept.
    #[serde(default)]
    pub momentum: f64,
    /// Nesterov's look-ahead; needs momentum.
    #[serde(default)]
    pub nesterov: bool,
    /// Added to the gradient as `weight-decay · w`.
    #[serde(default)]
    pub weight_decay: f64,
}

/// `adam`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AdamConfig {
    /// η
    #[serde(default = "default_adam_learning_rate")]
    pub learning_rate: f64,
    /// Decay of the first moment.
    #[serde(default = "default_beta_1")]
    pub beta_1: f64,
    /// Decay of the second moment.
    #[serde(default = "default_beta_2")]
    pub beta_2: f64,
    /// Keeps the division finite. 1e-8 as in the paper; burn's own default is 1e-5.
    #[serde(default = "default_epsilon")]
    pub epsilon: f64,
    /// Added to the gradient as `weight-decay · w`.
    #[serde(default)]
    pub weight_decay: f64,
}

/// `adamw`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AdamWConfig {
    /// η
    #[serde(default = "default_adam_learning_rate")]
    pub learning_rate: f64,
    /// Decay of the first moment.
    #[serde(default = "default_beta_1")]
    pub beta_1: f64,
    /// Decay of the second moment.
    #[serde(default = "default_beta_2")]
    pub beta_2: f64,
    /// Keeps the division finite.
    #[serde(default = "default_epsilon")]
    pub epsilon: f64,
    /// Each step shrinks the weights by `learning-rate · weight-decay`.
    #[serde(default = "default_adamw_weight_decay")]
    pub weight_decay: f64,
}

/// `rmsprop`: `s ← decay · s + (1 − decay) · g²`, `w ← w − learning-rate · g / (√s + epsilon)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RmsPropConfig {
    /// η
    #[serde(default = "default_adam_learning_rate")]
    pub learning_rate: f64,
    /// Of the running mean of squares.
    #[serde(default = "default_rmsprop_decay")]
    pub decay: f64,
    /// Share of the last step that is kept.
    #[serde(default)]
    pub momentum: f64,
    /// Keeps the division finite.
    #[serde(default = "default_epsilon")]
    pub epsilon: f64,
    /// Added to the gradient as `weight-decay · w`.
    #[serde(default)]
    pub weight_decay: f64,
}

fn default_rmsprop_decay() -> f64 {
    0.99
}

/// `lion`: `w ← w − learning-rate · (sign(beta-1 · m + (1 − beta-1) · g) + weight-decay · w)`,
/// `m ← beta-2 · m + (1 − beta-2) · g`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LionConfig {
    /// η: every weight moves by this much. A third to a tenth of Adam's.
    #[serde(default = "default_lion_learning_rate")]
    pub learning_rate: f64,
    /// Of the momentum in the step.
    #[serde(default = "default_beta_1")]
    pub beta_1: f64,
    /// Decay of the momentum.
    #[serde(default = "default_lion_beta_2")]
    pub beta_2: f64,
    /// Each step shrinks the weights by `learning-rate · weight-decay`.
    #[serde(default)]
    pub weight_decay: f64,
}

fn default_lion_learning_rate() -> f64 {
    1e-4
}

fn default_lion_beta_2() -> f64 {
    0.99
}

fn default_adam_learning_rate() -> f64 {
    1e-3
}

fn default_beta_1() -> f64 {
    0.9
}

fn default_beta_2() -> f64 {
    0.999
}

fn default_epsilon() -> f64 {
    1e-8
}

fn default_adamw_weight_decay() -> f64 {
    0.01
}

/// How the learning rate changes. The configured one is the highest; lengths in epochs may be broken ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleConfig {
    /// Not at all.
    #[default]
    Constant,
    /// Down by a factor every so many epochs.
    Step(StepConfig),
    /// Up during the warm-up, then down along half a cosine (Loshchilov and Hutter 2017).
    Cosine(CosineConfig),
    /// Up and down again along two half cosines (Smith and Topin 2018).
    OneCycle(OneCycleConfig),
    /// By the same factor from step to step.
    Exponential(ExponentialConfig),
}

/// `step`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepConfig {
    /// Epochs between two steps down.
    pub every: usize,
    /// By which the learning rate is multiplied.
    #[serde(default = "default_step_factor")]
    pub factor: f64,
}

fn default_step_factor() -> f64 {
    0.1
}

/// `cosine`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CosineConfig {
    /// Epochs in which the learning rate rises in a straight line.
    #[serde(default)]
    pub warm_up: f64,
    /// Share of the learning rate that the last step has.
    #[serde(default)]
    pub end: f64,
}

/// `one-cycle`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OneCycleConfig {
    /// Share of all steps in which the learning rate rises.
    #[serde(default = "default_one_cycle_warm_up")]
    pub warm_up: f64,
    /// Share of the learning rate that the first step has.
    #[serde(default = "default_one_cycle_start")]
    pub start: f64,
    /// Share of the learning rate that the last step has.
    #[serde(default = "default_one_cycle_end")]
    pub end: f64,
}

fn default_one_cycle_warm_up() -> f64 {
    0.3
}

fn default_one_cycle_start() -> f64 {
    0.04
}

fn default_one_cycle_end() -> f64 {
    4e-6
}

/// `exponential`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExponentialConfig {
    /// Share of the learning rate that the first step has.
    #[serde(default = "default_exponential_start")]
    pub start: f64,
    /// Share of the learning rate that the last step has.
    pub end: f64,
}

fn default_exponential_start() -> f64 {
    1.0
}

/// `early-stopping`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EarlyStoppingConfig {
    /// Epochs without a lower validation loss after which training stops.
    pub patience: usize,
    /// By how much the validation loss has to be lower to count.
    #[serde(default)]
    pub minimum_improvement: f64,
    /// Epochs before which training does not stop.
    #[serde(default)]
    pub warm_up: usize,
}
