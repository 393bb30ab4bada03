//! `brecha sweep --on slurm`: the points that are missing as job arrays, behind a probe and before a job that collects.

mod estimate;
mod submission;

use super::super::{print, tell};
use super::collect;
use super::follow::follow;
use super::prepare::{Prepared, check};
use super::standing::UnderWay;
use crate::cli::{SlurmArguments, SweepPointsArguments};
use crate::error::{Error, ExitCode};
use crate::report::RunDirectory;
use crate::slurm::programs::Partition;
use crate::slurm::record::{Purpose, Record};
use crate::slurm::{Slurm, SlurmError};

/// Submits what is missing, and follows it if that is asked for.
pub(super) fn run(
    points: &SweepPointsArguments,
    arguments: &SlurmArguments,
) -> Result<ExitCode, Error> {
    // Everything that can be refused at once is refused before a file is written.
    let slurm = Slurm::find()?;
    let cluster = slurm.cluster()?;
    let partition = partition(&slurm, arguments)?;
    let checked = check(points)?;
    let folder = checked.folder()?;
    // What cannot be read is not written over.
    let mut record = Record::read(folder.path())?;
    let mut prepared = checked.write(folder)?;
    let under_way = UnderWay::ask(&slurm, prepared.folder.path(), &record)?;
    let skipped = prepared.points.len() - prepared.missing.len();
    let points = &prepared.points;
    prepared
        .missing
        .retain(|&number| !under_way.has(&points[number]));
    tell(&format!(
        "{} points, {skipped} of them finished before, {} in the queue; results in {}\n",
        prepared.points.len(),
        under_way.points(),
        prepared.folder.path().display()
    ));
    let collects = !under_way
        .numbers(|purpose| purpose == Purpose::Collector)
        .is_empty();
    if prepared.missing.is_empty() && under_way.points() == 0 && !collects {
        return nothing_left(prepared);
    }
    if !prepared.missing.is_empty() || !collects {
        let submitted = submission::Submitting {
            slurm: &slurm,
            cluster: &cluster,
            partition: partition.as_ref(),
            arguments,
            prepared: &prepared,
            record: &mut record,
        }
        .submit(&under_way)?;
        print(&submitted)?;
    }
    if !arguments.wait {
        tell(&format!(
            "`brecha sweep status {}` says how far it is\n",
            prepared.folder.path().display()
        ));
        return Ok(ExitCode::Success);
    }
    // The lock is given back here: the job that collects needs it.
    let (begun, folder) = prepared.begun();
    drop(folder);
    follow(&slurm, &begun, &record)
}

/// All points are finished, and nobody is about to collect them.
fn nothing_left(prepared: Prepared) -> Result<ExitCode, Error> {
    let (begun, folder) = prepared.begun();
    let ran = collect::collected(begun, folder)?;
    ran.present()?;
    Ok(ran.code)
}

/// The partition that is asked for, or the cluster's own; `None` where a cluster does not say which that is.
fn partition(slurm: &Slurm, arguments: &SlurmArguments) -> Result<Option<Partition>, Error> {
    let mut known = slurm.partitions()?;
    // Several may be named, the first one that has room is taken.
    for name in arguments
        .partition
        .iter()
        .flat_map(|names| names.split(','))
    {
        if !known.iter().any(|partition| partition.name == name) {
            return Err(SlurmError::Partition {
                name: name.to_owned(),
                known: known.into_iter().map(|partition| partition.name).collect(),
            }
            .into());
        }
    }
    known.retain(|partition| match &arguments.partition {
        Some(names) => names.split(',').any(|name| name == partition.name),
        None => partition.is_default,
    });
    // The shortest limit holds wherever it runs.
    Ok(known
        .into_iter()
        .min_by_key(|partition| partition.longest.unwrap_or(u64::MAX)))
}

/// Two launchers at once would run points twice.
pub(super) fn refuse_beside_jobs(folder: &RunDirectory) -> Result<(), Error> {
    let folder = folder.path();
    let record = Record::read(folder)?;
    if record.submissions.is_empty() {
        return Ok(());
    }
    let asked = Slurm::find()
        .map_err(Error::from)
        .and_then(|slurm| UnderWay::ask(&slurm, folder, &record));
    match asked {
        Ok(under_way) if under_way.points() == 0 => Ok(()),
        Ok(under_way) => Err(Error::Arguments {
            message: format!(
                "{} points of this sweep are in Slurm's queue",
                under_way.points()
            ),
            hint: format!(
                "`brecha sweep status {0}` says how far they are, `brecha sweep cancel {0}` takes them out",
                folder.display()
            ),
        }),
        Err(error) => {
            tell(&format!(
                "note: this sweep was submitted to Slurm before, and whether jobs of it are left cannot be told: {error}\n"
            ));
            Ok(())
        }
    }
}
