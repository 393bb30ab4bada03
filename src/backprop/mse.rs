//! The squared error of the lecture, `E_in = 1/N Σ_n Σ_k (x[n, k] − y[n, k])²`, with `x: [n, outputs]` what the network
//! says and `y` of the same shape what it should say.
//!
//! ```text
//! dx[n, k] = 2 (x[n, k] − y[n, k]) / N
//! ```
//!
//! Behind a θ, this times θ' is the lecture's `δ(L) = 2 (x(L) − y) ⊗ θ'(s(L))`, and the `1/N` is that of its `G(l)`.

use super::array::Array;

/// `E_in`
#[must_use]
pub fn forward(x: &Array<2>, y: &Array<2>) -> f64 {
    let [samples, outputs] = x.shape();
    let mut sum = 0.0;
    for n in 0..samples {
        for k in 0..outputs {
            sum += (x[[n, k]] - y[[n, k]]) * (x[[n, k]] - y[[n, k]]);
        }
    }
    sum / samples as f64
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx(x: &Array<2>, y: &Array<2>) -> Array<2> {
    let [samples, _] = x.shape();
    x.zip(y, |x, y| 2.0 * (x - y) / samples as f64)
}
