//! The source `image-folder`: images in folders that are named for their classes.
//!
//! ```text
//! DIRECTORY/CLASS/*                      divided by `data.split`
//! DIRECTORY/train/CLASS/*                divided already: `validation` (or `val`) and `test` may stand beside it
//! ```
//!
//! ```text
//! folder ─→ listing (files by split and class) ─→ cache ─→ decoding ─→ samples
//!                                                            │ shard by shard: parallel (decode: one file → bytes)
//!                                                            ▼
//!                                             memory, or a file where `data.memory-limit` is too small
//! ```
//!
//! However many images there are, no more than the limit, one shard and the pictures that are being decoded are in memory. What
//! lies in a file is read sample by sample, in the same order in which memory would be read: the shuffle of an epoch is a
//! permutation of all samples there as well, and a run from disk is, bit by bit, the run in memory.

mod asked;
mod cache;
mod decode;
mod decoded_file;
mod decoding;
pub mod error;
mod listing;
mod parallel;
mod survey;

pub use self::asked::{asked, files};
use self::cache::{Cache, Kept};
use self::decode::{Fault, Target};
use self::decoded_file::{Decoded, Header};
use self::decoding::{Cached, decode};
use self::error::FolderError;
use self::listing::{Found, Listing};
pub use self::survey::{Sizes, Survey, survey};
use super::error::DataError;
use super::memory::MemoryLimit;
use super::preparation::{ImagePreparation, ImageScaling};
use super::samples::{RawData, SampleShape, Samples};
use super::watch::Watch;
use crate::config::{CorruptConfig, ImageFolderConfig};

/// A message names so many of the images that cannot be used.
const NAMED: usize = 5;

/// Reads all images of a folder.
///
/// # Errors
///
/// When the folder is not laid out so, when an image cannot be decoded or has another size than the others, or when the disk
/// does not take what is more than `limit`.
pub fn load(
    config: &ImageFolderConfig,
    limit: MemoryLimit,
    watch: &dyn Watch,
) -> Result<RawData, DataError> {
    let listing = Listing::new(&config.directory)?;
    let target = target(config, &listing)?;
    let mut notes = Vec::new();
    let cache = Cache::new(&listing, &target, config.resize.is_some()).filter(|_| config.cache);
    let kept = cache.map_or(Kept::No, |cache| cache.read(limit));
    if matches!(kept, Kept::Damaged) {
        notes.push("the cache of the decoded images is damaged and made again".to_owned());
    }
    // What was left out by a run that allowed it is an error for one that does not.
    let allowed =
        |decoded: &Decoded| decoded.header.corrupt == 0 || config.corrupt == CorruptConfig::Skip;
    let decoded = if let Kept::Yes(decoded) = kept
        && allowed(&decoded)
    {
        decoded
    } else {
        let (decoded, cached) = decode(config, &listing, &target, limit, watch)?;
        if cached == Cached::Failed {
            notes
                .push("the decoded images cannot be cached: the next run decodes again".to_owned());
        }
        decoded
    };
    if let (count @ 1.., Some(first)) = &listing.left_out {
        notes.push(format!(
            "{count} files of `{}` are no images and left out (the first: `{}`)",
            config.directory.display(),
            first
                .strip_prefix(&config.directory)
                .unwrap_or(first)
                .display()
        ));
    }
    if decoded.header.corrupt > 0 {
        notes.push(format!(
            "{} images cannot be used and are left out: {}",
            decoded.header.corrupt,
            decoded.header.examples.join("; ")
        ));
    }
    raw_data(config, listing, decoded, notes)
}

fn raw_data(
    config: &ImageFolderConfig,
    listing: Listing,
    decoded: Decoded,
    notes: Vec<String>,
) -> Result<RawData, DataError> {
    let Decoded {
        header,
        mut labels,
        mut pixels,
    } = decoded;
    let shape = shape(&header);
    let name = config.directory.display().to_string();
    // From the back, so that the large first part stays where it is.
    let mut official = |part: usize| -> Result<Option<Samples>, DataError> {
        let before: usize = header.parts[..part].iter().sum();
        let labels = labels.split_off(before);
        let values = pixels.split_off(before * shape.len());
        if !listing.divided[part] || labels.is_empty() {
            return Ok(None);
        }
        Ok(Some(Samples::new(&name, shape, values, labels)?))
    };
    let test = official(2)?;
    let validation = official(1)?;
    let training = Samples::new(&name, shape, pixels, labels)?;
    let mut raw = RawData::new("image-folder", training, test, listing.classes)?;
    raw.official_validation = validation;
    raw.notes = notes;
    raw.image = Some(ImagePreparation {
        height: header.height as usize,
        width: header.width as usize,
        channels: header.channels,
        resize: scaling(config),
    });
    Ok(raw)
}

fn shape(header: &Header) -> SampleShape {
    SampleShape::Image {
        channels: header.channels,
        height: header.height as usize,
        width: header.width as usize,
    }
}

fn scaling(config: &ImageFolderConfig) -> Option<ImageScaling> {
    config.resize.map(|_| ImageScaling {
        fit: config.fit,
        filter: config.filter,
    })
}

/// The size that the configuration says, else that of the first image that has one.
fn target(config: &ImageFolderConfig, listing: &Listing) -> Result<Target, DataError> {
    let [height, width] = if let Some(resize) = config.resize {
        // `problems` has bounded them.
        resize.sides().map(|side| side as u32)
    } else {
        first_size(config, listing)?
    };
    Ok(Target {
        height,
        width,
        channels: config.channels,
        scaling: scaling(config),
    })
}

fn first_size(config: &ImageFolderConfig, listing: &Listing) -> Result<[u32; 2], DataError> {
    let mut faults = Vec::new();
    for (_, file) in listing.files() {
        match decode::size(&file.path) {
            Ok(size) => return Ok(size),
            Err(fault) => faults.push((file, fault)),
        }
        if config.corrupt == CorruptConfig::Refuse {
            break;
        }
    }
    let examples = examples(config, &faults);
    Err(unusable(faults.len(), listing.files().count(), examples))
}

fn unusable(count: usize, total: usize, examples: Vec<String>) -> DataError {
    if count == total {
        FolderError::NothingLeft { total, examples }.into()
    } else {
        FolderError::Unusable {
            count,
            total,
            examples,
        }
        .into()
    }
}

/// The first few, with their paths below the folder.
fn examples(config: &ImageFolderConfig, faults: &[(&Found, Fault)]) -> Vec<String> {
    let mut examples: Vec<String> = faults
        .iter()
        .take(NAMED)
        .map(|(file, fault)| {
            let path = file.path.strip_prefix(&config.directory);
            let path = path.unwrap_or(&file.path).display().to_string();
            match fault {
                Fault::Unusable(reason) => format!("`{}` ({reason})", path.escape_debug()),
                Fault::Size(width, height) => {
                    format!("`{}` ({width} × {height})", path.escape_debug())
                }
            }
        })
        .collect();
    if faults.len() > NAMED {
        examples.push("…".to_owned());
    }
    examples
}
