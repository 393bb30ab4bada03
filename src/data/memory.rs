//! `data.memory-limit`: how much of the data may be in memory.

use super::error::DataError;
use super::samples::Samples;

/// Bytes in a GiB.
const GIB: f64 = (1_u64 << 30) as f64;

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

    /// Refuses what is larger; `what` is a path, or the name of a source.
    ///
    /// # Errors
    ///
    /// It is larger.
    pub fn check(self, what: &str, bytes: u64) -> Result<(), DataError> {
        if self.admits(bytes) {
            return Ok(());
        }
        Err(DataError::MemoryLimit {
            what: what.to_owned(),
            bytes,
            limit: self.0,
        })
    }

    /// Refuses samples that together are larger.
    pub(super) fn check_samples<'a>(
        self,
        name: &str,
        parts: impl IntoIterator<Item = &'a Samples>,
    ) -> Result<(), DataError> {
        let bytes = parts
            .into_iter()
            .map(|part| part.values.bytes_in_memory() as u64);
        self.check(name, bytes.sum())
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
        assert_eq!(size(3 << 19), "1.500 MiB");
        assert_eq!(size(15 << 30), "15.000 GiB");
        assert_eq!(size(1 << 10), "1.000 KiB");
        assert_eq!(size(99), "99 bytes");
    }
}
