//! What augmentation costs, in microseconds per image: `cargo bench --profile dev --bench augmentation` (`dev`, because that is what
//! `cargo run` computes with, and burn need not be compiled again).

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "it is here to print, and fixed inputs do not fail"
)]

use std::time::Instant;

use brecha::config::{self, Config, MeasuredSamples};
use brecha::data::augmentation::{Scratch, Visit};
use brecha::data::{Augmentation, Dataset, SampleShape, Split};

const OPERATIONS: [&str; 10] = [
    "{ flip = {} }",
    "{ shift = { pixels = 2 } }",
    "{ rotation = { degrees = 10 } }",
    "{ rotation = { degrees = 10, fill = 'reflect' } }",
    "{ flip = {} }, { shift = { pixels = 2 } }, { rotation = { degrees = 10 } }, { scale = { range = [0.9, 1.1] } }",
    "{ crop = { area = [0.5, 1.0] } }",
    "{ cutout = { size = 3 } }",
    "{ brightness = { range = [0.8, 1.2] } }",
    "{ contrast = { range = [0.8, 1.2] } }",
    "{ flip = {} }, { rotation = { degrees = 10 } }, { cutout = { size = 3 } }, { contrast = { range = [0.8, 1.2] } }",
];

fn main() {
    println!("µs per image, one core");
    println!("    1×8×8   1×28×28   3×32×32   3×64×64 3×224×224");
    for operations in OPERATIONS {
        let sizes = [(1, 8), (1, 28), (3, 32), (3, 64), (3, 224)];
        let line = sizes.map(|(channels, side)| {
            let microseconds = time(operations, channels, side);
            format!("{microseconds:>9.2}")
        });
        println!("{}  {operations}", line.join(" "));
    }
    println!("\nµs per image of a batch of 64 of fashion-mnist-12k, with its normalisation");
    let all = OPERATIONS[OPERATIONS.len() - 1];
    for operations in ["", all, "{ mixup = {} }"] {
        println!("{:>9.2}  {operations}", time_of_batches(operations));
    }
}

fn time_of_batches(operations: &str) -> f64 {
    let config = configured(operations);
    let dataset = Dataset::load(&config.data, MeasuredSamples::All, 1).expect("it is bundled");
    let augmentation = Augmentation::new(&config.data.augmentation, dataset.shape(), 255);
    let augmentation = augmentation.expect("it fits");
    let train = &dataset.indices(Split::Train)[..6400];
    let mut best = f64::INFINITY;
    for epoch in 1..=5 {
        let began = Instant::now();
        for (index, indices) in train.chunks(64).enumerate() {
            let visit = Visit { seed: 1, epoch };
            let batch = dataset.training_batch(indices, &augmentation, visit, index + 1);
            std::hint::black_box(batch.expect("the digits are in the program"));
        }
        best = best.min(began.elapsed().as_secs_f64() * 1e6 / train.len() as f64);
    }
    best
}

fn configured(operations: &str) -> Config {
    let text = format!(
        "data = {{ source = 'fashion-mnist-12k', augmentation = [{operations}] }}
        model = {{ layers = ['flatten'], loss = 'mse' }}
        training = {{ epochs = 1, batch-size = 9, optimizer = {{ adam = {{}} }} }}"
    );
    let loaded = config::parse("benchmark", &text, &[]);
    loaded.expect("a configuration").config
}

fn time(operations: &str, channels: usize, side: usize) -> f64 {
    let config = configured(operations);
    let shape = SampleShape::Image {
        channels,
        height: side,
        width: side,
    };
    let augmentation = Augmentation::new(&config.data.augmentation, shape, 255).expect("it fits");
    let original: Vec<u8> = (0..shape.len()).map(|at| (at * 7 % 251) as u8).collect();
    let mut pixels = original.clone();
    let mut scratch = Scratch::default();
    let images = 20_000_000 / shape.len() as u32;
    let mut best = f64::INFINITY;
    for epoch in 1..=3 {
        let began = Instant::now();
        for sample in 0..images {
            pixels.copy_from_slice(&original);
            augmentation.apply(&mut pixels, Visit { seed: 1, epoch }, sample, &mut scratch);
        }
        best = best.min(began.elapsed().as_secs_f64() * 1e6 / f64::from(images));
    }
    best
}
