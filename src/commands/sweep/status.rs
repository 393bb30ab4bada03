//! `brecha sweep status`: how many points are how far, and what Slurm has in its queue for them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::super::print;
use super::standing::{Job, Standing, UnderWay};
use super::{Begun, collect};
use crate::cli::SweepStatusArguments;
use crate::error::{Error, ExitCode};
use crate::experiment::rows::Outcome;
use crate::report::reading::RunFolder;
use crate::slurm::Slurm;
use crate::slurm::programs::Ended;
use crate::slurm::record::{Purpose, Record, Submission};
use crate::slurm::script::{self, meaning};

/// So many points that failed are named.
const NAMED: usize = 5;

/// Says it. The exit code is 1 where points are not finished and nothing is under way for them.
pub(super) fn run(arguments: &SweepStatusArguments) -> Result<ExitCode, Error> {
    let begun = Begun::open(&arguments.sweep)?;
    let folder = begun.layout.folder();
    let record = Record::read(folder)?;
    let mut unknown = None;
    let (slurm, under_way) = match ask(folder, &record) {
        Ok((slurm, under_way)) => (slurm, under_way),
        // What the runs say is said all the same.
        Err(Error::Slurm(error)) if !error.is_about_files() => {
            unknown = Some(error);
            (None, UnderWay::default())
        }
        Err(error) => return Err(error),
    };
    let outcomes = collect::read(&begun.layout, &begun.points);
    let standings: Vec<Standing> = begun
        .points
        .iter()
        .zip(&outcomes)
        .map(|(point, outcome)| Standing::of(point, outcome, &under_way))
        .collect();
    let troubles = match (&slurm, record.latest()) {
        (Some(slurm), Some(latest)) => troubles(slurm, &begun, latest, &under_way),
        _ => Vec::new(),
    };
    let text = if arguments.json {
        let json = as_json(&begun, &outcomes, &standings, &under_way, &troubles);
        format!("{json:#}\n")
    } else {
        as_text(&begun, &outcomes, &standings, &under_way, &troubles)
    };
    print(&text)?;
    let idle = |standing: &Standing| {
        !matches!(
            standing,
            Standing::Finished | Standing::Running | Standing::Waiting
        )
    };
    let is_left = under_way.jobs.is_empty() && standings.iter().any(idle);
    match unknown {
        Some(error) if is_left => Err(error.into()),
        None if is_left => Ok(ExitCode::CheckFailed),
        _ => Ok(ExitCode::Success),
    }
}

/// What is under way; without asking Slurm where nothing was submitted.
fn ask(folder: &Path, record: &Record) -> Result<(Option<Slurm>, UnderWay), Error> {
    if record.submissions.is_empty() {
        return Ok((None, UnderWay::default()));
    }
    let slurm = Slurm::find()?;
    let under_way = UnderWay::ask(&slurm, folder, record)?;
    Ok((Some(slurm), under_way))
}

