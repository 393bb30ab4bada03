//! The mean of each channel: an image becomes a vector with one entry per channel (Lin, Chen and Yan 2014, section 3.2).
//!
//! For `x: [n, channels, height, width]`, `A = height · width`:
//!
//! ```text
//! s[n, c]        = 1/A · Σ_y Σ_z x[n, c, y, z]
//! dx[n, c, y, z] = 1/A · ds[n, c]
//! ```

use super::array::Array;

/// `s: [n, channels]`
#[must_use]
pub fn forward(x: &Array<4>) -> Array<2> {
    let [samples, channels, height, width] = x.shape();
    let area = height * width;
    let mean = |channel: &[f64]| channel.iter().sum::<f64>() / area as f64;
    let means = x.values().chunks(area).map(mean).collect();
    Array::new([samples, channels], means)
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx(shape: [usize; 4], ds: &Array<2>) -> Array<4> {
    let [_, _, height, width] = shape;
    let area = height * width;
    let spread = |&ds: &f64| std::iter::repeat_n(ds / area as f64, area);
    Array::new(shape, ds.values().iter().flat_map(spread).collect())
}

#[cfg(test)]
mod tests {
    use super::super::avg_pool;
    use super::*;

    /// One window that covers the whole image.
    #[test]
    fn it_is_an_average_pool_as_large_as_the_image() {
        let values = (0..24).map(|i| f64::from(i * i % 17)).collect();
        let x = Array::new([2, 2, 2, 3], values);
        let (s, pooled) = (forward(&x), avg_pool::forward(&x, [2, 3], [1, 1]));
        let ds = Array::new([2, 2], vec![1.0, -2.0, 3.0, 0.5]);
        let of_pool = Array::new([2, 2, 1, 1], ds.values().to_vec());
        let expected = avg_pool::dx(x.shape(), &of_pool, [2, 3], [1, 1]);
        let found = dx(x.shape(), &ds);
        assert_eq!((s.shape(), found.shape()), ([2, 2], x.shape()));
        let sides = s.values().iter().chain(found.values());
        let others = pooled.values().iter().chain(expected.values());
        for (a, b) in sides.zip(others) {
            assert!((a - b).abs() < 1e-14, "{a} {b}");
        }
    }
}
