//! `θ(s) = 1 / (1 + e⁻ˢ)`: the hyperbolic tangent moved and scaled to 0 … 1, `θ(s) = (1 + tanh(s/2)) / 2`.
//!
//! ```text
//! θ'(s) = e⁻ˢ / (1 + e⁻ˢ)² = θ(s) · (1 − θ(s))
//! dx    = θ(x) ⊗ (1 − θ(x)) ⊗ ds
//! ```

use super::array::Array;

/// θ of each value.
#[must_use]
pub fn forward<const D: usize>(x: &Array<D>) -> Array<D> {
    x.map(theta)
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx<const D: usize>(x: &Array<D>, ds: &Array<D>) -> Array<D> {
    x.zip(ds, |x, ds| theta(x) * (1.0 - theta(x)) * ds)
}

fn theta(s: f64) -> f64 {
    1.0 / (1.0 + (-s).exp())
}
