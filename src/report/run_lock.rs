//! One run, one writer: a lock on `run.lock` that the operating system frees when its process ends, however it ends.
//!
//! The file stays; that it is there says nothing. What is in it says who holds it, for people. On network file systems such a lock may
//! not reach the other machines (NFS before version 4, some settings of Lustre): there, do not start one run twice.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ReportError;
use super::record::now;
use crate::machine::process::Process;

/// In the folder of a run.
pub(super) const FILE: &str = "run.lock";

/// Whoever only looks holds the lock for a moment; so many times that is waited for.
const TRIES: u32 = 20;

/// Held as long as it lives.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the lock of the run in this folder.
    ///
    /// # Errors
    ///
    /// Another process has it, or the folder cannot be written to.
    pub fn acquire(run: &Path) -> Result<Self, ReportError> {
        let path = run.join(FILE);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = without_links(&mut options)
            .open(&path)
            .map_err(ReportError::io("write", &path))?;
        for attempt in 1..=TRIES {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < TRIES => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    // Information only.
                    let _ = file.take(1000).read_to_string(&mut holder);
                    return Err(ReportError::Locked {
                        run: run.to_owned(),
                        holder: holder
                            .lines()
                            .next()
                            .unwrap_or("another process")
                            .to_owned(),
                    });
                }
                // A file system without locks: the run goes on without.
                Err(TryLockError::Error(error))
                    if error.kind() == std::io::ErrorKind::Unsupported =>
                {
                    break;
                }
                Err(TryLockError::Error(error)) => {
                    return Err(ReportError::io("lock", &path)(error));
                }
            }
        }
        file.set_len(0)
            .and_then(|()| file.write_all(holder().as_bytes()))
            .map_err(ReportError::io("write", &path))?;
        Ok(Self { _file: file })
    }

    /// Whether a process writes to the run in this folder; `None` where that cannot be told, because the run is of an older version.
    #[must_use]
    pub fn is_held(run: &Path) -> Option<bool> {
        let file = without_links(OpenOptions::new().read(true))
            .open(run.join(FILE))
            .ok()?;
        match file.try_lock_shared() {
            Ok(()) => Some(false),
            Err(TryLockError::WouldBlock) => Some(true),
            Err(TryLockError::Error(_)) => None,
        }
    }
}

/// The file is written to, so a link in a run of somebody else must not lead to one of ours; and a pipe must not be waited for.
#[cfg(unix)]
fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;

    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.custom_flags(flags.bits().cast_signed())
}

#[cfg(not(unix))]
fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Removes what a killed process has left half-written in these folders. Only for whoever has the lock.
pub fn remove_leftovers(folders: &[PathBuf]) {
    let entries = folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .flatten();
    for entry in entries {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "tmp") {
            // What cannot be removed does no harm.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn holder() -> String {
    let process = Process::current();
    let host = process
        .host
        .map_or_else(String::new, |host| format!(" on {host}"));
    format!("process {}{host}, since {}\n", process.id, now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_one_writer() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        assert_eq!(RunLock::is_held(folder.path()), None);
        let lock = RunLock::acquire(folder.path())?;
        assert_eq!(RunLock::is_held(folder.path()), Some(true));
        let refused = RunLock::acquire(folder.path()).map(drop).unwrap_err();
        let expected = format!("process {}", std::process::id());
        assert!(refused.to_string().contains(&expected), "{refused}");
        drop(lock);
        assert_eq!(RunLock::is_held(folder.path()), Some(false));
        RunLock::acquire(folder.path())?;
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let mine = folder.path().join("mine");
        std::fs::write(&mine, "mine")?;
        let run = folder.path().join("run");
        std::fs::create_dir(&run)?;
        std::os::unix::fs::symlink(&mine, run.join(FILE))?;
        assert!(RunLock::acquire(&run).is_err());
        assert_eq!(RunLock::is_held(&run), None);
        assert_eq!(std::fs::read_to_string(&mine)?, "mine");
        Ok(())
    }

    #[test]
    fn only_what_is_half_written_is_removed() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        for file in ["run.json", "run.json.123-1.tmp", "notes.txt"] {
            std::fs::write(folder.path().join(file), "")?;
        }
        remove_leftovers(&[folder.path().to_owned(), folder.path().join("missing")]);
        let mut left: Vec<_> = std::fs::read_dir(folder.path())?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<Result<_, _>>()?;
        left.sort();
        assert_eq!(left, ["notes.txt", "run.json"]);
        Ok(())
    }
}
