//! Which sample trains, which validates, which tests.
//!
//! The split is stratified (each class gives its share to each part; where the answers are numbers, all samples are one
//! class) and a function of the seed alone, so that two networks are compared on the same held-out samples. A source's official test set stays the test set.

use rand::seq::SliceRandom;

use super::targets::Targets;
use crate::config::SplitConfig;
use crate::random::{Purpose, generator};

/// Positions of samples, ascending.
pub type Indices = Vec<u32>;

/// Three disjoint sets of positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Trains.
    pub train: Indices,
    /// Chooses the best epoch, and shows the gap.
    pub validation: Indices,
    /// Chooses nothing.
    pub test: Indices,
}

/// Why the samples cannot be divided as asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SplitError {
    /// The source has a test set, and the configuration asks for another one.
    #[error(
        "`data.split.test` asks for {share} of the samples, but this source has an official test set"
    )]
    TwoTestSets {
        /// The share asked for.
        share: f64,
    },
    /// The source has a validation set, and the configuration asks for another one.
    #[error(
        "`data.split.validation` asks for {share} of the samples, but this source has a validation set of its own"
    )]
    TwoValidationSets {
        /// The share asked for.
        share: f64,
    },
    /// A part was asked for and is empty.
    #[error("the {split} split is empty: {share} of {samples} samples is less than one")]
    EmptySplit {
        /// `validation` or `test`.
        split: &'static str,
        /// The share asked for.
        share: f64,
        /// How many there are to divide.
        samples: usize,
    },
    /// Nothing is left to train.
    #[error("the training split is empty: validation and test take all {samples} samples")]
    EmptyTraining {
        /// How many there are to divide.
        samples: usize,
    },
    /// There is nothing to tell apart.
    #[error("all {samples} training samples have class {class}, so there is nothing to learn")]
    OneClass {
        /// The class.
        class: u8,
        /// How many there are.
        samples: usize,
    },
    /// More are asked for than there are.
    #[error(
        "`data.split.training-samples` is {wanted}, but only {available} samples are left for training"
    )]
    TooFewTrainingSamples {
        /// Asked for.
        wanted: usize,
        /// Left by validation and test.
        available: usize,
    },
}

impl SplitError {
    /// What to do next: a fragment to print after `hint: `.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::TwoTestSets { .. } => "remove `test` from `data.split`".to_owned(),
            Self::TwoValidationSets { .. } => "remove `validation` from `data.split`".to_owned(),
            Self::EmptySplit { split, samples, .. } => {
                format!(
                    "give `data.split.{split}` at least {:.3}, or use more than {samples} samples",
                    1.0 / *samples as f64
                )
            }
            Self::EmptyTraining { .. } => "give validation and test smaller shares".to_owned(),
            Self::OneClass { .. } => "use data with at least two classes, or more of it".to_owned(),
            Self::TooFewTrainingSamples { available, .. } => {
                format!("ask for at most {available}, or remove the key to use them all")
            }
        })
    }
}

/// Which held-out sets the source brings itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Official {
    /// It has a validation set.
    pub validation: bool,
    /// It has a test set.
    pub test: bool,
}

/// Divides samples with these targets by the shares of `split`. `official` says which sets the source brings itself.
///
/// # Errors
///
/// A part that was asked for is empty, training is empty, or training has one class only.
pub fn divide(
    targets: &Targets,
    split: &SplitConfig,
    official: Official,
    seed: u64,
) -> Result<Parts, SplitError> {
    if official.validation && split.validation > 0.0 {
        let share = split.validation;
        return Err(SplitError::TwoValidationSets { share });
    }
    if official.test && split.test > 0.0 {
        return Err(SplitError::TwoTestSets { share: split.test });
    }
    let mut parts = Parts::default();
    let mut generator = generator(seed, Purpose::Split, 0, 0);
    let mut members = by_class(targets, 0..targets.len());
    for class in &mut members {
        class.shuffle(&mut generator);
    }
    for (part, share) in [
        (&mut parts.validation, split.validation),
        (&mut parts.test, split.test),
    ] {
        let counts = stratify(&members, targets.len(), share);
        for (class, count) in members.iter_mut().zip(counts) {
            part.extend(class.drain(class.len() - count..));
        }
        part.sort_unstable();
    }
    parts.train = members.into_iter().flatten().collect();
    parts.train.sort_unstable();
    check(&parts, targets, split)?;
    if let Some(wanted) = split.training_samples {
        if wanted > parts.train.len() {
            return Err(SplitError::TooFewTrainingSamples {
                wanted,
                available: parts.train.len(),
            });
        }
        parts.train = subset(&parts.train, targets, wanted, seed, Purpose::TrainingSubset);
        check(&parts, targets, split)?;
    }
    Ok(parts)
}

