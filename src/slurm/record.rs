//! `slurm.json`: what was submitted. Which points are done it does not say; their runs do.
//!
//! It is written before the first job is sent and after each of them. Where the program is killed in between, the jobs' comments say
//! which submission they are of.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::SlurmError;
use super::queue::Queued;

/// In the folder of a sweep.
pub const FILE: &str = "slurm.json";

/// Another form has another number.
const VERSION: u32 = 1;

/// All submissions of a sweep, the latest last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Record {
    version: u32,
    /// In their order.
    pub submissions: Vec<Submission>,
}

/// What one command has submitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Submission {
    /// When.
    pub at: String,
    /// To which cluster.
    pub cluster: String,
    /// In the comments of its jobs, and in its folder.
    pub token: String,
    /// Its lists, scripts and what its jobs say, below the folder of the sweep.
    pub folder: String,
    /// The job that looks whether a node sees the folder.
    pub probe: Option<u64>,
    /// The jobs that run points.
    pub arrays: Vec<Array>,
    /// The job that collects.
    pub collector: Option<u64>,
}

/// A job array.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Array {
    /// Its number.
    pub job: Option<u64>,
    /// Its points, one a line, in the folder of the submission.
    pub list: String,
    /// How many points the list has.
    pub points: usize,
    /// Of the list that a task runs: task n the n-th so many.
    pub points_per_task: usize,
}

impl Array {
    /// How many tasks it has.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.points.div_ceil(self.points_per_task.max(1))
    }
}

impl Default for Record {
    fn default() -> Self {
        Self {
            version: VERSION,
            submissions: Vec::new(),
        }
    }
}

impl Record {
    /// Of the sweep in `folder`; without submissions where there is none.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not what was written.
    pub fn read(folder: &Path) -> Result<Self, SlurmError> {
        let path = folder.join(FILE);
        let unreadable = |reason: String| SlurmError::Record {
            path: path.clone(),
            reason,
        };
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error.to_string())),
        };
        let record: Self =
            serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        if record.version == VERSION {
            Ok(record)
        } else {
            Err(unreadable(format!(
                "it is of version {}, and this program knows version {VERSION}",
                record.version
            )))
        }
    }

    /// The latest submission of which the controller took a job.
    #[must_use]
    pub fn latest(&self) -> Option<&Submission> {
        let mut latest_first = self.submissions.iter().rev();
        latest_first.find(|submission| submission.probe.is_some())
    }

    /// As a text.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Names and numbers only: nothing that JSON cannot hold.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{json}\n")
    }
}

/// What a job of a submission is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To look whether a node sees the folder.
    Probe,
    /// To run points: the array of this number.
    Array(usize),
    /// To collect.
    Collector,
}

impl Submission {
    /// The comment of a job.
    #[must_use]
    pub fn comment(&self, purpose: Purpose) -> String {
        let purpose = match purpose {
            Purpose::Probe => "probe".to_owned(),
            Purpose::Array(number) => number.to_string(),
            Purpose::Collector => "collect".to_owned(),
        };
        format!("brecha {} {purpose}", self.token)
    }

    /// What a job of the queue is there for; `None` where it is none of this submission.
    #[must_use]
    pub fn purpose(&self, queued: &Queued) -> Option<Purpose> {
        let numbers = (0..self.arrays.len()).map(Purpose::Array);
        let mut purposes = numbers.chain([Purpose::Probe, Purpose::Collector]);
        purposes.find(|&purpose| {
            let known = match purpose {
                Purpose::Probe => self.probe,
                Purpose::Array(number) => self.arrays[number].job,
                Purpose::Collector => self.collector,
            };
            known == Some(queued.job) || queued.comment == self.comment(purpose)
        })
    }

    /// The lines of the list that a task runs, from 0 on.
    #[must_use]
    pub fn lines(&self, array: usize, task: usize) -> std::ops::Range<usize> {
        let Array {
            points,
            points_per_task,
            ..
        } = self.arrays[array];
        let begin = task.saturating_sub(1).saturating_mul(points_per_task);
        begin.min(points)..begin.saturating_add(points_per_task).min(points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_known_by_its_number_or_by_its_comment() {
        let submission = Submission {
            at: String::new(),
            cluster: String::new(),
            token: "0a".to_owned(),
            folder: "slurm/1".to_owned(),
            probe: Some(7),
            arrays: vec![Array {
                job: None,
                list: "1.txt".to_owned(),
                points: 5,
                points_per_task: 2,
            }],
            collector: None,
        };
        let of = |line: &str| submission.purpose(&Queued::parse(line).unwrap());
        assert_eq!(of("7|N/A|PENDING|None|(null)"), Some(Purpose::Probe));
        assert_eq!(of("8|1|RUNNING|None|brecha 0a 0"), Some(Purpose::Array(0)));
        assert_eq!(
            of("9|N/A|PENDING|None|brecha 0a collect"),
            Some(Purpose::Collector)
        );
        assert_eq!(of("9|N/A|PENDING|None|brecha 0b collect"), None);
        assert_eq!(submission.lines(0, 1), 0..2);
        assert_eq!(submission.lines(0, 3), 4..5);
        assert_eq!(submission.lines(0, 9), 5..5);
    }

    #[test]
    fn what_is_no_record_is_refused() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        assert!(Record::read(folder.path())?.submissions.is_empty());
        let path = folder.path().join(FILE);
        fs::write(&path, Record::default().to_json())?;
        assert_eq!(Record::read(folder.path())?, Record::default());
        for garbage in ["", "{", "[]", r#"{"version": 2, "submissions": []}"#, "\0"] {
            fs::write(&path, garbage)?;
            assert!(Record::read(folder.path()).is_err(), "{garbage}");
        }
        Ok(())
    }
}
