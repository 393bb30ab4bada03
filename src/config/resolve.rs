//! The configuration as TOML again, every default filled in: what a run stores beside its results.
//!
//! Sections are tables, what they hold is inline, and every layer has its own line, as in the shipped files. It reads
//! back to the same [`Config`].

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::schema::{
    Config, DataConfig, EvaluationConfig, ModelConfig, SourceConfig, TrainingConfig, VerdictConfig,
};

impl Config {
    /// This configuration as the text of a file. Reading it again gives an equal configuration, provided that the
    /// seed is at most [`LARGEST_SEED`](super::LARGEST_SEED) and paths are Unicode, as [`load`](super::load()) sees to.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // Taken apart without `..`: a new key that is forgotten here does not compile.
        let Self {
            seed,
            backend,
            devices,
            kernels,
            gradient_check,
            data,
            model,
            training,
            evaluation,
            verdict,
        } = self;
        let mut text = String::new();
        entry(&mut text, "seed", seed.as_ref());
        entry(&mut text, "backend", Some(backend));
        entry(&mut text, "devices", devices.as_ref());
        entry(&mut text, "kernels", Some(kernels));
        entry(&mut text, "gradient-check", Some(gradient_check));

        let DataConfig {
            source,
            split,
            normalization,
            augmentation,
            leakage,
            training_labels,
            memory_limit,
        } = data;
        text.push_str("\n[data]\n");
        entry(&mut text, "source", Some(&unicode(source)));
        entry(&mut text, "split", Some(split));
        entry(&mut text, "normalization", normalization.as_ref());
        lines(&mut text, "augmentation", augmentation);
        entry(&mut text, "leakage", Some(leakage));
        entry(&mut text, "training-labels", Some(training_labels));
        entry(&mut text, "memory-limit", Some(memory_limit));

        let ModelConfig {
            layers,
            loss,
            initial_weights,
        } = model;
        text.push_str("\n[model]\n");
        lines(&mut text, "layers", layers);
        entry(&mut text, "loss", Some(loss));
        entry(&mut text, "initial-weights", initial_weights.as_ref());

        let TrainingConfig {
            epochs,
            batch_size,
            optimizer,
            schedule,
            gradient_accumulation,
            mixed_precision,
            gradient_clipping,
            label_smoothing,
            class_weights,
            early_stopping,
            checkpoint_every,
        } = training;
        text.push_str("\n[training]\n");
        entry(&mut text, "epochs", Some(epochs));
        entry(&mut text, "batch-size", Some(batch_size));
        entry(&mut text, "optimizer", Some(optimizer));
        entry(&mut text, "schedule", Some(schedule));
        entry(
            &mut text,
            "gradient-accumulation",
            Some(gradient_accumulation),
        );
        entry(&mut text, "mixed-precision", Some(mixed_precision));
        entry(&mut text, "gradient-clipping", gradient_clipping.as_ref());
        entry(&mut text, "label-smoothing", Some(label_smoothing));
        entry(&mut text, "class-weights", class_weights.as_ref());
        entry(&mut text, "early-stopping", early_stopping.as_ref());
        entry(&mut text, "checkpoint-every", checkpoint_every.as_ref());

        let EvaluationConfig {
            training_samples,
            batch_size,
            baselines,
        } = evaluation;
        text.push_str("\n[evaluation]\n");
        entry(&mut text, "training-samples", Some(training_samples));
        entry(&mut text, "batch-size", Some(batch_size));
        entry(&mut text, "baselines", Some(baselines));

        let VerdictConfig { tolerance } = verdict;
        text.push_str("\n[verdict]\n");
        entry(&mut text, "tolerance", Some(tolerance));
        text
    }
}

/// A list with a line for each of its elements.
fn lines<T: Serialize>(text: &mut String, key: &str, values: &[T]) {
    if values.is_empty() {
        let _ = writeln!(text, "{key} = []");
        return;
    }
    let _ = writeln!(text, "{key} = [");
    for value in values {
        let _ = writeln!(text, "  {},", inline(value));
    }
    text.push_str("]\n");
}

