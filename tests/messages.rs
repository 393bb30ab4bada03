//! Everything a user can get wrong in the configuration and on the command line, and what is said about it.
//!
//! Each case is a snapshot in `snapshots/`: a changed message is a reviewed change (`INSTA_UPDATE=always`).

use super::program::{Program, SMALL};

/// Replaces one line of the small configuration.
fn with(old: &str, new: &str) -> String {
    assert!(
        SMALL.contains(old),
        "`{old}` is not in the small configuration"
    );
    SMALL.replacen(old, new, 1)
}

/// Runs the configuration, expects the code, and compares everything that was said.
#[track_caller]
fn refused(name: &str, code: i32, config: impl AsRef<[u8]>, arguments: &[&str]) {
    let program = Program::new().file("config.toml", config);
    let ran = program.train(arguments).fails_with(code);
    insta::assert_snapshot!(name, ran.transcript());
    assert!(
        !program.path("artifacts").exists(),
        "a refused configuration leaves no run behind"
    );
}

#[test]
fn keys() {
    refused("unknown_key", 2, with("learning-rate", "lerning-rate"), &[]);
    refused(
        "unknown_keys_all_at_once",
        2,
        with("learning-rate", "lerning-rate").replace("samples", "sampels"),
        &[],
    );
    refused(
        "unknown_section",
        2,
        format!("{SMALL}\n[trianing]\nepochs = 3\n"),
        &[],
    );
    refused(
        "unknown_layer",
        2,
        with("{ dense = { units = 1,", "{ dens = { units = 1,"),
        &[],
    );
    refused("unknown_source", 2, with("{ xor = {", "{ xnor = {"), &[]);
    refused("unknown_activation", 2, with("\"tanh\"", "\"tahn\""), &[]);
    refused(
        "missing_section",
        2,
        SMALL.split("[training]").next().unwrap(),
        &[],
    );
    refused("missing_key", 2, with("epochs = 3\n", ""), &[]);
    refused(
        "duplicate_key",
        2,
        with("epochs = 3\n", "epochs = 3\nepochs = 4\n"),
        &[],
    );
    refused(
        "source_without_options",
        2,
        with("{ xor = { samples = 40, noise = 0.2 } }", "\"xor\""),
        &[],
    );
    refused(
        "layer_without_options",
        2,
        with(
            "{ dense = { units = 1, activation = \"tanh\" } }",
            "\"dense\"",
        ),
        &[],
    );
}

#[test]
fn values() {
    refused(
        "epochs_in_words",
        2,
        with("epochs = 3", "epochs = \"ten\""),
        &[],
    );
    refused("epochs_negative", 2, with("epochs = 3", "epochs = -3"), &[]);
    refused("epochs_zero", 2, with("epochs = 3", "epochs = 0"), &[]);
    refused("batch_size_zero", 2, with("\"full\"", "0"), &[]);
    refused("batch_size_in_words", 2, with("\"full\"", "\"half\""), &[]);
    refused(
        "learning_rate_negative",
        2,
        with("0.5 } }\n", "-0.5 } }\n"),
        &[],
    );
    refused(
        "learning_rate_not_a_number",
        2,
        with("learning-rate = 0.5", "learning-rate = nan"),
        &[],
    );
    refused(
        "learning_rate_infinite",
        2,
        with("learning-rate = 0.5", "learning-rate = inf"),
        &[],
    );
    refused(
        "several_values_all_at_once",
        2,
        with("learning-rate = 0.5", "learning-rate = 0, momentum = 1.0")
            .replace("epochs = 3", "epochs = 0"),
        &[],
    );
    refused(
        "nesterov_without_momentum",
        2,
        with(
            "learning-rate = 0.5",
            "learning-rate = 0.5, nesterov = true",
        ),
        &[],
    );
    refused(
        "dropout_of_everything",
        2,
        with(
            "layers = [\n",
            "layers = [\n  { dropout = { rate = 1.0 } },\n",
        ),
        &[],
    );
    refused(
        "shares_above_one",
        2,
        with("validation = 0.5", "validation = 0.6, test = 0.4"),
        &[],
    );
    refused(
        "seed_too_large",
        2,
        with("seed = 1", "seed = 99999999999999999999"),
        &[],
    );
    refused(
        "noise_on_exact_points",
        2,
        with("{ samples = 40, noise = 0.2 }", "{ noise = 0.2 }"),
        &[],
    );
}

