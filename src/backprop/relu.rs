//! `θ(s) = max(0, s)`: what is positive passes, the rest becomes 0.
//!
//! ```text
//! θ'(s) = 1 for s > 0, 0 for s < 0
//! dx    = ds where x > 0, else 0
//! ```
//!
//! At the kink `s = 0` there is no derivative. Here it is 0 there; a comparison has to avoid the kink.

use super::array::Array;

/// θ of each value.
#[must_use]
pub fn forward<const D: usize>(x: &Array<D>) -> Array<D> {
    x.map(|x| if x > 0.0 { x } else { 0.0 })
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx<const D: usize>(x: &Array<D>, ds: &Array<D>) -> Array<D> {
    x.zip(ds, |x, ds| if x > 0.0 { ds } else { 0.0 })
}
