//! From the configuration to burn's optimizer. burn's defaults differ from the papers' (Adam's ε is 1e-5, momentum
//! is dampened by 0.1), so every number is given.

use brecha_kernels::optimizer as kernel;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{AdamConfig, AdamWConfig, LionConfig, RmsPropConfig};

use super::fused::{GradientDescent, OnePass};
use super::update::Update;
use crate::config::OptimizerConfig;

/// Builds the update with nothing to remember.
#[must_use]
pub fn build(config: &OptimizerConfig) -> Update {
    let adam_kernel = |[beta_1, beta_2, epsilon]: [f64; 3], penalty, decay| kernel::Adam {
        learning_rate: 0.0,
        beta_1,
        beta_2,
        epsilon,
        penalty,
        decay,
        step: 0,
    };
    match config {
        OptimizerConfig::Sgd(sgd) => Update::new(GradientDescent {
            kernel: kernel::Descent {
                learning_rate: 0.0,
                momentum: sgd.momentum,
                nesterov: sgd.nesterov,
                penalty: sgd.weight_decay,
            },
        }),
        OptimizerConfig::Adam(adam) => Update::new(OnePass {
            burn: AdamConfig::new()
                .with_beta_1(adam.beta_1 as f32)
                .with_beta_2(adam.beta_2 as f32)
                .with_epsilon(adam.epsilon as f32)
                .with_weight_decay(weight_decay(adam.weight_decay))
                .build(),
            kernel: adam_kernel(
                [adam.beta_1, adam.beta_2, adam.epsilon],
                adam.weight_decay,
                0.0,
            ),
        }),
        OptimizerConfig::AdamW(adamw) => Update::new(OnePass {
            burn: AdamWConfig::new()
                .with_beta_1(adamw.beta_1 as f32)
                .with_beta_2(adamw.beta_2 as f32)
                .with_epsilon(adamw.epsilon as f32)
                .with_weight_decay(adamw.weight_decay as f32)
                .build(),
            kernel: adam_kernel(
                [adamw.beta_1, adamw.beta_2, adamw.epsilon],
                0.0,
                adamw.weight_decay,
            ),
        }),
        OptimizerConfig::RmsProp(rmsprop) => Update::new(
            RmsPropConfig::new()
                .with_alpha(rmsprop.decay as f32)
                .with_momentum(rmsprop.momentum as f32)
                .with_epsilon(rmsprop.epsilon as f32)
                .with_centered(false)
                .with_weight_decay(weight_decay(rmsprop.weight_decay))
                .build(),
        ),
        OptimizerConfig::Lion(lion) => Update::new(
            LionConfig::new()
                .with_beta_1(lion.beta_1 as f32)
                .with_beta_2(lion.beta_2 as f32)
                .with_weight_decay(lion.weight_decay as f32)
                .build(),
        ),
    }
}

/// The learning rate of a configuration.
#[must_use]
pub fn learning_rate(config: &OptimizerConfig) -> f64 {
    match config {
        OptimizerConfig::Sgd(sgd) => sgd.learning_rate,
        OptimizerConfig::Adam(adam) => adam.learning_rate,
        OptimizerConfig::AdamW(adamw) => adamw.learning_rate,
        OptimizerConfig::RmsProp(rmsprop) => rmsprop.learning_rate,
        OptimizerConfig::Lion(lion) => lion.learning_rate,
    }
}

/// The same rule with another learning rate.
#[must_use]
pub fn with_learning_rate(config: &OptimizerConfig, learning_rate: f64) -> OptimizerConfig {
    let mut config = config.clone();
    match &mut config {
        OptimizerConfig::Sgd(sgd) => sgd.learning_rate = learning_rate,
        OptimizerConfig::Adam(adam) => adam.learning_rate = learning_rate,
        OptimizerConfig::AdamW(adamw) => adamw.learning_rate = learning_rate,
        OptimizerConfig::RmsProp(rmsprop) => rmsprop.learning_rate = learning_rate,
        OptimizerConfig::Lion(lion) => lion.learning_rate = learning_rate,
    }
    config
}

/// The weight decay of a configuration, of either kind.
#[must_use]
pub fn configured_weight_decay(config: &OptimizerConfig) -> f64 {
    match config {
        OptimizerConfig::Sgd(sgd) => sgd.weight_decay,
        OptimizerConfig::Adam(adam) => adam.weight_decay,
        OptimizerConfig::AdamW(adamw) => adamw.weight_decay,
        OptimizerConfig::RmsProp(rmsprop) => rmsprop.weight_decay,
        OptimizerConfig::Lion(lion) => lion.weight_decay,
    }
}

fn weight_decay(penalty: f64) -> Option<WeightDecayConfig> {
    (penalty > 0.0).then(|| WeightDecayConfig::new(penalty as f32))
}

#[cfg(test)]
mod tests {
    use burn::module::{Module, Param};
    use burn::optim::GradientsParams;
    use burn::tensor::{Device, Tensor};

