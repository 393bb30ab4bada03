//! The source `image-folder`: images in folders that are named for their classes.
//!
//! ```text
//! DIRECTORY/CLASS/*                      divided by `data.split`
//! DIRECTORY/train/CLASS/*                divided already: `validation` (or `val`) and `test` may stand beside it
//! ```
//!
//! ```text
//! folder ─→ listing (files by split and class) ─→ cache ─→ parallel (decode: one file → bytes) ─→ samples
//! ```

mod asked;
mod cache;
mod decode;
pub mod error;
mod listing;
mod parallel;
mod survey;

pub use self::asked::{asked, files};
use self::cache::{Cache, Decoded, Header, Kept};
use self::decode::{Fault, Target};
use self::error::FolderError;
use self::listing::{Found, Listing};
pub use self::survey::{Sizes, Survey, survey};
use super::error::DataError;
use super::preparation::{ImagePreparation, ImageScaling};
use super::samples::{RawData, SampleShape, Samples, Values};
use super::watch::Watch;
use crate::config::{CorruptConfig, ImageFolderConfig};

/// A message names so many of the images that cannot be used.
const NAMED: usize = 5;

/// Reads all images of a folder.
///
/// # Errors
///
/// When the folder is not laid out so, when an image cannot be decoded or has another size than the others, or when all
/// together take more memory than allowed.
pub fn load(config: &ImageFolderConfig, watch: &dyn Watch) -> Result<RawData, DataError> {
    let listing = Listing::new(&config.directory)?;
    let target = target(config, &listing)?;
    check_memory(config, &listing, &target)?;
    let mut notes = Vec::new();
    let cache = if config.cache {
        Cache::new(&listing, &target, config.resize.is_some())
    } else {
        None
    };
    let kept = cache.as_ref().map_or(Kept::No, Cache::read);
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
        let decoded = decode(config, &listing, &target, watch)?;
        if let Some(cache) = cache
            && !cache.write(&decoded)
        {
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
        let (labels, values) = (
            labels.split_off(before),
            pixels.split_off(before * shape.len()),
        );
        if !listing.divided[part] || labels.is_empty() {
            return Ok(None);
        }
        Ok(Some(samples(&name, shape, values, labels)?))
    };
    let test = official(2)?;
    let validation = official(1)?;
    let training = samples(&name, shape, pixels, labels)?;
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

fn samples(
    name: &str,
    shape: SampleShape,
    values: Vec<u8>,
    labels: Vec<u8>,
) -> Result<Samples, DataError> {
    let values = Values::U8 {
        values,
        maximum: u8::MAX,
    };
    Samples::new(name, shape, values, labels)
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
        match decode::read(&file.path) {
            Ok(image) => return Ok([image.height(), image.width()]),
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

fn check_memory(
    config: &ImageFolderConfig,
    listing: &Listing,
    target: &Target,
) -> Result<(), DataError> {
    let shape = SampleShape::Image {
        channels: target.channels,
        height: target.height as usize,
        width: target.width as usize,
    };
    let samples = listing.files().count();
    let bytes = (samples as u64).saturating_mul(shape.len() as u64);
    if bytes as f64 > config.memory_limit * (1_u64 << 30) as f64 {
        return Err(FolderError::TooLarge {
            samples,
            shape,
            bytes,
            limit: config.memory_limit,
        }
        .into());
    }
    Ok(())
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

fn decode(
    config: &ImageFolderConfig,
    listing: &Listing,
    target: &Target,
    watch: &dyn Watch,
) -> Result<Decoded, DataError> {
    let files: Vec<&Found> = listing.files().map(|(_, file)| file).collect();
    let length = target.channels * target.height as usize * target.width as usize;
    let mut pixels = vec![0; files.len() * length];
    let faults = parallel::decode_all(&files, target, &mut pixels, watch);
    if let Some((index, Fault::Size(width, height))) = faults
        .iter()
        .find(|(_, fault)| matches!(fault, Fault::Size(..)))
    {
        return Err(FolderError::SizesDiffer {
            file: files[*index].path.display().to_string(),
            width: *width,
            height: *height,
            first: files[0].path.display().to_string(),
            first_width: target.width,
            first_height: target.height,
        }
        .into());
    }
    let unusable_files: Vec<usize> = faults.iter().map(|(index, _)| *index).collect();
    let named: Vec<(&Found, Fault)> = faults
        .into_iter()
        .map(|(index, fault)| (files[index], fault))
        .collect();
    let examples = examples(config, &named);
    let refused = config.corrupt == CorruptConfig::Refuse && !named.is_empty();
    if refused || named.len() == files.len() {
        return Err(unusable(named.len(), files.len(), examples));
    }
    // What is left moves together.
    let (mut labels, mut parts, mut kept) = (Vec::new(), [0; 3], 0);
    for (index, (part, file)) in listing.files().enumerate() {
        if unusable_files.binary_search(&index).is_ok() {
            continue;
        }
        if kept < index {
            pixels.copy_within(index * length..(index + 1) * length, kept * length);
        }
        kept += 1;
        parts[part] += 1;
        labels.push(file.label);
    }
    pixels.truncate(kept * length);
    let header = Header {
        height: target.height,
        width: target.width,
        channels: target.channels,
        parts,
        corrupt: named.len(),
        examples,
    };
    Ok(Decoded {
        header,
        labels,
        pixels,
    })
}
