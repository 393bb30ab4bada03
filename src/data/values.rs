//! The inputs of all samples, in memory or in a file, and the inputs of one.

use super::error::DataError;
use super::stored::StoredBytes;

/// The inputs of all samples, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Pixels as they lie in the files.
    U8 {
        /// All pixels.
        values: Vec<u8>,
        /// The largest value the source can have: 255 for photographs, 16 for the optical digits.
        maximum: u8,
    },
    /// Coordinates and other measurements.
    F32(Vec<f32>),
    /// Pixels from 0 to 255 that together take more than `data.memory-limit`: read sample by sample, where they are needed.
    StoredU8(StoredBytes),
    /// Measurements that together take more than `data.memory-limit`, four bytes each, the lowest first.
    StoredF32(StoredBytes),
}

/// Bytes of a measurement.
pub(super) const F32: usize = size_of::<f32>();

/// The numbers in bytes of [`Values::StoredF32`].
pub(crate) fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    let numbers = bytes.as_chunks().0.iter();
    numbers.map(|&bytes| f32::from_le_bytes(bytes))
}

/// Room for the values of one sample that are read from disk.
#[derive(Debug, Default)]
pub struct SampleBuffer {
    bytes: Vec<u8>,
    floats: Vec<f32>,
}

/// The inputs of one sample, before normalisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SampleValues<'a> {
    /// Pixels.
    U8(&'a [u8]),
    /// Coordinates and other measurements.
    F32(&'a [f32]),
}

impl Values {
    /// How many numbers there are, over all samples.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::U8 { values, .. } => values.len(),
            Self::F32(values) => values.len(),
            Self::StoredU8(values) => values.len(),
            Self::StoredF32(values) => values.len() / F32,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What they take in memory.
    #[must_use]
    pub fn bytes_in_memory(&self) -> usize {
        match self {
            Self::U8 { values, .. } => values.len(),
            Self::F32(values) => size_of_val(&values[..]),
            Self::StoredU8(_) | Self::StoredF32(_) => 0,
        }
    }

    /// What they take on disk, besides the files of the source.
    #[must_use]
    pub fn bytes_on_disk(&self) -> usize {
        match self {
            Self::U8 { .. } | Self::F32(_) => 0,
            Self::StoredU8(values) | Self::StoredF32(values) => values.len(),
        }
    }

    /// The largest value that pixels can have; `None` for values that are none.
    #[must_use]
    pub fn largest_pixel(&self) -> Option<u8> {
        match self {
            Self::U8 { maximum, .. } => Some(*maximum),
            Self::F32(_) | Self::StoredF32(_) => None,
            Self::StoredU8(_) => Some(u8::MAX),
        }
    }

    /// Keeps the first `length` values and returns those behind them.
    #[must_use]
    pub(super) fn split_off(&mut self, length: usize) -> Self {
        match self {
            Self::U8 { values, maximum } => Self::U8 {
                values: values.split_off(length),
                maximum: *maximum,
            },
            Self::F32(values) => Self::F32(values.split_off(length)),
            Self::StoredU8(values) => Self::StoredU8(values.split_off(length)),
            Self::StoredF32(values) => Self::StoredF32(values.split_off(F32 * length)),
        }
    }

    /// The values of sample `index`, of which each has `length`. What is on disk is read into `buffer`, whatever that held.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is shorter than it was. What is in memory cannot fail.
    ///
    /// # Panics
    ///
    /// There is no such sample.
    pub fn sample<'a>(
        &'a self,
        index: usize,
        length: usize,
        buffer: &'a mut SampleBuffer,
    ) -> Result<SampleValues<'a>, DataError> {
        let range = index * length..(index + 1) * length;
        Ok(match self {
            Self::U8 { values, .. } => SampleValues::U8(&values[range]),
            Self::F32(values) => SampleValues::F32(&values[range]),
            Self::StoredU8(values) => {
                buffer.bytes.resize(length, 0);
                values.read(range.start, &mut buffer.bytes)?;
                SampleValues::U8(&buffer.bytes)
            }
            Self::StoredF32(values) => {
                buffer.bytes.resize(F32 * length, 0);
                values.read(F32 * range.start, &mut buffer.bytes)?;
                buffer.floats.clear();
                buffer.floats.extend(floats(&buffer.bytes));
                SampleValues::F32(&buffer.floats)
            }
        })
    }
}

impl SampleValues<'_> {
    /// Visits each value with its position.
    pub fn for_each(self, mut visit: impl FnMut(usize, f64)) {
        match self {
            Self::U8(values) => {
                for (position, &value) in values.iter().enumerate() {
                    visit(position, f64::from(value));
                }
            }
            Self::F32(values) => {
                for (position, &value) in values.iter().enumerate() {
                    visit(position, f64::from(value));
                }
            }
        }
    }
}
