//! The kernels alone, on a batch of 64, on all cores (`RAYON_NUM_THREADS=1` for one):
//! `cargo bench --manifest-path tests/benchmarks/kernels/Cargo.toml`. Samples a second, and how long a batch takes.

use brecha_kernel_benchmarks::{Case, SAMPLES, convolutions, dense_layers, numbers};
use brecha_kernels::optimizer::Adam;
use brecha_kernels::{Convolution, Dense, DensePassed, Images, Instructions, Order, Passed};
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

/// As the kernels compute, which give their output in this order.
fn channels_last(values: &[f32]) -> Images<'_> {
    Images {
        values,
        order: Order::ChannelsLast,
    }
}

#[divan::bench(args = convolutions())]
fn convolution_forward(bencher: Bencher, case: &Case<Convolution>) {
    let layer = case.layer;
    let images = numbers(SAMPLES * layer.input_len());
    let (weight, bias) = (numbers(layer.weight_len()), numbers(layer.filters));
    bencher.counter(ItemsCount::new(SAMPLES)).bench(|| {
        layer.forward(
            channels_last(&images),
            &weight,
            &bias,
            true,
            case.instructions,
        )
    });
}

#[divan::bench(args = convolutions())]
fn convolution_backward(bencher: Bencher, case: &Case<Convolution>) {
    let layer = case.layer;
    let images = numbers(SAMPLES * layer.input_len());
    let (weight, bias) = (numbers(layer.weight_len()), numbers(layer.filters));
    let images = channels_last(&images);
    let (output, winners) = layer.forward(images, &weight, &bias, true, case.instructions);
    let gradient = numbers(output.len());
    let passed = Passed {
        images,
        weight: &weight,
        output: &output,
        winners: &winners,
    };
    bencher
        .counter(ItemsCount::new(SAMPLES))
        .bench(|| layer.backward(passed, channels_last(&gradient), true, case.instructions));
}

#[divan::bench(args = dense_layers())]
fn dense_forward(bencher: Bencher, case: &Case<Dense>) {
    let layer = case.layer;
    let x = numbers(SAMPLES * layer.inputs);
    let (weight, bias) = (
        numbers(layer.inputs * layer.outputs),
        numbers(layer.outputs),
    );
    bencher
        .counter(ItemsCount::new(SAMPLES))
        .bench(|| layer.forward(&x, &weight, &bias, case.instructions));
}

#[divan::bench(args = dense_layers())]
fn dense_backward(bencher: Bencher, case: &Case<Dense>) {
    let layer = case.layer;
    let x = numbers(SAMPLES * layer.inputs);
    let (weight, bias) = (
        numbers(layer.inputs * layer.outputs),
        numbers(layer.outputs),
    );
    let output = layer.forward(&x, &weight, &bias, case.instructions);
    let gradient = numbers(output.len());
    let passed = DensePassed {
        x: &x,
        weight: &weight,
        output: &output,
    };
    bencher
        .counter(ItemsCount::new(SAMPLES))
        .bench(|| layer.backward(passed, &gradient, true, case.instructions));
}

/// Images of the reference network in front of its first dense layer.
#[divan::bench]
fn flatten(bencher: Bencher) {
    let images = numbers(SAMPLES * 32 * 7 * 7);
    bencher
        .counter(ItemsCount::new(SAMPLES))
        .bench(|| channels_last(&images).channels_first(32, 7 * 7));
}

/// All parameters of the reference network; an item is one of them.
#[divan::bench]
fn adam(bencher: Bencher) {
    let count = 105_866;
    let (mut parameters, gradients) = (numbers(count), numbers(count));
    let (mut first, mut second) = (vec![0.0; count], vec![0.0; count]);
    let mut adam = Adam {
        learning_rate: 1e-3,
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-8,
        penalty: 0.0,
        decay: 0.0,
        step: 1,
    };
    bencher.counter(ItemsCount::new(count)).bench_local(|| {
        adam.step(
            &mut parameters,
            &gradients,
            &mut first,
            &mut second,
            Instructions::best(),
        );
        adam.step += 1;
    });
}
