//! Bytes in a file that is open for as long as they are needed, read wherever they are asked for.
//!
//! By positioned reads, which several threads may do at once, and not as mapped memory: a file that somebody cuts short is
//! then an error with a name, where mapped memory would end the program. Whoever deletes the file does no harm: an open file
//! lives on.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::DataError;

/// So much is read at once where all of it is walked through.
const CHUNK: usize = 1 << 20;

/// A range of a file.
#[derive(Clone, Debug)]
pub struct StoredBytes {
    file: Arc<File>,
    /// For messages.
    path: Arc<Path>,
    /// Where the range begins in the file.
    start: u64,
    length: usize,
}

/// The same bytes of the same open file.
impl PartialEq for StoredBytes {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file)
            && (self.start, self.length) == (other.start, other.length)
    }
}

impl StoredBytes {
    /// `length` bytes of `file` from `start`; `path` names it in messages.
    #[must_use]
    pub fn new(file: File, path: PathBuf, start: u64, length: usize) -> Self {
        Self {
            file: Arc::new(file),
            path: path.into(),
            start,
            length,
        }
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Where they lie.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fills `into` with the bytes from `position` on.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or ends before.
    pub fn read(&self, position: usize, into: &mut [u8]) -> Result<(), DataError> {
        let start = self.start + position as u64;
        read_exact_at(&self.file, into, start).map_err(|reason| self.error(&reason))
    }

    /// Visits all bytes, piece by piece.
    ///
    /// # Errors
    ///
    /// As [`StoredBytes::read`].
    pub fn for_each_chunk(&self, mut visit: impl FnMut(&[u8])) -> Result<(), DataError> {
        let mut buffer = vec![0; CHUNK.min(self.length)];
        for position in (0..self.length).step_by(CHUNK) {
            let chunk = &mut buffer[..CHUNK.min(self.length - position)];
            self.read(position, chunk)?;
            visit(chunk);
        }
        Ok(())
    }

    /// Visits all bytes, in pieces of whole rows of `row` bytes, and puts back those pieces that `change` says it has changed.
    pub(super) fn change_rows(
        &self,
        row: usize,
        mut change: impl FnMut(&mut [u8]) -> bool,
    ) -> Result<(), DataError> {
        let most = (CHUNK / row.max(1)).max(1) * row.max(1);
        let mut buffer = vec![0; most.min(self.length)];
        for position in (0..self.length).step_by(most) {
            let chunk = &mut buffer[..most.min(self.length - position)];
            self.read(position, chunk)?;
            if change(chunk) {
                let start = self.start + position as u64;
                write_all_at(&self.file, chunk, start).map_err(|reason| self.error(&reason))?;
            }
        }
        Ok(())
    }

    /// Keeps the first `length` bytes and returns those behind them.
    #[must_use]
    pub(super) fn split_off(&mut self, length: usize) -> Self {
        let length = length.min(self.length);
        let behind = Self {
            start: self.start + length as u64,
            length: self.length - length,
            ..self.clone()
        };
        self.length = length;
        behind
    }

    /// Takes back what [`StoredBytes::split_off`] gave; `false`, and nothing is done, for other bytes.
    #[must_use]
    pub(super) fn append(&mut self, behind: &Self) -> bool {
        let continues = Arc::ptr_eq(&self.file, &behind.file)
            && self.start + self.length as u64 == behind.start;
        if continues {
            self.length += behind.length;
        }
        continues
    }

    fn error(&self, reason: &io::Error) -> DataError {
        DataError::Stored {
            file: self.path.display().to_string(),
            reason: match reason.kind() {
                io::ErrorKind::UnexpectedEof => "it is shorter than it was".to_owned(),
                _ => reason.to_string(),
            },
        }
    }
}

#[cfg(unix)]
pub(super) fn read_exact_at(file: &File, into: &mut [u8], position: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, position)
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, position)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut position: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, position) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                bytes = &bytes[count..];
                position += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(windows)]
pub(super) fn read_exact_at(file: &File, mut into: &mut [u8], mut position: u64) -> io::Result<()> {
    while !into.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, into, position) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                into = &mut into[count..];
                position += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn stored(content: &[u8], start: u64, length: usize) -> (tempfile::TempDir, StoredBytes) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("values");
        fs::write(&path, content).unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        (folder, StoredBytes::new(file, path, start, length))
    }

    #[test]
    fn any_part_is_read_and_parts_go_together_again() {
        let (_folder, mut bytes) = stored(b"..abcdef..", 2, 6);
        let mut two = [0; 2];
        bytes.read(3, &mut two).unwrap();
        assert_eq!(two, *b"de");
        let whole = bytes.clone();
        let behind = bytes.split_off(4);
        assert_eq!((bytes.len(), behind.len()), (4, 2));
        behind.read(0, &mut two).unwrap();
        assert_eq!(two, *b"ef");
        assert!(!bytes.clone().append(&whole));
        assert!(bytes.append(&behind));
        assert_eq!(bytes, whole);
    }

    #[test]
    fn chunks_are_all_bytes_in_order() {
        let content: Vec<u8> = (0..3 * CHUNK + 17).map(|at| (at % 251) as u8).collect();
        let (_folder, bytes) = stored(&content, 5, content.len() - 5);
        let mut read = Vec::new();
        bytes
            .for_each_chunk(|chunk| read.extend_from_slice(chunk))
            .unwrap();
        assert!(read == content[5..]);
    }

    #[test]
    fn rows_are_changed_where_they_lie() {
        let (_folder, mut bytes) = stored(b"..abcdef..", 2, 6);
        let behind = bytes.split_off(4);
        let upper = |row: usize| {
            move |rows: &mut [u8]| {
                assert_eq!(rows.len() % row, 0);
                rows.make_ascii_uppercase();
                true
            }
        };
        bytes.change_rows(2, upper(2)).unwrap();
        behind.change_rows(2, |_| false).unwrap();
        assert!(bytes.append(&behind));
        let mut read = [0; 6];
        bytes.read(0, &mut read).unwrap();
        assert_eq!(read, *b"ABCDef");
        // More than one piece, of rows that are no part of it.
        let content: Vec<u8> = vec![b'a'; 3 * 500_000 * 3];
        let (_folder, bytes) = stored(&content, 0, content.len());
        bytes.change_rows(3, upper(3)).unwrap();
        bytes
            .for_each_chunk(|chunk| assert!(chunk.iter().all(|&byte| byte == b'A')))
            .unwrap();
    }

    #[test]
    fn a_file_that_was_cut_short_is_an_error_and_a_deleted_one_is_none() {
        let (folder, bytes) = stored(b"abcdef", 0, 6);
        let path = folder.path().join("values");
        let cut = File::options().write(true).open(&path).unwrap();
        cut.set_len(5).unwrap();
        let error = bytes.read(4, &mut [0; 2]).unwrap_err().to_string();
        assert!(error.ends_with("it is shorter than it was"), "{error}");
        if cfg!(unix) {
            fs::remove_file(&path).unwrap();
            bytes.read(3, &mut [0; 2]).unwrap();
        }
    }
}
