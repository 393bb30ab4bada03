//! From places in the data set to what a step learns from.

use burn::tensor::Device;

use super::step::Batch;
use crate::data::{Augmentation, DataError, Dataset};
use crate::model::{Aim, Loss, Moment};

/// Places training samples on a device.
#[derive(Clone, Copy, Debug)]
pub struct Loader<'a> {
    /// Where the samples are.
    pub dataset: &'a Dataset,
    /// What is done to them.
    pub augmentation: &'a Augmentation,
    /// What is minimised.
    pub loss: Loss,
    /// What a step aims at.
    pub aim: &'a Aim,
    /// Where they go.
    pub device: &'a Device,
}

impl<'a> Loader<'a> {
    /// The samples of one step at `indices`, in parts of `size`, whose shares sum to 1. The first is drawn for the moment
    /// `first`, and each other one for a step of its own after it.
    ///
    /// Each fails where samples that are on disk cannot be read.
    #[must_use]
    pub fn parts(
        self,
        indices: &'a [u32],
        size: usize,
        first: Moment,
    ) -> impl ExactSizeIterator<Item = Result<Batch, DataError>> + use<'a> {
        let parts = indices.chunks(size.max(1)).enumerate();
        parts.map(move |(part, of_part)| {
            let moment = Moment {
                step: first.step + part,
                ..first
            };
            let batch = Batch::new(self, of_part, moment)?;
            Ok(batch.part(of_part.len() as f64 / indices.len() as f64))
        })
    }
}
