//! `brecha learning-curve`: error and gap against the number of training samples, and how many would halve the gap.

use std::fmt::Write;

use serde_json::{Value, json};

use super::sweep::{self, Ran, pictures};
use super::{print, show};
use crate::cli::{LearningCurveArguments, SweepPointsArguments};
use crate::config::{self, DataConfig};
use crate::data::{Dataset, Split};
use crate::error::{Error, ExitCode};
use crate::experiment::rows::{Row, Scores};
use crate::generalization::learning_curve::{
    Answer, Fit, Point, Quantity, Reason, Run, fit, sentence,
};
use crate::generalization::{Estimate, Proportion};
use crate::report::progress::thousands;
use crate::report::scaling::{self, Law, LawPoint, Mark, Scaling};

/// The key that is swept.
const SIZE: &str = "data.split.training-samples";

/// Sizes that are chosen where none are given, each half of the next.
const CHOSEN_SIZES: usize = 6;

/// Seeds where none are given: with two a slope has an interval, with five a useful one.
const CHOSEN_SEEDS: u64 = 5;

/// Places at which the law is drawn.
const DRAWN: usize = 60;

/// Runs every size with every seed, fits, and answers.
///
/// # Errors
///
/// As a sweep; or the configuration sweeps something else.
pub fn run(arguments: &LearningCurveArguments) -> Result<ExitCode, Error> {
    let points = SweepPointsArguments {
        config: arguments.config.clone(),
        overrides: overrides(arguments)?,
        name: arguments.name.clone(),
        artifacts: arguments.artifacts.clone(),
        yes: false,
    };
    let ran = sweep::run_here(&points, arguments.jobs)?;
    if ran.code != ExitCode::Success {
        return Ok(ran.code);
    }
    let runs: Vec<Run> = ran.rows.iter().filter_map(measured).collect();
    let places = places(&runs);
    let fitted = Fitted {
        gap: fit(&runs, Quantity::Gap, &places),
        vanishing_gap: fit(&runs, Quantity::VanishingGap, &places),
        error: fit(&runs, Quantity::ValidationError, &places),
    };
    write(&ran, &runs, &fitted)?;
    if arguments.json {
        print(&format!("{:#}\n", record(&runs, &fitted)))?;
        return Ok(ExitCode::Success);
    }
    show(&table(&runs))?;
    for law in [&fitted.gap, &fitted.vanishing_gap, &fitted.error] {
        show(&format!("\n{}\n", answer(law)))?;
    }
    print("\n")?;
    for file in [
        "sweep.csv",
        "learning-curve.json",
        "learning-curve.svg",
        "learning-curve.png",
    ] {
        print(&format!("{}\n", ran.folder.path().join(file).display()))?;
    }
    Ok(ExitCode::Success)
}

/// The laws, or why there is none.
struct Fitted {
    gap: Result<Fit, Reason>,
    vanishing_gap: Result<Fit, Reason>,
    error: Result<Fit, Reason>,
}

/// With the `[sweep]` over sizes that is asked for, or the configuration's own, or one that suits its data.
fn overrides(arguments: &LearningCurveArguments) -> Result<Vec<String>, Error> {
    let mut overrides = arguments.overrides.clone();
    let loaded = config::load(&arguments.config, &overrides)?;
    refuse_numbers(&loaded.config.data)?;
    let own = loaded.sweep.as_ref();
    if let Some(other) = own.and_then(|sweep| sweep.axes.iter().find(|axis| axis.key != SIZE)) {
        return Err(Error::Arguments {
            message: format!(
                "this configuration sweeps `{}`, and a learning curve is over `{SIZE}` alone",
                other.key
            ),
            hint: "use `brecha sweep`, or remove the other keys from `[sweep]`".to_owned(),
        });
    }
    let sizes = match (
        &arguments.sizes[..],
        own.filter(|sweep| !sweep.axes.is_empty()),
    ) {
        ([], Some(_)) if arguments.seeds.is_none() => return Ok(overrides),
        ([], Some(sweep)) => sweep.axes[0].values.join(", "),
        ([], None) => joined(&suitable_sizes(&loaded.config)?),
        (sizes, _) => joined(sizes),
    };
    let seeds = arguments.seeds.or(own.map(|sweep| sweep.seeds));
    let seeds = seeds.unwrap_or(CHOSEN_SEEDS);
    overrides.push(format!("sweep={{ {SIZE} = [{sizes}], seeds = {seeds} }}"));
    Ok(overrides)
}

