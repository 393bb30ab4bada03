//! `Σ x²`: the norm of a gradient.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::instructions::Instructions;

/// Numbers that are summed in f32, by one core, before their sum is added to the others'.
const PART: usize = 1 << 12;
/// Below so many of them the sum is there before another core would have begun.
const FEW: usize = 1 << 15;

/// The sum of the squares.
#[must_use]
pub fn sum_of_squares(values: &[f32], instructions: Instructions) -> f64 {
    let of_part = |part| f64::from(instructions.run(Sum(part)));
    if values.len() < FEW {
        values.chunks(PART).map(of_part).sum()
    } else {
        // Collected, so that they are added up in their order.
        let sums: Vec<f64> = values.par_chunks(PART).map(of_part).collect();
        sums.into_iter().sum()
    }
}

struct Sum<'a>(&'a [f32]);

impl WithSimd for Sum<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (vectors, rest) = S::as_simd_f32s(self.0);
        // Four sums at a time: one alone would wait for itself.
        let mut sums = [simd.splat_f32s(0.0); 4];
        let blocks = vectors.chunks_exact(4);
        for (sum, &x) in sums.iter_mut().zip(blocks.remainder()) {
            *sum = simd.mul_add_e_f32s(x, x, *sum);
        }
        for block in blocks {
            for (sum, &x) in sums.iter_mut().zip(block) {
                *sum = simd.mul_add_e_f32s(x, x, *sum);
            }
        }
        let [a, b, c, d] = sums;
        let sum = simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d));
        let of_rest: f32 = rest.iter().map(|x| x * x).sum();
        simd.reduce_sum_f32s(sum) + of_rest
    }
}
