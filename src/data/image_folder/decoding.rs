//! All images of a folder, decoded: shard by shard, so that only one of them is in memory, into memory or into a file.

use std::io;

use super::cache::Cache;
use super::decode::{Fault, Target};
use super::decoded_file::{Decoded, Header, Writer, memory};
use super::error::FolderError;
use super::listing::{Found, Listing};
use super::{examples, parallel, unusable};
use crate::config::{CorruptConfig, ImageFolderConfig};
use crate::data::error::DataError;
use crate::data::memory::MemoryLimit;
use crate::data::samples::Values;
use crate::data::scratch::check_space;
use crate::data::watch::{Counted, Watch};

/// Bytes that are decoded together, by all cores, before they are put away; one image at least. Some hundred photographs keep
/// the cores busy, and at the end of a shard each waits for one image at most.
const SHARD: u64 = 64 << 20;

/// Where decoded pixels go.
enum Sink {
    Memory(Vec<u8>),
    File { writer: Writer, shard: Vec<u8> },
}

impl Sink {
    /// Room for the next images.
    fn room(&mut self, bytes: usize) -> &mut [u8] {
        match self {
            Self::Memory(all) => {
                let before = all.len();
                all.resize(before + bytes, 0);
                &mut all[before..]
            }
            Self::File { shard, .. } => {
                shard.resize(bytes, 0);
                shard
            }
        }
    }

    /// Puts away what the last `bytes` of room were filled with, but for the images that are unusable.
    fn put_away(&mut self, bytes: usize, length: usize, unusable: &[usize]) -> io::Result<()> {
        match self {
            Self::Memory(all) => {
                let before = all.len() - bytes;
                let kept = close_ranks(&mut all[before..], length, unusable);
                all.truncate(before + kept);
                Ok(())
            }
            Self::File { writer, shard } => {
                let kept = close_ranks(shard, length, unusable);
                writer.pixels(&shard[..kept])
            }
        }
    }
}

/// Decodes all images, and keeps them for the next run if the configuration says so. Also says whether that was done.
///
/// # Errors
///
/// Images that cannot be used, or a disk that does not take what the memory may not hold.
pub(super) fn decode(
    config: &ImageFolderConfig,
    listing: &Listing,
    target: &Target,
    limit: MemoryLimit,
    watch: &dyn Watch,
) -> Result<(Decoded, Cached), DataError> {
    let files: Vec<&Found> = listing.files().map(|(_, file)| file).collect();
    let length = target.length();
    let bytes = (files.len() as u64).saturating_mul(length as u64);
    let place = Cache::new(listing, target, config.resize.is_some());
    let spilled = |reason: io::Error| FolderError::Spill {
        samples: files.len(),
        bytes,
        limit: limit.bytes(),
        folder: place
            .as_ref()
            .map_or_else(String::new, |place| place.folder().display().to_string()),
        reason,
    };
    let (mut sink, per_shard) = if limit.admits(bytes) {
        let all = memory(&config.directory, bytes as usize)?;
        (Sink::Memory(all), files.len())
    } else {
        let writer = begin_file(place.as_ref(), bytes).map_err(spilled)?;
        let most = SHARD.min(limit.bytes()) / length.max(1) as u64;
        let per_shard = (most as usize).clamp(1, files.len().max(1));
        let shard = memory(&config.directory, per_shard * length)?;
        (Sink::File { writer, shard }, per_shard)
    };
    let mut faults: Vec<(usize, Fault)> = Vec::new();
    for (number, some) in files.chunks(per_shard.max(1)).enumerate() {
        let first = number * per_shard;
        let bytes = some.len() * length;
        let progress = |done| watch.progress(Counted::Images, first + done, Some(files.len()));
        let found = parallel::decode_all(some, target, sink.room(bytes), &progress);
        refuse_sizes(some, &found, files[0], target)?;
        let unusable: Vec<usize> = found.iter().map(|(index, _)| *index).collect();
        faults.extend(found.into_iter().map(|(at, fault)| (first + at, fault)));
        // Where that refuses them all, the rest is looked at nevertheless: to count and name what cannot be used.
        if config.corrupt == CorruptConfig::Skip || faults.is_empty() {
            sink.put_away(bytes, length, &unusable).map_err(spilled)?;
        }
    }

    let (header, labels) = summary(config, listing, target, faults)?;
    let (pixels, cached) = match sink {
        Sink::Memory(values) => {
            let cached = match place.filter(|_| config.cache) {
                None => Cached::NotWanted,
                Some(place) => Cached::from(place.write(&header, &labels, &values).is_ok()),
            };
            let maximum = u8::MAX;
            (Values::U8 { values, maximum }, cached)
        }
        Sink::File { writer, .. } if config.cache => {
            let (pixels, kept) = writer.keep_open(&header, &labels).map_err(spilled)?;
            (Values::StoredU8(pixels), Cached::from(kept))
        }
        Sink::File { writer, .. } => (Values::StoredU8(writer.pixels_alone()), Cached::NotWanted),
    };
    let decoded = Decoded {
        header,
        labels,
        pixels,
    };
    Ok((decoded, cached))
}

