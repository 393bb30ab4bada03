//! Ranges: what the schema's types allow but training cannot use, all of it at once.
//!
//! What needs the data or the shapes is not here but in the stages that know them.

mod augmentation;
mod checks;
mod devices;
mod layer;
mod optimizer;
mod schedule;
mod source;
mod training;

use self::checks::Checks;
use super::schema::{
    BatchSize, Config, EvaluationConfig, LARGEST_SEED, LayerConfig, LossConfig, SplitConfig,
};

/// Something wrong with the value of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The dotted key: `training.epochs`, `model.layers.2.dropout.rate`.
    pub key: String,
    /// What is wrong, with the value found and the allowed range; a lower-case fragment without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Config {
    /// Every value that is out of its range.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut checks = Checks::default();
        if let Some(seed) = self.seed {
            checks.require(
                seed <= LARGEST_SEED,
                "seed",
                seed,
                &format!("at most {LARGEST_SEED}"),
            );
        }
        devices::check(self, &mut checks);
        source::check(&self.data.source, &mut checks);
        check_split(&self.data.split, &mut checks);
        checks.positive("data.memory-limit", self.data.memory_limit);
        augmentation::check(self, &mut checks);
        if self.model.layers.is_empty() {
            checks.add(
                "model.layers",
                "`model.layers` is empty: a network needs at least 1 layer".to_owned(),
            );
            checks.hint("add, for example, `{ dense = { units = 1 } }`");
        }
        for (index, layer) in self.model.layers.iter().enumerate() {
            layer::check(layer, &format!("model.layers.{index}"), &mut checks);
        }
        training::check(&self.training, &mut checks);
        self.check_batch_norm(&mut checks);
        self.check_aim(&mut checks);
        if self.training.early_stopping.is_some() && self.data.split.validation == 0.0 {
            checks.add(
                "training.early-stopping",
                "`training.early-stopping` waits for the validation loss, and nothing validates"
                    .to_owned(),
            );
            checks.hint("hold samples out: `split = { validation = 0.2 }` in `[data]`");
        }
        let EvaluationConfig { batch_size, .. } = self.evaluation;
        checks.at_least(1, "evaluation.batch-size", batch_size);
        let tolerance = self.verdict.tolerance;
        let is_valid = tolerance > 0.0 && tolerance < 1.0;
        checks.require(
            is_valid,
            "verdict.tolerance",
            tolerance,
            "above 0 and below 1",
        );
        checks.found()
    }

    /// One sample has no variance.
    fn check_batch_norm(&self, checks: &mut Checks) {
        let normalises = |layer: &LayerConfig| match layer {
            LayerConfig::BatchNorm(_) => Some(("batch-norm", "remove `batch-norm`")),
            LayerConfig::Residual(block) if block.normalize => {
                Some(("residual", "write `normalize = false`"))
            }
            _ => None,
        };
        let Some((name, instead)) = self.model.layers.iter().find_map(normalises) else {
            return;
        };
        for (key, is_one) in [
            (
                "training.batch-size",
                self.training.batch_size == BatchSize::Samples(1),
            ),
            (
                "data.split.training-samples",
                self.data.split.training_samples == Some(1),
            ),
        ] {
            if is_one {
                checks.add(
                    key,
                    format!(
                        "`{key}` is 1, but `{name}` takes mean and variance over a batch, and one sample has no variance"
                    ),
                );
                checks.hint(&format!("use 2 or more, better 16 or more, or {instead}"));
            }
        }
    }
}

impl Config {
    /// What only cross-entropy has a formula for.
    fn check_aim(&self, checks: &mut Checks) {
        if self.model.loss == LossConfig::CrossEntropy {
            return;
        }
        for (key, is_set) in [
            (
                "training.label-smoothing",
                self.training.label_smoothing > 0.0,
            ),
            (
                "training.class-weights",
                self.training.class_weights.is_some(),
            ),
        ] {
            if is_set {
                checks.add(
                    key,
                    format!(
                        "`{key}` is for the loss \"cross-entropy\", and `model.loss` is another one"
                    ),
                );
                checks.hint("write `loss = \"cross-entropy\"` in `[model]`, or remove this key");
            }
        }
    }
}

fn check_split(split: &SplitConfig, checks: &mut Checks) {
    let validation = checks.share("data.split.validation", split.validation);
    let test = checks.share("data.split.test", split.test);
    let held_out = split.validation + split.test;
    if validation && test && held_out >= 1.0 {
        let message = format!(
            "`data.split` must leave samples to train on: validation {:?} and test {:?} must sum to less than 1, \
             found {held_out:?}",
            split.validation, split.test
        );
        checks.add("data.split", message);
    }
    if let Some(samples) = split.training_samples {
        checks.at_least(1, "data.split.training-samples", samples);
    }
}
