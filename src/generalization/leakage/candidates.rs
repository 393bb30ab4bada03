//! Which hashes are within a few bits of a given one, without comparing all with all.
//!
//! Multi-index hashing (Norouzi, Punjani and Fleet 2014, Fast Exact Search in Hamming Space with Multi-Index Hashing,
//! IEEE Transactions on Pattern Analysis and Machine Intelligence 36:1107-1119, <https://arxiv.org/abs/1307.2982>): the
//! 64 bits are cut into five bands. Two hashes that differ in at most nine bits differ in at most one bit of at least one
//! band, for else they would differ in ten. So a table per band, probed at the band's value and at each value one bit
//! away, finds every such hash, and few others.

/// How many bands there are.
const BANDS: u32 = 5;

/// Bits of a band; the last has one less.
const BAND_BITS: u32 = 13;

/// The largest distance at which every hash is found: one bit more would need two bits in each band.
pub(super) const MAXIMUM_DISTANCE: u32 = 2 * BANDS - 1;

/// Hashes, ready to be searched.
pub(super) struct Candidates {
    bands: Vec<Band>,
}

/// The hashes sorted by the bits of one band.
struct Band {
    /// `entries[starts[value]..starts[value + 1]]` have that value in this band.
    starts: Vec<u32>,
    /// A hash and what it belongs to.
    entries: Vec<(u64, u32)>,
}

impl Candidates {
    /// Files each hash under each of its bands.
    pub(super) fn new(hashes: &[(u64, u32)]) -> Self {
        let bands = (0..BANDS).map(|band| Band::new(band, hashes)).collect();
        Self { bands }
    }

    /// Calls `found` once for each hash within [`MAXIMUM_DISTANCE`] of `hash`, with what it belongs to and the distance,
    /// in a fixed order, until `found` returns `false`.
    pub(super) fn near(&self, hash: u64, mut found: impl FnMut(u32, u32) -> bool) {
        for band in 0..BANDS {
            let value = value_in(band, hash);
            let neighbours = (0..width(band)).map(|bit| value ^ (1 << bit));
            for probe in std::iter::once(value).chain(neighbours) {
                for &(other, owner) in self.bands[band as usize].with(probe) {
                    let difference = hash ^ other;
                    let distance = difference.count_ones();
                    // What an earlier band has found is not found again.
                    let met = |band| value_in(band, difference).count_ones() <= 1;
                    if distance <= MAXIMUM_DISTANCE
                        && !(0..band).any(met)
                        && !found(owner, distance)
                    {
                        return;
                    }
                }
            }
        }
    }
}

impl Band {
    fn new(band: u32, hashes: &[(u64, u32)]) -> Self {
        let mut entries = hashes.to_vec();
        entries.sort_by_key(|&(hash, _)| value_in(band, hash));
        let mut starts = vec![0; (1 << width(band)) + 1];
        for &(hash, _) in &entries {
            starts[value_in(band, hash) + 1] += 1;
        }
        for value in 1..starts.len() {
            starts[value] += starts[value - 1];
        }
        Self { starts, entries }
    }

    fn with(&self, value: usize) -> &[(u64, u32)] {
        &self.entries[self.starts[value] as usize..self.starts[value + 1] as usize]
    }
}

/// How many bits a band has.
fn width(band: u32) -> u32 {
    BAND_BITS.min(u64::BITS - band * BAND_BITS)
}

/// The bits of a hash in a band, as a number.
fn value_in(band: u32, hash: u64) -> usize {
    ((hash >> (band * BAND_BITS)) & ((1 << width(band)) - 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_comparing_all_with_all_finds() {
        // A multiplicative sequence, with neighbours planted at every distance.
        let mut hashes = Vec::new();
        for origin in 0..200_u64 {
            let mut hash = (origin + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            for step in 0..12 {
                hashes.push((hash, hashes.len() as u32));
                hash ^= 1 << ((origin * 7 + step * 5) % 64);
            }
        }
        let candidates = Candidates::new(&hashes);
        for &(hash, _) in &hashes {
            let mut found = Vec::new();
            candidates.near(hash, |owner, distance| {
                found.push((owner, distance));
                true
            });
            found.sort_unstable();
            let expected: Vec<_> = hashes
                .iter()
                .map(|&(other, owner)| (owner, (hash ^ other).count_ones()))
                .filter(|&(_, distance)| distance <= MAXIMUM_DISTANCE)
                .collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn stops_when_told_and_finds_nothing_in_nothing() {
        let mut calls = 0;
        Candidates::new(&[(7, 0), (7, 1), (6, 2)]).near(7, |_, _| {
            calls += 1;
            calls < 2
        });
        assert_eq!(calls, 2);
        Candidates::new(&[]).near(u64::MAX, |_, _| unreachable!());
    }

    #[test]
    fn the_bands_cover_all_bits_once() {
        assert_eq!((0..BANDS).map(width).sum::<u32>(), u64::BITS);
        let ones: u32 = (0..BANDS)
            .map(|band| value_in(band, u64::MAX).count_ones())
            .sum();
        assert_eq!(ones, u64::BITS);
    }
}
