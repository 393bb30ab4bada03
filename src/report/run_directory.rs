//! The folder of one run: `artifacts/<name>`, then `<name>-2`, `<name>-3`, …; an existing one is never touched, unless it is what a
//! process has left that was killed before it wrote `run.json`.
//!
//! Every file is written whole or not at all: under a temporary name beside its place, synced, then renamed. Only the
//! row files (`metrics`) grow line by line. Of what can be made again from the others (pictures, the page), the name is not waited
//! for: a power failure may take it away, but leaves nothing half-written.

use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use burn_pack::AtomicFile;

use super::ReportError;
use super::checkpoints;
use super::run_file;
use super::run_lock::{self, RunLock, remove_leftovers};
use super::{layers, tensorboard};
use crate::fail_point::reach;

/// A folder that this run alone writes to.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    /// Of a run that is being written; not of what only looks, or of a folder that several share.
    lock: Option<RunLock>,
}

impl RunDirectory {
    /// Makes the folder for a run called `name` below `artifacts`, with the first free number.
    ///
    /// Creating a folder is one step for the file system, so two runs that start at once get two folders.
    ///
    /// # Errors
    ///
    /// The name cannot be that of a folder, or the folder cannot be made.
    pub fn create(artifacts: &Path, name: &str) -> Result<Self, ReportError> {
        check_name(name)?;
        fs::create_dir_all(artifacts).map_err(ReportError::io("create", artifacts))?;
        let mut number = 1_u64;
        loop {
            let path = artifacts.join(if number == 1 {
                name.to_owned()
            } else {
                format!("{name}-{number}")
            });
            let lock = match fs::create_dir(&path) {
                Ok(()) => lock_beginning(&path)?,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => take_over(&path),
                Err(error) => return Err(ReportError::io("create", &path)(error)),
            };
            if lock.is_some() {
                return Ok(Self { path, lock });
            }
            number += 1;
        }
    }

    /// The folder called `name` below `artifacts`, made if it is not there: one that several runs of a command share, as a
    /// sweep's is.
    ///
    /// # Errors
    ///
    /// The name cannot be that of a folder, or the folder cannot be made.
    pub fn shared(artifacts: &Path, name: &str) -> Result<Self, ReportError> {
        check_name(name)?;
        let path = artifacts.join(name);
        fs::create_dir_all(&path).map_err(ReportError::io("create", &path))?;
        Ok(Self { path, lock: None })
    }

    /// The same for one command at a time, without what an earlier one has left half-written.
    ///
    /// # Errors
    ///
    /// As [`RunDirectory::shared`], or another process writes to it.
    pub fn sole(artifacts: &Path, name: &str) -> Result<Self, ReportError> {
        let mut directory = Self::shared(artifacts, name)?;
        directory.lock = Some(RunLock::acquire(&directory.path)?);
        remove_leftovers(std::slice::from_ref(&directory.path));
        Ok(directory)
    }

    /// The folder of a run that is there.
    ///
    /// # Errors
    ///
    /// It is no folder.
    pub fn open(path: &Path) -> Result<Self, ReportError> {
        // `artifacts/xor/..` has a name only when it is looked up.
        let path = fs::canonicalize(path).map_err(ReportError::io("read", path))?;
        Ok(Self { path, lock: None })
    }

    /// The folder of a run that goes on, without what an earlier process has left half-written.
    ///
    /// # Errors
    ///
    /// It is no folder, or another process writes to it.
    pub fn resume(path: &Path) -> Result<Self, ReportError> {
        let path = match path.file_name() {
            Some(_) => path.to_owned(),
            None => fs::canonicalize(path).map_err(ReportError::io("read", path))?,
        };
        let lock = RunLock::acquire(&path)?;
        remove_leftovers(&[path.clone(), path.join(checkpoints::FOLDER)]);
        Ok(Self {
            path,
            lock: Some(lock),
        })
    }

