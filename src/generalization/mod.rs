//! Did the network learn, or did it memorise?
//!
//! This module is a judge: counts and moments go in, intervals and a verdict come out. It knows nothing of
//! tensors, of training or of the rest of the crate, because a judge shares nothing with what it judges, and
//! because plain numbers can be checked against published tables. It never panics: a count of zero or a number
//! that is not finite makes an answer less certain, never absent.
//!
//! ```text
//! evidence ─→ verdict ─→ rule ─→ sample_size       judges classes (numbers: regression); asks the tests in order; how many samples would decide
//!                │         ├─→ rise               since when validation loss rises while training loss falls
//!                └─────────┴──────────┴─→ gap ─→ quantiles       the intervals that all of it rests on
//! so_far                                           the part of the rule that one epoch answers, while a run goes on
//! paired, repeats                                  two networks on the same samples; one configuration with several seeds
//! simulation                                       how often all of this is wrong
//! ```

pub mod advice;
pub mod baselines;
pub mod decomposition;
mod evidence;
pub mod gap;
pub mod leakage;
pub mod learning_curve;
pub mod least_squares;
pub mod mean;
pub mod paired;
mod quantiles;
pub mod regression;
pub mod repeats;
pub mod rise;
mod rule;
mod sample_size;
pub mod simulation;
pub mod so_far;
pub mod verdict;
mod wording;

pub use evidence::{
    Answered, Divergence, EpochMeasurement, Evidence, HeldOut, LossChange, Measurement, Score,
    SimplerMethod,
};
pub use gap::{CONFIDENCE, Estimate, Interval, Proportion, accuracy_gap, rate_interval};
pub use mean::{Moments, loss_gap, mean_change};
pub use regression::Explained;
pub use rise::{Rise, rise};
pub use so_far::{Glance, Standing};
pub use verdict::{Compared, DEFAULT_TOLERANCE, Judgement, Outdone, Verdict, judge};

#[cfg(test)]
mod advice_tests;
#[cfg(test)]
mod error_rate_tests;
#[cfg(test)]
mod gap_tests;
#[cfg(test)]
mod rise_tests;
#[cfg(test)]
mod verdict_tests;
