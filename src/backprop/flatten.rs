//! An image becomes a vector: channel by channel, row by row.
//!
//! ```text
//! s[n, (c · height + i) · width + j] = x[n, c, i, j]
//! ```
//!
//! Nothing is computed, so the derivative is the same re-labelling backwards.

use super::array::Array;

/// `s: [n, channels · height · width]`
#[must_use]
pub fn forward(x: &Array<4>) -> Array<2> {
    let [samples, channels, height, width] = x.shape();
    Array::new([samples, channels * height * width], x.values().to_vec())
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx(shape: [usize; 4], ds: &Array<2>) -> Array<4> {
    Array::new(shape, ds.values().to_vec())
}
