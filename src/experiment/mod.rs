//! One text, many runs: a `[sweep]` becomes points, and finished points become rows.
//!
//! Each point is the plain `train` command on its own configuration, so that it can be run alone, anywhere, and counts
//! as finished when its own `run.json` says so: nothing else is kept of the state of a sweep.

pub mod grid;
pub mod rows;

pub use grid::{Point, points};
