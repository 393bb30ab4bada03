//! The network at some epochs of a run, so that one can watch it learn.

use crate::model::Network;

/// The network behind an epoch.
#[derive(Clone, Debug)]
pub struct Frame {
    /// 0 before the first.
    pub epoch: usize,
    /// Frozen.
    pub network: Network,
}

/// About `most` of the epochs from 0 to `last`, both among them: close together at the beginning, where much happens, with
/// distances that grow evenly.
#[must_use]
pub fn epochs(last: usize, most: usize) -> Vec<usize> {
    let steps = most.saturating_sub(1).max(1);
    let mut epochs: Vec<usize> = (0..=steps)
        .map(|step| {
            let share = step as f64 / steps as f64;
            ((share * share * last as f64).round() as usize).min(last)
        })
        .collect();
    epochs.dedup();
    epochs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_epochs_are_close_together() {
        assert_eq!(epochs(0, 8), [0]);
        assert_eq!(epochs(1, 8), [0, 1]);
        assert_eq!(epochs(3, 100), [0, 1, 2, 3]);
        assert_eq!(epochs(300, 6), [0, 12, 48, 108, 192, 300]);
        let many = epochs(10_000, 256);
        assert!(many.len() <= 256);
        assert_eq!((many[0], many.last()), (0, Some(&10_000)));
        let distances: Vec<usize> = many.windows(2).map(|pair| pair[1] - pair[0]).collect();
        // Rounding may take one back.
        assert!(distances.windows(2).all(|pair| pair[1] + 1 >= pair[0]));
    }
}
