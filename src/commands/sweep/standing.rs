//! How far each point of a sweep is: what its run says, and whether Slurm still has a task for it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::experiment::rows::Outcome;
use crate::experiment::{Layout, Point};
use crate::report::reading::RunFolder;
use crate::report::run_state::RunState;
use crate::slurm::queue::Queued;
use crate::slurm::record::{Purpose, Record, Submission};
use crate::slurm::{Slurm, SlurmError};

/// A job of a sweep that has not ended.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) queued: Queued,
    pub(super) purpose: Purpose,
}

/// What Slurm has in its queue for a sweep.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    pub(super) jobs: Vec<Job>,
    /// The lines of the points that some task will run; with whether that task runs.
    points: HashMap<String, bool>,
}

impl UnderWay {
    /// Asks, if there is something to ask for.
    pub(super) fn ask(slurm: &Slurm, folder: &Path, record: &Record) -> Result<Self, Error> {
        if record.submissions.is_empty() {
            return Ok(Self::default());
        }
        Self::of(&slurm.queue()?, folder, record)
    }

    fn of(queue: &[Queued], folder: &Path, record: &Record) -> Result<Self, Error> {
        let mut found = Self::default();
        for submission in &record.submissions {
            let mut lists: HashMap<usize, Vec<String>> = HashMap::new();
            for queued in queue {
                let Some(purpose) = submission.purpose(queued) else {
                    continue;
                };
                if let Purpose::Array(array) = purpose {
                    let list = match lists.entry(array) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(place) => place.insert(list(folder, submission, array)?),
                    };
                    let lines = match queued.task {
                        Some(task) => submission.lines(array, task),
                        // All of them, if it does not say which.
                        None => 0..submission.arrays[array].points,
                    };
                    let points = list.get(lines).unwrap_or_default();
                    let runs = !queued.waits();
                    found
                        .points
                        .extend(points.iter().map(|line| (line.clone(), runs)));
                }
                found.jobs.push(Job {
                    queued: queued.clone(),
                    purpose,
                });
            }
        }
        Ok(found)
    }

    /// Whether some task will run the point.
    pub(super) fn has(&self, point: &Point) -> bool {
        self.points.contains_key(&Layout::line(point))
    }

    /// How many points have a task.
    pub(super) fn points(&self) -> usize {
        self.points.len()
    }

    /// The numbers of these jobs, each once.
    pub(super) fn numbers(&self, wanted: impl Fn(Purpose) -> bool) -> Vec<u64> {
        let jobs = self.jobs.iter().filter(|job| wanted(job.purpose));
        let mut numbers: Vec<u64> = jobs.map(|job| job.queued.job).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

/// The points of an array, one a line.
fn list(folder: &Path, submission: &Submission, array: usize) -> Result<Vec<String>, Error> {
    let file = &submission.arrays[array].list;
    let path = folder.join(&submission.folder).join(file);
    let text = fs::read_to_string(&path).map_err(|error| SlurmError::Record {
        path,
        reason: error.to_string(),
    })?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// How far a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Finished,
    Running,
    Waiting,
    Interrupted,
    Failed,
    Crashed,
    Elsewhere,
    Unreadable,
    NotBegun,
}

impl Standing {
    pub(super) const ALL: [Self; 9] = [
        Self::Finished,
        Self::Running,
        Self::Waiting,
        Self::Interrupted,
        Self::Failed,
        Self::Crashed,
        Self::Elsewhere,
        Self::Unreadable,
        Self::NotBegun,
    ];

    pub(super) fn of(point: &Point, outcome: &Outcome, under_way: &UnderWay) -> Self {
        if outcome.finished() {
            return Self::Finished;
        }
        let says_running = outcome.status.as_deref() == Some("running");
        match under_way.points.get(&Layout::line(point)) {
            Some(true) if says_running => return Self::Running,
            Some(_) => return Self::Waiting,
            None => {}
        }
        let Some(folder) = &outcome.folder else {
            return Self::NotBegun;
        };
        // Of a run that says that it runs, the lock tells the truth.
        let record = RunFolder::new(folder).record().unwrap_or_default();
        match RunState::of(folder, &record) {
            RunState::Finished => Self::Finished,
            RunState::Running => Self::Running,
            RunState::Interrupted => Self::Interrupted,
            RunState::Failed => Self::Failed,
            RunState::Crashed => Self::Crashed,
            RunState::Elsewhere => Self::Elsewhere,
            RunState::Unknown => Self::Unreadable,
        }
    }

    /// For people and programs.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Crashed => "crashed",
            Self::Elsewhere => "elsewhere",
            Self::Unreadable => "unreadable",
            Self::NotBegun => "not begun",
        }
    }
}
