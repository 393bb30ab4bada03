//! `report.html`, in a real browser too: no message, no request, curves that can be read, nothing that keeps anybody out.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{Program, SMALL};

/// What runs `tests/browser.js`: `$BRECHA_BROWSER_MODULES` is a folder with playwright-core and axe-core. Where there is no browser, that
/// is said.
pub fn browser() -> Option<Command> {
    let modules = std::env::var_os("BRECHA_BROWSER_MODULES");
    let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"]
        .into_iter()
        .find(|path| Path::new(path).exists());
    let (Some(modules), Some(chromium)) = (modules, chromium) else {
        println!("skipped: no browser ($BRECHA_BROWSER_MODULES and chromium)");
        return None;
    };
    let mut command = Command::new("node");
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser.js"))
        .arg(chromium)
        .env("NODE_PATH", modules);
    Some(command)
}

/// What a browser finds wrong with these pages; nothing where there is no browser.
fn faults(pages: &[PathBuf]) -> String {
    let Some(mut browser) = browser() else {
        return String::new();
    };
    let output = browser.args(pages).output().expect("node starts");
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Classes whose names are attacks, from right to left, and long.
fn hostile() -> Program {
    let long = "w".repeat(300);
    let names = [
        "<script>alert(1)<%2fscript>",
        "\"'&<img src=x onerror=alert(2)>",
        "🦀 שלום עולם",
        long.as_str(),
    ];
    let mut rows = String::from("a,b,label\n");
    for row in 0..60 {
        let class = row % names.len();
        // As a table wants it where a cell has quotes.
        let name = names[class].replace('"', "\"\"");
        writeln!(rows, "{},{},\"{name}\"", class * 2 + row % 5, row % 7).unwrap();
    }
    Program::with_config(
        r#"seed = 1
[data]
source = { csv = { file = "table.csv", label = "label" } }
split = { validation = 0.5 }
[model]
layers = [{ dense = { units = 4, activation = "tanh" } }, { dense = { units = 4 } }, "softmax"]
loss = "cross-entropy"
[training]
epochs = 3
batch-size = 8
optimizer = { adam = { learning-rate = 0.01 } }
"#,
    )
    .file("table.csv", rows)
}

#[test]
fn a_browser_finds_nothing_wrong() {
    let program = hostile();
    program.train(&["--name", "hostile"]).succeeds();
    for (config, epochs) in [("xor", "30"), ("images", "2")] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("configs/{config}.toml"));
        program
            .run(&[
                "--config",
                file.to_str().unwrap(),
                "--set",
                &format!("training.epochs={epochs}"),
            ])
            .succeeds();
    }
    let runs = ["artifacts/hostile", "artifacts/xor", "artifacts/images"];
    let compared = ["compare", runs[0], runs[1], runs[2], "--output", "all.html"];
    program.run(&compared).succeeds();
    let mut pages = vec![program.path("all.html")];
    for run in runs {
        let page = program.path(&format!("{run}/report.html"));
        let size = std::fs::metadata(&page).unwrap().len();
        assert!(size < 2_000_000, "{run}: {size} bytes");
        pages.push(page);
    }
    assert_eq!(faults(&pages), "");
}

#[test]
fn report_writes_the_page_of_a_run_again() {
    let program = Program::with_config(SMALL);
    program.train(&["--no-report"]).succeeds();
    let page = program.path("artifacts/config/report.html");
    assert!(!page.exists() && !program.path("artifacts/config/pictures").exists());
    let ran = program.run(&["report", "artifacts/config"]).succeeds();
    assert_eq!(ran.stdout, "artifacts/config/report.html\n");
    assert!(
        page.exists()
            && program
                .path("artifacts/config/pictures/boundary.svg")
                .exists()
    );

    // Without its data or its model, what is left is shown.
    std::fs::remove_file(program.path("artifacts/config/model.safetensors")).unwrap();
    std::fs::remove_file(program.path("artifacts/config/model.json")).unwrap();
    let ran = program.run(&["report", "artifacts/config"]).succeeds();
    assert!(
        ran.stderr.contains("are not drawn anew") && ran.stderr.contains("model.safetensors"),
        "{}",
        ran.stderr
    );
    let html = program.read("artifacts/config/report.html");
    assert!(html.contains("What is missing") && html.contains("model.json"));

    let ran = program
        .run(&["report", "artifacts/config", "--output", "page.html"])
        .succeeds();
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("page.html\n", "")
    );
}

#[test]
fn what_is_no_run_has_no_page() {
    let program = Program::with_config(SMALL).file("empty/nothing.txt", "");
    let ran = program.run(&["report", "empty"]);
    assert_eq!(ran.code, Some(5));
    assert!(ran.stderr.contains("empty/run.json"), "{}", ran.stderr);
    let ran = program.run(&["report", "empty", "other", "--output", "page.html"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("2 runs are given"), "{}", ran.stderr);
}

#[test]
fn a_run_is_saved_where_its_page_cannot_be() {
    // A folder in the way of the page.
    let program = Program::with_config(SMALL);
    program.train(&[]).succeeds();
    std::fs::remove_file(program.path("artifacts/config/report.html")).unwrap();
    std::fs::create_dir(program.path("artifacts/config/report.html")).unwrap();
    let ran = program.run(&["report", "artifacts/config"]);
    assert_eq!(ran.code, Some(5), "{}", ran.stderr);
    assert_eq!(program.record("config")["status"], "finished");
}
