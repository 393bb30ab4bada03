//! Runs that cannot be written to: what is in the way is named, what can be read is read, and nothing of a run is damaged.
//!
//! Tests may run as root, whom permissions do not stop; a folder that is mounted read-only in a name space of its own stops everybody.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{Program, SMALL, shipped};
use super::watching::Watching;

/// Everything below a folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
            found.insert(path, Vec::new());
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

fn trained() -> Program {
    let program = Program::with_config(SMALL).file("digits.toml", shipped("digits.toml"));
    program.train(&["--name", "run"]).succeeds();
    let other = ["--name", "other", "--no-report", "--set", "seed=2"];
    program.train(&other).succeeds();
    program
}

/// The same command where the folder of the runs is read-only; `None` where this system does not let us make it so.
fn read_only(program: &Program, arguments: &[&str]) -> Option<Command> {
    const SCRIPT: &str = r#"mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@""#;
    let command = program.command(arguments);
    let through = |program_and_arguments: Vec<&OsStr>| {
        let mut through = Command::new("unshare");
        through
            .args(["--map-root-user", "--mount", "sh", "-c", SCRIPT])
            .arg(program.path("artifacts"))
            .args(program_and_arguments)
            .current_dir(program.path(""))
            .stdin(std::process::Stdio::null());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => through.env(name, value),
                None => through.env_remove(name),
            };
        }
        through
    };
    let works = through(vec![OsStr::new("true")]).output();
    if !works.is_ok_and(|output| output.status.success()) {
        println!("skipped: no folder can be made read-only here (unshare, mount)");
        return None;
    }
    let called = std::iter::once(command.get_program()).chain(command.get_args());
    Some(through(called.collect()))
}

#[test]
fn a_read_only_run_is_read_and_kept() {
    let program = trained();
    let before = contents(&program.path("artifacts"));
    let mut said = String::new();
    for arguments in [
        "report artifacts/run",
        "report artifacts/run --output page.html",
        "compare artifacts/run artifacts/other",
        "compare artifacts/run artifacts/other --output artifacts/page.html",
        "export artifacts/run --format onnx",
        "export artifacts/run --format safetensors --output weights.safetensors",
        "evaluate artifacts/run --samples-to artifacts/run/samples.csv",
        "evaluate artifacts/run --samples-to samples.csv",
        "verify artifacts/run",
        "--resume artifacts/run --set training.epochs=6",
        "--config config.toml",
        "sweep --config config.toml",
        "import artifacts/run/model.safetensors --config config.toml",
    ] {
        let words: Vec<&str> = arguments.split(' ').collect();
        let Some(mut command) = read_only(&program, &words) else {
            return;
        };
        let ran = program.ran(command.output().unwrap());
        writeln!(said, "$ brecha {arguments}\n{}\n", ran.transcript()).unwrap();
    }
    insta::assert_snapshot!("read_only", said);
    assert_eq!(before, contents(&program.path("artifacts")));
}

#[test]
fn a_read_only_run_is_watched() {
    let program = trained();
    let arguments = ["watch", "artifacts", "--port", "0"];
    let Some(command) = read_only(&program, &arguments) else {
        return;
    };
    let before = contents(&program.path("artifacts"));
    let watching = Watching::of(command);
    assert!(watching.get("/").contains("other"));
    assert!(watching.get("/runs/run/").contains("<svg"));
    drop(watching);
    assert_eq!(before, contents(&program.path("artifacts")));
}

#[test]
fn what_is_in_the_way_is_named_and_stays() {
    let program = trained();
    let run = program.path("artifacts/run");
    fs::remove_dir_all(run.join("pictures")).unwrap();
    fs::write(run.join("pictures"), "a file of the user").unwrap();
    for folder in ["report.html", "model.onnx", "samples.csv", "page.html"] {
        let _ = fs::remove_file(run.join(folder));
        fs::create_dir(run.join(folder)).unwrap();
        fs::write(run.join(folder).join("kept"), "a file of the user").unwrap();
    }
    let before = contents(&run);
    let mut said = String::new();
    for arguments in [
        // Without pictures it could still have been written.
        "report artifacts/run",
        "report artifacts/run --output missing/page.html",
        "compare artifacts/run artifacts/other --output artifacts/run/page.html",
        "export artifacts/run --format onnx",
        "evaluate artifacts/run --samples-to artifacts/run/samples.csv",
        "evaluate artifacts/run --samples-to missing/samples.csv",
        "data describe --config digits.toml --contact-sheet artifacts/run/page.html",
    ] {
        let words: Vec<&str> = arguments.split(' ').collect();
        let ran = program.run(&words);
        writeln!(said, "$ brecha {arguments}\n{}\n", ran.transcript()).unwrap();
    }
    insta::assert_snapshot!("in_the_way", said);
    assert_eq!(before, contents(&run));

    // A page can be written without its pictures.
    fs::remove_dir_all(run.join("report.html")).unwrap();
    let ran = program.run(&["report", "artifacts/run"]).succeeds();
    assert!(ran.stderr.contains("warning"), "{}", ran.stderr);
    assert!(run.join("report.html").is_file());
    // A folder where the lock should be keeps a run from going on, and nothing else.
    fs::remove_file(run.join("run.lock")).unwrap();
    fs::create_dir(run.join("run.lock")).unwrap();
    let before = contents(&run);
    let ran = program.run(&["--resume", "artifacts/run"]).fails_with(5);
    assert!(ran.stderr.contains("run.lock"), "{}", ran.stderr);
    assert_eq!(before, contents(&run));
    program.run(&["verify", "artifacts/run"]).succeeds();
}
