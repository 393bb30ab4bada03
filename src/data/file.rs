//! Opening what a user names: a regular file, plain or gzip, never more of it than was agreed on.

use std::fs::{self, File};
use std::io::{self, Chain, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::error::DataError;

/// The first bytes of every gzip file, by which it is recognised whatever its name.
pub(super) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Opens a regular file. Its kind is looked at first: opening a pipe would wait for a writer. Where a folder is given
/// instead, the hint says what a file in it might be called: `example`.
pub(super) fn open(path: &Path, example: &'static str) -> Result<(File, u64), DataError> {
    let file = path.display().to_string();
    let metadata = fs::metadata(path).map_err(|reason| plain_error(&file, reason))?;
    if !metadata.is_file() {
        return Err(DataError::NotAFile {
            file,
            directory: metadata.is_dir(),
            example,
        });
    }
    let opened = File::open(path).map_err(|reason| plain_error(&file, reason))?;
    Ok((opened, metadata.len()))
}

/// The content of a file, inflated if it is gzip; `None` if that is more than `largest` bytes.
pub(crate) fn content(
    path: &Path,
    largest: u64,
    example: &'static str,
) -> Result<Option<Vec<u8>>, DataError> {
    let name = path.display().to_string();
    let (mut whole, compressed) = begin(path, example)?;
    let mut bytes = Vec::new();
    // One byte more than agreed on shows that there is more; less reaches the end and so checks gzip's checksum.
    let limit = largest.saturating_add(1);
    if compressed {
        read(&mut MultiGzDecoder::new(whole), limit, &mut bytes)
            .map_err(|reason| gzip_error(&name, bytes.len(), reason))?;
    } else {
        read(&mut whole, limit, &mut bytes).map_err(|reason| plain_error(&name, reason))?;
    }
    Ok((bytes.len() as u64 <= largest).then_some(bytes))
}

/// A file of which the first bytes have been looked at.
type Begun = Chain<Cursor<Vec<u8>>, File>;

/// A file from its beginning, and whether it is gzip.
fn begin(path: &Path, example: &'static str) -> Result<(Begun, bool), DataError> {
    let (mut source, _) = open(path, example)?;
    let mut start = Vec::new();
    read(&mut source, GZIP_MAGIC.len() as u64, &mut start)
        .map_err(|reason| plain_error(&path.display().to_string(), reason))?;
    let compressed = start == GZIP_MAGIC;
    Ok((Cursor::new(start).chain(source), compressed))
}

/// The content of a file, inflated if it is gzip, or of standard input: piece by piece, however much there is.
pub(crate) struct Content {
    /// For messages.
    name: String,
    source: Box<dyn Read>,
    compressed: bool,
    /// Bytes that have been read.
    count: usize,
}

impl Content {
    pub(crate) fn open(path: &Path, example: &'static str) -> Result<Self, DataError> {
        let (whole, compressed) = begin(path, example)?;
        let source: Box<dyn Read> = if compressed {
            Box::new(MultiGzDecoder::new(whole))
        } else {
            Box::new(whole)
        };
        Ok(Self {
            compressed,
            ..Self::plain(&path.display().to_string(), source)
        })
    }

    pub(crate) fn standard_input() -> Self {
        Self::plain("standard input", Box::new(io::stdin()))
    }

    pub(crate) fn plain(name: &str, source: Box<dyn Read>) -> Self {
        Self {
            name: name.to_owned(),
            source,
            compressed: false,
            count: 0,
        }
    }

    /// Reads what comes next, as soon as there is something; 0 bytes at the end.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<usize, DataError> {
        loop {
            match self.source.read(into) {
                Ok(count) => {
                    self.count += count;
                    return Ok(count);
                }
                Err(reason) if reason.kind() == io::ErrorKind::Interrupted => {}
                Err(reason) if self.compressed => {
                    return Err(gzip_error(&self.name, self.count, reason));
                }
                Err(reason) => return Err(plain_error(&self.name, reason)),
            }
        }
    }
}

/// Appends up to `limit` bytes to `target`; fewer only at the end of the source.
pub(super) fn read(source: &mut impl Read, limit: u64, target: &mut Vec<u8>) -> io::Result<()> {
    source.take(limit).read_to_end(target).map(|_| ())
}

/// What the operating system says about a file.
pub(super) fn plain_error(file: &str, reason: io::Error) -> DataError {
    DataError::Read {
        file: file.to_owned(),
        reason,
    }
}

/// What a decompressor says about its stream has these kinds; anything else comes from the file below it.
pub(super) fn gzip_error(file: &str, inflated: usize, reason: io::Error) -> DataError {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    match reason.kind() {
        UnexpectedEof | InvalidData | InvalidInput => DataError::Gzip {
            file: file.to_owned(),
            inflated,
            reason: reason.to_string(),
        },
        _ => plain_error(file, reason),
    }
}
