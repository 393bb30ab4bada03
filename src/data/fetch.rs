//! Published sets from the web into the cache: `brecha data fetch`.
//!
//! ```text
//! origin (URL or folder) ─→ NAME.part ─→ SHA-256 ─→ NAME          four files, or
//!                                                   archive ─→ members, with their SHA256SUMS
//! ```
//!
//! A download can be stopped at any time: what is there has its final name only if it is whole and has the published digest,
//! and `NAME.part` is gone on with (HTTP `Range`). Two calls at once exclude each other by a lock on the folder.

mod download;
pub mod error;
mod origin;
mod partial;
mod unpack;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use self::download::download;
use self::error::FetchError;
use self::origin::Origin;
use self::partial::{disk, sha256_of};
use super::published::{PublishedFile, PublishedSet};

/// Told how far it has come: `data` itself prints nothing.
pub trait FetchWatch {
    /// `file` is now read from `place`, after the `kept` bytes that are there already.
    fn begins(&self, file: &PublishedFile, place: &str, kept: u64);
    /// So many bytes of it are there.
    fn progress(&self, file: &PublishedFile, bytes: u64);
}

/// What has been done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where the set lies.
    pub directory: PathBuf,
    /// Files that were there, but not as they were published.
    pub damaged: Vec<String>,
    /// Whether anything was downloaded.
    pub downloaded: bool,
}

/// Sees to it that `set` lies in a folder of its name below `root`, whole and as published. `from` is the address of a folder
/// (`http://`, `https://`), or a folder of this machine, that has the files instead of the published addresses.
///
/// # Errors
///
/// No place has the file, it is not the published one, or it cannot be written.
pub fn fetch(
    set: &PublishedSet,
    from: Option<&str>,
    root: &Path,
    watch: &dyn FetchWatch,
) -> Result<Fetched, FetchError> {
    let directory = root.join(set.name);
    fs::create_dir_all(&directory).map_err(disk("create", &directory))?;
    let _lock = lock(&directory)?;
    let mut fetched = Fetched {
        directory: directory.clone(),
        damaged: Vec::new(),
        downloaded: false,
    };
    if let Some(members) = &set.members {
        match unpack::are_whole(&directory, members)? {
            Some(true) => return Ok(fetched),
            Some(false) => fetched.damaged.push(members.folder.to_owned()),
            None => {}
        }
    }
    let origin = Origin::new(set, from);
    for file in set.files {
        let target = directory.join(file.name);
        match sha256_of(&target)? {
            Some(found) if found == file.sha256 => continue,
            Some(_) => fetched.damaged.push(file.name.to_owned()),
            None => {}
        }
        download(file, &directory, &origin, watch)?;
        fetched.downloaded = true;
    }
    if let Some(members) = &set.members {
        for file in set.files {
            let archive = directory.join(file.name);
            unpack::unpack(&archive, &directory, members)?;
            // It can be had again, and takes as much space as its members.
            fs::remove_file(&archive).map_err(disk("remove", &archive))?;
        }
    }
    Ok(fetched)
}

/// Held until the file is closed, by the end of the program at the latest.
fn lock(directory: &Path) -> Result<File, FetchError> {
    let path = directory.join(".lock");
    let file = File::create(&path).map_err(disk("create", &path))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(FetchError::Busy {
            directory: directory.to_owned(),
        }),
        // A file system that knows no locks does not keep anybody from downloading.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

#[cfg(test)]
mod tests;
