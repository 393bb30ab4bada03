//! What was found: counts, and pairs to look at. Plain data, to be saved with the run.

use serde::Serialize;

/// Two samples with the same input, as positions among the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Pair {
    /// The first with this input, in the earlier split.
    pub first: u32,
    /// The sample that repeats it.
    pub second: u32,
}

/// Two images that hardly differ, as positions among the samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NearPair {
    /// In the earlier split: the most similar one there.
    pub first: u32,
    /// In the later split.
    pub second: u32,
    /// In how many of 64 bits the perceptual hashes differ.
    pub distance: u32,
    /// The correlation of the pixels without the one that differs most; 1 if only brightness and contrast differ.
    pub similarity: f64,
}

/// How many samples are concerned, and some of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Found<P> {
    /// How many samples, each counted once.
    pub count: usize,
    /// One pair for each, up to the limit asked for.
    pub pairs: Vec<P>,
}

impl<P> Default for Found<P> {
    fn default() -> Self {
        Self {
            count: 0,
            pairs: Vec::new(),
        }
    }
}

/// What is found between each two splits. Validation samples are looked up in training, test samples in both.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Across<P> {
    /// Validation samples with a partner in training: they inflate what the verdict rests on.
    pub train_validation: Found<P>,
    /// Test samples with a partner in training.
    pub train_test: Found<P>,
    /// Test samples with a partner in validation, which chose the epoch.
    pub validation_test: Found<P>,
}

impl<P> Default for Across<P> {
    fn default() -> Self {
        Self {
            train_validation: Found::default(),
            train_test: Found::default(),
            validation_test: Found::default(),
        }
    }
}

impl<P> Across<P> {
    /// Over the three; a test sample with partners in both other splits counts twice.
    #[must_use]
    pub fn count(&self) -> usize {
        self.train_validation.count + self.train_test.count + self.validation_test.count
    }
}

/// Repeated inputs within each split: no leak, but a sample that counts twice.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Within {
    /// Training samples that repeat an earlier training sample.
    pub train: Found<Pair>,
    /// Validation samples that repeat an earlier validation sample.
    pub validation: Found<Pair>,
    /// Test samples that repeat an earlier test sample.
    pub test: Found<Pair>,
}

/// Near duplicates, and how thoroughly they were looked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NearDuplicates {
    /// `false` for inputs that are not images, or images too small or too large to be hashed.
    pub searched: bool,
    /// How many images resemble so many others that not all of these were compared pixel by pixel.
    pub incomplete: usize,
    /// The pairs, most similar first; none that is an exact duplicate.
    pub across: Across<NearPair>,
}

/// Everything found. Pairs of equal inputs are sorted by position.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Leakage {
    /// The same input twice in one split.
    pub within: Within,
    /// The same input in two splits.
    pub across: Across<Pair>,
    /// Samples whose label is not that of the first sample with the same input, in whichever splits.
    pub conflicting_labels: Found<Pair>,
    /// Images that hardly differ, in two splits.
    pub near: NearDuplicates,
    /// Positions, ascending: validation samples with an equal or nearly equal one in training, and all but the first of
    /// equal ones. What is left is independent of training, and each input counts once.
    pub validation_to_drop: Vec<u32>,
    /// The same for test samples, compared with training and validation.
    pub test_to_drop: Vec<u32>,
}

impl Leakage {
    /// Whether the same input stands in two splits. This is certain, and reason enough to refuse training.
    #[must_use]
    pub fn has_exact_leaks(&self) -> bool {
        self.across.count() > 0
    }

    /// Whether an equal or nearly equal input stands in two splits.
    #[must_use]
    pub fn has_leaks(&self) -> bool {
        self.has_exact_leaks() || self.near.across.count() > 0
    }
}

impl Leakage {
    /// Puts the pairs in order and keeps at most `listed` of each finding.
    pub(super) fn sort_and_shorten(&mut self, listed: usize) {
        let Self { within, across, .. } = self;
        for found in [
            &mut within.train,
            &mut within.validation,
            &mut within.test,
            &mut across.train_validation,
            &mut across.train_test,
            &mut across.validation_test,
            &mut self.conflicting_labels,
        ] {
            found.pairs.sort_unstable();
            found.pairs.truncate(listed);
        }
        let near = &mut self.near.across;
        for found in [
            &mut near.train_validation,
            &mut near.train_test,
            &mut near.validation_test,
        ] {
            found.pairs.sort_by(|one, other| {
                let closeness = other.similarity.total_cmp(&one.similarity);
                closeness.then((one.first, one.second).cmp(&(other.first, other.second)))
            });
            found.pairs.truncate(listed);
        }
    }
}

impl<P> Found<P> {
    /// Counts one more sample.
    pub(super) fn add(&mut self, pair: P) {
        self.count += 1;
        self.pairs.push(pair);
    }
}
