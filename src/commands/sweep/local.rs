//! The points of a sweep on this machine, several processes at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use burn::train::Interrupter;
use indicatif::{ProgressBar, ProgressStyle};

use super::super::signals::Stop;
use super::super::tell;
use super::others::arguments;
use super::prepare::{Prepared, failed};
use crate::error::Error;
use crate::experiment::rows::Outcome;
use crate::experiment::{Layout, Point};
use crate::report::terminal;

/// Runs the points that are missing; returns whether it was asked to stop.
pub(super) fn run_all(prepared: &Prepared, jobs: Option<usize>) -> Result<bool, Error> {
    let Prepared {
        layout,
        points,
        missing,
        ..
    } = prepared;
    let program = program()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = jobs.unwrap_or(cores).clamp(1, missing.len().max(1));
    let threads = (cores / jobs).max(1).to_string();
    let interrupter = Interrupter::new();
    // Ctrl-C reaches the points as well, which save themselves; here it only means to begin no more.
    let _stop = Stop::on_signals(&interrupter);
    let bar = bar(missing.len());
    let next = AtomicUsize::new(0);
    let broken: Mutex<Option<Error>> = Mutex::new(None);
    let give_up = AtomicBool::new(false);
    let work = || {
        while !interrupter.should_stop() && !give_up.load(Ordering::Relaxed) {
            let Some(&number) = missing.get(next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            let point = &points[number];
            if let Err(error) = run(&program, layout, point, &threads) {
                give_up.store(true, Ordering::Relaxed);
                let mut broken = broken.lock().unwrap_or_else(PoisonError::into_inner);
                broken.get_or_insert(error);
                return;
            }
            bar.inc(1);
            let outcome = Outcome::read(point, layout);
            let line = format!("{}  {}", point.name, outcome.word());
            if bar.is_hidden() {
                tell(&format!("{line}\n"));
            } else {
                bar.println(line);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(work);
        }
    });
    bar.finish_and_clear();
    let broken = broken.into_inner().unwrap_or_else(PoisonError::into_inner);
    broken.map_or(Ok(interrupter.should_stop()), Err)
}

fn run(program: &Path, layout: &Layout, point: &Point, threads: &str) -> Result<(), Error> {
    let log = layout.log(point);
    fs::File::create(&log)
        .and_then(|file| {
            Command::new(program)
                .args(arguments(layout, point))
                .env("RAYON_NUM_THREADS", threads)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(file)
                .status()
        })
        .map(drop)
        .map_err(failed("write", &log))
}

/// This program.
pub(super) fn program() -> Result<PathBuf, Error> {
    std::env::current_exe().map_err(failed("find", Path::new("brecha")))
}

/// As long as there are points.
pub(super) fn bar(points: usize) -> ProgressBar {
    let bar = ProgressBar::new(points as u64);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:30} {pos}/{len}  {elapsed} so far, {eta} left")
    {
        bar.set_style(style.progress_chars(terminal::bar()));
    }
    bar
}
