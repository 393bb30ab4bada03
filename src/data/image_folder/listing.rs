//! Which files a folder holds, by split and class, sorted by name: the order in which a disk lists them decides nothing.
//!
//! Hidden files and folders, `__MACOSX`, and files that neither are called like images nor begin like one, are left out and
//! counted. A folder that links to another is followed; since classes are exactly one level deep, no circle of links can
//! be.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::error::FolderError;
use crate::data::error::DataError;

/// Names of formats that are read, and of others, which are better refused than left out in silence.
const EXTENSIONS: [&str; 19] = [
    "png", "apng", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "dib", "gif", "tif", "tiff",
    "heic", "heif", "avif", "jxl", "jp2", "ppm", "pgm",
];

/// Training, validation, test.
const SPLITS: [&[&str]; 3] = [
    &["train", "training"],
    &["validation", "val", "valid"],
    &["test"],
];

/// One image to decode.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) label: u8,
    /// Size in bytes and time of the last change, by which a changed file is recognised.
    pub(super) size: u64,
    pub(super) modified: u128,
}

/// All images of a folder.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) classes: Vec<String>,
    /// Training (or all that is to be divided), validation, test.
    pub(super) parts: [Vec<Found>; 3],
    /// Whether the folder itself divides its images.
    pub(super) divided: [bool; 3],
    /// How many files were left out, and the first of them.
    pub(super) left_out: (usize, Option<PathBuf>),
}

impl Listing {
    /// Lists what there is.
    pub(super) fn new(directory: &Path) -> Result<Self, DataError> {
        let top = entries(directory)?;
        let mut listing = Self {
            classes: Vec::new(),
            parts: [Vec::new(), Vec::new(), Vec::new()],
            divided: [false; 3],
            left_out: (0, None),
        };
        let mut folders: [Option<PathBuf>; 3] = [None, None, None];
        for path in &top {
            let name = name(path).to_lowercase();
            let Some(split) = SPLITS
                .iter()
                .position(|names| names.contains(&name.as_str()))
            else {
                continue;
            };
            if !path.is_dir() {
                continue;
            }
            if let Some(first) = folders[split].replace(path.clone()) {
                return Err(FolderError::Twice {
                    directory: directory.display().to_string(),
                    first: self::name(&first),
                    second: self::name(path),
                }
                .into());
            }
        }
        let [train, validation, test] = &folders;
        let Some(train) = train else {
            if let Some(found) = validation.as_ref().or(test.as_ref()) {
                return Err(FolderError::NoTraining {
                    directory: directory.display().to_string(),
                    found: name(found),
                }
                .into());
            }
            listing.part(0, directory)?;
            return Ok(listing);
        };
        listing.part(0, train)?;
        listing.divided[0] = true;
        for (split, folder) in [(1, validation), (2, test)] {
            if let Some(folder) = folder {
                listing.part(split, folder)?;
                listing.divided[split] = true;
            }
        }
        for path in top
            .iter()
            .filter(|path| !folders.iter().flatten().any(|used| used == *path))
        {
            listing.leave_out(path);
        }
        Ok(listing)
    }

    /// All images, each with the number of its part.
    pub(super) fn files(&self) -> impl Iterator<Item = (usize, &Found)> {
        let parts = self.parts.iter().enumerate();
        parts.flat_map(|(part, files)| files.iter().map(move |file| (part, file)))
    }

    /// The classes below `directory`, which the first part names and the others repeat.
    fn part(&mut self, split: usize, directory: &Path) -> Result<(), DataError> {
        let mut folders = Vec::new();
        let mut images = Vec::new();
        for path in entries(directory)? {
            if is_hidden(&path) {
                self.leave_out(&path);
            } else if path.is_dir() {
                folders.push(path);
            } else {
                if is_image(&path) {
                    images.push(name(&path));
                }
                self.leave_out(&path);
            }
        }
        let shown = directory.display().to_string();
        if folders.is_empty() {
            return Err(FolderError::NoClasses {
                directory: shown,
                images: images.len(),
                first: images.into_iter().next().unwrap_or_default(),
            }
            .into());
        }
        if split == 0 {
            self.classes = folders.iter().map(|folder| name(folder)).collect();
            if let [class] = &self.classes[..] {
                let (directory, class) = (shown, class.clone());
                return Err(FolderError::OneClass { directory, class }.into());
            }
            if self.classes.len() > 256 {
                let (directory, classes) = (shown, self.classes.len());
                return Err(FolderError::TooManyClasses { directory, classes }.into());
            }
        }
        for folder in folders {
            let class = name(&folder);
            let Some(label) = self.classes.iter().position(|known| *known == class) else {
                return Err(FolderError::UnknownClass {
                    directory: shown,
                    class,
                    known: self.classes.len(),
                }
                .into());
            };
            // At most 256 classes, as checked above.
            self.class(split, &folder, u8::try_from(label).unwrap_or(u8::MAX))?;
        }
        Ok(())
    }

    fn class(&mut self, split: usize, folder: &Path, label: u8) -> Result<(), DataError> {
        let (before, mut others) = (self.parts[split].len(), 0);
        for path in entries(folder)? {
            if is_hidden(&path) || (!path.is_dir() && !is_image(&path)) {
                others += 1;
                self.leave_out(&path);
                continue;
            }
            // What cannot be looked at is found out when it is read, with the reason.
            let metadata = fs::metadata(&path).ok();
            if metadata.as_ref().is_some_and(Metadata::is_dir) {
                let folder = path.display().to_string();
                return Err(FolderError::Nested { folder }.into());
            }
            let modified = metadata.as_ref().and_then(|data| data.modified().ok());
            let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            self.parts[split].push(Found {
                path,
                label,
                size: metadata.map_or(0, |data| data.len()),
                modified: modified.map_or(0, |time| time.as_nanos()),
            });
        }
        if split == 0 && self.parts[split].len() == before {
            return Err(FolderError::EmptyClass {
                folder: folder.display().to_string(),
                skipped: others,
            }
            .into());
        }
        Ok(())
    }

    fn leave_out(&mut self, path: &Path) {
        self.left_out.0 += 1;
        self.left_out.1.get_or_insert_with(|| path.to_owned());
    }
}

/// What a folder holds, by name.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, DataError> {
    let failed = |reason: std::io::Error| {
        let directory = directory.display().to_string();
        match reason.kind() {
            std::io::ErrorKind::NotADirectory => FolderError::NotADirectory { directory }.into(),
            _ => DataError::Read {
                file: directory,
                reason,
            },
        }
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

pub(super) fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.starts_with(b".") || name == b"__MACOSX"
}

/// By its name; where that says nothing, by its first bytes.
pub(super) fn is_image(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    if EXTENSIONS.contains(&extension.to_lowercase().as_str()) {
        return true;
    }
    let mut start = Vec::new();
    // Opening a pipe would wait for a writer.
    fs::metadata(path).is_ok_and(|data| data.is_file())
        && File::open(path).is_ok_and(|file| file.take(16).read_to_end(&mut start).is_ok())
        && image::guess_format(&start).is_ok()
}
