//! Values on disk as the search for leaks reads them: bytes, of which equal ones are equal inputs.

use crate::data::DataError;
use crate::data::stored::StoredBytes;
use crate::generalization::leakage::{Stored, Unreadable};

/// Bytes of a number.
const F32: usize = size_of::<f32>();

impl Stored for StoredBytes {
    fn len(&self) -> usize {
        self.len()
    }

    fn read(&self, position: usize, into: &mut [u8]) -> Result<(), Unreadable> {
        self.read(position, into).map_err(Unreadable::from)
    }
}

/// Rows of numbers, each with the number to be predicted behind it where there is one. Both zeros are one number.
pub(super) struct StoredRows<'a> {
    values: &'a StoredBytes,
    /// Bytes of the values of a row.
    width: usize,
    numbers: &'a [f64],
}

impl<'a> StoredRows<'a> {
    /// Rows of so many features; `numbers` are none, or one per row.
    pub(super) fn new(values: &'a StoredBytes, features: usize, numbers: &'a [f64]) -> Self {
        Self {
            values,
            width: F32 * features,
            numbers,
        }
    }

    /// Bytes of a row.
    pub(super) fn stride(&self) -> usize {
        self.width + if self.numbers.is_empty() { 0 } else { F32 }
    }

    fn row(&self, row: usize, into: &mut [u8]) -> Result<(), DataError> {
        let (values, number) = into.split_at_mut(self.width);
        self.values.read(row * self.width, values)?;
        if let Some(&value) = self.numbers.get(row) {
            number.copy_from_slice(&(value as f32).to_le_bytes());
        }
        for bytes in into.as_chunks_mut::<F32>().0 {
            *bytes = (f32::from_le_bytes(*bytes) + 0.0).to_le_bytes();
        }
        Ok(())
    }
}

impl Stored for StoredRows<'_> {
    fn len(&self) -> usize {
        self.values.len() / self.width.max(1) * self.stride()
    }

    fn read(&self, position: usize, into: &mut [u8]) -> Result<(), Unreadable> {
        let stride = self.stride();
        if position.is_multiple_of(stride) && into.len() == stride {
            return Ok(self.row(position / stride, into)?);
        }
        // Nobody asks for other than whole rows, one at a time; it is answered all the same.
        let mut whole = vec![0; stride];
        let (mut position, mut rest) = (position, into);
        while !rest.is_empty() {
            self.row(position / stride, &mut whole)?;
            let part = &whole[position % stride..];
            let count = part.len().min(rest.len());
            let (here, behind) = rest.split_at_mut(count);
            here.copy_from_slice(&part[..count]);
            (position, rest) = (position + count, behind);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn zeros_are_one_number_and_any_part_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("values");
        let bytes = |values: &[f32]| -> Vec<u8> {
            let numbers = values.iter();
            numbers.flat_map(|value| value.to_le_bytes()).collect()
        };
        fs::write(&path, bytes(&[1.0, -0.0, 0.0, 2.5])).unwrap();
        let values = StoredBytes::new(File::open(&path).unwrap(), path, 0, 4 * F32);
        let numbers = [7.0, -0.0];
        let rows = StoredRows::new(&values, 2, &numbers);
        let expected = bytes(&[1.0, 0.0, 7.0, 0.0, 2.5, 0.0]);
        assert_eq!((Stored::len(&rows), rows.stride()), (24, 12));
        for start in 0..24 {
            for end in start..=24 {
                let mut read = vec![9; end - start];
                rows.read(start, &mut read).unwrap();
                assert_eq!(read, expected[start..end]);
            }
        }
        let rows = StoredRows::new(&values, 2, &[]);
        let mut read = vec![9; 16];
        rows.read(0, &mut read).unwrap();
        assert_eq!(read, bytes(&[1.0, 0.0, 0.0, 2.5]));
    }
}
