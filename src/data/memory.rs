//! `data.memory-limit`: how much of the data may be in memory.

use super::error::DataError;
use super::samples::Samples;
use crate::machine::memory::{Memory, memory};

/// Bytes in a GiB.
const GIB: f64 = (1_u64 << 30) as f64;

/// So many bytes are taken without asking the machine for them.
const UNASKED: u64 = 1 << 24;

/// How many bytes the values of all samples may take in memory.
#[derive(Clone, Copy, Debug)]
pub struct MemoryLimit(u64);

impl MemoryLimit {
    /// Whatever there is.
    pub const NONE: Self = Self(u64::MAX);

    /// So many GiB, a positive number.
    #[must_use]
    pub fn gib(gib: f64) -> Self {
        // Saturates: whoever asks for more than there is has no limit.
        Self((gib * GIB) as u64)
    }

    /// In bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0
    }

    /// Whether so many bytes are allowed.
    #[must_use]
    pub fn admits(self, bytes: u64) -> bool {
        bytes <= self.0
    }

    /// What the machine has left, if that is less than so many bytes.
    fn lacking(self, bytes: u64) -> Option<Memory> {
        let asks = self.0 < u64::MAX && bytes > UNASKED;
        let left = if asks { memory() } else { None };
        left.filter(|left| left.available < bytes)
    }

    /// Refuses what is larger, or than the machine has left, before it is read; `what` is a path, or the name of a source.
    ///
    /// # Errors
    ///
    /// It is larger, or the machine has less left.
    pub fn check(self, what: &str, bytes: u64) -> Result<(), DataError> {
        if self.admits(bytes) {
            return match self.lacking(bytes) {
                None => Ok(()),
                Some(Memory { available, limit }) => Err(DataError::Memory {
                    what: what.to_owned(),
                    bytes,
                    available,
                    limit,
                }),
            };
        }
        Err(self.exceeded(what, bytes))
    }

    fn exceeded(self, what: &str, bytes: u64) -> DataError {
        DataError::MemoryLimit {
            what: what.to_owned(),
            bytes,
            limit: self.0,
        }
    }

    /// Refuses samples that together are larger, and are in memory already.
    pub(super) fn check_samples<'a>(
        self,
        name: &str,
        parts: impl IntoIterator<Item = &'a Samples>,
    ) -> Result<(), DataError> {
        let bytes = parts
            .into_iter()
            .map(|part| part.values.bytes_in_memory() as u64);
        let bytes = bytes.sum();
        if self.admits(bytes) {
            Ok(())
        } else {
            Err(self.exceeded(name, bytes))
        }
    }
}

/// `1.500 GiB`; smaller units where that would begin with zeros.
#[must_use]
pub fn size(bytes: u64) -> String {
    let units = [
        ("GiB", GIB),
        ("MiB", f64::from(1 << 20)),
        ("KiB", f64::from(1 << 10)),
    ];
    let bytes = bytes as f64;
    units
        .iter()
        .find(|(_, unit)| bytes >= 0.1 * unit)
        .map_or_else(
            || format!("{bytes} bytes"),
            |(name, unit)| format!("{:.3} {name}", bytes / unit),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_inclusive_and_sizes_readable() {
        let limit = MemoryLimit::gib(0.5);
        assert_eq!(limit.bytes(), 1 << 29);
        assert!(limit.admits(1 << 29) && !limit.admits((1 << 29) + 1));
        assert!(MemoryLimit::gib(1e300).admits(u64::MAX));
        assert_eq!(
            limit.check("x", 1 << 30).unwrap_err().to_string(),
            "the values of `x` take 1.000 GiB, more than the 0.500 GiB of `data.memory-limit`"
        );
        let error = MemoryLimit::gib(1e9).check("x", 1 << 58);
        if memory().is_some() {
            let error = error.unwrap_err().to_string();
            assert!(error.contains("268435456.000 GiB, but only "), "{error}");
        }
        assert_eq!(size(3 << 19), "1.500 MiB");
        assert_eq!(size(15 << 30), "15.000 GiB");
        assert_eq!(size(1 << 10), "1.000 KiB");
        assert_eq!(size(99), "99 bytes");
    }
}
