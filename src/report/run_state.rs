//! What has become of a run: what its record says, and whether somebody still writes to it.
//!
//! A process that is killed writes nothing more, so its record says `running` for ever. Its lock does not lie: the kernel frees it.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::run_lock::RunLock;
use crate::machine::process::Process;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// A process writes to it.
    Running,
    /// All epochs are done.
    Finished,
    /// Stopped on request; what there was is saved.
    Interrupted,
    /// The numbers are no longer finite, or something broke.
    Failed,
    /// It says that it runs, and no process writes to it: killed, out of memory, or without power.
    Crashed,
    /// It says that it runs on another machine, whose locks may not be seen from here.
    Elsewhere,
    /// Its record cannot be read.
    Unknown,
}

impl RunState {
    /// Of the run in this folder, with this `run.json`.
    #[must_use]
    pub fn of(folder: &Path, record: &Value) -> Self {
        match record["status"].as_str() {
            Some("running") => Self::running(folder, record),
            Some("finished") => Self::Finished,
            Some("interrupted") => Self::Interrupted,
            Some("failed") => Self::Failed,
            _ => Self::Unknown,
        }
    }

    fn running(folder: &Path, record: &Value) -> Self {
        let process = process(record);
        match RunLock::is_held(folder) {
            Some(true) => Self::Running,
            Some(false) if process.as_ref().is_some_and(Process::is_elsewhere) => Self::Elsewhere,
            Some(false) => Self::Crashed,
            // Of a version without locks, or on a file system that has none.
            None => match process.and_then(|process| process.is_alive()) {
                Some(false) => Self::Crashed,
                Some(true) => Self::Running,
                None => Self::Elsewhere,
            },
        }
    }

    /// For people, in one word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Crashed => "crashed",
            Self::Elsewhere => "elsewhere",
            Self::Unknown => "unreadable",
        }
    }
}

/// Who wrote the record; older versions gave the number alone.
#[must_use]
pub fn process(record: &Value) -> Option<Process> {
    let written = &record["process"];
    if let Some(id) = written.as_u64() {
        return Some(Process {
            id: u32::try_from(id).ok()?,
            ..Process::default()
        });
    }
    serde_json::from_value(written.clone()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_lock_decides_and_without_one_the_process() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let of = |record: &Value| RunState::of(folder.path(), record);
        let ours = json!({ "status": "running", "process": Process::current() });
        let mut theirs = ours.clone();
        theirs["process"]["host"] = "another.example".into();
        if cfg!(target_os = "linux") {
            assert_eq!(
                of(&ours),
                RunState::Running,
                "no lock, but the process is there"
            );
            let gone = json!({ "status": "running", "process": u32::MAX });
            assert_eq!(of(&gone), RunState::Crashed);
            assert_eq!(of(&theirs), RunState::Elsewhere);
        }
        let lock = RunLock::acquire(folder.path())?;
        assert_eq!(of(&ours), RunState::Running);
        assert_eq!(of(&theirs), RunState::Running);
        drop(lock);
        assert_eq!(of(&ours), RunState::Crashed);
        if cfg!(target_os = "linux") {
            assert_eq!(of(&theirs), RunState::Elsewhere);
        }
        for (status, state) in [
            ("finished", RunState::Finished),
            ("interrupted", RunState::Interrupted),
            ("failed", RunState::Failed),
            ("asleep", RunState::Unknown),
        ] {
            assert_eq!(of(&json!({ "status": status })), state);
        }
        assert_eq!(of(&Value::Null), RunState::Unknown);
        Ok(())
    }
}
