//! Softmax with cross-entropy, on logits `x: [n, classes]` and what each class should get, `y` of the same shape: 1 for the
//! class of the sample and 0 for the others (one-hot), or shares of it.
//!
//! ```text
//! p[n, k] = exp(x[n, k]) / Σ_m exp(x[n, m])                               softmax
//! E       = −1/N Σ_n Σ_k y[n, k] ln p[n, k] = 1/N Σ_n Σ_k y[n, k] (ln Σ_m exp(x[n, m]) − x[n, k])
//! ```
//!
//! The derivative of `ln Σ_m exp(x_m)` after `x_k` is `exp(x_k) / Σ_m exp(x_m) = p_k`. So everything exponential cancels, and with
//! `Y[n] = Σ_k y[n, k]`, which is 1 unless samples are weighted,
//!
//! ```text
//! dx[n, k] = (Y[n] p[n, k] − y[n, k]) / N                                  δ = p − y
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
pub fn forward(x: &Array<2>, y: &Array<2>) -> f64 {
    let [samples, outputs] = x.shape();
    let mut error = 0.0;
    for n in 0..samples {
        let largest = largest(x, n);
        let mut sum = 0.0;
        for k in 0..outputs {
            sum += (x[[n, k]] - largest).exp();
        }
        for k in 0..outputs {
            error += y[[n, k]] * (sum.ln() - (x[[n, k]] - largest));
        }
    }
    error / samples as f64
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx(x: &Array<2>, y: &Array<2>) -> Array<2> {
    let [samples, classes] = x.shape();
    let p = softmax(x);
    let mut dx = Array::zeros(x.shape());
    for n in 0..samples {
        let mut whole = 0.0;
        for k in 0..classes {
            whole += y[[n, k]];
        }
        for k in 0..classes {
            dx[[n, k]] = (whole * p[[n, k]] - y[[n, k]]) / samples as f64;
        }
    }
    dx
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
        let y = Array::new([2, 4], vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert!((forward(&x, &y) - 4.0_f64.ln()).abs() < 1e-15);
        let expected = [-0.375, 0.125, 0.125, 0.125, 0.125, 0.125, 0.125, -0.375];
        assert_eq!(dx(&x, &y).values(), expected);
    }

    /// A sample of double weight, half of it for each of two classes: twice `ln 2 / 2` each.
    #[test]
    fn shares_and_weights_count() {
        let x = Array::new([1, 2], vec![7.0; 2]);
        let y = Array::new([1, 2], vec![1.0, 1.0]);
        assert!((forward(&x, &y) - 2.0 * 2.0_f64.ln()).abs() < 1e-15);
        assert_eq!(dx(&x, &y).values(), [0.0, 0.0]);
        let y = Array::new([1, 2], vec![2.0, 0.0]);
        assert_eq!(dx(&x, &y).values(), [-1.0, 1.0]);
    }

    #[test]
    fn far_out_nothing_overflows() {
        let x = Array::new([1, 3], vec![3e4, 0.0, -3e4]);
        let y = Array::new([1, 3], vec![0.0, 1.0, 0.0]);
        assert!((forward(&x, &y) - 3e4).abs() < 1e-9);
        assert_eq!(dx(&x, &y).values(), [1.0, -1.0, 0.0]);
    }
}
