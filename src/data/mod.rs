//! From a name or a path to a [`Dataset`]: checked, divided into train, validation and test, normalised, in memory or on disk.
//!
//! A source ([`source`], one file each) gives [`RawData`]; [`split`] divides it; [`normalization`] scales it by what the
//! training split says; [`batches`] puts an epoch in order; [`augmentation`] changes the images of a training batch;
//! [`preparation`] remembers what was done to a file before. [`fetch`] brings the sets of [`published`] from the web. Nothing here
//! knows of tensors.

pub mod augmentation;
pub mod batches;
pub mod bundled;
mod cache;
pub mod cifar;
pub mod dataset;
pub mod description;
pub mod error;
pub mod fashion_mnist;
pub mod fetch;
pub(crate) mod file;
pub mod idx;
pub mod idx_source;
pub mod image_folder;
pub mod memory;
pub mod mnist;
pub mod normalization;
pub mod preparation;
pub mod published;
pub mod samples;
mod scratch;
pub mod source;
pub mod split;
pub mod stored;
pub mod synthetic;
pub mod table;
pub mod targets;
pub mod values;
pub mod watch;

pub use augmentation::Augmentation;
pub use dataset::{Dataset, HostBatch, Split};
pub use error::DataError;
pub use samples::{RawData, SampleBuffer, SampleShape, SampleValues, Samples, Values};
pub use targets::{Answers, Expected, Meaning, Target, Targets, Task};
