//! Does our way cost anything? The reference network of `configs/images.toml`, trained by brecha and by the shortest loop
//! that burn allows on the same back end, in turns, in one process, on the same images.
//!
//! ```text
//! cargo bench --bench bare-flex
//! ```
//!
//! What is timed is the training loop of an epoch, measurement apart, on both sides: shuffling, gathering the batch,
//! forward, loss, backward, optimizer step. The first pair warms up and does not count. Both sides use the system's
//! allocator here; the program itself uses mimalloc, so its own figures are higher.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on has failed, and its result is what it prints"
)]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use brecha::backend;
use brecha::config::{self, Config};
use brecha::data::{Augmentation, Dataset, HostBatch, Split, batches};
use brecha::generalization::so_far::Glance;
use brecha::model::{Aim, Architecture, Network};
use brecha::training::{self, EpochRecord, Observer, Run, StepReport, TrainingError};
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor, TensorData};
use burn::train::Interrupter;

const PAIRS: usize = 6;

fn main() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/images.toml");
    let overrides = ["training.epochs=1".to_owned()];
    let config = config::load(&path, &overrides).unwrap().config;
    let dataset = Dataset::load(&config.data, config.evaluation.training_samples, 42).unwrap();
    let dataset = Arc::new(dataset);
    let device = backend::open("flex").unwrap().device;
    let mut ratios = Vec::new();
    println!("training images/s of one epoch, batch 64");
    for pair in 0..PAIRS {
        let bare = bare(&dataset, &device);
        let ours = ours(&config, &dataset, &device);
        let note = if pair == 0 { "  (warms up)" } else { "" };
        println!(
            "bare loop {bare:6.0}   brecha {ours:6.0}   ratio {:.3}{note}",
            ours / bare
        );
        if pair > 0 {
            ratios.push(ours / bare);
        }
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "median ratio {:.3} ({:.3} to {:.3})",
        ratios[ratios.len() / 2],
        ratios[0],
        ratios[ratios.len() - 1]
    );
}

/// The reference network as burn's book would write it.
#[derive(Module, Debug)]
struct Bare {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    dense1: Linear,
    dense2: Linear,
}

impl Bare {
    fn new(device: &Device) -> Self {
        let conv =
            |channels| Conv2dConfig::new(channels, [3, 3]).with_padding(PaddingConfig2d::Same);
        Self {
            conv1: conv([1, 16]).init(device),
            conv2: conv([16, 32]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            dense1: LinearConfig::new(1568, 64).init(device),
            dense2: LinearConfig::new(64, 10).init(device),
        }
    }

    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let x = self.pool.forward(relu(self.conv1.forward(images)));
        let x = self.pool.forward(relu(self.conv2.forward(x)));
        let x = relu(self.dense1.forward(x.flatten(1, 3)));
        self.dense2.forward(x)
    }
}

fn bare(dataset: &Dataset, device: &Device) -> f64 {
    let device = device.clone().autodiff();
    let mut network = Bare::new(&device);
    let mut optimizer = AdamConfig::new().with_epsilon(1e-8).init();
    let loss = CrossEntropyLossConfig::new().init(&device);
    let began = Instant::now();
    let order = batches::order(dataset.indices(Split::Train), 42, 1);
    for indices in order.chunks(64) {
        let HostBatch { inputs, targets } = dataset.batch(indices).unwrap();
        let labels = targets.labels();
        let count = labels.len();
        let images = Tensor::<4>::from_data(TensorData::new(inputs, [count, 1, 28, 28]), &device);
        let labels: Vec<i32> = labels.iter().copied().map(i32::from).collect();
        let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [count]), &device);
        let loss = loss.forward(network.forward(images), labels);
        let value = loss.clone().into_scalar::<f32>();
        assert!(value.is_finite());
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        network = optimizer.step(1e-3, network, gradients);
    }
    order.len() as f64 / began.elapsed().as_secs_f64()
}

/// Keeps the speed of the only epoch.
struct Speed(Arc<Mutex<f64>>);

impl Observer for Speed {
    fn step(&mut self, _: &StepReport) {}

    fn epoch(&mut self, record: &EpochRecord) -> Result<(), TrainingError> {
        *self.0.lock().unwrap() = record.samples_per_second;
        Ok(())
    }
}

fn ours(config: &Config, dataset: &Arc<Dataset>, device: &Device) -> f64 {
    let architecture = Architecture::new(&config.model, dataset.shape(), dataset.task());
    let architecture = architecture.unwrap_or_else(|problem| panic!("{}", problem.message));
    let speed = Arc::new(Mutex::new(0.0));
    let run = Run {
        network: Network::new(&architecture, config.model.initial_weights, 42, device),
        architecture,
        resume: None,
        dataset: dataset.clone(),
        augmentation: Augmentation::none(),
        training: config.training.clone(),
        aim: Aim::plain(10),
        evaluation: config.evaluation.clone(),
        seed: 42,
        frames: 0,
        device: device.clone(),
        interrupter: Interrupter::new(),
        dashboard: false,
        glance: Glance {
            baseline: 0.1,
            tolerance: config.verdict.tolerance,
        },
    };
    training::train(run, Box::new(Speed(speed.clone()))).unwrap();
    let speed = speed.lock().unwrap();
    *speed
}
