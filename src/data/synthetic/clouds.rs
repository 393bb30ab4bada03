//! The shapes on which networks are usually shown: circle, moons, spirals, blobs.
//!
//! All lie around the origin and reach about one unit far, so that they need no normalisation.

use std::f64::consts::{FRAC_2_PI, PI, TAU};

use rand::Rng;

use super::draw;
use super::random::unit;
use crate::config::{BlobsConfig, CloudConfig};
use crate::data::error::DataError;
use crate::data::samples::RawData;

/// How often each spiral turns around the origin, as in TensorFlow's Playground.
const SPIRAL_TURNS: f64 = 1.75;

/// Points uniform in the square [−1, 1]², labelled by whether they lie inside the circle of half the square's area
/// (radius √(2/π) = 0.798), and only then moved by the noise.
///
/// Each point is drawn until it falls on the side whose turn it is. As both sides have the same area, the points stay
/// uniform over the square, and the classes are balanced exactly.
///
/// # Errors
///
/// When there are no samples or too many, or when the noise is not finite.
pub fn circle(config: &CloudConfig, rng: &mut impl Rng) -> Result<RawData, DataError> {
    let classes = vec!["outside".to_owned(), "inside".to_owned()];
    draw(
        "circle",
        classes,
        config.samples,
        config.noise,
        rng,
        |sample, rng| {
            let class = sample % 2;
            loop {
                let [x1, x2] = [2.0 * unit(rng) - 1.0, 2.0 * unit(rng) - 1.0];
                if usize::from(x1 * x1 + x2 * x2 < FRAC_2_PI) == class {
                    return ([x1, x2], class);
                }
            }
        },
    )
}

/// Two interleaved half circles of radius 1, points evenly along them: the geometry of scikit-learn's `make_moons`,
/// moved by (−0.5, −0.25) so that its centre is the origin.
///
/// # Errors
///
/// When there are no samples or too many, or when the noise is not finite.
pub fn moons(config: &CloudConfig, rng: &mut impl Rng) -> Result<RawData, DataError> {
    let classes = vec!["upper".to_owned(), "lower".to_owned()];
    draw(
        "moons",
        classes,
        config.samples,
        config.noise,
        rng,
        |sample, _| {
            let class = sample % 2;
            // The first moon gets the odd one.
            let on_moon = (config.samples + 1 - class) / 2;
            let (sine, cosine) = (PI * share(sample / 2, on_moon.saturating_sub(1))).sin_cos();
            let [x1, x2] = match class {
                0 => [cosine, sine],
                _ => [1.0 - cosine, 0.5 - sine],
            };
            ([x1 - 0.5, x2 - 0.25], class)
        },
    )
}

/// Two spirals of 1.75 turns, one the other's mirror image in the origin, points evenly along the angle: the geometry
/// of TensorFlow's Playground, scaled from a radius of 5 to 1. The innermost point of each is one step from the origin,
/// not at it, where both classes would meet.
///
/// # Errors
///
/// When there are no samples or too many, or when the noise is not finite.
pub fn spirals(config: &CloudConfig, rng: &mut impl Rng) -> Result<RawData, DataError> {
    let classes = vec!["first".to_owned(), "second".to_owned()];
    draw(
        "spirals",
        classes,
        config.samples,
        config.noise,
        rng,
        |sample, _| {
            let radius = share(sample / 2 + 1, config.samples.div_ceil(2));
            let (sine, cosine) = (SPIRAL_TURNS * TAU * radius).sin_cos();
            let class = sample % 2;
            let signed = if class == 0 { radius } else { -radius };
            ([signed * sine, signed * cosine], class)
        },
    )
}

/// Gaussian clouds, one per class, whose centres lie evenly on the unit circle, the first at (1, 0).
///
/// # Errors
///
/// When there are no samples or too many, when the classes are not 1 to 256, or when the noise is not finite.
pub fn blobs(config: &BlobsConfig, rng: &mut impl Rng) -> Result<RawData, DataError> {
    // One too many is enough for `draw` to refuse it; a list of all names might not fit into memory. It also refuses
    // none, before the closure divides by their number.
    let count = config.classes;
    let classes = (0..count.min(257)).map(|class| class.to_string()).collect();
    draw(
        "blobs",
        classes,
        config.samples,
        config.noise,
        rng,
        |sample, _| {
            let class = sample % count;
            let (sine, cosine) = (TAU * share(class, count)).sin_cos();
            ([cosine, sine], class)
        },
    )
}

