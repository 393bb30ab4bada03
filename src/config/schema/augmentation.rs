//! `data.augmentation`: what is done to the images of a training batch.
//!
//! A list and not a table, because it is carried out in order: a cutout before a rotation is rotated with the picture, one
//! behind it stays upright. So an operation may also be there twice, a message can point at the very one, and the spelling
//! is that of `model.layers`.

use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::Extent;

/// One operation. Consecutive flips, shifts, rotations, scales and crops with the same `fill` are one resampling, so what
/// one of them moves out of the picture the next can bring back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AugmentationConfig {
    /// Mirrored.
    Flip(FlipConfig),
    /// Moved by whole pixels.
    Shift(ShiftConfig),
    /// Turned about the centre.
    Rotation(RotationConfig),
    /// Made larger or smaller about the centre.
    Scale(ScaleConfig),
    /// A window of the padded image, brought to the image's size: He et al. 2016 with `padding`, Szegedy et al. 2015 with
    /// `area`.
    Crop(CropConfig),
    /// A black rectangle around a random pixel, cut at the border (`DeVries` and Taylor 2017).
    Cutout(CutoutConfig),
    /// Pixels are multiplied.
    Brightness(FactorConfig),
    /// Distances of the pixels from the image's mean are multiplied.
    Contrast(FactorConfig),
    /// Each sample of a batch is mixed with another one, and its target as well (Zhang et al. 2018). The last operation;
    /// the only one that vectors can have too.
    Mixup(MixupConfig),
}

impl AugmentationConfig {
    /// As it is written.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Flip(_) => "flip",
            Self::Shift(_) => "shift",
            Self::Rotation(_) => "rotation",
            Self::Scale(_) => "scale",
            Self::Crop(_) => "crop",
            Self::Cutout(_) => "cutout",
            Self::Brightness(_) => "brightness",
            Self::Contrast(_) => "contrast",
            Self::Mixup(_) => "mixup",
        }
    }
}

/// `flip`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FlipConfig {
    /// Which sides change places.
    #[serde(default)]
    pub direction: DirectionConfig,
    /// Share of the images that it happens to.
    #[serde(default = "half")]
    pub probability: f64,
}

/// Which sides change places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DirectionConfig {
    /// Left and right.
    #[default]
    Horizontal,
    /// Top and bottom.
    Vertical,
}

/// `shift`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShiftConfig {
    /// At most so many pixels, or `[vertically, horizontally]`, each way equally often.
    pub pixels: Extent,
    /// Share of the images that it happens to.
    #[serde(default = "one")]
    pub probability: f64,
    /// What comes in from outside.
    #[serde(default)]
    pub fill: FillConfig,
}

/// `rotation`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RotationConfig {
    /// At most so many, to either side, uniformly.
    pub degrees: f64,
    /// Share of the images that it happens to.
    #[serde(default = "one")]
    pub probability: f64,
    /// What comes in from outside.
    #[serde(default)]
    pub fill: FillConfig,
}

/// `scale`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScaleConfig {
    /// Smallest and largest factor, uniformly between; above 1 the picture is larger than before.
    #[serde(deserialize_with = "two_numbers")]
    pub range: [f64; 2],
    /// Share of the images that it happens to.
    #[serde(default = "one")]
    pub probability: f64,
    /// What comes in from outside.
    #[serde(default)]
    pub fill: FillConfig,
}

/// `crop`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CropConfig {
    /// So many pixels are put on every side before.
    #[serde(default)]
    pub padding: usize,
    /// Smallest and largest share of the image's area that the window has; `[1.0, 1.0]` resamples nothing.
    #[serde(default = "whole_area", deserialize_with = "two_numbers")]
    pub area: [f64; 2],
    /// Share of the images that it happens to.
    #[serde(default = "one")]
    pub probability: f64,
    /// What the padding is.
    #[serde(default)]
    pub fill: FillConfig,
}

/// `cutout`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CutoutConfig {
    /// Side or `[height, width]` in pixels.
    pub size: Extent,
    /// Share of the images that it happens to.
    #[serde(default = "one")]
    pub probability: f64,
}

/// `brightness` and `contrast`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FactorConfig {
    /// Smallest and largest factor, uniformly between; what leaves the range of a pixel is cut off.
    #[serde(deserialize_with = "two_numbers")]
    pub range: [f64; 2],
    /// Share of the images that it happens to.
    #[serde(default = "one")]
    pub probability: f64,
}

/// `mixup`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MixupConfig {
    /// The weight of a sample is drawn from Beta(alpha, alpha) and is at least a half: 0.2 leaves most samples almost as
    /// they are, 1 mixes them uniformly.
    #[serde(default = "mixup_alpha")]
    pub alpha: f64,
}

/// What comes in from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FillConfig {
    /// Zeros.
    #[default]
    Black,
    /// The pixels of the border again and again.
    Edge,
    /// The picture mirrored at the border.
    Reflect,
}

/// Exactly two: of a longer list serde's own arrays take the beginning without a word.
fn two_numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[f64; 2], D::Error> {
    let numbers = Vec::<f64>::deserialize(deserializer)?;
    <[f64; 2]>::try_from(numbers.as_slice())
        .map_err(|_| D::Error::invalid_length(numbers.len(), &TWO_NUMBERS))
}

/// What messages expect there.
const TWO_NUMBERS: &str = "two numbers in an array";

fn half() -> f64 {
    0.5
}

fn one() -> f64 {
    1.0
}

fn whole_area() -> [f64; 2] {
    [1.0, 1.0]
}

fn mixup_alpha() -> f64 {
    0.2
}
