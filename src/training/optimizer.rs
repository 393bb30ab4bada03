//! From the configuration to burn's optimizer. burn's defaults differ from the papers' (Adam's ε is 1e-5, momentum
//! is dampened by 0.1), so every number is given.

use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, AdamWConfig, ModuleOptimizer, SgdConfig};

use crate::config::OptimizerConfig;

/// Builds the optimizer with an empty state.
#[must_use]
pub fn build(config: &OptimizerConfig) -> ModuleOptimizer {
    match config {
        OptimizerConfig::Sgd(sgd) => {
            let momentum = MomentumConfig::new()
                .with_momentum(sgd.momentum)
                .with_dampening(0.0)
                .with_nesterov(sgd.nesterov);
            SgdConfig::new()
                .with_momentum((sgd.momentum > 0.0).then_some(momentum))
                .with_weight_decay(weight_decay(sgd.weight_decay))
                .init()
        }
        OptimizerConfig::Adam(adam) => AdamConfig::new()
            .with_beta_1(adam.beta_1 as f32)
            .with_beta_2(adam.beta_2 as f32)
            .with_epsilon(adam.epsilon as f32)
            .with_weight_decay(weight_decay(adam.weight_decay))
            .init(),
        OptimizerConfig::AdamW(adamw) => AdamWConfig::new()
            .with_beta_1(adamw.beta_1 as f32)
            .with_beta_2(adamw.beta_2 as f32)
            .with_epsilon(adamw.epsilon as f32)
            .with_weight_decay(adamw.weight_decay as f32)
            .init(),
    }
}

/// The learning rate of a configuration.
#[must_use]
pub fn learning_rate(config: &OptimizerConfig) -> f64 {
    match config {
        OptimizerConfig::Sgd(sgd) => sgd.learning_rate,
        OptimizerConfig::Adam(adam) => adam.learning_rate,
        OptimizerConfig::AdamW(adamw) => adamw.learning_rate,
    }
}

fn weight_decay(penalty: f64) -> Option<WeightDecayConfig> {
    (penalty > 0.0).then(|| WeightDecayConfig::new(penalty as f32))
}
