//! `brecha sweep`: every point of a configuration's `[sweep]`, in parallel, each as the plain `train` command.

pub(super) mod pictures;
mod planes;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use burn::train::Interrupter;
use indicatif::{ProgressBar, ProgressStyle};

use super::signals::Stop;
use super::{print, run_name, tell};
use crate::cli::SweepArguments;
use crate::config::{self, ConfigError, Loaded, Sweep};
use crate::data::{Dataset, SampleShape, Task};
use crate::error::{Error, ExitCode};
use crate::experiment::rows::{COLUMNS, Row};
use crate::experiment::{Point, points};
use crate::model::Architecture;
use crate::report::{ReportError, RunDirectory, terminal};

/// More points than these have to be meant.
const MOST_POINTS: u64 = 10_000;

/// Checks every point, runs those that are not finished, and collects their results.
///
/// # Errors
///
/// A point is no valid configuration, there are too many, or a file cannot be written.
pub fn run(arguments: &SweepArguments) -> Result<ExitCode, Error> {
    let ran = run_points(arguments)?;
    let mut files = vec!["sweep.csv"];
    files.extend(pictures::draw(
        &ran.folder,
        &ran.name,
        &ran.sweep,
        &ran.rows,
    )?);
    for file in files {
        print(&format!("{}\n", ran.folder.path().join(file).display()))?;
    }
    Ok(ran.code)
}

/// A sweep after its runs.
pub(super) struct Ran {
    pub(super) code: ExitCode,
    pub(super) name: String,
    pub(super) folder: RunDirectory,
    pub(super) sweep: Sweep,
    /// What became of each point.
    pub(super) rows: Vec<Row>,
}

/// Runs every point that is not finished, and collects them all in `sweep.csv`.
pub(super) fn run_points(arguments: &SweepArguments) -> Result<Ran, Error> {
    let loaded = config::load(&arguments.config, &arguments.overrides)?;
    // A single run is a sweep of one.
    let sweep = loaded.sweep.clone().unwrap_or(Sweep {
        axes: Vec::new(),
        seeds: 1,
    });
    let count = sweep.points();
    if count > MOST_POINTS && !arguments.yes {
        return Err(Error::Arguments {
            message: format!("this sweep has {count} points, more than {MOST_POINTS}"),
            hint: "shorten its lists, or say `--yes` if you mean it".to_owned(),
        });
    }
    check_axes(arguments, &loaded, &sweep)?;
    let points = points(&sweep, loaded.config.seed.unwrap_or(1));
    let texts = check_points(arguments, &points)?;

    let name = arguments
        .name
        .clone()
        .unwrap_or_else(|| run_name(&arguments.config));
    let folder = RunDirectory::sole(&arguments.artifacts, &format!("{name}.sweep"))?;
    let configurations = RunDirectory::shared(folder.path(), "configurations")?;
    let runs = RunDirectory::shared(folder.path(), "runs")?
        .path()
        .to_owned();
    let mut waiting = Vec::new();
    for (point, text) in points.iter().zip(&texts) {
        let file = format!("{}.toml", point.name);
        let path = configurations.path().join(&file);
        let same = fs::read_to_string(&path).is_ok_and(|written| written == *text);
        configurations.write(&file, text.as_bytes())?;
        // A point whose configuration has changed is another point.
        if !(same && Row::read(point, &runs).finished()) {
            waiting.push(Waiting { point, path, same });
        }
    }
    let skipped = points.len() - waiting.len();
    tell(&format!(
        "{} points, {skipped} of them finished before; results in {}\n",
        points.len(),
        folder.path().display()
    ));
    let stopped = run_all(arguments, &waiting, &runs)?;
    let rows: Vec<Row> = points.iter().map(|point| Row::read(point, &runs)).collect();
    folder.write("sweep.csv", &table(&rows)?)?;
    let unfinished = rows.iter().filter(|row| !row.finished()).count();
    let code = if stopped {
        ExitCode::Interrupted
    } else if unfinished > 0 {
        tell(&format!(
            "{unfinished} of {} points are not finished; the same command runs them again\n",
            rows.len()
        ));
        ExitCode::CheckFailed
    } else {
        ExitCode::Success
    };
    Ok(Ran {
        code,
        name,
        folder,
        sweep,
        rows,
    })
}

/// Each value of each key has to make a configuration; if not, the key in `[sweep]` is what is wrong.
fn check_axes(arguments: &SweepArguments, loaded: &Loaded, sweep: &Sweep) -> Result<(), Error> {
    for axis in &sweep.axes {
        for value in &axis.values {
            let mut overrides = arguments.overrides.clone();
            overrides.push(format!("{}={value}", axis.key));
            if let Err(error) = config::load(&arguments.config, &overrides) {
                let (message, hint) = first_finding(&error);
                let message = format!("with `{} = {value}`: {message}", axis.key);
                return Err(loaded.source.invalid_axis(axis, message, hint).into());
            }
        }
    }
    Ok(())
}

