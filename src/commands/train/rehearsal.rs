//! `--dry-run`: everything but the training. A few steps are taken and thrown away, to say how long the run would take.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use burn::train::Interrupter;
use serde::{Deserialize, Serialize};

use super::super::needs::{Needs, values};
use super::super::plan::Plan;
use super::super::{print, show};
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

/// What a run would take, as far as a few steps of it tell.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::commands) struct Rehearsal {
    /// Of a step, in seconds.
    pub(in crate::commands) seconds_of_a_step: f64,
    /// Samples of a step.
    pub(in crate::commands) samples_of_a_step: u64,
    /// Steps of an epoch.
    pub(in crate::commands) steps_of_an_epoch: u64,
    /// At most.
    pub(in crate::commands) epochs: u64,
    /// All epochs, measurements included.
    pub(in crate::commands) seconds: f64,
    /// Bytes of the samples.
    pub(in crate::commands) data: u64,
    /// Bytes of the parameters with gradient and moments.
    pub(in crate::commands) parameters: u64,
    /// Bytes of what layers make of a batch.
    pub(in crate::commands) batch: u64,
}

impl Rehearsal {
    /// In bytes.
    pub(in crate::commands) fn memory(&self) -> u64 {
        let Self {
            data,
            parameters,
            batch,
            ..
        } = self;
        data.saturating_add(*parameters).saturating_add(*batch)
    }
}

/// Takes a few steps, and prints what the run would need.
pub(super) fn rehearse(plan: &Plan, as_json: bool) -> Result<(), Error> {
    let rehearsal = measure(plan)?;
    if as_json {
        // Numbers only: nothing that JSON cannot hold.
        let json = serde_json::to_string_pretty(&rehearsal).unwrap_or_default();
        return print(&format!("{json}\n"));
    }
    let size = |count: u64| bytes(count as f64);
    show(&format!(
        "step        {} of {} samples, {} an epoch\n\
         time        about {} for {} epochs, measurements included\n\
         memory      about {}: {} data, {} parameters with gradient and moments, {} values of a batch\n\
         dry run     nothing was written\n",
        duration(rehearsal.seconds_of_a_step),
        thousands(rehearsal.samples_of_a_step),
        thousands(rehearsal.steps_of_an_epoch),
        duration(rehearsal.seconds),
        thousands(rehearsal.epochs),
        size(rehearsal.memory()),
        size(rehearsal.data),
        size(rehearsal.parameters),
        size(rehearsal.batch),
    ))
}

fn measure(plan: &Plan) -> Result<Rehearsal, Error> {
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
    let count = |split| plan.dataset.indices(split).len() as f64;
    let measured = count(Split::MeasuredTrain) + count(Split::Validation);
    let per_epoch = per_sample * (samples as f64 + FORWARD_SHARE * measured);
    Ok(Rehearsal {
        seconds_of_a_step: per_sample * size as f64,
        samples_of_a_step: size as u64,
        steps_of_an_epoch: samples.div_ceil(size) as u64,
        epochs: training.epochs as u64,
        seconds: per_epoch * training.epochs as f64,
        data: needs.data,
        parameters: needs.parameters,
        batch: batch_bytes(plan, &needs),
    })
}

/// What every layer gives, kept for the way back, and as much again of gradients; or, if that is more, of a batch that is measured.
fn batch_bytes(plan: &Plan, needs: &Needs) -> u64 {
    let measuring = 4 * plan.config.evaluation.batch_size as u64;
    needs
        .batch
        .saturating_mul(2)
        .max(measuring.saturating_mul(values(plan)))
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