/// The laws are fitted to counts of wrong answers, with the intervals of counts; squared errors have others.
fn refuse_numbers(data: &DataConfig) -> Result<(), Error> {
    if !data.source.has_numbers() {
        return Ok(());
    }
    Err(Error::Arguments {
        message: "this data asks for a number, and the law of a learning curve is fitted to counts of wrong classes".to_owned(),
        hint: format!(
            "sweep the sizes instead: `[sweep]` with `{SIZE} = [50, 100, 200]` and `seeds = 5`, run by `brecha sweep`, draws what \
             is left unexplained against the size"
        ),
    })
}

fn joined(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    sizes.join(", ")
}

/// All training samples, half of them, a quarter, … as long as two of each class are left.
fn suitable_sizes(config: &config::Config) -> Result<Vec<usize>, Error> {
    let measured = config.evaluation.training_samples;
    let dataset = Dataset::load(&config.data, measured, config.seed.unwrap_or(1))?;
    let all = dataset.indices(Split::Train).len();
    let least = 2 * dataset.classes().len();
    let mut sizes: Vec<usize> = std::iter::successors(Some(all), |size| Some(size / 2))
        .take(CHOSEN_SIZES)
        .take_while(|&size| size >= least || size == all)
        .collect();
    sizes.reverse();
    Ok(sizes)
}

/// A point that ended with measurements of both splits.
fn measured(row: &Row) -> Option<Run> {
    let proportion = |scores: &Scores| {
        let trials = scores.samples?;
        Some(Proportion {
            successes: (scores.accuracy? * trials as f64).round() as u64,
            trials,
        })
    };
    Some(Run {
        seed: row.point.seed,
        training_samples: row.outcome.training_samples?,
        train: proportion(&row.outcome.training)?,
        // Each seed draws its own validation split, so that its error is one of the things in which seeds differ.
        validation: vec![proportion(&row.outcome.validation)?],
    })
}

/// From the smallest size to four times the largest, evenly on a logarithmic scale.
fn places(runs: &[Run]) -> Vec<f64> {
    let sizes = runs.iter().map(|run| run.training_samples as f64);
    let (low, high) = sizes.fold((f64::INFINITY, 0.0_f64), |(low, high), size| {
        (low.min(size), high.max(size))
    });
    let factor = 4.0 * high / low;
    let place = |step: usize| low * factor.powf(step as f64 / (DRAWN - 1) as f64);
    (0..DRAWN)
        .map(place)
        .filter(|place| place.is_finite())
        .collect()
}

/// Mean and range over the seeds, in percent.
fn table(runs: &[Run]) -> String {
    let mut sizes: Vec<u64> = runs.iter().map(|run| run.training_samples).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let mut text = "training samples   training error   validation error          gap\n".to_owned();
    for size in sizes {
        let of_size = || runs.iter().filter(|run| run.training_samples == size);
        let mean = |of: &dyn Fn(&Run) -> f64| {
            100.0 * of_size().map(of).sum::<f64>() / of_size().count() as f64
        };
        let (train, validation) = (mean(&train_error), mean(&validation_error));
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{size:>16}   {train:>12.1} %   {validation:>14.1} %   {:>+6.1} points",
            validation - train
        );
    }
    text
}

fn train_error(run: &Run) -> f64 {
    1.0 - run.train.rate()
}

fn validation_error(run: &Run) -> f64 {
    1.0 - run.validation[0].rate()
}

/// The law, where there is one, and what follows from it.
fn answer(fitted: &Result<Fit, Reason>) -> String {
    match fitted {
        Ok(fit) => format!("{}\n  {}", law(fit), sentence(&fit.halving)),
        Err(reason) => sentence(&Answer::Unsupported(*reason)),
    }
}

