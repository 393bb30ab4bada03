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
    #[must_use]
    pub fn parts(
        self,
        indices: &'a [u32],
        size: usize,
        first: Moment,
    ) -> impl ExactSizeIterator<Item = Part<'a>> + use<'a> {
        let parts = indices.chunks(size.max(1)).enumerate();
        parts.map(move |(part, of_part)| Part {
            loader: self,
            indices: of_part,
            moment: Moment {
                step: first.step + part,
                ..first
            },
            share: of_part.len() as f64 / indices.len() as f64,
            place: 0,
        })
    }

    /// The same samples in batches of `size`, each of them in contiguous shards for several devices: the first shard of a batch goes
    /// to the first device, and their sizes differ by one at the most. Where there are fewer than `least` samples for each, the last
    /// devices get none.
    pub(super) fn shards(
        self,
        devices: &'a [Device],
        least: usize,
        indices: &'a [u32],
        size: usize,
        first: Moment,
    ) -> Vec<Part<'a>> {
        let mut parts = Vec::new();
        for batch in indices.chunks(size.max(1)) {
            let count = devices.len().min(batch.len() / least.max(1)).max(1);
            let (even, larger) = (batch.len() / count, batch.len() % count);
            let mut rest = batch;
            for (place, device) in devices.iter().take(count).enumerate() {
                let (shard, others) = rest.split_at(even + usize::from(place < larger));
                rest = others;
                parts.push(Part {
                    loader: Self { device, ..self },
                    indices: shard,
                    moment: Moment {
                        step: first.step + parts.len(),
                        ..first
                    },
                    share: shard.len() as f64 / indices.len() as f64,
                    place,
                });
            }
        }
        parts
    }
}

/// Samples of a step that are not on the device yet.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    loader: Loader<'a>,
    indices: &'a [u32],
    moment: Moment,
    /// Of the samples of its step.
    share: f64,
    /// Of its device among those that compute the step.
    place: usize,
}

impl Part<'_> {
    /// Of its device among those that compute the step, from 0.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// Of the samples of its step.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.share
    }

    /// Places them there.
    ///
    /// # Errors
    ///
    /// Samples that are on disk cannot be read.
    pub fn batch(self) -> Result<Batch, DataError> {
        let batch = Batch::new(self.loader, self.indices, self.moment)?;
        Ok(batch.part(self.share))
    }
}
