//! Normalisation and dropout of channels from the configuration to the files: what runs along, what is kept, what is refused.

use std::fs;

use brecha::config;
use brecha::data::{Dataset, Split};

use super::program::{Program, SMALL};

/// 20 samples to train on.
fn small(layer: &str) -> String {
    let start = "layers = [\n";
    SMALL.replace(start, &format!("{start}  {layer},\n"))
}

fn tensor(program: &Program, run: &str, name: &str) -> Vec<f32> {
    let bytes = fs::read(program.path(&format!("artifacts/{run}/model.safetensors"))).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let bytes = tensors.tensor(name).unwrap().data().to_vec();
    let numbers = bytes.chunks(4);
    numbers
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect()
}

/// One step over the whole training split, whose mean and variance are computed here.
#[test]
fn mean_and_unbiased_variance_run_along_once_per_step() {
    let text = small("{ batch-norm = { momentum = 0.25 } }");
    let program = Program::with_config(&text);
    program.train(&["--set", "training.epochs=1"]).succeeds();
    let config = config::parse("small", &text, &[]).unwrap().config;
    let dataset = Dataset::load(&config.data, config.evaluation.training_samples, 1).unwrap();
    let inputs = dataset.batch(dataset.indices(Split::Train)).unwrap().inputs;
    let means = tensor(&program, "config", "layers.0.running_mean");
    let variances = tensor(&program, "config", "layers.0.running_var");
    for feature in 0..2 {
        let values: Vec<f32> = inputs.iter().skip(feature).step_by(2).copied().collect();
        assert_eq!(values.len(), 20);
        let mean = values.iter().sum::<f32>() / 20.0;
        let squares: f32 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        assert!((means[feature] - 0.25 * mean).abs() < 1e-6);
        assert!((variances[feature] - (0.75 + 0.25 * squares / 19.0)).abs() < 1e-6);
    }
    // With a gradient, so they have left 1 and 0.
    assert!(
        tensor(&program, "config", "layers.0.weight")
            .iter()
            .all(|w| (*w - 1.0).abs() > 1e-9)
    );
    assert!(
        tensor(&program, "config", "layers.0.bias")
            .iter()
            .any(|b| *b != 0.0)
    );
}

