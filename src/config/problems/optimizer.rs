//! Ranges of the optimizers.

use super::super::schema::{LionConfig, OptimizerConfig, RmsPropConfig, SgdConfig};
use super::Checks;
use super::checks::single_precision;

pub(super) fn check(optimizer: &OptimizerConfig, checks: &mut Checks) {
    match optimizer {
        OptimizerConfig::Sgd(sgd) => check_sgd(sgd, checks),
        OptimizerConfig::Adam(adam) => {
            let betas = [adam.beta_1, adam.beta_2];
            check_adam(
                "adam",
                adam.learning_rate,
                betas,
                adam.epsilon,
                adam.weight_decay,
                checks,
            );
        }
        OptimizerConfig::AdamW(adam) => {
            let betas = [adam.beta_1, adam.beta_2];
            check_adam(
                "adamw",
                adam.learning_rate,
                betas,
                adam.epsilon,
                adam.weight_decay,
                checks,
            );
        }
        OptimizerConfig::RmsProp(rmsprop) => check_rmsprop(rmsprop, checks),
        OptimizerConfig::Lion(lion) => check_lion(lion, checks),
    }
}

fn check_sgd(sgd: &SgdConfig, checks: &mut Checks) {
    let key = |name: &str| format!("training.optimizer.sgd.{name}");
    checks.positive(&key("learning-rate"), sgd.learning_rate);
    checks.share(&key("momentum"), sgd.momentum);
    checks.not_negative(&key("weight-decay"), sgd.weight_decay);
    if sgd.nesterov && sgd.momentum == 0.0 {
        checks.add(
            &key("nesterov"),
            "`nesterov` looks ahead along the momentum, which is 0".to_owned(),
        );
        checks.hint("add `momentum = 0.9`, or remove `nesterov`");
    }
}

fn check_adam(
    name: &str,
    learning_rate: f64,
    betas: [f64; 2],
    epsilon: f64,
    weight_decay: f64,
    checks: &mut Checks,
) {
    let key = |option: &str| format!("training.optimizer.{name}.{option}");
    checks.positive(&key("learning-rate"), learning_rate);
    // burn's Adam computes with these three in f32: what rounds to 1 or to 0 there would divide by 0.
    checks.share(&key("beta-1"), single_precision(betas[0]));
    checks.share(&key("beta-2"), single_precision(betas[1]));
    checks.positive(&key("epsilon"), single_precision(epsilon));
    checks.not_negative(&key("weight-decay"), weight_decay);
}

fn check_rmsprop(rmsprop: &RmsPropConfig, checks: &mut Checks) {
    let key = |name: &str| format!("training.optimizer.rmsprop.{name}");
    checks.positive(&key("learning-rate"), rmsprop.learning_rate);
    checks.share(&key("decay"), single_precision(rmsprop.decay));
    checks.share(&key("momentum"), rmsprop.momentum);
    checks.positive(&key("epsilon"), single_precision(rmsprop.epsilon));
    checks.not_negative(&key("weight-decay"), rmsprop.weight_decay);
}

fn check_lion(lion: &LionConfig, checks: &mut Checks) {
    let key = |name: &str| format!("training.optimizer.lion.{name}");
    checks.positive(&key("learning-rate"), lion.learning_rate);
    checks.share(&key("beta-1"), lion.beta_1);
    checks.share(&key("beta-2"), lion.beta_2);
    checks.not_negative(&key("weight-decay"), lion.weight_decay);
}
