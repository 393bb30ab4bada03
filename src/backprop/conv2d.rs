//! Two-dimensional convolution, which in this field is a cross-correlation: the kernel is not mirrored.
//!
//! For `n` samples, `x: [n, channels, height, width]`, `w: [filters, channels, kernel height, kernel width]`,
//! `b: [filters]`, strides `S` and zeros `P` around the input:
//!
//! ```text
//! s[n, f, i, j] = b[f] + Σ_c Σ_u Σ_v w[f, c, u, v] · x[n, c, y, z]
//!                 with y = i · S₀ + u − P_top,  z = j · S₁ + v − P_left,  and x = 0 outside
//! ```
//!
//! Let `ds = ∂E/∂s`. One input value acts on `E` through every window that covers it, each time with the weight under
//! which it lies there; one weight through every position of its filter, each time with the value that lies under it:
//!
//! ```text
//! dx[n, c, y, z] = Σ_f Σ_{i, j, u, v that meet at (y, z)} ds[n, f, i, j] · w[f, c, u, v]
//! dw[f, c, u, v] = Σ_n Σ_i Σ_j ds[n, f, i, j] · x[n, c, i · S₀ + u − P_top, j · S₁ + v − P_left]
//! db[f]          = Σ_n Σ_i Σ_j ds[n, f, i, j]
//! ```
//!
//! The first sum is computed the other way round: each window hands its `ds · w` to the values that it covers.

use std::ops::Range;

use super::array::Array;

/// How the windows lie on the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// S: step between two windows, down and to the right.
    pub stride: [usize; 2],
    /// P: zeros before and after the image, vertically and horizontally.
    pub padding: [(usize, usize); 2],
}

impl Windows {
    /// How many windows of length `kernel` fit along `axis` of length `side`.
    #[must_use]
    pub fn positions(&self, axis: usize, side: usize, kernel: usize) -> usize {
        let (before, after) = self.padding[axis];
        (before + side + after - kernel) / self.stride[axis] + 1
    }

    /// Where on the image, along `axis` of length `side`, offset `u` of window `i` lies; `None` in the zeros.
    #[must_use]
    pub fn place(&self, axis: usize, i: usize, u: usize, side: usize) -> Option<usize> {
        let (before, _) = self.padding[axis];
        let place = (i * self.stride[axis] + u).checked_sub(before)?;
        (place < side).then_some(place)
    }

    /// Those of `count` windows along `axis` whose offset `u` lies on the image, and where that of the first of them lies. That of the
    /// next lies a stride further.
    fn on_image(&self, axis: usize, u: usize, side: usize, count: usize) -> (Range<usize>, usize) {
        let ((before, _), stride) = (self.padding[axis], self.stride[axis]);
        let first = before.saturating_sub(u).div_ceil(stride);
        let end = (before + side)
            .saturating_sub(u)
            .div_ceil(stride)
            .min(count);
        let place = first * stride + u - before;
        (first.min(end)..end, place.min(side))
    }
}

