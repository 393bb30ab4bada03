//! The order of an epoch: a permutation that is a function of (seed, epoch), cut into batches.
//!
//! The order is drawn anew every epoch, on the host, so that it is the same on every back end and independent of how
//! many threads compute. It is a permutation of the whole split, also where the samples are on disk: nothing is shuffled within a
//! window only, as streaming readers do. The last batch may be short; it is never dropped.

use rand::seq::SliceRandom;

use super::split::Indices;
use crate::config::BatchSize;
use crate::random::{Purpose, generator};

/// The training samples in the order of `epoch` (from 1).
#[must_use]
pub fn order(train: &[u32], seed: u64, epoch: usize) -> Indices {
    let mut order = train.to_vec();
    order.shuffle(&mut generator(seed, Purpose::Order, epoch as u64, 0));
    order
}

/// How many samples a step takes, for a training split of `samples`.
#[must_use]
pub fn size(configured: BatchSize, samples: usize) -> usize {
    match configured {
        BatchSize::Full => samples,
        BatchSize::Samples(size) => size.min(samples),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_a_permutation_that_depends_on_seed_and_epoch_alone() {
        let train: Indices = (0..500).map(|i| i * 3).collect();
        let first = order(&train, 42, 1);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, train);
        assert_eq!(first, order(&train, 42, 1));
        assert_ne!(first, order(&train, 42, 2));
        assert_ne!(first, order(&train, 43, 1));
    }

    #[test]
    fn any_order_is_a_permutation_on_any_thread() {
        arbtest::arbtest(|random| {
            let (seed, epoch) = (random.arbitrary()?, random.int_in_range(1..=1_000_000)?);
            let mut train: Indices = random.arbitrary()?;
            let found = order(&train, seed, epoch);
            let mut sorted = found.clone();
            sorted.sort_unstable();
            train.sort_unstable();
            assert_eq!(sorted, train);
            Ok(())
        });
        let train: Indices = (0..10_000).collect();
        let here = order(&train, 7, 3);
        let elsewhere: Vec<Indices> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| order(&train, 7, 3)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(elsewhere.iter().all(|order| *order == here));
    }
}
