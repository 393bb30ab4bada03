//! A batch in parts, for all cores.
//!
//! How a batch is divided depends on its size alone: sums of a part are rounded by themselves, and the same batch must give the same
//! bits on any number of threads.

/// At the most: for more cores than this a part more would be needed, and every part costs a set of sums.
const PARTS: usize = 16;

/// At the least, where there are as many: each part has a set of sums to be cleared and added up. Chosen, not tuned.
const IMAGES: usize = 8;

/// Images of each part, the last may have fewer.
pub(crate) fn part_len(images: usize) -> usize {
    images.div_ceil(PARTS).max(IMAGES)
}
