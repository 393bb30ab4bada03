//! What can be wrong with a folder of images.

use std::io;

use thiserror::Error;

use crate::data::memory::size;

/// Why a folder of images cannot be used.
#[derive(Debug, Error)]
pub enum FolderError {
    /// A file where a folder is needed.
    #[error("`{directory}` is a file, not a folder of images")]
    NotADirectory {
        /// The path as given.
        directory: String,
    },
    /// A folder without folders in it.
    #[error("`{directory}` has no folder for any class{}", if *images > 0 { format!(", but {images} images directly in it, the first `{first}`") } else { String::new() })]
    NoClasses {
        /// The path.
        directory: String,
        /// Images that lie in it.
        images: usize,
        /// The name of the first one.
        first: String,
    },
    /// There is nothing to tell apart.
    #[error("`{directory}` has 1 class only, `{class}`: there is nothing to learn")]
    OneClass {
        /// The path.
        directory: String,
        /// The class.
        class: String,
    },
    /// More than a byte can number.
    #[error("`{directory}` has {classes} classes, but 2 to 256 are possible")]
    TooManyClasses {
        /// The path.
        directory: String,
        /// How many folders.
        classes: usize,
    },
    /// Held-out folders without a training folder.
    #[error("`{directory}` has a folder `{found}`, but none called `train`")]
    NoTraining {
        /// The path.
        directory: String,
        /// What there is.
        found: String,
    },
    /// `val` and `validation`.
    #[error("`{directory}` has both `{first}` and `{second}`, which mean the same")]
    Twice {
        /// The path.
        directory: String,
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// A class that training does not have.
    #[error("class `{class}` of `{directory}` is none of the {known} classes in `train`")]
    UnknownClass {
        /// The held-out folder.
        directory: String,
        /// The name of the folder in it.
        class: String,
        /// How many classes train.
        known: usize,
    },
    /// A class without an image.
    #[error("class folder `{folder}` holds no image{}", if *skipped > 0 { format!(" among its {skipped} files") } else { String::new() })]
    EmptyClass {
        /// The path.
        folder: String,
        /// Other files in it.
        skipped: usize,
    },
    /// A folder deeper than the classes.
    #[error("`{folder}` is a folder inside of a class folder")]
    Nested {
        /// The path.
        folder: String,
    },
    /// Images that are none, or not whole.
    #[error("{count} of {total} images cannot be used: {}", examples.join("; "))]
    Unusable {
        /// How many.
        count: usize,
        /// Of how many.
        total: usize,
        /// The first few, each with its reason.
        examples: Vec<String>,
    },
    /// An image in a folder whose name is no class of a network.
    #[error("`{file}` lies in the folder `{folder}`, which is none of the network's classes")]
    NoSuchClass {
        /// The image.
        file: String,
        /// The folder's name.
        folder: String,
        /// What there is.
        classes: Vec<String>,
    },
    /// No image is left.
    #[error("none of the {total} images can be used: {}", examples.join("; "))]
    NothingLeft {
        /// How many there are.
        total: usize,
        /// The first few, each with its reason.
        examples: Vec<String>,
    },
    /// Different sizes, and no word on what to do.
    #[error(
        "`{file}` has {width} × {height} pixels, but `{first}` has {first_width} × {first_height}"
    )]
    SizesDiffer {
        /// The image.
        file: String,
        /// Its columns.
        width: u32,
        /// Its rows.
        height: u32,
        /// The first image.
        first: String,
        /// Its columns.
        first_width: u32,
        /// Its rows.
        first_height: u32,
    },
    /// More than the memory may hold, and the disk does not take them.
    #[error(
        "{samples} images take {} decoded, more than the {} of `data.memory-limit`, and cannot be put {}: {reason}",
        size(*bytes),
        size(*limit),
        if folder.is_empty() { "on disk".to_owned() } else { format!("into `{folder}`") }
    )]
    Spill {
        /// How many.
        samples: usize,
        /// What they take decoded.
        bytes: u64,
        /// The limit, in bytes.
        limit: u64,
        /// The folder of the caches; empty where none is known.
        folder: String,
        /// What the operating system said.
        reason: io::Error,
    },
}

impl FolderError {
    /// What to do next: a fragment to print after `hint: `.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotADirectory { .. } | Self::NoClasses { .. } => {
                "images lie in folders named for their classes: `DIRECTORY/cat/1.png`, or divided already, \
                 `DIRECTORY/train/cat/1.png`, with `validation` and `test` beside `train`"
            }
            Self::NoSuchClass { classes, .. } => {
                return Some(format!(
                    "the folder that an image lies in is its class, one of {}",
                    classes.join(", ")
                ));
            }
            Self::OneClass { .. } => {
                "each folder is a class; if the classes lie one folder deeper, name that folder as `directory`"
            }
            Self::TooManyClasses { .. } => {
                "labels are bytes: merge classes until at most 256 remain"
            }
            Self::NoTraining { .. } => {
                "`validation`, `val` and `test` stand beside `train`, or all folders are classes with other names"
            }
            Self::Twice { .. } => "remove one of them, or put its images into the other",
            Self::UnknownClass { .. } => {
                "the folders of held-out images have the names of the classes that train"
            }
            Self::EmptyClass { .. } => "remove the folder, or put images into it",
            Self::Nested { .. } => {
                "a class is one folder of images: move them up, or name another folder as `directory`"
            }
            Self::Unusable { .. } => {
                "replace or remove them; with `corrupt = \"skip\"` they are left out and counted"
            }
            Self::NothingLeft { .. } => {
                "PNG, JPEG, WebP, BMP and GIF are read, recognised by their content"
            }
            Self::SizesDiffer { .. } => {
                "bring all images to one size with, for example, `resize = [64, 64]` (height and width)"
            }
            Self::Spill { .. } => {
                "set `XDG_CACHE_HOME` to a folder on a disk with room, choose a smaller `resize` or fewer `channels`, or raise \
                 `data.memory-limit`"
            }
        };
        Some(hint.to_owned())
    }
}
