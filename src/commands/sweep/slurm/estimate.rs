//! How much time and memory a task asks for, from a dry run of the point that computes most.
//!
//! Too little time costs a requeue: the task saves itself a minute before the end and goes on. Too little memory kills it. So both are
//! asked for with room to spare, memory with more.

use std::process::{Command, Stdio};

use super::super::super::tell;
use super::super::super::train::rehearsal::Rehearsal;
use super::super::local::program;
use super::super::prepare::{Prepared, failed};
use crate::cli::SlurmArguments;
use crate::error::Error;
use crate::slurm::programs::Partition;

/// A node may be slower than this machine, and its cores are shared.
const SLOWER: f64 = 3.0;

/// In minutes: to read data from a busy file system, to look for leaks, to measure the baselines; and the minute in which a task
/// that is told to stop saves itself.
const BESIDES: u64 = 4;

/// In MiB: of the program without a network, with what the allocator keeps.
const PROGRAM: u64 = 256;

/// What the estimate of shapes leaves out: what operations need in between, data on its way in.
const LARGER: u64 = 2;

/// As `sbatch` takes them.
pub(super) struct Wanted {
    pub(super) time: String,
    pub(super) memory: String,
}

/// As the arguments say; what they leave out is estimated, and said.
pub(super) fn wanted(
    prepared: &Prepared,
    arguments: &SlurmArguments,
    partition: Option<&Partition>,
    points_per_task: usize,
) -> Result<Wanted, Error> {
    if let (Some(time), Some(memory)) = (&arguments.time, &arguments.memory) {
        return Ok(Wanted {
            time: time.clone(),
            memory: memory.clone(),
        });
    }
    let rehearsal = rehearse(prepared, arguments.cpus)?;
    let longest = partition.and_then(|partition| partition.longest);
    let minutes = minutes(rehearsal.seconds * points_per_task as f64);
    let minutes = minutes.min(longest.unwrap_or(u64::MAX));
    let memory = mebibytes(rehearsal.memory());
    let wanted = Wanted {
        time: arguments.time.clone().unwrap_or(minutes.to_string()),
        memory: arguments.memory.clone().unwrap_or(format!("{memory}M")),
    };
    tell(&format!(
        "a task asks for {} core{}, {} of memory and a time of {}, by a dry run of `{}`\n",
        arguments.cpus,
        if arguments.cpus == 1 { "" } else { "s" },
        wanted.memory,
        match &arguments.time {
            Some(time) => time.clone(),
            None => format!("{minutes} minutes"),
        },
        prepared.points[prepared.costliest].name
    ));
    Ok(wanted)
}

fn minutes(seconds: f64) -> u64 {
    BESIDES.saturating_add((SLOWER * seconds / 60.0).ceil() as u64)
}

fn mebibytes(bytes: u64) -> u64 {
    let estimated = bytes.saturating_mul(LARGER).div_ceil(1 << 20);
    // Round numbers, so that small differences are none.
    (PROGRAM + estimated).next_multiple_of(64)
}

/// In a process of its own, with as many threads as the task has.
fn rehearse(prepared: &Prepared, cpus: usize) -> Result<Rehearsal, Error> {
    let point = &prepared.points[prepared.costliest];
    let configuration = prepared.layout.configuration(point);
    let program = program()?;
    let output = Command::new(&program)
        .args(["train", "--dry-run", "--json", "--config"])
        .arg(&configuration)
        .env("RAYON_NUM_THREADS", cpus.to_string())
        .stdin(Stdio::null())
        .output()
        .map_err(failed("start", &program))?;
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        let error = said.lines().find(|line| line.starts_with("error: "));
        let error = error.map_or("it said nothing", |line| &line["error: ".len()..]);
        Error::Arguments {
            message: format!(
                "time and memory cannot be estimated here, because a dry run of `{}` fails: {error}",
                configuration.display()
            ),
            hint: "say them, for example `--time 2:00:00 --memory 4G`".to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_to_spare() {
        assert_eq!(minutes(0.1), 5);
        assert_eq!(minutes(600.0), 34);
        assert_eq!(minutes(f64::INFINITY), u64::MAX);
        assert_eq!(mebibytes(0), 256);
        assert_eq!(mebibytes(100 << 20), 512);
    }
}
