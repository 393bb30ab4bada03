//! How often the judge is wrong: every promise of this module as a number that one command computes again.
//!
//! | file | question | how |
//! |---|---|---|
//! | `coverage.rs` | Does the accuracy gap's interval hold the true gap? | every outcome with its probability; no chance involved |
//! | `verdicts.rs` | How often is each verdict wrong, how often right? | the same |
//! | `losses.rs` | Does the loss gap's interval hold the true gap, for losses as skewed as real ones? | seeded draws |
//! | `squares.rs` | Do the intervals of squared errors, and of R², hold the truth? How often are verdicts on numbers wrong? | seeded draws |
//! | `epochs.rs` | What does choosing the best epoch cost? Is a rise of the validation loss ever seen where there is none? | seeded draws |
//!
//! All of it takes about fifteen seconds on one core. Draws are the caller's generator, so equal seeds give equal
//! tables.

mod coverage;
mod epochs;
mod losses;
mod squares;
mod verdicts;

use std::f64::consts::TAU;

use rand::Rng;

pub use coverage::{Coverage, coverage, local_average};
pub use epochs::{Memorising, Plateau, memorising, plateaus};
pub use losses::{LossCoverage, Losses, loss_coverage};
pub use squares::{Residuals, SquareCoverage, square_coverage};
pub use verdicts::{FalseVerdict, VerdictRates, false_verdicts, power};

/// Uniform in (0, 1]: the upper 53 bits.
fn unit(rng: &mut impl Rng) -> f64 {
    1.0 - (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Mean 0 and variance 1 (Box and Muller 1958).
fn gaussian(rng: &mut impl Rng) -> f64 {
    (-2.0 * unit(rng).ln()).sqrt() * (TAU * unit(rng)).cos()
}

/// Cross-entropy of two classes whose right answer leads by `margin`: ln(1 + e^−margin).
fn cross_entropy(margin: f64) -> f64 {
    if margin < -30.0 {
        -margin
    } else {
        (-margin).exp().ln_1p()
    }
}

#[cfg(test)]
mod tests;
