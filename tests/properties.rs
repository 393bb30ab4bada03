//! What holds whatever the network: a run goes on bit for bit from any of its writes, what is saved is what is loaded, and how many
//! threads compute changes nothing.

use std::fs;

use brecha::backend;
use brecha::model::Network;
use brecha::report::saved_model::SavedModel;

use super::killing::Draws;
use super::program::{Program, SMALL, shipped};
use super::resuming::{ALL, numbers};

/// A small network with something of everything, drawn.
fn drawn(seed: u64) -> String {
    let mut draws = Draws(seed);
    let mut one_of = |texts: &[&str]| texts[draws.below(texts.len() as u64) as usize].to_owned();
    let hidden: Vec<String> = (0..2)
        .map(|_| {
            one_of(&[
                "{ dense = { units = 5, activation = \"tanh\" } }, { layer-norm = {} }",
                "{ dense = { units = 3, activation = \"gelu\" } }, { dropout = { rate = 0.3 } }",
                "{ dense = { units = 6 } }, { batch-norm = {} }, \"relu\"",
                "{ dense = { units = 2, activation = \"leaky-relu\" } }",
            ])
        })
        .collect();
    let optimizer = one_of(&[
        "{ sgd = { learning-rate = 0.1 } }",
        "{ sgd = { learning-rate = 0.05, momentum = 0.9, nesterov = true, weight-decay = 1e-3 } }",
        "{ adam = { learning-rate = 0.01 } }",
        "{ adamw = {} }",
        "{ rmsprop = { learning-rate = 0.01, momentum = 0.5 } }",
        "{ lion = { learning-rate = 0.001 } }",
    ]);
    let further = [
        one_of(&[
            "",
            "schedule = { cosine = { warm-up = 1.0 } }",
            "schedule = { step = { every = 1, factor = 0.5 } }",
            "schedule = { one-cycle = {} }",
        ]),
        one_of(&["", "gradient-accumulation = 2", "gradient-accumulation = 3"]),
        one_of(&["", "gradient-clipping = 0.1"]),
        one_of(&["", "early-stopping = { patience = 1 }"]),
    ];
    format!(
        "seed = {seed}
[data]
source = {{ moons = {{ samples = 40, noise = 0.2 }} }}
split = {{ validation = 0.5 }}
[model]
layers = [{}, {{ dense = {{ units = 2 }} }}]
loss = \"cross-entropy\"
[training]
epochs = 3
batch-size = {}
optimizer = {optimizer}
{}
[evaluation]
baselines = \"off\"
",
        hidden.join(", "),
        one_of(&["5", "7", "20", "3"]),
        further.join("\n"),
    )
}

/// Kills a run at each of its writes in turn, the one that goes on as well, until one comes to its end; it is the whole one.
fn goes_on_from_everywhere(text: &str, backend: &str, every: u64) {
    let program = Program::with_config(text);
    let on = ["--backend", backend, "--no-report"];
    let steps = ["--set", "training.checkpoint-every={ steps = 1 }"];
    program
        .train(&[&on[..], &["--name", "whole"]].concat())
        .succeeds();
    let whole = numbers(&program, "whole");
    let mut kills = 0;
    for time in (1..).step_by(every as usize) {
        let name = format!("part-{time}");
        let part = [
            &["--config", "config.toml", "--resume", "--name", &name],
            &on[..],
            &steps,
        ]
        .concat();
        let output = program
            .command(&part)
            .env("BRECHA_FAIL_POINT", format!("renamed:{time}"))
            .output()
            .unwrap();
        if output.status.code().is_some() {
            program.ran(output).succeeds();
            break;
        }
        kills += 1;
        program.run(&part).succeeds();
        assert!(
            numbers(&program, &name) == whole,
            "on {backend}, killed at write {time}, of\n{text}"
        );
    }
    assert!(kills >= 1, "{kills} kills of\n{text}");
}

