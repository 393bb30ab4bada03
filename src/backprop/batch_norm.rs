//! Batch normalisation: each channel to mean 0 and variance 1 over the batch, then scaled by `w` (γ) and shifted by `b` (β).
//!
//! For each channel of `x: [n, channels]` or `[n, channels, height, width]`, with its `m = n · height · width` values numbered by `i`:
//!
//! ```text
//! μ = 1/m Σ_i x[i]      v = 1/m Σ_i (x[i] − μ)²      x̂[i] = (x[i] − μ) / √(v + ε)      s[i] = w x̂[i] + b
//! ```
//!
//! As in a dense layer `dw = Σ_i ds[i] x̂[i]`, `db = Σ_i ds[i]`, and `∂E/∂x̂[i] = w ds[i]`. But `x[j]` moves all `x̂[i]`, by μ and by v. With
//! `∂μ/∂x[j] = 1/m` and `∂v/∂x[j] = 2/m (x[j] − μ)` (the derivative by way of μ is 0, as deviations sum to 0):
//!
//! ```text
//! ∂x̂[i]/∂x[j] = 1/√(v + ε) · ([i = j] − 1/m) − (x[i] − μ) / 2 (v + ε)^(3/2) · 2/m (x[j] − μ)
//!             = 1/√(v + ε) · ([i = j] − 1/m − x̂[i] x̂[j] / m)
//! dx[j]       = w / √(v + ε) · (ds[j] − db/m − x̂[j] dw/m)
//! ```
//!
//! the backward pass of Ioffe and Szegedy 2015, section 3, in one line.
//!
//! One sample alone (`n = 1`) is normalised with the mean and variance that have run along in training. These are constants, so
//! `dx = w / √(v + ε) · ds`.

use super::array::Array;

/// What has run along in training.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// Of each channel.
    pub mean: Vec<f64>,
    /// Of each channel.
    pub variance: Vec<f64>,
    /// ε
    pub epsilon: f64,
}

/// One channel of a batch.
pub(super) struct Channel {
    /// Where its values stand, row by row.
    pub positions: Vec<usize>,
    /// `x̂`
    normalised: Vec<f64>,
    /// `√(v + ε)`
    pub deviation: f64,
}

impl Channel {
    pub(super) fn new<const D: usize>(x: &Array<D>, running: &Running, c: usize) -> Self {
        let positions = positions(x.shape(), c);
        let values: Vec<f64> = positions.iter().map(|&at| x.values()[at]).collect();
        let (mean, variance) = if x.shape()[0] > 1 {
            let mean = mean_of(values.iter().copied());
            let squares = values.iter().map(|x| (x - mean) * (x - mean));
            (mean, mean_of(squares))
        } else {
            (running.mean[c], running.variance[c])
        };
        let deviation = (variance + running.epsilon).sqrt();
        let normalised = values.iter().map(|x| (x - mean) / deviation).collect();
        Self {
            positions,
            normalised,
            deviation,
        }
    }
}

