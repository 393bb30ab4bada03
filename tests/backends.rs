//! That back ends agree: the same first weights and batches on each, so the same first loss, and close ones after.

use super::program::{Program, SMALL, shipped};

/// The convolutional network of the images on a few of them: every operation that the shipped networks use.
fn images() -> String {
    let config = shipped("images.toml");
    config
        .replace(
            "split = { validation = 0.2 }",
            "split = { validation = 0.02, training-samples = 200 }",
        )
        .replace("epochs = 10", "epochs = 3")
}

/// What the images do not use: steps, windows and borders of all kinds, dropout, and the other activations and losses.
fn everything() -> String {
    let layers = r#"layers = [
  { conv2d = { filters = 3, kernel = [4, 3], stride = [1, 2], padding = "same" } },
  "sigmoid",
  { avg-pool = { size = [2, 1], stride = [1, 2] } },
  { conv2d = { filters = 4, kernel = 2, activation = "tanh" } },
  { max-pool = { size = [3, 1], stride = 2 } },
  "flatten",
  { dropout = { rate = 0.3 } },
  { dense = { units = 10 } },
]
loss = "mse"
"#;
    let config = shipped("digits.toml");
    let (start, end) = (
        config.find("layers").unwrap(),
        config.find("[training]").unwrap(),
    );
    format!("{}{layers}\n{}", &config[..start], &config[end..])
        .replace("test = 0.2", "test = 0.2, training-samples = 60")
        .replace("epochs = 20", "epochs = 3")
}

/// Training losses: of the first step, then of each epoch.
fn losses(config: &str, backend: &str) -> Vec<f64> {
    // One step per epoch, so that the first row's running loss is that of the first step.
    let program = Program::with_config(config);
    program
        .train(&[
            "--backend",
            backend,
            "--set",
            "training.batch-size=full",
            // A second training, which on a renderer in software takes longer than this one.
            "--set",
            "evaluation.baselines=off",
        ])
        .succeeds();
    assert_eq!(program.record("config")["backend"]["name"], backend);
    let rows = program.rows("config");
    let mut losses = vec![rows[0]["running_loss"].as_f64().unwrap()];
    losses.extend(rows.iter().map(|row| row["train_loss"].as_f64().unwrap()));
    losses
}

#[track_caller]
fn agree(backend: &str) {
    for config in [SMALL.to_owned(), images(), everything()] {
        let (expected, found) = (losses(&config, "flex"), losses(&config, backend));
        let relative = |index: usize| (found[index] / expected[index] - 1.0).abs();
        // One forward pass from the same weights: only the order of sums in f32 differs.
        assert!(
            relative(0) < 1e-5,
            "first step on {backend}: {found:?}, on flex {expected:?}"
        );
        // Each step amplifies that difference a little.
        for index in 1..expected.len() {
            assert!(
                relative(index) < 1e-3,
                "epoch {index} on {backend}: {found:?}, on flex {expected:?}"
            );
        }
    }
}

#[test]
fn ndarray_agrees_with_flex() {
    agree("ndarray");
}

/// Only the smallest network: a renderer in software compiles and times each kernel for seconds.
#[cfg(feature = "gpu-fast")]
#[test]
fn what_is_fused_and_autotuned_is_checked_and_agrees() {
    if let Some(reason) = no_wgpu() {
        assert!(std::env::var_os("CI").is_none(), "{reason}");
        println!("skipped: wgpu has no device here: {reason}");
        return;
    }
    let program = Program::with_config(SMALL);
    let set = ["--set", "evaluation.baselines=off"];
    for backend in ["flex", "wgpu"] {
        let run = ["--backend", backend, "--name", backend, "--no-report"];
        program.train(&[&run[..], &set].concat()).succeeds();
    }
    let record = program.record("wgpu");
    assert_eq!(record["backend"]["kernels"], "burn, fused and autotuned");
    assert_ne!(
        program.record("flex")["backend"]["kernels"],
        record["backend"]["kernels"]
    );
    // As for every run: a gradient that is wrong would have ended it before its first step.
    assert!(record["gradients"]["seconds"].is_number(), "{record:#}");
    for (found, expected) in program.rows("wgpu").iter().zip(program.rows("flex")) {
        for loss in ["train_loss", "validation_loss"] {
            let [found, expected] = [found, &expected].map(|row| row[loss].as_f64().unwrap());
            // Each step amplifies a difference of rounding a little.
            assert!((found / expected - 1.0).abs() < 1e-3, "{found}, {expected}");
        }
    }
}

