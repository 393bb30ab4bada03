//! Every output sees every input.
//!
//! For `n` samples, `x: [n, inputs]`, `w: [inputs, outputs]`, `b: [outputs]`:
//!
//! ```text
//! s[n, o] = b[o] + Σ_i x[n, i] · w[i, o]
//! ```
//!
//! Let `ds = ∂E/∂s`, the sensitivity δ of the lecture. `x[n, i]` acts on `E` through `s[n, o]` for every `o`, with
//! derivative `w[i, o]`; `w[i, o]` through `s[n, o]` for every sample, with derivative `x[n, i]`; `b[o]` the same way
//! with derivative 1. So by the chain rule
//!
//! ```text
//! dx[n, i] = Σ_o ds[n, o] · w[i, o]        dx = ds wᵀ
//! dw[i, o] = Σ_n x[n, i] · ds[n, o]        dw = xᵀ ds       (the lecture's x δᵀ, summed over the samples)
//! db[o]    = Σ_n ds[n, o]                                   (its row 0, where x is 1)
//! ```

use super::array::Array;

/// `s: [n, outputs]`
#[must_use]
pub fn forward(x: &Array<2>, w: &Array<2>, b: &Array<1>) -> Array<2> {
    let [samples, inputs] = x.shape();
    let [_, outputs] = w.shape();
    let mut s = Array::zeros([samples, outputs]);
    for n in 0..samples {
        let s = s.row_mut([n]);
        s.copy_from_slice(b.values());
        for i in 0..inputs {
            for (s, w) in s.iter_mut().zip(w.row([i])) {
                *s += x[[n, i]] * w;
            }
        }
    }
    s
}

/// `dx: [n, inputs]`
#[must_use]
pub fn dx(w: &Array<2>, ds: &Array<2>) -> Array<2> {
    let [samples, _] = ds.shape();
    let [inputs, _] = w.shape();
    let mut dx = Array::zeros([samples, inputs]);
    for n in 0..samples {
        for i in 0..inputs {
            for (ds, w) in ds.row([n]).iter().zip(w.row([i])) {
                dx[[n, i]] += ds * w;
            }
        }
    }
    dx
}

/// One entry of `dw: [inputs, outputs]`.
#[must_use]
pub fn dw(x: &Array<2>, ds: &Array<2>, [i, o]: [usize; 2]) -> f64 {
    let [samples, _] = x.shape();
    let mut dw = 0.0;
    for n in 0..samples {
        dw += x[[n, i]] * ds[[n, o]];
    }
    dw
}

/// One entry of `db: [outputs]`.
#[must_use]
pub fn db(ds: &Array<2>, o: usize) -> f64 {
    let [samples, _] = ds.shape();
    let mut db = 0.0;
    for n in 0..samples {
        db += ds[[n, o]];
    }
    db
}
