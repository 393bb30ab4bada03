//! Random zeros while training (Srivastava et al. 2014), here with a given mask `m`, which is 0 with probability `rate`
//! and else `1 / (1 − rate)`:
//!
//! ```text
//! s = m ⊗ x
//! ```
//!
//! The mask does not depend on `x`, so the derivative is the mask:
//!
//! ```text
//! dx = m ⊗ ds
//! ```

use super::array::Array;

/// `s`, of the shape of `x`.
#[must_use]
pub fn forward<const D: usize>(x: &Array<D>, mask: &Array<D>) -> Array<D> {
    x.zip(mask, |x, m| m * x)
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx<const D: usize>(mask: &Array<D>, ds: &Array<D>) -> Array<D> {
    mask.zip(ds, |m, ds| m * ds)
}
