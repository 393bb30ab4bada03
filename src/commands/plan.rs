//! Everything that is settled before anything is computed, and can be wrong with what the user wrote.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use burn::tensor::DType;
use burn::train::Interrupter;

use super::reading::Reading;
use crate::backend::{self, Backend, BackendError, DeviceName};
use crate::config::{self, Config, DataConfig, Loaded, Problem, Source, TrainingConfig};
use crate::data::{Augmentation, Dataset, Split};
use crate::error::Error;
use crate::generalization::Glance;
use crate::model::{Aim, Architecture, Network, kernels};
use crate::training::Run;
use crate::training::mixed_precision::Half;
use crate::training::replicas::NamedDevice;
use crate::training::stopwatch::Stopwatch;

/// What can begin.
pub(super) struct Plan {
    pub(super) config: Config,
    pub(super) seed: u64,
    pub(super) dataset: Arc<Dataset>,
    pub(super) augmentation: Augmentation,
    pub(super) architecture: Architecture,
    /// What a training step aims at.
    pub(super) aim: Aim,
    /// Where the network is.
    pub(super) backend: Backend,
    /// That compute a step together, the first of which is `backend`; empty where it is alone.
    pub(super) devices: Vec<(DeviceName, Backend)>,
    pub(super) data_seconds: f64,
    /// Points of the configuration's `[sweep]`, which a single run leaves out.
    pub(super) sweep_points: Option<u64>,
}

impl Plan {
    /// Reads, checks and settles what the file says, with these overrides, on this back end if it is another one.
    pub(super) fn new(
        file: &Path,
        overrides: &[String],
        other_backend: Option<&str>,
    ) -> Result<Self, Error> {
        let Loaded {
            mut config,
            sweep,
            source,
        } = config::load(file, overrides)?;
        config.choose_backend(other_backend);
        let (backend, devices) = open(&config, &source, other_backend.is_some())?;
        backend::choose_kernels(config.kernels)?;
        let seed = *config.seed.get_or_insert_with(draw_seed);
        let data_began = Instant::now();
        let dataset = Dataset::load_watched(
            &config.data,
            config.evaluation.training_samples,
            seed,
            &Reading::begin(),
        )?;
        let data_seconds = data_began.elapsed().as_secs_f64();
        let augmentation = augmentation(&config.data, &dataset, &source)?;
        let misfit = |problem| Error::Config(source.invalid("invalid network", vec![problem]));
        let architecture =
            Architecture::new(&config.model, dataset.shape(), dataset.task()).map_err(misfit)?;
        architecture.check_trainable().map_err(misfit)?;
        let counts = dataset.class_counts(Split::Train);
        let aim = Aim::new(&config.training, dataset.classes(), &counts).map_err(|problem| {
            Error::Config(source.invalid("invalid configuration", vec![problem]))
        })?;
        Ok(Self {
            config,
            seed,
            dataset: Arc::new(dataset),
            augmentation,
            architecture,
            aim,
            backend,
            devices,
            data_seconds,
            sweep_points: sweep.map(|sweep| sweep.points()),
        })
    }

    /// A run of the plan with its first weights and this `training`, which may be another than the configured one.
    pub(super) fn run(&self, training: TrainingConfig, interrupter: Interrupter) -> Run {
        let (scheme, device) = (self.config.model.initial_weights, &self.backend.device);
        Run {
            network: Network::new(&self.architecture, scheme, self.seed, device),
            architecture: self.architecture.clone(),
            resume: None,
            dataset: self.dataset.clone(),
            augmentation: self.augmentation.clone(),
            training,
            aim: self.aim.clone(),
            evaluation: self.config.evaluation.clone(),
            seed: self.seed,
            frames: 0,
            stopwatch: Stopwatch::default(),
            device: device.clone(),
            devices: self.named_devices().collect(),
            interrupter,
            dashboard: false,
            glance: self.glance(),
        }
    }

    fn named_devices(&self) -> impl Iterator<Item = NamedDevice> {
        self.devices.iter().map(|(name, backend)| NamedDevice {
            name: name.to_string(),
            device: backend.device.clone(),
        })
    }

    /// `flex`, or `cuda:0, cuda:1` where several devices compute a step together.
    pub(super) fn computes_on(&self) -> String {
        let names: Vec<String> = self.named_devices().map(|each| each.name).collect();
        if names.len() > 1 {
            names.join(", ")
        } else {
            self.backend.name.to_string()
        }
    }

    /// What convolutions and dense layers are computed with: `avx512`, … or `burn`.
    pub(super) fn kernels(&self) -> String {
        if self.backend.name.is_fused() {
            "burn, fused and autotuned".to_owned()
        } else if kernels::is_on(&self.backend.device) {
            let instructions = kernels::in_use(DType::F32);
            instructions.map_or_else(|| "burn".to_owned(), |each| each.to_string())
        } else {
            "burn".to_owned()
        }
    }

    /// By what an epoch is looked at while the run goes on.
    pub(super) fn glance(&self) -> Glance {
        let validates = !self.dataset.indices(Split::Validation).is_empty();
        let split = if validates {
            Split::Validation
        } else {
            Split::Train
        };
        Glance {
            baseline: self.dataset.majority_baseline(split),
            tolerance: self.config.verdict.tolerance,
        }
    }
}

/// The device of the network; and all that compute a step, if the configuration names several. `is_overridden` says that the back end
/// was given on the command line.
fn open(
    config: &Config,
    source: &Source,
    is_overridden: bool,
) -> Result<(Backend, Vec<(DeviceName, Backend)>), Error> {
    let wrong = |key: String, error: BackendError| {
        // Written in the file, it is shown there.
        if error.is_about_the_text() && !is_overridden {
            let problem = Problem {
                key,
                message: error.to_string(),
                hint: Some(error.hint()),
            };
            Error::Config(source.invalid("invalid configuration", vec![problem]))
        } else {
            Error::Backend(error)
        }
    };
    let names = config.devices.as_deref().unwrap_or_default();
    let devices = backend::open_devices(names)
        .map_err(|(place, error)| wrong(format!("devices.{place}"), error))?;
    let backend = if let Some((_, first)) = devices.first() {
        first.clone()
    } else {
        backend::open(&config.backend).map_err(|error| wrong("backend".to_owned(), error))?
    };
    let precision = config.training.mixed_precision;
    let half = Half::new(precision);
    let cannot = |each: &&Backend| half.is_some_and(|half| !half.is_supported(&each.device));
    let all = || devices.iter().map(|(_, each)| each).chain([&backend]);
    if let Some(backend) = all().find(cannot) {
        return Err(Error::Backend(BackendError::Precision {
            name: backend.name,
            device: backend.description.clone(),
            precision: format!("{precision:?}").to_lowercase(),
        }));
    }
    Ok((backend, devices))
}

/// The operations on training images, checked against the size of the images.
pub(super) fn augmentation(
    config: &DataConfig,
    dataset: &Dataset,
    source: &Source,
) -> Result<Augmentation, Error> {
    Augmentation::new(
        &config.augmentation,
        dataset.shape(),
        dataset.largest_byte(),
    )
    .map_err(|problems| Error::Config(source.invalid("invalid augmentation", problems)))
}

/// A seed for who did not give one; small enough to be typed again, and to be an integer of TOML.
pub(super) fn draw_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id()) >> 32
}
