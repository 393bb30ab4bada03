//! `image-folder`: images in folders.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::layer::Extent;

/// Images in folders: `CLASS/*`, or divided already, `train/CLASS/*` with `validation` (or `val`) and `test` beside it.
/// PNG, JPEG, WebP, BMP and GIF, recognised by their content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImageFolderConfig {
    /// The folder.
    pub directory: PathBuf,
    /// Side or `[height, width]` that all images are brought to; left out, all must have one size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resize: Option<Extent>,
    /// What `resize` does to images of other proportions.
    #[serde(default)]
    pub fit: FitConfig,
    /// How `resize` combines pixels.
    #[serde(default)]
    pub filter: FilterConfig,
    /// 3 for red, green and blue, 1 for grey.
    #[serde(default = "default_channels")]
    pub channels: usize,
    /// What happens to images that cannot be decoded.
    #[serde(default)]
    pub corrupt: CorruptConfig,
    /// Whether the decoded images are kept on disk, in `$XDG_CACHE_HOME/brecha` or `~/.cache/brecha`.
    #[serde(default = "default_cache")]
    pub cache: bool,
}

fn default_channels() -> usize {
    3
}

fn default_cache() -> bool {
    true
}

/// What happens to images of other proportions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FitConfig {
    /// They are stretched.
    #[default]
    Stretch,
    /// They fill the size, and what stands over is cut off on both sides.
    Crop,
}

/// How pixels are combined. All but `nearest` are widened when an image is made smaller, so that every pixel counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FilterConfig {
    /// The nearest pixel alone.
    Nearest,
    /// Linear.
    #[default]
    Triangle,
    /// Windowed sinc over three pixels to each side.
    Lanczos,
}

/// What happens to images that cannot be decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CorruptConfig {
    /// They are an error.
    #[default]
    Refuse,
    /// They are left out, counted, and named in a warning.
    Skip,
}