/// `part / whole`, and 0 of nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "`draw` refuses counts that f64 does not hold exactly"
)]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::data::samples::Values;

    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(42)
    }

    fn exact(samples: usize) -> CloudConfig {
        CloudConfig {
            samples,
            noise: 0.0,
        }
    }

    /// Points with their labels.
    fn points(data: &RawData) -> Vec<([f32; 2], u8)> {
        let Values::F32(values) = &data.samples.values else {
            panic!("points have coordinates");
        };
        let points = values.as_chunks().0.iter().copied();
        points
            .zip(data.samples.targets.labels().iter().copied())
            .collect()
    }

    fn counts(data: &RawData) -> Vec<usize> {
        let of = |class| {
            data.samples
                .targets
                .labels()
                .iter()
                .filter(move |&&label| usize::from(label) == class)
        };
        (0..data.meaning.classes().len())
            .map(|class| of(class).count())
            .collect()
    }

    /// Coordinates of at most 2 that were rounded to `f32` once, after errors far below: 2 · 2⁻²⁴ < 2e-7.
    fn assert_near(found: [f32; 2], expected: [f32; 2]) {
        let near = found
            .iter()
            .zip(expected)
            .all(|(found, expected)| (found - expected).abs() < 2e-7);
        assert!(near, "{found:?}, not {expected:?}");
    }

    #[test]
    fn classes_are_balanced() {
        assert_eq!(counts(&circle(&exact(101), &mut rng()).unwrap()), [51, 50]);
        assert_eq!(counts(&moons(&exact(101), &mut rng()).unwrap()), [51, 50]);
        assert_eq!(counts(&spirals(&exact(101), &mut rng()).unwrap()), [51, 50]);
        let config = BlobsConfig {
            samples: 101,
            classes: 4,
            noise: 0.1,
        };
        assert_eq!(
            counts(&blobs(&config, &mut rng()).unwrap()),
            [26, 25, 25, 25]
        );
    }

    #[test]
    fn the_circle_divides_the_points_of_the_whole_square() {
        let points = points(&circle(&exact(4000), &mut rng()).unwrap());
        let radius = FRAC_2_PI.sqrt();
        let mut upper_right = 0.0;
        let mut corner = 0.0;
        for ([x1, x2], label) in points {
            assert!(x1.abs() <= 1.0 && x2.abs() <= 1.0);
            let distance = f64::from(x1).hypot(x2.into());
            assert_eq!(label == 1, distance < radius, "{x1} {x2}");
            upper_right += f64::from(x1 > 0.0 && x2 > 0.0);
            corner += f64::from(x1.abs() > 0.9 && x2.abs() > 0.9);
        }
        // Uniform means 1/4 and 1/100 of the points; four standard errors √(p(1-p)/4000).
        assert!((upper_right / 4000.0_f64 - 0.25).abs() < 4.0 * 0.00685);
        assert!((corner / 4000.0_f64 - 0.01).abs() < 4.0 * 0.00158);
    }

    /// The values of `make_moons(6, shuffle=False)`, moved to the centre and alternating.
    #[test]
    fn the_moons_are_those_of_scikit_learn() {
        let expected = [
            [0.5, -0.25],
            [-0.5, 0.25],
            [-0.5, 0.75],
            [0.5, -0.75],
            [-1.5, -0.25],
            [1.5, 0.25],
        ];
        let found = points(&moons(&exact(6), &mut rng()).unwrap());
        for (index, ((point, label), expected)) in found.into_iter().zip(expected).enumerate() {
            assert_near(point, expected);
            assert_eq!(usize::from(label), index % 2);
        }
    }

    #[test]
    fn each_spiral_is_the_mirror_image_of_the_other() {
        let points = points(&spirals(&exact(200), &mut rng()).unwrap());
        let (outermost, _) = points[198];
        // After 1.75 turns from the upper end of the x2 axis, clockwise: at (-1, 0).
        assert_near(outermost, [-1.0, 0.0]);
        for (step, pair) in points.chunks(2).enumerate() {
            let [(first, 0), (second, 1)] = pair else {
                panic!("the classes alternate");
            };
            assert_near(*first, second.map(|value| -value));
            let distance = f64::from(first[0]).hypot(first[1].into());
            assert!((distance - share(step + 1, 100)).abs() < 2e-7);
        }
    }

    #[test]
    fn blobs_lie_around_the_unit_circle() {
        let mut config = BlobsConfig {
            samples: 4,
            classes: 4,
            noise: 0.0,
        };
        let found = points(&blobs(&config, &mut rng()).unwrap());
        let expected = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]];
        for ((point, _), expected) in found.into_iter().zip(expected) {
            assert_near(point, expected);
        }
        for classes in [0, 257, usize::MAX] {
            config.classes = classes;
            let error = blobs(&config, &mut rng());
            assert!(matches!(error, Err(DataError::ClassCount { .. })));
        }
    }

    /// A change here changes every data set that anyone has drawn: the first point of seed 42, to the last bit.
    #[test]
    fn the_first_points_of_a_seed_stay_the_same() {
        let config = CloudConfig {
            samples: 1,
            noise: 0.1,
        };
        let data = circle(&config, &mut rng()).unwrap();
        let bits = points(&data)[0].0.map(f32::to_bits);
        assert_eq!(bits, [1_049_925_699, 1_062_413_299]);
    }
}
