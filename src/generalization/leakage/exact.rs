//! Samples with the same input, value for value.
//!
//! A hash table of 64 bits per input, so that the inputs themselves need not be in memory: the hash proposes and the
//! comparison of the inputs confirms, so that a collision costs a moment and never an accusation. Numbers are equal as the
//! network sees them: −0.0 is 0.0.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use super::{Found, Leakage, Pair, Samples, Unreadable, Values};

/// The position of the splits in arrays of three; a split is compared with those before it.
pub(super) const TRAIN: usize = 0;
pub(super) const VALIDATION: usize = 1;
pub(super) const TEST: usize = 2;

/// The samples by input: each group has one input.
pub(super) struct Groups {
    /// For each group the first sample in each split, if the split has one.
    pub(super) first: Vec<[Option<u32>; 3]>,
    /// For each split the group of each of its samples, in the order of the split.
    pub(super) of: [Vec<u32>; 3],
}

/// One input.
#[derive(Clone, Copy)]
enum Input<'a> {
    Bytes(&'a [u8]),
    Floats(&'a [f32]),
}

/// The bits of a value; the same for both zeros, and for every NaN.
fn bits(value: f32) -> u32 {
    if value.is_nan() {
        f32::NAN.to_bits()
    } else {
        (value + 0.0).to_bits()
    }
}

impl Hash for Input<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Bytes(values) => state.write(values),
            Self::Floats(values) => {
                for &value in *values {
                    state.write_u32(bits(value));
                }
            }
        }
    }
}

impl PartialEq for Input<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bytes(one), Self::Bytes(other)) => one == other,
            (Self::Floats(one), Self::Floats(other)) => {
                let same = |(&one, &other): (&f32, &f32)| bits(one) == bits(other);
                one.len() == other.len() && one.iter().zip(*other).all(same)
            }
            _ => false,
        }
    }
}

impl Eq for Input<'_> {}

/// The input of the sample at `index`, of `length` values; a stored one is read into `buffer`.
fn input<'a>(
    values: Values<'a>,
    length: usize,
    index: u32,
    buffer: &'a mut Vec<u8>,
) -> Result<Input<'a>, Unreadable> {
    let range = index as usize * length..(index as usize + 1) * length;
    Ok(match values {
        Values::Bytes(values) => Input::Bytes(&values[range]),
        Values::Floats(values) => Input::Floats(&values[range]),
        Values::Stored(values) => {
            buffer.resize(length, 0);
            values.read(range.start, buffer)?;
            Input::Bytes(buffer)
        }
    })
}

/// Groups the samples by input, and counts what repeats. The indices have been checked.
pub(super) fn find<Label: PartialEq>(
    samples: &Samples<'_, Label>,
    parts: [&[u32]; 3],
) -> Result<(Leakage, Groups), Unreadable> {
    let length = samples.shape.len();
    let (mut one, mut other) = (Vec::new(), Vec::new());
    let hasher = RandomState::new();
    let mut leakage = Leakage::default();
    let mut groups = Groups {
        first: Vec::new(),
        of: parts.map(|part| Vec::with_capacity(part.len())),
    };
    // By hash; groups of different inputs with one hash are chained.
    let mut known: HashMap<u64, u32> =
        HashMap::with_capacity(parts.iter().map(|part| part.len()).sum());
    // For each group the first sample of all, and the next group with its hash.
    let mut chain: Vec<(u32, Option<u32>)> = Vec::new();
    for (split, part) in parts.into_iter().enumerate() {
        for &index in part {
            let this = input(samples.values, length, index, &mut one)?;
            let hash = hasher.hash_one(this);
            let mut candidate = known.get(&hash).copied();
            while let Some(group) = candidate {
                let (first, next) = chain[group as usize];
                if input(samples.values, length, first, &mut other)? == this {
                    break;
                }
                candidate = next;
            }
            let group = candidate.unwrap_or_else(|| {
                let group = chain.len() as u32;
                chain.push((index, known.insert(hash, group)));
                groups.first.push([None; 3]);
                group
            }) as usize;
            groups.of[split].push(group as u32);
            let first = &mut groups.first[group];
            // Splits come in order, so the first of the first split that has one is the first of all.
            if let Some(origin) = first.iter().flatten().copied().next()
                && samples.labels[origin as usize] != samples.labels[index as usize]
            {
                leakage.conflicting_labels.add(Pair {
                    first: origin,
                    second: index,
                });
            }
            for (earlier, &first) in first.iter().enumerate().take(split + 1) {
                if let Some(first) = first {
                    finding(&mut leakage, earlier, split).add(Pair {
                        first,
                        second: index,
                    });
                }
            }
            first[split].get_or_insert(index);
        }
    }
    Ok((leakage, groups))
}

/// Where duplicates between two splits are counted.
fn finding(leakage: &mut Leakage, earlier: usize, split: usize) -> &mut Found<Pair> {
    let Leakage { within, across, .. } = leakage;
    match (earlier, split) {
        (TRAIN, TRAIN) => &mut within.train,
        (TRAIN, VALIDATION) => &mut across.train_validation,
        (TRAIN, _) => &mut across.train_test,
        (VALIDATION, VALIDATION) => &mut within.validation,
        (VALIDATION, _) => &mut across.validation_test,
        _ => &mut within.test,
    }
}
