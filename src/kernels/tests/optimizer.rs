//! Steps of optimizers against the same in f64.
#![allow(
    clippy::many_single_char_names,
    clippy::needless_range_loop,
    clippy::similar_names,
    clippy::unwrap_used,
    reason = "the definitions are written with the letters of their formulas"
)]

use brecha_kernels::optimizer::{Adam, Descent};
use brecha_kernels::{Instructions, sum_of_squares};

fn numbers(count: usize, seed: usize) -> Vec<f32> {
    (0..count)
        .map(|i| ((i * 7919 + seed * 104_729) % 2003) as f32 / 1001.5 - 1.0)
        .collect()
}

#[test]
fn ten_steps_agree_with_f64() {
    for count in [1, 15, 16, 17, 40_001] {
        for instructions in Instructions::ALL
            .into_iter()
            .filter(|each| each.is_available())
        {
            for (penalty, decay) in [(0.0, 0.0), (0.01, 0.0), (0.0, 0.1)] {
                let (beta_1, beta_2, epsilon, learning_rate) = (0.9, 0.999, 1e-8, 0.01);
                let mut p = numbers(count, 1);
                let mut exact: Vec<f64> = p.iter().map(|&p| f64::from(p)).collect();
                let (mut m, mut v) = (vec![0.0_f32; count], vec![0.0_f32; count]);
                let (mut em, mut ev) = (vec![0.0_f64; count], vec![0.0_f64; count]);
                for step in 1..=10_u32 {
                    let g = numbers(count, 10 + step as usize);
                    let adam = Adam {
                        learning_rate,
                        beta_1,
                        beta_2,
                        epsilon,
                        penalty,
                        decay,
                        step,
                    };
                    adam.step(&mut p, &g, &mut m, &mut v, instructions);
                    for i in 0..count {
                        let g = f64::from(g[i]) + penalty * exact[i];
                        em[i] = beta_1 * em[i] + (1.0 - beta_1) * g;
                        ev[i] = beta_2 * ev[i] + (1.0 - beta_2) * g * g;
                        let t = f64::from(step);
                        let (m, v) = (
                            em[i] / (1.0 - beta_1.powf(t)),
                            ev[i] / (1.0 - beta_2.powf(t)),
                        );
                        exact[i] -= learning_rate * (m / (v.sqrt() + epsilon) + decay * exact[i]);
                    }
                }
                for (p, exact) in p.iter().zip(&exact) {
                    // Ten steps of 0.01, each rounded a few times.
                    assert!((f64::from(*p) - exact).abs() < 2e-6, "{p} {exact}");
                }
            }
            for (momentum, nesterov) in [(0.0, false), (0.9, false), (0.9, true)] {
                let (learning_rate, penalty) = (0.05, 0.01);
                let mut p = numbers(count, 2);
                let mut exact: Vec<f64> = p.iter().map(|&p| f64::from(p)).collect();
                let mut v = vec![0.0; if momentum > 0.0 { count } else { 0 }];
                let mut ev = vec![0.0; count];
                for step in 0..10 {
                    let g = numbers(count, 30 + step);
                    let descent = Descent {
                        learning_rate,
                        momentum,
                        nesterov,
                        penalty,
                    };
                    descent.step(&mut p, &g, &mut v, instructions);
                    for i in 0..count {
                        let g = f64::from(g[i]) + penalty * exact[i];
                        ev[i] = momentum * ev[i] + g;
                        exact[i] -= learning_rate
                            * if nesterov {
                                g + momentum * ev[i]
                            } else {
                                ev[i]
                            };
                    }
                }
                for (p, exact) in p.iter().zip(&exact) {
                    assert!((f64::from(*p) - exact).abs() < 5e-6, "{p} {exact}");
                }
            }
        }
    }
}

#[test]
fn what_fades_away_becomes_zero_and_not_denormal() {
    for instructions in Instructions::ALL
        .into_iter()
        .filter(|each| each.is_available())
    {
        let (mut p, mut m, mut v) = ([1.0_f32], [0.0_f32], [0.0_f32]);
        for step in 1..5_000 {
            let gradient = if step == 1 { 1e-15 } else { 0.0 };
            let adam = Adam {
                learning_rate: 0.0,
                beta_1: 0.9,
                beta_2: 0.9,
                epsilon: 1e-8,
                penalty: 0.0,
                decay: 0.0,
                step,
            };
            adam.step(&mut p, &[gradient], &mut m, &mut v, instructions);
            for x in m.iter().chain(&v) {
                assert!(*x == 0.0 || x.is_normal(), "{x}");
            }
        }
        assert_eq!((m, v), ([0.0], [0.0]));
        let adam = Adam {
            learning_rate: 0.1,
            beta_1: 0.9,
            beta_2: 0.9,
            epsilon: 1e-8,
            penalty: 0.0,
            decay: 0.0,
            step: 1,
        };
        adam.step(&mut p, &[f32::NAN], &mut m, &mut v, instructions);
        assert!(p[0].is_nan(), "divergence stays seen");
    }
}

#[test]
fn squares_are_summed_as_in_f64() {
    for instructions in Instructions::ALL {
        if !instructions.is_available() {
            continue;
        }
        for len in [0, 1, 7, 31, 64, 100, 5_000, 40_001] {
            let values: Vec<f32> = (0..len)
                .map(|i| ((i * 37 % 101) as f32 - 50.0) / 25.0)
                .collect();
            let expected: f64 = values.iter().map(|&x| f64::from(x).powi(2)).sum();
            let found = sum_of_squares(&values, instructions);
            // Of a part's 4,096 squares each sum of f32 has at least 4 · 1 lanes: 1,024 roundings of 2⁻²⁴ at the most.
            assert!(
                (found - expected).abs() <= 6.2e-5 * expected,
                "{instructions} {len}: {found} and {expected}"
            );
        }
        assert!(sum_of_squares(&[1.0, f32::NAN, 2.0], instructions).is_nan());
        assert!(sum_of_squares(&[f32::INFINITY], instructions).is_infinite());
    }
}
