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
use super::samples::{RawData, SampleShape, SampleValues, Samples, Values};
use super::source;
use super::split::{self, Indices, Official, Parts};
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
    /// The names of the classes, in the order of the labels.
    pub classes: Vec<String>,
    /// Scaling of the inputs, settled on the training split.
    pub normalization: Normalization,
    /// What was done to the source's files before, where there is something to know.
    pub preparation: Option<Preparation>,
    notes: Vec<String>,
    samples: Samples,
    parts: Parts,
    measured: Indices,
}

/// Inputs and labels of some samples, on the host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostBatch {
    /// `[samples, …shape]`, normalised.
    pub inputs: Vec<f32>,
    /// One per sample.
    pub labels: Vec<u8>,
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
            classes,
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
            &samples.labels,
            classes.len(),
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
                let first = all.labels.len() as u32;
                *part = (first..first + official.labels.len() as u32).collect();
                all.append(official);
            }
        }
        let preparation = match table {
            Some(table) => Some(Preparation::Table(table.fill(&mut all, &parts.train)?)),
            None => image.map(Preparation::Image),
        };
        if config.training_labels == TrainingLabelsConfig::Shuffled {
            shuffle_labels(&mut all.labels, &parts.train, seed);
        }
        let measured = match measured {
            MeasuredSamples::AsValidation if !parts.validation.is_empty() => split::subset(
                &parts.train,
                &all.labels,
                classes.len(),
                parts.validation.len(),
                seed,
                Purpose::MeasuredSamples,
            ),
            MeasuredSamples::AsValidation | MeasuredSamples::All => parts.train.clone(),
        };
        let scaling = config
            .normalization
            .unwrap_or(match (&all.values, &preparation) {
                (Values::U8 { .. } | Values::Stored(_), _) => NormalizationConfig::UnitRange,
                (Values::F32(_), Some(_)) => NormalizationConfig::Standardize,
                (Values::F32(_), None) => NormalizationConfig::None,
            });
        Ok(Self {
            name,
            classes,
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

    /// Inputs and labels of the samples at these positions.
    ///
    /// # Errors
    ///
    /// Values that are on disk cannot be read.
    pub fn batch(&self, indices: &[u32]) -> Result<HostBatch, DataError> {
        let mut inputs = Vec::with_capacity(indices.len() * self.shape().len());
        let mut buffer = Vec::new();
        for &index in indices {
            let values = self.samples.read(index as usize, &mut buffer)?;
            self.normalization.append(values, &mut inputs);
        }
        let labels = self.labels(indices);
        Ok(HostBatch { inputs, labels })
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
        let (mut buffer, mut pixels, mut scratch) = (Vec::new(), Vec::new(), Scratch::default());
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
        let labels = self.labels(indices);
        Ok(HostBatch { inputs, labels })
    }

    /// The bytes of a sample, before normalisation; `None` for sources of other numbers.
    ///
    /// # Errors
    ///
    /// Values that are on disk cannot be read.
    pub fn bytes(&self, index: u32) -> Result<Option<Vec<u8>>, DataError> {
        let mut buffer = Vec::new();
        Ok(match self.samples.read(index as usize, &mut buffer)? {
            SampleValues::U8(bytes) => Some(bytes.to_vec()),
            SampleValues::F32(_) => None,
        })
    }

    fn labels(&self, indices: &[u32]) -> Vec<u8> {
        let labels = indices.iter();
        labels
            .map(|&index| self.samples.labels[index as usize])
            .collect()
    }

    /// The largest byte that an image of the source can have.
    #[must_use]
    pub fn largest_byte(&self) -> u8 {
        self.samples.values.largest_pixel().unwrap_or(u8::MAX)
    }

    /// Share of the samples of `split` that carry the most frequent class of the training split: the accuracy of a
    /// program that always says that class.
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
        self.class_counts(split)[majority] as f64 / total.max(1) as f64
    }

    /// How many samples of each class a part has.
    #[must_use]
    pub fn class_counts(&self, split: Split) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for &index in self.indices(split) {
            counts[usize::from(self.samples.labels[index as usize])] += 1;
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
                    let class = &self.classes[class];
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

    /// SHA-256 over shape, classes, labels and values: the same data, the same number, wherever they are kept.
    ///
    /// # Errors
    ///
    /// Values that are on disk cannot be read.
    pub fn fingerprint(&self) -> Result<String, DataError> {
        let mut digest = Sha256::new();
        digest.update(format!("{} {:?}\n", self.samples.shape, self.classes));
        digest.update(&self.samples.labels);
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
            Values::Stored(values) => {
                digest.update([u8::MAX]);
                values.for_each_chunk(|chunk| digest.update(chunk))?;
            }
        }
        let mut text = String::new();
        for byte in digest.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Ok(text)
    }
}

/// The labels of these samples change places among them: as many of each class as before, and none where it belongs but by
/// chance.
fn shuffle_labels(labels: &mut [u8], indices: &[u32], seed: u64) {
    let mut shuffled: Vec<u8> = indices
        .iter()
        .map(|&index| labels[index as usize])
        .collect();
    shuffled.shuffle(&mut generator(seed, Purpose::ShuffledLabels, 0, 0));
    for (&index, label) in indices.iter().zip(shuffled) {
        labels[index as usize] = label;
    }
}
