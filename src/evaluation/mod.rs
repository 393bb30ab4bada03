//! One frozen network on one split. Shares the network and the data with training, and nothing else.

pub mod answers;
pub mod confusion;
pub mod measure;
pub mod plane;

pub use measure::{
    Answered, MeasureError, Measured, measure, measure_batches, measure_in_training_mode,
    measure_samples,
};
