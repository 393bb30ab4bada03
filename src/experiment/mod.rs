//! One text, many runs: a `[sweep]` becomes points, and finished points become rows.
//!
//! Each point is the plain `train` command on its own configuration, so that it can be run alone, anywhere, and counts
//! as finished when its own `run.json` says so: nothing else is kept of the state of a sweep. What starts these commands
//! (threads here, Slurm, anything else) is a matter of [`launching`].

pub mod grid;
pub mod launching;
pub mod layout;
pub mod rows;
pub mod scale;

pub use grid::{Point, points};
pub use layout::Layout;
