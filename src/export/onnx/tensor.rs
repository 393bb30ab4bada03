//! Numbers with a shape, checked once where they are made.

use super::error::OnnxError;

/// 32-bit numbers, row by row (the last dimension runs fastest).
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Tensor {
    /// Joins shape and values. An empty shape is a scalar.
    ///
    /// # Errors
    ///
    /// [`OnnxError::ValueCount`] if the number of values is not the product of the dimensions.
    pub fn new(shape: Vec<usize>, values: Vec<f32>) -> Result<Self, OnnxError> {
        let needed = shape
            .iter()
            .try_fold(1_usize, |product, length| product.checked_mul(*length));
        if needed == Some(values.len()) {
            return Ok(Self { shape, values });
        }
        Err(OnnxError::ValueCount {
            found: values.len(),
            shape,
            needed,
        })
    }

    /// The dimensions.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values, row by row.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Rows become columns: burn's dense weight `[inputs, outputs]` becomes `PyTorch`'s `[outputs, inputs]`, which
    /// [`Operation::Dense`](super::Operation::Dense) wants.
    ///
    /// # Errors
    ///
    /// [`OnnxError::NotAMatrix`] if there are not two dimensions.
    pub fn transposed(&self) -> Result<Self, OnnxError> {
        let &[rows, columns] = self.shape.as_slice() else {
            return Err(OnnxError::NotAMatrix {
                shape: self.shape.clone(),
            });
        };
        let mut values = Vec::with_capacity(self.values.len());
        for column in 0..columns {
            values.extend((0..rows).map(|row| self.values[row * columns + column]));
        }
        Ok(Self {
            shape: vec![columns, rows],
            values,
        })
    }
}
