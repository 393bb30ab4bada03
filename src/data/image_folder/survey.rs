//! A first look at a folder: how many images of which sizes, by their first bytes, without decoding any.

use std::path::Path;

use super::decode;
use super::listing::Listing;
use crate::data::error::DataError;

/// So many images are looked at, evenly among all.
const MOST: usize = 5_000;

/// What a folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Their names, sorted.
    pub classes: Vec<String>,
    /// Images for training (or to be divided), for validation and for testing.
    pub parts: [usize; 3],
    /// Whether the folder itself has folders for training, validation and testing.
    pub divided: [bool; 3],
    /// Of the images that could be looked at; `None` if none could.
    pub sizes: Option<Sizes>,
    /// Images whose first bytes say nothing.
    pub unusable: usize,
}

/// Columns and rows, with the camera's orientation applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// That of the fewest pixels.
    pub smallest: (u32, u32),
    /// That of the most pixels.
    pub largest: (u32, u32),
    /// Half of the images have a shorter side at least as long.
    pub shorter_side: u32,
    /// The one size of all images of the folder, if they have one and all were looked at.
    pub common: Option<(u32, u32)>,
    /// Whether none has a colour.
    pub grey: bool,
}

impl Survey {
    /// All images.
    #[must_use]
    pub fn images(&self) -> usize {
        self.parts.iter().sum()
    }
}

/// Looks at a folder.
///
/// # Errors
///
/// It cannot be read, or is not laid out as the source `image-folder` needs it.
pub fn survey(directory: &Path) -> Result<Survey, DataError> {
    let listing = Listing::new(directory)?;
    let files: Vec<&Path> = listing
        .files()
        .map(|(_, file)| file.path.as_path())
        .collect();
    let step = files.len().div_ceil(MOST).max(1);
    let looked_at = files.iter().step_by(step);
    let mut headers: Vec<_> = looked_at
        .clone()
        .filter_map(|path| decode::header(path))
        .collect();
    let unusable = looked_at.len() - headers.len();
    headers.sort_by_key(|(width, height, _)| u64::from(*width) * u64::from(*height));
    let sizes = match (headers.first(), headers.last()) {
        (Some(first), Some(last)) => {
            let size = |header: &(u32, u32, bool)| (header.0, header.1);
            let equal = headers.iter().all(|header| size(header) == size(first));
            let mut shorter: Vec<u32> = headers.iter().map(|(w, h, _)| *w.min(h)).collect();
            shorter.sort_unstable();
            Some(Sizes {
                smallest: size(first),
                largest: size(last),
                shorter_side: shorter[shorter.len() / 2],
                common: (equal && step == 1).then(|| size(first)),
                grey: headers.iter().all(|(_, _, grey)| *grey),
            })
        }
        _ => None,
    };
    Ok(Survey {
        classes: listing.classes,
        parts: listing.parts.map(|part| part.len()),
        divided: listing.divided,
        sizes,
        unusable,
    })
}