#[test]
fn networks() {
    let images = with("{ xor = { samples = 40, noise = 0.2 } }", "\"digits\"")
        .replace("\"mse\"", "\"cross-entropy\"");
    let layers = |layers: &str| {
        let start = images.find("layers").unwrap();
        let end = images.find("loss").unwrap();
        format!(
            "{}layers = [\n{layers}]\n{}",
            &images[..start],
            &images[end..]
        )
    };
    refused(
        "dense_before_flatten",
        2,
        layers("  { dense = { units = 10 } },\n"),
        &[],
    );
    refused(
        "conv2d_on_points",
        2,
        with(
            "{ dense = { units = 4,",
            "{ conv2d = { filters = 4, kernel = 3,",
        ),
        &[],
    );
    refused(
        "kernel_too_large",
        2,
        layers("  { max-pool = { size = 2 } },\n  { conv2d = { filters = 4, kernel = 5 } },\n"),
        &[],
    );
    refused(
        "window_too_large",
        2,
        layers("  { max-pool = { size = 9 } },\n"),
        &[],
    );
    refused(
        "outputs_do_not_match_classes",
        2,
        layers("  \"flatten\",\n  { dense = { units = 9 } },\n"),
        &[],
    );
    refused(
        "ends_with_an_image",
        2,
        layers("  { conv2d = { filters = 10, kernel = 3 } },\n"),
        &[],
    );
    refused(
        "softmax_in_the_middle",
        2,
        layers("  \"flatten\",\n  \"softmax\",\n  { dense = { units = 10 } },\n"),
        &[],
    );
    refused(
        "softmax_twice",
        2,
        layers("  \"flatten\",\n  { dense = { units = 10 } },\n  \"softmax\",\n  \"softmax\",\n"),
        &[],
    );
    refused(
        "softmax_with_mse",
        2,
        with(
            "  { dense = { units = 1, activation = \"tanh\" } },\n",
            "  { dense = { units = 2 } },\n  \"softmax\",\n",
        ),
        &[],
    );
    refused(
        "sign_cannot_be_trained",
        2,
        with("\"tanh\"", "\"sign\""),
        &[],
    );
    refused("no_layers", 2, layers(""), &[]);
    refused(
        "no_parameters",
        2,
        with(
            "  { dense = { units = 4, activation = \"tanh\" } },\n  { dense = { units = 1, activation = \"tanh\" } },\n",
            "  \"tanh\",\n",
        ),
        &[],
    );
    refused(
        "a_trillion_parameters",
        2,
        with("units = 4", "units = 1000000000000"),
        &[],
    );
    refused(
        "more_parameters_than_numbers",
        2,
        with("units = 4", "units = 9000000000000000000"),
        &[],
    );
}

/// Layers that need an image, a vector, or more than one value, and their ranges.
#[test]
fn layers() {
    let images = with("{ xor = { samples = 40, noise = 0.2 } }", "\"digits\"");
    let on_images = |layers: &str| {
        let start = "layers = [\n";
        images.replace(start, &format!("{start}{layers}"))
    };
    refused(
        "layer_norm_on_images",
        2,
        on_images("  { layer-norm = {} },\n  \"flatten\",\n"),
        &[],
    );
    refused(
        "layer_norm_over_one_value",
        2,
        with(
            "  { dense = { units = 4, activation = \"tanh\" } },\n",
            "  { dense = { units = 1, activation = \"tanh\" } },\n  { layer-norm = {} },\n",
        ),
        &[],
    );
    refused(
        "dropout2d_of_points",
        2,
        with(
            "layers = [\n",
            "layers = [\n  { dropout2d = { rate = 0.5 } },\n",
        ),
        &[],
    );
    refused(
        "residual_of_points",
        2,
        with(
            "layers = [\n",
            "layers = [\n  { residual = { filters = 4 } },\n",
        ),
        &[],
    );
    refused(
        "residual_kernel_too_large",
        2,
        on_images("  { residual = { filters = 4, kernel = 9, stride = 2 } },\n"),
        &[],
    );
    refused(
        "residual_out_of_range",
        2,
        on_images(
            "  { residual = { filters = 0, kernel = [3, 4], stride = 0, normalise = true } },\n  \"residual\",\n",
        ),
        &[],
    );
    refused(
        "residual_sign",
        2,
        on_images("  { residual = { filters = 4, activation = \"sign\" } },\n  \"flatten\",\n")
            .replace("units = 1,", "units = 10,"),
        &[],
    );
    refused(
        "layers_out_of_range",
        2,
        on_images(
            "  { dropout2d = { rate = 1 } },\n  { layer-norm = { epsilon = 1e-50 } },\n  \"dropout2d\",\n",
        ),
        &[],
    );
}

