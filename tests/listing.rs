//! `brecha runs`: which runs there are, and what has become of them.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::program::{Program, SMALL};

fn listed(program: &Program, arguments: &[&str]) -> Vec<Value> {
    let ran = program
        .run(&[&["runs", "--json"], arguments].concat())
        .succeeds();
    serde_json::from_str(&ran.stdout).unwrap()
}

fn of<'a>(runs: &'a [Value], name: &str) -> &'a Value {
    runs.iter().find(|run| run["name"] == name).unwrap()
}

/// Sets when a run was changed last.
fn changed(program: &Program, run: &str, when: SystemTime) {
    for file in ["run.json", "metrics.jsonl"] {
        let path = program.path(&format!("artifacts/{run}/{file}"));
        let file = fs::File::options().append(true).open(path).unwrap();
        file.set_modified(when).unwrap();
    }
}

#[test]
fn runs_are_listed_with_what_became_of_them() {
    let program = Program::with_config(SMALL);
    let name = |name| ["--no-report", "--name", name];
    program.train(&name("finished")).succeeds();
    let diverging = [
        "--set",
        "model.layers=[{ dense = { units = 1 } }]",
        "--set",
        "training.optimizer.sgd.learning-rate=1e30",
    ];
    program
        .train(&[&name("failed")[..], &diverging].concat())
        .fails_with(6);
    // Killed in its third epoch.
    let killed = program
        .command(&[&["--config", "config.toml"], &name("crashed")[..]].concat())
        .env("BRECHA_FAIL_POINT", "no row:3")
        .output()
        .unwrap();
    assert_eq!(killed.status.code(), None);
    fs::create_dir_all(program.path("artifacts/not-a-run")).unwrap();
    fs::create_dir_all(program.path("artifacts/broken")).unwrap();
    fs::write(program.path("artifacts/broken/run.json"), "{").unwrap();
    let mut running = program
        .command(
            &[
                &[
                    "--config",
                    "config.toml",
                    "--set",
                    "training.epochs=3000000",
                ],
                &name("running")[..],
            ]
            .concat(),
        )
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let rows = program.path("artifacts/running/metrics.jsonl");
    while fs::metadata(&rows).map_or(0, |rows| rows.len()) == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let runs = listed(&program, &[]);
    let status = |name: &str| of(&runs, name)["status"].as_str().unwrap().to_owned();
    for name in ["finished", "failed", "crashed", "running"] {
        assert_eq!(status(name), name);
    }
    assert_eq!(status("broken"), "unknown");
    assert_eq!(runs.len(), 5);
    let finished = of(&runs, "finished");
    assert_eq!(
        (&finished["epochs"], &finished["planned"]),
        (&3.into(), &3.into())
    );
    assert!(finished["verdict"].is_string() && finished["ended"].is_string());
    assert_eq!(of(&runs, "crashed")["epochs"], 2);
    assert!(of(&runs, "running")["epochs"].as_u64().unwrap() > 0);
    assert_eq!(of(&runs, "running")["process"]["id"], running.id());
    assert!(of(&runs, "failed")["error"].is_string());
    running.kill().unwrap();
    running.wait().unwrap();
    // Nothing has changed in its folder, and it is known.
    assert_eq!(of(&listed(&program, &[]), "running")["status"], "crashed");
    fs::remove_dir_all(program.path("artifacts/running")).unwrap();

    // The order of the last changes.
    let now = SystemTime::now();
    let ago = |seconds| now - Duration::from_secs(seconds);
    changed(&program, "finished", ago(3 * 86_400 + 100));
    changed(&program, "failed", ago(7_300));
    changed(&program, "crashed", ago(130));
    fs::remove_dir_all(program.path("artifacts/broken")).unwrap();
    let ran = program.run(&["runs"]).succeeds();
    insta::assert_snapshot!("runs", ran.transcript());

    // What it says is what to type.
    let command = ran
        .stderr
        .split('`')
        .find(|text| text.starts_with("brecha "));
    let arguments: Vec<&str> = command.unwrap().split(' ').skip(1).collect();
    program.run(&arguments).succeeds();
    assert_eq!(of(&listed(&program, &[]), "crashed")["status"], "finished");
}

#[test]
fn a_record_says_which_process_wrote_it() {
    let program = Program::with_config(SMALL);
    program.train(&["--no-report"]).succeeds();
    let process = program.record("config")["process"].clone();
    assert!(process["id"].is_u64());
    if cfg!(target_os = "linux") {
        assert!(process["start"].is_u64(), "{process}");
        for key in ["host", "boot"] {
            assert!(process[key].is_string(), "{process}");
        }
    }
}

#[test]
fn a_run_on_another_machine_is_neither_crashed_nor_silently_gone_on_with() {
    let program = Program::with_config(SMALL);
    program.train(&["--no-report"]).succeeds();
    let mut record = program.record("config");
    record["status"] = "running".into();
    record["process"]["host"] = "far-away".into();
    let path = program.path("artifacts/config/run.json");
    fs::write(&path, record.to_string()).unwrap();
    assert_eq!(listed(&program, &[])[0]["status"], "elsewhere");
    let ran = program.run(&["runs"]).succeeds();
    assert!(
        ran.stderr.contains("says that it runs on far-away"),
        "{}",
        ran.stderr
    );
    let ran = program.run(&["--resume", "artifacts/config"]).succeeds();
    assert!(
        ran.stderr.contains("was being written by process") && ran.stderr.contains("on far-away"),
        "{}",
        ran.stderr
    );
}

#[test]
fn folders_without_runs() {
    let program = Program::new().file("artifacts/notes.txt", "");
    let ran = program.run(&["runs"]).succeeds();
    assert_eq!(ran.stderr, "there is no run in `artifacts`\n");
    assert!(listed(&program, &[]).is_empty());
    let ran = program.run(&["runs", "nowhere"]).fails_with(5);
    insta::assert_snapshot!("runs_nowhere", ran.transcript());
}

/// A name and an error may come from a stranger, and a terminal obeys what is in them.
#[cfg(unix)]
#[test]
fn nothing_in_a_run_commands_the_terminal() {
    let program = Program::with_config(SMALL);
    program.train(&["--no-report"]).succeeds();
    let mut record = program.record("config");
    record["result"]["judgement"]["verdict"]["name"] = "\u{1b}[2Jlearned".into();
    fs::write(
        program.path("artifacts/config/run.json"),
        record.to_string(),
    )
    .unwrap();
    fs::rename(
        program.path("artifacts/config"),
        program.path("artifacts/a\u{1b}]0;b\nc"),
    )
    .unwrap();
    let ran = program.run(&["runs"]).succeeds();
    assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
    assert_eq!(ran.stdout.lines().count(), 2, "{:?}", ran.stdout);
    // Neither as JSON.
    let ran = program.run(&["runs", "--json"]).succeeds();
    assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
}

#[test]
fn runs_of_a_sweep_are_listed_by_their_place() {
    let sweep = format!("{SMALL}[sweep]\nseeds = 2\n");
    let program = Program::with_config(&sweep);
    program
        .run(&["sweep", "--config", "config.toml"])
        .succeeds();
    let runs = listed(&program, &[]);
    assert_eq!(runs.len(), 2);
    for run in &runs {
        let name = run["name"].as_str().unwrap();
        assert!(name.starts_with("config.sweep/runs/"), "{name}");
        assert!(fs::exists(program.path(run["folder"].as_str().unwrap())).unwrap());
    }
    assert_eq!(listed(&program, &["artifacts/config.sweep"]).len(), 2);
}
