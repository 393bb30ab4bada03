//! Decoded images on disk, so that the second run begins at once.
//!
//! A file per folder and options, named by the SHA-256 of everything that the pixels depend on: the path, size and time of
//! change of every image, the target, and [`VERSION`]. Written whole or not at all; ends with the SHA-256 of what is before.
//! A cache that is damaged is made again; one that cannot be written is done without, unless the images are too many for the
//! memory. Deleting the folder does no harm.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::decode::Target;
use super::decoded_file::{self, Decoded, EXTENSION, Header, Writer};
use super::listing::{Found, Listing};
use crate::data::cache;
use crate::data::error::DataError;
use crate::data::memory::MemoryLimit;

/// Raised whenever the same files would become other pixels.
const VERSION: u32 = 2;

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
        Some(Self(
            cache::directory()?.join(format!("{name}.{EXTENSION}")),
        ))
    }

    /// What was kept.
    pub(super) fn read(&self, limit: MemoryLimit) -> Kept {
        match decoded_file::open(&self.0, limit) {
            Ok(Some(decoded)) => Kept::Yes(decoded),
            Err(DataError::Read { reason, .. }) if reason.kind() == io::ErrorKind::NotFound => {
                Kept::No
            }
            Ok(None) | Err(_) => Kept::Damaged,
        }
    }

    /// Keeps what is in memory; a disk that is full or read-only only means that the next run decodes again.
    pub(super) fn write(&self, header: &Header, labels: &[u8], pixels: &[u8]) -> io::Result<()> {
        let mut writer = self.writer()?;
        writer.pixels(pixels)?;
        writer.keep(header, labels)
    }

    /// Begins a file there.
    pub(super) fn writer(&self) -> io::Result<Writer> {
        Writer::create(&self.0)
    }

    /// The folder of all caches.
    pub(super) fn folder(&self) -> &Path {
        self.0.parent().unwrap_or(&self.0)
    }
}
