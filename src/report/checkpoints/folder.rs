//! Which checkpoints there are, and which of them is the newest that is whole.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::FOLDER;
use crate::report::{ReportError, run_file};
use crate::training::checkpoint::encoding::decode;
use crate::training::checkpoint::{Checkpoint, Origin, Place};

/// A checkpoint that is whole.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its file.
    pub path: PathBuf,
    /// Of what run.
    pub origin: Origin,
    /// What is in it.
    pub checkpoint: Checkpoint,
}

/// A file that is no whole checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// It.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// The newest checkpoint of a run that is whole, and those newer ones that are not.
///
/// # Errors
///
/// The folder cannot be read.
pub fn newest(run: &Path) -> Result<(Option<Found>, Vec<Rejected>), ReportError> {
    let mut rejected = Vec::new();
    for (_, path) in files(run)?.into_iter().rev() {
        let found = run_file::read(run, &file_of(&path))
            .map_err(|error| error.to_string())
            .and_then(|bytes| decode(&bytes).map_err(|error| error.to_string()));
        match found {
            Ok((origin, checkpoint)) => {
                let found = Found {
                    path,
                    origin,
                    checkpoint,
                };
                return Ok((Some(found), rejected));
            }
            Err(reason) => rejected.push(Rejected { path, reason }),
        }
    }
    Ok((None, rejected))
}

/// All checkpoints of a run by their names, the oldest first.
pub(super) fn files(run: &Path) -> Result<Vec<(Place, PathBuf)>, ReportError> {
    let folder = run.join(FOLDER);
    run_file::check_place(run, &folder)?;
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ReportError::io("read", &folder)(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(ReportError::io("read", &folder))?;
        let name = entry.file_name();
        if let Some(place) = name.to_str().and_then(place) {
            files.push((place, entry.path()));
        }
    }
    files.sort();
    Ok(files)
}

/// Below the run's folder.
fn file_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().display();
    format!("{FOLDER}/{name}")
}

/// `epoch-000012-step-000345.checkpoint`: behind 12 epochs and 345 steps of the next.
pub(super) fn name(place: Place) -> String {
    format!(
        "epoch-{:06}-step-{:06}.checkpoint",
        place.epochs, place.steps
    )
}

fn place(name: &str) -> Option<Place> {
    let numbers = name.strip_prefix("epoch-")?.strip_suffix(".checkpoint")?;
    let (epochs, steps) = numbers.split_once("-step-")?;
    Some(Place {
        epochs: epochs.parse().ok()?,
        steps: steps.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_places() {
        for (epochs, steps) in [(0, 0), (12, 345), (1_234_567, 7_654_321)] {
            let at = Place { epochs, steps };
            assert_eq!(place(&name(at)), Some(at));
        }
        for other in [
            "epoch-1-step-2.checkpoint.77-1.tmp",
            "epoch-x-step-2.checkpoint",
            "notes",
        ] {
            assert_eq!(place(other), None, "{other}");
        }
    }
}
