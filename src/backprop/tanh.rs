//! `θ(s) = tanh s = (eˢ − e⁻ˢ) / (eˢ + e⁻ˢ)`: linear near 0, ±1 far out.
//!
//! With the quotient rule, where the derivative of the numerator is the denominator and the other way round:
//!
//! ```text
//! θ'(s) = [(eˢ + e⁻ˢ)² − (eˢ − e⁻ˢ)²] / (eˢ + e⁻ˢ)² = 1 − tanh² s
//! dx    = (1 − θ(x)²) ⊗ ds
//! ```

use super::array::Array;

/// θ of each value.
#[must_use]
pub fn forward<const D: usize>(x: &Array<D>) -> Array<D> {
    x.map(f64::tanh)
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx<const D: usize>(x: &Array<D>, ds: &Array<D>) -> Array<D> {
    x.zip(ds, |x, ds| (1.0 - x.tanh() * x.tanh()) * ds)
}