    use super::*;
    use crate::config::{AdamConfig, AdamWConfig, LionConfig, RmsPropConfig, SgdConfig};

    /// One weight, so that a step can be written by hand.
    #[derive(Module, Debug)]
    struct One {
        w: Param<Tensor<1>>,
    }

    /// The weight after each of two steps with the gradients 0.5 and −1, from 2.
    fn two_steps(config: &OptimizerConfig) -> [f64; 2] {
        let device = Device::flex().autodiff();
        let mut one = One {
            w: Param::from_data([2.0_f32], &device),
        };
        let mut optimizer = build(config);
        [0.5_f32, -1.0].map(|g| {
            let loss = one.w.val() * Tensor::from_floats([g], &device);
            let gradients = GradientsParams::from_grads(loss.backward(), &one);
            one = optimizer.step(learning_rate(config), one.clone(), gradients);
            f64::from(one.w.val().into_scalar::<f32>())
        })
    }

    #[track_caller]
    fn agree(config: &OptimizerConfig, by_hand: [f64; 2]) {
        for (found, expected) in two_steps(config).into_iter().zip(by_hand) {
            // A handful of operations in f32 on numbers near 2.
            assert!(
                (found - expected).abs() < 2e-6,
                "{config:?}: {found}, by hand {expected}"
            );
        }
    }

    #[test]
    fn gradient_descent_is_what_the_configuration_documents() {
        let sgd = |momentum, nesterov, weight_decay| {
            OptimizerConfig::Sgd(SgdConfig {
                learning_rate: 0.1,
                momentum,
                nesterov,
                weight_decay,
            })
        };
        agree(&sgd(0.0, false, 0.0), [1.95, 2.05]);
        // v: 0.5, then 0.9 · 0.5 − 1 = −0.55. Dampening would halve or shrink the first.
        agree(&sgd(0.9, false, 0.0), [1.95, 2.005]);
        // Nesterov steps along g + 0.9 v: 0.95, then −1 + 0.9 · −0.55 = −1.495.
        agree(&sgd(0.9, true, 0.0), [1.905, 2.0545]);
        // g + 0.01 w: 0.52, then −1 + 0.01 · 1.948.
        agree(&sgd(0.0, false, 0.01), [1.948, 1.948 + 0.098_052]);
    }

    #[test]
    fn adam_corrects_its_bias_and_decays_as_documented() {
        let (learning_rate, beta_1, beta_2, epsilon) = (0.1, 0.9, 0.999, 1e-8);
        let by_hand = |coupled: f64, decoupled: f64| {
            let (mut w, mut m, mut v) = (2.0_f64, 0.0_f64, 0.0_f64);
            [(0.5, 1), (-1.0, 2)].map(|(g, t)| {
                let g = g + coupled * w;
                m = beta_1 * m + (1.0 - beta_1) * g;
                v = beta_2 * v + (1.0 - beta_2) * g * g;
                let (m, v) = (m / (1.0 - beta_1.powi(t)), v / (1.0 - beta_2.powi(t)));
                w -= learning_rate * (m / (v.sqrt() + epsilon) + decoupled * w);
                w
            })
        };
        let adam = |weight_decay| {
            OptimizerConfig::Adam(AdamConfig {
                learning_rate,
                beta_1,
                beta_2,
                epsilon,
                weight_decay,
            })
        };
        agree(&adam(0.0), by_hand(0.0, 0.0));
        agree(&adam(0.1), by_hand(0.1, 0.0));
        let adamw = OptimizerConfig::AdamW(AdamWConfig {
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            weight_decay: 0.1,
        });
        agree(&adamw, by_hand(0.0, 0.1));
    }

    #[test]
    fn rmsprop_and_lion_are_what_the_configuration_documents() {
        let (learning_rate, decay, epsilon) = (0.1, 0.9, 1e-8);
        let by_hand = |momentum: f64, weight_decay: f64| {
            let (mut w, mut s, mut v) = (2.0_f64, 0.0_f64, 0.0_f64);
            [0.5, -1.0].map(|g| {
                let g: f64 = g + weight_decay * w;
                s = decay * s + (1.0 - decay) * g * g;
                v = momentum * v + g / (s.sqrt() + epsilon);
                w -= learning_rate * v;
                w
            })
        };
        let rmsprop = |momentum, weight_decay| {
            OptimizerConfig::RmsProp(RmsPropConfig {
                learning_rate,
                decay,
                momentum,
                epsilon,
                weight_decay,
            })
        };
        agree(&rmsprop(0.0, 0.0), by_hand(0.0, 0.0));
        agree(&rmsprop(0.9, 0.1), by_hand(0.9, 0.1));
        // Signs of 0.05 and of 0.9 · 0.005 − 0.1, each after a decay by 0.99.
        let lion = OptimizerConfig::Lion(LionConfig {
            learning_rate,
            beta_1: 0.9,
            beta_2: 0.99,
            weight_decay: 0.1,
        });
        agree(&lion, [1.88, 1.88 * 0.99 + 0.1]);
    }
}
