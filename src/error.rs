//! What can go wrong in a command, and the exit code it ends with.

use std::path::PathBuf;

use burn::tensor::ExecutionError;

use crate::backend::BackendError;
use crate::config::ConfigError;
use crate::data::DataError;
use crate::data::fetch::error::FetchError;
use crate::evaluation::MeasureError;
use crate::generalization::advice::tenth;
use crate::gradients::GradientError;
use crate::import::ImportError;
use crate::machine::limits::LimitError;
use crate::report::ReportError;
use crate::slurm::SlurmError;
use crate::training::{Divergence, TrainingError};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration or an override.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// Arguments that do not go together.
    #[error("{message}")]
    Arguments {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// A run that cannot be verified, because it has no result or its data has changed.
    #[error("{message}")]
    Unverifiable {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The data.
    #[error("{0}")]
    Data(#[from] DataError),
    /// Data that was named on the command line.
    #[error("{error}")]
    Given {
        /// As the command line calls it: `--data`.
        argument: &'static str,
        /// What is wrong with it.
        error: Box<DataError>,
    },
    /// A published set that could not be downloaded.
    #[error("{0}")]
    Fetch(#[from] FetchError),
    /// The splits share samples, and the configuration does not allow it.
    #[error("the splits share samples: {}", findings.join("; "))]
    Leakage {
        /// What was found.
        findings: Vec<String>,
    },
    /// The back end.
    #[error("{0}")]
    Backend(#[from] BackendError),
    /// The machine has too little left.
    #[error("{0}")]
    Limit(#[from] LimitError),
    /// Gradients that are wrong, or cannot be compared.
    #[error("{0}")]
    Gradients(GradientError),
    /// Files.
    #[error("{0}")]
    Report(#[from] ReportError),
    /// The cluster.
    #[error("{0}")]
    Slurm(#[from] SlurmError),
    /// A file that cannot be written, where the command line says which.
    #[error("{error}")]
    Output {
        /// As the command line calls it: `--output`.
        argument: &'static str,
        /// Why not.
        error: ReportError,
    },
    /// Weights that are not the network's.
    #[error("cannot take the weights of `{}`: {reason}", path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: ImportError,
    },
    /// The loop.
    #[error("{0}")]
    Training(TrainingError),
    /// Numbers that are no longer finite.
    #[error("{}", describe(.0))]
    Diverged(Divergence),
}

impl From<TrainingError> for Error {
    fn from(error: TrainingError) -> Self {
        match error {
            TrainingError::Report(report) => Self::Report(report),
            TrainingError::Data(data) => Self::Data(data),
            other => Self::Training(other),
        }
    }
}

impl From<MeasureError> for Error {
    fn from(error: MeasureError) -> Self {
        TrainingError::from(error).into()
    }
}

impl From<GradientError> for Error {
    fn from(error: GradientError) -> Self {
        match error {
            GradientError::Data(data) => Self::Data(data),
            other => Self::Gradients(other),
        }
    }
}

/// What the device cannot compute, it cannot compute in training or in measuring.
impl From<ExecutionError> for Error {
    fn from(error: ExecutionError) -> Self {
        Self::Training(error.into())
    }
}

fn describe(divergence: &Divergence) -> String {
    let step = divergence
        .step
        .map_or_else(String::new, |step| format!(", step {step}"));
    format!(
        "training diverged in epoch {}{step}: the {} is {}, at learning rate {:?}",
        divergence.epoch, divergence.quantity, divergence.value, divergence.learning_rate
    )
}

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// Done.
    Success = 0,
    /// A check failed: gradients.
    CheckFailed = 1,
    /// The configuration or the arguments are wrong.
    Usage = 2,
    /// The data is wrong.
    Data = 3,
    /// The back end is unknown to this build, absent or broken, or has too little memory.
    Backend = 4,
    /// A file cannot be read or written, or the system has no more of something: disk, open files, threads.
    InputOutput = 5,
    /// Numbers are no longer finite.
    Numeric = 6,
    /// A bug of ours.
    Bug = 101,
    /// The terminal went away (SIGHUP); what there was is saved.
    HungUp = 129,
    /// Stopped by the user (SIGINT); what there was is saved.
    Interrupted = 130,
    /// Stopped by the system or a scheduler (SIGTERM); what there was is saved.
    Terminated = 143,
}

impl Error {
    /// The same, if it is about data: data that this argument of the command line named, and no configuration.
    #[must_use]
    pub fn given_by(self, argument: &'static str) -> Self {
        match self {
            Self::Data(error) => Self::Given {
                argument,
                error: Box::new(error),
            },
            other => other,
        }
    }

    /// A file that this argument of the command line names could not be written.
    pub fn output(argument: &'static str) -> impl FnOnce(ReportError) -> Self {
        move |error| Self::Output { argument, error }
    }

    /// The code for this failure.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Gradients(GradientError::NotFinite { .. } | GradientError::Disagree(_)) => {
                ExitCode::CheckFailed
            }
            Self::Config(_)
            | Self::Arguments { .. }
            | Self::Import { .. }
            | Self::Gradients(GradientError::NoDerivative { .. })
            | Self::Report(ReportError::Name { .. }) => ExitCode::Usage,
            Self::Backend(error) if error.is_about_the_text() => ExitCode::Usage,
            Self::Slurm(error) if error.is_about_arguments() => ExitCode::Usage,
            Self::Slurm(error) if error.is_about_files() => ExitCode::InputOutput,
            Self::Fetch(error) if error.is_about_data() => ExitCode::Data,
            Self::Given { error, .. } if error.is_of_the_disk() => ExitCode::InputOutput,
            Self::Data(error)
            | Self::Gradients(GradientError::Data(error))
            | Self::Training(TrainingError::Data(error))
                if error.is_of_the_disk() =>
            {
                ExitCode::InputOutput
            }
            Self::Data(_)
            | Self::Given { .. }
            | Self::Gradients(GradientError::Data(_))
            | Self::Training(TrainingError::Data(_))
            | Self::Leakage { .. }
            | Self::Unverifiable { .. } => ExitCode::Data,
            Self::Backend(_)
            | Self::Slurm(_)
            | Self::Limit(LimitError::Memory { .. })
            | Self::Gradients(GradientError::Device(_))
            | Self::Training(TrainingError::Device(_) | TrainingError::OneOfSeveral { .. }) => {
                ExitCode::Backend
            }
            Self::Fetch(_)
            | Self::Report(_)
            | Self::Output { .. }
            | Self::Limit(_)
            | Self::Training(TrainingError::Report(_) | TrainingError::Checkpoint(_)) => {
                ExitCode::InputOutput
            }
            Self::Diverged(_) => ExitCode::Numeric,
            Self::Gradients(GradientError::Tensors { .. })
            | Self::Training(
                TrainingError::Framework(_)
                | TrainingError::Miscounted { .. }
                | TrainingError::NothingToMeasure,
            ) => ExitCode::Bug,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Arguments { hint, .. } | Self::Unverifiable { hint, .. } => Some(hint.clone()),
            Self::Given { argument, error } if error.is_not_there() => Some(format!(
                "`{argument}` is relative to the folder in which the command is given"
            )),
            Self::Data(error) => error.hint(),
            Self::Given { error, .. } => error.hint(),
            Self::Fetch(error) => error.hint(),
            Self::Leakage { .. } => Some(
                "remove the duplicates from the data; with `data.leakage = \"warn\"` the run begins, and the verdict is given \
                 with and without them"
                    .to_owned(),
            ),
            Self::Backend(error) => Some(error.hint()),
            Self::Limit(error) => Some(error.hint()),
            Self::Gradients(error) => error.hint(),
            Self::Report(error) => error.hint(),
            Self::Slurm(error) => error.hint(),
            Self::Output { argument, .. } => Some(format!(
                "`{argument} FILE` writes it elsewhere: to a folder that is there and may be written to"
            )),
            Self::Import {
                reason: ImportError::Pickle,
                ..
            } => Some(
                "where it was trained, write `safetensors.torch.save_file(model.state_dict(), \"weights.safetensors\")`"
                    .to_owned(),
            ),
            Self::Import {
                reason: ImportError::Count { .. } | ImportError::Shape { .. } | ImportError::Missing(_),
                ..
            } => Some(
                "the configuration has to describe the very network that was trained; `brecha --config FILE --dry-run` shows its layers"
                    .to_owned(),
            ),
            // A configuration error shows its hints below each problem.
            Self::Training(TrainingError::Device(_)) => {
                Some(
                    "`--backend flex` computes on the CPU; a run goes on there from its newest checkpoint: `brecha --resume RUN --backend flex`"
                        .to_owned(),
                )
            }
            Self::Training(TrainingError::OneOfSeveral { .. }) => Some(
                "a run goes on from its newest checkpoint: on one device with `brecha --resume RUN --backend NAME`, on those that work \
                 with `--set 'devices=[…]'`"
                    .to_owned(),
            ),
            Self::Config(_) | Self::Import { .. } | Self::Training(_) => None,
            Self::Diverged(divergence) => Some(format!(
                "use a smaller learning rate, for example {:?}",
                tenth(divergence.learning_rate)
            )),
        }
    }
}