#[test]
fn wgpu_agrees_with_flex() {
    if let Some(reason) = no_wgpu() {
        // A reason to skip on a user's machine, and a failure in CI, which installs a device.
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must have a device for wgpu: {reason}"
        );
        println!("skipped: wgpu has no device here: {reason}");
        return;
    }
    agree("wgpu");
}

/// A renderer in software takes no buffer of more than 128 MiB: training fits, and measuring does not.
#[test]
fn a_device_that_fails_in_the_middle_leaves_a_checkpoint_for_the_cpu() {
    if no_wgpu().is_some() {
        println!("skipped: wgpu has no device here");
        return;
    }
    let config = r#"seed = 1

[data]
source = { xor = { samples = 60000, noise = 0.2 } }
split = { validation = 0.5, training-samples = 1000 }
leakage = "off"

[model]
layers = [
  { dense = { units = 2048, activation = "relu" } },
  { dense = { units = 2 } },
]
loss = "cross-entropy"

[training]
epochs = 2
batch-size = 500
checkpoint-every = { steps = 1 }
optimizer = { sgd = { learning-rate = 0.1 } }

[evaluation]
baselines = "off"
batch-size = 30000
"#;
    let program = Program::with_config(config);
    let ran = program.train(&["--backend", "wgpu", "--no-report"]);
    if ran.code == Some(0) {
        println!("skipped: the device here has room for 240 MB in one buffer");
        return;
    }
    let ran = ran.fails_with(4);
    assert!(
        ran.stderr
            .contains("error: the device failed while training: ")
            && ran
                .stderr
                .contains("can't allocate buffer of size: 245760000"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("from its newest checkpoint: `brecha --resume RUN --backend flex`"),
        "{}",
        ran.stderr
    );
    assert_eq!(program.record("config")["status"], "failed");
    program
        .run(&[
            "--resume",
            "artifacts/config",
            "--backend",
            "flex",
            "--no-report",
        ])
        .succeeds();
    let record = program.record("config");
    assert_eq!(record["status"], "finished");
    assert_eq!(program.rows("config").len(), 2);
}

/// Why `brecha backends` finds no device for wgpu.
fn no_wgpu() -> Option<String> {
    let listed = Program::new().run(&["backends", "--json"]).succeeds();
    let backends: Vec<serde_json::Value> = serde_json::from_str(&listed.stdout).unwrap();
    let wgpu = backends
        .iter()
        .find(|backend| backend["name"] == "wgpu")
        .expect("wgpu is known");
    assert_eq!(wgpu["compiled"], true);
    wgpu["device"].is_null().then(|| wgpu["note"].to_string())
}

#[test]
fn the_list_says_what_is_compiled_in() {
    let listed = Program::new().run(&["backends"]).succeeds();
    for name in ["flex", "ndarray"] {
        let line = listed
            .stdout
            .lines()
            .find(|line| line.starts_with(name))
            .expect(name);
        assert!(line.contains("yes       yes"), "{line}");
    }
    if !cfg!(feature = "cuda") {
        let line = listed
            .stdout
            .lines()
            .find(|line| line.starts_with("cuda"))
            .unwrap();
        assert!(
            line.contains("no") && line.contains("--features cuda"),
            "{line}"
        );
    }
}

#[test]
fn an_absent_device_is_an_error_that_says_what_works() {
    // Neither a Vulkan driver nor the OpenGL that wgpu would fall back to.
    let program = Program::with_config(SMALL)
        .environment("VK_DRIVER_FILES", "/dev/null")
        .environment("VK_ICD_FILENAMES", "/dev/null")
        .environment("__EGL_VENDOR_LIBRARY_FILENAMES", "/dev/null");
    if cfg!(not(target_os = "linux")) {
        println!("skipped: these variables hide the devices on Linux only");
        return;
    }
    let ran = program.train(&["--backend", "wgpu"]).fails_with(4);
    assert!(
        ran.stderr
            .starts_with("error: back end `wgpu` has no device here: "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("hint: `flex` works on every machine"),
        "{}",
        ran.stderr
    );
    assert!(!program.path("artifacts").exists());
}

#[test]
fn auto_takes_what_works() {
    let program = Program::with_config(SMALL)
        .environment("VK_DRIVER_FILES", "/dev/null")
        .environment("VK_ICD_FILENAMES", "/dev/null")
        .environment("__EGL_VENDOR_LIBRARY_FILENAMES", "/dev/null");
    program.train(&["--backend", "auto"]).succeeds();
    if cfg!(all(
        target_os = "linux",
        not(feature = "cuda"),
        not(feature = "rocm")
    )) {
        assert_eq!(program.record("config")["backend"]["name"], "flex");
    }
}
