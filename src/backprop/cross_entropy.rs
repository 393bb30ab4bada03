//! Softmax with cross-entropy, on logits `x: [n, classes]` and the class `c_n` of each sample.
//!
//! ```text
//! p[n, k] = exp(x[n, k]) / Σ_m exp(x[n, m])                               softmax
//! E       = −1/N Σ_n ln p[n, c_n] = 1/N Σ_n (ln Σ_m exp(x[n, m]) − x[n, c_n])
//! ```
//!
//! The derivative of `ln Σ_m exp(x_m)` after `x_k` is `exp(x_k) / Σ_m exp(x_m) = p_k`, and that of `x_c` is 1 for `k = c`
//! and 0 otherwise: the one-hot target `y`. So everything exponential cancels, and
//!
//! ```text
//! dx[n, k] = (p[n, k] − y[n, k]) / N                                       δ = p − y
//! ```
//!
//! Softmax does not change when all logits move together; with the largest of them subtracted nothing overflows.

use super::array::Array;

/// `p: [n, classes]`
#[must_use]
pub fn softmax(x: &Array<2>) -> Array<2> {
    let [samples, classes] = x.shape();
    let mut p = Array::zeros(x.shape());
    for n in 0..samples {
        let largest = largest(x, n);
        let mut sum = 0.0;
        for k in 0..classes {
            p[[n, k]] = (x[[n, k]] - largest).exp();
            sum += p[[n, k]];
        }
        for k in 0..classes {
            p[[n, k]] /= sum;
        }
    }
    p
}

/// `E`
#[must_use]
pub fn forward(x: &Array<2>, classes: &[usize]) -> f64 {
    let [samples, outputs] = x.shape();
    let mut error = 0.0;
    for n in 0..samples {
        let largest = largest(x, n);
        let mut sum = 0.0;
        for k in 0..outputs {
            sum += (x[[n, k]] - largest).exp();
        }
        error += sum.ln() - (x[[n, classes[n]]] - largest);
    }
    error / samples as f64
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx(x: &Array<2>, classes: &[usize]) -> Array<2> {
    let [samples, _] = x.shape();
    let mut dx = softmax(x);
    for n in 0..samples {
        dx[[n, classes[n]]] -= 1.0;
    }
    dx.map(|dx| dx / samples as f64)
}

fn largest(x: &Array<2>, n: usize) -> f64 {
    let [_, classes] = x.shape();
    let mut largest = f64::NEG_INFINITY;
    for k in 0..classes {
        largest = largest.max(x[[n, k]]);
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of equal logits every class has the same probability, so the derivatives are known without a computer.
    #[test]
    fn equal_logits_have_equal_shares() {
        let x = Array::new([2, 4], vec![7.0; 8]);
        assert!((forward(&x, &[0, 3]) - 4.0_f64.ln()).abs() < 1e-15);
        let expected = [-0.375, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, -0.375];
        assert_eq!(dx(&x, &[0, 3]).values(), expected);
    }

    #[test]
    fn far_out_nothing_overflows() {
        let x = Array::new([1, 3], vec![3e4, 0.0, -3e4]);
        assert!((forward(&x, &[1]) - 3e4).abs() < 1e-9);
        assert_eq!(dx(&x, &[1]).values(), [1.0, -1.0, 0.0]);
    }
}
