//! Some entries of a gradient: all of them, or a random few.

use rand::seq::index::sample;

use crate::random::{Purpose, generator};

/// Entries of one tensor, by their position row by row, ascending.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entries {
    pub(super) indices: Vec<usize>,
    pub(super) values: Vec<f64>,
}

impl Entries {
    /// The largest size among them.
    pub(super) fn largest(&self) -> f64 {
        self.values
            .iter()
            .fold(0.0, |largest, value| largest.max(value.abs()))
    }

    /// What a whole tensor says at these positions.
    pub(super) fn of(&self, whole: &[f64]) -> Vec<f64> {
        self.indices.iter().map(|&index| whole[index]).collect()
    }

    /// At most `count` of them: a function of the seed and the tensor's number.
    pub(super) fn some(&self, count: usize, seed: u64, tensor: usize) -> Self {
        let chosen = positions(self.indices.len(), count, seed, tensor);
        self.at(&chosen)
    }

    /// Those that have a partner, and the partners.
    pub(super) fn paired(&self, partners: &[Option<f64>]) -> (Self, Vec<f64>) {
        let there = partners.iter().enumerate();
        let there: Vec<usize> = there
            .filter_map(|(position, partner)| partner.map(|_| position))
            .collect();
        (
            self.at(&there),
            partners.iter().flatten().copied().collect(),
        )
    }

    fn at(&self, positions: &[usize]) -> Self {
        Self {
            indices: positions.iter().map(|&at| self.indices[at]).collect(),
            values: positions.iter().map(|&at| self.values[at]).collect(),
        }
    }
}

/// At most `count` of `length` positions, ascending, without repetition: a function of the seed and the tensor's number.
pub(super) fn positions(length: usize, count: usize, seed: u64, tensor: usize) -> Vec<usize> {
    if count >= length {
        return (0..length).collect();
    }
    let mut generator = generator(seed, Purpose::GradientEntries, 0, tensor as u64);
    let mut drawn = sample(&mut generator, length, count).into_vec();
    drawn.sort_unstable();
    drawn
}
