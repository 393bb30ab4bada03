//! The source `idx`: any images in the format of MNIST, with an official test set if there is one.
//!
//! Also the joining of an images file with its labels file, which all sources of that format share.

use std::path::Path;

use super::error::DataError;
use super::idx;
use super::memory::MemoryLimit;
use super::samples::{RawData, SampleShape, Samples, Values};
use crate::config::IdxConfig;

/// Reads the files that the configuration names. The classes are called `0`, `1`, … up to the largest label of the
/// samples: a class that occurs only in the test set could never be learned, so its label is an error there.
///
/// # Errors
///
/// When a file is missing or not what it should be, when images and labels differ in number, when half of a test set is
/// given, or when the test set has other shapes or classes than the samples.
pub fn load(config: &IdxConfig, limit: MemoryLimit) -> Result<RawData, DataError> {
    // Before anything large is read.
    let test_paths = match (&config.test_images, &config.test_labels) {
        (None, None) => None,
        (Some(images), Some(labels)) => Some((images, labels)),
        (Some(_), None) => {
            return Err(DataError::TestSetIncomplete {
                given: "test-images",
                missing: "test-labels",
            });
        }
        (None, Some(_)) => {
            return Err(DataError::TestSetIncomplete {
                given: "test-labels",
                missing: "test-images",
            });
        }
    };
    let samples = read_samples(&config.images, &config.labels, limit)?;
    let test = test_paths
        .map(|(images, labels)| read_samples(images, labels, limit))
        .transpose()?;
    let largest = samples.targets.labels().iter().max().copied().unwrap_or(0);
    let classes: Vec<String> = (0..=largest).map(|label| label.to_string()).collect();
    RawData::new("idx", samples, test, classes)
}

/// Reads an images file and its labels file, if their headers agree: labels without images may be gigabytes of nothing.
pub(super) fn read_samples(
    images: &Path,
    labels: &Path,
    limit: MemoryLimit,
) -> Result<Samples, DataError> {
    let label_count = idx::count_labels(labels)?;
    let image_count = idx::count_images(images, limit)?;
    if image_count != label_count {
        return Err(DataError::CountsDiffer {
            images: images.display().to_string(),
            image_count,
            labels: labels.display().to_string(),
            label_count,
        });
    }
    let label_bytes = idx::read_labels(labels)?;
    let image_bytes = idx::read_images(images, limit)?;
    join(
        image_bytes,
        &images.display().to_string(),
        label_bytes,
        &labels.display().to_string(),
    )
}

/// Grey images (rows, columns, pixels) with one label each; the names are those of the files.
pub(super) fn join(
    (height, width, values): (usize, usize, Vec<u8>),
    images: &str,
    labels: Vec<u8>,
    labels_name: &str,
) -> Result<Samples, DataError> {
    let shape = SampleShape::Image {
        channels: 1,
        height,
        width,
    };
    // The reader refuses images without pixels; `max` only spares the reader of this line the proof.
    let image_count = values.len() / shape.len().max(1);
    if image_count != labels.len() {
        return Err(DataError::CountsDiffer {
            images: images.to_owned(),
            image_count,
            labels: labels_name.to_owned(),
            label_count: labels.len(),
        });
    }
    let values = Values::U8 {
        values,
        maximum: u8::MAX,
    };
    Samples::new(images, shape, values, labels)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;

    struct Folder(TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        /// Images of `rows` × 2 pixels, each filled with its index.
        fn images(&self, name: &str, count: u8, rows: u8) -> PathBuf {
            let mut bytes = vec![0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, rows, 0, 0, 0, 2];
            bytes.extend((0..count).flat_map(|image| vec![image; 2 * usize::from(rows)]));
            self.write(name, &bytes)
        }

        fn labels(&self, name: &str, labels: &[u8]) -> PathBuf {
            let count = u8::try_from(labels.len()).unwrap();
            self.write(name, &[&[0, 0, 8, 1, 0, 0, 0, count], labels].concat())
        }

        fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
            let path = self.0.path().join(name);
            fs::write(&path, bytes).unwrap();
            path
        }
    }

    fn config(images: PathBuf, labels: PathBuf) -> IdxConfig {
        IdxConfig {
            images,
            labels,
            test_images: None,
            test_labels: None,
        }
    }

    #[test]
    fn images_labels_and_test_set_are_joined() {
        let folder = Folder::new();
        let mut config = config(
            folder.images("images", 3, 1),
            folder.labels("labels", &[0, 4, 1]),
        );
        let data = load(&config, MemoryLimit::NONE).unwrap();
        assert_eq!(data.meaning.classes(), ["0", "1", "2", "3", "4"]);
        assert_eq!(data.samples.shape.to_string(), "1×1×2");
        assert_eq!(data.samples.targets.labels(), [0, 4, 1]);
        let expected = Values::U8 {
            values: vec![0, 0, 1, 1, 2, 2],
            maximum: 255,
        };
        assert_eq!(data.samples.values, expected);
        assert_eq!(data.official_test, None);

        config.test_images = Some(folder.images("test-images", 1, 1));
        config.test_labels = Some(folder.labels("test-labels", &[4]));
        assert_eq!(
            load(&config, MemoryLimit::NONE)
                .unwrap()
                .official_test
                .unwrap()
                .targets
                .labels(),
            [4]
        );
    }

    #[test]
    fn counts_must_agree_and_both_files_are_named() {
        let folder = Folder::new();
        let images = folder.images("images", 3, 1);
        let labels = folder.labels("labels", &[0, 1]);
        let error = load(&config(images.clone(), labels.clone()), MemoryLimit::NONE).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "`{}` holds 3 images, but `{}` holds 2 labels",
                images.display(),
                labels.display()
            )
        );
    }

    #[test]
    fn swapped_paths_are_called_so() {
        let folder = Folder::new();
        let images = folder.images("images", 1, 1);
        let labels = folder.labels("labels", &[0]);
        let error = load(&config(labels, images), MemoryLimit::NONE).unwrap_err();
        assert!(error.hint().unwrap().contains("swap"), "{error}");
    }

    #[test]
    fn the_test_set_must_be_whole_and_fit() {
        let folder = Folder::new();
        let mut config = config(
            folder.images("images", 2, 1),
            folder.labels("labels", &[0, 1]),
        );
        config.test_labels = Some(folder.labels("test-labels", &[2]));
        assert_eq!(
            load(&config, MemoryLimit::NONE).unwrap_err().to_string(),
            "`test-labels` is given without `test-images`"
        );
        config.test_images = Some(folder.images("test-images", 1, 2));
        let error = load(&config, MemoryLimit::NONE).unwrap_err();
        assert!(
            matches!(
                error,
                DataError::Label {
                    label: 2,
                    classes: 2,
                    ..
                }
            ),
            "{error}"
        );
        config.test_labels = Some(folder.labels("test-labels", &[1]));
        assert_eq!(
            load(&config, MemoryLimit::NONE).unwrap_err().to_string(),
            "the samples of `idx` have the shape 1×1×2, but those of its test set have 1×2×2"
        );
    }
}