/// `s: [n, filters, ⌊(height + zeros − kernel) / stride⌋ + 1, the same for the width]`
#[must_use]
pub fn forward(x: &Array<4>, w: &Array<4>, b: &Array<1>, windows: &Windows) -> Array<4> {
    let [samples, channels, height, width] = x.shape();
    let [filters, _, rows, columns] = w.shape();
    let down = windows.positions(0, height, rows);
    let right = windows.positions(1, width, columns);
    let mut s = Array::zeros([samples, filters, down, right]);
    for n in 0..samples {
        for f in 0..filters {
            for i in 0..down {
                let s = s.row_mut([n, f, i]);
                s.fill(b[[f]]);
                for u in 0..rows {
                    let Some(y) = windows.place(0, i, u, height) else {
                        continue;
                    };
                    for v in 0..columns {
                        let (j, z) = windows.on_image(1, v, width, right);
                        for c in 0..channels {
                            let x = &x.row([n, c, y])[z..];
                            add(&mut s[j.clone()], 1, w[[f, c, u, v]], x, windows.stride[1]);
                        }
                    }
                }
            }
        }
    }
    s
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx(shape: [usize; 4], w: &Array<4>, ds: &Array<4>, windows: &Windows) -> Array<4> {
    let [samples, channels, height, width] = shape;
    let [filters, _, rows, columns] = w.shape();
    let [_, _, down, right] = ds.shape();
    let mut dx = Array::zeros(shape);
    for n in 0..samples {
        for f in 0..filters {
            for i in 0..down {
                let ds = ds.row([n, f, i]);
                for u in 0..rows {
                    let Some(y) = windows.place(0, i, u, height) else {
                        continue;
                    };
                    for v in 0..columns {
                        let (j, z) = windows.on_image(1, v, width, right);
                        for c in 0..channels {
                            let dx = &mut dx.row_mut([n, c, y])[z..];
                            add(dx, windows.stride[1], w[[f, c, u, v]], &ds[j.clone()], 1);
                        }
                    }
                }
            }
        }
    }
    dx
}

/// `to[k · to_step] += factor · from[k · from_step]`, for all `k` that both have.
fn add(to: &mut [f64], to_step: usize, factor: f64, from: &[f64], from_step: usize) {
    if to_step == 1 && from_step == 1 {
        // As below, in vectors.
        for (to, from) in to.iter_mut().zip(from) {
            *to += factor * from;
        }
    } else {
        let from = from.iter().step_by(from_step);
        for (to, from) in to.iter_mut().step_by(to_step).zip(from) {
            *to += factor * from;
        }
    }
}

/// One entry of `dw: [filters, channels, kernel height, kernel width]`.
#[must_use]
pub fn dw(x: &Array<4>, ds: &Array<4>, windows: &Windows, [f, c, u, v]: [usize; 4]) -> f64 {
    let [samples, _, height, width] = x.shape();
    let [_, _, down, right] = ds.shape();
    let (j, z) = windows.on_image(1, v, width, right);
    let mut dw = 0.0;
    for n in 0..samples {
        for i in 0..down {
            let Some(y) = windows.place(0, i, u, height) else {
                continue;
            };
            let (ds, x) = (&ds.row([n, f, i])[j.clone()], &x.row([n, c, y])[z..]);
            dw += product(ds, x, windows.stride[1]);
        }
    }
    dw
}

/// `Σ_k ds[k] · x[k · step]`
fn product(ds: &[f64], x: &[f64], step: usize) -> f64 {
    let mut product = 0.0;
    if step == 1 {
        // As below, without counting.
        for (ds, x) in ds.iter().zip(x) {
            product += ds * x;
        }
    } else {
        for (ds, x) in ds.iter().zip(x.iter().step_by(step)) {
            product += ds * x;
        }
    }
    product
}

/// One entry of `db: [filters]`.
#[must_use]
pub fn db(ds: &Array<4>, f: usize) -> f64 {
    let [samples, _, down, _] = ds.shape();
    let mut db = 0.0;
    for n in 0..samples {
        for i in 0..down {
            for ds in ds.row([n, f, i]) {
                db += ds;
            }
        }
    }
    db
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dumoulin and Visin, *A guide to convolution arithmetic for deep learning* (2016), figure 1.1: the printed
    /// input, kernel and output.
    #[test]
    fn the_guide_to_convolution_arithmetic_is_reproduced() {
        let x = Array::new([1, 1, 5, 5], super::super::GUIDE_INPUT.to_vec());
        let kernel = [0.0, 1.0, 2.0, 2.0, 2.0, 0.0, 0.0, 1.0, 2.0];
        let w = Array::new([1, 1, 3, 3], kernel.to_vec());
        let b = Array::zeros([1]);
        let windows = |stride, zeros| Windows {
            stride: [stride; 2],
            padding: [(zeros, zeros); 2],
        };
        let s = forward(&x, &w, &b, &windows(1, 0));
        let printed = [12.0, 12.0, 17.0, 10.0, 17.0, 19.0, 9.0, 6.0, 14.0];
        assert_eq!(s.values(), printed);
        // Figure 1.3: the same with one zero around and steps of 2.
        let s = forward(&x, &w, &b, &windows(2, 1));
        let printed = [6.0, 17.0, 3.0, 8.0, 17.0, 13.0, 6.0, 4.0, 4.0];
        assert_eq!(s.values(), printed);
    }
}
