//! Ranges of `[training]`.

use super::super::schema::{BatchSize, CheckpointEveryConfig, ClassWeightsConfig, TrainingConfig};
use super::{Checks, optimizer, schedule};

pub(super) fn check(training: &TrainingConfig, checks: &mut Checks) {
    checks.at_least(1, "training.epochs", training.epochs);
    if let BatchSize::Samples(samples) = training.batch_size {
        checks.at_least(1, "training.batch-size", samples);
        if samples == 0 {
            checks.hint("for all samples in one step, write `batch-size = \"full\"`");
        }
    }
    optimizer::check(&training.optimizer, checks);
    schedule::check(&training.schedule, checks);
    if let Some(limit) = training.gradient_clipping {
        checks.positive("training.gradient-clipping", limit);
    }
    checks.share("training.label-smoothing", training.label_smoothing);
    checks.at_least(
        1,
        "training.gradient-accumulation",
        training.gradient_accumulation,
    );
    if let Some(ClassWeightsConfig::Named(weights)) = &training.class_weights {
        for (name, &weight) in weights {
            checks.not_negative(&format!("training.class-weights.{name}"), weight);
        }
    }
    if let Some(stopping) = &training.early_stopping {
        let key = |name: &str| format!("training.early-stopping.{name}");
        checks.at_least(1, &key("patience"), stopping.patience);
        checks.not_negative(&key("minimum-improvement"), stopping.minimum_improvement);
    }
    match training.checkpoint_every {
        Some(CheckpointEveryConfig::Steps(steps)) => {
            checks.at_least(1, "training.checkpoint-every.steps", steps);
        }
        Some(CheckpointEveryConfig::Seconds(seconds)) => {
            checks.positive("training.checkpoint-every.seconds", seconds);
        }
        None => {}
    }
}
