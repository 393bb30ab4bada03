//! Are the back end's gradients right? burn's autodiff against the hand derivation, and both against central differences.
//!
//! ```text
//! Architecture, Network ─ by_hand ──→ the same chain, hand-derived, in f64        (crate::backprop)
//! Dataset ─────────────── samples ──→ a few training samples, away from kinks     (kinks)
//!          │
//!          ├─ by hand ──────→ ∂E/∂w of every tensor, ∂E/∂x of the input
//!          ├─ autodiff ─────→ the same from the back end, in its precision
//!          └─ differences ──→ (E(w + h) − E(w − h)) / 2h, in f64
//!                    ▼
//!              agreement ───→ one row per tensor: how far apart, where, and whether that is too far
//! ```
//!
//! Back ends of this framework have shipped wrong gradients, so this is part of every run: [`check()`] with a few samples
//! before training, and `brecha check-gradients` at length.

mod agreement;
mod autodiff;
mod budget;
pub mod by_hand;
mod check;
mod differences;
mod entries;
mod error;
pub mod example;
mod findings;
mod kinks;
mod rounding;
mod samples;

pub use agreement::{Comparison, Scale, Tolerance, relative_difference};
pub use budget::affordable_samples;
pub use check::{Precision, Question, SUBSET, WHOLE_WORK, check};
pub use error::{Disagreement, GradientError};
pub use findings::{Check, Row, Verdict};
