//! The header of an IDX file: two zero bytes, the type of the values, the number of dimensions `D`, and `D` sizes as
//! big-endian `u32`. Images have three (samples, rows, columns), labels one.
//!
//! Whatever it says is only a claim: the sizes are multiplied with care and compared with what is really there.

use crate::data::error::DataError;

const UNSIGNED_BYTE: u8 = 0x08;

/// The most that is read into memory, 8 GiB: ten million images of 28 × 28, far above any set for small networks.
const LARGEST_BODY: u64 = 8 << 30;

/// The sizes that a file of `D` dimensions declares.
#[derive(Debug)]
pub(super) struct Header<const D: usize>(pub(super) [u32; D]);

impl<const D: usize> Header<D> {
    /// Bytes before the values.
    pub(super) const LENGTH: u64 = 4 + 4 * D as u64;

    /// Reads the first [`Self::LENGTH`] bytes of a file; `bytes` is shorter only if the file is.
    ///
    /// The magic number is judged before the length, as it says more about a file of another kind.
    pub(super) fn parse(bytes: &[u8], file: &str) -> Result<Self, DataError> {
        let too_short = || DataError::IdxHeader {
            file: file.to_owned(),
            expected: contents(D),
            needed: Self::LENGTH,
            found: bytes.len() as u64,
        };
        let (magic, rest) = bytes.split_first_chunk().ok_or_else(too_short)?;
        check_magic::<D>(*magic, file)?;
        let (given, _) = rest.as_chunks();
        if given.len() < D {
            return Err(too_short());
        }
        let mut sizes = [0; D];
        for (size, bytes) in sizes.iter_mut().zip(given) {
            *size = u32::from_be_bytes(*bytes);
        }
        Ok(Self(sizes))
    }

    /// The bytes that should follow: the product of the sizes, none of which may be zero.
    pub(super) fn body_length(&self, file: &str) -> Result<u64, DataError> {
        if self.0.contains(&0) {
            return Err(DataError::IdxEmpty {
                file: file.to_owned(),
                sizes: self.product(),
            });
        }
        let declared = self
            .0
            .iter()
            .try_fold(1_u64, |product, &size| product.checked_mul(size.into()));
        match declared {
            Some(declared) if declared <= LARGEST_BODY => Ok(declared),
            _ => Err(DataError::IdxTooLarge {
                file: file.to_owned(),
                sizes: self.product(),
                largest: LARGEST_BODY,
            }),
        }
    }

    /// Compares the bytes that follow with the declared ones. `stopped` says that reading ended there, so that there
    /// may be more than `found`.
    pub(super) fn compare(&self, found: u64, stopped: bool, file: &str) -> Result<(), DataError> {
        let declared = self.body_length(file)?;
        if found == declared {
            return Ok(());
        }
        let file = file.to_owned();
        let sizes = self.product();
        if found < declared {
            return Err(DataError::IdxTruncated {
                file,
                sizes,
                declared,
                found,
            });
        }
        let qualifier = if stopped { "at least " } else { "" };
        Err(DataError::IdxTrailing {
            file,
            sizes,
            declared,
            found: format!("{qualifier}{found}"),
        })
    }

    /// `60000 × 28 × 28`
    fn product(&self) -> String {
        self.0.map(|size| size.to_string()).join(" × ")
    }
}

fn check_magic<const D: usize>(found: [u8; 4], file: &str) -> Result<(), DataError> {
    let file = file.to_owned();
    let expected = contents(D);
    match found {
        [0, 0, UNSIGNED_BYTE, dimensions] if usize::from(dimensions) == D => Ok(()),
        [0, 0, UNSIGNED_BYTE, dimensions @ (1 | 3)] => Err(DataError::IdxSwapped {
            file,
            expected,
            found: contents(dimensions.into()),
        }),
        [0, 0, UNSIGNED_BYTE, dimensions] => Err(DataError::IdxDimensions {
            file,
            expected,
            found: dimensions.into(),
            needed: D,
        }),
        // An image of three dimensions and a list of one are both possible with any type of value.
        [0, 0, code @ 0x09..=0x0e, _] => Err(DataError::IdxElementType {
            file,
            found: code,
            name: element_type(code),
        }),
        _ => Err(DataError::IdxMagic {
            file,
            expected,
            found,
            needed: D,
        }),
    }
}

