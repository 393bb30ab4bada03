//! A file of several parts, in which every bit is accounted for.
//!
//! ```text
//! brecha checkpoint\n   the first 18 bytes
//! length                of the header, 8 bytes, little-endian
//! digest                of the header, SHA-256, 32 bytes
//! header                JSON: {"format": 1, "parts": [{"name": "state", "bytes": 123, "digest": "9f86…"}, …]}
//! parts                 one behind the other, each with the length and the SHA-256 that the header says, and nothing behind them
//! ```
//!
//! A file that was cut off, or of which one bit is another, is refused: burn's own containers load it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const MAGIC: &[u8] = b"brecha checkpoint\n";

/// What this program writes; another number is another program's.
const FORMAT: u32 = 1;

/// A header of a handful of parts is far smaller.
const LONGEST_HEADER: u64 = 1 << 20;

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    parts: Vec<Part>,
}

#[derive(Serialize, Deserialize)]
struct Part {
    name: String,
    bytes: u64,
    digest: String,
}

/// Why a file is no whole checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContainerError {
    /// Something else.
    #[error("it is no checkpoint")]
    Magic,
    /// Of a program that is newer or older.
    #[error("it is of format {found}, and this program reads format {FORMAT}")]
    Format {
        /// In the file.
        found: u32,
    },
    /// Cut off, or something was added.
    #[error("it has {found} bytes, and should have {needed}")]
    Length {
        /// In the file.
        found: u64,
        /// By the header.
        needed: u64,
    },
    /// A bit is another.
    #[error("its {part} is damaged: the digest is another")]
    Digest {
        /// `header`, or the name of the part.
        part: String,
    },
    /// The digest is right and the header is not: it was not written by this program.
    #[error("its header cannot be read: {0}")]
    Header(String),
    /// Likewise.
    #[error("it has no part `{0}`")]
    Missing(&'static str),
}

/// The file of these parts.
#[must_use]
pub fn pack(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let header = Header {
        format: FORMAT,
        parts: parts
            .iter()
            .map(|(name, bytes)| Part {
                name: (*name).to_owned(),
                bytes: bytes.len() as u64,
                digest: digest(bytes),
            })
            .collect(),
    };
    // A list of names and numbers can always be written; were it not so, reading back would say it.
    let header = serde_json::to_vec(&header).unwrap_or_default();
    let length: usize = parts.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut file = Vec::with_capacity(MAGIC.len() + 40 + header.len() + length);
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&(header.len() as u64).to_le_bytes());
    file.extend_from_slice(&Sha256::digest(&header));
    file.extend_from_slice(&header);
    for (_, bytes) in parts {
        file.extend_from_slice(bytes);
    }
    file
}

/// The parts of a file, each of which is what was written.
///
/// # Errors
///
/// One is not.
pub fn unpack(file: &[u8]) -> Result<Vec<(String, &[u8])>, ContainerError> {
    let rest = file.strip_prefix(MAGIC).ok_or(ContainerError::Magic)?;
    let short = |needed| ContainerError::Length {
        found: file.len() as u64,
        needed,
    };
    let begin = (MAGIC.len() + 40) as u64;
    let (length, rest) = rest.split_first_chunk::<8>().ok_or_else(|| short(begin))?;
    let (header_digest, rest) = rest.split_first_chunk::<32>().ok_or_else(|| short(begin))?;
    let length = u64::from_le_bytes(*length);
    if length > LONGEST_HEADER {
        return Err(ContainerError::Header(format!("it has {length} bytes")));
    }
    let (header, mut rest) = rest
        .split_at_checked(length as usize)
        .ok_or_else(|| short(begin + length))?;
    if Sha256::digest(header)[..] != header_digest[..] {
        return Err(ContainerError::Digest {
            part: "header".to_owned(),
        });
    }
    let header: Header = serde_json::from_slice(header)
        .map_err(|error| ContainerError::Header(error.to_string()))?;
    if header.format != FORMAT {
        return Err(ContainerError::Format {
            found: header.format,
        });
    }
    let all = header
        .parts
        .iter()
        .try_fold(begin + length, |sum, part| sum.checked_add(part.bytes))
        .unwrap_or(u64::MAX);
    if all != file.len() as u64 {
        return Err(short(all));
    }
    let mut parts = Vec::with_capacity(header.parts.len());
    for part in header.parts {
        // All lengths together are the length of the file, which has been seen.
        let Some((bytes, behind)) = rest.split_at_checked(part.bytes as usize) else {
            return Err(short(all));
        };
        rest = behind;
        if digest(bytes) != part.digest {
            return Err(ContainerError::Digest { part: part.name });
        }
        parts.push((part.name, bytes));
    }
    Ok(parts)
}

/// SHA-256, in hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write;

    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        pack(&[("state", b"one".to_vec()), ("tensors", vec![0; 100])])
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let file = file();
        let parts = unpack(&file).unwrap();
        assert_eq!(parts[0], ("state".to_owned(), &b"one"[..]));
        assert_eq!(parts[1], ("tensors".to_owned(), &[0; 100][..]));
        assert_eq!(unpack(&pack(&[])).unwrap(), []);
    }

    #[test]
    fn a_file_cut_off_anywhere_is_refused() {
        let file = file();
        for length in 0..file.len() {
            assert!(unpack(&file[..length]).is_err(), "{length} bytes");
        }
        let longer = [&file[..], &[0]].concat();
        assert!(matches!(
            unpack(&longer),
            Err(ContainerError::Length { found, needed }) if found == needed + 1
        ));
    }

    #[test]
    fn any_bit_that_is_another_is_seen() {
        let mut file = file();
        for byte in 0..file.len() {
            for bit in 0..8 {
                file[byte] ^= 1 << bit;
                assert!(unpack(&file).is_err(), "byte {byte}, bit {bit}");
                file[byte] ^= 1 << bit;
            }
        }
        assert!(unpack(&file).is_ok());
    }

    #[test]
    fn lengths_that_lie_allocate_nothing() {
        let header = br#"{"format":1,"parts":[{"name":"a","bytes":18446744073709551615,"digest":""},{"name":"b","bytes":5,"digest":""}]}"#;
        let mut file = MAGIC.to_vec();
        file.extend_from_slice(&(header.len() as u64).to_le_bytes());
        file.extend_from_slice(&Sha256::digest(header));
        file.extend_from_slice(header);
        assert!(matches!(
            unpack(&file),
            Err(ContainerError::Length {
                needed: u64::MAX,
                ..
            })
        ));
        file[MAGIC.len()..MAGIC.len() + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(matches!(unpack(&file), Err(ContainerError::Header(_))));
    }
}
