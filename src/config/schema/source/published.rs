//! Published sets of images, and what else is in the format of MNIST.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the full Fashion-MNIST lies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FashionMnistConfig {
    /// The folder of the four files; left out, `FASHION_MNIST_DIR`, then the folder of Debian's package, then what `brecha data
    /// fetch fashion-mnist` brings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
}

/// Where the files of a published set lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DirectoryConfig {
    /// The folder of the files; left out, the one into which `brecha data fetch` brings them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
}

/// `cifar100`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cifar100Config {
    /// The folder of the files; left out, the one into which `brecha data fetch` brings them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
    /// Which of the two labels of each image.
    #[serde(default)]
    pub labels: CifarLabelsConfig,
}

/// Which labels of CIFAR-100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CifarLabelsConfig {
    /// 100 classes.
    #[default]
    Fine,
    /// 20 classes.
    Coarse,
}

/// Files in the format of MNIST, plain or gzip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IdxConfig {
    /// Unsigned bytes, `samples × rows × columns`.
    pub images: PathBuf,
    /// Unsigned bytes, one label per image.
    pub labels: PathBuf,
    /// Images of the official test set, which stays the test set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_images: Option<PathBuf>,
    /// Labels of the official test set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_labels: Option<PathBuf>,
}
