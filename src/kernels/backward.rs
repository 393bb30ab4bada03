//! The gradients of input, weight and bias, an image at a time.
//!
//! With `g = θ'(s) ⊗ dy` at the places that won their window, and 0 elsewhere:
//! `db = Σ g`, `dw = Σ g · (window of x)`, and `dx` gathers `g · w` from every window that a number lies in: what
//! `brecha::backprop::conv2d` derives.

mod part;
mod plan;

use self::part::Part;
use self::plan::Plan;
use crate::geometry::Convolution;
use crate::images::Images;
use crate::instructions::Instructions;
use crate::parallel::{self, part_len};
use crate::unwritten::written;

/// What a forward pass was given and gave.
#[derive(Clone, Copy, Debug)]
pub struct Passed<'a> {
    /// The input.
    pub images: Images<'a>,
    /// `[filters, channels, height, width]`
    pub weight: &'a [f32],
    /// The output, channels last.
    pub output: &'a [f32],
    /// The place of each window's largest value in it, channels last; empty without pooling.
    pub winners: &'a [u8],
}

/// What a backward pass gives.
#[derive(Clone, Debug)]
pub struct Gradients {
    /// Of the input, channels last; empty where nobody wants it.
    pub input: Vec<f32>,
    /// `[filters, channels, height, width]`
    pub weight: Vec<f32>,
    /// Of each filter.
    pub bias: Vec<f32>,
}

impl Convolution {
    /// The gradients, where that of the output is `gradient`.
    ///
    /// # Panics
    ///
    /// It is not [possible](Convolution::is_possible), or a slice has another length than the shapes say.
    #[must_use]
    pub fn backward(
        &self,
        passed: Passed,
        gradient: Images,
        wants_input: bool,
        instructions: Instructions,
    ) -> Gradients {
        let len = self.output_len();
        let count = passed.output.len() / len;
        assert!(self.is_possible(), "{self:?}");
        assert_eq!(
            passed.images.values.len(),
            count * self.input_len(),
            "images"
        );
        assert_eq!(passed.output.len(), count * len, "output");
        assert_eq!(gradient.values.len(), count * len, "gradient");
        assert_eq!(passed.weight.len(), self.weight_len(), "weight");
        if self.pool.is_some() {
            assert_eq!(passed.winners.len(), count * len, "winners");
            let [height, width] = self.pool_size();
            let largest = passed.winners.iter().copied().max().unwrap_or(0);
            assert!(usize::from(largest) < height * width, "winners");
        }
        let plan = Plan::new(self, passed.weight, wants_input, instructions);
        let size = part_len(count);
        let parts = count.div_ceil(size);
        let mut sums = vec![0.0; parts * plan.sums_len()];
        let of_input = if wants_input {
            passed.images.values.len()
        } else {
            0
        };
        // SAFETY: every part writes the gradients of all its images.
        let input = unsafe {
            written(of_input, |input| {
                let mut inputs = input.chunks_mut(size * self.input_len());
                let parts: Vec<Part> = sums
                    .chunks_mut(plan.sums_len())
                    .enumerate()
                    .map(|(place, sums)| Part {
                        plan: &plan,
                        passed,
                        gradient,
                        images: [place * size, count.min((place + 1) * size)],
                        sums,
                        input: inputs.next(),
                    })
                    .collect();
                parallel::run(parts, instructions);
            })
        };
        let (weight, bias) = plan.gather(sums);
        Gradients {
            input,
            weight,
            bias,
        }
    }
}
