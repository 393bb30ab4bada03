//! Against a convolution written as its definition, in f64, on shapes of all kinds and with all instructions.
#![allow(
    clippy::many_single_char_names,
    clippy::needless_range_loop,
    clippy::similar_names,
    clippy::unwrap_used,
    reason = "the definitions are written with the letters of their formulas"
)]

use brecha_kernels::{Activation, Convolution, Images, Instructions, Order, Passed, Pool};

/// Numbers that look random, in −1 … 1.
fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            ((state >> 40) as f32 / (1u64 << 23) as f32) - 1.0
        })
        .collect()
}

fn shape(channels: usize, input: [usize; 2], filters: usize, kernel: [usize; 2]) -> Convolution {
    Convolution {
        channels,
        input,
        filters,
        kernel,
        stride: [1, 1],
        padding: [
            (kernel[0] / 2, (kernel[0] - 1) / 2),
            (kernel[1] / 2, (kernel[1] - 1) / 2),
        ],
        activation: Activation::Relu,
        pool: Some(Pool {
            size: [2, 2],
            stride: [2, 2],
        }),
    }
}

fn shapes() -> Vec<Convolution> {
    let pool = |size, stride| Some(Pool { size, stride });
    let mut shapes = vec![
        shape(1, [28, 28], 16, [3, 3]),
        shape(16, [14, 14], 32, [3, 3]),
        shape(3, [32, 32], 10, [5, 5]),
        shape(7, [9, 11], 5, [3, 2]),
        shape(24, [6, 6], 40, [3, 3]),
        shape(2, [5, 4], 1, [1, 1]),
        Convolution {
            pool: None,
            ..shape(3, [8, 8], 17, [3, 3])
        },
        Convolution {
            pool: None,
            stride: [2, 3],
            ..shape(5, [11, 13], 20, [3, 5])
        },
        Convolution {
            pool: None,
            padding: [(0, 0); 2],
            ..shape(33, [7, 7], 64, [5, 5])
        },
        Convolution {
            pool: None,
            padding: [(2, 1), (0, 3)],
            ..shape(4, [5, 5], 6, [3, 4])
        },
        Convolution {
            pool: None,
            padding: [(4, 4), (3, 3)],
            ..shape(2, [5, 5], 3, [2, 2])
        },
        Convolution {
            pool: pool([3, 2], [3, 2]),
            ..shape(8, [12, 10], 16, [3, 3])
        },
        Convolution {
            pool: pool([2, 2], [3, 4]),
            stride: [2, 1],
            ..shape(6, [17, 19], 9, [4, 3])
        },
        Convolution {
            pool: pool([1, 1], [1, 1]),
            ..shape(3, [4, 4], 3, [3, 3])
        },
        Convolution {
            padding: [(0, 0); 2],
            ..shape(130, [5, 5], 70, [3, 3])
        },
    ];
    for activation in [
        Activation::Identity,
        Activation::LeakyRelu(0.01),
        Activation::Tanh,
        Activation::Sigmoid,
    ] {
        shapes.push(Convolution {
            activation,
            ..shape(4, [8, 6], 12, [3, 3])
        });
        shapes.push(Convolution {
            activation,
            pool: None,
            ..shape(4, [8, 6], 12, [3, 3])
        });
    }
    shapes
}

fn theta(activation: Activation, s: f64) -> (f64, f64) {
    match activation {
        Activation::Identity => (s, 1.0),
        Activation::Relu => (s.max(0.0), f64::from(u8::from(s > 0.0))),
        Activation::LeakyRelu(slope) => {
            let slope = f64::from(slope);
            if s > 0.0 {
                (s, 1.0)
            } else {
                (slope * s, slope)
            }
        }
        Activation::Tanh => (s.tanh(), 1.0 - s.tanh().powi(2)),
        Activation::Sigmoid => {
            let y = 1.0 / (1.0 + (-s).exp());
            (y, y * (1.0 - y))
        }
    }
}

struct Expected {
    output: Vec<f64>,
    input: Vec<f64>,
    weight: Vec<f64>,
    bias: Vec<f64>,
}

