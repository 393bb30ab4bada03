//! Sources that are drawn from the seed: points in the plane, and a wave.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The truth tables of the lecture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CornersConfig {
    /// How many points; left out, the four exact corners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<usize>,
    /// Standard deviation of the Gaussian noise on each coordinate.
    #[serde(default)]
    pub noise: f64,
}

/// A cloud of points in the plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CloudConfig {
    /// How many points.
    pub samples: usize,
    /// Standard deviation of the Gaussian noise on each coordinate.
    #[serde(default)]
    pub noise: f64,
}

/// Gaussian clouds whose centres lie evenly on the unit circle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BlobsConfig {
    /// How many points.
    pub samples: usize,
    /// How many clouds, each a class.
    #[serde(default = "default_blob_classes")]
    pub classes: usize,
    /// Standard deviation of each cloud.
    #[serde(default = "default_blob_noise")]
    pub noise: f64,
}

fn default_blob_classes() -> usize {
    3
}

fn default_blob_noise() -> f64 {
    0.2
}

/// Points along a wave: the input is uniform in [−1, 1], the number to be predicted is the sine of 2π times it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SineConfig {
    /// How many points.
    pub samples: usize,
    /// Standard deviation of the Gaussian noise on the number.
    #[serde(default)]
    pub noise: f64,
}