fn entry<T: Serialize>(text: &mut String, key: &str, value: Option<&T>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{key} = {}", inline(value));
    }
}

#[expect(clippy::expect_used, reason = "proved safe below")]
fn inline<T: Serialize>(value: &T) -> String {
    let mut text = String::new();
    // Numbers, strings, arrays and tables with string keys always have a form in TOML, and `unicode` has taken the one
    // thing in the schema that serde refuses, a path that is not Unicode.
    value
        .serialize(toml::ser::ValueSerializer::new(&mut text))
        .expect("every value of the schema can be written as TOML");
    text
}

/// The source with paths that can be written: where a byte is not Unicode, a replacement character stands.
fn unicode(source: &SourceConfig) -> SourceConfig {
    let mut source = source.clone();
    for (_, path) in source.paths_mut() {
        *path = PathBuf::from(path.to_string_lossy().into_owned());
    }
    source
}

#[cfg(test)]
mod tests {
    use crate::config::parse;

    const AUGMENTATION: &str = "[{ flip = {} }, { flip = { direction = 'vertical', probability = 1.0 } }, \
        { shift = { pixels = [0, 2], fill = 'edge' } }, { rotation = { degrees = 10, fill = 'reflect' } }, \
        { scale = { range = [0.9, 1.1] } }, { crop = { padding = 4 } }, { crop = { area = [0.5, 1.0] } }, \
        { cutout = { size = 8, probability = 0.5 } }, { brightness = { range = [0.8, 1.2] } }, \
        { contrast = { range = [0.8, 1.2] } }, { mixup = {} }]";

    #[test]
    fn reads_back_to_the_same() {
        for source in [
            "{ xor = { samples = 400, noise = 0.2 } }",
            "'digits'",
            "'fashion-mnist-12k'",
            "{ fashion-mnist = {} }",
            "{ blobs = { samples = 9 } }",
            "{ idx = { images = \"a\\n'b\\\"\", labels = 'c\\d', test-images = 'e', test-labels = 'f' } }",
            "{ csv = { file = 'a.csv', label = 'b' } }",
            "{ mnist = {} }",
            "{ csv = { file = 'a.csv', target = 'b' } }",
            "{ sine = { samples = 9 } }",
            "{ mnist = { directory = 'a' } }",
            "{ cifar10 = { directory = 'a' } }",
            "{ cifar100 = { directory = 'a', labels = 'coarse' } }",
            "{ image-folder = { directory = 'a' } }",
            "{ image-folder = { directory = 'a', resize = [3, 4], fit = 'crop', filter = 'lanczos', channels = 1, corrupt = 'skip', cache = false } }",
            "{ csv = { file = 'a', label = 'b', ignore = ['', 'c'], categorical = ['d'], missing = 'mean', delimiter = \"\\t\", test-file = 'e' } }",
        ] {
            for optimizer in ["{ sgd = { learning-rate = 1e-300 } }", "{ adamw = {} }"] {
                let text = format!(
                    "seed = {}
                    data = {{ source = {source}, normalization = 'none', augmentation = {AUGMENTATION} }}
                    training = {{ epochs = 1, batch-size = 7, optimizer = {optimizer} }}
                    [model]
                    layers = ['relu', {{ conv2d = {{ filters = 2, kernel = [3, 5], padding = 'same' }} }}, {{ max-pool = {{ size = 2 }} }}]
                    loss = 'cross-entropy'
                    initial-weights = 'he-uniform'",
                    i64::MAX
                );
                let config = parse("a", &text, &[]).unwrap().config;
                let resolved = config.to_toml();
                let again = parse("b", &resolved, &[]).unwrap().config;
                assert_eq!(config, again, "{resolved}");
                assert_eq!(resolved, again.to_toml());
            }
        }
    }
}
