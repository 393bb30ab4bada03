//! What `check-gradients` and the check before a run say, and what they refuse. That gradients are derivatives is tested in
//! `derivatives`.

use insta::assert_snapshot;

use super::program::{Program, SMALL, shipped};

/// With `configs/`, so that messages name the files as a user sees them.
fn with_configs() -> Program {
    let mut program = Program::new();
    for name in ["xor-lecture", "xor", "digits"] {
        let name = format!("{name}.toml");
        program = program.file(&format!("configs/{name}"), shipped(&name));
    }
    program
}

#[test]
fn one_example_is_explained_for_pencil_and_paper() {
    let explained = with_configs().run(&[
        "check-gradients",
        "--config",
        "configs/xor-lecture.toml",
        "--explain",
    ]);
    assert_snapshot!("explain", explained.succeeds().transcript());
    let explained = with_configs().run(&[
        "check-gradients",
        "--config",
        "configs/digits.toml",
        "--explain",
    ]);
    assert_snapshot!("explain_images", explained.succeeds().transcript());
}

#[test]
fn the_table_has_a_row_per_tensor() {
    let ran = with_configs()
        .run(&["check-gradients", "--config", "configs/xor-lecture.toml"])
        .succeeds();
    for tensor in [
        "layers.0.weight",
        "layers.0.bias",
        "layers.1.weight",
        "layers.1.bias",
        "input",
    ] {
        let line = ran
            .stdout
            .lines()
            .find(|line| line.starts_with(tensor))
            .expect(tensor);
        assert!(line.ends_with("  agrees"), "{line}");
    }
    assert!(ran.stdout.starts_with("flex in f64, on 4 samples of the training split\nloss 1.011329879 by hand, 1.011329879 on flex\n"), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("gradients agree with the hand derivation to "),
        "{}",
        ran.stdout
    );
}

#[test]
fn all_back_ends_are_listed_the_absent_ones_too() {
    let ran = with_configs()
        .run(&[
            "check-gradients",
            "--config",
            "configs/xor.toml",
            "--backend",
            "all",
            "--samples",
            "2",
            "--json",
        ])
        .succeeds();
    let answers: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answers.len(), 7);
    for answer in &answers {
        let name = answer["backend"].as_str().unwrap();
        match name {
            "flex" | "ndarray" => {
                assert_eq!(answer["agrees"], true);
                assert_eq!(answer["check"]["precision"], "f64");
                assert_eq!(answer["check"]["samples"], 2);
                assert_eq!(answer["check"]["rows"].as_array().unwrap().len(), 5);
            }
            _ if answer["agrees"].is_null() => assert!(answer["error"].is_string(), "{name}"),
            _ => assert_eq!(answer["check"]["precision"], "f32", "{name}"),
        }
    }
    let cuda = answers
        .iter()
        .find(|answer| answer["backend"] == "cuda")
        .unwrap();
    if !cfg!(feature = "cuda") {
        assert_eq!(
            cuda["error"],
            "back end `cuda` is not compiled into this program"
        );
    }
}

#[test]
fn a_planted_mistake_fails_the_check() {
    let program = with_configs();
    let ran = program
        .run(&[
            "check-gradients",
            "--config",
            "configs/xor-lecture.toml",
            "--plant",
            "tanh-forgotten",
        ])
        .fails_with(1);
    assert!(ran.stdout.contains("DISAGREES"), "{}", ran.stdout);
    assert!(
        ran.stdout
            .ends_with("5 of 5 gradients do NOT agree with the hand derivation on flex\n\n"),
        "{}",
        ran.stdout
    );
    let ran = program.run(&[
        "check-gradients",
        "--config",
        "configs/xor.toml",
        "--plant",
        "all",
    ]);
    assert_snapshot!("plant_all", ran.succeeds().transcript());
}

