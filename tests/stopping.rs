//! Diverging and being interrupted: what there was is kept, and the exit code says which it was.

use super::program::{Program, SMALL, shipped};

#[test]
fn a_learning_rate_that_explodes_stops_the_run_at_the_step() {
    let program = Program::with_config(&shipped("digits.toml"));
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
    use std::process::{Child, Command, Stdio};

    use super::*;

    /// The same command with these signals as `env` (coreutils) sets them: the tests themselves may run where some are
    /// ignored, as in a script's background.
    fn with_signals(command: &Command, signals: &str) -> Command {
        let mut through = Command::new("env");
        through
            .arg(signals)
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(command.get_current_dir().unwrap())
            .stdin(Stdio::null());
        through
    }

    /// Starts a run and reads what it says until a line satisfies `reached`.
    fn start_until(
        program: &Program,
        overrides: &[&str],
        reached: impl Fn(&str) -> bool,
    ) -> (Child, BufReader<std::process::ChildStderr>) {
        let mut arguments = vec!["--config", "config.toml"];
        arguments.extend(overrides);
        let mut child = with_signals(
            &program.command(&arguments),
            "--default-signal=INT,TERM,HUP",
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
        let mut reader = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !reached(&line) {
            line.clear();
            assert!(
                reader.read_line(&mut line).unwrap() > 0,
                "the program ended"
            );
        }
        (child, reader)
    }

    /// Starts a run that would take half a minute, and waits for its second epoch.
    fn start(program: &Program) -> (Child, BufReader<std::process::ChildStderr>) {
        start_until(program, &["--set", "training.epochs=300000"], |line| {
            line.starts_with("epoch") && line.contains(" 2/")
        })
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
        // More than a batch of the linear model's, so that one that is stopped as well would have no epoch to answer from.
        let config = SMALL.replace("xor = { samples = 40,", "moons = { samples = 400,");
        for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
            let program = Program::with_config(&config);
            let (mut child, mut reader) = start(&program);
            send(&child, signal);
            std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(code));
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
            // It is judged as any other run.
            let baselines = record["result"]["baselines"].as_array().unwrap();
            let has_linear = baselines.iter().any(|each| each["name"] == "linear model");
            assert!(has_linear, "{baselines:?}");
            program.run(&["verify", "artifacts/config"]).succeeds();
        }
    }

    /// A scheduler sends it to all processes of a task, and the script of the task passes it on.
    #[test]
    fn the_same_sigterm_from_two_sides_is_one() {
        let program = Program::with_config(SMALL);
        let (mut child, mut reader) = start(&program);
        let id = child.id().to_string();
        let both = format!("kill -TERM {id}; kill -TERM {id}");
        let status = Command::new("sh").args(["-c", &both]).status().unwrap();
        assert!(status.success());
        std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(143));
        assert_eq!(program.record("config")["status"], "interrupted");
        assert!(program.path("artifacts/config/model.safetensors").exists());
    }

    /// `nohup brecha … &` in a script ignores SIGHUP and SIGINT; `kill` still saves.
    #[test]
    fn what_is_to_be_ignored_is_ignored_and_the_rest_still_saves() {
        let program = Program::with_config(SMALL);
        let arguments = ["--config", "config.toml", "--set", "training.epochs=300000"];
        let command = program.command(&arguments);
        let mut child = with_signals(&command, "--ignore-signal=INT,HUP")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let rows = program.path("artifacts/config/metrics.jsonl");
        let lines = || std::fs::read_to_string(&rows).map_or(0, |text| text.lines().count());
        let wait_for = |count| {
            while lines() < count {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        };
        wait_for(2);
        send(&child, "-INT");
        send(&child, "-HUP");
        wait_for(lines() + 100);
        assert!(child.try_wait().unwrap().is_none());
        send(&child, "-TERM");
        assert_eq!(child.wait().unwrap().code(), Some(143));
        assert_eq!(program.record("config")["status"], "interrupted");
    }

    #[test]
    fn a_run_that_is_stopped_in_its_first_epoch_keeps_its_weights() {
        // An epoch of many steps: the signal arrives in its middle.
        let program = Program::with_config(&shipped("images.toml"));
        let (mut child, mut reader) = start_until(&program, &[], |line| line.starts_with("total"));
        std::thread::sleep(std::time::Duration::from_millis(300));
        send(&child, "-INT");
        std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let record = program.record("config");
        assert_eq!(
            (&record["status"], &record["epochs"]["finished"]),
            (&"interrupted".into(), &0.into())
        );
        assert!(record["epochs"]["best"].is_null());
        assert!(program.path("artifacts/config/model.safetensors").exists());
        assert!(record["result"]["training"]["loss"].is_f64());
    }

    /// Runs the program in a terminal of its own (`script`, of util-linux), types, and returns what the terminal showed.
    fn in_a_terminal(
        program: &Program,
        arguments: &str,
        typed: &[(u64, &str)],
    ) -> Option<(Option<i32>, String)> {
        in_a_terminal_of(program, [80, 24], arguments, typed)
    }

    fn in_a_terminal_of(
        program: &Program,
        [columns, rows]: [u16; 2],
        arguments: &str,
        typed: &[(u64, &str)],
    ) -> Option<(Option<i32>, String)> {
        let executable = env!("CARGO_BIN_EXE_brecha");
        let command = format!("stty columns {columns} rows {rows} && {executable} {arguments}");
        let child = std::process::Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .current_dir(program.path(""))
            .env("TERM", "xterm-256color")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = child else {
            assert!(std::env::var_os("CI").is_none(), "CI must have `script`");
            println!("skipped: there is no `script` here to make a terminal");
            return None;
        };
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let shown = std::thread::spawn(move || {
            let mut shown = Vec::new();
            std::io::Read::read_to_end(&mut stdout, &mut shown).unwrap();
            String::from_utf8_lossy(&shown).into_owned()
        });
        for (milliseconds, keys) in typed {
            std::thread::sleep(std::time::Duration::from_millis(*milliseconds));
            std::io::Write::write_all(&mut stdin, keys.as_bytes()).unwrap();
        }
        let code = child.wait().unwrap().code();
        Some((code, shown.join().unwrap()))
    }

    #[test]
    fn on_a_terminal_there_is_a_bar() {
        let program = Program::with_config(SMALL);
        let Some((code, shown)) = in_a_terminal(
            &program,
            "--config config.toml --set training.epochs=2000",
            &[],
        ) else {
            return;
        };
        assert_eq!(code, Some(0), "{shown}");
        assert!(
            shown.contains("2000/2000 100%") && shown.contains("gap "),
            "{shown}"
        );
        assert!(shown.contains("verdict"), "{shown}");
    }

    #[test]
    fn the_dashboard_can_be_stopped_and_killed_and_the_run_is_saved() {
        for keys in ["s", "k"] {
            let program = Program::with_config(SMALL);
            let arguments = "--tui --config config.toml --set training.epochs=100000";
            let typed = [(1500, "q"), (500, keys)];
            let Some((code, shown)) = in_a_terminal(&program, arguments, &typed) else {
                return;
            };
            assert_eq!(code, Some(130), "{keys}: {shown}");
            assert_eq!(program.record("config")["status"], "interrupted");
            assert!(program.path("artifacts/config/model.safetensors").exists());
            assert!(shown.contains("verdict"), "{shown}");
        }
    }

    /// The pane that burn gives to numbers is 21 columns wide there, and cuts off what has no room.
    #[test]
    fn the_dashboard_shows_verdict_and_gap_in_a_narrow_terminal() {
        let program = Program::with_config(SMALL);
        let arguments = "--tui --config config.toml --set training.epochs=100000";
        let typed = [(3000, "q"), (500, "s")];
        let Some((_, shown)) = in_a_terminal_of(&program, [60, 24], arguments, &typed) else {
            return;
        };
        let size = |cells: u16| cells.try_into().unwrap();
        let mut terminal = vt100::Parser::new(size(24), size(60), 0);
        let mut panes = Vec::new();
        for part in shown.as_bytes().chunks(256) {
            terminal.process(part);
            if terminal.screen().alternate_screen() {
                let contents = terminal.screen().contents();
                let rows = contents
                    .lines()
                    .map(|line| line.chars().take(22).collect::<String>());
                panes.push(rows.collect::<Vec<_>>().join("\n"));
            }
        }
        // All at once on one screen: the verdict's line, the gap, its interval.
        let wanted = ["Verdict so far", "gap", " to "];
        let is_whole = |pane: &String| wanted.iter().all(|part| pane.contains(part));
        let last = panes.last().map_or("", String::as_str);
        assert!(panes.iter().any(is_whole), "{last}");
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
        // The rows go to files that are still open; the checkpoint of a stopped run has nowhere to go.
        let (mut child, mut reader) = start(&program);
        std::fs::remove_dir_all(program.path("artifacts")).unwrap();
        send(&child, "-INT");
        let mut said = String::new();
        std::io::Read::read_to_string(&mut reader, &mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(5), "{said}");
        assert!(
            said.contains("error: cannot create `artifacts/config/checkpoints`"),
            "{said}"
        );
        assert!(
            !program.path("artifacts").exists(),
            "it is not silently made again"
        );
    }
}
