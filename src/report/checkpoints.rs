//! `checkpoints/` in a run's folder: from where it goes on.
//!
//! Two are kept, and the one behind the best epoch, if one was written there. Each is written under a temporary name, synced and
//! renamed, and read back from the disk before an older one is removed, so that there is a whole one at any moment. That is done by a
//! thread of its own: the loop only copies its numbers.

mod folder;
mod writer;

pub use folder::{Found, Rejected, newest};
pub use writer::CheckpointWriter;

/// Below the run's.
pub const FOLDER: &str = "checkpoints";
