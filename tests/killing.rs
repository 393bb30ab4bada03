//! Runs that are killed again and again, and end as if they never had been.
//!
//! With a small budget here; `BRECHA_KILLS=200 cargo test killing:: -- --nocapture --test-threads=1` has a larger one.

use std::time::{Duration, Instant};

use super::program::Program;
use super::resuming::{ALL, numbers};

/// What a test run can afford.
const KILLS: u64 = 8;

/// All places at which the program can be made to die: before the temporary file, when its content is written, when it is on the disk,
/// when it has its name (and the folder is on the disk), around a row of the metrics, and before an older checkpoint is removed.
///
/// Between the renaming and the folder's way to the disk there is none: who only kills a process cannot see the difference.
const PLACES: [&str; 7] = [
    "not written",
    "written",
    "synced",
    "renamed",
    "no row",
    "row",
    "not removed",
];

fn budget() -> u64 {
    let wanted = std::env::var("BRECHA_KILLS");
    wanted.map_or(KILLS, |wanted| wanted.parse().expect("a number of kills"))
}

/// Numbers that look random and are the same each time (Steele, Lea and Flood 2014).
pub struct Draws(pub u64);

impl Draws {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

struct Killed {
    program: Program,
    whole: (String, Vec<u8>, String),
    /// A run that is not killed, on this machine.
    takes: Duration,
    draws: Draws,
    runs: u64,
    kills: u64,
}

impl Killed {
    fn new(seed: u64) -> Self {
        let program = Program::with_config(
            &ALL.replace("epochs = 4", "epochs = 4\ncheckpoint-every = { steps = 2 }"),
        );
        let began = Instant::now();
        program
            .train(&["--name", "whole", "--no-report"])
            .succeeds();
        Self {
            takes: began.elapsed(),
            whole: numbers(&program, "whole"),
            program,
            draws: Draws(seed),
            runs: 1,
            kills: 0,
        }
    }

    fn command(&self) -> std::process::Command {
        let name = format!("run-{}", self.runs);
        self.program.command(&[
            "--config",
            "config.toml",
            "--resume",
            "--no-report",
            "--name",
            &name,
        ])
    }

    /// Where a run has come to its end, it has to be the one that was never killed; the next one begins.
    fn finished(&mut self) {
        assert!(
            numbers(&self.program, &format!("run-{}", self.runs)) == self.whole,
            "run {} is another after {} kills",
            self.runs,
            self.kills
        );
        self.runs += 1;
    }

    /// Starts it, and kills it after a while if it is still there.
    fn kill_at_random(&mut self) {
        let longest = self.takes.as_micros() as u64;
        let log = std::fs::File::create(self.program.path("log")).unwrap();
        let mut child = self
            .command()
            .stdout(std::process::Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(self.draws.below(longest)));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        match status.code() {
            None => self.kills += 1,
            Some(0) => self.finished(),
            Some(code) => panic!("exit code {code}: {}", self.program.read("log")),
        }
    }

    /// Starts it, and lets it die at this place.
    fn kill_at(&mut self, place: &str, time: u64) {
        let output = self
            .command()
            .env("BRECHA_FAIL_POINT", format!("{place}:{time}"))
            .output()
            .unwrap();
        match output.status.code() {
            None => self.kills += 1,
            Some(0) => self.finished(),
            Some(code) => panic!(
                "exit code {code} at {place}:{time}: {}",
                String::from_utf8_lossy(&output.stderr)
            ),
        }
    }

    /// Lets the last one come to its end.
    fn complete(mut self) -> (u64, u64) {
        let output = self.command().output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        self.finished();
        (self.kills, self.runs - 1)
    }
}

#[test]
fn a_run_killed_at_random_moments_ends_as_if_it_never_had_been() {
    let mut killed = Killed::new(1);
    while killed.kills < budget() {
        killed.kill_at_random();
    }
    let (kills, runs) = killed.complete();
    println!(
        "{kills} kills at random moments, {runs} runs, each the same as one that was never killed"
    );
}

#[test]
fn a_run_killed_around_each_write_ends_as_if_it_never_had_been() {
    let mut killed = Killed::new(2);
    while killed.kills < budget() {
        for place in PLACES {
            // A run comes to each place some twenty times; one that goes on, less often.
            let time = 1 + killed.draws.below(12);
            killed.kill_at(place, time);
        }
    }
    let (kills, runs) = killed.complete();
    println!(
        "{kills} kills around writes, {runs} runs, each the same as one that was never killed"
    );
}
