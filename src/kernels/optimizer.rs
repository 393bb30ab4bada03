//! Steps of optimizers in one pass over parameters, gradients and what is remembered of earlier steps.
//!
//! What is remembered and fades away ends as a denormal number, which costs a processor a hundred times as much as any other, in
//! every step that follows: it becomes 0 instead.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::instructions::Instructions;
use crate::vectors::{load_some, store_some};

/// Numbers that a core takes at a time.
const PART: usize = 1 << 14;

/// A step of Adam (Kingma and Ba 2015), or of `AdamW` (Loshchilov and Hutter 2019).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// η
    pub learning_rate: f64,
    /// Of the mean of gradients.
    pub beta_1: f64,
    /// Of the mean of their squares.
    pub beta_2: f64,
    /// ε
    pub epsilon: f64,
    /// Adds this times the parameter to the gradient.
    pub penalty: f64,
    /// Shrinks the parameter by η times this.
    pub decay: f64,
    /// From 1.
    pub step: u32,
}

/// A step of gradient descent, with or without momentum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Descent {
    /// η
    pub learning_rate: f64,
    /// μ of `v ← μ v + g`.
    pub momentum: f64,
    /// Whether the step goes along `g + μ v`, not `v`.
    pub nesterov: bool,
    /// Adds this times the parameter to the gradient.
    pub penalty: f64,
}

impl Adam {
    /// Moves `parameters` along `gradients`; both moments begin at 0.
    ///
    /// # Panics
    ///
    /// The slices are not of one length.
    pub fn step(
        &self,
        parameters: &mut [f32],
        gradients: &[f32],
        moment_1: &mut [f32],
        moment_2: &mut [f32],
        instructions: Instructions,
    ) {
        let len = parameters.len();
        assert!(
            [gradients.len(), moment_1.len(), moment_2.len()] == [len; 3],
            "one length"
        );
        parameters
            .par_chunks_mut(PART)
            .zip(gradients.par_chunks(PART))
            .zip(
                moment_1
                    .par_chunks_mut(PART)
                    .zip(moment_2.par_chunks_mut(PART)),
            )
            .for_each(|((parameters, gradients), (moment_1, moment_2))| {
                instructions.run(AdamPart {
                    adam: self,
                    parameters,
                    gradients,
                    moment_1,
                    moment_2,
                });
            });
    }
}

impl Descent {
    /// Moves `parameters` along `gradients`; `velocity` begins at 0, and is empty without momentum.
    ///
    /// # Panics
    ///
    /// The slices are not of one length.
    pub fn step(
        &self,
        parameters: &mut [f32],
        gradients: &[f32],
        velocity: &mut [f32],
        instructions: Instructions,
    ) {
        assert_eq!(parameters.len(), gradients.len(), "one length");
        let parts = parameters
            .par_chunks_mut(PART)
            .zip(gradients.par_chunks(PART));
        if velocity.is_empty() {
            parts.for_each(|(parameters, gradients)| {
                instructions.run(DescentPart {
                    descent: self,
                    parameters,
                    gradients,
                    velocity: &mut [],
                });
            });
        } else {
            assert_eq!(parts.len(), velocity.len().div_ceil(PART), "one length");
            let parts = parts.zip(velocity.par_chunks_mut(PART));
            parts.for_each(|((parameters, gradients), velocity)| {
                instructions.run(DescentPart {
                    descent: self,
                    parameters,
                    gradients,
                    velocity,
                });
            });
        }
    }
}

struct AdamPart<'a> {
    adam: &'a Adam,
    parameters: &'a mut [f32],
    gradients: &'a [f32],
    moment_1: &'a mut [f32],
    moment_2: &'a mut [f32],
}

impl WithSimd for AdamPart<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Adam {
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            penalty,
            decay,
            step,
        } = *self.adam;
        let steps = f64::from(step);
        let splat = |number: f64| simd.splat_f32s(number as f32);
        let (keep_1, new_1) = (splat(beta_1), splat(1.0 - beta_1));
        let (keep_2, new_2) = (splat(beta_2), splat(1.0 - beta_2));
        let rate = splat(learning_rate / (1.0 - beta_1.powf(steps)));
        let correction = splat(1.0 / (1.0 - beta_2.powf(steps)).sqrt());
        let (epsilon, penalty) = (splat(epsilon), splat(penalty));
        let shrink = splat(1.0 - learning_rate * decay);
        let count = self.parameters.len();
        for begin in (0..count).step_by(S::F32_LANES) {
            let range = begin..(begin + S::F32_LANES).min(count);
            let p = load_some(simd, &self.parameters[range.clone()]);
            let g = load_some(simd, &self.gradients[range.clone()]);
            let m = load_some(simd, &self.moment_1[range.clone()]);
            let v = load_some(simd, &self.moment_2[range.clone()]);
            let g = simd.mul_add_e_f32s(penalty, p, g);
            let m = simd.mul_add_e_f32s(new_1, g, simd.mul_f32s(keep_1, m));
            let v = simd.mul_add_e_f32s(simd.mul_f32s(new_2, g), g, simd.mul_f32s(keep_2, v));
            let (m, v) = (normal(simd, m), normal(simd, v));
            let scale = simd.mul_add_e_f32s(simd.sqrt_f32s(v), correction, epsilon);
            let step = simd.div_f32s(simd.mul_f32s(rate, m), scale);
            let p = simd.sub_f32s(simd.mul_f32s(shrink, p), step);
            store_some(simd, &mut self.parameters[range.clone()], p);
            store_some(simd, &mut self.moment_1[range.clone()], m);
            store_some(simd, &mut self.moment_2[range], v);
        }
    }
}

struct DescentPart<'a> {
    descent: &'a Descent,
    parameters: &'a mut [f32],
    gradients: &'a [f32],
    velocity: &'a mut [f32],
}

impl WithSimd for DescentPart<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Descent {
            learning_rate,
            momentum,
            nesterov,
            penalty,
        } = *self.descent;
        let splat = |number: f64| simd.splat_f32s(number as f32);
        let (rate, momentum, penalty) = (splat(-learning_rate), splat(momentum), splat(penalty));
        let count = self.parameters.len();
        for begin in (0..count).step_by(S::F32_LANES) {
            let range = begin..(begin + S::F32_LANES).min(count);
            let p = load_some(simd, &self.parameters[range.clone()]);
            let g = load_some(simd, &self.gradients[range.clone()]);
            let mut along = simd.mul_add_e_f32s(penalty, p, g);
            if !self.velocity.is_empty() {
                let v = load_some(simd, &self.velocity[range.clone()]);
                let v = normal(simd, simd.mul_add_e_f32s(momentum, v, along));
                store_some(simd, &mut self.velocity[range.clone()], v);
                along = if nesterov {
                    simd.mul_add_e_f32s(momentum, v, along)
                } else {
                    v
                };
            }
            let p = simd.mul_add_e_f32s(rate, along, p);
            store_some(simd, &mut self.parameters[range], p);
        }
    }
}

/// 0 instead of a denormal number. What is no number stays so.
#[inline(always)]
fn normal<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let smallest = simd.splat_f32s(f32::MIN_POSITIVE);
    let is_denormal = simd.less_than_f32s(simd.abs_f32s(x), smallest);
    simd.select_f32s(is_denormal, simd.splat_f32s(0.0), x)
}