#[test]
fn a_large_network_is_compared_in_a_random_part() {
    let config = shipped("digits.toml");
    let (start, end) = (config.find("layers").unwrap(), config.find("loss").unwrap());
    let layers = "layers = [\"flatten\", { dense = { units = 40000, activation = \"tanh\" } }, { dense = { units = 10 } }]\n";
    let config = format!("{}{layers}{}", &config[..start], &config[end..]);
    let ran = Program::with_config(&config)
        .run(&[
            "check-gradients",
            "--config",
            "config.toml",
            "--samples",
            "50",
        ])
        .succeeds();
    let line = ran
        .stdout
        .lines()
        .find(|line| line.starts_with("layers.1.weight"))
        .unwrap();
    assert!(line.contains(" 1000, "), "{line}");
    assert!(
        ran.stdout.contains("1,000 random entries"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_run_begins_with_the_check() {
    let program = Program::with_config(SMALL);
    let ran = program.train(&[]).succeeds();
    assert!(
        ran.stderr
            .contains("gradients agree with the hand derivation to "),
        "{}",
        ran.stderr
    );
    let csv = program.read("artifacts/config/gradients.csv");
    let tensors: Vec<&str> = csv
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .collect();
    assert_eq!(
        tensors,
        [
            "layers.0.weight",
            "layers.0.bias",
            "layers.1.weight",
            "layers.1.bias",
            "input"
        ]
    );
    let record = program.record("config");
    assert_eq!(record["gradients"]["samples"], 4);
    assert_eq!(record["gradients"]["failed"], 0);

    let ran = program.train(&["--set", "gradient-check=off"]).succeeds();
    assert!(!ran.stderr.contains("gradients"), "{}", ran.stderr);
    assert!(!program.path("artifacts/config-2/gradients.csv").exists());
    assert!(program.record("config-2")["gradients"].is_null());
}

#[test]
fn a_run_whose_gradients_are_wrong_does_not_begin() {
    // 10²⁵ squared does not fit into f32: there the gradient is infinite, by hand it is 10⁵⁰.
    let config = SMALL
        .replace("noise = 0.2", "noise = 1e25")
        .replace("  { dense = { units = 4, activation = \"tanh\" } },\n", "")
        .replace("units = 1, activation = \"tanh\"", "units = 1");
    let program = Program::with_config(&config);
    let ran = program.train(&[]).fails_with(1);
    assert_snapshot!("gradients_not_finite", ran.transcript());
    assert_eq!(program.record("config")["status"], "failed");
    assert_eq!(program.rows("config").len(), 0);
    assert!(!program.path("artifacts/config/model.safetensors").exists());
}

#[test]
fn an_operation_without_a_derivative_is_named() {
    let config = SMALL.replace(
        "units = 4, activation = \"tanh\"",
        "units = 4, activation = \"sign\"",
    );
    let program = Program::with_config(&config);
    let ran = program.run(&["check-gradients", "--config", "config.toml"]);
    assert_snapshot!("no_derivative", ran.fails_with(2).transcript());
}

#[test]
fn arguments_are_checked() {
    let program = Program::with_config(SMALL);
    for (arguments, part) in [
        (vec!["--samples", "0"], "at least one is needed"),
        (vec!["--plant", "everything"], "dense-weight-not-transposed"),
        (vec!["--explain", "--json"], "cannot be used with"),
        (vec!["--backend", "flux"], "did you mean `flex`?"),
    ] {
        let mut all = vec!["check-gradients", "--config", "config.toml"];
        all.extend(arguments);
        let ran = program.run(&all).fails_with(2);
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    // More samples than there are: all of them, and nothing is laid out for more, dropout's masks least of all.
    let with_dropout = SMALL.replace(
        "  { dense = { units = 1,",
        "  { dropout = { rate = 0.5 } },\n  { dense = { units = 1,",
    );
    let most = u64::MAX.to_string();
    for (config, samples) in [(SMALL, "1000"), (SMALL, &most), (&with_dropout, &most)] {
        let ran = Program::with_config(config)
            .run(&[
                "check-gradients",
                "--config",
                "config.toml",
                "--samples",
                samples,
            ])
            .succeeds();
        assert!(
            ran.stdout.starts_with("flex in f64, on 20 samples"),
            "{}",
            ran.stdout
        );
        assert!(!ran.stdout.contains("too large"), "{}", ran.stdout);
    }
}