#[test]
fn files() {
    refused("empty_file", 2, "", &[]);
    refused("not_toml", 2, "seed = 1\n[data\n", &[]);
    refused("not_utf8", 2, b"seed = 1\n# caf\xe9\n", &[]);
    refused("too_large", 2, "#".repeat(2 << 20), &[]);
    refused(
        "deeply_nested",
        2,
        format!("x = {}", "[".repeat(10_000)),
        &[],
    );
    let missing = Program::new()
        .run(&["--config", "nowhere.toml"])
        .fails_with(2);
    insta::assert_snapshot!("missing_file", missing.transcript());
    let folder = Program::new().run(&["--config", "."]).fails_with(2);
    insta::assert_snapshot!("folder_as_file", folder.transcript());
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_accepted() {
    let config = format!("\u{feff}{}", SMALL.replace('\n', "\r\n"));
    Program::with_config(&config).train(&[]).succeeds();
}

#[test]
fn overrides() {
    refused(
        "override_without_value",
        2,
        SMALL,
        &["--set", "training.epochs"],
    );
    refused("override_without_key", 2, SMALL, &["--set", "=3"]);
    refused(
        "override_of_unknown_key",
        2,
        SMALL,
        &["--set", "training.epoch=3"],
    );
    refused(
        "override_out_of_range",
        2,
        SMALL,
        &["--set", "training.epochs=0"],
    );
    refused(
        "override_beyond_the_layers",
        2,
        SMALL,
        &["--set", "model.layers.7.dense.units=3"],
    );
    refused(
        "override_below_a_number",
        2,
        SMALL,
        &["--set", "training.epochs.more=3"],
    );
}

#[test]
fn back_ends() {
    refused("unknown_back_end", 2, SMALL, &["--backend", "wpgu"]);
    refused(
        "unknown_back_end_in_the_file",
        2,
        with("seed = 1", "backend = \"gpu\""),
        &[],
    );
    if !cfg!(feature = "cuda") {
        refused("back_end_not_compiled_in", 4, SMALL, &["--backend", "cuda"]);
    }
    if !cfg!(feature = "remote") {
        let elsewhere = with("seed = 1", "backend = { remote = \"ws://127.0.0.1:3000\" }");
        refused("back_end_elsewhere_not_compiled_in", 4, elsewhere, &[]);
        let serve = ["serve-device", "--listen", "ws://127.0.0.1:3000"];
        let ran = Program::new().run(&serve).fails_with(4);
        insta::assert_snapshot!("serving_not_compiled_in", ran.transcript());
    }
}

#[test]
fn data() {
    refused(
        "empty_validation_split",
        3,
        with("validation = 0.5", "validation = 0.001"),
        &[],
    );
    refused(
        "second_test_set",
        3,
        with(
            "{ xor = { samples = 40, noise = 0.2 } }",
            "\"fashion-mnist-12k\"",
        )
        .replace("validation = 0.5", "validation = 0.1, test = 0.1"),
        &[],
    );
    refused(
        "more_training_samples_than_there_are",
        3,
        with(
            "validation = 0.5",
            "validation = 0.5, training-samples = 1000",
        ),
        &[],
    );
    refused(
        "fashion_mnist_missing",
        3,
        with(
            "{ xor = { samples = 40, noise = 0.2 } }",
            "{ fashion-mnist = { directory = \"nowhere\" } }",
        ),
        &[],
    );
}

#[test]
fn arguments() {
    let program = Program::with_config(SMALL);
    insta::assert_snapshot!("no_arguments", program.run(&[]).fails_with(2).transcript());
    insta::assert_snapshot!(
        "unknown_argument",
        program.train(&["--epochs", "3"]).fails_with(2).transcript()
    );
    insta::assert_snapshot!(
        "tui_without_terminal",
        program.train(&["--tui"]).fails_with(2).transcript()
    );
    insta::assert_snapshot!(
        "run_name_with_slash",
        program
            .train(&["--name", "../escape"])
            .fails_with(2)
            .transcript()
    );
    insta::assert_snapshot!("help", program.run(&["--help"]).succeeds().transcript());
}

#[test]
fn how_to_train() {
    let training = |line: &str| format!("{SMALL}{line}\n");
    refused(
        "schedule_unknown",
        2,
        training("schedule = { cosin = {} }"),
        &[],
    );
    refused(
        "schedule_ranges",
        2,
        training("schedule = { one-cycle = { warm-up = 1, start = 2, end = -1 } }"),
        &[],
    );
    refused(
        "schedule_step",
        2,
        training("schedule = { step = { factor = 0 } }"),
        &[],
    );
    refused(
        "training_ranges",
        2,
        training(
            "gradient-clipping = 0\nearly-stopping = { patience = 0, minimum-improvement = -1 }",
        ),
        &[],
    );
    refused(
        "early_stopping_without_validation",
        2,
        training("early-stopping = { patience = 3 }").replace("validation = 0.5", ""),
        &[],
    );
    refused(
        "optimizer_ranges",
        2,
        with(
            "sgd = { learning-rate = 0.5 }",
            "rmsprop = { decay = 1, momentum = -1, epsilon = 0 }",
        ),
        &[],
    );
}

#[test]
fn configurations_are_checked_without_their_data() {
    let idx = with(
        "xor = { samples = 40, noise = 0.2 }",
        "idx = { images = \"none\", labels = \"none\" }",
    );
    let sweep = format!("{SMALL}[sweep]\ntraining.epochs = [1, 2, 3]\n");
    let program = Program::new()
        .file("idx.toml", idx)
        .file("sweep.toml", &sweep)
        .file("point.toml", sweep.replace("[1, 2, 3]", "[1, 0]"))
        .file("wrong.toml", with("learning-rate", "lerning-rate"));
    let ran = program
        .run(&["config", "check", "idx.toml", "sweep.toml"])
        .succeeds();
    insta::assert_snapshot!("config_check", ran.transcript());
    let ran = program
        .run(&["config", "check", "wrong.toml", "idx.toml", "point.toml"])
        .fails_with(2);
    insta::assert_snapshot!("config_check_wrong", ran.transcript());
}

#[test]
fn the_json_schema_accepts_what_the_program_does() {
    let ran = Program::new().run(&["config", "schema"]).succeeds();
    let schema: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(schema["title"], "brecha");
    // With jsonschema at hand (CI installs it), every shipped file is valid by it, and a misspelt key is not.
    let python = std::env::var("BRECHA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let check = "import json, sys, tomllib, jsonschema\n\
                 schema = json.load(open(sys.argv[1]))\n\
                 for name in sys.argv[2:]: jsonschema.validate(tomllib.load(open(name, 'rb')), schema)\n";
    let here = std::process::Command::new(&python)
        .args(["-c", "import jsonschema, tomllib"])
        .output();
    if !here.is_ok_and(|output| output.status.success()) {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must install jsonschema"
        );
        println!("skipped: no Python with jsonschema ($BRECHA_PYTHON)");
        return;
    }
    let program = Program::with_config(&with("learning-rate", "lerning-rate"))
        .file("schema.json", &ran.stdout);
    let validate = |files: &[std::path::PathBuf]| {
        std::process::Command::new(&python)
            .args(["-c", check])
            .arg(program.path("schema.json"))
            .args(files)
            .output()
            .unwrap()
    };
    let configs = std::fs::read_dir(super::program::repository().join("configs")).unwrap();
    let shipped: Vec<_> = configs
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    let output = validate(&shipped);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let output = validate(&[program.path("config.toml")]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("lerning-rate"),
        "{said}"
    );
}
