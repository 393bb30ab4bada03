//! Random zeros for whole channels (Tompson et al. 2015): neighbouring pixels say nearly the same, so that a single zero among
//! them takes nothing away. The mask `m: [n, channels]` is given, 0 with probability `rate` and else `1 / (1 − rate)`:
//!
//! ```text
//! s[n, c, i, j]  = m[n, c] · x[n, c, i, j]
//! dx[n, c, i, j] = m[n, c] · ds[n, c, i, j]
//! ```

use super::array::Array;

/// `s`, of the shape of `x`.
#[must_use]
pub fn forward(x: &Array<4>, mask: &Array<2>) -> Array<4> {
    scaled(x, mask)
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx(mask: &Array<2>, ds: &Array<4>) -> Array<4> {
    scaled(ds, mask)
}

fn scaled(x: &Array<4>, mask: &Array<2>) -> Array<4> {
    let [samples, channels, height, width] = x.shape();
    let mut s = Array::zeros(x.shape());
    for n in 0..samples {
        for c in 0..channels {
            for i in 0..height {
                for j in 0..width {
                    s[[n, c, i, j]] = mask[[n, c]] * x[[n, c, i, j]];
                }
            }
        }
    }
    s
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_goes_or_stays_as_a_whole() {
        let x = Array::new([1, 2, 1, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let mask = Array::new([1, 2], vec![0.0, 2.0]);
        let expected = [0.0, 0.0, 0.0, 8.0, 10.0, 12.0];
        assert_eq!(forward(&x, &mask).values(), expected);
        assert_eq!(dx(&mask, &x).values(), expected);
    }
}
