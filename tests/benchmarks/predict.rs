//! Answers per second of the reference network, 10,000 images at once in batches: `cargo bench --profile dev --bench predict` (`dev`,
//! because that is what `cargo run` computes with, and burn need not be compiled again).

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "it is here to print, and fixed inputs do not fail"
)]

use std::time::Instant;

use brecha::backend;
use brecha::config::{self, BackendConfig, MeasuredSamples};
use brecha::data::{Dataset, Split};
use brecha::evaluation::answers::answers;
use brecha::model::{Architecture, Network};

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const IMAGES: usize = 10_000;

fn main() {
    let text = include_str!("../../configs/images.toml");
    let overrides = ["data.split.validation=0.0".to_owned()];
    let config = config::parse("images.toml", text, &overrides).expect("it is valid");
    let config = config.config;
    let dataset = Dataset::load(&config.data, MeasuredSamples::All, 1).expect("it is bundled");
    let architecture = Architecture::new(&config.model, dataset.shape(), dataset.task());
    let Ok(architecture) = architecture else {
        return println!("the shipped network does not fit");
    };
    let flex = backend::open(&BackendConfig::default()).expect("it is always there");
    let network = Network::new(&architecture, config.model.initial_weights, 1, &flex.device);
    let images = &dataset.indices(Split::Train)[..IMAGES];
    let batch = dataset.batch(images).expect("it is in memory");
    let length = dataset.shape().len();
    for size in [64, 256, 1000] {
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            // Ready, as a peer's tensor is.
            let batches: Vec<Vec<f32>> = batch
                .inputs
                .chunks(size * length)
                .map(<[f32]>::to_vec)
                .collect();
            let began = Instant::now();
            for inputs in batches {
                let found = answers(&network, inputs, dataset.shape(), 1, &flex.device);
                std::hint::black_box(found.expect("a CPU computes"));
            }
            best = best.min(began.elapsed().as_secs_f64());
        }
        println!(
            "batches of {size:>5}: {:>7.0} images/s",
            IMAGES as f64 / best
        );
    }
}