/// All in the order of channels first; `gradient` too.
fn expected(
    c: &Convolution,
    count: usize,
    x: &[f32],
    w: &[f32],
    b: &[f32],
    gradient: &[f32],
) -> Expected {
    let [height, width] = c.input;
    let [rows, columns] = c.kernel;
    let (oh, ow) = (c.output(0), c.output(1));
    let pool = c.pool.unwrap_or(Pool {
        size: [1, 1],
        stride: [1, 1],
    });
    let mut all = Expected {
        output: vec![0.0; count * c.output_len()],
        input: vec![0.0; x.len()],
        weight: vec![0.0; w.len()],
        bias: vec![0.0; b.len()],
    };
    for n in 0..count {
        for f in 0..c.filters {
            for oy in 0..oh {
                for ox in 0..ow {
                    // Every number under the window, or None in the padding.
                    let under = |y: usize, x: usize| {
                        let mut places = Vec::new();
                        for ch in 0..c.channels {
                            for r in 0..rows {
                                for k in 0..columns {
                                    let iy = (y * c.stride[0] + r).checked_sub(c.padding[0].0);
                                    let ix = (x * c.stride[1] + k).checked_sub(c.padding[1].0);
                                    if let (Some(iy), Some(ix)) = (iy, ix)
                                        && iy < height
                                        && ix < width
                                    {
                                        places.push((
                                            ((n * c.channels + ch) * height + iy) * width + ix,
                                            ((f * c.channels + ch) * rows + r) * columns + k,
                                        ));
                                    }
                                }
                            }
                        }
                        places
                    };
                    let mut best: Option<(f64, usize, usize)> = None;
                    for py in 0..pool.size[0] {
                        for px in 0..pool.size[1] {
                            let (y, x_) = (oy * pool.stride[0] + py, ox * pool.stride[1] + px);
                            let s = under(y, x_)
                                .iter()
                                .map(|&(i, j)| f64::from(x[i]) * f64::from(w[j]))
                                .sum::<f64>()
                                + f64::from(b[f]);
                            if best.is_none_or(|(most, _, _)| s > most) {
                                best = Some((s, y, x_));
                            }
                        }
                    }
                    let (s, y, x_) = best.unwrap();
                    let (value, derivative) = theta(c.activation, s);
                    let place = ((n * c.filters + f) * oh + oy) * ow + ox;
                    all.output[place] = value;
                    let g = f64::from(gradient[place]) * derivative;
                    all.bias[f] += g;
                    for (i, j) in under(y, x_) {
                        all.weight[j] += g * f64::from(x[i]);
                        all.input[i] += g * f64::from(w[j]);
                    }
                }
            }
        }
    }
    all
}

fn channels_last<T: Copy>(values: &[T], [channels, height, width]: [usize; 3]) -> Vec<T> {
    let mut turned = Vec::with_capacity(values.len());
    for image in values.chunks_exact(channels * height * width) {
        for place in 0..height * width {
            turned.extend((0..channels).map(|channel| image[channel * height * width + place]));
        }
    }
    turned
}

/// Sums of up to 3,000 products of numbers up to 1 in f32: a relative error of 1e-5 of the largest.
#[track_caller]
fn agree(what: &str, found: &[f32], expected: &[f64], c: &Convolution, instructions: Instructions) {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (f64::from(*found) - expected).abs() < 1e-5 * scale,
            "{what} {place}: {found} instead of {expected}, {instructions}, {c:?}"
        );
    }
}

#[test]
fn every_shape_agrees_with_the_definition_with_all_instructions_in_both_orders() {
    for (seed, c) in shapes().into_iter().enumerate() {
        let count = if seed % 3 == 0 { 19 } else { 2 };
        let x = numbers(count * c.input_len(), 4 * seed as u64 + 1);
        let w = numbers(c.weight_len(), 4 * seed as u64 + 2);
        let b = numbers(c.filters, 4 * seed as u64 + 3);
        let dy = numbers(count * c.output_len(), 4 * seed as u64 + 4);
        let of_input = [c.channels, c.input[0], c.input[1]];
        let of_output = [c.filters, c.output(0), c.output(1)];
        let right = expected(&c, count, &x, &w, &b, &dy);
        let y_last = channels_last(&right.output, of_output);
        let dx_last = channels_last(&right.input, of_input);
        let (x_last, dy_last) = (channels_last(&x, of_input), channels_last(&dy, of_output));
        for instructions in Instructions::ALL {
            if !instructions.is_available() {
                continue;
            }
            for order in [Order::ChannelsFirst, Order::ChannelsLast] {
                let (x, dy) = match order {
                    Order::ChannelsFirst => (&x, &dy),
                    Order::ChannelsLast => (&x_last, &dy_last),
                };
                let images = Images { values: x, order };
                let (output, winners) = c.forward(images, &w, &b, true, instructions);
                agree("output", &output, &y_last, &c, instructions);
                let (measured, none) = c.forward(images, &w, &b, false, instructions);
                assert_eq!(measured, output);
                assert!(none.is_empty() && (winners.len() == output.len() || c.pool.is_none()));
                for wants_input in [false, true] {
                    let passed = Passed {
                        images,
                        weight: &w,
                        output: &output,
                        winners: &winners,
                    };
                    let gradient = Images { values: dy, order };
                    let found = c.backward(passed, gradient, wants_input, instructions);
                    agree("weight", &found.weight, &right.weight, &c, instructions);
                    agree("bias", &found.bias, &right.bias, &c, instructions);
                    if wants_input {
                        agree("input", &found.input, &dx_last, &c, instructions);
                    } else {
                        assert!(found.input.is_empty());
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_no_number_stays_seen() {
    let c = shape(1, [4, 4], 3, [3, 3]);
    let mut x = vec![1.0; 16];
    x[5] = f32::NAN;
    let w = numbers(c.weight_len(), 1);
    for instructions in Instructions::ALL
        .into_iter()
        .filter(|each| each.is_available())
    {
        let images = Images {
            values: &x,
            order: Order::ChannelsLast,
        };
        let (output, _) = c.forward(images, &w, &[0.0; 3], false, instructions);
        // The number lies under windows of all four places.
        assert!(
            output.iter().all(|y| y.is_nan()),
            "{instructions}: {output:?}"
        );
    }
}
