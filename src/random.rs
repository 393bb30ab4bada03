//! Randomness, explicit: every draw of a run is a function of (seed, purpose, epoch, step).
//!
//! A generator is never carried from one step to the next, so there is no generator state to save: a resumed
//! run draws what an uninterrupted one would have drawn, and adding a draw somewhere moves no other.
//! The four numbers *are* the 256-bit key of the `ChaCha` generator (Bernstein 2008), whose streams for different
//! keys are independent, and which gives the same bits on every platform and back end.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What is drawn. The number is part of the key: never reuse or renumber one, or old runs change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The points of a synthetic data source.
    Source = 1,
    /// Which sample goes to which split.
    Split = 2,
    /// Which training samples are measured after each epoch.
    MeasuredSamples = 3,
    /// The network's first weights; the step is the layer.
    InitialWeights = 4,
    /// The order of the training samples in an epoch.
    Order = 5,
    /// Which values a dropout layer zeroes in a step.
    Dropout = 6,
    /// Which training samples are kept when the configuration asks for fewer.
    TrainingSubset = 7,
    /// Which training samples the gradients are checked on, and the noise that keeps them off kinks.
    GradientSamples = 8,
    /// Which entries of a large gradient are checked; the step is the tensor.
    GradientEntries = 9,
    /// The rounding that shows how much of a difference is rounding.
    GradientRounding = 10,
    /// The simulations that say how often the judge is wrong; the step is the table.
    Calibration = 11,
    /// Training labels that are shuffled on purpose.
    ShuffledLabels = 12,
    /// What becomes of a training image when it is seen; the step is the sample.
    Augmentation = 13,
    /// Which training samples of a step's batch are mixed, and how much.
    Mixup = 14,
    /// Measurements of a network's calibration that are imagined for the interval of its error.
    CalibrationError = 15,
    /// Noise on images whose saliency is averaged; the step is the sample.
    Saliency = 16,
}

/// The generator for one purpose at one moment. `epoch` and `step` are 0 where they mean nothing.
#[must_use]
pub fn generator(seed: u64, purpose: Purpose, epoch: u64, step: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    for (part, number) in key
        .chunks_exact_mut(8)
        .zip([seed, purpose as u64, epoch, step])
    {
        part.copy_from_slice(&number.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::Rng;

    #[test]
    fn each_of_the_four_numbers_changes_the_draw() {
        let first = |seed, purpose, epoch, step| generator(seed, purpose, epoch, step).next_u64();
        let draw = first(42, Purpose::Order, 1, 0);
        assert_eq!(draw, first(42, Purpose::Order, 1, 0));
        for other in [
            first(43, Purpose::Order, 1, 0),
            first(42, Purpose::Split, 1, 0),
            first(42, Purpose::Order, 2, 0),
            first(42, Purpose::Order, 1, 1),
        ] {
            assert_ne!(draw, other);
        }
    }
}
