//! A file that is not whole yet: `NAME.part`, which another call can go on with.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::FetchError;

/// So much is read or written at once.
pub(super) const PORTION: usize = 1 << 16;

/// The bytes so far, and their digest.
pub(super) struct Partial {
    path: PathBuf,
    file: File,
    digest: Sha256,
    length: u64,
}

impl Partial {
    /// Goes on with what an earlier call has left, or begins.
    pub(super) fn open(path: PathBuf, bytes: u64) -> Result<Self, FetchError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(disk("open", &path))?;
        let mut digest = Sha256::new();
        let length = hash(&mut file, &mut digest).map_err(disk("read", &path))?;
        let mut partial = Self {
            path,
            file,
            digest,
            length,
        };
        if partial.length > bytes {
            partial.clear()?;
        }
        Ok(partial)
    }

    /// How many bytes there are.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Begins anew.
    pub(super) fn clear(&mut self) -> Result<(), FetchError> {
        self.file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)))
            .map_err(disk("write", &self.path))?;
        self.digest = Sha256::new();
        self.length = 0;
        Ok(())
    }

    /// Appends.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.file
            .write_all(bytes)
            .map_err(disk("write", &self.path))?;
        self.digest.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// The digest of what is there.
    pub(super) fn sha256(&self) -> String {
        hexadecimal(self.digest.clone())
    }

    /// Gives the file its name, once it is on the disk.
    pub(super) fn commit(self, target: &Path) -> Result<(), FetchError> {
        self.file.sync_all().map_err(disk("write", &self.path))?;
        drop(self.file);
        fs::rename(&self.path, target).map_err(disk("rename", &self.path))?;
        sync_folder(target);
        Ok(())
    }
}

/// The name, too, is on the disk then, where the system allows to say so.
pub(super) fn sync_folder(target: &Path) {
    if let Some(folder) = target.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

/// Reads to the end.
fn hash(source: &mut impl Read, digest: &mut Sha256) -> io::Result<u64> {
    let mut portion = vec![0; PORTION];
    let mut length = 0;
    loop {
        match source.read(&mut portion) {
            Ok(0) => return Ok(length),
            Ok(count) => {
                digest.update(&portion[..count]);
                length += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The digest of a file; `None` if there is no such file.
pub(super) fn sha256_of(path: &Path) -> Result<Option<String>, FetchError> {
    match File::open(path) {
        Ok(mut file) => {
            let mut digest = Sha256::new();
            hash(&mut file, &mut digest).map_err(disk("read", path))?;
            Ok(Some(hexadecimal(digest)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk("read", path)(error)),
    }
}

pub(super) fn hexadecimal(digest: Sha256) -> String {
    let mut text = String::new();
    for byte in digest.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

pub(super) fn disk(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FetchError {
    let path = path.to_owned();
    move |source| FetchError::Disk {
        action,
        path,
        source,
    }
}
