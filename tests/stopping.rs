//! Diverging and being interrupted: what there was is kept, and the exit code says which it was.

use super::program::{Program, SMALL, repository};

#[test]
fn a_learning_rate_that_explodes_stops_the_run_at_the_step() {
    let config = std::fs::read_to_string(repository().join("configs/digits.toml")).unwrap();
    let program = Program::with_config(&config);
    let ran = program
        .train(&[
            "--set",
            "training.optimizer={ sgd = { learning-rate = 1e30 } }",
        ])
        .fails_with(6);
    insta::assert_snapshot!("diverged", ran.transcript());
    let record = program.record("config");
    assert_eq!(record["status"], "failed");
    assert_eq!(record["result"]["judgement"]["verdict"]["name"], "diverged");
    assert_eq!(record["result"]["divergence"]["epoch"], 1);
    assert_eq!(record["result"]["divergence"]["step"], 2);
    assert!(program.path("artifacts/config/curves.png").exists());
}

#[cfg(unix)]
mod signals {
    use std::io::{BufRead, BufReader};
    use std::process::{Child, Stdio};

    use super::*;

    /// Starts an endless run and waits for its second epoch.
    fn start(program: &Program) -> (Child, BufReader<std::process::ChildStderr>) {
        let mut child = program
            .command(&[
                "--config",
                "config.toml",
                "--set",
                "training.epochs=100000000",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut reader = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("epoch") || !line.contains(" 2/") {
            line.clear();
            assert!(
                reader.read_line(&mut line).unwrap() > 0,
                "the program ended"
            );
        }
        (child, reader)
    }

    fn send(child: &Child, signal: &str) {
        let status = std::process::Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    #[test]
    fn an_interrupted_run_is_saved() {
        for signal in ["-INT", "-TERM"] {
            let program = Program::with_config(SMALL);
            let (mut child, mut reader) = start(&program);
            send(&child, signal);
            std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(130));
            let record = program.record("config");
            assert_eq!(record["status"], "interrupted");
            let finished = record["epochs"]["finished"].as_u64().unwrap();
            assert!(finished >= 2);
            assert_eq!(program.rows("config").len() as u64, finished);
            for file in ["curves.svg", "model.safetensors", "model.json"] {
                assert!(
                    program.path(&format!("artifacts/config/{file}")).exists(),
                    "{file}"
                );
            }
        }
    }

    #[test]
    fn a_killed_run_leaves_whole_rows_and_says_that_it_was_running() {
        let program = Program::with_config(SMALL);
        let (mut child, _reader) = start(&program);
        send(&child, "-KILL");
        child.wait().unwrap();
        assert_eq!(program.record("config")["status"], "running");
        let text = program.read("artifacts/config/metrics.jsonl");
        for line in text.lines().take(text.matches('\n').count()) {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
    }

    #[test]
    fn a_run_whose_folder_disappears_ends_with_the_reason() {
        let program = Program::with_config(SMALL);
        // The rows go to files that are still open; what is written whole at the end has nowhere to go.
        let (mut child, mut reader) = start(&program);
        std::fs::remove_dir_all(program.path("artifacts")).unwrap();
        send(&child, "-INT");
        let mut said = String::new();
        std::io::Read::read_to_string(&mut reader, &mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(5), "{said}");
        assert!(
            said.contains("error: cannot write `artifacts/config/model.safetensors`"),
            "{said}"
        );
        assert!(
            !program.path("artifacts").exists(),
            "it is not silently made again"
        );
    }
}
