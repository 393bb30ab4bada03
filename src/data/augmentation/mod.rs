//! Training images, changed anew each time they are seen: what a picture may be without being something else.
//!
//! ```text
//! configuration ─→ Augmentation::new   checked against the size of the images
//!                       │
//! bytes of a sample ─→ apply ─→ bytes  one resampling (affine, resample), cutout, tone
//!                       │
//! normalised batch ─→ mix              mixup, with the targets (model::soft_targets)
//! ```
//!
//! Only training batches come this way ([`Dataset::training_batch`](super::Dataset::training_batch)): what is measured,
//! predicted, searched for leaks, checked for its gradient or given to a baseline is [`Dataset::batch`](super::Dataset::batch).
//! Every picture is a function of (seed, epoch, sample), whatever the batch size, the step or the back end; mixup, whose
//! partners are those of the batch, is one of (seed, epoch, step).
//!
//! It works on bytes, before normalisation: black is 0, and the normalisation that was settled on the original images stays.
//! A sample of 28×28 takes 1 to 10 µs, a few percent of what a step of a small convolutional network takes for it, so one core
//! is enough (`tests/benchmarks/augmentation.rs`). Nothing is allocated for a single sample.

mod affine;
mod check;
mod cutout;
mod draws;
mod geometry;
pub mod mixup;
mod resample;
pub mod seen;
mod tone;

pub use mixup::Mixture;

use crate::config::{AugmentationConfig, CutoutConfig, FactorConfig, FillConfig, Problem};
use draws::Draws;

use super::samples::SampleShape;

/// What is done to every training sample, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmentation {
    passes: Vec<Pass>,
    mixup: Option<f64>,
    size: Size,
    largest: u8,
}

/// Of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    height: usize,
    width: usize,
}

/// One walk over the pixels.
#[derive(Clone, Debug, PartialEq)]
enum Pass {
    /// Flips, shifts, rotations, scales and crops, as one resampling.
    Geometry {
        operations: Vec<AugmentationConfig>,
        fill: Option<FillConfig>,
    },
    Cutout(CutoutConfig),
    Brightness(FactorConfig),
    Contrast(FactorConfig),
}

/// When a picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The run's seed.
    pub seed: u64,
    /// From 1.
    pub epoch: usize,
}

/// Room for the picture before a resampling, used again for every sample.
#[derive(Debug, Default)]
pub struct Scratch(Vec<u8>);

impl Augmentation {
    /// The operations as configured, for samples of `shape` whose bytes are at most `largest`.
    ///
    /// # Errors
    ///
    /// Every operation that needs images and gets vectors, or that is larger than the image.
    pub fn new(
        configured: &[AugmentationConfig],
        shape: SampleShape,
        largest: u8,
    ) -> Result<Self, Vec<Problem>> {
        let problems = check::problems(configured, shape);
        if !problems.is_empty() {
            return Err(problems);
        }
        let size = match shape {
            SampleShape::Image { height, width, .. } => Size { height, width },
            SampleShape::Vector { .. } => Size::default(),
        };
        let mut augmentation = Self {
            size,
            largest,
            ..Self::none()
        };
        for operation in configured {
            augmentation.append(operation);
        }
        Ok(augmentation)
    }

    /// Whether samples of a batch are mixed with each other.
    #[must_use]
    pub fn mixes(&self) -> bool {
        self.mixup.is_some()
    }

    /// Every sample as it is.
    #[must_use]
    pub fn none() -> Self {
        Self {
            passes: Vec::new(),
            mixup: None,
            size: Size::default(),
            largest: u8::MAX,
        }
    }

    /// Whether every sample stays as it is.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.passes.is_empty() && self.mixup.is_none()
    }

    /// Whether single samples change, apart from being mixed with others.
    #[must_use]
    pub fn changes_samples(&self) -> bool {
        !self.passes.is_empty()
    }

    fn append(&mut self, operation: &AugmentationConfig) {
        match operation {
            AugmentationConfig::Cutout(cutout) => self.passes.push(Pass::Cutout(cutout.clone())),
            AugmentationConfig::Brightness(factor) => {
                self.passes.push(Pass::Brightness(factor.clone()));
            }
            AugmentationConfig::Contrast(factor) => {
                self.passes.push(Pass::Contrast(factor.clone()));
            }
            AugmentationConfig::Mixup(mixup) => self.mixup = Some(mixup.alpha),
            AugmentationConfig::Flip(_)
            | AugmentationConfig::Shift(_)
            | AugmentationConfig::Rotation(_)
            | AugmentationConfig::Scale(_)
            | AugmentationConfig::Crop(_) => self.append_geometry(operation),
        }
    }

    /// Joins the pass before where that fills with the same. A flip brings nothing in, so it goes with any.
    fn append_geometry(&mut self, operation: &AugmentationConfig) {
        let wanted = geometry::fill(operation);
        if let Some(Pass::Geometry { operations, fill }) = self.passes.last_mut()
            && (wanted.is_none() || fill.is_none() || *fill == wanted)
        {
            operations.push(operation.clone());
            *fill = fill.or(wanted);
        } else {
            self.passes.push(Pass::Geometry {
                operations: vec![operation.clone()],
                fill: wanted,
            });
        }
    }

    /// Changes one sample, channel by channel, each row by row; `sample` is its position in the data set.
    pub fn apply(&self, pixels: &mut [u8], visit: Visit, sample: u32, scratch: &mut Scratch) {
        let mut draws = Draws::new(visit, sample);
        for pass in &self.passes {
            match pass {
                Pass::Geometry { operations, fill } => {
                    let map = geometry::map(operations, self.size, &mut draws);
                    let fill = fill.unwrap_or_default();
                    resample::resample(pixels, self.size, &map, fill, &mut scratch.0);
                }
                Pass::Cutout(cutout) => cutout::apply(cutout, pixels, self.size, &mut draws),
                Pass::Brightness(factor) => {
                    tone::brightness(factor, pixels, self.largest, &mut draws);
                }
                Pass::Contrast(factor) => tone::contrast(factor, pixels, self.largest, &mut draws),
            }
        }
    }

    /// Who is mixed with whom in the step's batch of `samples`; `None` without mixup.
    #[must_use]
    pub fn mixture(&self, visit: Visit, step: usize, samples: usize) -> Option<Mixture> {
        self.mixup
            .map(|alpha| Mixture::draw(alpha, samples, visit, step))
    }
}

#[cfg(test)]
mod tests;
