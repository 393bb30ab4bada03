//! What the readers ask the machine.

#[path = "../../../../src/machine/limits.rs"]
pub mod limits;
#[path = "../../../../src/machine/memory.rs"]
pub mod memory;
