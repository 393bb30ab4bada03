//! Slurm's own programs.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::SlurmError;
use super::queue::{self, Queued};
use super::request::Request;

/// The programs of a cluster, found.
#[derive(Clone, Debug)]
pub struct Slurm {
    _found: (),
}

/// What the controller says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// A task of an array has a number below this one.
    pub largest_array: usize,
    /// Jobs, tasks of arrays among them, that the controller holds at once.
    pub most_jobs: usize,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its name.
    pub name: String,
    /// Whether it is the one for who does not choose.
    pub is_default: bool,
    /// The longest time limit of a job in minutes; `None` where there is no limit.
    pub longest: Option<u64>,
}

/// How a job has ended, as the controller remembers for some minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// `COMPLETED`, `FAILED`, `CANCELLED`, …
    pub state: String,
    /// Of its script.
    pub exit_code: i32,
    /// By which it was killed; Slurm's own failures have one as well.
    pub signal: i32,
    /// Where it ran.
    pub node: String,
}

impl Slurm {
    /// Those in `PATH`.
    ///
    /// # Errors
    ///
    /// One is missing.
    pub fn find() -> Result<Self, SlurmError> {
        for program in ["sbatch", "squeue", "scontrol", "scancel", "sinfo"] {
            if !is_in_path(program) {
                return Err(SlurmError::Missing { program });
            }
        }
        Ok(Self { _found: () })
    }

    /// What the controller says of itself.
    ///
    /// # Errors
    ///
    /// It does not answer.
    pub fn cluster(&self) -> Result<Cluster, SlurmError> {
        let text = ask("scontrol", &["show", "config"])?;
        Ok(cluster(&text))
    }

    /// All partitions that this user sees.
    ///
    /// # Errors
    ///
    /// The controller does not answer.
    pub fn partitions(&self) -> Result<Vec<Partition>, SlurmError> {
        // The star of the default partition is only in the first of these.
        let text = ask("sinfo", &["--noheader", "--format=%P|%l"])?;
        let mut found: Vec<Partition> = text.lines().filter_map(partition).collect();
        found.dedup_by(|later, earlier| later.name == earlier.name);
        Ok(found)
    }

    /// Submits a job, and returns its number. A controller that is full lets `sbatch` try for two minutes; what it says of that is given
    /// to `waits` while it does.
    ///
    /// # Errors
    ///
    /// The controller does not answer, or does not take it.
    pub fn submit(&self, request: &Request, waits: &dyn Fn(&str)) -> Result<u64, SlurmError> {
        let mut child = command("sbatch", &request.arguments())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(not_started("sbatch"))?;
        // It says a few words on each, far less than a pipe holds.
        let mut errors = Vec::new();
        for line in child
            .stderr
            .take()
            .into_iter()
            .flat_map(|errors| BufReader::new(errors).lines())
        {
            let Ok(line) = line else { break };
            if line.contains("retrying") {
                waits(&line);
            }
            errors.push(line);
        }
        let output = child.wait_with_output().map_err(not_started("sbatch"))?;
        let output_text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(refusal(request, errors.join("\n")));
        }
        // `12`, or `12;cluster` where there are several.
        let answer = output_text.trim();
        let number = answer.split(';').next().unwrap_or_default();
        number.parse().map_err(|_| SlurmError::Failed {
            program: "sbatch",
            said: format!("it answered `{answer}`, no number of a job"),
        })
    }

    /// This user's jobs that wait or run, each task of an array by itself.
    ///
    /// # Errors
    ///
    /// The controller does not answer.
    pub fn queue(&self) -> Result<Vec<Queued>, SlurmError> {
        let text = ask("squeue", &["--me", "--noheader", "--array", queue::FORMAT])?;
        Ok(text.lines().filter_map(Queued::parse).collect())
    }

    /// Ends jobs; those that have ended already are none to complain of.
    ///
    /// # Errors
    ///
    /// The controller does not answer, or does not allow it.
    pub fn cancel(&self, jobs: &[u64]) -> Result<(), SlurmError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let jobs: Vec<String> = jobs.iter().map(u64::to_string).collect();
        let mut arguments = vec!["--quiet"];
        arguments.extend(jobs.iter().map(String::as_str));
        ask("scancel", &arguments).map(drop)
    }

    /// How a job, or each task of an array, has ended, as far as the controller remembers: by default for five minutes.
    #[must_use]
    pub fn ended(&self, job: u64) -> Vec<Ended> {
        let said = run("scontrol", &["show", "--oneliner", "job", &job.to_string()]);
        let text = said.map(|said| said.output).unwrap_or_default();
        text.lines().filter_map(ended).collect()
    }
}

/// What a program has answered.
struct Said {
    succeeded: bool,
    output: String,
    errors: String,
}

fn command(program: &str, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    // What is read here is in no other form, whatever the user likes to see.
    for variable in [
        "SQUEUE_FORMAT",
        "SQUEUE_PARTITION",
        "SQUEUE_STATES",
        "SINFO_FORMAT",
        "SINFO_PARTITION",
    ] {
        command.env_remove(variable);
    }
    command
}

fn not_started(program: &'static str) -> impl FnOnce(std::io::Error) -> SlurmError {
    move |source| match source.kind() {
        std::io::ErrorKind::NotFound => SlurmError::Missing { program },
        _ => SlurmError::Start { program, source },
    }
}

