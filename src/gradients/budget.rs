//! What the check before a run may cost: at most 0.3 s, or 5 % of the run where that is more.
//!
//! Measured (AMD EPYC, Zen 4, one core): the hand derivation takes 1 to 2 ns per multiply-add and pass, and burn on the CPU, with
//! all cores and its kernels, does the passes of a training step some ten times faster. Both are taken on the safe side: they
//! decide how many samples are compared, never what is found. The forward passes that find samples away from kinks are not counted:
//! one for each sample where the first draw will do.

use super::rounding::DRAWS;
use crate::model::{Architecture, Layer};

/// Samples before a run, where they are cheap. More find no more: a wrong derivative is wrong for every sample.
const MOST_SAMPLES: u64 = 4;

/// Forward, backward and the gradients: what a training step does, and the derivation by hand.
const PASSES_OF_A_STEP: u64 = 3;

/// By hand once as it is, and once more for each draw of the rounding.
const PASSES: u64 = PASSES_OF_A_STEP * (1 + DRAWS);
const NANOSECONDS_PER_MULTIPLY_ADD: u64 = 3;
const BUDGET_NANOSECONDS: u64 = 300_000_000;

/// How many multiply-adds of a training step take as long as one by hand.
const SPEED_OF_TRAINING: u64 = 20;

/// Parameters beyond which the f64 copies of the check would need more memory than training itself.
const MOST_PARAMETERS: u64 = 1 << 26;

/// How many samples can be checked before a run of `epochs` over `training_samples`; `None` where even one is too many.
#[must_use]
pub fn affordable_samples(
    architecture: &Architecture,
    training_samples: usize,
    epochs: usize,
) -> Option<usize> {
    let values: u64 = architecture
        .layers
        .iter()
        .map(Layer::values)
        .fold(0, u64::saturating_add);
    let work = architecture.multiply_adds().saturating_add(values).max(1);
    let by_hand = work.saturating_mul(PASSES);
    let run = (work.saturating_mul(PASSES_OF_A_STEP) / SPEED_OF_TRAINING)
        .saturating_mul(training_samples as u64)
        .saturating_mul(epochs as u64);
    let budget = (BUDGET_NANOSECONDS / NANOSECONDS_PER_MULTIPLY_ADD).max(run / 20);
    let samples = (budget / by_hand).min(MOST_SAMPLES);
    let fits = samples > 0 && architecture.parameters() <= MOST_PARAMETERS;
    // At most four.
    fits.then_some(samples as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::data::SampleShape;
    use crate::data::Task;

    fn dense(inputs: usize, units: usize) -> Architecture {
        let text = format!(
            "[data]\nsource = 'digits'\n[model]\nlayers = [{{ dense = {{ units = {units} }} }}, {{ dense = {{ units = 10 }} }}]\n\
             loss = 'cross-entropy'\n[training]\nepochs = 1\nbatch-size = 1\noptimizer = {{ adam = {{}} }}"
        );
        let config = config::parse("test", &text, &[]).unwrap().config;
        let input = SampleShape::Vector { features: inputs };
        Architecture::new(&config.model, input, Task::Classification { classes: 10 })
            .unwrap_or_else(|problem| panic!("{}", problem.message))
    }

    #[test]
    fn the_check_never_costs_more_than_its_share() {
        assert_eq!(affordable_samples(&dense(64, 32), 10, 1), Some(4));
        // 0.3 s are 11 million multiply-adds in 9 passes; 20 million are within 5 % of a long run only.
        let large = dense(2000, 10_000);
        assert_eq!(affordable_samples(&large, 100, 1), None);
        assert_eq!(affordable_samples(&large, 60_000, 10), Some(4));
        // 82 million parameters, whatever the run.
        assert_eq!(affordable_samples(&dense(8000, 10_240), 60_000, 1000), None);
    }
}
