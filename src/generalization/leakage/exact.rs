//! Samples with the same input, value for value.
//!
//! A hash table whose keys are the inputs themselves: the hash proposes and the comparison of the keys confirms, so
//! that a collision costs a moment and never an accusation. Numbers are equal as the network sees them: −0.0 is 0.0.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use super::{Found, Leakage, Pair, Samples, Values};

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

/// One input as a key.
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

/// Groups the samples by input, and counts what repeats. The indices have been checked.
pub(super) fn find<Label: PartialEq>(
    samples: &Samples<'_, Label>,
    parts: [&[u32]; 3],
) -> (Leakage, Groups) {
    let length = samples.shape.len();
    let input = |index: u32| {
        let range = index as usize * length..(index as usize + 1) * length;
        match samples.values {
            Values::Bytes(values) => Input::Bytes(&values[range]),
            Values::Floats(values) => Input::Floats(&values[range]),
        }
    };
    let mut leakage = Leakage::default();
    let mut groups = Groups {
        first: Vec::new(),
        of: parts.map(|part| Vec::with_capacity(part.len())),
    };
    let mut known = HashMap::with_capacity(parts.iter().map(|part| part.len()).sum());
    for (split, part) in parts.into_iter().enumerate() {
        for &index in part {
            let group = *known.entry(input(index)).or_insert_with(|| {
                groups.first.push([None; 3]);
                groups.first.len() - 1
            });
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
    (leakage, groups)
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
