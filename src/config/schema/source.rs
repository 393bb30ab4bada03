//! `data.source`: one data source with its options.

mod drawn;
mod image_folder;
mod published;
mod table;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use drawn::{BlobsConfig, CloudConfig, CornersConfig, SineConfig};
pub use image_folder::{CorruptConfig, FilterConfig, FitConfig, ImageFolderConfig};
pub use published::{
    Cifar100Config, CifarLabelsConfig, DirectoryConfig, FashionMnistConfig, IdxConfig,
};
pub use table::{CsvConfig, DelimiterConfig, MissingConfig};

/// One data source with its options. Relative paths are relative to the configuration file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceConfig {
    /// `x1 ≠ x2` on ±1 inputs: the four exact points, or noisy clouds around them.
    Xor(CornersConfig),
    /// `x1 ∧ x2` on ±1 inputs.
    And(CornersConfig),
    /// `x1 ∨ x2` on ±1 inputs.
    Or(CornersConfig),
    /// Inside or outside a circle of half the square's area.
    Circle(CloudConfig),
    /// Two interleaved half-moons.
    Moons(CloudConfig),
    /// Two interleaved spirals.
    Spirals(CloudConfig),
    /// Gaussian clouds, one per class.
    Blobs(BlobsConfig),
    /// A wave with noise, a number to be predicted: sin(2πx) on [−1, 1].
    Sine(SineConfig),
    /// The 1,797 optical digits of 8×8 pixels, inside the program.
    Digits,
    /// 10,000 + 2,000 images of Fashion-MNIST, inside the program.
    #[serde(rename = "fashion-mnist-12k")]
    FashionMnist12k,
    /// The full Fashion-MNIST, 60,000 + 10,000 images, from files.
    FashionMnist(FashionMnistConfig),
    /// MNIST, 60,000 + 10,000 handwritten digits, from files.
    Mnist(DirectoryConfig),
    /// CIFAR-10, 50,000 + 10,000 photographs in 10 classes, from the files of its binary version.
    Cifar10(DirectoryConfig),
    /// CIFAR-100, as many in 100 classes.
    Cifar100(Cifar100Config),
    /// Any images in the format of MNIST.
    Idx(IdxConfig),
    /// A table, one row per sample.
    Csv(CsvConfig),
    /// Images in folders named for their classes.
    ImageFolder(ImageFolderConfig),
}

impl SourceConfig {
    /// Whether its samples are answered with numbers instead of classes.
    #[must_use]
    pub fn has_numbers(&self) -> bool {
        match self {
            Self::Sine(_) => true,
            Self::Csv(csv) => csv.target.is_some(),
            _ => false,
        }
    }

    /// Every path with its dotted key.
    pub(in crate::config) fn paths_mut(&mut self) -> Vec<(&'static str, &mut PathBuf)> {
        match self {
            Self::FashionMnist(FashionMnistConfig { directory }) => directory
                .iter_mut()
                .map(|path| ("data.source.fashion-mnist.directory", path))
                .collect(),
            Self::Idx(IdxConfig {
                images,
                labels,
                test_images,
                test_labels,
            }) => {
                let mut paths = vec![
                    ("data.source.idx.images", images),
                    ("data.source.idx.labels", labels),
                ];
                paths.extend(
                    test_images
                        .as_mut()
                        .map(|path| ("data.source.idx.test-images", path)),
                );
                paths.extend(
                    test_labels
                        .as_mut()
                        .map(|path| ("data.source.idx.test-labels", path)),
                );
                paths
            }
            Self::Csv(CsvConfig {
                file, test_file, ..
            }) => {
                let mut paths = vec![("data.source.csv.file", file)];
                let test = test_file.as_mut();
                paths.extend(test.map(|path| ("data.source.csv.test-file", path)));
                paths
            }
            Self::Mnist(DirectoryConfig { directory }) => directory
                .iter_mut()
                .map(|path| ("data.source.mnist.directory", path))
                .collect(),
            Self::Cifar10(DirectoryConfig { directory }) => directory
                .iter_mut()
                .map(|path| ("data.source.cifar10.directory", path))
                .collect(),
            Self::Cifar100(Cifar100Config { directory, .. }) => directory
                .iter_mut()
                .map(|path| ("data.source.cifar100.directory", path))
                .collect(),
            Self::ImageFolder(ImageFolderConfig { directory, .. }) => {
                vec![("data.source.image-folder.directory", directory)]
            }
            Self::Xor(_)
            | Self::And(_)
            | Self::Or(_)
            | Self::Circle(_)
            | Self::Moons(_)
            | Self::Spirals(_)
            | Self::Blobs(_)
            | Self::Sine(_)
            | Self::Digits
            | Self::FashionMnist12k => Vec::new(),
        }
    }
}