fn first_finding(error: &ConfigError) -> (String, Option<String>) {
    let finding = error.findings().first();
    finding.map_or_else(
        || (error.to_string(), None),
        |finding| {
            let problem = &finding.problem;
            (problem.message.clone(), problem.hint.clone())
        },
    )
}

/// Every point as a configuration of its own, with data and network checked: nothing is found out after hours.
fn check_points(arguments: &SweepArguments, points: &[Point]) -> Result<Vec<String>, Error> {
    let mut shapes: HashMap<String, (SampleShape, Task)> = HashMap::new();
    let mut texts = Vec::with_capacity(points.len());
    for point in points {
        let mut overrides = arguments.overrides.clone();
        overrides.extend(point.overrides());
        let Loaded { config, source, .. } = config::load(&arguments.config, &overrides)?;
        let data = format!("{:?}", config.data);
        let (shape, task) = if let Some(known) = shapes.get(&data) {
            *known
        } else {
            let measured = config.evaluation.training_samples;
            let dataset = Dataset::load(&config.data, measured, point.seed)?;
            let found = (dataset.shape(), dataset.task());
            shapes.insert(data, found);
            found
        };
        let misfit = |problem| source.invalid("invalid network", vec![problem]);
        let architecture = Architecture::new(&config.model, shape, task).map_err(misfit)?;
        architecture.check_trainable().map_err(misfit)?;
        texts.push(config.to_toml());
    }
    Ok(texts)
}

/// A point that is not finished.
struct Waiting<'a> {
    point: &'a Point,
    /// Its configuration.
    path: PathBuf,
    /// Whether that is what it was before.
    same: bool,
}

/// Runs the points that wait, several at once; returns whether it was asked to stop.
fn run_all(arguments: &SweepArguments, waiting: &[Waiting], runs: &Path) -> Result<bool, Error> {
    let program =
        std::env::current_exe().map_err(|error| failed("find", Path::new("brecha"), error))?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = arguments
        .jobs
        .unwrap_or(cores)
        .clamp(1, waiting.len().max(1));
    let threads = (cores / jobs).max(1).to_string();
    let interrupter = Interrupter::new();
    // Ctrl-C reaches the points as well, which save themselves; here it only means to begin no more.
    let _stop = Stop::on_signals(&interrupter);
    let bar = ProgressBar::new(waiting.len() as u64);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:30} {pos}/{len}  {elapsed} so far, {eta} left")
    {
        bar.set_style(style.progress_chars(terminal::bar()));
    }
    let next = AtomicUsize::new(0);
    let broken: Mutex<Option<Error>> = Mutex::new(None);
    let give_up = AtomicBool::new(false);
    let work = || {
        while !interrupter.should_stop() && !give_up.load(Ordering::Relaxed) {
            let Some(Waiting { point, path, same }) =
                waiting.get(next.fetch_add(1, Ordering::Relaxed))
            else {
                return;
            };
            let log = runs.join(format!("{}.log", point.name));
            let started = fs::File::create(&log).and_then(|log| {
                let mut command = Command::new(&program);
                if *same {
                    // Half of it may be done.
                    command.args(["train", "--resume"]);
                } else {
                    command.arg("train");
                }
                command
                    .args([OsStr::new("--config"), path.as_os_str()])
                    .args([OsStr::new("--artifacts"), runs.as_os_str()])
                    .args(["--name", &point.name])
                    // Nobody looks at each of a thousand runs; for those that are looked at, `brecha report` draws.
                    .arg("--no-report")
                    .env("RAYON_NUM_THREADS", &threads)
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(log)
                    .status()
            });
            if let Err(error) = started {
                give_up.store(true, Ordering::Relaxed);
                let mut broken = broken.lock().unwrap_or_else(PoisonError::into_inner);
                broken.get_or_insert(failed("write", &log, error));
                return;
            }
            bar.inc(1);
            let row = Row::read(point, runs);
            let line = format!("{}  {}", point.name, row.outcome());
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

fn table(rows: &[Row]) -> Result<Vec<u8>, Error> {
    let encode = |reason: String| {
        Error::Report(ReportError::Encode {
            path: PathBuf::from("sweep.csv"),
            reason,
        })
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let keys = rows.first().map_or(&[][..], |row| &row.point.values);
    let header: Vec<&str> = keys
        .iter()
        .map(|(key, _)| key.as_str())
        .chain(COLUMNS)
        .collect();
    writer
        .write_record(&header)
        .map_err(|error| encode(error.to_string()))?;
    for row in rows {
        writer
            .write_record(row.cells())
            .map_err(|error| encode(error.to_string()))?;
    }
    writer
        .into_inner()
        .map_err(|error| encode(error.to_string()))
}

fn failed(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::Report(ReportError::Io {
        action,
        path: path.to_owned(),
        source,
    })
}
