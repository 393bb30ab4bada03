//! Decoded images in a file: written piece by piece while they are decoded, found again by the next run, and read from
//! where they are too many for the memory.
//!
//! Written whole or not at all ([`Scratch`]). The sizes stand at the end, because how many images can be used is known only
//! there.
//!
//! ```text
//! magic · pixels · labels · header (JSON) · length of the header (8 bytes) · SHA-256 of all this (32 bytes)
//! ```

use std::fs::File;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::data::error::DataError;
use crate::data::memory::MemoryLimit;
use crate::data::samples::Values;
use crate::data::scratch::Scratch;
use crate::data::stored::{StoredBytes, read_exact_at};

const MAGIC: &[u8; 16] = b"brecha images 2\n";

/// Bytes of the header's length, and of a SHA-256.
const LENGTH: usize = 8;
const DIGEST: usize = 32;

/// A handful of numbers and of messages.
const LARGEST_HEADER: u64 = 1 << 20;

/// Of all files of decoded images.
pub(super) const EXTENSION: &str = "images";

/// What was decoded.
#[derive(Debug, PartialEq)]
pub(super) struct Decoded {
    pub(super) header: Header,
    /// One per image, part after part.
    pub(super) labels: Vec<u8>,
    pub(super) pixels: Values,
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

impl Header {
    /// Images, and bytes of their pixels; nothing for numbers that no file has.
    fn counts(&self) -> Option<(usize, usize)> {
        let mut parts = self.parts.iter();
        let samples = parts.try_fold(0_usize, |sum, part| sum.checked_add(*part))?;
        let sides = [self.height as usize, self.width as usize, self.channels];
        let pixels = sides
            .iter()
            .try_fold(samples, |product, side| product.checked_mul(*side))?;
        Some((samples, pixels))
    }
}

/// A file that is being written.
pub(super) struct Writer {
    scratch: Scratch,
    digest: Sha256,
    pixels: usize,
}

impl Writer {
    /// Begins a file that is to be called `path`, in a folder that is made where it is not there.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut writer = Self {
            scratch: Scratch::create(path)?,
            digest: Sha256::new(),
            pixels: 0,
        };
        writer.write(MAGIC)?;
        Ok(writer)
    }

    /// Appends the pixels of some images.
    pub(super) fn pixels(&mut self, pixels: &[u8]) -> io::Result<()> {
        self.pixels += pixels.len();
        self.write(pixels)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.scratch.write(bytes)
    }

    /// Completes the file and gives it its name, for the next runs.
    pub(super) fn keep(mut self, header: &Header, labels: &[u8]) -> io::Result<()> {
        let header = serde_json::to_vec(header)?;
        self.write(labels)?;
        self.write(&header)?;
        self.write(&(header.len() as u64).to_le_bytes())?;
        let digest = self.digest.finalize();
        self.scratch.write(&digest)?;
        self.scratch.keep()
    }

    /// The pixels written so far, to be read; the file itself is gone with its last reader.
    pub(super) fn pixels_alone(self) -> StoredBytes {
        self.scratch.alone(MAGIC.len() as u64, self.pixels)
    }

    /// As [`Writer::keep`] and [`Writer::pixels_alone`]. Where the file cannot be kept, which the second answer says, it can
    /// still be read.
    pub(super) fn keep_open(
        self,
        header: &Header,
        labels: &[u8],
    ) -> io::Result<(StoredBytes, bool)> {
        let pixels = self.scratch.share(MAGIC.len() as u64, self.pixels)?;
        let kept = self.keep(header, labels).is_ok();
        Ok((pixels, kept))
    }
}

/// Opens a file that [`Writer::keep`] wrote; nothing if it is not whole or says something else. Its pixels come into memory
/// where `limit` admits them, and are read from the file where not.
pub(super) fn open(path: &Path, limit: MemoryLimit) -> Result<Option<Decoded>, DataError> {
    let failed = |reason: io::Error| DataError::Read {
        file: path.display().to_string(),
        reason,
    };
    let file = File::open(path).map_err(failed)?;
    let Some(end) = End::read(&file).map_err(failed)? else {
        return Ok(None);
    };
    let mut digest = Sha256::new();
    digest.update(MAGIC);
    let stored = StoredBytes::new(file, path.to_owned(), MAGIC.len() as u64, end.pixels);
    let pixels = if limit.admits(end.pixels as u64) {
        let mut values = memory(path, end.pixels)?;
        values.resize(end.pixels, 0);
        stored.read(0, &mut values)?;
        digest.update(&values);
        Values::U8 {
            values,
            maximum: u8::MAX,
        }
    } else {
        stored.for_each_chunk(|chunk| digest.update(chunk))?;
        Values::StoredU8(stored)
    };
    digest.update(&end.content);
    if digest.finalize()[..] != end.digest {
        return Ok(None);
    }
    let mut labels = end.content;
    labels.truncate(end.header.parts.iter().sum());
    Ok(Some(Decoded {
        header: end.header,
        labels,
        pixels,
    }))
}

