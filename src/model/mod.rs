//! From layers as written to a network that computes.
//!
//! [`Architecture`] settles the shapes without tensors; [`Network`] is the burn module made from it, with first
//! weights drawn on the host ([`initial_weights`]); [`loss`] says what is minimised, on tensors for the gradient and
//! on the host for the measurement, and [`targets`] what a training step compares its outputs with.

pub mod architecture;
pub mod batch_norm;
pub mod convolution;
pub mod dense;
pub mod dropout;
pub mod flatten;
pub mod floats;
pub mod initial_weights;
pub mod kernels;
pub mod layer;
pub mod layer_norm;
pub mod loss;
pub mod network;
pub mod residual;
pub mod soft_targets;
pub mod targets;

pub use architecture::{Architecture, Loss};
pub use layer::{Activation, Layer, Operation, Window};
pub use network::{Mode, Moment, Network, Values};
pub use targets::Aim;