/// A stratified subset of `indices` with `wanted` members (all of them, if there are no more), ascending.
///
/// A larger subset of the same seed holds every smaller one, so that a learning curve only ever adds samples. Members are
/// called up class by class at even distances, the i-th of n at (i − ½) / n: the method of Sainte-Laguë, which, unlike
/// that of largest remainders, never takes back a seat when the house grows.
#[must_use]
pub fn subset(
    indices: &[u32],
    targets: &Targets,
    wanted: usize,
    seed: u64,
    purpose: Purpose,
) -> Indices {
    if wanted >= indices.len() {
        return indices.to_vec();
    }
    let mut generator = generator(seed, purpose, 0, 0);
    let mut members = by_class(targets, indices.iter().map(|&index| index as usize));
    for class in &mut members {
        class.shuffle(&mut generator);
    }
    let mut called: Vec<(f64, u32)> = members
        .iter()
        .flat_map(|class| {
            let place = |rank: usize| (rank as f64 + 0.5) / class.len() as f64;
            class
                .iter()
                .enumerate()
                .map(move |(rank, &index)| (place(rank), index))
        })
        .collect();
    // A stable sort: of equal places the earlier class comes first.
    called.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut chosen: Indices = called[..wanted].iter().map(|&(_, index)| index).collect();
    chosen.sort_unstable();
    chosen
}

/// The positions by class; numbers are one class.
fn by_class(targets: &Targets, positions: impl Iterator<Item = usize>) -> Vec<Indices> {
    let labels = targets.labels();
    let classes = labels
        .iter()
        .max()
        .map_or(1, |&label| usize::from(label) + 1);
    let mut members = vec![Indices::new(); classes];
    for position in positions {
        let class = labels.get(position).map_or(0, |&label| usize::from(label));
        // Sources check that there are less than 2³² samples.
        members[class].push(position as u32);
    }
    members
}

/// How many of each class make up `share` of `total`: the whole part first, then one more for the classes with the
/// largest remainders (Hamilton's method), so that the sum is exactly the rounded share.
fn stratify(members: &[Indices], total: usize, share: f64) -> Vec<usize> {
    let wanted = (total as f64 * share).round() as usize;
    let exact: Vec<f64> = members
        .iter()
        .map(|class| {
            let size: usize = members.iter().map(Vec::len).sum();
            class.len() as f64 * wanted as f64 / size.max(1) as f64
        })
        .collect();
    let mut counts: Vec<usize> = exact.iter().map(|count| count.floor() as usize).collect();
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by(|&a, &b| {
        exact[b]
            .fract()
            .total_cmp(&exact[a].fract())
            .then(a.cmp(&b))
    });
    let missing = wanted.saturating_sub(counts.iter().sum());
    for class in order.into_iter().take(missing) {
        counts[class] = (counts[class] + 1).min(members[class].len());
    }
    counts
}

