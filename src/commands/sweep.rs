//! `brecha sweep`: every point of a configuration's `[sweep]`, each as the plain `train` command, here or on a cluster.
//!
//! Three stages: [`mod@prepare`] checks all points and writes their configurations, a launcher runs those that are not finished
//! ([`local`], [`slurm`], or another program with what [`others`] prints), and [`collect`] makes the table and the pictures of what
//! the runs say of themselves.

mod cancel;
mod collect;
mod follow;
mod local;
mod others;
pub(super) mod pictures;
mod planes;
mod prepare;
mod slurm;
mod standing;
mod status;

use std::path::{Path, PathBuf};

use super::{print, run_name, tell};
use crate::cli::{
    Launcher, SweepCommand, SweepCommandArguments, SweepFolderArguments, SweepPointsArguments,
};
use crate::config::Sweep;
use crate::error::{Error, ExitCode};
use crate::experiment::layout::Definition;
use crate::experiment::rows::Row;
use crate::experiment::{Layout, Point, points};
use crate::report::RunDirectory;

/// Runs a sweep, or does something with one that was begun.
///
/// # Errors
///
/// A point is no valid configuration, there are too many, a file cannot be read or written, or Slurm does not do what it is asked to.
pub fn run(arguments: &SweepCommandArguments) -> Result<ExitCode, Error> {
    let launch = &arguments.launch;
    match (&arguments.command, &arguments.points) {
        (Some(SweepCommand::Status(arguments)), _) => status::run(arguments),
        (Some(SweepCommand::Cancel(arguments)), _) => cancel::run(arguments),
        (Some(SweepCommand::Collect(arguments)), _) => collect::run(arguments),
        (Some(SweepCommand::Commands(arguments)), _) => others::run(arguments),
        (None, Some(points)) => match launch.on {
            Some(Launcher::Slurm) => slurm::run(points, &launch.slurm),
            None => {
                let ran = run_here(points, launch.jobs)?;
                ran.present()?;
                Ok(ran.code)
            }
        },
        // clap has asked for `--config` already.
        (None, None) => Ok(ExitCode::Usage),
    }
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

impl Ran {
    fn unfinished(rows: &[Row]) -> usize {
        rows.iter().filter(|row| !row.outcome.finished()).count()
    }

    /// Says how many points there is no result of, and what to do about it.
    fn tell_unfinished(&self, hint: &str) {
        let unfinished = Self::unfinished(&self.rows);
        if unfinished > 0 {
            tell(&format!(
                "{unfinished} of {} points are not finished{hint}\n",
                self.rows.len()
            ));
        }
    }

    /// Draws, and prints which files there are.
    fn present(&self) -> Result<(), Error> {
        let mut files = vec!["sweep.csv"];
        files.extend(pictures::draw(
            &self.folder,
            &self.name,
            &self.sweep,
            &self.rows,
        )?);
        for file in files {
            print(&format!("{}\n", self.folder.path().join(file).display()))?;
        }
        Ok(())
    }
}

/// Runs every point that is not finished on this machine, and collects them all in `sweep.csv`.
pub(super) fn run_here(points: &SweepPointsArguments, jobs: Option<usize>) -> Result<Ran, Error> {
    let checked = prepare::check(points)?;
    let folder = checked.folder()?;
    slurm::refuse_beside_jobs(&folder)?;
    let prepared = checked.write(folder)?;
    prepared.tell();
    let stopped = local::run_all(&prepared, jobs)?;
    let (begun, folder) = prepared.begun();
    let mut ran = collect::collected(begun, folder)?;
    if stopped {
        ran.code = ExitCode::Interrupted;
    } else {
        ran.tell_unfinished("; the same command runs them again");
    }
    Ok(ran)
}

/// By default that of the configuration.
fn sweep_name(name: Option<&String>, config: &Path) -> String {
    name.cloned().unwrap_or_else(|| run_name(config))
}

fn folder_name(sweep: &str) -> String {
    format!("{sweep}.sweep")
}

/// A sweep that was begun, as its folder says.
struct Begun {
    definition: Definition,
    layout: Layout,
    points: Vec<Point>,
}

impl Begun {
    fn open(arguments: &SweepFolderArguments) -> Result<Self, Error> {
        let folder = folder_of(arguments);
        let Some(definition) = Definition::read(&folder) else {
            return Err(Error::Arguments {
                message: format!("`{}` is no folder of a sweep", folder.display()),
                hint:
                    "it is made by `brecha sweep --config FILE`, and called `artifacts/FILE.sweep`"
                        .to_owned(),
            });
        };
        Ok(Self {
            points: points(&definition.sweep, definition.first_seed),
            definition,
            layout: Layout::new(&folder),
        })
    }
}

fn folder_of(arguments: &SweepFolderArguments) -> PathBuf {
    match (&arguments.folder, &arguments.config) {
        (Some(folder), _) => folder.clone(),
        (None, config) => {
            let config = config.clone().unwrap_or_default();
            let name = sweep_name(arguments.name.as_ref(), &config);
            arguments.artifacts.join(folder_name(&name))
        }
    }
}
