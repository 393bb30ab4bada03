//! `brecha bench`: how fast a configuration trains and answers on this machine, and which part of a step takes how long.
//!
//! The steps are those of the training loop itself, from the configured network's first weights on; measurements between epochs are
//! left out of them. Nothing is written.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use burn::train::Interrupter;
use serde_json::json;

use super::needs::Needs;
use super::plan::Plan;
use super::{print, show};
use crate::cli::BenchArguments;
use crate::config::TrainingConfig;
use crate::data::{Split, batches};
use crate::error::{Error, ExitCode};
use crate::evaluation::measure_samples;
use crate::machine::memory::highest;
use crate::model::Network;
use crate::report::progress::thousands;
use crate::training::stopwatch::{Phase, Stopwatch};
use crate::training::{self, Ended, EpochRecord, Observer, StepReport, TrainingError};

/// Of the time that is given: what goes to whole steps, and to steps whose parts are timed; the rest goes to answers.
const WHOLE_STEPS: f64 = 0.6;
const PARTS: f64 = 0.2;

/// Whole steps are timed in so many rounds.
const ROUNDS: f64 = 10.0;

/// Before anything is timed: kernels are compiled, pages are touched.
const WARM_UP: usize = 5;

/// Times the configured training for a while, and prints what it found.
///
/// # Errors
///
/// As `train` before its first epoch.
pub fn run(arguments: &BenchArguments) -> Result<ExitCode, Error> {
    let plan = Plan::new(
        &arguments.config,
        &arguments.overrides,
        arguments.backend.as_deref(),
    )?;
    Needs::of(&plan, 0).check_memory(&plan)?;
    let whole = steps(&plan, arguments.seconds * WHOLE_STEPS, Stopwatch::default())?;
    let stopwatch = Stopwatch::on(plan.backend.device.clone());
    let parts = steps(&plan, arguments.seconds * PARTS, stopwatch.clone())?;
    let seconds = arguments.seconds * (1.0 - WHOLE_STEPS - PARTS);
    let answers = rayon::scope(|_| answers(&plan, &parts.network, seconds))?;
    let found = Found {
        training: whole.rates,
        batch: whole.batch,
        phases: stopwatch
            .seconds()
            .map(|seconds| 1000.0 * seconds / parts.steps.max(1) as f64),
        answers,
        memory: highest(),
    };
    if arguments.json {
        print(&format!("{:#}\n", found.json(&plan)))?;
    } else {
        show(&found.text(&plan))?;
    }
    Ok(ExitCode::Success)
}

/// What was found.
struct Found {
    /// Samples a second, of each round; never empty.
    training: Vec<f64>,
    /// Samples of a step.
    batch: usize,
    /// Milliseconds of a step in each of [`Phase::ALL`].
    phases: [f64; Phase::ALL.len()],
    /// Samples a second.
    answers: f64,
    /// The most memory that the process had, in bytes, where the system says it.
    memory: Option<u64>,
}

impl Found {
    fn text(&self, plan: &Plan) -> String {
        let [low, middle, high] = self.spread();
        let whole = |rate: f64| thousands(rate.round() as u64);
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "backend    {}, {}, kernels {}\n\
             network    {} parameters, batches of {}\n\n\
             training   {} samples/s, {:.1} steps/s  ({} to {} in {} rounds)\n\
             answering  {} samples/s, in batches of {}",
            plan.backend.name,
            plan.backend.description,
            plan.kernels(),
            thousands(plan.architecture.parameters()),
            thousands(self.batch as u64),
            whole(middle),
            middle / self.batch as f64,
            whole(low),
            whole(high),
            self.training.len(),
            whole(self.answers),
            thousands(plan.config.evaluation.batch_size as u64),
        );
        if let Some(memory) = self.memory {
            let _ = writeln!(
                text,
                "memory     {} MB at most so far",
                memory.div_ceil(1_000_000)
            );
        }
        let _ = writeln!(text, "\npart of a step       ms");
        let total: f64 = self.phases.iter().sum();
        for (phase, milliseconds) in Phase::ALL.into_iter().zip(self.phases) {
            let _ = writeln!(
                text,
                "{:<12} {milliseconds:>10.4}  {:>5.1} %",
                phase.name(),
                100.0 * milliseconds / total
            );
        }
        text
    }

    fn json(&self, plan: &Plan) -> serde_json::Value {
        let [low, middle, high] = self.spread();
        let phases: serde_json::Map<_, _> = Phase::ALL
            .into_iter()
            .zip(self.phases)
            .map(|(phase, milliseconds)| (phase.name().to_owned(), json!(milliseconds)))
            .collect();
        json!({
            "backend": plan.backend.name.to_string(),
            "device": plan.backend.description,
            "kernels": plan.kernels(),
            "parameters": plan.architecture.parameters(),
            "batch-size": self.batch,
            "training": { "samples-per-second": middle, "lowest": low, "highest": high, "rounds": self.training },
            "answering": { "samples-per-second": self.answers, "batch-size": plan.config.evaluation.batch_size },
            "milliseconds-of-a-step": phases,
            "memory-bytes": self.memory,
        })
    }

    /// The slowest round, the middle one, the fastest.
    fn spread(&self) -> [f64; 3] {
        let mut rates = self.training.clone();
        rates.sort_by(f64::total_cmp);
        let last = rates.len() - 1;
        [0, last.div_ceil(2), last].map(|place| rates[place])
    }
}