/// `s`, of the shape of `x`.
#[must_use]
pub fn forward<const D: usize>(
    x: &Array<D>,
    w: &Array<1>,
    b: &Array<1>,
    running: &Running,
) -> Array<D> {
    let mut s = Array::zeros(x.shape());
    for c in 0..x.shape()[1] {
        let channel = Channel::new(x, running, c);
        for (&at, normalised) in channel.positions.iter().zip(channel.normalised) {
            s.values_mut()[at] = w[[c]] * normalised + b[[c]];
        }
    }
    s
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx<const D: usize>(
    x: &Array<D>,
    w: &Array<1>,
    ds: &Array<D>,
    running: &Running,
) -> Array<D> {
    let mut dx = Array::zeros(x.shape());
    for c in 0..x.shape()[1] {
        let channel = Channel::new(x, running, c);
        // 0 where mean and variance are constants.
        let (mut shift, mut tilt) = (0.0, 0.0);
        if x.shape()[0] > 1 {
            let m = channel.positions.len() as f64;
            shift = db(ds, c) / m;
            tilt = dw(x, ds, running, c) / m;
        }
        let factor = w[[c]] / channel.deviation;
        for (&at, normalised) in channel.positions.iter().zip(channel.normalised) {
            dx.values_mut()[at] = factor * (ds.values()[at] - shift - normalised * tilt);
        }
    }
    dx
}

/// `dw[c]`
#[must_use]
pub fn dw<const D: usize>(x: &Array<D>, ds: &Array<D>, running: &Running, c: usize) -> f64 {
    let channel = Channel::new(x, running, c);
    let pairs = channel.positions.iter().zip(channel.normalised);
    pairs.map(|(&at, x)| ds.values()[at] * x).sum()
}

/// `db[c]`
#[must_use]
pub fn db<const D: usize>(ds: &Array<D>, c: usize) -> f64 {
    let positions = positions(ds.shape(), c);
    positions.into_iter().map(|at| ds.values()[at]).sum()
}

/// Where channel `c` stands, row by row.
fn positions<const D: usize>(shape: [usize; D], c: usize) -> Vec<usize> {
    let area: usize = shape[2..].iter().product();
    let first = |n| (n * shape[1] + c) * area;
    let samples = 0..shape[0];
    samples.flat_map(|n| first(n)..first(n) + area).collect()
}

fn mean_of(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running() -> Running {
        Running {
            mean: vec![0.5, -0.25],
            variance: vec![2.0, 0.5],
            epsilon: 0.25,
        }
    }

    #[test]
    fn two_samples_become_plus_and_minus_one() {
        let running = Running {
            epsilon: 0.0,
            ..running()
        };
        let x = Array::new([2, 2], vec![1.0, -4.0, 3.0, 4.0]);
        let (w, b) = (
            Array::new([2], vec![2.0, 3.0]),
            Array::new([2], vec![0.0, 1.0]),
        );
        assert_eq!(
            forward(&x, &w, &b, &running).values(),
            [-2.0, -2.0, 2.0, 4.0]
        );
        // Wherever the two are, so nothing changes when they move.
        let ds = Array::new([2, 2], vec![1.0, 5.0, 0.0, -1.0]);
        assert_eq!(dx(&x, &w, &ds, &running).values(), [0.0; 4]);
        assert_eq!((dw(&x, &ds, &running, 1), db(&ds, 1)), (-6.0, 4.0));
    }

    #[test]
    fn one_sample_is_normalised_with_what_has_run_along() {
        let x = Array::new([1, 2], vec![2.0, 0.75]);
        let (w, b) = (
            Array::new([2], vec![3.0, 1.0]),
            Array::new([2], vec![1.0, 0.0]),
        );
        let s = forward(&x, &w, &b, &running());
        assert!((s[[0, 0]] - 4.0).abs() < 1e-15, "(2 − 0.5) / √2.25 = 1");
        let ds = Array::new([1, 2], vec![1.0, 0.0]);
        let dx = dx(&x, &w, &ds, &running());
        assert!((dx[[0, 0]] - 2.0).abs() < 1e-15, "3 / √2.25");
    }

    /// The slope of `E = Σ k s` along each input.
    #[test]
    fn the_derivative_goes_through_mean_and_variance() {
        let values = (0..24).map(|i| f64::from(i * i % 13) / 4.0).collect();
        let x = Array::new([3, 2, 2, 2], values);
        let ds = Array::new(x.shape(), (0..24).map(|i| f64::from(i % 5) - 1.5).collect());
        let (w, b) = (
            Array::new([2], vec![1.5, -0.5]),
            Array::new([2], vec![0.1, 0.2]),
        );
        let error = |x: &Array<4>| -> f64 {
            let s = forward(x, &w, &b, &running());
            s.values().iter().zip(ds.values()).map(|(s, k)| s * k).sum()
        };
        let found = dx(&x, &w, &ds, &running());
        let h = 1e-5;
        for at in 0..24 {
            let (mut up, mut down) = (x.clone(), x.clone());
            up.values_mut()[at] += h;
            down.values_mut()[at] -= h;
            let slope = (error(&up) - error(&down)) / (2.0 * h);
            let found = found.values()[at];
            assert!((slope - found).abs() < 1e-8, "{at}: {slope} {found}");
        }
    }
}