fn contents(dimensions: usize) -> &'static str {
    if dimensions == 1 { "labels" } else { "images" }
}

fn element_type(code: u8) -> &'static str {
    match code {
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floating-point numbers",
        0x0e => "64-bit floating-point numbers",
        _ => "values of an unknown type",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<const D: usize>(bytes: &[u8]) -> DataError {
        Header::<D>::parse(bytes, "x").unwrap_err()
    }

    #[test]
    fn sizes_are_big_endian() {
        let bytes = [0, 0, 8, 3, 0, 0, 234, 96, 0, 0, 0, 28, 0, 0, 1, 0];
        let header = Header::<3>::parse(&bytes, "x").unwrap();
        assert_eq!(header.0, [60_000, 28, 256]);
        assert_eq!(header.body_length("x").unwrap(), 60_000 * 28 * 256);
        let header = Header::<1>::parse(&[0, 0, 8, 1, 1, 2, 3, 4], "x").unwrap();
        assert_eq!(header.0, [0x0102_0304]);
    }

    #[test]
    fn images_and_labels_exchanged_are_called_so() {
        let error = refused::<3>(&[0, 0, 8, 1, 0, 0, 0, 1]);
        assert_eq!(
            error.to_string(),
            "`x` holds labels, but images are expected there"
        );
        assert!(error.hint().unwrap().contains("swap"));
        let error = refused::<1>(&[0, 0, 8, 3, 0, 0, 0, 1]);
        assert_eq!(
            error.to_string(),
            "`x` holds images, but labels are expected there"
        );
    }

    #[test]
    fn other_types_dimensions_and_formats_are_named() {
        assert_eq!(
            refused::<3>(&[0, 0, 0x0d, 3]).to_string(),
            "`x` holds 32-bit floating-point numbers (type byte 0x0d), not unsigned bytes (0x08)"
        );
        assert_eq!(
            refused::<3>(&[0, 0, 8, 4]).to_string(),
            "`x` has 4 dimensions, but IDX images have 3"
        );
        assert_eq!(
            refused::<1>(b"1,2,3").to_string(),
            "`x` does not hold IDX labels: it begins with the bytes 31 2c 32 2c, not with 00 00 08 01"
        );
        // A file of zeros, as an interrupted download leaves it.
        assert!(matches!(refused::<3>(&[0; 16]), DataError::IdxMagic { .. }));
    }

    #[test]
    fn a_header_may_end_anywhere() {
        let bytes = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
        assert!(Header::<3>::parse(&bytes, "x").is_ok());
        for length in 0..bytes.len() {
            let error = refused::<3>(&bytes[..length]);
            let DataError::IdxHeader { needed, found, .. } = error else {
                panic!("{length}: {error}");
            };
            assert_eq!((needed, found), (16, length as u64));
        }
    }

    #[test]
    fn a_size_of_zero_is_refused_before_sizes_are_multiplied() {
        for sizes in [[0, 28, 28], [5, 0, 0], [u32::MAX, u32::MAX, 0]] {
            let error = Header(sizes).body_length("x").unwrap_err();
            assert!(matches!(error, DataError::IdxEmpty { .. }), "{error}");
        }
        let error = Header([0, 28, 28]).body_length("x").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`x` is empty: its header declares 0 × 28 × 28 values"
        );
    }

    #[test]
    fn the_product_may_neither_overflow_nor_exceed_the_limit() {
        // (2³² - 1)² still fits into a u64, its cube does not.
        assert!(Header([u32::MAX, u32::MAX]).body_length("x").is_err());
        assert!(Header([u32::MAX; 3]).body_length("x").is_err());
        assert_eq!(Header([1 << 30, 8]).body_length("x").unwrap(), LARGEST_BODY);
        assert!(Header([(1 << 30) + 1, 8]).body_length("x").is_err());
    }
}
