//! The mean of each window.
//!
//! For `x: [n, channels, height, width]`, windows of `size` with steps `S`, no zeros around:
//!
//! ```text
//! s[n, c, i, j] = 1 / (size₀ · size₁) · Σ_u Σ_v x[n, c, i · S₀ + u, j · S₁ + v]
//! ```
//!
//! Each value of a window moves its mean by `1 / (size₀ · size₁)`, and a value may lie in several windows:
//!
//! ```text
//! dx[n, c, y, z] = 1 / (size₀ · size₁) · Σ over the windows (i, j) that cover (y, z) of ds[n, c, i, j]
//! ```

use super::array::Array;
use super::max_pool::output_shape;

/// `s: [n, channels, ⌊(height − size) / stride⌋ + 1, the same for the width]`
#[must_use]
pub fn forward(x: &Array<4>, size: [usize; 2], stride: [usize; 2]) -> Array<4> {
    let mut s = Array::zeros(output_shape(x.shape(), size, stride));
    let [samples, channels, down, right] = s.shape();
    let factor = 1.0 / (size[0] * size[1]) as f64;
    for n in 0..samples {
        for c in 0..channels {
            for i in 0..down {
                for j in 0..right {
                    for u in 0..size[0] {
                        for v in 0..size[1] {
                            let [y, z] = [i * stride[0] + u, j * stride[1] + v];
                            s[[n, c, i, j]] += factor * x[[n, c, y, z]];
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
pub fn dx(shape: [usize; 4], ds: &Array<4>, size: [usize; 2], stride: [usize; 2]) -> Array<4> {
    let [samples, channels, down, right] = ds.shape();
    let factor = 1.0 / (size[0] * size[1]) as f64;
    let mut dx = Array::zeros(shape);
    for n in 0..samples {
        for c in 0..channels {
            for i in 0..down {
                for j in 0..right {
                    for u in 0..size[0] {
                        for v in 0..size[1] {
                            let [y, z] = [i * stride[0] + u, j * stride[1] + v];
                            dx[[n, c, y, z]] += factor * ds[[n, c, i, j]];
                        }
                    }
                }
            }
        }
    }
    dx
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dumoulin and Visin 2016, figure 1.5, printed to one decimal.
    #[test]
    fn the_guide_to_convolution_arithmetic_is_reproduced() {
        let x = Array::new([1, 1, 5, 5], super::super::GUIDE_INPUT.to_vec());
        let s = forward(&x, [3, 3], [1, 1]);
        let found: Vec<String> = s.values().iter().map(|s| format!("{s:.1}")).collect();
        let printed = [
            "1.7", "1.7", "1.7", "1.0", "1.2", "1.8", "1.1", "0.8", "1.3",
        ];
        assert_eq!(found, printed);
    }
}
