//! Documents are executed: every file in `configs/`, every command and every TOML block of the README.

use std::fs;

use super::program::{Program, repository};

/// One epoch is enough to see that a configuration runs.
const ONE_EPOCH: [&str; 2] = ["--set", "training.epochs=1"];

fn readme() -> String {
    fs::read_to_string(repository().join("README.md")).unwrap()
}

/// The blocks of the README in this language.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == format!("```{language}") {
            let block: Vec<&str> = lines
                .by_ref()
                .take_while(|line| line.trim() != "```")
                .collect();
            blocks.push(block.join("\n") + "\n");
        }
    }
    blocks
}

/// Whether the full Fashion-MNIST is here, as CI has it.
fn full_set() -> bool {
    let here = std::path::Path::new("/usr/share/datasets/fashion-mnist").exists();
    assert!(
        here || std::env::var_os("CI").is_none(),
        "CI must install dataset-fashion-mnist"
    );
    here
}

#[test]
fn every_configuration_runs_and_says_how() {
    let mut names: Vec<String> = fs::read_dir(repository().join("configs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "data" && name != "brecha.schema.json")
        .collect();
    names.sort();
    assert!(names.len() >= 7);
    for name in names {
        let path = repository().join("configs").join(&name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("#:schema brecha.schema.json\n"),
            "{name} does not name its schema"
        );
        for field in ["# Shows ", "# Run ", "# Expect ", "# Takes "] {
            assert!(text.contains(field), "{name} has no line `{field}`");
        }
        assert!(
            text.contains(&format!("--config configs/{name}\n")),
            "{name} does not say its own command"
        );
        let reads_fashion_mnist = text
            .lines()
            .any(|line| !line.starts_with('#') && line.contains("fashion-mnist = {"));
        if reads_fashion_mnist && !full_set() {
            println!("skipped: {name} needs the full Fashion-MNIST");
            continue;
        }
        let path = path.display().to_string();
        let mut arguments = vec!["--config", path.as_str()];
        arguments.extend(ONE_EPOCH);
        if reads_fashion_mnist {
            arguments.extend(["--set", "data.split.training-samples=2000"]);
        }
        Program::new().run(&arguments).succeeds();
    }
}

/// After a change of a key: `brecha config reference > configs/reference.toml`.
#[test]
fn the_reference_is_what_the_program_reads() {
    let ran = Program::new().run(&["config", "reference"]).succeeds();
    let written = fs::read_to_string(repository().join("configs/reference.toml")).unwrap();
    assert!(
        ran.stdout == written,
        "configs/reference.toml is out of date"
    );
}

/// After a change of a key: `brecha config schema > configs/brecha.schema.json`.
#[test]
fn the_schema_beside_the_configurations_is_the_one_of_the_program() {
    let ran = Program::new().run(&["config", "schema"]).succeeds();
    let written = fs::read_to_string(repository().join("configs/brecha.schema.json")).unwrap();
    assert!(
        ran.stdout == written,
        "configs/brecha.schema.json is out of date"
    );
}

#[test]
fn every_command_of_the_readme_is_one() {
    let mut commands = 0;
    for line in blocks("sh").iter().flat_map(|block| block.lines()) {
        let command = line.split('#').next().unwrap().trim();
        let arguments = if let Some(arguments) = command.strip_prefix("cargo run --release -- ") {
            arguments
        } else if let Some(arguments) = command.strip_prefix("cargo run -- ") {
            arguments
        } else if let Some(arguments) = command.strip_prefix("brecha ") {
            arguments
        } else {
            assert!(
                ["cargo test", "cargo build", "cargo install", "apt-get", "cd ", "git clone", "bash benches", ""]
                    .iter()
                    .any(|known| command == *known || (!known.is_empty() && command.starts_with(known))),
                "`{command}` is in the README, but no test knows how to run it"
            );
            continue;
        };
        if arguments.contains("fashion-mnist.toml") && !full_set() {
            println!("skipped: {command} needs the full Fashion-MNIST");
            continue;
        }
        let mut program = Program::new();
        for folder in ["configs", "configs/data"] {
            for file in fs::read_dir(repository().join(folder)).unwrap() {
                let path = file.unwrap().path();
                if path.is_file() {
                    let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
                    program = program.file(&name, fs::read(path).unwrap());
                }
            }
        }
        let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
        if arguments.contains(&"--config") {
            arguments.extend(ONE_EPOCH);
            if arguments.contains(&"configs/fashion-mnist.toml") {
                arguments.extend(["--set", "data.split.training-samples=2000"]);
            }
        }
        program.run(&arguments).succeeds();
        commands += 1;
    }
    assert!(commands >= 5, "only {commands} commands were found");
}

#[test]
fn every_toml_block_of_the_readme_runs() {
    let blocks = blocks("toml");
    assert!(!blocks.is_empty());
    for block in blocks {
        let program = Program::with_config(&block);
        program.train(&ONE_EPOCH).succeeds();
    }
}

#[test]
fn the_files_of_a_run_are_all_explained() {
    let explained = fs::read_to_string(repository().join("artifacts/README.md")).unwrap();
    let program = Program::with_config(super::program::SMALL);
    program.train(&[]).succeeds();
    for entry in fs::read_dir(program.path("artifacts/config")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            explained.contains(&format!("`{name}`")) || explained.contains(&format!("`{name}/`")),
            "{name} is not explained in artifacts/README.md"
        );
    }
    let csv = program.read("artifacts/config/metrics.csv");
    for column in csv.lines().next().unwrap().split(',') {
        assert!(
            explained.contains(&format!("`{column}`")),
            "column {column} is not explained"
        );
    }
}

#[test]
fn every_direct_dependency_is_explained() {
    let read = |file: &str| fs::read_to_string(repository().join(file)).unwrap();
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let mut tables = vec![&manifest["dependencies"], &manifest["dev-dependencies"]];
    let targets = manifest["target"].as_table().unwrap();
    tables.extend(targets.values().map(|target| &target["dependencies"]));
    let list = read("src/DEPENDENCIES.md");
    let rows: Vec<&str> = list
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    for table in tables {
        for name in table.as_table().unwrap().keys() {
            let quoted = format!("`{name}`");
            let explained = rows.iter().any(|row| {
                let cell = row.split('|').nth(1).unwrap();
                cell.contains(&quoted)
            });
            assert!(explained, "src/DEPENDENCIES.md has no row for {name}");
        }
    }
    let mut unsafe_files = Vec::new();
    let mut folders = vec![repository().join("src"), repository().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                // Where the lint is expected, on one line or several.
                let is_unsafe =
                    ["    unsafe_code,", "(unsafe_code"].map(|part| text.contains(part));
                if is_unsafe.contains(&true) && !path.ends_with("documents.rs") {
                    unsafe_files.push(path);
                }
            }
        }
    }
    for path in unsafe_files {
        let name = path.strip_prefix(repository()).unwrap().display();
        assert!(
            list.contains(&format!("`{name}`")),
            "src/DEPENDENCIES.md does not list {name}"
        );
    }
}
