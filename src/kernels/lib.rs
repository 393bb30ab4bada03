//! Faster arithmetic for the CPU: convolution with activation and pooling, forward and backward, on slices of numbers.
//!
//! Knows nothing of burn or of brecha. Vectors of any width by [pulp](https://docs.rs/pulp), chosen when the program runs
//! ([`Instructions`]); cores by rayon. The same input gives the same bits on any number of threads.
#![doc = include_str!("log.md")]
#![allow(
    unsafe_code,
    reason = "loads and stores without a check of each index; see `vectors`"
)]
#![allow(
    clippy::needless_range_loop,
    clippy::similar_names,
    clippy::struct_field_names,
    reason = "registers of a block are counted like the rows and columns they stand for; a line has lanes, and a row padded rows"
)]
#![allow(
    clippy::inline_always,
    reason = "what is not inlined is compiled without the vector instructions of its caller"
)]

mod activate;
mod awake;
mod backward;
mod correlate;
mod dense;
mod exponential;
mod forward;
mod geometry;
mod images;
mod instructions;
mod layer;
pub mod optimizer;
mod parallel;
mod scratch;
mod sparse;
mod squares;
mod unwritten;
mod vectors;

pub use awake::awake;
pub use backward::{Gradients, Passed};
pub use geometry::{Activation, Convolution, Pool};
pub use images::{Images, Order};
pub use instructions::Instructions;
pub use layer::{Dense, DenseGradients, DensePassed};
pub use squares::sum_of_squares;
