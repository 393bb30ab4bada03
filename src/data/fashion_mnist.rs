//! The source `fashion-mnist`: 60,000 + 10,000 grey images of clothes, 28 × 28, in ten classes (Xiao, Rasul and
//! Vollgraf 2017), from the four files in which their authors publish them.
//!
//! The first of these that is set decides where they are looked for, and nothing else is tried, so that a wrong path is
//! an error and not silently other data: the key `directory`, the variable `FASHION_MNIST_DIR`, the folder of Debian's
//! package `dataset-fashion-mnist` if it is there, the folder into which `brecha data fetch` brings them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::error::DataError;
use super::idx_source::read_samples;
use super::memory::MemoryLimit;
use super::published;
use super::samples::RawData;
use crate::config::FashionMnistConfig;

/// What the ten labels stand for, in their order.
pub const CLASSES: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

const VARIABLE: &str = "FASHION_MNIST_DIR";
const PACKAGE_DIRECTORY: &str = "/usr/share/datasets/fashion-mnist";

/// Without `.gz`, which may be there or not.
const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// Reads the full set; its 10,000 test images are the official test set.
///
/// # Errors
///
/// When a file is not found, with the places and the ways to get it, or when it is not what it should be.
pub fn load(config: &FashionMnistConfig, limit: MemoryLimit) -> Result<RawData, DataError> {
    let place = Place::choose(
        config.directory.as_deref(),
        env::var_os(VARIABLE),
        Path::new(PACKAGE_DIRECTORY),
    );
    let [train_images, train_labels, test_images, test_labels] = place.files()?;
    let samples = read_samples(&train_images, &train_labels, limit)?;
    let test = read_samples(&test_images, &test_labels, limit)?;
    RawData::new("fashion-mnist", samples, Some(test), class_names())
}

/// [`CLASSES`] as owned strings.
pub(super) fn class_names() -> Vec<String> {
    CLASSES.map(str::to_owned).to_vec()
}

/// Where the files are looked for, and who said so.
#[derive(Debug, PartialEq)]
struct Place {
    directory: PathBuf,
    because: String,
}

impl Place {
    fn choose(key: Option<&Path>, variable: Option<OsString>, package: &Path) -> Self {
        let variable = variable.filter(|value| !value.is_empty());
        let (directory, because) = match (key, variable) {
            (Some(directory), _) => (directory.to_owned(), "the key `directory`".to_owned()),
            (None, Some(directory)) => (directory.into(), format!("the variable `{VARIABLE}`")),
            (None, None) if package.is_dir() => (package.to_owned(), "Debian's package".to_owned()),
            (None, None) => (
                published::directory("fashion-mnist", None),
                format!(
                    "the default, as neither the key `directory` nor the variable `{VARIABLE}` is set"
                ),
            ),
        };
        Self { directory, because }
    }

    fn files(&self) -> Result<[PathBuf; 4], DataError> {
        let found = FILES.map(|name| self.find(name));
        if let [Some(a), Some(b), Some(c), Some(d)] = found {
            return Ok([a, b, c, d]);
        }
        let missing: Vec<String> = FILES
            .iter()
            .zip(&found)
            .filter(|(_, path)| path.is_none())
            .map(|(name, _)| format!("`{name}.gz`"))
            .collect();
        Err(DataError::FashionMnistMissing {
            directory: self.directory.display().to_string(),
            because: self.because.clone(),
            missing: missing.join(", "),
        })
    }

    /// A file that may not even be looked at counts as found: the reader then says why.
    fn find(&self, name: &str) -> Option<PathBuf> {
        [format!("{name}.gz"), name.to_owned()]
            .into_iter()
            .map(|file| self.directory.join(file))
            .find(|path| path.try_exists().unwrap_or(true))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_key_comes_before_the_variable_and_the_variable_before_the_package() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path();
        let directory = |key: Option<&str>, variable: Option<&str>| {
            Place::choose(key.map(Path::new), variable.map(Into::into), package).directory
        };
        assert_eq!(directory(Some("key"), Some("variable")), Path::new("key"));
        assert_eq!(directory(None, Some("variable")), Path::new("variable"));
        assert_eq!(directory(None, None), package);
        assert_eq!(directory(None, Some("")), package);
        let absent = Place::choose(None, None, &package.join("absent"));
        assert!(absent.directory.ends_with("brecha/data/fashion-mnist"));
    }

    #[test]
    fn files_are_found_with_and_without_gz() {
        let folder = tempfile::tempdir().unwrap();
        for (index, name) in FILES.iter().enumerate() {
            let extension = if index % 2 == 0 { ".gz" } else { "" };
            fs::write(folder.path().join(format!("{name}{extension}")), "").unwrap();
        }
        let [first, second, ..] = Place::choose(Some(folder.path()), None, folder.path())
            .files()
            .unwrap();
        assert_eq!(first, folder.path().join("train-images-idx3-ubyte.gz"));
        assert_eq!(second, folder.path().join("train-labels-idx1-ubyte"));
    }

    #[test]
    fn an_incomplete_folder_is_named_with_what_is_missing_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for name in &FILES[..3] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let config = FashionMnistConfig {
            directory: Some(folder.path().to_owned()),
        };
        let error = load(&config, MemoryLimit::NONE).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "cannot find Fashion-MNIST in `{}` (the key `directory`): \
                 missing `t10k-labels-idx1-ubyte.gz` (with or without `.gz`)",
                folder.path().display()
            )
        );
        let hint = error.hint().unwrap();
        for way in [
            "brecha data fetch",
            "apt-get install",
            "FASHION_MNIST_DIR",
            "fashion-mnist-12k",
        ] {
            assert!(hint.contains(way), "{way}");
        }
    }

    /// Files of one image each: the labels, the test set and the class names arrive where they belong.
    #[test]
    fn the_four_files_become_samples_and_test_set() {
        let folder = tempfile::tempdir().unwrap();
        let image = |pixel| [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, pixel];
        let label = |label| [0, 0, 8, 1, 0, 0, 0, 1, label];
        let write = |name, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        write(FILES[0], &image(10));
        write(FILES[1], &label(9));
        write(FILES[2], &image(20));
        write(FILES[3], &label(1));
        let data = load(
            &FashionMnistConfig {
                directory: Some(folder.path().to_owned()),
            },
            MemoryLimit::NONE,
        )
        .unwrap();
        assert_eq!(data.samples.targets.labels(), [9]);
        assert_eq!(data.official_test.unwrap().targets.labels(), [1]);
        assert_eq!(data.meaning.classes()[9], "Ankle boot");

        write(FILES[3], &label(10));
        let error = load(
            &FashionMnistConfig {
                directory: Some(folder.path().to_owned()),
            },
            MemoryLimit::NONE,
        );
        assert!(matches!(
            error,
            Err(DataError::Label {
                label: 10,
                classes: 10,
                ..
            })
        ));
    }
}
