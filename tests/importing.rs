//! Weights of other programs: `brecha import`.

use std::collections::HashMap;
use std::fmt::Write;

use insta::assert_snapshot;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

use super::program::Program;

const CONFIG: &str = "\
seed = 5
[data]
source = \"digits\"
split = { validation = 0.2, test = 0.2 }
[model]
layers = [
  { conv2d = { filters = 4, kernel = 3 } },
  { batch-norm = {} },
  \"relu\",
  \"flatten\",
  { dense = { units = 12, activation = \"relu\" } },
  { dense = { units = 10 } },
]
loss = \"cross-entropy\"
[training]
epochs = 3
batch-size = 32
optimizer = { adam = {} }
";

/// A trained network, and its file in PyTorch's layouts.
fn trained() -> Program {
    let program = Program::with_config(CONFIG);
    program.train(&[]).succeeds();
    program
        .run(&[
            "export",
            "artifacts/config",
            "--format",
            "safetensors",
            "--output",
            "weights.safetensors",
        ])
        .succeeds();
    program
}

/// The file with other names, some left out.
fn renamed(program: &Program, to: &str, rename: impl Fn(&str) -> Option<String>) {
    let bytes = std::fs::read(program.path("weights.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensors: Vec<(String, TensorView)> = file
        .tensors()
        .into_iter()
        .filter_map(|(name, tensor)| Some((rename(&name)?, tensor)))
        .collect();
    let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let bytes = safetensors::serialize(tensors, Some(format)).unwrap();
    std::fs::write(program.path(to), bytes).unwrap();
}

fn read(program: &Program, file: &str) -> Vec<u8> {
    std::fs::read(program.path(file)).unwrap()
}

/// Out of the house and back: the same weights, and so the same answers.
#[test]
fn what_was_exported_comes_back() {
    let program = trained();
    let import = |file: &str, name: &str| {
        program.run(&["import", file, "--config", "config.toml", "--name", name])
    };
    let back = import("weights.safetensors", "back").succeeds();
    assert!(back.stdout.contains("verdict"), "{}", back.stdout);
    let original = read(&program, "artifacts/config/model.safetensors");
    assert_eq!(read(&program, "artifacts/back/model.safetensors"), original);
    let evaluate = |run: &str| program.run(&["evaluate", run]).succeeds().stdout.clone();
    assert_eq!(evaluate("artifacts/back"), evaluate("artifacts/config"));
    program.run(&["verify", "artifacts/back"]).succeeds();

    // brecha's own file, whose dense weights lie the other way round.
    import("artifacts/config/model.safetensors", "own").succeeds();
    assert_eq!(read(&program, "artifacts/own/model.safetensors"), original);

    // As `nn.Sequential` names them, with a number that sorts before the others as text.
    renamed(&program, "sequential.safetensors", |name| {
        let rest = name.strip_prefix("layers.").unwrap();
        Some(rest.replacen("5.", "12.", 1))
    });
    let sequential = import("sequential.safetensors", "sequential").succeeds();
    assert_snapshot!("import_renamed", sequential.stderr);
    assert_eq!(
        read(&program, "artifacts/sequential/model.safetensors"),
        original
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let program = trained();
    let mut said = String::new();
    let mut refused = |file: &str, more: &[&str]| {
        let ran = program.run(
            &[
                &["import", file, "--config", "config.toml", "--name", "no"],
                more,
            ]
            .concat(),
        );
        let transcript = ran.fails_with(2).transcript();
        let _ = writeln!(said, "## {file} {}\n{transcript}", more.join(" "));
    };
    refused("missing.safetensors", &[]);
    std::fs::write(program.path("text.safetensors"), "weights").unwrap();
    refused("text.safetensors", &[]);
    let bytes = read(&program, "weights.safetensors");
    std::fs::write(program.path("half.safetensors"), &bytes[..bytes.len() / 2]).unwrap();
    refused("half.safetensors", &[]);
    renamed(&program, "fewer.safetensors", |name| {
        (name != "layers.5.bias").then(|| name.to_owned())
    });
    refused("fewer.safetensors", &[]);
    refused("weights.safetensors", &["--layout", "brecha"]);
    refused(
        "weights.safetensors",
        &["--set", "model.layers.4.dense.units=13"],
    );
    assert_snapshot!("import_refused", said);
    assert!(!program.path("artifacts/no").exists(), "nothing is written");
}