    /// The latest of the runs called `name`, `<name>-2`, `<name>-3`, … below `artifacts`, up to the first number that is not taken.
    #[must_use]
    pub fn latest(artifacts: &Path, name: &str) -> Option<PathBuf> {
        let numbered = (2_u64..).map(|number| artifacts.join(format!("{name}-{number}")));
        std::iter::once(artifacts.join(name))
            .chain(numbered)
            .take_while(|path| path.is_dir())
            // One that was killed before it said what it is has nothing to go on with.
            .filter(|path| path.join("run.json").is_file())
            .last()
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name that the run got.
    #[must_use]
    pub fn name(&self) -> String {
        self.path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    ///
    /// It cannot be removed.
    pub fn remove(&self, file: &str) -> Result<(), ReportError> {
        let path = self.path.join(file);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(ReportError::io("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Writes a whole file, replacing an older one of this run. `file` may be in a folder below that of the run, which is made.
    ///
    /// # Errors
    ///
    /// The disk is full, or the folder is gone or cannot be written to.
    pub fn write(&self, file: &str, content: &[u8]) -> Result<(), ReportError> {
        write_file(&self.place(file)?, content)
    }

    /// The same for what can be made again: nobody waits until its name is on the disk as well.
    ///
    /// # Errors
    ///
    /// As [`RunDirectory::write`].
    pub fn write_derived(&self, file: &str, content: &[u8]) -> Result<(), ReportError> {
        write_whole(&self.place(file)?, content)
    }

    /// Where a file belongs, in a folder that is there.
    fn place(&self, file: &str) -> Result<PathBuf, ReportError> {
        let path = self.path.join(file);
        if let Some(folder) = path.parent()
            && folder != self.path
        {
            create_folder(folder)?;
        }
        Ok(path)
    }

    /// The same for a file that is too long to be held in memory: `content` is called once to write it.
    ///
    /// # Errors
    ///
    /// As [`RunDirectory::write`], or `content` fails.
    pub fn stream<E: From<ReportError>>(
        &self,
        file: &str,
        content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = self.path.join(file);
        let (scratch, handle) = AtomicFile::create(&path).map_err(failed_at(&path))?;
        let mut buffered = BufWriter::new(handle);
        content(&mut buffered)?;
        let handle = buffered
            .into_inner()
            .map_err(|error| ReportError::io("write", &path)(error.into_error()))?;
        handle.sync_all().map_err(ReportError::io("write", &path))?;
        drop(handle);
        rename(&scratch, &path)?;
        sync_folder(&path)?;
        Ok(())
    }
}

/// What a run writes before `run.json`; with the files of TensorBoard, all of which it writes anew.
const BEGINNING: [&str; 6] = [
    run_lock::FILE,
    "config.toml",
    "metrics.csv",
    "metrics.jsonl",
    layers::FILE,
    tensorboard::FOLDER,
];

/// The lock of a folder whose run was killed before it said what it is: only then is there nothing to lose.
fn take_over(path: &Path) -> Option<RunLock> {
    // Looked at before, so that no other folder is written to; what cannot be locked stays where it is.
    if is_beginning(path) && RunLock::is_held(path) == Some(false) {
        lock_beginning(path).ok().flatten()
    } else {
        None
    }
}

/// The lock of a folder in which no run has begun, or `None` if another process was faster: between making a folder and locking it,
/// it looks to others like that of a run that was killed.
fn lock_beginning(path: &Path) -> Result<Option<RunLock>, ReportError> {
    let lock = match RunLock::acquire(path) {
        Ok(lock) => lock,
        Err(ReportError::Locked { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    // Looked at when no other process can change it.
    if !is_beginning(path) {
        return Ok(None);
    }
    remove_leftovers(&[path.to_owned()]);
    Ok(Some(lock))
}

fn is_beginning(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| {
        entries.all(|entry| {
            let name = entry.map(|entry| entry.file_name());
            name.is_ok_and(|name| {
                let name = name.to_string_lossy();
                BEGINNING.contains(&&*name) || name.ends_with(".tmp")
            })
        })
    })
}

/// Makes a folder below that of a run, if it is not there. One step: a run's own folder that has gone away is not made again.
pub(super) fn create_folder(folder: &Path) -> Result<(), ReportError> {
    match fs::create_dir(folder) {
        // In a run of somebody else, a link there must not lead what is written elsewhere.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            run_file::check_place(folder.parent().unwrap_or(folder), folder)
        }
        result => result.map_err(ReportError::io("create", folder)),
    }
}

/// Writes a whole file or nothing, replacing an older one.
///
/// # Errors
///
/// The disk is full, or the folder is not there or cannot be written to.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), ReportError> {
    write_whole(path, content)?;
    sync_folder(path)
}

fn write_whole(path: &Path, content: &[u8]) -> Result<(), ReportError> {
    reach("not written");
    let (scratch, mut handle) = AtomicFile::create(path).map_err(failed_at(path))?;
    handle
        .write_all(content)
        .map_err(ReportError::io("write", path))?;
    reach("written");
    handle.sync_all().map_err(ReportError::io("write", path))?;
    drop(handle);
    reach("synced");
    rename(&scratch, path)?;
    reach("renamed");
    Ok(())
}

/// Gives a finished file its name. burn-pack's own `commit` syncs a second time what was synced where it was written, which is
/// where a disk reports its errors: of a short run, that was a tenth of the time.
fn rename(scratch: &AtomicFile, path: &Path) -> Result<(), ReportError> {
    // A file that only its owner may read stays one.
    let replaced = fs::symlink_metadata(path).ok();
    if let Some(replaced) = replaced.filter(|replaced| cfg!(unix) && replaced.is_file()) {
        fs::set_permissions(scratch.path(), replaced.permissions())
            .map_err(ReportError::io("write", path))?;
    }
    fs::rename(scratch.path(), path).map_err(ReportError::io("write", path))
}

/// Only then does the name survive a power failure. Windows has no such call.
fn sync_folder(path: &Path) -> Result<(), ReportError> {
    if cfg!(unix) {
        let folder = match path.parent() {
            Some(folder) if folder != "" => folder,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(ReportError::io("write", path))?;
    }
    Ok(())
}

fn failed_at(path: &Path) -> impl Fn(burn_pack::Error) -> ReportError {
    |error| {
        let said = error.to_string();
        // What the system says comes last, behind the name under which the file was written.
        let reason = said.rsplit_once("': ").map_or(&*said, |(_, system)| system);
        ReportError::Encode {
            path: path.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

fn check_name(name: &str) -> Result<(), ReportError> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || name.len() > 200 || !name.chars().all(allowed) {
        return Err(ReportError::Name {
            name: name.to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn runs_that_start_at_once_get_a_folder_each() -> Result<(), Box<dyn std::error::Error>> {
        let together = Barrier::new(8);
        for _ in 0..60 {
            let artifacts = tempfile::tempdir()?;
            let create = || {
                together.wait();
                let directory = RunDirectory::create(artifacts.path(), "run");
                // All are kept until the last is there.
                together.wait();
                directory.map(|directory| directory.path().to_owned())
            };
            let folders = thread::scope(|scope| {
                let starting: Vec<_> = (0..8).map(|_| scope.spawn(create)).collect();
                let started = starting.into_iter().map(|thread| thread.join().unwrap());
                started.collect::<Result<BTreeSet<_>, _>>()
            })?;
            assert_eq!(folders.len(), 8);
        }
        Ok(())
    }

    #[test]
    fn a_folder_in_which_a_run_has_begun_is_nobody_elses() -> Result<(), Box<dyn std::error::Error>>
    {
        let folder = tempfile::tempdir()?;
        let path = folder.path();
        fs::write(path.join("config.toml"), "seed = 1")?;
        fs::write(path.join("run.json.7-1.tmp"), "{")?;
        drop(lock_beginning(path)?.ok_or("it was killed before it had a record")?);
        assert!(path.join("config.toml").exists() && !path.join("run.json.7-1.tmp").exists());
        assert!(take_over(path).is_some());
        fs::write(path.join("run.json"), "{}")?;
        assert!(lock_beginning(path)?.is_none() && take_over(path).is_none());
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn who_may_read_a_file_may_read_what_replaces_it() -> Result<(), Box<dyn std::error::Error>> {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir()?;
        let path = folder.path().join("report.html");
        let mode = || fs::metadata(&path).map(|file| file.permissions().mode() & 0o777);
        write_file(&path, b"old")?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        write_file(&path, b"new")?;
        assert_eq!((fs::read(&path)?, mode()?), (b"new".to_vec(), 0o600));
        // A link is replaced, and what it leads to left alone.
        let other = folder.path().join("other");
        fs::write(&other, "other")?;
        fs::remove_file(&path)?;
        symlink(&other, &path)?;
        write_file(&path, b"new")?;
        assert_eq!(fs::read(&other)?, b"other");
        assert!(fs::symlink_metadata(&path)?.is_file());
        Ok(())
    }
}
