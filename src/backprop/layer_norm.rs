//! Each vector by its own mean and variance (Ba, Kiros and Hinton 2016, equation 4), then scaled by `w` (γ) and shifted by `b` (β).
//!
//! For `n` samples of `F` features, `x: [n, F]`, `w: [F]`, `b: [F]`:
//!
//! ```text
//! μ[n] = 1/F Σ_i x[n, i]          v[n] = 1/F Σ_i (x[n, i] − μ[n])²          r[n] = 1 / √(v[n] + ε)
//! x̂[n, i] = (x[n, i] − μ[n]) · r[n]
//! s[n, i] = w[i] · x̂[n, i] + b[i]
//! ```
//!
//! Let `d[n, i] = w[i] · ds[n, i] = ∂E/∂x̂[n, i]`. One `x[n, k]` acts on every `x̂[n, i]` of its sample, in three ways:
//! directly (where `i = k`), through the mean, `∂μ/∂x_k = 1/F`, and through the variance, `∂v/∂x_k = 2 (x_k − μ) / F`, of
//! which `∂r/∂v = −r³/2` is left. With `∂x̂_i/∂x_k = r · ([i = k] − 1/F − x̂_i x̂_k / F)` the chain rule gives
//!
//! ```text
//! dx[n, k] = r[n] · (d[n, k] − 1/F Σ_i d[n, i] − x̂[n, k] · 1/F Σ_i d[n, i] x̂[n, i])
//! dw[i]    = Σ_n ds[n, i] · x̂[n, i]
//! db[i]    = Σ_n ds[n, i]
//! ```

use super::array::Array;

/// `s`, of the shape of `x`.
#[must_use]
pub fn forward(x: &Array<2>, w: &Array<1>, b: &Array<1>, epsilon: f64) -> Array<2> {
    let [samples, features] = x.shape();
    let (normalised, _) = normalise(x, epsilon);
    let mut s = Array::zeros(x.shape());
    for n in 0..samples {
        for i in 0..features {
            s[[n, i]] = w[[i]] * normalised[[n, i]] + b[[i]];
        }
    }
    s
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx(x: &Array<2>, w: &Array<1>, ds: &Array<2>, epsilon: f64) -> Array<2> {
    let [samples, features] = x.shape();
    let (normalised, r) = normalise(x, epsilon);
    let mut dx = Array::zeros(x.shape());
    for n in 0..samples {
        let mut mean = 0.0;
        let mut projection = 0.0;
        for i in 0..features {
            let d = w[[i]] * ds[[n, i]];
            mean += d / features as f64;
            projection += d * normalised[[n, i]] / features as f64;
        }
        for k in 0..features {
            let d = w[[k]] * ds[[n, k]];
            dx[[n, k]] = r[[n]] * (d - mean - normalised[[n, k]] * projection);
        }
    }
    dx
}

/// One entry of `dw: [F]`.
#[must_use]
pub fn dw(x: &Array<2>, ds: &Array<2>, epsilon: f64, i: usize) -> f64 {
    let [samples, _] = x.shape();
    let (normalised, _) = normalise(x, epsilon);
    let mut dw = 0.0;
    for n in 0..samples {
        dw += ds[[n, i]] * normalised[[n, i]];
    }
    dw
}

/// One entry of `db: [F]`.
#[must_use]
pub fn db(ds: &Array<2>, i: usize) -> f64 {
    let [samples, _] = ds.shape();
    let mut db = 0.0;
    for n in 0..samples {
        db += ds[[n, i]];
    }
    db
}

/// `x̂`, of the shape of `x`, and `r: [n]`.
#[must_use]
pub fn normalise(x: &Array<2>, epsilon: f64) -> (Array<2>, Array<1>) {
    let [samples, features] = x.shape();
    let mut normalised = Array::zeros(x.shape());
    let mut r = Array::zeros([samples]);
    for n in 0..samples {
        let mut mean = 0.0;
        for i in 0..features {
            mean += x[[n, i]] / features as f64;
        }
        let mut variance = 0.0;
        for i in 0..features {
            variance += (x[[n, i]] - mean).powi(2) / features as f64;
        }
        r[[n]] = 1.0 / (variance + epsilon).sqrt();
        for i in 0..features {
            normalised[[n, i]] = (x[[n, i]] - mean) * r[[n]];
        }
    }
    (normalised, r)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_has_mean_0_and_variance_1() {
        let x = Array::new([2, 4], vec![1.0, 2.0, 3.0, 6.0, -5.0, 0.0, 0.5, 1.5]);
        let one = Array::new([4], vec![1.0; 4]);
        let s = forward(&x, &one, &Array::zeros([4]), 0.0);
        for row in s.values().chunks(4) {
            assert!(row.iter().sum::<f64>().abs() < 1e-14);
            assert!((row.iter().map(|s| s * s).sum::<f64>() / 4.0 - 1.0).abs() < 1e-14);
        }
        // Neither the place nor the scale of a vector comes through.
        let moved = x.map(|x| 10.0 - 3.0 * x);
        let again = forward(&moved, &one, &Array::zeros([4]), 0.0);
        for (s, again) in s.values().iter().zip(again.values()) {
            assert!((s + again).abs() < 1e-14);
        }
    }
    /// The slope of `E = Σ k s` along each input.
    #[test]
    fn the_derivative_goes_through_mean_and_variance() {
        let values = (0..10).map(|i| f64::from(i * i % 13) / 4.0).collect();
        let x = Array::new([2, 5], values);
        let ds = Array::new(x.shape(), (0..10).map(|i| f64::from(i % 4) - 1.5).collect());
        let w = Array::new([5], vec![1.5, -0.5, 2.0, 0.25, 1.0]);
        let b = Array::new([5], vec![0.1, 0.2, 0.0, -1.0, 3.0]);
        let error = |x: &Array<2>| -> f64 {
            let s = forward(x, &w, &b, 0.25);
            s.values().iter().zip(ds.values()).map(|(s, k)| s * k).sum()
        };
        let found = dx(&x, &w, &ds, 0.25);
        let h = 1e-5;
        for at in 0..10 {
            let (mut up, mut down) = (x.clone(), x.clone());
            up.values_mut()[at] += h;
            down.values_mut()[at] -= h;
            let slope = (error(&up) - error(&down)) / (2.0 * h);
            let found = found.values()[at];
            // The formula leaves out h² times a third derivative of order 1.
            assert!((slope - found).abs() < 1e-8, "{at}: {slope} {found}");
        }
    }
}
