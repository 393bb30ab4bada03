//! Points in the plane, drawn when the program runs: the truth tables of the lecture and the shapes on which networks
//! are usually shown; and one wave, for networks that predict a number.
//!
//! Every source is a function of its options and of the generator it is given. The noise is drawn even where its
//! standard deviation is zero, so that with the same seed more noise moves the same points further in the same
//! directions. Samples alternate between the classes, which are therefore balanced to within one sample wherever the
//! definition of the source allows it.

mod clouds;
mod corners;
pub(super) mod random;
mod sine;

use rand::Rng;

pub use self::clouds::{blobs, circle, moons, spirals};
pub use self::corners::{Corners, corners};
pub use self::sine::sine;
use super::error::DataError;
use super::samples::{RawData, SampleShape, Samples, Values, check_class_count};

/// Ten million points, 80 MB: more would only be a slip of the finger.
const MOST_SAMPLES: usize = 10_000_000;

/// Draws `samples` points: `place` gives the position and the class of each, then Gaussian noise moves it.
fn draw<R: Rng>(
    name: &str,
    classes: Vec<String>,
    samples: usize,
    noise: f64,
    rng: &mut R,
    mut place: impl FnMut(usize, &mut R) -> ([f64; 2], usize),
) -> Result<RawData, DataError> {
    check_class_count(name, classes.len())?;
    check_sample_count(name, samples)?;
    let mut values = Vec::with_capacity(2 * samples);
    let mut labels = Vec::with_capacity(samples);
    for sample in 0..samples {
        let (position, class) = place(sample, rng);
        let shift = random::gaussian_pair(rng);
        values.extend([0, 1].map(|axis| single(position[axis] + noise * shift[axis])));
        // At most 256 classes, as checked above.
        labels.push(u8::try_from(class).unwrap_or(u8::MAX));
    }
    let shape = SampleShape::Vector { features: 2 };
    let samples = Samples::new(name, shape, Values::F32(values), labels)?;
    RawData::new(name, samples, None, classes)
}

fn check_sample_count(name: &str, samples: usize) -> Result<(), DataError> {
    if samples <= MOST_SAMPLES {
        return Ok(());
    }
    Err(DataError::TooManySamples {
        what: name.to_owned(),
        samples,
        largest: MOST_SAMPLES,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "tensors hold f32; beyond its range becomes infinite, which `Samples::new` refuses"
)]
fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::config::{BlobsConfig, CloudConfig, CornersConfig};

    /// Every source with the same number of samples and amount of noise.
    fn all(seed: u64, samples: usize, noise: f64) -> Vec<Result<RawData, DataError>> {
        let corner = CornersConfig {
            samples: Some(samples),
            noise,
        };
        let cloud = CloudConfig { samples, noise };
        let blob = BlobsConfig {
            samples,
            classes: 3,
            noise,
        };
        let rng = || ChaCha8Rng::seed_from_u64(seed);
        vec![
            corners(Corners::Or, &corner, &mut rng()),
            corners(Corners::And, &corner, &mut rng()),
            corners(Corners::Xor, &corner, &mut rng()),
            circle(&cloud, &mut rng()),
            moons(&cloud, &mut rng()),
            spirals(&cloud, &mut rng()),
            blobs(&blob, &mut rng()),
        ]
    }

    fn coordinates(data: &RawData) -> &[f32] {
        let Values::F32(values) = &data.samples.values else {
            panic!("points have coordinates");
        };
        values
    }

    #[test]
    fn the_generator_decides_everything() {
        for ((a, b), other) in all(1, 20, 0.1)
            .into_iter()
            .zip(all(1, 20, 0.1))
            .zip(all(2, 20, 0.1))
        {
            let a = a.unwrap();
            assert_eq!(a, b.unwrap(), "the same seed");
            assert_ne!(coordinates(&a), coordinates(&other.unwrap()), "{}", a.name);
        }
    }

    #[test]
    fn more_noise_moves_the_same_points_further() {
        let sets = all(5, 20, 0.0)
            .into_iter()
            .zip(all(5, 20, 0.1))
            .zip(all(5, 20, 0.2));
        for ((still, near), far) in sets {
            let (still, near, far) = (still.unwrap(), near.unwrap(), far.unwrap());
            assert_eq!(
                near.samples.targets.labels(),
                far.samples.targets.labels(),
                "{}",
                near.name
            );
            let moved = coordinates(&still)
                .iter()
                .zip(coordinates(&near))
                .zip(coordinates(&far));
            for ((still, near), far) in moved {
                // Each of the three is rounded once, values are below 2: 3 · 2⁻²⁴ · 2 < 1e-6.
                assert!(((far - still) - 2.0 * (near - still)).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error() {
        for data in all(1, 0, 0.1) {
            assert!(matches!(data, Err(DataError::NoSamples { .. })));
        }
        for data in all(1, usize::MAX, 0.1) {
            assert!(matches!(data, Err(DataError::TooManySamples { .. })));
        }
        for noise in [f64::NAN, f64::INFINITY, 1e300] {
            for data in all(1, 10, noise) {
                assert!(matches!(data, Err(DataError::Value { .. })));
            }
        }
    }

    #[test]
    fn one_sample_is_enough() {
        for data in all(1, 1, 0.0) {
            assert_eq!(data.unwrap().samples.len(), 1);
        }
    }
}
