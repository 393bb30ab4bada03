//! What waits and what runs, as `squeue` says it.

/// Number of the job or array, number in the array, state, reason to wait, comment: the last one may hold anything.
pub const FORMAT: &str = "--format=%F|%K|%T|%r|%k";

/// A job, or a task of an array, that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Of the whole array, where it is a task.
    pub job: u64,
    /// In its array.
    pub task: Option<usize>,
    /// `PENDING`, `RUNNING`, …
    pub state: String,
    /// Why it waits.
    pub reason: String,
    /// As it was submitted with.
    pub comment: String,
}

impl Queued {
    /// A line of the queue.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut parts = line.splitn(5, '|');
        let mut next = || parts.next().map(str::trim);
        Some(Self {
            job: next()?.parse().ok()?,
            task: next()?.parse().ok(),
            state: next()?.to_owned(),
            reason: next()?.to_owned(),
            comment: next()?.to_owned(),
        })
    }

    /// Whether it has not been given a node.
    #[must_use]
    pub fn waits(&self) -> bool {
        !matches!(
            &*self.state,
            "RUNNING"
                | "COMPLETING"
                | "CONFIGURING"
                | "SUSPENDED"
                | "STOPPED"
                | "SIGNALING"
                | "STAGE_OUT"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_task() {
        let task = Queued::parse("13|7|RUNNING|None|brecha 0a 1").unwrap();
        assert_eq!((task.job, task.task, task.waits()), (13, Some(7), false));
        assert_eq!(task.comment, "brecha 0a 1");
        let job = Queued::parse("12|N/A|PENDING|Dependency|a|b").unwrap();
        assert_eq!((job.task, job.waits()), (None, true));
        assert_eq!((&*job.reason, &*job.comment), ("Dependency", "a|b"));
        assert_eq!(Queued::parse("slurm_load_jobs error"), None);
        assert_eq!(Queued::parse(""), None);
    }
}
