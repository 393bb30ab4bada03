//! From the name of a source to its samples: one arm per source, each in a file of its own.

use super::error::DataError;
use super::memory::MemoryLimit;
use super::samples::RawData;
use super::synthetic::Corners;
use super::watch::Watch;
use super::{bundled, cifar, fashion_mnist, idx_source, image_folder, mnist, synthetic, table};
use crate::config::SourceConfig;
use crate::random::{Purpose, generator};

/// Reads or draws the samples of `config`.
///
/// # Errors
///
/// A file that is missing, unreadable or not what it should be, or more samples than memory may hold.
pub fn load(
    config: &SourceConfig,
    limit: MemoryLimit,
    seed: u64,
    watch: &dyn Watch,
) -> Result<RawData, DataError> {
    let mut generator = generator(seed, Purpose::Source, 0, 0);
    let raw = match config {
        SourceConfig::Xor(config) => synthetic::corners(Corners::Xor, config, &mut generator),
        SourceConfig::And(config) => synthetic::corners(Corners::And, config, &mut generator),
        SourceConfig::Or(config) => synthetic::corners(Corners::Or, config, &mut generator),
        SourceConfig::Circle(config) => synthetic::circle(config, &mut generator),
        SourceConfig::Moons(config) => synthetic::moons(config, &mut generator),
        SourceConfig::Spirals(config) => synthetic::spirals(config, &mut generator),
        SourceConfig::Blobs(config) => synthetic::blobs(config, &mut generator),
        SourceConfig::Sine(config) => synthetic::sine(config, &mut generator),
        SourceConfig::Digits => bundled::digits(),
        SourceConfig::FashionMnist12k => bundled::fashion_mnist_12k(),
        SourceConfig::FashionMnist(config) => fashion_mnist::load(config, limit),
        SourceConfig::Idx(config) => idx_source::load(config, limit),
        SourceConfig::Csv(config) => table::load(config, limit, watch),
        SourceConfig::Mnist(config) => mnist::load(config, limit),
        SourceConfig::Cifar10(config) => cifar::load_10(config),
        SourceConfig::Cifar100(config) => cifar::load_100(config),
        SourceConfig::ImageFolder(config) => image_folder::load(config, limit, watch),
    }?;
    let parts = [
        Some(&raw.samples),
        raw.official_validation.as_ref(),
        raw.official_test.as_ref(),
    ];
    limit.check_samples(&raw.name, parts.into_iter().flatten())?;
    Ok(raw)
}
