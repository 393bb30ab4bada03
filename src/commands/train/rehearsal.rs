//! `--dry-run`: everything but the training. A few steps are taken and thrown away, to say how long the run would take.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use burn::train::Interrupter;

use super::super::needs::{Needs, values};
use super::super::plan::Plan;
use super::super::show;
use crate::config::TrainingConfig;
use crate::data::{Split, batches};
use crate::error::Error;
use crate::report::progress::thousands;
use crate::training::{self, Ended, EpochRecord, Observer, StepReport, TrainingError};

/// How long steps are taken for.
const LONG_ENOUGH: Duration = Duration::from_secs(1);

/// Steps that warm up: kernels are compiled, pages are touched.
const WARM_UP: usize = 2;

/// A measured sample costs a forward pass, about a third of a trained one.
const FORWARD_SHARE: f64 = 1.0 / 3.0;

/// Takes a few steps, and prints what the run would need.
pub(super) fn rehearse(plan: &Plan) -> Result<(), Error> {
    let training = &plan.config.training;
    let samples = plan.dataset.indices(Split::Train).len();
    let batch = batches::size(training.batch_size, samples);
    let size = batch
        .saturating_mul(training.gradient_accumulation)
        .min(samples);
    let clock = Arc::new(Mutex::new(Clock::default()));
    let interrupter = Interrupter::new();
    let observer = Stopwatch {
        clock: clock.clone(),
        interrupter: interrupter.clone(),
    };
    let outcome = training::train(
        plan.run(
            TrainingConfig {
                // Enough for the warm-up where an epoch is one step.
                epochs: 10 * (WARM_UP + 1),
                early_stopping: None,
                ..training.clone()
            },
            interrupter,
        ),
        Box::new(observer),
    )?;
    if let Ended::Failed(error) = outcome.ended {
        return Err(error.into());
    }
    let clock = clock.lock().unwrap_or_else(PoisonError::into_inner);
    let per_sample = clock.seconds / (clock.samples.max(1)) as f64;
    let needs = Needs::of(plan, 0);
    let [data, parameters] = [needs.data, needs.parameters].map(|bytes| bytes as f64);
    let batch_values = batch_bytes(plan, &needs);
    let count = |split| plan.dataset.indices(split).len() as f64;
    let measured = count(Split::MeasuredTrain) + count(Split::Validation);
    let per_epoch = per_sample * (samples as f64 + FORWARD_SHARE * measured);
    show(&format!(
        "step        {} of {} samples, {} an epoch\n\
         time        about {} for {} epochs, measurements included\n\
         memory      about {}: {} data, {} parameters with gradient and moments, {} values of a batch\n\
         dry run     nothing was written\n",
        duration(per_sample * size as f64),
        thousands(size as u64),
        thousands(samples.div_ceil(size) as u64),
        duration(per_epoch * training.epochs as f64),
        thousands(training.epochs as u64),
        bytes(data + parameters + batch_values),
        bytes(data),
        bytes(parameters),
        bytes(batch_values),
    ))
}

/// What every layer gives, kept for the way back, and as much again of gradients; or, if that is more, of a batch that is measured.
fn batch_bytes(plan: &Plan, needs: &Needs) -> f64 {
    let measuring = 4 * plan.config.evaluation.batch_size as u64;
    (2 * needs.batch).max(measuring.saturating_mul(values(plan))) as f64
}

/// `3.2 s`, `2 min`, `1.5 h`
fn duration(seconds: f64) -> String {
    if seconds < 0.1 {
        format!("{:.1} ms", 1000.0 * seconds)
    } else if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else if seconds < 6000.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

/// `12 MB`
fn bytes(count: f64) -> String {
    if count < 1e5 {
        format!("{:.1} kB", count / 1e3)
    } else if count < 1e9 {
        format!("{:.1} MB", count / 1e6)
    } else {
        format!("{:.1} GB", count / 1e9)
    }
}

/// Time and samples of the steps after the warm-up.
#[derive(Default)]
struct Clock {
    steps: usize,
    samples: usize,
    seconds: f64,
    last: Option<Instant>,
    done: usize,
}

struct Stopwatch {
    clock: Arc<Mutex<Clock>>,
    interrupter: Interrupter,
}

impl Observer for Stopwatch {
    fn step(&mut self, step: &StepReport) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let samples = step.done - clock.done;
        clock.steps += 1;
        if let Some(last) = clock.last
            && clock.steps > WARM_UP
        {
            clock.seconds += (now - last).as_secs_f64();
            clock.samples += samples;
        }
        clock.last = Some(now);
        clock.done = step.done;
        if clock.seconds > LONG_ENOUGH.as_secs_f64() {
            self.interrupter.stop(Some("timed long enough"));
        }
    }

    /// The measurement between two epochs is no step.
    fn epoch(&mut self, _: &EpochRecord) -> Result<(), TrainingError> {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock.done = 0;
        if clock.steps > WARM_UP {
            clock.last = Some(Instant::now());
        }
        Ok(())
    }
}
