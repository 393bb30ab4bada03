//! `brecha sweep cancel`: what waits leaves the queue, what runs is told to save itself.

use super::super::print;
use super::Begun;
use super::standing::UnderWay;
use crate::cli::SweepFolderArguments;
use crate::error::{Error, ExitCode};
use crate::slurm::Slurm;
use crate::slurm::record::Record;

/// Cancels all jobs of a sweep.
pub(super) fn run(arguments: &SweepFolderArguments) -> Result<ExitCode, Error> {
    let begun = Begun::open(arguments)?;
    let folder = begun.layout.folder();
    let record = Record::read(folder)?;
    if record.submissions.is_empty() {
        print("this sweep was never submitted to Slurm: there is nothing to cancel\n")?;
        return Ok(ExitCode::Success);
    }
    let slurm = Slurm::find()?;
    let under_way = UnderWay::ask(&slurm, folder, &record)?;
    let jobs = under_way.numbers(|_| true);
    if jobs.is_empty() {
        print("no job of this sweep is in the queue: there is nothing to cancel\n")?;
        return Ok(ExitCode::Success);
    }
    slurm.cancel(&jobs)?;
    let numbers: Vec<String> = jobs.iter().map(u64::to_string).collect();
    print(&format!(
        "cancelled {} {}: {} points were not finished; what ran saves itself, and the same submission goes on with it\n",
        if jobs.len() == 1 { "job" } else { "jobs" },
        numbers.join(", "),
        under_way.points()
    ))?;
    Ok(ExitCode::Success)
}
