//! Do the splits share samples? A validation sample that also trains measures memory, not learning.
//!
//! Looked for before training, on raw values and indices alone:
//!
//! - **exact duplicates**, within a split and across two: the same input, value for value ([`exact`]);
//! - **conflicting labels**: the same input with different labels, which no network can get right;
//! - **near duplicates** across splits, for images: the same picture brightened, re-encoded or with a changed pixel.
//!   A perceptual hash proposes, the pixels confirm ([`near`], where the thresholds and their error rates stand).
//!
//! Such leaks are common where nobody looked: 3.3 % of CIFAR-10's test images and 10 % of CIFAR-100's have a duplicate
//! or a near duplicate in the training set (Barz and Denzler 2020, Journal of Imaging 6:41,
//! <https://arxiv.org/abs/1902.00423>).
//!
//! Everything is counted per *sample*, not per pair: a thousand copies of one picture are a thousand findings, not half a
//! million. Each counted sample is listed with one partner, the first or the most similar. The answer is a function of
//! the samples and the splits, whatever the number of processors.
//!
//! ```text
//! exact ─→ groups of equal inputs ─→ near ─→ candidates (hashes within a few bits) ─→ similarity (pixels)
//! ```

mod candidates;
mod exact;
mod findings;
mod near;
mod perceptual_hash;
mod similarity;
#[cfg(test)]
mod tests;

use std::fmt;

use thiserror::Error;

use exact::Groups;
use near::Near;

pub use findings::{Across, Found, Leakage, NearDuplicates, NearPair, Pair, Within};

/// How many pairs a finding lists unless the caller wants another number.
pub const DEFAULT_LISTED: usize = 100;

/// The shape of one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// So many numbers without an order in the plane.
    Vector {
        /// How many.
        features: usize,
    },
    /// A picture, stored channel by channel, each row by row.
    Image {
        /// 1 for grey, 3 for colour.
        channels: usize,
        /// Rows of pixels.
        height: usize,
        /// Columns of pixels.
        width: usize,
    },
}

impl Shape {
    /// How many numbers one sample has. Saturates: no such sample fits into memory anyway.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::Vector { features } => features,
            Self::Image {
                channels,
                height,
                width,
            } => channels.saturating_mul(height).saturating_mul(width),
        }
    }

    /// Whether a sample has no numbers at all: then all are equal.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// The inputs of all samples, one after the other, before normalisation.
#[derive(Clone, Copy)]
pub enum Values<'a> {
    /// Pixels as they lie in the files.
    Bytes(&'a [u8]),
    /// Coordinates and other measurements.
    Floats(&'a [f32]),
    /// Pixels, or other values byte for byte, that are too many for the memory.
    Stored(&'a dyn Stored),
}

/// Bytes that are read where they are needed, by several threads at once.
pub trait Stored: Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `into` with the bytes from `position` on.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    fn read(&self, position: usize, into: &mut [u8]) -> Result<(), Unreadable>;
}

/// Why stored bytes cannot be read, in the words of whoever stores them.
pub type Unreadable = Box<dyn std::error::Error + Send + Sync>;

impl fmt::Debug for Values<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} values", self.len())
    }
}

impl Values<'_> {
    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Stored(values) => values.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// All samples of a data set. A label is whatever can be compared.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a, Label> {
    /// The shape of each input.
    pub shape: Shape,
    /// The inputs, `labels.len() · shape.len()` numbers.
    pub values: Values<'a>,
    /// The label of each sample.
    pub labels: &'a [Label],
}

/// Which samples each split has, as positions among the samples.
#[derive(Clone, Copy, Debug, Default)]
pub struct Splits<'a> {
    /// Trains.
    pub train: &'a [u32],
    /// Chooses the best epoch, and shows the gap.
    pub validation: &'a [u32],
    /// Chooses nothing.
    pub test: &'a [u32],
}

/// Why there is no answer: the numbers given do not describe a data set.
#[derive(Debug, Error)]
pub enum LeakageError {
    /// The values are not samples × shape.
    #[error("{values} values cannot be {samples} samples of {length} values")]
    ValueCount {
        /// How many values there are.
        values: usize,
        /// How many labels there are.
        samples: usize,
        /// How many values a sample has.
        length: usize,
    },
    /// A split names a sample that does not exist.
    #[error("a split names sample {index} (counting from 0), but there are {samples}")]
    Index {
        /// As named.
        index: u32,
        /// How many there are.
        samples: usize,
    },
    /// The values are stored somewhere, and cannot be read.
    #[error("{0}")]
    Unreadable(#[from] Unreadable),
}

/// Looks for duplicates within and across the splits. Each finding lists at most `listed` pairs and counts all.
///
/// # Errors
///
/// When the number of values is not samples × shape, a split names a sample that does not exist, or stored values cannot be
/// read.
pub fn find<Label: PartialEq>(
    samples: &Samples<'_, Label>,
    splits: Splits<'_>,
    listed: usize,
) -> Result<Leakage, LeakageError> {
    let (count, length) = (samples.labels.len(), samples.shape.len());
    let values = samples.values.len();
    if count.checked_mul(length) != Some(values) {
        return Err(LeakageError::ValueCount {
            values,
            samples: count,
            length,
        });
    }
    let parts = [splits.train, splits.validation, splits.test];
    let outside = |&&index: &&u32| index as usize >= count;
    if let Some(&index) = parts.iter().copied().flatten().find(outside) {
        return Err(LeakageError::Index {
            index,
            samples: count,
        });
    }
    let (mut leakage, groups) = exact::find(samples, parts)?;
    let near = near::find(samples.shape, samples.values, &groups)?;
    leakage.near = near.duplicates(&groups);
    leakage.validation_to_drop = to_drop(exact::VALIDATION, parts, &groups, &near);
    leakage.test_to_drop = to_drop(exact::TEST, parts, &groups, &near);
    leakage.sort_and_shorten(listed);
    Ok(leakage)
}

/// The samples of a split that have a partner in an earlier split, or repeat one of their own split.
fn to_drop(split: usize, parts: [&[u32]; 3], groups: &Groups, near: &Near) -> Vec<u32> {
    let mut seen = vec![false; groups.first.len()];
    let mut drop = Vec::new();
    for (&index, &group) in parts[split].iter().zip(&groups.of[split]) {
        let group = group as usize;
        let leaked = (0..split).any(|earlier| {
            groups.first[group][earlier].is_some() || near.partner(group, earlier).is_some()
        });
        if std::mem::replace(&mut seen[group], true) || leaked {
            drop.push(index);
        }
    }
    drop.sort_unstable();
    drop.dedup();
    drop
}
