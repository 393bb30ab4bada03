//! A batch in parts, for all cores.
//!
//! How a batch is divided depends on its size alone: sums of a part are rounded by themselves, and the same batch must give the same
//! bits on any number of threads.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::instructions::Instructions;
use crate::scratch::Scratch;

/// At the most: for more cores than this a part more would be needed, and every part costs a set of sums.
const PARTS: usize = 16;

/// At the least, where there are as many: each part has a set of sums to be cleared and added up. Chosen, not tuned.
const IMAGES: usize = 8;

/// Images of each part, the last may have fewer.
pub(crate) fn part_len(images: usize) -> usize {
    images.div_ceil(PARTS).max(IMAGES)
}

/// Some images of a batch, with what is to be computed of them.
pub(crate) trait Part: Send {
    /// Computes it, in the memory of a thread.
    fn run<S: Simd>(self, simd: S, scratch: &mut Scratch);
}

/// Computes all parts, on as many cores as there are.
pub(crate) fn run(parts: Vec<impl Part>, instructions: Instructions) {
    parts
        .into_par_iter()
        .for_each(|part| compute(part, instructions));
}

/// Computes all parts, one after the other, where waking another core would take longer.
pub(crate) fn run_here(parts: Vec<impl Part>, instructions: Instructions) {
    for part in parts {
        compute(part, instructions);
    }
}

fn compute(part: impl Part, instructions: Instructions) {
    Scratch::with(|scratch| instructions.run(Job { part, scratch }));
}

/// What is inside of a closure would be compiled without the vector instructions.
struct Job<'a, P> {
    part: P,
    scratch: &'a mut Scratch,
}

impl<P: Part> WithSimd for Job<'_, P> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.part.run(simd, self.scratch);
    }
}