/// Steps that were taken and timed.
struct Timed {
    rates: Vec<f64>,
    batch: usize,
    steps: usize,
    network: Network,
}

fn steps(plan: &Plan, seconds: f64, stopwatch: Stopwatch) -> Result<Timed, Error> {
    let configured = &plan.config.training;
    let samples = plan.dataset.indices(Split::Train).len();
    let batch = batches::size(configured.batch_size, samples)
        .saturating_mul(configured.gradient_accumulation)
        .min(samples);
    let interrupter = Interrupter::new();
    let clock = Arc::new(Mutex::new(Clock::new(seconds)));
    let mut run = plan.run(
        TrainingConfig {
            // Until the time is over.
            epochs: 1_000_000_000,
            early_stopping: None,
            ..configured.clone()
        },
        interrupter.clone(),
    );
    run.stopwatch = stopwatch.clone();
    let observer = Watch {
        clock: clock.clone(),
        interrupter,
        stopwatch,
    };
    let outcome = training::train(run, Box::new(observer))?;
    match outcome.ended {
        Ended::Failed(error) => return Err(error.into()),
        Ended::Diverged(divergence) => return Err(Error::Diverged(divergence)),
        _ => {}
    }
    let network = outcome.last.ok_or(TrainingError::NothingToMeasure)?;
    let clock = clock.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Timed {
        rates: clock.rates.clone(),
        batch,
        steps: clock.steps.saturating_sub(WARM_UP),
        network,
    })
}

/// Samples of the judged split, or of the training split where nothing is held out, measured again and again.
fn answers(plan: &Plan, network: &Network, seconds: f64) -> Result<f64, Error> {
    let split = if plan.dataset.indices(Split::Validation).is_empty() {
        Split::Train
    } else {
        Split::Validation
    };
    let size = plan.config.evaluation.batch_size;
    let measure = || measure_samples(network, &plan.dataset, split, size, &plan.backend.device);
    // The first one warms up.
    measure()?;
    let began = Instant::now();
    let mut samples = 0;
    loop {
        measure()?;
        samples += plan.dataset.indices(split).len();
        let spent = began.elapsed().as_secs_f64();
        if spent >= seconds {
            return Ok(samples as f64 / spent);
        }
    }
}

/// Times steps, and stops when it has been long enough.
struct Watch {
    clock: Arc<Mutex<Clock>>,
    interrupter: Interrupter,
    stopwatch: Stopwatch,
}

struct Clock {
    /// Of a round.
    seconds: f64,
    /// Rounds that are still to come.
    rounds: usize,
    rates: Vec<f64>,
    steps: usize,
    /// In the current round.
    samples: usize,
    spent: Duration,
    last: Instant,
    done: usize,
}

impl Clock {
    fn new(seconds: f64) -> Self {
        Self {
            seconds: seconds / ROUNDS,
            rounds: ROUNDS as usize,
            rates: Vec::new(),
            steps: 0,
            samples: 0,
            spent: Duration::ZERO,
            last: Instant::now(),
            done: 0,
        }
    }

    /// Whether it has been long enough.
    fn step(&mut self, done: usize) -> bool {
        let now = Instant::now();
        self.steps += 1;
        if self.steps > WARM_UP {
            self.samples += done - self.done;
            self.spent += now - self.last;
        }
        (self.last, self.done) = (now, done);
        if self.samples > 0 && self.spent.as_secs_f64() >= self.seconds {
            self.rates
                .push(self.samples as f64 / self.spent.as_secs_f64());
            (self.samples, self.spent) = (0, Duration::ZERO);
        }
        self.rates.len() >= self.rounds
    }
}

impl Observer for Watch {
    fn step(&mut self, step: &StepReport) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        if clock.step(step.done) {
            self.interrupter.stop(Some("timed long enough"));
        }
        if clock.steps == WARM_UP {
            self.stopwatch.reset();
        }
    }

    /// The measurement between two epochs is no step.
    fn epoch(&mut self, _: &EpochRecord) -> Result<(), TrainingError> {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        (clock.last, clock.done) = (Instant::now(), 0);
        Ok(())
    }
}
