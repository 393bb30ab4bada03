//! Uniform and Gaussian draws, spelled out here so that neither another version of a library nor another platform
//! changes a data set.
//!
//! Bits become a number by exact arithmetic. Box and Muller's transformation needs a logarithm, a sine and a cosine, of
//! which the standard library promises no particular last bit; the coordinates are rounded from 53 to 24 bits
//! afterwards, so a difference there survives in about one value of 10⁸.

use std::f64::consts::TAU;

use rand::Rng;

/// Uniform in [0, 1): the upper 53 bits, as many as an `f64` holds exactly.
#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits fit into the significand"
)]
pub(in crate::data) fn unit(rng: &mut impl Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Two independent draws with mean 0 and variance 1 (Box and Muller 1958): a point whose direction is uniform and whose
/// squared distance is exponential.
pub(in crate::data) fn gaussian_pair(rng: &mut impl Rng) -> [f64; 2] {
    // In (0, 1], so that the logarithm is finite: no draw is further out than √(-2 ln 2⁻⁵³) = 8.57.
    let distance = (-2.0 * (1.0 - unit(rng)).ln()).sqrt();
    let (sine, cosine) = (TAU * unit(rng)).sin_cos();
    [distance * cosine, distance * sine]
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use rand::{SeedableRng, TryRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// A generator that always gives the same bits.
    struct Constant(u64);

    impl TryRng for Constant {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            unreachable!("draws take 64 bits")
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(self.0)
        }

        fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
            unreachable!("draws take 64 bits")
        }
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "the arithmetic is exact")]
    fn the_ends_of_the_range_are_finite() {
        assert_eq!(unit(&mut Constant(0)), 0.0);
        assert_eq!(unit(&mut Constant(u64::MAX)), 1.0 - f64::EPSILON / 2.0);
        assert_eq!(gaussian_pair(&mut Constant(0)), [0.0, 0.0]);
        let furthest = gaussian_pair(&mut Constant(u64::MAX));
        assert!(furthest.iter().all(|draw| draw.abs() < 8.58));
    }

    #[test]
    fn mean_variance_and_tails_are_those_of_a_gaussian() {
        let mut rng = ChaCha8Rng::seed_from_u64(42);
        let draws: Vec<f64> = (0..10_000).flat_map(|_| gaussian_pair(&mut rng)).collect();
        let count = 20_000.0;
        let mean = draws.iter().sum::<f64>() / count;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / count;
        let beyond_two = draws
            .iter()
            .map(|draw| f64::from(draw.abs() > 2.0))
            .sum::<f64>()
            / count;
        let covariance = draws.chunks(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / 10_000.0;
        // Four standard errors each: √(1/n), √(2/n), √(p(1-p)/n) with p = 0.0455, and √(1/(n/2)).
        assert!(mean.abs() < 4.0 * 0.00708, "{mean}");
        assert!((variance - 1.0).abs() < 4.0 * 0.0100, "{variance}");
        assert!((beyond_two - 0.0455).abs() < 4.0 * 0.00148, "{beyond_two}");
        assert!(covariance.abs() < 4.0 * 0.0100, "{covariance}");
    }
}
