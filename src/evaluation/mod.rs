//! One frozen network on one split. Shares the network and the data with training, and nothing else.

pub mod measure;

pub use measure::measure;
