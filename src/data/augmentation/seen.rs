//! The very pictures that a run's training steps see, as bytes: for `brecha data preview`.

use super::{Augmentation, Scratch, Visit};
use crate::config::BatchSize;
use crate::data::{DataError, Dataset, Split, batches};

/// What becomes of these training samples in an epoch with batches of this size, mixed where the run would mix them; `None`
/// where samples are no bytes, or do not train.
///
/// # Errors
///
/// Images that are on disk cannot be read.
pub fn seen(
    dataset: &Dataset,
    augmentation: &Augmentation,
    batch_size: BatchSize,
    visit: Visit,
    samples: &[u32],
) -> Result<Option<Vec<Vec<u8>>>, DataError> {
    let order = batches::order(dataset.indices(Split::Train), visit.seed, visit.epoch);
    let size = batches::size(batch_size, order.len());
    let mut scratch = Scratch::default();
    let mut changed = |sample: u32| -> Result<Option<Vec<u8>>, DataError> {
        let Some(mut pixels) = dataset.bytes(sample)? else {
            return Ok(None);
        };
        augmentation.apply(&mut pixels, visit, sample, &mut scratch);
        Ok(Some(pixels))
    };
    let mut pictures = Vec::new();
    for &sample in samples {
        let position = order.iter().position(|&other| other == sample);
        let (Some(mut pixels), Some(position)) = (changed(sample)?, position) else {
            return Ok(None);
        };
        // The order has this position, so it has its batch.
        let batch = order.chunks(size).nth(position / size).unwrap_or_default();
        let mixture = augmentation.mixture(visit, position / size + 1, batch.len());
        if let Some(mixture) = mixture {
            let place = position % size;
            let weight = mixture.weights[place];
            let partner = changed(batch[mixture.partners[place]])?;
            for (own, other) in pixels.iter_mut().zip(partner.unwrap_or_default()) {
                let mixed = weight * f32::from(*own) + (1.0 - weight) * f32::from(other);
                *own = mixed.round() as u8;
            }
        }
        pictures.push(pixels);
    }
    Ok(Some(pictures))
}