fn check(parts: &Parts, targets: &Targets, split: &SplitConfig) -> Result<(), SplitError> {
    for (name, part, share) in [
        ("validation", &parts.validation, split.validation),
        ("test", &parts.test, split.test),
    ] {
        if part.is_empty() && share > 0.0 {
            return Err(SplitError::EmptySplit {
                split: name,
                share,
                samples: targets.len(),
            });
        }
    }
    let Some(&first) = parts.train.first() else {
        return Err(SplitError::EmptyTraining {
            samples: targets.len(),
        });
    };
    let Targets::Classes(labels) = targets else {
        return Ok(());
    };
    let class = labels[first as usize];
    if parts
        .train
        .iter()
        .all(|&index| labels[index as usize] == class)
    {
        return Err(SplitError::OneClass {
            class,
            samples: parts.train.len(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(validation: f64, test: f64) -> SplitConfig {
        SplitConfig {
            validation,
            test,
            training_samples: None,
        }
    }

    #[test]
    fn parts_are_disjoint_complete_stratified_and_repeatable() {
        let labels: Vec<u8> = (0..1000).map(|i| u8::from(i % 10 == 0)).collect();
        let parts = divide(
            &labels.clone().into(),
            &shares(0.25, 0.15),
            Official::default(),
            7,
        )
        .unwrap();
        assert_eq!(
            (parts.train.len(), parts.validation.len(), parts.test.len()),
            (600, 250, 150)
        );
        let mut all: Indices = [&parts.train, &parts.validation, &parts.test]
            .into_iter()
            .flatten()
            .copied()
            .collect();
        all.sort_unstable();
        assert_eq!(all, (0..1000).collect::<Indices>());
        let rare = |part: &Indices| part.iter().filter(|&&i| labels[i as usize] == 1).count();
        assert_eq!(
            (
                rare(&parts.train),
                rare(&parts.validation),
                rare(&parts.test)
            ),
            (60, 25, 15)
        );
        assert_eq!(
            parts,
            divide(
                &labels.clone().into(),
                &shares(0.25, 0.15),
                Official::default(),
                7
            )
            .unwrap()
        );
        assert_ne!(
            parts,
            divide(
                &labels.clone().into(),
                &shares(0.25, 0.15),
                Official::default(),
                8
            )
            .unwrap()
        );
    }

    #[test]
    fn numbers_are_divided_by_the_seed_alone() {
        let numbers: Vec<f64> = (0..100).map(f64::from).collect();
        let parts = divide(&numbers.into(), &shares(0.25, 0.15), Official::default(), 7).unwrap();
        assert_eq!(
            (parts.train.len(), parts.validation.len(), parts.test.len()),
            (60, 25, 15)
        );
        // Neither the first nor the last quarter.
        assert!(parts.validation[0] < 50 && parts.validation[24] >= 50);
        let others = vec![1.0; 100].into();
        let same = divide(&others, &shares(0.25, 0.15), Official::default(), 7).unwrap();
        assert_eq!(parts, same);
    }

    #[test]
    fn what_cannot_be_divided_is_refused() {
        let labels = vec![0, 0, 1, 1];
        assert!(matches!(
            divide(
                &labels.clone().into(),
                &shares(0.1, 0.0),
                Official::default(),
                1
            ),
            Err(SplitError::EmptySplit {
                split: "validation",
                samples: 4,
                ..
            })
        ));
        assert!(matches!(
            divide(
                &labels.clone().into(),
                &shares(0.0, 0.5),
                Official {
                    validation: false,
                    test: true
                },
                1
            ),
            Err(SplitError::TwoTestSets { .. })
        ));
        assert!(matches!(
            divide(
                &vec![1, 1, 1].into(),
                &shares(0.0, 0.0),
                Official::default(),
                1
            ),
            Err(SplitError::OneClass {
                class: 1,
                samples: 3
            })
        ));
    }

    #[test]
    fn a_subset_keeps_the_shares_of_the_classes() {
        let labels: Vec<u8> = (0..1000).map(|i| u8::from(i % 4 == 0)).collect();
        let all: Indices = (0..1000).collect();
        let chosen = subset(
            &all,
            &labels.clone().into(),
            100,
            3,
            Purpose::MeasuredSamples,
        );
        assert_eq!(chosen.len(), 100);
        assert_eq!(
            chosen.iter().filter(|&&i| labels[i as usize] == 1).count(),
            25
        );
        assert_eq!(
            subset(
                &all,
                &labels.clone().into(),
                5000,
                3,
                Purpose::MeasuredSamples
            ),
            all
        );
    }

    /// With these classes the method of largest remainders takes from the smallest one when a sample is added.
    #[test]
    fn a_larger_subset_holds_the_smaller_one() {
        let labels: Vec<u8> = [(0, 600), (1, 600), (2, 200)]
            .into_iter()
            .flat_map(|(class, count)| vec![class; count])
            .collect();
        let all: Indices = (0..1400).collect();
        let of = |wanted| {
            subset(
                &all,
                &labels.clone().into(),
                wanted,
                3,
                Purpose::TrainingSubset,
            )
        };
        for wanted in 1..200 {
            let (small, large) = (of(wanted), of(wanted + 1));
            assert_eq!(small.len(), wanted);
            assert!(small.iter().all(|index| large.contains(index)), "{wanted}");
            let rare = small.iter().filter(|&&i| labels[i as usize] == 2).count();
            let share = wanted as f64 / 7.0;
            assert!((rare as f64 - share).abs() <= 1.0, "{rare} of {wanted}");
        }
    }
}
