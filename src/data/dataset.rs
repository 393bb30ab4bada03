//! A data set that is ready: checked, divided, normalised; its values in memory, or on disk where they are too many.
//!
//! Pixels stay bytes and become numbers batch by batch: the 70,000 images of Fashion-MNIST take 55 MB, not 220.
//! Everything that can be wrong with the data has been said before the first epoch.

use std::fmt::Write;

use rand::seq::SliceRandom;
use sha2::{Digest, Sha256};

use super::augmentation::{Augmentation, Mixture, Scratch, Visit};
use super::error::DataError;
use super::memory::MemoryLimit;
use super::normalization::Normalization;
use super::preparation::Preparation;
use super::samples::{RawData, SampleBuffer, SampleShape, SampleValues, Samples, Values};
use super::source;
use super::split::{self, Indices, Official, Parts};
use super::targets::{Answers, Meaning, Target, Targets, Task};
use super::watch::Watch;
use crate::config::{DataConfig, MeasuredSamples, NormalizationConfig, TrainingLabelsConfig};
use crate::random::{Purpose, generator};

/// A part of the data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Trains.
    Train,
    /// The fixed part of the training split that is measured after each epoch.
    MeasuredTrain,
    /// Chooses the best epoch, and shows the gap.
    Validation,
    /// Chooses nothing.
    Test,
}

/// Samples with their division.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The name of the source.
    pub name: String,
    /// What the targets mean.
    pub answers: Answers,
    /// Scaling of the inputs, settled on the training split.
    pub normalization: Normalization,
    /// What was done to the source's files before, where there is something to know.
    pub preparation: Option<Preparation>,
    notes: Vec<String>,
    samples: Samples,
    parts: Parts,
    measured: Indices,
}

/// Inputs and targets of some samples, on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostBatch {
    /// `[samples, …shape]`, normalised.
    pub inputs: Vec<f32>,
    /// One per sample; numbers are standardised.
    pub targets: Targets,
}

impl Dataset {
    /// Reads the source, checks it, divides it and settles the normalisation.
    ///
    /// # Errors
    ///
    /// What the source says, or a split that cannot be made.
    pub fn load(
        config: &DataConfig,
        measured: MeasuredSamples,
        seed: u64,
    ) -> Result<Self, DataError> {
        Self::load_watched(config, measured, seed, &())
    }

    /// [`Dataset::load`], telling `watch` how far reading has come.
    ///
    /// # Errors
    ///
    /// As [`Dataset::load`].
    pub fn load_watched(
        config: &DataConfig,
        measured: MeasuredSamples,
        seed: u64,
        watch: &dyn Watch,
    ) -> Result<Self, DataError> {
        let RawData {
            name,
            samples,
            official_test,
            meaning,
            official_validation,
            table,
            image,
            notes,
        } = source::load(
            &config.source,
            MemoryLimit::gib(config.memory_limit),
            seed,
            watch,
        )?;
        let mut parts = split::divide(
            &samples.targets,
            &config.split,
            Official {
                validation: official_validation.is_some(),
                test: official_test.is_some(),
            },
            seed,
        )?;
        let mut all = samples;
        for (part, official) in [
            (&mut parts.validation, official_validation),
            (&mut parts.test, official_test),
        ] {
            if let Some(official) = official {
                let first = all.len() as u32;
                *part = (first..first + official.len() as u32).collect();
                all.append(official);
            }
        }
        let preparation = match table {
            Some(table) => Some(Preparation::Table(table.fill(&mut all, &parts.train)?)),
            None => image.map(Preparation::Image),
        };
        if config.training_labels == TrainingLabelsConfig::Shuffled {
            shuffle(&mut all.targets, &parts.train, seed);
        }
        let measured = match measured {
            MeasuredSamples::AsValidation if !parts.validation.is_empty() => split::subset(
                &parts.train,
                &all.targets,
                parts.validation.len(),
                seed,
                Purpose::MeasuredSamples,
            ),
            MeasuredSamples::AsValidation | MeasuredSamples::All => parts.train.clone(),
        };
        let scaling = config
            .normalization
            .unwrap_or(match (&all.values, &preparation) {
                (Values::U8 { .. } | Values::StoredU8(_), _) => NormalizationConfig::UnitRange,
                (Values::F32(_) | Values::StoredF32(_), Some(_)) => {
                    NormalizationConfig::Standardize
                }
                (Values::F32(_) | Values::StoredF32(_), None) => NormalizationConfig::None,
            });
        Ok(Self {
            answers: answers(meaning, &all.targets, &parts.train)?,
            name,
            normalization: Normalization::new(scaling, &all, &parts.train)?,
            preparation,
            notes,
            samples: all,
            parts,
            measured,
        })
    }

