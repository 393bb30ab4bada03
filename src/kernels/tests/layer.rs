//! A dense layer against its definition, in f64.
#![allow(
    clippy::many_single_char_names,
    clippy::needless_range_loop,
    clippy::similar_names,
    clippy::unwrap_used,
    reason = "the definitions are written with the letters of their formulas"
)]

use brecha_kernels::{Activation, Dense, DensePassed, Instructions};

fn numbers(count: usize, seed: usize) -> Vec<f32> {
    (0..count)
        .map(|i| ((i * 7919 + seed * 104_729) % 2003) as f32 / 1001.5 - 1.0)
        .collect()
}

#[track_caller]
fn agree(found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
    for (found, expected) in found.iter().zip(expected) {
        // Sums of up to 1,600 products in f32.
        assert!(
            (f64::from(*found) - expected).abs() < 1e-5 * scale,
            "{found} {expected}"
        );
    }
}

#[test]
fn every_shape_agrees_with_the_definition() {
    for (samples, inputs, outputs) in [
        (4, 2, 2),
        (1, 1, 1),
        (64, 130, 10),
        (33, 17, 48),
        (70, 784, 37),
        (128, 1568, 64),
    ] {
        for activation in [
            Activation::Identity,
            Activation::Relu,
            Activation::Tanh,
            Activation::Sigmoid,
            Activation::LeakyRelu(0.1),
        ] {
            let (x, w, b, dy) = (
                numbers(samples * inputs, 1),
                numbers(inputs * outputs, 2)
                    .iter()
                    .map(|w| w / (inputs as f32).sqrt())
                    .collect::<Vec<_>>(),
                numbers(outputs, 3),
                numbers(samples * outputs, 4),
            );
            let mut y = vec![0.0_f64; samples * outputs];
            let (mut dx, mut dw, mut db) =
                (vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; outputs]);
            for n in 0..samples {
                for o in 0..outputs {
                    let s: f64 = (0..inputs)
                        .map(|i| f64::from(x[n * inputs + i]) * f64::from(w[i * outputs + o]))
                        .sum::<f64>()
                        + f64::from(b[o]);
                    let (value, derivative) = match activation {
                        Activation::Identity => (s, 1.0),
                        Activation::Relu => (s.max(0.0), f64::from(u8::from(s > 0.0))),
                        Activation::Tanh => (s.tanh(), 1.0 - s.tanh() * s.tanh()),
                        Activation::Sigmoid => {
                            let y = 1.0 / (1.0 + (-s).exp());
                            (y, y * (1.0 - y))
                        }
                        Activation::LeakyRelu(slope) => {
                            if s > 0.0 {
                                (s, 1.0)
                            } else {
                                (s * f64::from(slope), f64::from(slope))
                            }
                        }
                    };
                    y[n * outputs + o] = value;
                    let g = derivative * f64::from(dy[n * outputs + o]);
                    db[o] += g;
                    for i in 0..inputs {
                        dw[i * outputs + o] += g * f64::from(x[n * inputs + i]);
                        dx[n * inputs + i] += g * f64::from(w[i * outputs + o]);
                    }
                }
            }
            let layer = Dense {
                inputs,
                outputs,
                activation,
            };
            for instructions in Instructions::ALL
                .into_iter()
                .filter(|each| each.is_available())
            {
                let output = layer.forward(&x, &w, &b, instructions);
                agree(&output, &y);
                let passed = DensePassed {
                    x: &x,
                    weight: &w,
                    output: &output,
                };
                let found = layer.backward(passed, &dy, true, instructions);
                agree(&found.weight, &dw);
                agree(&found.bias, &db);
                agree(&found.input, &dx);
                assert!(
                    layer
                        .backward(passed, &dy, false, instructions)
                        .input
                        .is_empty()
                );
            }
        }
    }
}

#[test]
fn functions_are_exact_to_a_few_units_in_the_last_place() {
    let x: Vec<f32> = (-40_000..=40_000)
        .map(|i| i as f32 * 0.00251)
        .chain([0.0, -0.0, 1e-20, 1e-6, -3e-4, 500.0, -500.0])
        .collect();
    for (activation, exact) in [
        (Activation::Tanh, f64::tanh as fn(f64) -> f64),
        (Activation::Sigmoid, |x: f64| 1.0 / (1.0 + (-x).exp())),
    ] {
        for instructions in Instructions::ALL
            .into_iter()
            .filter(|each| each.is_available())
        {
            let layer = Dense {
                inputs: 1,
                outputs: 1,
                activation,
            };
            let output = layer.forward(&x, &[1.0], &[0.0], instructions);
            for (x, y) in x.iter().zip(&output) {
                let expected = exact(f64::from(*x));
                // 4 units in the last place; what is smaller than the smallest normal number may be it, or 0.
                let tolerance = (4.0 * f64::from(f32::EPSILON) * expected.abs()).max(2e-38);
                assert!(
                    (f64::from(*y) - expected).abs() <= tolerance,
                    "{activation:?} {x}: {y} {expected} {instructions}"
                );
            }
            let output = layer.forward(&[f32::NAN], &[1.0], &[0.0], instructions);
            assert!(output[0].is_nan());
        }
    }
}
