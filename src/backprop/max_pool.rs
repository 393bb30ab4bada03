//! The largest value of each window.
//!
//! For `x: [n, channels, height, width]`, windows of `size` with steps `S`, no zeros around:
//!
//! ```text
//! s[n, c, i, j] = max over u, v of x[n, c, i · S₀ + u, j · S₁ + v]
//! ```
//!
//! Near a point where one value of a window is larger than all others, `s` equals that value, the **winner**. So the
//! derivative of `s` is 1 for the winner and 0 for the others, and a value that wins several windows collects from each:
//!
//! ```text
//! dx[n, c, y, z] = Σ over the windows (i, j) that (y, z) wins of ds[n, c, i, j]
//! ```
//!
//! Where two values tie there is no derivative. Here the first of them (row by row) wins; a comparison has to avoid ties.

use super::array::Array;

/// `s: [n, channels, ⌊(height − size) / stride⌋ + 1, the same for the width]`
#[must_use]
pub fn forward(x: &Array<4>, size: [usize; 2], stride: [usize; 2]) -> Array<4> {
    let mut s = Array::zeros(output_shape(x.shape(), size, stride));
    let [samples, channels, down, right] = s.shape();
    for n in 0..samples {
        for c in 0..channels {
            for i in 0..down {
                for j in 0..right {
                    let [y, z] = winner(x, size, stride, [n, c, i, j]);
                    s[[n, c, i, j]] = x[[n, c, y, z]];
                }
            }
        }
    }
    s
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx(x: &Array<4>, ds: &Array<4>, size: [usize; 2], stride: [usize; 2]) -> Array<4> {
    let [samples, channels, down, right] = ds.shape();
    let mut dx = Array::zeros(x.shape());
    for n in 0..samples {
        for c in 0..channels {
            for i in 0..down {
                for j in 0..right {
                    let [y, z] = winner(x, size, stride, [n, c, i, j]);
                    dx[[n, c, y, z]] += ds[[n, c, i, j]];
                }
            }
        }
    }
    dx
}

/// Row and column of the first largest value in window `(i, j)`.
#[must_use]
pub fn winner(
    x: &Array<4>,
    size: [usize; 2],
    stride: [usize; 2],
    [n, c, i, j]: [usize; 4],
) -> [usize; 2] {
    let corner = [i * stride[0], j * stride[1]];
    let mut winner = corner;
    for u in 0..size[0] {
        for v in 0..size[1] {
            let [y, z] = [corner[0] + u, corner[1] + v];
            if x[[n, c, y, z]] > x[[n, c, winner[0], winner[1]]] {
                winner = [y, z];
            }
        }
    }
    winner
}

/// The shape after pooling, of either kind.
#[must_use]
pub fn output_shape(
    [samples, channels, height, width]: [usize; 4],
    size: [usize; 2],
    stride: [usize; 2],
) -> [usize; 4] {
    let down = (height - size[0]) / stride[0] + 1;
    let right = (width - size[1]) / stride[1] + 1;
    [samples, channels, down, right]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dumoulin and Visin 2016, figure 1.6.
    #[test]
    fn the_guide_to_convolution_arithmetic_is_reproduced() {
        let x = Array::new([1, 1, 5, 5], super::super::GUIDE_INPUT.to_vec());
        let printed = [3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 2.0, 3.0];
        assert_eq!(forward(&x, [3, 3], [1, 1]).values(), printed);
    }
}