    /// The shape of one sample.
    #[must_use]
    pub fn shape(&self) -> SampleShape {
        self.samples.shape
    }

    /// The positions of a part's samples, ascending.
    #[must_use]
    pub fn indices(&self, split: Split) -> &[u32] {
        match split {
            Split::Train => &self.parts.train,
            Split::MeasuredTrain => &self.measured,
            Split::Validation => &self.parts.validation,
            Split::Test => &self.parts.test,
        }
    }

    /// Inputs and targets of the samples at these positions.
    ///
    /// # Errors
    ///
    /// Values that are on disk cannot be read.
    pub fn batch(&self, indices: &[u32]) -> Result<HostBatch, DataError> {
        let mut inputs = Vec::with_capacity(indices.len() * self.shape().len());
        let mut buffer = SampleBuffer::default();
        for &index in indices {
            let values = self.samples.read(index as usize, &mut buffer)?;
            self.normalization.append(values, &mut inputs);
        }
        let targets = self.targets(indices);
        Ok(HostBatch { inputs, targets })
    }

    /// What samples are answered with; numbers standardised.
    fn targets(&self, indices: &[u32]) -> Targets {
        self.answers.compared(self.samples.targets.select(indices))
    }

    /// What is asked of a network.
    #[must_use]
    pub fn task(&self) -> Task {
        self.answers.task()
    }

