//! One frozen network on one split. Shares the network and the data with training, and nothing else.

pub mod activations;
pub mod answers;
pub mod confusion;
pub mod filters;
pub mod measure;
pub mod plane;
pub mod predictions;
pub mod reliability;
pub mod saliency;

pub use measure::{
    Answered, MeasureError, Measured, measure, measure_batches, measure_in_training_mode,
    measure_samples,
};