fn as_text(
    begun: &Begun,
    outcomes: &[Outcome],
    standings: &[Standing],
    under_way: &UnderWay,
    troubles: &[String],
) -> String {
    let mut text = format!(
        "{}: {} points\n",
        begun.layout.folder().display(),
        begun.points.len()
    );
    // Writing to a string cannot fail.
    for standing in Standing::ALL {
        let count = standings.iter().filter(|&&other| other == standing).count();
        if count > 0 {
            let _ = writeln!(text, "{count:>8} {}", standing.word());
        }
    }
    for line in jobs(&under_way.jobs) {
        let _ = writeln!(text, "{line}");
    }
    for trouble in troubles {
        let _ = writeln!(text, "{trouble}");
    }
    let each = standings.iter().zip(begun.points.iter().zip(outcomes));
    let lines = each.filter_map(|(standing, (point, outcome))| {
        let log = begun.layout.log(point);
        match standing {
            Standing::Failed => Some(format!("{}: {}", log.display(), reason(outcome))),
            // It ended before there was a run to say so.
            Standing::NotBegun if fs::metadata(&log).is_ok_and(|log| log.len() > 0) => Some(
                format!("{} says why its point was not begun", log.display()),
            ),
            _ => None,
        }
    });
    for line in lines.take(NAMED) {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// Why a run failed, as it says.
fn reason(outcome: &Outcome) -> String {
    let record = outcome
        .folder
        .as_ref()
        .and_then(|folder| RunFolder::new(folder).record().ok());
    let error = record.as_ref().and_then(|record| record["error"].as_str());
    error.unwrap_or("it does not say why").to_owned()
}

/// `job 13 runs points: 2 tasks run, 7 wait (Resources)`
fn jobs(jobs: &[Job]) -> Vec<String> {
    /// How many run, and how many wait for which reason.
    #[derive(Default)]
    struct Tasks<'a> {
        running: usize,
        waiting: BTreeMap<&'a str, usize>,
    }
    let mut by_job: BTreeMap<u64, (&str, Tasks)> = BTreeMap::new();
    for Job { queued, purpose } in jobs {
        let what = match purpose {
            Purpose::Probe => "looks at a node",
            Purpose::Array(_) => "runs points",
            Purpose::Collector => "collects",
        };
        let (_, tasks) = by_job.entry(queued.job).or_insert((what, Tasks::default()));
        if queued.waits() {
            *tasks.waiting.entry(&queued.reason).or_default() += 1;
        } else {
            tasks.running += 1;
        }
    }
    let line = |(job, (what, tasks)): (u64, (&str, Tasks))| {
        let mut parts = Vec::new();
        if tasks.running > 0 {
            parts.push(format!("{} running", tasks.running));
        }
        for (reason, count) in tasks.waiting {
            parts.push(format!("{count} waiting ({reason})"));
        }
        format!("job {job} {what}: {}", parts.join(", "))
    };
    by_job.into_iter().map(line).collect()
}

/// What the controller remembers of jobs that have not ended as they should.
pub(super) fn troubles(
    slurm: &Slurm,
    begun: &Begun,
    submission: &Submission,
    under_way: &UnderWay,
) -> Vec<String> {
    let mut troubles = Vec::new();
    if let Some(reason) = probe_failure(slurm, begun, submission, under_way) {
        troubles.push(format!("no task began: {reason}"));
        return troubles;
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for job in submission.arrays.iter().filter_map(|array| array.job) {
        for ended in slurm.ended(job) {
            if let Some(trouble) = trouble(&ended) {
                *counts.entry(trouble).or_default() += 1;
            }
        }
    }
    troubles.extend(counts.into_iter().map(|(trouble, count)| {
        let tasks = if count == 1 { "task" } else { "tasks" };
        format!("{count} {tasks} {trouble}")
    }));
    if let Some(job) = submission.collector
        && let Some(trouble) = slurm.ended(job).iter().find_map(trouble)
    {
        troubles.push(format!("the job that collects {trouble}"));
    }
    troubles
}

/// Behind `3 tasks`.
fn trouble(ended: &Ended) -> Option<String> {
    let Ended {
        state,
        exit_code,
        signal,
        node,
    } = ended;
    if let Some(meaning) = meaning(*exit_code) {
        return Some(format!("could not begin on {node}: {meaning}"));
    }
    match (&**state, signal) {
        ("COMPLETED", _) => None,
        // What a task says is put into the sweep's folder, which is all that it opens before it begins.
        ("FAILED", 53) => {
            meaning(71).map(|meaning| format!("could not begin on {node}: {meaning}"))
        }
        ("FAILED", _) => Some(format!("failed on {node} with exit code {exit_code}")),
        ("OUT_OF_MEMORY", _) => Some(format!(
            "had too little memory on {node}: `--memory` asks for more"
        )),
        ("TIMEOUT", _) => Some(format!("had too little time on {node}")),
        ("CANCELLED", _) => Some("cancelled".to_owned()),
        (state, _) => Some(format!("ended as {state} on {node}")),
    }
}

/// Why the probe did not succeed; `None` where it did, or has not ended.
pub(super) fn probe_failure(
    slurm: &Slurm,
    begun: &Begun,
    submission: &Submission,
    under_way: &UnderWay,
) -> Option<String> {
    let job = submission.probe?;
    if under_way
        .jobs
        .iter()
        .any(|other| other.purpose == Purpose::Probe)
    {
        return None;
    }
    let folder = begun.layout.folder().join(&submission.folder);
    let answer = fs::read_to_string(folder.join(script::ANSWER)).unwrap_or_default();
    if answer.trim() == submission.token {
        return None;
    }
    Some(match slurm.ended(job).first() {
        Some(ended) if ended.state == "COMPLETED" => format!(
            "job {job} has found a folder of this name on {}, but what it wrote there is not here: the folder is not shared",
            ended.node
        ),
        Some(ended) if ended.state == "CANCELLED" => {
            format!("job {job}, which looks at a node first, was cancelled")
        }
        Some(ended) => match meaning(ended.exit_code) {
            Some(meaning) => format!("job {job} ran on {}, where {meaning}", ended.node),
            None => format!(
                "job {job}, which looks at a node first, ended on {} as {} with exit code {}",
                ended.node, ended.state, ended.exit_code
            ),
        },
        None => format!(
            "job {job}, which looks at a node first, has ended and left no answer: the sweep's folder is not shared with the node, \
             or the job was cancelled"
        ),
    })
}

fn as_json(
    begun: &Begun,
    outcomes: &[Outcome],
    standings: &[Standing],
    under_way: &UnderWay,
    troubles: &[String],
) -> Value {
    let mut counts = serde_json::Map::new();
    for standing in Standing::ALL {
        let count = standings.iter().filter(|&&other| other == standing).count();
        counts.insert(standing.word().replace(' ', "-"), count.into());
    }
    let points: Vec<Value> = begun
        .points
        .iter()
        .zip(outcomes)
        .zip(standings)
        .map(|((point, outcome), standing)| {
            json!({
                "name": point.name,
                "standing": standing.word().replace(' ', "-"),
                "verdict": outcome.verdict,
                "run": outcome.folder,
            })
        })
        .collect();
    let jobs: Vec<Value> = under_way
        .jobs
        .iter()
        .map(|Job { queued, purpose }| {
            json!({
                "job": queued.job,
                "task": queued.task,
                "purpose": match purpose {
                    Purpose::Probe => "probe",
                    Purpose::Array(_) => "points",
                    Purpose::Collector => "collect",
                },
                "state": queued.state,
                "reason": queued.reason,
            })
        })
        .collect();
    json!({
        "folder": begun.layout.folder(),
        "counts": counts,
        "points": points,
        "jobs": jobs,
        "troubles": troubles,
    })
}