fn run(program: &'static str, arguments: &[&str]) -> Result<Said, SlurmError> {
    let output = command(program, arguments)
        .output()
        .map_err(not_started(program))?;
    Ok(Said {
        succeeded: output.status.success(),
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

/// The same where there is nothing to refuse.
fn ask(program: &'static str, arguments: &[&str]) -> Result<String, SlurmError> {
    let said = run(program, arguments)?;
    if said.succeeded {
        Ok(said.output)
    } else if is_away(&said.errors) {
        Err(SlurmError::Unreachable { said: said.errors })
    } else {
        Err(SlurmError::Failed {
            program,
            said: said.errors,
        })
    }
}

fn refusal(request: &Request, said: String) -> SlurmError {
    if is_away(&said) {
        SlurmError::Unreachable { said }
    } else {
        SlurmError::Refused {
            what: request.purpose.clone(),
            said,
        }
    }
}

/// Words of `slurm_strerror` for a controller, or a configuration, that is not there.
fn is_away(said: &str) -> bool {
    [
        "Unable to contact slurm controller",
        "Could not establish a configuration source",
        "Unable to establish controller machine",
        "authentication",
        "Munge",
        "Connection refused",
    ]
    .iter()
    .any(|part| said.contains(part))
}

fn is_in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.retain(|folder| !folder.as_os_str().is_empty());
    folders.iter().any(|folder| folder.join(program).is_file())
}

/// `MaxArraySize            = 1001`
fn cluster(text: &str) -> Cluster {
    let value = |key: &str| {
        text.lines()
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| name.trim() == key)
            .map(|(_, value)| value.trim().to_owned())
    };
    let number = |key: &str, otherwise| {
        let value = value(key).and_then(|value| value.parse().ok());
        value.unwrap_or(otherwise)
    };
    Cluster {
        name: value("ClusterName").unwrap_or_default(),
        // What Slurm itself takes where nothing is configured.
        largest_array: number("MaxArraySize", 1_001),
        most_jobs: number("MaxJobCount", 10_000),
    }
}

/// `main*|1-02:30:00`
fn partition(line: &str) -> Option<Partition> {
    let (name, limit) = line.trim().split_once('|')?;
    Some(Partition {
        name: name.trim_end_matches('*').to_owned(),
        is_default: name.ends_with('*'),
        longest: minutes(limit),
    })
}

/// `30`, `30:00`, `2:30:00`, `1-02:30:00`, rounded up; `None` for `infinite`.
#[must_use]
pub fn minutes(limit: &str) -> Option<u64> {
    let (days, rest) = match limit.trim().split_once('-') {
        Some((days, rest)) => (days.parse::<u64>().ok()?, rest),
        None => (0, limit.trim()),
    };
    let parts: Vec<u64> = rest
        .split(':')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let with_days = limit.contains('-');
    let seconds = match (parts[..].len(), with_days) {
        (1, false) => parts[0].checked_mul(60)?,
        (1, true) => parts[0].checked_mul(3_600)?,
        (2, false) => parts[0].checked_mul(60)?.checked_add(parts[1])?,
        (2, true) => parts[0].checked_mul(3_600)?.checked_add(60 * parts[1])?,
        (3, _) => parts[0]
            .checked_mul(3_600)?
            .checked_add(60 * parts[1] + parts[2])?,
        _ => return None,
    };
    days.checked_mul(1_440)?.checked_add(seconds.div_ceil(60))
}

/// `JobId=12 … JobState=FAILED … ExitCode=101:0 … NodeList=n1 …`
fn ended(text: &str) -> Option<Ended> {
    let value = |key: &str| {
        text.split_whitespace()
            .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    };
    let state = value("JobState")?;
    if matches!(
        state,
        "PENDING" | "RUNNING" | "COMPLETING" | "CONFIGURING" | "SUSPENDED"
    ) {
        return None;
    }
    let (exit_code, signal) = value("ExitCode")?.split_once(':')?;
    Some(Ended {
        state: state.to_owned(),
        exit_code: exit_code.parse().ok()?,
        signal: signal.parse().ok()?,
        node: value("BatchHost")
            .or(value("NodeList"))
            .unwrap_or_default()
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_minutes() {
        for (limit, expected) in [
            ("30", Some(30)),
            ("30:00", Some(30)),
            ("0:30", Some(1)),
            ("2:30:00", Some(150)),
            ("1-02:30:00", Some(1_590)),
            ("1-2", Some(1_560)),
            ("infinite", None),
            ("n/a", None),
            ("", None),
            ("1:2:3:4", None),
            ("99999999999999999999", None),
            ("18446744073709551615-0", None),
        ] {
            assert_eq!(minutes(limit), expected, "{limit}");
        }
    }

    #[test]
    fn partitions_have_a_default_and_limits() {
        assert_eq!(
            partition("main*|1:00:00"),
            Some(Partition {
                name: "main".to_owned(),
                is_default: true,
                longest: Some(60),
            })
        );
        let other = partition("long|infinite").unwrap();
        assert!(!other.is_default && other.longest.is_none());
        assert_eq!(partition("nothing"), None);
    }

    #[test]
    fn a_job_that_has_ended_says_how() {
        let text = "JobId=12 JobName=a b JobState=FAILED Reason=NonZeroExitCode ExitCode=101:0 NodeList=n1 BatchHost=n1 Command=/x";
        assert_eq!(
            ended(text),
            Some(Ended {
                state: "FAILED".to_owned(),
                exit_code: 101,
                signal: 0,
                node: "n1".to_owned(),
            })
        );
        assert_eq!(ended("JobState=RUNNING ExitCode=0:0"), None);
        assert_eq!(ended(""), None);
    }

    #[test]
    fn the_controller_says_what_it_holds() {
        let text = "Configuration data\nClusterName             = test\nMaxArraySize            = 5\nMaxJobCount = x\n";
        assert_eq!(
            cluster(text),
            Cluster {
                name: "test".to_owned(),
                largest_array: 5,
                most_jobs: 10_000,
            }
        );
    }
}
