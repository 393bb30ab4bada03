//! Runs that take long, whose memory and open files stay as they were.
//!
//! `cargo test soaking -- --ignored --nocapture` prints the numbers; it takes some minutes.

#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::program::{Program, SMALL};

/// What a process holds at a moment.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// Since it began.
    seconds: f64,
    /// Rows or runs that are done.
    done: usize,
    /// `VmRSS` and `VmHWM`, in units of 1,024 bytes.
    resident: u64,
    most: u64,
    files: usize,
    threads: u64,
}

impl Held {
    /// `None` once the process is gone.
    fn by(child: &Child, began: Instant, done: usize) -> Option<Self> {
        let process = format!("/proc/{}", child.id());
        let status = fs::read_to_string(format!("{process}/status")).ok()?;
        let number = |key: &str| -> Option<u64> {
            let line = status.lines().find(|line| line.starts_with(key))?;
            line.split_whitespace().nth(1)?.parse().ok()
        };
        Some(Self {
            seconds: began.elapsed().as_secs_f64(),
            done,
            resident: number("VmRSS:")?,
            most: number("VmHWM:")?,
            files: fs::read_dir(format!("{process}/fd")).ok()?.count(),
            threads: number("Threads:")?,
        })
    }
}

/// Lets the command come to its end, and looks at it twenty times a second.
fn watch(mut command: Command, done: impl Fn() -> usize) -> Vec<Held> {
    let began = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut seen = Vec::new();
    while child.try_wait().unwrap().is_none() {
        seen.extend(Held::by(&child, began, done()));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(child.wait().unwrap().success());
    seen
}

/// What was held when this share of all was done.
fn at(seen: &[Held], share: f64, all: usize) -> Held {
    let wanted = share * all as f64;
    let found = seen.iter().find(|held| held.done as f64 >= wanted);
    *found.or(seen.last()).expect("looked at")
}

fn print(what: &str, seen: &[Held], all: usize) {
    println!("{what}");
    println!("    done  seconds  VmRSS MiB  VmHWM MiB  open files  threads");
    for share in [0.02, 0.1, 0.2, 0.4, 0.6, 0.8, 0.98] {
        let held = at(seen, share, all);
        println!(
            "{:8} {:8.1} {:10.1} {:10.1} {:11} {:8}",
            held.done,
            held.seconds,
            held.resident as f64 / 1024.0,
            held.most as f64 / 1024.0,
            held.files,
            held.threads
        );
    }
    let files = seen.iter().map(|held| held.files).max();
    println!("at most {} open files at once", files.unwrap_or(0));
}

#[test]
#[ignore = "takes minutes"]
fn ten_thousand_epochs() {
    const EPOCHS: usize = 10_000;
    let text = SMALL
        .replace(
            "epochs = 3",
            &format!("epochs = {EPOCHS}\ncheckpoint-every = {{ steps = 200 }}"),
        )
        .replace("\"full\"", "5");
    let program = Program::with_config(&text);
    let rows = program.path("artifacts/config/metrics.csv");
    let lines = || {
        let text = fs::read(&rows).unwrap_or_default();
        text.split(|&byte| byte == b'\n').count() - 1
    };
    let command = program.command(&["--config", "config.toml", "--no-report"]);
    let seen = watch(command, lines);
    print("epochs of a run, a checkpoint every 50", &seen, EPOCHS);
    let (early, late) = (at(&seen, 0.2, EPOCHS), at(&seen, 0.98, EPOCHS));
    // What is kept of an epoch is its row: some hundred bytes, here, in a checkpoint, and in the one that is being written.
    let allowed = 8_000 * 4;
    assert!(
        late.resident < early.resident + allowed,
        "{early:?} {late:?}"
    );
    assert!(late.files <= early.files + 3, "{early:?} {late:?}");
    let checkpoint = fs::read_dir(program.path("artifacts/config/checkpoints")).unwrap();
    let newest = checkpoint.map(|entry| entry.unwrap().path()).max().unwrap();
    let bytes = fs::metadata(newest).unwrap().len();
    println!("the last checkpoint has {bytes} bytes");
}

#[test]
#[ignore = "takes minutes"]
fn two_hundred_runs_of_a_sweep() {
    const RUNS: usize = 200;
    let text = format!("{SMALL}\n[sweep]\nseeds = {RUNS}\n");
    let program = Program::with_config(&text);
    let folder = program.path("artifacts");
    let runs = || {
        let mut found = 0;
        let mut folders = vec![folder.clone()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.join("run.json").exists() {
                    found += 1;
                } else if path.is_dir() {
                    folders.push(path);
                }
            }
        }
        found
    };
    let command = program.command(&["sweep", "--config", "config.toml"]);
    let seen = watch(command, runs);
    assert_eq!(runs(), RUNS);
    print("runs of a sweep", &seen, RUNS);
    let (early, late) = (at(&seen, 0.1, RUNS), at(&seen, 0.98, RUNS));
    assert!(
        late.resident < early.resident + 8 * 1024,
        "{early:?} {late:?}"
    );
    assert!(late.files <= early.files + 2, "{early:?} {late:?}");
}
