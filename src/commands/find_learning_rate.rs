//! `brecha find-learning-rate`: the learning rate rises from step to step until the loss explodes (Smith 2017, "Cyclical
//! learning rates for training neural networks", section 3.3). Where the loss fell fastest is a good one to train with.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use burn::train::Interrupter;
use serde_json::json;

use super::needs::Needs;
use super::plan::Plan;
use super::{print, show};
use crate::cli::FindLearningRateArguments;
use crate::config::{ExponentialConfig, ScheduleConfig, TrainingConfig};
use crate::data::{Split, batches};
use crate::error::{Error, ExitCode};
use crate::training::range_test::{Reading, suggestion};
use crate::training::{self, Ended, EpochRecord, Observer, StepReport, TrainingError, optimizer};

/// Steps of the whole range.
const STEPS: usize = 200;

/// The loss has exploded when it is this many times the lowest.
const EXPLODED: f64 = 4.0;

/// Rows of the printed curve.
const ROWS: usize = 20;

/// Raises the learning rate until the loss explodes, prints the curve, and suggests one.
///
/// # Errors
///
/// As `train` before its first epoch; nothing is written.
pub fn run(arguments: &FindLearningRateArguments) -> Result<ExitCode, Error> {
    let (low, high) = (arguments.from, arguments.to);
    if low >= high {
        return Err(Error::Arguments {
            message: format!("`--from` is {low:?} and `--to` is {high:?}: the rate is to rise"),
            hint: "give `--to` the larger number".to_owned(),
        });
    }
    let plan = Plan::new(
        &arguments.config,
        &arguments.overrides,
        arguments.backend.as_deref(),
    )?;
    Needs::of(&plan, 0).check_memory(&plan)?;
    let readings = measure(&plan, low, high)?;
    let found = suggestion(&readings);
    if arguments.json {
        let rows: Vec<_> = readings
            .iter()
            .map(|reading| json!({ "learning-rate": reading.learning_rate, "loss": reading.loss, "smoothed": reading.smoothed }))
            .collect();
        print(&format!(
            "{:#}\n",
            json!({ "suggestion": found, "steps": rows })
        ))?;
        return Ok(ExitCode::Success);
    }
    show(&curve(&readings))?;
    print(&match found {
        Some(rate) => format!(
            "\nthe loss falls fastest at a learning rate of {rate:.1e}; try `--set training.optimizer.{}.learning-rate={rate:.1e}`\n",
            name(&plan)
        ),
        None => "\nthe loss does not fall anywhere in this range: look at the data and the network, or move the range with `--from` and `--to`\n".to_owned(),
    })?;
    Ok(ExitCode::Success)
}

fn name(plan: &Plan) -> &'static str {
    use crate::config::OptimizerConfig as Rule;
    match plan.config.training.optimizer {
        Rule::Sgd(_) => "sgd",
        Rule::Adam(_) => "adam",
        Rule::AdamW(_) => "adamw",
        Rule::RmsProp(_) => "rmsprop",
        Rule::Lion(_) => "lion",
    }
}

fn measure(plan: &Plan, low: f64, high: f64) -> Result<Vec<Reading>, Error> {
    let configured = &plan.config.training;
    let samples = plan.dataset.indices(Split::Train).len();
    let batch = batches::size(configured.batch_size, samples);
    let steps_per_epoch = samples.div_ceil(batch.saturating_mul(configured.gradient_accumulation));
    let interrupter = Interrupter::new();
    let readings = Arc::new(Mutex::new(Vec::new()));
    let observer = Watch {
        readings: readings.clone(),
        interrupter: interrupter.clone(),
    };
    let outcome = training::train(
        plan.run(
            TrainingConfig {
                epochs: STEPS.div_ceil(steps_per_epoch),
                optimizer: optimizer::with_learning_rate(&configured.optimizer, high),
                schedule: ScheduleConfig::Exponential(ExponentialConfig {
                    start: low / high,
                    end: 1.0,
                }),
                early_stopping: None,
                ..configured.clone()
            },
            interrupter,
        ),
        Box::new(observer),
    )?;
    if let Ended::Failed(error) = outcome.ended {
        return Err(error.into());
    }
    let mut readings = readings.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(std::mem::take(&mut *readings))
}

/// Writes down each step, and stops where the loss has exploded.
struct Watch {
    readings: Arc<Mutex<Vec<Reading>>>,
    interrupter: Interrupter,
}

impl Observer for Watch {
    fn step(&mut self, step: &StepReport) {
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        let next = Reading::after(&readings, step.learning_rate, step.loss);
        let lowest = readings.iter().map(|reading| reading.smoothed);
        if next.smoothed > EXPLODED * lowest.fold(f64::INFINITY, f64::min) {
            self.interrupter.stop(Some("the loss has exploded"));
        }
        readings.push(next);
    }

    fn epoch(&mut self, _: &EpochRecord) -> Result<(), TrainingError> {
        Ok(())
    }
}

/// A bar for every few steps.
fn curve(readings: &[Reading]) -> String {
    const WIDTH: f64 = 40.0;
    let every = readings.len().div_ceil(ROWS).max(1);
    let shown = || readings.iter().step_by(every);
    let highest = shown().map(|reading| reading.smoothed).fold(0.0, f64::max);
    let mut text = String::from("learning rate    loss\n");
    for reading in shown() {
        let length = (WIDTH * reading.smoothed / highest.max(f64::MIN_POSITIVE)).round() as usize;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:>13}  {:>6.4}  {}",
            format!("{:.1e}", reading.learning_rate),
            reading.smoothed,
            "━".repeat(length)
        );
    }
    text
}