    /// The names of the classes, in the order of the labels; none where the targets are numbers.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        self.answers.classes()
    }

    /// The same as a training step sees them: changed, and mixed with each other where the second of the pair says so.
    /// Changing is a function of (seed, epoch, sample), mixing one of (seed, epoch, step).
    ///
    /// # Errors
    ///
    /// Values that are on disk cannot be read.
    pub fn training_batch(
        &self,
        indices: &[u32],
        augmentation: &Augmentation,
        visit: Visit,
        step: usize,
    ) -> Result<(HostBatch, Option<Mixture>), DataError> {
        let mut batch = if augmentation.changes_samples() {
            self.changed_batch(indices, augmentation, visit)?
        } else {
            self.batch(indices)?
        };
        let mixture = augmentation.mixture(visit, step, indices.len());
        if let Some(mixture) = &mixture {
            mixture.mix(&mut batch.inputs);
        }
        Ok((batch, mixture))
    }

    fn changed_batch(
        &self,
        indices: &[u32],
        augmentation: &Augmentation,
        visit: Visit,
    ) -> Result<HostBatch, DataError> {
        let mut inputs = Vec::with_capacity(indices.len() * self.shape().len());
        let mut buffer = SampleBuffer::default();
        let (mut pixels, mut scratch) = (Vec::new(), Scratch::default());
        for &index in indices {
            let mut values = self.samples.read(index as usize, &mut buffer)?;
            if let SampleValues::U8(bytes) = values {
                pixels.clear();
                pixels.extend_from_slice(bytes);
                augmentation.apply(&mut pixels, visit, index, &mut scratch);
                values = SampleValues::U8(&pixels);
            }
            self.normalization.append(values, &mut inputs);
        }
        let targets = self.targets(indices);
        Ok(HostBatch { inputs, targets })
    }

    /// The bytes of a sample, before normalisation; `None` for sources of other numbers.
    ///
    /// # Errors
    ///
    /// Values that are on disk cannot be read.
    pub fn bytes(&self, index: u32) -> Result<Option<Vec<u8>>, DataError> {
        let mut buffer = SampleBuffer::default();
        Ok(match self.samples.read(index as usize, &mut buffer)? {
            SampleValues::U8(bytes) => Some(bytes.to_vec()),
            SampleValues::F32(_) => None,
        })
    }

    /// The largest byte that an image of the source can have.
    #[must_use]
    pub fn largest_byte(&self) -> u8 {
        self.samples.values.largest_pixel().unwrap_or(u8::MAX)
    }

    /// Share of the samples of `split` that carry the most frequent class of the training split: the accuracy of a
    /// program that always says that class. 0 where the targets are numbers, which is the R² of always saying their mean.
    #[must_use]
    pub fn majority_baseline(&self, split: Split) -> f64 {
        let counts = self.class_counts(Split::Train);
        let mut majority = 0;
        for class in 1..counts.len() {
            if counts[class] > counts[majority] {
                majority = class;
            }
        }
        let total = self.indices(split).len();
        let count = self.class_counts(split).get(majority).copied();
        count.unwrap_or(0) as f64 / total.max(1) as f64
    }

    /// How many samples of each class a part has.
    #[must_use]
    pub fn class_counts(&self, split: Split) -> Vec<usize> {
        let mut counts = vec![0; self.classes().len()];
        let labels = self.samples.targets.labels();
        for &index in self.indices(split) {
            if let Some(&label) = labels.get(index as usize) {
                counts[usize::from(label)] += 1;
            }
        }
        counts
    }

    /// What is odd about the data, though training can go on.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.notes.clone();
        for (name, split) in [
            ("training", Split::Train),
            ("validation", Split::Validation),
            ("test", Split::Test),
        ] {
            if self.indices(split).is_empty() {
                continue;
            }
            for (class, count) in self.class_counts(split).into_iter().enumerate() {
                if count == 0 {
                    let class = &self.classes()[class];
                    warnings.push(format!("class `{class}` has no sample in the {name} split"));
                }
            }
        }
        warnings
    }

    /// All samples, before normalisation; the positions in [`Dataset::indices`] count these.
    #[must_use]
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// SHA-256 over shape, classes (or the name of the target), targets and values: the same data, the same number, wherever they are kept.
    ///
    /// # Errors
    ///
    /// Values that are on disk cannot be read.
    pub fn fingerprint(&self) -> Result<String, DataError> {
        let mut digest = Sha256::new();
        let shape = self.samples.shape;
        match (&self.samples.targets, &self.answers) {
            (Targets::Numbers(numbers), Answers::Number(target)) => {
                digest.update(format!("{shape} target {:?}\n", target.name));
                for number in numbers {
                    digest.update(number.to_le_bytes());
                }
            }
            (targets, answers) => {
                digest.update(format!("{shape} {:?}\n", answers.classes()));
                digest.update(targets.labels());
            }
        }
        match &self.samples.values {
            Values::U8 { values, maximum } => {
                digest.update([*maximum]);
                digest.update(values);
            }
            Values::F32(values) => {
                for value in values {
                    digest.update(value.to_le_bytes());
                }
            }
            Values::StoredU8(values) => {
                digest.update([u8::MAX]);
                values.for_each_chunk(|chunk| digest.update(chunk))?;
            }
            Values::StoredF32(values) => values.for_each_chunk(|chunk| digest.update(chunk))?,
        }
        let mut text = String::new();
        for byte in digest.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Ok(text)
    }
}

/// The targets of these samples change places among them: as many of each class, and the same numbers, as before, and none
/// where it belongs but by chance.
fn shuffle(targets: &mut Targets, indices: &[u32], seed: u64) {
    match targets {
        Targets::Classes(labels) => shuffle_among(labels, indices, seed),
        Targets::Numbers(numbers) => shuffle_among(numbers, indices, seed),
    }
}

fn shuffle_among<T: Copy>(targets: &mut [T], indices: &[u32], seed: u64) {
    let mut shuffled: Vec<T> = indices
        .iter()
        .map(|&index| targets[index as usize])
        .collect();
    shuffled.shuffle(&mut generator(seed, Purpose::ShuffledLabels, 0, 0));
    for (&index, target) in indices.iter().zip(shuffled) {
        targets[index as usize] = target;
    }
}

/// What the targets mean, and the scale of numbers, settled on the training split.
fn answers(meaning: Meaning, targets: &Targets, train: &[u32]) -> Result<Answers, DataError> {
    match meaning {
        Meaning::Classes(names) => Ok(Answers::Classes(names)),
        Meaning::Number(name) => {
            let training = targets.select(train);
            Ok(Answers::Number(Target::new(&name, training.numbers())?))
        }
    }
}