/// What became of keeping decoded images for the next run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cached {
    NotWanted,
    Kept,
    Failed,
}

impl From<bool> for Cached {
    fn from(kept: bool) -> Self {
        if kept { Self::Kept } else { Self::Failed }
    }
}

/// Where it is known already that the disk is too small, nothing is decoded.
fn begin_file(place: Option<&Cache>, bytes: u64) -> io::Result<Writer> {
    let Some(place) = place else {
        return Err(io::Error::other("there is no folder for caches"));
    };
    let writer = place.writer()?;
    check_space(place.folder(), bytes)?;
    Ok(writer)
}

/// All images of one size, or a word on what to do with others.
fn refuse_sizes(
    files: &[&Found],
    faults: &[(usize, Fault)],
    first: &Found,
    target: &Target,
) -> Result<(), FolderError> {
    for (index, fault) in faults {
        if let Fault::Size(width, height) = fault {
            return Err(FolderError::SizesDiffer {
                file: files[*index].path.display().to_string(),
                width: *width,
                height: *height,
                first: first.path.display().to_string(),
                first_width: target.width,
                first_height: target.height,
            });
        }
    }
    Ok(())
}

/// Moves images to the front, over those at the positions in `unusable`, which are ascending; returns how many bytes are left.
fn close_ranks(pixels: &mut [u8], length: usize, unusable: &[usize]) -> usize {
    let mut kept = 0;
    for index in 0..pixels.len() / length.max(1) {
        if unusable.binary_search(&index).is_ok() {
            continue;
        }
        if kept < index {
            pixels.copy_within(index * length..(index + 1) * length, kept * length);
        }
        kept += 1;
    }
    kept * length
}

/// What is left without the images that cannot be used; an error where all have to be, or none can.
fn summary(
    config: &ImageFolderConfig,
    listing: &Listing,
    target: &Target,
    faults: Vec<(usize, Fault)>,
) -> Result<(Header, Vec<u8>), DataError> {
    let unusable_files: Vec<usize> = faults.iter().map(|(index, _)| *index).collect();
    let files: Vec<&Found> = listing.files().map(|(_, file)| file).collect();
    let named: Vec<(&Found, Fault)> = faults
        .into_iter()
        .map(|(index, fault)| (files[index], fault))
        .collect();
    let examples = examples(config, &named);
    let refused = config.corrupt == CorruptConfig::Refuse && !named.is_empty();
    if refused || named.len() == files.len() {
        return Err(unusable(named.len(), files.len(), examples));
    }
    let (mut labels, mut parts) = (Vec::new(), [0; 3]);
    for (index, (part, file)) in listing.files().enumerate() {
        if unusable_files.binary_search(&index).is_err() {
            parts[part] += 1;
            labels.push(file.label);
        }
    }
    let header = Header {
        height: target.height,
        width: target.width,
        channels: target.channels,
        parts,
        corrupt: named.len(),
        examples,
    };
    Ok((header, labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_closed() {
        let closed = |unusable: &[usize]| {
            let mut pixels = b"aabbccdd".to_vec();
            let kept = close_ranks(&mut pixels, 2, unusable);
            pixels.truncate(kept);
            pixels
        };
        assert_eq!(closed(&[]), b"aabbccdd");
        assert_eq!(closed(&[0, 2]), b"bbdd");
        assert_eq!(closed(&[0, 1, 2, 3]), b"");
    }
}
