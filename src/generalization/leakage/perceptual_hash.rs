//! 64 bits that similar images share: `pHash`, one bit for each of the lowest frequencies of the cosine transform, by whether it lies
//! above their median (Zauner 2010, Implementation and Benchmarking of Perceptual Image Hash Functions, section 3.2.1;
//! <https://www.phash.org>).
//!
//! For an image `x: [height, width]`, the transform (DCT-II) at the frequencies `k` down and `l` to the right is
//!
//! ```text
//! X[k, l] = Σ_i Σ_j x[i, j] · cos(π k (i + ½) / height) · cos(π l (j + ½) / width)        k, l = 0 … 7
//! ```
//!
//! The original makes every image one of 32 × 32 pixels first. That is left out: of low frequencies little is lost, and nothing is
//! rounded to bytes on the way, which the 17 greys of the digits would not survive.

use std::f64::consts::PI;

/// Frequencies in each direction: 8 × 8 = 64 bits.
const SIDE: usize = 8;

/// What counts as rounding, in units of the largest frequency: a few hundred roundings of the sums.
const ROUNDING: f32 = 1e-5;

/// Images of the shape of one data set → hashes.
pub(super) struct PerceptualHash {
    /// The cosines of each row.
    down: Vec<[f32; SIDE]>,
    /// The cosines of each column.
    right: Vec<[f32; SIDE]>,
}

impl PerceptualHash {
    /// For images of this size, 1 at least.
    pub(super) fn new(height: usize, width: usize) -> Self {
        Self {
            down: cosines(height),
            right: cosines(width),
        }
    }

    /// The hash of the sum of the channels of `values: [channels, height, width]`.
    pub(super) fn of(&self, values: &[u8]) -> u64 {
        let mut frequencies = [[0.0; SIDE]; SIDE];
        let rows = values.chunks_exact(self.right.len());
        for (row, down) in rows.zip(self.down.iter().cycle()) {
            let mut of_row = [0.0; SIDE];
            for (&value, right) in row.iter().zip(&self.right) {
                for (sum, cosine) in of_row.iter_mut().zip(right) {
                    *sum += f32::from(value) * cosine;
                }
            }
            for (frequencies, cosine) in frequencies.iter_mut().zip(down) {
                for (sum, of_row) in frequencies.iter_mut().zip(of_row) {
                    *sum += of_row * cosine;
                }
            }
        }
        bits(frequencies.as_flattened())
    }
}

/// `cos(π k (i + ½) / length)` for each `i` and `k`.
fn cosines(length: usize) -> Vec<[f32; SIDE]> {
    let cosine = |i: usize, k: usize| (PI * k as f64 * (i as f64 + 0.5) / length as f64).cos();
    let of = |i| std::array::from_fn(|k| cosine(i, k) as f32);
    (0..length).map(of).collect()
}

/// Which of 64 numbers lie above their median. Those that are the median but for rounding do not: most frequencies of a plain ramp are
/// 0, and would say more about the sums than about the image.
fn bits(frequencies: &[f32]) -> u64 {
    let mut sorted = frequencies.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let middle = sorted.len() / 2;
    let median = f32::midpoint(sorted[middle - 1], sorted[middle]);
    let largest = sorted[0].abs().max(sorted[sorted.len() - 1].abs());
    let bar = median + ROUNDING * largest;
    frequencies
        .iter()
        .fold(0, |bits, &frequency| bits << 1 | u64::from(frequency > bar))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: [usize; 2] = [12, 20];

    /// What a formula gives for each row and column.
    fn image(value: impl Fn(f64, f64) -> f64) -> Vec<u8> {
        let [height, width] = SHAPE;
        let places = (0..height).flat_map(|i| (0..width).map(move |j| (i as f64, j as f64)));
        places.map(|(i, j)| value(i, j).round() as u8).collect()
    }

    fn hash(values: &[u8]) -> u64 {
        PerceptualHash::new(SHAPE[0], SHAPE[1]).of(values)
    }

    /// The bit of a frequency.
    fn bit(k: usize, l: usize) -> u64 {
        1 << (63 - (k * SIDE + l))
    }

    #[test]
    fn a_wave_is_its_own_frequency() {
        let [height, width] = SHAPE.map(|side| side as f64);
        let wave = |k: f64, l: f64| {
            image(|i, j| {
                let down = (PI * k * (i + 0.5) / height).cos();
                let right = (PI * l * (j + 0.5) / width).cos();
                // Bytes round by half a unit at most, which is next to nothing of 127 in a sum of 240; a wave of twice the height
                // would leave the bytes.
                127.5 + 127.0 * down * right
            })
        };
        for [k, l] in [[0, 1], [3, 0], [2, 5], [7, 7]] {
            let found = hash(&wave(k as f64, l as f64));
            assert_eq!(found & bit(0, 0), bit(0, 0), "the mean");
            assert_eq!(found & bit(k, l), bit(k, l), "{k}, {l}: {found:064b}");
        }
    }

    #[test]
    fn what_is_only_rounding_has_no_bit() {
        // Exactly the mean, and nothing else.
        assert_eq!(hash(&image(|_, _| 200.0)), bit(0, 0));
        // A ramp to the right has frequencies of no column but the first.
        let ramp = hash(&image(|_, j| 10.0 * j));
        let first_row = u64::MAX << (64 - SIDE);
        assert_eq!(ramp & !first_row, 0, "{ramp:064b}");
        // Darker and brighter, it is the same.
        assert_eq!(ramp, hash(&image(|_, j| 9.0 * j + 3.0)));
    }

    #[test]
    fn channels_add_up() {
        let [one, other] = [image(|i, j| i * j), image(|i, j| 200.0 - i * j / 2.0)];
        let sum: Vec<u8> = one.iter().zip(&other).map(|(a, b)| a / 2 + b / 2).collect();
        let both = [&sum[..], &sum].concat();
        assert_eq!(hash(&both), hash(&sum));
    }
}
