//! What the machine has left for a run, and which process this is on which machine.
//!
//! Linux says all of it in text files; elsewhere most of it is not known, and then nothing is refused for it.

pub mod limits;
pub mod memory;
pub mod process;
