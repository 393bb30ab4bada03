//! What a run leaves behind, on disk and on the terminal. Nothing here computes: it writes down what the other stages
//! have found.

pub mod age;
mod beside;
pub mod boundary;
pub mod calibration;
pub mod checkpoints;
pub mod classes;
mod comparison;
pub mod confusion;
pub mod contact_sheet;
pub mod control;
pub mod curves;
pub mod description;
pub mod evaluation;
pub mod explanation;
pub mod gallery;
pub mod gradients;
pub mod heat_maps;
pub mod layers;
pub mod metrics;
pub mod page;
pub mod picture;
pub mod predictions;
pub mod progress;
pub mod reading;
pub mod record;
pub mod reliability;
pub mod run_directory;
pub mod run_file;
pub mod run_lock;
pub mod run_state;
pub mod saved_model;
pub mod scaling;
pub mod style;
pub mod summary;
pub mod tensorboard;
pub mod terminal;
pub mod weights;

use std::path::{Path, PathBuf};

pub use run_directory::RunDirectory;

/// What cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file system says no.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// `create`, `write`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// As the operating system says it.
        source: std::io::Error,
    },
    /// The name of a run is not the name of a folder.
    #[error("a run cannot be named `{name}`")]
    Name {
        /// As written.
        name: String,
    },
    /// Another process writes to the run.
    #[error("`{}` is being written by {holder}", run.display())]
    Locked {
        /// Its folder.
        run: PathBuf,
        /// As it says of itself.
        holder: String,
    },
    /// No checkpoint of a run is whole.
    #[error("no checkpoint of `{}` is whole: {}", run.display(), list(rejected))]
    NoCheckpoint {
        /// Its folder.
        run: PathBuf,
        /// All of them.
        rejected: Vec<checkpoints::Rejected>,
    },
    /// A picture cannot be drawn.
    #[error("cannot draw `{file}`: {source}")]
    Picture {
        /// The file that is missing.
        file: &'static str,
        /// As the drawing says it.
        source: picture::PictureError,
    },
    /// A link leads out of a run's folder.
    #[error(
        "`{}` leads out of the run's folder, to `{}`",
        path.display(),
        place.display()
    )]
    Elsewhere {
        /// The link, or a file behind one.
        path: PathBuf,
        /// Where it leads.
        place: PathBuf,
    },
    /// A file of a run is not what brecha wrote.
    #[error("cannot read `{}`: {reason}", path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// As the decoder says it.
        reason: String,
    },
    /// A file that was just written does not come back from the disk.
    #[error("`{}` is not on the disk as it was written: {reason}", path.display())]
    Lost {
        /// The file.
        path: PathBuf,
        /// As the operating system or the decoder says it.
        reason: String,
    },
    /// A table or record cannot be put into text.
    #[error("cannot write `{}`: {reason}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// As the encoder says it.
        reason: String,
    },
}

fn list(rejected: &[checkpoints::Rejected]) -> String {
    let of_one = |one: &checkpoints::Rejected| {
        let name = one.path.file_name().unwrap_or_default();
        format!("`{}` ({})", name.display(), one.reason)
    };
    rejected.iter().map(of_one).collect::<Vec<_>>().join(", ")
}

impl ReportError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io {
                action: "create", ..
            } => Some("choose another folder for the runs with `--artifacts DIRECTORY`".to_owned()),
            Self::Io {
                action: "list the runs of",
                ..
            } => Some("name the folder that holds the runs' folders, such as `brecha runs artifacts`".to_owned()),
            Self::Name { .. } => {
                Some("use letters, digits, `-`, `_` and `.`, not starting with a dot".to_owned())
            }
            Self::Locked { .. } => Some(
                "wait until it has ended, or stop it; a run has one writer at a time".to_owned(),
            ),
            Self::NoCheckpoint { .. } => {
                Some("without `--resume`, the same command begins a new run beside it".to_owned())
            }
            Self::Io { action: "read", .. } => Some(
                "a run is a folder that brecha has written, such as `artifacts/xor`".to_owned(),
            ),
            Self::Elsewhere { .. } => Some(
                "a run is read and written in its own folder only: put a copy of the file in the place of the link".to_owned(),
            ),
            Self::Decode { .. } => Some("the file was changed or damaged since the run".to_owned()),
            Self::Lost { .. } => Some(
                "something else removes or changes the files of the run, or the disk fails: choose another folder with `--artifacts DIRECTORY`".to_owned(),
            ),
            Self::Io { .. } | Self::Picture { .. } | Self::Encode { .. } => None,
        }
    }

    fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
