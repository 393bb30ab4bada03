//! The truth tables of the lecture on ±1 inputs, as four exact points or as noisy clouds around them.
//!
//! OR and AND are each one perceptron; XOR is none, whatever its weights, and so the reason for hidden layers.

use rand::Rng;

use super::draw;
use crate::config::CornersConfig;
use crate::data::error::DataError;
use crate::data::samples::RawData;

/// (x1, x2), in the order of the lecture's table.
const POINTS: [[f64; 2]; 4] = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]];

/// A function of two ±1 inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corners {
    /// True unless both are −1.
    Or,
    /// True only if both are +1.
    And,
    /// True if they differ.
    Xor,
}

impl Corners {
    fn name(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Xor => "xor",
        }
    }

    fn value(self, [x1, x2]: [f64; 2]) -> bool {
        let (x1, x2) = (x1 > 0.0, x2 > 0.0);
        match self {
            Self::Or => x1 || x2,
            Self::And => x1 && x2,
            Self::Xor => x1 != x2,
        }
    }
}

/// Points at the four corners in turn, moved by the noise. The label is that of the corner, so noise may carry a point
/// over the border: no network can then be perfect. Class 1 is `+1`, true. OR and AND are unbalanced by definition.
///
/// # Errors
///
/// When there are no samples or too many, or when the noise is not finite.
pub fn corners(
    table: Corners,
    config: &CornersConfig,
    rng: &mut impl Rng,
) -> Result<RawData, DataError> {
    let classes = vec!["−1".to_owned(), "+1".to_owned()];
    let samples = config.samples.unwrap_or(POINTS.len());
    draw(
        table.name(),
        classes,
        samples,
        config.noise,
        rng,
        |sample, _| {
            let corner = POINTS[sample % POINTS.len()];
            (corner, usize::from(table.value(corner)))
        },
    )
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::data::samples::Values;

    fn draw_corners(table: Corners, samples: Option<usize>, noise: f64) -> RawData {
        let config = CornersConfig { samples, noise };
        corners(table, &config, &mut ChaCha8Rng::seed_from_u64(7)).unwrap()
    }

    #[test]
    fn the_truth_tables_are_those_of_the_lecture() {
        let tables = [
            (Corners::Or, [0, 1, 1, 1]),
            (Corners::And, [0, 0, 0, 1]),
            (Corners::Xor, [0, 1, 1, 0]),
        ];
        for (table, labels) in tables {
            let data = draw_corners(table, None, 0.0);
            let points = vec![-1.0, -1.0, -1.0, 1.0, 1.0, -1.0, 1.0, 1.0];
            assert_eq!(data.samples.values, Values::F32(points));
            assert_eq!(data.samples.targets.labels(), labels, "{}", data.name);
            assert_eq!(data.meaning.classes(), ["−1", "+1"]);
        }
    }

    #[test]
    fn clouds_cycle_over_the_corners_and_keep_their_labels() {
        let data = draw_corners(Corners::Xor, Some(402), 0.2);
        assert_eq!(data.samples.targets.labels()[..6], [0, 1, 1, 0, 0, 1]);
        let Values::F32(values) = &data.samples.values else {
            panic!("points have coordinates");
        };
        for (sample, point) in values.chunks(2).enumerate() {
            for (value, corner) in point.iter().zip(POINTS[sample % 4]) {
                // No Gaussian draw is further out than 8.58 standard deviations, see `random`.
                assert!((f64::from(*value) - corner).abs() < 0.2 * 8.58);
            }
        }
        let spread: f64 = values
            .iter()
            .map(|value| (f64::from(value.abs()) - 1.0).powi(2))
            .sum();
        let variance = spread / 804.0;
        // 0.2² within four standard errors √(2/804) = 0.0499. At 5 σ from zero, `abs` changes nothing.
        assert!((variance / 0.04 - 1.0).abs() < 4.0 * 0.0499, "{variance}");
    }
}
