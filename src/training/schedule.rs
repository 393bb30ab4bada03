//! The learning rate of each step, as a share of the configured one: a function of the step's place in the run and of nothing else.
//!
//! With `t` of `T` steps done, `t` from 0:
//!
//! | schedule | share |
//! |---|---|
//! | `constant` | 1 |
//! | `step` | `factor^⌊epochs done / every⌋` |
//! | `cosine` | `(t + 1) / w` in the `w` steps of the warm-up, then `end + (1 − end) (1 + cos π u) / 2` |
//! | `one-cycle` | from `start` to 1, then from 1 to `end`, each along half a cosine |
//! | `exponential` | `start · (end / start)^u` |
//!
//! `u` runs from 0 at the first step (after the warm-up, if there is one) to 1 at the very last, which has the share `end`.

use std::f64::consts::PI;

use crate::config::{CosineConfig, ExponentialConfig, OneCycleConfig, ScheduleConfig, StepConfig};

/// Where a step stands in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Epochs before this step's.
    pub epochs_done: usize,
    /// Steps before this one, in all epochs.
    pub steps_done: usize,
    /// Steps of an epoch.
    pub steps_per_epoch: usize,
    /// Steps of the run.
    pub steps: usize,
}

/// The share of the configured learning rate that this step has.
#[must_use]
pub fn share(schedule: &ScheduleConfig, place: Place) -> f64 {
    let step = place.steps_done as f64;
    let last = place.steps.saturating_sub(1) as f64;
    match *schedule {
        ScheduleConfig::Constant => 1.0,
        ScheduleConfig::Step(StepConfig { every, factor }) => {
            factor.powf((place.epochs_done / every.max(1)) as f64)
        }
        ScheduleConfig::Cosine(CosineConfig { warm_up, end }) => {
            let warm_up = (warm_up * place.steps_per_epoch as f64).round().min(last);
            if step < warm_up {
                (step + 1.0) / warm_up
            } else {
                between(1.0, end, (step - warm_up) / (last - warm_up).max(1.0))
            }
        }
        ScheduleConfig::OneCycle(OneCycleConfig {
            warm_up,
            start,
            end,
        }) => {
            let top = (warm_up * last).round();
            if step < top {
                between(start, 1.0, step / top)
            } else {
                between(1.0, end, (step - top) / (last - top).max(1.0))
            }
        }
        ScheduleConfig::Exponential(ExponentialConfig { start, end }) => {
            start * (end / start).powf(step / last.max(1.0))
        }
    }
}

/// From `first` to `last` along half a cosine, at `u` of the way.
fn between(first: f64, last: f64, u: f64) -> f64 {
    last + (first - last) * (1.0 + (PI * u.clamp(0.0, 1.0)).cos()) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(schedule: &ScheduleConfig, epochs: usize, steps_per_epoch: usize) -> Vec<f64> {
        let steps = epochs * steps_per_epoch;
        let place = |steps_done| Place {
            epochs_done: steps_done / steps_per_epoch,
            steps_done,
            steps_per_epoch,
            steps,
        };
        (0..steps)
            .map(|step| share(schedule, place(step)))
            .collect()
    }

    #[track_caller]
    fn agree(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            // The expected ones are written to seven digits.
            assert!((found - expected).abs() < 1e-7, "{found} {expected}");
        }
    }

    #[test]
    fn shares_are_those_of_the_formulas() {
        agree(&shares(&ScheduleConfig::Constant, 1, 3), &[1.0; 3]);
        let step = ScheduleConfig::Step(StepConfig {
            every: 2,
            factor: 0.1,
        });
        agree(&shares(&step, 5, 1), &[1.0, 1.0, 0.1, 0.1, 0.01]);
        // cos(π/3) = 1/2, cos(2π/3) = −1/2.
        let cosine = |warm_up, end| ScheduleConfig::Cosine(CosineConfig { warm_up, end });
        agree(&shares(&cosine(0.0, 0.0), 2, 2), &[1.0, 0.75, 0.25, 0.0]);
        agree(
            &shares(&cosine(1.0, 0.2), 3, 2),
            &[0.5, 1.0, 1.0, 0.8, 0.4, 0.2],
        );
        agree(&shares(&cosine(0.5, 0.0), 1, 4), &[0.5, 1.0, 1.0, 0.0]);
        let exponential = ScheduleConfig::Exponential(ExponentialConfig {
            start: 0.001,
            end: 1.0,
        });
        agree(&shares(&exponential, 2, 2), &[0.001, 0.01, 0.1, 1.0]);
        // Steps 0 to 3 rise, 3 is the top of 10, 9 the last.
        let one_cycle = ScheduleConfig::OneCycle(OneCycleConfig {
            warm_up: 1.0 / 3.0,
            start: 0.04,
            end: 4e-6,
        });
        let found = shares(&one_cycle, 1, 10);
        agree(
            &[found[0], found[1], found[3], found[6], found[9]],
            &[0.04, 0.28, 1.0, 0.500_002, 0.000_004],
        );
    }

    /// The values of PyTorch 2's `OneCycleLR(max_lr=1, total_steps=10, pct_start=0.4, anneal_strategy='cos')`, by its formula:
    /// the top at step `pct_start · 10 − 1 = 3`.
    #[test]
    fn one_cycle_is_pytorchs() {
        let one_cycle = ScheduleConfig::OneCycle(OneCycleConfig {
            warm_up: 1.0 / 3.0,
            ..one_cycle_defaults()
        });
        let found = shares(&one_cycle, 1, 10);
        let rise = |step: f64| 1.0 + (0.04 - 1.0) / 2.0 * ((PI * step / 3.0).cos() + 1.0);
        let fall = |step: f64| 4e-6 + (1.0 - 4e-6) / 2.0 * ((PI * (step - 3.0) / 6.0).cos() + 1.0);
        for (step, found) in found.into_iter().enumerate() {
            let step = step as f64;
            let expected = if step <= 3.0 { rise(step) } else { fall(step) };
            assert!(
                (found - expected).abs() < 1e-12,
                "{step}: {found} {expected}"
            );
        }
    }

    fn one_cycle_defaults() -> OneCycleConfig {
        toml::from_str("").unwrap()
    }

    #[test]
    fn every_run_however_short_has_finite_shares() {
        for schedule in [
            ScheduleConfig::Step(StepConfig {
                every: 1,
                factor: 0.5,
            }),
            ScheduleConfig::Cosine(CosineConfig {
                warm_up: 5.0,
                end: 0.1,
            }),
            ScheduleConfig::OneCycle(one_cycle_defaults()),
        ] {
            for (epochs, steps) in [(1, 1), (1, 2), (2, 1), (3, 7)] {
                let shares = shares(&schedule, epochs, steps);
                assert!(
                    shares.iter().all(|share| (0.0..=1.0).contains(share)),
                    "{schedule:?} {shares:?}"
                );
            }
        }
    }
}