/// Room for so many bytes; where there is none, that is an error and not the end of the program.
pub(super) fn memory(path: &Path, bytes: usize) -> Result<Vec<u8>, DataError> {
    let mut memory = Vec::new();
    memory
        .try_reserve_exact(bytes)
        .map_err(|refused| DataError::Read {
            file: path.display().to_string(),
            reason: refused.into(),
        })?;
    Ok(memory)
}

/// What follows the pixels.
struct End {
    header: Header,
    /// Bytes of the pixels.
    pixels: usize,
    /// Labels, header and its length.
    content: Vec<u8>,
    digest: [u8; DIGEST],
}

impl End {
    /// Nothing if the lengths do not fit together: then nothing is allocated on their word.
    fn read(file: &File) -> io::Result<Option<Self>> {
        let length = file.metadata()?.len();
        let Some(last) = length.checked_sub((LENGTH + DIGEST) as u64) else {
            return Ok(None);
        };
        let mut magic = [0; MAGIC.len()];
        read_exact_at(file, &mut magic, 0)?;
        if magic != *MAGIC {
            return Ok(None);
        }
        let mut bytes = [0; LENGTH + DIGEST];
        read_exact_at(file, &mut bytes, last)?;
        let (&header_length, &digest) = match bytes.split_first_chunk::<LENGTH>() {
            Some((length, digest)) => match digest.first_chunk::<DIGEST>() {
                Some(digest) => (length, digest),
                None => return Ok(None),
            },
            None => return Ok(None),
        };
        let header_length = u64::from_le_bytes(header_length);
        if header_length > LARGEST_HEADER || header_length > last {
            return Ok(None);
        }
        let mut header = vec![0; header_length as usize];
        read_exact_at(file, &mut header, last - header_length)?;
        let Ok(header) = serde_json::from_slice::<Header>(&header) else {
            return Ok(None);
        };
        let Some((samples, pixels)) = header.counts() else {
            return Ok(None);
        };
        let start = (MAGIC.len() as u64).saturating_add(pixels as u64);
        if start.checked_add(samples as u64) != Some(last - header_length) {
            return Ok(None);
        }
        let mut content = vec![0; samples + header_length as usize + LENGTH];
        read_exact_at(file, &mut content, start)?;
        Ok(Some(Self {
            header,
            pixels,
            content,
            digest,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const EVERYTHING: f64 = 1.0;
    const NOTHING: f64 = 1e-9;

    fn header() -> Header {
        Header {
            height: 1,
            width: 2,
            channels: 3,
            parts: [2, 0, 1],
            corrupt: 1,
            examples: vec!["a".to_owned()],
        }
    }

    fn pixels() -> Vec<u8> {
        (0..18).collect()
    }

    fn written(path: &Path) {
        let mut writer = Writer::create(path).unwrap();
        writer.pixels(&pixels()[..6]).unwrap();
        writer.pixels(&pixels()[6..]).unwrap();
        writer.keep(&header(), &[0, 1, 1]).unwrap();
    }

    fn opened(path: &Path, gib: f64) -> Option<Decoded> {
        open(path, MemoryLimit::gib(gib)).unwrap()
    }

    #[test]
    fn what_is_written_is_read_in_memory_or_not_and_every_change_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("more/x.images");
        written(&path);
        let here = opened(&path, EVERYTHING).unwrap();
        assert_eq!(here.header, header());
        assert_eq!(here.labels, [0, 1, 1]);
        let Values::U8 { values, .. } = &here.pixels else {
            panic!("in memory");
        };
        assert_eq!(*values, pixels());
        let there = opened(&path, NOTHING).unwrap();
        assert_eq!((there.header, there.labels), (here.header, here.labels));
        let Values::StoredU8(stored) = &there.pixels else {
            panic!("in the file");
        };
        let mut read = [0; 18];
        stored.read(0, &mut read).unwrap();
        assert_eq!(read[..], pixels());

        let whole = fs::read(&path).unwrap();
        let changed = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            opened(&path, EVERYTHING).is_some() || opened(&path, NOTHING).is_some()
        };
        for length in 0..whole.len() {
            assert!(!changed(&whole[..length]), "{length}");
        }
        for position in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[position] ^= 1;
            assert!(!changed(&bytes), "{position}");
        }
        assert!(changed(&whole));
    }

    #[test]
    fn pixels_that_are_not_kept_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(&folder.path().join("x.images")).unwrap();
        writer.pixels(&pixels()).unwrap();
        let stored = writer.pixels_alone();
        let mut read = [0; 2];
        stored.read(16, &mut read).unwrap();
        assert_eq!(read, [16, 17]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
