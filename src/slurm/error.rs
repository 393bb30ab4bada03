//! What can go wrong with Slurm.

use std::path::PathBuf;

use thiserror::Error;

/// Why Slurm does not do what was asked.
#[derive(Debug, Error)]
pub enum SlurmError {
    /// A program of Slurm is not on this machine.
    #[error("there is no Slurm on this machine: no program `{program}` in `PATH`")]
    Missing {
        /// Its name.
        program: &'static str,
    },
    /// A program of Slurm cannot be started.
    #[error("cannot start `{program}`: {source}")]
    Start {
        /// Its name.
        program: &'static str,
        /// As the system says it.
        source: std::io::Error,
    },
    /// The controller is away.
    #[error("Slurm's controller does not answer: {said}")]
    Unreachable {
        /// By Slurm's program.
        said: String,
    },
    /// There is no such partition.
    #[error("the cluster has no partition `{name}`; it has {}", list(known))]
    Partition {
        /// As asked for.
        name: String,
        /// All of them.
        known: Vec<String>,
    },
    /// The controller does not take the job.
    #[error("Slurm refuses the job {what}: {said}")]
    Refused {
        /// `that probes the nodes`
        what: String,
        /// By the controller.
        said: String,
    },
    /// A program of Slurm fails in another way.
    #[error("`{program}` failed: {said}")]
    Failed {
        /// Its name.
        program: &'static str,
        /// By itself.
        said: String,
    },
    /// `slurm.json` is not what was written.
    #[error("cannot read `{}`: {reason}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The nodes do not see what this machine sees.
    #[error("no task began: {reason}")]
    Probe {
        /// In a sentence.
        reason: String,
    },
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() {
        "none that this user may see".to_owned()
    } else {
        quoted.join(", ")
    }
}

impl SlurmError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some(
                "give the command on a login node of the cluster; or install its programs, on Debian `apt-get install slurm-client munge`, \
                 with the cluster's `slurm.conf` and munge key; without `--on slurm` the sweep runs on this machine"
                    .to_owned(),
            ),
            Self::Unreachable { .. } => Some(
                "`scontrol ping` says whether it is up; `SLURM_CONF` or `/etc/slurm/slurm.conf` says where it should be".to_owned(),
            ),
            Self::Partition { .. } => Some(
                "choose one with `--partition NAME`, or leave it out for the cluster's own choice".to_owned(),
            ),
            Self::Refused { .. } => Some(
                "`--time`, `--memory`, `--cpus`, `--partition` and `--sbatch-option` say what is asked for; the same command submits \
                 what is missing"
                    .to_owned(),
            ),
            Self::Record { .. } => Some(
                "it says which jobs belong to the sweep; if `squeue --me` shows none of them, remove the file and submit again"
                    .to_owned(),
            ),
            Self::Probe { .. } => Some(
                "runs, configuration and program must be in folders that this machine and the nodes share; the page on Slurm in \
                 `README.md` says how. When that is so, the same command submits again"
                    .to_owned(),
            ),
            Self::Start { .. } | Self::Failed { .. } => None,
        }
    }

    /// Whether what the user asked for is wrong, and not the cluster.
    #[must_use]
    pub fn is_about_arguments(&self) -> bool {
        matches!(self, Self::Partition { .. })
    }

    /// Whether a file is.
    #[must_use]
    pub fn is_about_files(&self) -> bool {
        matches!(self, Self::Record { .. })
    }
}
