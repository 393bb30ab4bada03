//! A file that takes what is more than the memory may hold, while it is made.
//!
//! Under a temporary name that is locked for as long as its writer lives: what a killed run has left behind is nobody's, and
//! removed by the next one. It gets its name when it is whole, or is gone with its last reader.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use burn_pack::AtomicFile;

use super::memory::size;
use super::stored::StoredBytes;
use crate::machine::limits::free_disk;

/// A file that is being written.
pub(super) struct Scratch {
    guard: AtomicFile,
    file: File,
}

impl Scratch {
    /// Begins a file that is to be called `path`, in a folder that is made where it is not there.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
            remove_orphans(folder, path.extension().unwrap_or_default());
        }
        let (guard, file) = AtomicFile::create(path).map_err(io::Error::other)?;
        // Where files cannot be locked, nothing is removed either.
        let _ = file.try_lock();
        Ok(Self { guard, file })
    }

    /// Where it lies until it gets its name.
    pub(super) fn path(&self) -> &Path {
        self.guard.path()
    }

    /// Appends.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Part of what was written so far, to be read, whatever becomes of the name.
    pub(super) fn share(&self, start: u64, length: usize) -> io::Result<StoredBytes> {
        let path = self.path().to_owned();
        Ok(StoredBytes::new(
            self.file.try_clone()?,
            path,
            start,
            length,
        ))
    }

    /// As [`Scratch::share`]; the file itself is gone with its last reader.
    pub(super) fn alone(self, start: u64, length: usize) -> StoredBytes {
        let path = self.path().to_owned();
        StoredBytes::new(self.file, path, start, length)
    }

    /// Gives the file its name.
    pub(super) fn keep(self) -> io::Result<()> {
        self.file.sync_all()?;
        // On Windows, whoever holds a lock is the only one to read.
        self.file.unlock()?;
        drop(self.file);
        self.guard.commit().map_err(io::Error::other)
    }
}

/// Removes what killed runs have left of files with this extension. What somebody is still writing is locked.
fn remove_orphans(folder: &Path, extension: &std::ffi::OsStr) {
    let marker = format!(".{}.", extension.display());
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let scratch = name.contains(&marker) && name.ends_with(".tmp");
        if scratch && File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// An error where fewer bytes are free than needed. Where nobody knows, writing will show.
pub(super) fn check_space(folder: &Path, needed: u64) -> io::Result<()> {
    if let Some(free) = free_disk(folder)
        && free < needed
    {
        let reason = format!("only {} are free there", size(free));
        return Err(io::Error::new(io::ErrorKind::StorageFull, reason));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_where_the_folder_should_be_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(Scratch::create(&folder.path().join("file/x.images")).is_err());
    }

    #[test]
    fn what_was_left_behind_is_removed_and_what_is_being_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let orphan = folder.path().join("x.images.1-2.tmp");
        fs::write(&orphan, "half").unwrap();
        let others = ["notes.tmp", "x.values.1-2.tmp"].map(|name| folder.path().join(name));
        for other in &others {
            fs::write(other, "not ours").unwrap();
        }
        let first = Scratch::create(&folder.path().join("x.images")).unwrap();
        assert!(!orphan.exists() && others.iter().all(|other| other.exists()));
        let second = Scratch::create(&folder.path().join("x.images")).unwrap();
        assert!(first.path().exists() && second.path().exists());
        let path = first.path().to_owned();
        let nothing = first.alone(0, 0);
        assert!(nothing.is_empty() && !path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_disk_that_is_too_small_is_known_before() {
        let folder = tempfile::tempdir().unwrap();
        check_space(folder.path(), 1).unwrap();
        let error = check_space(folder.path(), u64::MAX).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(error.to_string().ends_with("are free there"), "{error}");
        check_space(&folder.path().join("missing"), u64::MAX).unwrap();
    }
}
