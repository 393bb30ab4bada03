//! Where the values of a table go: into memory, or into a file as soon as they are more than `data.memory-limit`.
//!
//! The file has no name that lasts: it is gone with the run, and the next one reads the table again.

use std::io;
use std::path::{Path, PathBuf};

use super::error::TableError;
use crate::data::cache;
use crate::data::error::DataError;
use crate::data::memory::MemoryLimit;
use crate::data::samples::Values;
use crate::data::scratch::{Scratch, check_space};
use crate::data::values::F32;

/// So many bytes are written at once.
const PIECE: usize = 1 << 20;

/// Takes values, row by row.
pub(super) struct Store {
    /// The table, for messages.
    file: String,
    limit: MemoryLimit,
    /// How many there have been.
    count: usize,
    place: Place,
}

enum Place {
    Memory(Vec<f32>),
    File { scratch: Scratch, piece: Vec<u8> },
}

impl Store {
    /// For about so many values of `file`.
    pub(super) fn new(file: &str, expected: usize, limit: MemoryLimit) -> Result<Self, DataError> {
        let mut store = Self {
            file: file.to_owned(),
            limit,
            count: 0,
            place: Place::Memory(Vec::new()),
        };
        let bytes = (expected as u64).saturating_mul(F32 as u64);
        if limit.admits(bytes) {
            store.reserve(expected)?;
        } else {
            store.begin_file(bytes)?;
        }
        Ok(store)
    }

    /// Appends.
    pub(super) fn push(&mut self, values: &[f32]) -> Result<(), DataError> {
        self.count += values.len();
        let bytes = self.bytes();
        if matches!(self.place, Place::Memory(_)) {
            if self.limit.admits(bytes) {
                self.reserve(values.len())?;
            } else {
                self.begin_file(bytes)?;
            }
        }
        match &mut self.place {
            Place::Memory(all) => all.extend_from_slice(values),
            Place::File { scratch, piece } => {
                let written = write(scratch, piece, values);
                written.map_err(|reason| self.refused(bytes, reason))?;
            }
        }
        Ok(())
    }

    /// All values.
    pub(super) fn finish(self) -> Result<Values, DataError> {
        let bytes = self.bytes();
        let (file, limit) = (self.file, self.limit);
        match self.place {
            Place::Memory(values) => Ok(Values::F32(values)),
            Place::File { mut scratch, piece } => {
                let written = scratch.write(&piece);
                written.map_err(|reason| refused(&file, limit, bytes, reason))?;
                Ok(Values::StoredF32(scratch.alone(0, F32 * self.count)))
            }
        }
    }

    fn bytes(&self) -> u64 {
        (self.count as u64).saturating_mul(F32 as u64)
    }

    /// Where there is no room, that is an error and not the end of the program.
    fn reserve(&mut self, values: usize) -> Result<(), DataError> {
        let Place::Memory(all) = &mut self.place else {
            return Ok(());
        };
        let reserved = if all.is_empty() {
            all.try_reserve_exact(values)
        } else {
            all.try_reserve(values)
        };
        reserved.map_err(|refused| DataError::Read {
            file: self.file.clone(),
            reason: refused.into(),
        })
    }

    /// Takes to a file what is in memory, and what comes: `bytes` at least.
    fn begin_file(&mut self, bytes: u64) -> Result<(), DataError> {
        let begun = || -> io::Result<(Scratch, Vec<u8>)> {
            let Some(path) = path() else {
                return Err(io::Error::other("there is no folder for caches"));
            };
            let mut scratch = Scratch::create(&path)?;
            check_space(path.parent().unwrap_or(&path), bytes)?;
            let mut piece = Vec::with_capacity(PIECE);
            if let Place::Memory(values) = &self.place {
                write(&mut scratch, &mut piece, values)?;
            }
            Ok((scratch, piece))
        };
        let (scratch, piece) = begun().map_err(|reason| self.refused(bytes, reason))?;
        self.place = Place::File { scratch, piece };
        Ok(())
    }

    fn refused(&self, bytes: u64, reason: io::Error) -> DataError {
        refused(&self.file, self.limit, bytes, reason)
    }
}

/// What the file would be called if it were kept.
fn path() -> Option<PathBuf> {
    Some(cache::directory()?.join("table.values"))
}

/// Collects in `piece` until that is worth a call of the operating system.
fn write(scratch: &mut Scratch, piece: &mut Vec<u8>, values: &[f32]) -> io::Result<()> {
    for value in values {
        piece.extend_from_slice(&value.to_le_bytes());
        if piece.len() >= PIECE {
            scratch.write(piece)?;
            piece.clear();
        }
    }
    Ok(())
}

fn refused(file: &str, limit: MemoryLimit, bytes: u64, reason: io::Error) -> DataError {
    let folder = path().and_then(|path| path.parent().map(Path::to_owned));
    TableError::Spill {
        file: file.to_owned(),
        bytes,
        limit: limit.bytes(),
        folder: folder.map_or_else(String::new, |folder| folder.display().to_string()),
        reason,
    }
    .into()
}
