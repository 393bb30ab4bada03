//! The source `mnist`: 60,000 + 10,000 handwritten digits of 28 × 28 pixels (LeCun et al. 1998), from the four files in which
//! their authors publish them, in the folder that is named or the one of `brecha data fetch`.

use std::path::{Path, PathBuf};

use super::error::DataError;
use super::idx_source::read_samples;
use super::memory::MemoryLimit;
use super::published;
use super::samples::RawData;
use crate::config::DirectoryConfig;

/// As published, and as some copies spell them; each may end in `.gz`.
const FILES: [[&str; 2]; 4] = [
    ["train-images-idx3-ubyte", "train-images.idx3-ubyte"],
    ["train-labels-idx1-ubyte", "train-labels.idx1-ubyte"],
    ["t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"],
    ["t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"],
];

/// Reads the set; its 10,000 test images are the official test set.
///
/// # Errors
///
/// When a file is missing or not what it should be.
pub fn load(config: &DirectoryConfig, limit: MemoryLimit) -> Result<RawData, DataError> {
    let directory = &published::directory("mnist", config.directory.as_deref());
    let found = FILES.map(|names| find(directory, names));
    let [
        Some(train_images),
        Some(train_labels),
        Some(test_images),
        Some(test_labels),
    ] = &found
    else {
        let missing: Vec<String> = FILES
            .iter()
            .zip(&found)
            .filter(|(_, path)| path.is_none())
            .map(|(names, _)| format!("`{}`", names[0]))
            .collect();
        return Err(DataError::SetMissing {
            name: "mnist",
            directory: directory.display().to_string(),
            missing: missing.join(", "),
            wanted: "the four files of MNIST, with or without `.gz`",
            named: config.directory.is_some(),
        });
    };
    let samples = read_samples(train_images, train_labels, limit)?;
    let test = read_samples(test_images, test_labels, limit)?;
    let classes: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    RawData::new("mnist", samples, Some(test), classes)
}

fn find(directory: &Path, names: [&str; 2]) -> Option<PathBuf> {
    let files = names
        .into_iter()
        .flat_map(|name| [format!("{name}.gz"), name.to_owned()]);
    // A file that may not even be looked at counts as found: the reader then says why.
    files
        .map(|file| directory.join(file))
        .find(|path| path.try_exists().unwrap_or(true))
}
