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
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(ReportError::io("create", &path))?;
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
        let file = File::open(run.join(FILE)).ok()?;
        match file.try_lock_shared() {
            Ok(()) => Some(false),
            Err(TryLockError::WouldBlock) => Some(true),
            Err(TryLockError::Error(_)) => None,
        }
    }
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
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => String::new(),
        host => format!(" on {host}"),
    };
    format!("process {}{host}, since {}\n", std::process::id(), now())
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
