//! `brecha compare`: several runs on one page.

use std::fs;

use super::program::{Program, SMALL};

fn trained() -> Program {
    let program = Program::with_config(SMALL);
    for arguments in [
        &["--name", "one"][..],
        &["--name", "other", "--set", "training.epochs=40"],
        &["--name", "seed", "--set", "seed=2"],
    ] {
        let mut all = vec!["--no-report"];
        all.extend(arguments);
        program.train(&all).succeeds();
    }
    program
}

#[test]
fn runs_are_put_on_one_page() {
    let program = trained();
    let ran = program
        .run(&[
            "compare",
            "artifacts/one",
            "artifacts/other",
            "artifacts/seed",
        ])
        .succeeds();
    assert_eq!(ran.stdout, "one-and-2-others.html\n");
    let page = program.read("one-and-2-others.html");
    for text in [
        "on the same 20 samples of validation",
        "C cannot be compared with A sample by sample",
        "training.epochs",
        "A, C",
        "<svg",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(
        !page.contains("model.layers["),
        "only what differs is shown"
    );
    assert!(!page.contains("connect-src"), "the page asks nobody");
    let ran = program
        .run(&[
            "compare",
            "artifacts/other",
            "artifacts/one",
            "--output",
            "page.html",
        ])
        .succeeds();
    assert_eq!(ran.stdout, "page.html\n");
    let page = program.read("page.html");
    assert!(
        page.contains("A (other)"),
        "the first one is what the other is compared with"
    );
}

#[test]
fn what_cannot_be_compared_is_said() {
    let program = trained();
    let compare = |runs: &[&str]| {
        let mut arguments = vec!["compare"];
        arguments.extend(runs);
        program.run(&arguments)
    };
    compare(&["artifacts/one"]).fails_with(2);
    let twice = compare(&["artifacts/one", "artifacts/../artifacts/one/"]).fails_with(2);
    assert!(twice.stderr.contains("is given twice"), "{}", twice.stderr);
    let nothing = compare(&["artifacts/one", "artifacts"]).fails_with(5);
    assert!(nothing.stderr.contains("run.json"), "{}", nothing.stderr);
    fs::remove_file(program.path("artifacts/other/predictions.csv")).unwrap();
    fs::remove_file(program.path("artifacts/other/config.toml")).unwrap();
    fs::write(program.path("artifacts/one/metrics.jsonl"), "{\"epoch\":1,").unwrap();
    compare(&["artifacts/one", "artifacts/other"]).succeeds();
    let page = program.read("one-and-other.html");
    for text in [
        "B has no `predictions.csv`",
        "no epoch was finished",
        "config.toml",
    ] {
        assert!(page.contains(text), "{text}");
    }
}
