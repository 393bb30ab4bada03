//! Numbers in a row with a shape, indexed as in a formula: `x[[n, c, i, j]]`.

use std::ops::{Index, IndexMut, Range};

/// An array of `D` dimensions, the last one running fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<const D: usize> {
    shape: [usize; D],
    values: Vec<f64>,
}

impl<const D: usize> Array<D> {
    /// All zeros.
    #[must_use]
    pub fn zeros(shape: [usize; D]) -> Self {
        Self {
            shape,
            values: vec![0.0; shape.iter().product()],
        }
    }

    /// With these values, the last dimension running fastest.
    ///
    /// # Panics
    ///
    /// There are more or fewer values than the shape says.
    #[must_use]
    pub fn new(shape: [usize; D], values: Vec<f64>) -> Self {
        assert_eq!(
            shape.iter().product::<usize>(),
            values.len(),
            "an array of shape {shape:?} has other than {} values",
            values.len()
        );
        Self { shape, values }
    }

    /// The same shape, with a function of each value.
    #[must_use]
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self {
            shape: self.shape,
            values: self.values.iter().map(|&value| f(value)).collect(),
        }
    }

    /// ⊗: the same shape, with a function of each pair of values.
    ///
    /// # Panics
    ///
    /// The shapes differ.
    #[must_use]
    pub fn zip(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Self {
        assert_eq!(self.shape, other.shape, "arrays of two shapes");
        let pairs = self.values.iter().zip(&other.values);
        Self {
            shape: self.shape,
            values: pairs.map(|(&a, &b)| f(a, b)).collect(),
        }
    }

    /// How long it is in each dimension.
    #[must_use]
    pub fn shape(&self) -> [usize; D] {
        self.shape
    }

    /// All values, the last dimension running fastest.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All values, to be changed.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// Along the last dimension, at this index of the others.
    #[must_use]
    pub fn row<const E: usize>(&self, index: [usize; E]) -> &[f64] {
        &self.values[self.place_of_row(index)]
    }

    /// The same, to be changed.
    pub fn row_mut<const E: usize>(&mut self, index: [usize; E]) -> &mut [f64] {
        let place = self.place_of_row(index);
        &mut self.values[place]
    }

    fn place_of_row<const E: usize>(&self, index: [usize; E]) -> Range<usize> {
        const { assert!(E + 1 == D, "an index for each dimension but the last") };
        let row = self.offset(index);
        let length = self.shape[D - 1];
        row * length..(row + 1) * length
    }

    /// Counted in steps of the last of these dimensions, which are all or the first ones.
    fn offset<const E: usize>(&self, index: [usize; E]) -> usize {
        let mut offset = 0;
        for (&i, &length) in index.iter().zip(&self.shape) {
            debug_assert!(
                i < length,
                "index {index:?} in an array of {:?}",
                self.shape
            );
            offset = offset * length + i;
        }
        offset
    }
}

impl<const D: usize> Index<[usize; D]> for Array<D> {
    type Output = f64;

    fn index(&self, index: [usize; D]) -> &f64 {
        &self.values[self.offset(index)]
    }
}

impl<const D: usize> IndexMut<[usize; D]> for Array<D> {
    fn index_mut(&mut self, index: [usize; D]) -> &mut f64 {
        let offset = self.offset(index);
        &mut self.values[offset]
    }
}
