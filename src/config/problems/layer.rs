//! Ranges of the layers. Whether they fit each other is checked by
//! [`Architecture::new`](crate::model::Architecture::new), which knows the shapes.

use super::super::schema::{LayerConfig, PoolConfig};
use super::Checks;
use super::checks::single_precision;

pub(super) fn check(layer: &LayerConfig, key: &str, checks: &mut Checks) {
    match layer {
        LayerConfig::Dense(dense) => checks.at_least(1, &format!("{key}.dense.units"), dense.units),
        LayerConfig::Conv2d(convolution) => {
            checks.at_least(1, &format!("{key}.conv2d.filters"), convolution.filters);
            checks.extent(&format!("{key}.conv2d.kernel"), convolution.kernel);
            checks.extent(&format!("{key}.conv2d.stride"), convolution.stride);
        }
        LayerConfig::Residual(block) => {
            let key = |name: &str| format!("{key}.residual.{name}");
            checks.at_least(1, &key("filters"), block.filters);
            let kernel = block.kernel.sides();
            checks.require(
                kernel.iter().all(|side| side % 2 == 1),
                &key("kernel"),
                kernel,
                "odd in both directions, so that zeros lie evenly around",
            );
            checks.extent(&key("stride"), block.stride);
        }
        LayerConfig::MaxPool(pool) => check_pool(pool, &format!("{key}.max-pool"), checks),
        LayerConfig::AvgPool(pool) => check_pool(pool, &format!("{key}.avg-pool"), checks),
        LayerConfig::BatchNorm(norm) => {
            let is_valid = norm.momentum > 0.0 && norm.momentum <= 1.0;
            checks.require(
                is_valid,
                &format!("{key}.batch-norm.momentum"),
                norm.momentum,
                "above 0 and at most 1",
            );
            checks.positive(
                &format!("{key}.batch-norm.epsilon"),
                single_precision(norm.epsilon),
            );
        }
        LayerConfig::LayerNorm(norm) => {
            checks.positive(
                &format!("{key}.layer-norm.epsilon"),
                single_precision(norm.epsilon),
            );
        }
        LayerConfig::Dropout(dropout) => {
            checks.share(&format!("{key}.dropout.rate"), dropout.rate);
        }
        LayerConfig::Dropout2d(dropout) => {
            checks.share(&format!("{key}.dropout2d.rate"), dropout.rate);
        }
        LayerConfig::Flatten
        | LayerConfig::GlobalAvgPool
        | LayerConfig::Tanh
        | LayerConfig::Relu
        | LayerConfig::LeakyRelu
        | LayerConfig::Gelu
        | LayerConfig::Sigmoid
        | LayerConfig::Sign
        | LayerConfig::Softmax => {}
    }
}

fn check_pool(pool: &PoolConfig, key: &str, checks: &mut Checks) {
    checks.extent(&format!("{key}.size"), pool.size);
    if let Some(stride) = pool.stride {
        checks.extent(&format!("{key}.stride"), stride);
    }
}