#[test]
fn drawn_networks_go_on_from_every_write() {
    let text = drawn(1);
    goes_on_from_everywhere(&text, "flex", 1);
    goes_on_from_everywhere(&text, "ndarray", 4);
    for seed in 2..8 {
        goes_on_from_everywhere(&drawn(seed), "flex", 5);
    }
}

#[test]
fn a_run_does_not_depend_on_the_number_of_threads() {
    does_not_depend_on_threads(ALL);
    // One whose steps are computed in shards, the last of each epoch in uneven ones.
    let images = shipped("images.toml").replace(
        "split = { validation = 0.2 }",
        "split = { validation = 0.02, training-samples = 200 }",
    );
    does_not_depend_on_threads(&images);
}

fn does_not_depend_on_threads(config: &str) {
    let run = |threads: &str| {
        let program = Program::with_config(config).environment("RAYON_NUM_THREADS", threads);
        program
            .train(&["--set", "training.epochs=2", "--no-report"])
            .succeeds();
        numbers(&program, "config")
    };
    let first = run("1");
    for threads in ["2", "3", "8"] {
        assert!(first == run(threads), "{threads} threads");
    }
}

#[test]
fn the_model_of_a_run_is_loaded_as_it_was_saved() {
    for text in [ALL, SMALL] {
        let program = Program::with_config(text);
        program
            .train(&["--set", "training.epochs=1", "--no-report"])
            .succeeds();
        let saved = SavedModel::open(&program.path("artifacts/config")).unwrap();
        let bits =
            |values: &[f32]| -> Vec<u32> { values.iter().map(|value| value.to_bits()).collect() };
        for name in ["flex", "ndarray"] {
            let device = backend::open(&brecha::config::BackendConfig::Named(name.to_owned()))
                .unwrap()
                .device;
            // Numbers that are easily lost among them.
            let odd = [
                -0.0,
                f32::MIN_POSITIVE / 4.0,
                f32::MAX,
                f32::INFINITY,
                f32::EPSILON,
            ];
            for change in [false, true] {
                let mut parameters = saved.parameters.clone();
                if change {
                    let all = parameters
                        .iter_mut()
                        .flat_map(|parameter| &mut parameter.values);
                    all.zip(odd.iter().cycle())
                        .for_each(|(value, odd)| *value = *odd);
                }
                let network =
                    Network::with_parameters(&saved.architecture, &parameters, &device).unwrap();
                let loaded = network.parameters().unwrap();
                assert_eq!(loaded.len(), parameters.len());
                for parameter in loaded {
                    let wanted = parameters
                        .iter()
                        .find(|wanted| wanted.name == parameter.name)
                        .unwrap();
                    assert_eq!(parameter.shape, wanted.shape, "{}", parameter.name);
                    assert_eq!(
                        bits(&parameter.values),
                        bits(&wanted.values),
                        "{} on {name}",
                        parameter.name
                    );
                }
            }
        }
        // And once more through files: what a run of no further epochs writes.
        let file = program.path("artifacts/config/model.safetensors");
        let before = fs::read(&file).unwrap();
        program
            .run(&["--resume", "artifacts/config", "--no-report"])
            .succeeds();
        assert!(fs::read(&file).unwrap() == before);
    }
}

#[test]
fn what_is_measured_does_not_depend_on_the_batch_beyond_rounding() {
    let program = Program::with_config(ALL);
    let losses: Vec<f64> = ["1", "3", "64", "1000"]
        .iter()
        .map(|size| {
            let size = format!("evaluation.batch-size={size}");
            let name = size.replace(['=', '.'], "-");
            let arguments = [
                "--set",
                "training.epochs=1",
                "--set",
                &size,
                "--name",
                &name,
            ];
            program
                .train(&[&arguments[..], &["--no-report"]].concat())
                .succeeds();
            program.rows(&name)[0]["validation_loss"].as_f64().unwrap()
        })
        .collect();
    for loss in &losses {
        // Outputs are f32, and a matrix product of another height may sum in another order.
        assert!((loss / losses[0] - 1.0).abs() < 1e-5, "{losses:?}");
    }
}
