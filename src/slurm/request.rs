//! A job as it is asked for: the arguments of `sbatch`. None of it goes through a shell, so that a path may hold anything.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::programs::minutes;

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// For messages: `that probes a node`.
    pub purpose: String,
    /// In the queue.
    pub name: String,
    /// By which it is known.
    pub comment: String,
    /// The partition.
    pub partition: Option<String>,
    /// As Slurm writes it.
    pub time: String,
    /// As Slurm writes it.
    pub memory: String,
    /// Cores.
    pub cpus: usize,
    /// How many tasks, and how many of them at once; none for a single job.
    pub tasks: Option<(usize, Option<usize>)>,
    /// Jobs that must have ended well.
    pub after_success: Option<u64>,
    /// Jobs that must have ended.
    pub after: Vec<u64>,
    /// Where what it says is put.
    pub output: PathBuf,
    /// Of the user.
    pub options: Vec<String>,
    /// The script.
    pub script: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

impl Request {
    /// Of `sbatch`.
    #[must_use]
    pub fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec![
            format!("--job-name={}", self.name).into(),
            "--ntasks=1".into(),
            format!("--cpus-per-task={}", self.cpus).into(),
            format!("--time={}", self.time).into(),
            format!("--mem={}", self.memory).into(),
            // The folder of the submission need not be there on a node; the script says so.
            "--chdir=/".into(),
            "--open-mode=append".into(),
            join("--output=", &pattern(&self.output)),
        ];
        arguments.extend(
            self.partition
                .iter()
                .map(|name| format!("--partition={name}").into()),
        );
        arguments.extend(self.options.iter().map(|option| long(option).into()));
        // What the rest is built on comes last, and so is not the user's to change.
        arguments.extend(["--parsable".into(), "--requeue".into()]);
        arguments.push(format!("--comment={}", self.comment).into());
        // To the script alone, before the time is up; SIGTERM comes with whatever else ends a task.
        arguments.push(format!("--signal=B:USR1@{}", warning(&self.time)).into());
        if let Some((tasks, at_once)) = self.tasks {
            let at_once = at_once.map_or_else(String::new, |count| format!("%{count}"));
            arguments.push(format!("--array=1-{tasks}{at_once}").into());
        }
        let mut after: Vec<String> = self
            .after_success
            .iter()
            .map(|job| format!("afterok:{job}"))
            .collect();
        after.extend(self.after.iter().map(|job| format!("afterany:{job}")));
        if !after.is_empty() {
            arguments.push(format!("--dependency={}", after.join(",")).into());
            arguments.push("--kill-on-invalid-dep=yes".into());
        }
        arguments.push(self.script.clone().into());
        arguments.extend(self.arguments.iter().cloned());
        arguments
    }
}

/// How many seconds before the end: a minute, of less than four a quarter, so that most of the time is for the run.
fn warning(time: &str) -> u64 {
    minutes(time).map_or(60, |minutes| (15 * minutes.min(4)).max(1))
}

/// `account=physics` is `--account=physics`.
fn long(option: &str) -> String {
    if option.starts_with('-') {
        option.to_owned()
    } else {
        format!("--{option}")
    }
}

fn join(option: &str, value: &OsStr) -> OsString {
    let mut text = OsString::from(option);
    text.push(value);
    text
}

/// Slurm puts numbers in the place of `%j` and the like, but for `%%`.
fn pattern(path: &Path) -> OsString {
    match path.to_str() {
        Some(text) => text.replace('%', "%%").into(),
        None => path.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_asks_for_comes_before_what_must_hold() {
        let request = Request {
            purpose: "that runs points".to_owned(),
            name: "xor".to_owned(),
            comment: "brecha 0a 0".to_owned(),
            partition: Some("main".to_owned()),
            time: "5".to_owned(),
            memory: "300M".to_owned(),
            cpus: 2,
            tasks: Some((24, Some(3))),
            after_success: Some(7),
            after: vec![8, 9],
            output: PathBuf::from("/a b/50%j/1.txt"),
            options: vec!["account=physics".to_owned(), "-C fast".to_owned()],
            script: PathBuf::from("/a b/task.sh"),
            arguments: vec!["/a b".into(), "it's".into()],
        };
        let expected = [
            "--job-name=xor",
            "--ntasks=1",
            "--cpus-per-task=2",
            "--time=5",
            "--mem=300M",
            "--chdir=/",
            "--open-mode=append",
            "--output=/a b/50%%j/1.txt",
            "--partition=main",
            "--account=physics",
            "-C fast",
            "--parsable",
            "--requeue",
            "--comment=brecha 0a 0",
            "--signal=B:USR1@60",
            "--array=1-24%3",
            "--dependency=afterok:7,afterany:8,afterany:9",
            "--kill-on-invalid-dep=yes",
            "/a b/task.sh",
            "/a b",
            "it's",
        ];
        assert_eq!(request.arguments(), expected);
        assert_eq!(
            (warning("1"), warning("3:00"), warning("UNLIMITED")),
            (15, 45, 60)
        );
    }
}
