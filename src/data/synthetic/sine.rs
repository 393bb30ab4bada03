//! A wave: the simplest function that a line does not fit.
//!
//! One tanh is one smooth step. Two whole waves have four turns, so that each further hidden unit can be seen at work: what
//! the lecture says of N separators in the plane, as a curve over one input.

use std::f64::consts::TAU;

use rand::Rng;

use super::random::{gaussian_pair, unit};
use super::{check_sample_count, single};
use crate::config::SineConfig;
use crate::data::error::DataError;
use crate::data::samples::{RawData, SampleShape, Samples, Values};
use crate::data::targets::Meaning;

/// `sin(2πx)` with Gaussian noise, for x uniform in [−1, 1].
///
/// # Errors
///
/// When there are no samples or too many, or when the noise is not finite.
pub fn sine(config: &SineConfig, rng: &mut impl Rng) -> Result<RawData, DataError> {
    const NAME: &str = "sine";
    check_sample_count(NAME, config.samples)?;
    let (mut values, mut numbers) = (Vec::new(), Vec::new());
    for _ in 0..config.samples {
        // Of the x that the network sees, not of the one before rounding.
        let x = single(2.0 * unit(rng) - 1.0);
        let [shift, _] = gaussian_pair(rng);
        values.push(x);
        numbers.push((TAU * f64::from(x)).sin() + config.noise * shift);
    }
    let shape = SampleShape::Vector { features: 1 };
    let samples = Samples::new(NAME, shape, Values::F32(values), numbers)?;
    RawData::new(NAME, samples, None, Meaning::Number("y".to_owned()))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn drawn(samples: usize, noise: f64) -> Result<RawData, DataError> {
        sine(
            &SineConfig { samples, noise },
            &mut ChaCha8Rng::seed_from_u64(1),
        )
    }

    #[test]
    fn points_lie_on_the_wave_and_noise_moves_them() {
        let (still, moved) = (drawn(4000, 0.0).unwrap(), drawn(4000, 0.5).unwrap());
        assert_eq!(still.samples.values, moved.samples.values);
        let Values::F32(x) = &still.samples.values else {
            panic!("points have coordinates");
        };
        let (wave, noisy) = (
            still.samples.targets.numbers(),
            moved.samples.targets.numbers(),
        );
        let mut squares = 0.0;
        for ((x, wave), noisy) in x.iter().zip(wave).zip(noisy) {
            assert!(x.abs() <= 1.0 && (wave - (TAU * f64::from(*x)).sin()).abs() < 1e-12);
            squares += (noisy - wave).powi(2) / 4000.0;
        }
        // The variance of 4000 draws, 0.25, has a standard error of 0.25 √(2/4000): five of them.
        assert!((squares - 0.25_f64).abs() < 5.0 * 0.0056, "{squares}");
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error() {
        assert!(matches!(drawn(0, 0.1), Err(DataError::NoSamples { .. })));
        let many = drawn(usize::MAX, 0.1);
        assert!(matches!(many, Err(DataError::TooManySamples { .. })));
        for noise in [f64::NAN, f64::INFINITY, f64::MAX] {
            let infinite = drawn(10, noise);
            assert!(matches!(infinite, Err(DataError::Number { .. })));
        }
    }
}
