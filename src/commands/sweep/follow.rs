//! `--wait`: a bar of the points that are finished, until no job of the sweep is left in the queue.

use std::path::Path;
use std::time::{Duration, Instant};

use burn::train::Interrupter;

use super::super::signals::Stop;
use super::super::{print, tell};
use super::local::bar;
use super::standing::UnderWay;
use super::{Begun, collect, status};
use crate::error::{Error, ExitCode};
use crate::experiment::Point;
use crate::experiment::rows::Outcome;
use crate::slurm::record::Record;
use crate::slurm::{Slurm, SlurmError};

/// Between two looks, at first and at last: a controller serves thousands.
const SOON: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_secs(10);

/// A controller that is away for longer will not come back.
const PATIENCE: Duration = Duration::from_mins(10);

/// Follows until all has ended, and says how.
pub(super) fn follow(slurm: &Slurm, begun: &Begun, record: &Record) -> Result<ExitCode, Error> {
    let folder = begun.layout.folder();
    let interrupter = Interrupter::new();
    let stop = Stop::on_signals(&interrupter);
    let bar = bar(begun.points.len());
    let mut left: Vec<&Point> = begun.points.iter().collect();
    let mut pause = SOON;
    let mut answered = Instant::now();
    let under_way = loop {
        let looked = Instant::now();
        let asked = UnderWay::ask(slurm, folder, record);
        // What has left the queue has written its last word before, so the queue is asked first.
        let outcomes = collect::read(&begun.layout, &left);
        let mut finished = outcomes.iter().map(Outcome::finished);
        left.retain(|point| {
            let done = finished.next().unwrap_or_default();
            if done && bar.is_hidden() {
                tell(&format!("{}  finished\n", point.name));
            }
            !done
        });
        bar.set_position((begun.points.len() - left.len()) as u64);
        match asked {
            Ok(under_way) if under_way.jobs.is_empty() => break under_way,
            Ok(_) => answered = Instant::now(),
            Err(Error::Slurm(SlurmError::Unreachable { .. } | SlurmError::Failed { .. }))
                if answered.elapsed() < PATIENCE => {}
            Err(error) => return Err(error),
        }
        // Looking takes at most a tenth of the time.
        let until = pause.max(10 * looked.elapsed());
        let since = Instant::now();
        while since.elapsed() < until {
            if interrupter.should_stop() {
                bar.finish_and_clear();
                tell(&format!(
                    "the jobs go on; `brecha sweep status {0}` says how far they are, `brecha sweep cancel {0}` ends them\n",
                    folder.display()
                ));
                return Ok(stop.exit_code());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        pause = pause.mul_f64(1.3).min(LATE);
    };
    bar.finish_and_clear();
    conclude(slurm, begun, record, &under_way, left.len())
}

fn conclude(
    slurm: &Slurm,
    begun: &Begun,
    record: &Record,
    under_way: &UnderWay,
    left: usize,
) -> Result<ExitCode, Error> {
    let folder = begun.layout.folder();
    if let Some(latest) = record.latest() {
        if left > 0
            && let Some(reason) = status::probe_failure(slurm, begun, latest, under_way)
        {
            return Err(SlurmError::Probe { reason }.into());
        }
        for trouble in status::troubles(slurm, begun, latest, under_way) {
            tell(&format!("{trouble}\n"));
        }
    }
    for file in FILES.into_iter().map(Path::new) {
        let path = folder.join(file);
        if path.is_file() {
            print(&format!("{}\n", path.display()))?;
        }
    }
    if left == 0 {
        return Ok(ExitCode::Success);
    }
    tell(&format!(
        "{left} of {} points are not finished; the same command submits them again\n",
        begun.points.len()
    ));
    Ok(ExitCode::CheckFailed)
}

/// What collecting makes.
const FILES: [&str; 5] = [
    "sweep.csv",
    "sweep.svg",
    "sweep.png",
    "boundaries.svg",
    "boundaries.png",
];
