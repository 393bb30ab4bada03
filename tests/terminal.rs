//! What a run looks like on a terminal.

use std::process::Command;

use super::program::{Program, SMALL, repository};

/// What is to be seen on a terminal of so many columns; `None` where there is no Python to make one.
fn on_terminal(program: &Program, columns: &str, arguments: &[&str]) -> Option<String> {
    let brecha = program.command(arguments);
    let mut python = Command::new("python3");
    python
        .arg(repository().join("tests/terminal.py"))
        .arg(columns)
        .arg(brecha.get_program())
        .args(brecha.get_args())
        .current_dir(program.path(""));
    for (name, value) in brecha.get_envs() {
        match value {
            Some(value) => python.env(name, value),
            None => python.env_remove(name),
        };
    }
    let output = python.output();
    let Ok(output) = output else {
        println!("skipped: no python3");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(said)
}

/// From `network …` to the last line.
fn result(said: &str) -> Vec<&str> {
    let lines: Vec<&str> = said.lines().collect();
    let begins = |line: &&str| line.starts_with("network     epoch ");
    let first = lines.iter().position(begins).expect(said);
    lines[first..].to_vec()
}

#[test]
fn a_result_fits_narrow_and_wide_terminals() {
    let program = Program::with_config(SMALL);
    let arguments = ["--config", "config.toml", "--set", "training.epochs=40"];
    for (columns, width) in [("60", 60), ("80", 80), ("200", 200)] {
        let Some(said) = on_terminal(&program, columns, &arguments) else {
            return;
        };
        let lines = result(&said);
        assert!(lines.len() <= 25, "{} lines\n{said}", lines.len());
        // No line was broken by the terminal: each begins with a name or under what it goes on with.
        for line in &lines {
            let named = line.starts_with(|first: char| first.is_ascii_alphabetic());
            assert!(named || line.starts_with("            "), "{line}\n{said}");
            assert!(line.chars().count() <= width, "{line}\n{said}");
        }
        let named = |name: &str| lines.iter().any(|line| line.starts_with(name));
        assert!(
            named("accuracy ") && named("verdict ") && named("run "),
            "{said}"
        );
        assert!(said.contains('▁') && said.contains('█'), "{said}");
    }
}

#[test]
fn without_utf_8_all_is_ascii() {
    let program = Program::with_config(SMALL).environment("LC_ALL", "C");
    let arguments = ["--config", "config.toml", "--set", "training.epochs=40"];
    for (columns, width) in [("60", 60), ("200", 200)] {
        let Some(said) = on_terminal(&program, columns, &arguments) else {
            return;
        };
        assert!(said.is_ascii(), "{said}");
        for line in result(&said) {
            assert!(line.chars().count() <= width, "{line}\n{said}");
        }
        // The highest and the lowest block.
        assert!(said.contains('#') && said.contains("___"), "{said}");
    }
    let ran = program.train(&[]).succeeds();
    assert!(ran.stdout.is_ascii() && ran.stderr.is_ascii());
    // What programs read is the same everywhere.
    let json = program.train(&["--json"]).succeeds().stdout;
    assert_eq!(json, program.read("artifacts/config-4/run.json"));
}

#[test]
fn the_bar_says_how_the_run_stands() {
    let program = Program::with_config(SMALL);
    let arguments = ["--config", "config.toml", "--set", "training.epochs=40"];
    for (columns, width) in [("60", 60), ("200", 200)] {
        let Some(said) = on_terminal(&program, columns, &arguments) else {
            return;
        };
        let bar = said.lines().find(|line| line.contains("40/40"));
        let bar = bar.expect(&said);
        assert!(bar.chars().count() <= width, "{bar}");
        assert!(bar.contains("inconclusive"), "{bar}");
        assert!(bar.contains("0.0 (−13.0 to +13.0)"), "{bar}");
        assert!(
            bar.contains("100.0|100.0 ") || bar.contains("100.0 % | 100.0 %"),
            "{bar}"
        );
    }
}
