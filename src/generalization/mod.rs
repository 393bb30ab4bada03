//! Did the network learn, or did it memorise?
//!
//! This module is a judge: counts and moments go in, intervals and a verdict come out. It knows nothing of
//! tensors, of training or of the rest of the crate, because a judge shares nothing with what it judges, and
//! because plain numbers can be checked against published tables. It never panics: a count of zero or a number
//! that is not finite makes an answer less certain, never absent.
//!
//! ```text
//! evidence ─→ verdict ─→ rule ─→ sample_size       judges; asks the tests in order; how many samples would decide
//!                └─────────┴──────────┴─→ gap ─→ quantiles       the intervals that all of it rests on
//! ```

mod evidence;
pub mod gap;
mod quantiles;
mod rule;
mod sample_size;
pub mod verdict;
mod wording;

pub use evidence::{Divergence, EpochMeasurement, Evidence, Measurement};
pub use gap::{
    CONFIDENCE, Estimate, Interval, Moments, Proportion, accuracy_gap, loss_gap, wilson,
};
pub use verdict::{DEFAULT_TOLERANCE, Judgement, Verdict, judge};

#[cfg(test)]
mod error_rate_tests;
#[cfg(test)]
mod gap_tests;
#[cfg(test)]
mod verdict_tests;