/// `gap ≈ 1.2 % + 215 % · n^−0.47 (exponent 0.43 to 0.50, 5 seeds)`
fn law(fit: &Fit) -> String {
    let floor = || format!("{:.1} % + ", 100.0 * fit.floor.value);
    let (name, floor) = match fit.quantity {
        Quantity::Gap => ("gap", floor()),
        Quantity::VanishingGap => ("gap, if it vanishes,", String::new()),
        Quantity::ValidationError => ("validation error", floor()),
    };
    let steepest = if fit.exponent.high.is_finite() {
        format!("{:.2}", fit.exponent.high)
    } else {
        "any".to_owned()
    };
    format!(
        "{name} ≈ {floor}{:.0} % · n^−{:.2} (exponent {:.2} to {steepest}, {} seeds)",
        100.0 * fit.scale.value,
        fit.exponent.value,
        fit.exponent.low,
        fit.seeds
    )
}

fn record(runs: &[Run], fitted: &Fitted) -> Value {
    let estimate = |estimate: Estimate| json!({ "value": estimate.value, "low": estimate.low, "high": finite(estimate.high) });
    let law = |fitted: &Result<Fit, Reason>| match fitted {
        Ok(fit) => json!({
            "floor": estimate(fit.floor),
            "scale": estimate(fit.scale),
            "exponent": estimate(fit.exponent),
            "present": estimate(fit.present),
            "seeds": fit.seeds,
            "lack-of-fit": fit.lack_of_fit,
            "samples-to-halve": match fit.halving {
                Answer::Samples { samples, .. } => estimate(samples),
                _ => Value::Null,
            },
            "answer": sentence(&fit.halving),
        }),
        Err(reason) => json!({ "answer": sentence(&Answer::Unsupported(*reason)) }),
    };
    let runs: Vec<Value> = runs
        .iter()
        .map(|run| {
            json!({
                "seed": run.seed,
                "training-samples": run.training_samples,
                "training-error": train_error(run),
                "validation-error": validation_error(run),
            })
        })
        .collect();
    json!({
        "gap": law(&fitted.gap),
        "vanishing-gap": law(&fitted.vanishing_gap),
        "validation-error": law(&fitted.error),
        "runs": runs,
    })
}

/// JSON has no infinity.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// The picture and the numbers, beside the sweep's table.
fn write(ran: &Ran, runs: &[Run], fitted: &Fitted) -> Result<(), Error> {
    let json = format!("{:#}\n", record(runs, fitted));
    ran.folder.write("learning-curve.json", json.as_bytes())?;
    let drawn = fitted.error.as_ref().ok().map(|fit| Law {
        points: fit.curve.iter().map(law_point).collect(),
        annotation: law(fit),
    });
    let halved = |fit: &Result<Fit, Reason>, label: &str| match fit {
        Ok(Fit {
            halving: Answer::Samples { samples, .. },
            ..
        }) => Some(Mark {
            value: samples.value,
            label: format!(
                "{label}: ~{} samples",
                thousands(samples.value.round() as u64)
            ),
        }),
        _ => None,
    };
    let mark = halved(&fitted.gap, "half the gap")
        .or_else(|| halved(&fitted.vanishing_gap, "half the gap, if it vanishes"));
    let picture = Scaling {
        subtitle: match &fitted.gap {
            Ok(fit) => sentence(&fit.halving),
            Err(reason) => sentence(&Answer::Unsupported(*reason)),
        },
        law: drawn,
        mark,
        ..pictures::over_one_key(&ran.name, &ran.sweep, 0, &ran.rows)
    };
    pictures::write(
        &ran.folder,
        "learning-curve",
        scaling::svg(&picture),
        || scaling::png(&picture),
    )
}

fn law_point(point: &Point) -> LawPoint {
    LawPoint {
        value: point.training_samples,
        error: point.value.value,
        low: point.value.low,
        high: point.value.high,
    }
}