/// 20 = 19 + 1: the last batch of each epoch is one sample.
#[test]
fn a_run_with_a_batch_of_one_repeats_itself_and_is_verified() {
    let layers = "{ dense = { units = 6 } },\n  { batch-norm = {} },\n  \"gelu\"";
    let program = Program::with_config(&small(layers));
    for run in ["first", "second"] {
        let set = [
            "--set",
            "training.batch-size=19",
            "--set",
            "training.epochs=20",
        ];
        program
            .train(&[&set[..], &["--name", run]].concat())
            .succeeds();
    }
    for name in ["weight", "bias", "running_mean", "running_var"] {
        let name = format!("layers.1.{name}");
        let first = tensor(&program, "first", &name);
        assert!(first.len() == 6 && first.iter().all(|value| value.is_finite()));
        assert_eq!(first, tensor(&program, "second", &name));
    }
    assert_ne!(tensor(&program, "first", "layers.1.running_var"), [1.0; 6]);
    let verified = program.run(&["verify", "artifacts/first"]).succeeds();
    assert!(verified.stdout.contains(": all "), "{}", verified.stdout);
    // Without them, the network is another one.
    let path = program.path("artifacts/first/model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let some = tensors
        .tensors()
        .into_iter()
        .filter(|(name, _)| !name.ends_with("running_var"));
    fs::write(&path, safetensors::serialize(some, None).unwrap()).unwrap();
    let refused = program.run(&["verify", "artifacts/first"]);
    assert!(
        refused.stderr.contains("no tensor `layers.1.running_var`"),
        "{}",
        refused.stderr
    );
}

#[test]
fn one_example_and_one_row_of_the_table() {
    let program = Program::with_config(&small("{ batch-norm = {} }"));
    let explained = program
        .run(&["check-gradients", "--config", "config.toml", "--explain"])
        .succeeds();
    for line in [
        "layer 1: batch-norm",
        "μ and v as they have run along: one example has no variance",
        "∂e/∂γ(1)",
    ] {
        assert!(
            explained.stdout.contains(line),
            "{line}: {}",
            explained.stdout
        );
    }
}

/// No sample sees another, so a batch may be one of them; and dropout takes whole channels.
#[test]
fn vectors_are_normalised_one_by_one_and_channels_dropped_whole() {
    let layers = "{ dense = { units = 6 } },\n  { layer-norm = {} },\n  \"gelu\"";
    let program = Program::with_config(&small(layers));
    program
        .train(&["--set", "training.batch-size=1"])
        .succeeds();
    let weight = tensor(&program, "config", "layers.1.weight");
    assert!(weight.len() == 6 && weight.iter().any(|w| (*w - 1.0).abs() > 1e-9));
    let verified = program.run(&["verify", "artifacts/config"]).succeeds();
    assert!(verified.stdout.contains(": all "), "{}", verified.stdout);
    let explain = ["check-gradients", "--config", "config.toml", "--explain"];
    let explained = program.run(&explain).succeeds();
    for line in ["layer 2: layer-norm", "μ and v of this vector", "∂e/∂γ(2)"] {
        let said = &explained.stdout;
        assert!(said.contains(line), "{line}: {said}");
    }

    let conv2d = "{ conv2d = { filters = 4, kernel = 3 } }";
    let layers = format!("{conv2d},\n  {{ dropout2d = {{ rate = 0.5 }} }},\n  \"flatten\"");
    let config = small(&layers)
        .replace("{ xor = { samples = 40, noise = 0.2 } }", "\"digits\"")
        .replace("units = 1,", "units = 10,");
    let program = Program::with_config(&config);
    let explained = program.run(&explain).succeeds();
    let mut lines = explained.stdout.lines();
    lines.find(|line| line.contains("mask, one number for each channel"));
    let mask: Vec<f64> = lines
        .next()
        .unwrap()
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    let allowed = |m: &f64| [0.0, 2.0].contains(m);
    assert!(mask.len() == 4 && mask.iter().all(allowed), "{mask:?}");
}

/// What runs along within a block is moved, kept, and asked for like that of a layer.
#[test]
fn a_block_has_running_statistics_of_its_own() {
    let config = small("{ residual = { filters = 4, stride = 2 } },\n  \"global-avg-pool\"")
        .replace("{ xor = { samples = 40, noise = 0.2 } }", "\"digits\"")
        .replace("units = 1,", "units = 10,")
        .replace("\"full\"", "64");
    let program = Program::with_config(&config);
    program.train(&[]).succeeds();
    // Those of a fresh network are 0 and 1.
    let mut seen = Vec::new();
    for part in ["bn1", "bn2", "downsample.1"] {
        let of = |name: &str| tensor(&program, "config", &format!("layers.0.{part}.{name}"));
        let (mean, variance) = (of("running_mean"), of("running_var"));
        assert!(mean.len() == 4 && mean.iter().all(|mean| *mean != 0.0));
        assert!(
            variance.len() == 4 && variance.iter().all(|v| *v > 0.0 && (*v - 1.0).abs() > 1e-6)
        );
        seen.push(mean);
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2]);
    // Measured again from the files: the same losses.
    let verified = program.run(&["verify", "artifacts/config"]).succeeds();
    assert!(verified.stdout.contains(": all "), "{}", verified.stdout);
    let json = program
        .run(&["evaluate", "artifacts/config", "--json"])
        .succeeds();
    let answer: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let kept = program.record("config")["result"]["validation"].clone();
    assert_eq!(answer["accuracy"], kept["accuracy"]);

    let path = program.path("artifacts/config/model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert!(tensors.tensor("layers.0.conv1.bias").is_err());
    let some = tensors.tensors().into_iter();
    let some = some.filter(|(name, _)| name != "layers.0.bn2.running_mean");
    fs::write(&path, safetensors::serialize(some, None).unwrap()).unwrap();
    let refused = program.run(&["verify", "artifacts/config"]);
    let said = "no tensor `layers.0.bn2.running_mean`";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
}

#[test]
fn a_block_is_explained_and_counted() {
    let config = small("{ residual = { filters = 2, stride = 2 } },\n  \"flatten\"")
        .replace("{ xor = { samples = 40, noise = 0.2 } }", "\"digits\"")
        .replace("units = 1,", "units = 10,");
    let program = Program::with_config(&config);
    let explain = ["check-gradients", "--config", "config.toml", "--explain"];
    insta::assert_snapshot!("explain_residual", program.run(&explain).succeeds().stdout);
    let rehearsed = program.train(&["--dry-run"]).succeeds();
    let row = rehearsed
        .stdout
        .lines()
        .chain(rehearsed.stderr.lines())
        .find(|line| line.contains("residual 2 of 3×3, stride 2×2, projected, relu"));
    let words: Vec<&str> = row.unwrap().split_whitespace().collect();
    // 18 + 4 + 36 + 4 + 2 + 4 parameters; 288 + 32 + 576 + 32 + 32 + 32 multiply-adds for an image of 4×4.
    assert_eq!(words[words.len() - 3..], ["2×4×4", "68", "992"]);
}

#[test]
fn what_one_sample_cannot_do_is_refused() {
    let config = small("{ batch-norm = {} }");
    for (set, said) in [
        (
            "training.batch-size=1",
            "`training.batch-size` is 1, but `batch-norm`",
        ),
        (
            "data.split.training-samples=1",
            "`data.split.training-samples` is 1, but `batch-norm`",
        ),
        (
            "model.layers.0.batch-norm.momentum=0.0",
            "must be above 0 and at most 1",
        ),
        (
            "model.layers.0.batch-norm.epsilon=0.0",
            "must be a finite number above 0",
        ),
    ] {
        let program = Program::with_config(&config);
        let ran = program.train(&["--set", set, "--set", "data.source.xor.samples=20"]);
        assert!(ran.stderr.contains(said), "{set}: {}", ran.stderr);
    }
    let config = small("{ residual = { filters = 2 } }");
    let ran = Program::with_config(&config).train(&["--set", "training.batch-size=1"]);
    let said = "`training.batch-size` is 1, but `residual` takes mean and variance over a batch";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

/// A bias in front has no gradient, so a mistake in it changes nothing but rounding: that is no missed mistake.
#[test]
fn a_mistake_in_a_bias_without_gradient_changes_nothing() {
    let layers = "{ conv2d = { filters = 2, kernel = 3 } }, { batch-norm = {} }, \"relu\", \"flatten\", { dense = { units = 10 } }";
    let config = format!(
        "seed = 3\n[data]\nsource = \"digits\"\n[model]\nlayers = [{layers}]\nloss = \"cross-entropy\"\n\
         [training]\nepochs = 1\nbatch-size = 32\noptimizer = {{ adam = {{}} }}\n"
    );
    let program = Program::with_config(&config);
    let planted = program.run(&[
        "check-gradients",
        "--config",
        "config.toml",
        "--plant",
        "all",
    ]);
    let planted = planted.succeeds().stdout.clone();
    let line = planted
        .lines()
        .find(|line| line.starts_with("conv2d-bias-forgotten"));
    assert_eq!(
        line,
        Some("conv2d-bias-forgotten            changes nothing in this network")
    );
    assert!(!planted.contains("NOT CAUGHT"), "{planted}");
}
