//! Decoded images on disk, so that the second run begins at once.
//!
//! A file per folder and options, named by the SHA-256 of everything that the pixels depend on: the path, size and time of
//! change of every image, the target, and [`VERSION`]. Written whole or not at all; ends with the SHA-256 of what is before.
//! A cache that is damaged is made again; one that cannot be written is done without. Deleting the folder does no harm.
//!
//! ```text
//! magic · length of the header (8 bytes) · header (JSON) · labels · pixels · SHA-256 (32 bytes)
//! ```

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use burn_pack::AtomicFile;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::decode::Target;
use super::listing::{Found, Listing};
use crate::data::cache;

/// Raised whenever the same files would become other pixels.
const VERSION: u32 = 1;

const MAGIC: &[u8; 16] = b"brecha images 1\n";

const DIGEST: usize = 32;

/// What was decoded.
#[derive(Debug, PartialEq)]
pub(super) struct Decoded {
    pub(super) header: Header,
    /// One per image, part after part.
    pub(super) labels: Vec<u8>,
    pub(super) pixels: Vec<u8>,
}

/// What is known of the images besides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) height: u32,
    pub(super) width: u32,
    pub(super) channels: usize,
    /// Images of training, validation and test.
    pub(super) parts: [usize; 3],
    /// How many images were left out because they cannot be decoded, and the first few with their reasons.
    pub(super) corrupt: usize,
    pub(super) examples: Vec<String>,
}

/// Where the decoded images of one folder lie.
#[derive(Debug)]
pub(super) struct Cache(PathBuf);

/// What the cache says.
#[derive(Debug)]
pub(super) enum Kept {
    Yes(Decoded),
    No,
    /// There is one, but not as it was written.
    Damaged,
}

impl Cache {
    /// The place for these images; `None` where no folder for caches is known.
    pub(super) fn new(listing: &Listing, target: &Target, resized: bool) -> Option<Self> {
        let mut digest = Sha256::new();
        let mut add = |bytes: &[u8]| {
            // With its length, so that no two lists give the same text.
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        };
        add(format!("{VERSION} {target:?} {resized}").as_bytes());
        for class in &listing.classes {
            add(class.as_bytes());
        }
        for (part, file) in listing.files() {
            let Found {
                path,
                label,
                size,
                modified,
            } = file;
            add(path.as_os_str().as_encoded_bytes());
            add(format!("{part} {label} {size} {modified}").as_bytes());
        }
        let mut name = String::new();
        for byte in digest.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        Some(Self(cache::directory()?.join(format!("{name}.images"))))
    }

    /// What was kept.
    pub(super) fn read(&self) -> Kept {
        match fs::read(&self.0) {
            Ok(bytes) => decode(bytes).map_or(Kept::Damaged, Kept::Yes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Kept::No,
            Err(_) => Kept::Damaged,
        }
    }

    /// Keeps it; a disk that is full or read-only only means that the next run decodes again.
    pub(super) fn write(&self, decoded: &Decoded) -> bool {
        let written = || -> Option<()> {
            fs::create_dir_all(self.0.parent()?).ok()?;
            let (scratch, mut file) = AtomicFile::create(&self.0).ok()?;
            let header = serde_json::to_vec(&decoded.header).ok()?;
            let length = (header.len() as u64).to_le_bytes();
            let mut digest = Sha256::new();
            for bytes in [
                &MAGIC[..],
                &length,
                &header,
                &decoded.labels,
                &decoded.pixels,
            ] {
                digest.update(bytes);
                file.write_all(bytes).ok()?;
            }
            file.write_all(&digest.finalize()).ok()?;
            file.sync_all().ok()?;
            drop(file);
            scratch.commit().ok()
        };
        written().is_some()
    }
}

/// The content, if it is whole and says what was written.
fn decode(mut bytes: Vec<u8>) -> Option<Decoded> {
    let (content, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST)?)?;
    if Sha256::digest(content)[..] != *digest {
        return None;
    }
    let rest = content.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (header, rest) = rest.split_at_checked(length)?;
    let header: Header = serde_json::from_slice(header).ok()?;
    let samples = header
        .parts
        .iter()
        .try_fold(0_usize, |sum, part| sum.checked_add(*part))?;
    let (labels, pixels) = rest.split_at_checked(samples)?;
    let sides = [
        header.height as usize,
        header.width as usize,
        header.channels,
    ];
    let expected = sides
        .iter()
        .try_fold(samples, |product, side| product.checked_mul(*side))?;
    if pixels.len() != expected {
        return None;
    }
    let labels = labels.to_vec();
    // The pixels stay in the memory that they were read into.
    let start = content.len() - expected;
    bytes.truncate(start + expected);
    bytes.drain(..start);
    Some(Decoded {
        header,
        labels,
        pixels: bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded() -> Decoded {
        Decoded {
            header: Header {
                height: 1,
                width: 2,
                channels: 3,
                parts: [2, 0, 1],
                corrupt: 1,
                examples: vec!["a".to_owned()],
            },
            labels: vec![0, 1, 1],
            pixels: (0..18).collect(),
        }
    }

    #[test]
    fn what_is_written_is_read_and_every_change_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache(folder.path().join("more/x.images"));
        assert!(matches!(cache.read(), Kept::No));
        assert!(cache.write(&decoded()));
        let Kept::Yes(kept) = cache.read() else {
            panic!("not kept");
        };
        assert_eq!(kept, decoded());
        let whole = fs::read(&cache.0).unwrap();
        for length in 0..whole.len() {
            assert_eq!(decode(whole[..length].to_vec()), None, "{length}");
        }
        for position in 0..whole.len() {
            let mut changed = whole.clone();
            changed[position] ^= 1;
            assert_eq!(decode(changed), None, "{position}");
        }
    }

    #[test]
    fn a_file_where_the_folder_should_be_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let cache = Cache(folder.path().join("file/x.images"));
        assert!(!cache.write(&decoded()));
    }
}
