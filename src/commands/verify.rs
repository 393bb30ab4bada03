//! `brecha verify`: every number of a run's verdict once more, from the weights, the configuration and the data.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Value, json};

use super::plan::Plan;
use super::print;
use super::train::JudgedBy;
use crate::cli::VerifyArguments;
use crate::data::Split;
use crate::error::{Error, ExitCode};
use crate::evaluation::measure;
use crate::generalization::{
    self, Divergence, EpochMeasurement, Evidence, Judgement, Measurement, Moments, Proportion,
};
use crate::model::Network;
use crate::report::ReportError;
use crate::report::metrics::Row;
use crate::report::reading::RunFolder;
use crate::report::record::Measured;
use crate::training::TrainingError;

/// Counts are equal or not; a mean loss may differ by the rounding of f32 on another processor.
const PRECISION: f64 = 1e-6;

/// One number or word that is not what it was.
#[derive(Debug, Serialize)]
struct Difference {
    key: String,
    recorded: Value,
    recomputed: Value,
}

/// Recomputes, compares, and says which numbers differ.
///
/// # Errors
///
/// The folder is no run that has a result, the data is not what it was, or the device fails.
pub fn run(arguments: &VerifyArguments) -> Result<ExitCode, Error> {
    let folder = RunFolder::new(&arguments.run);
    let record = folder.record()?;
    let recorded = &record["result"];
    if recorded.is_null() {
        return Err(changed(
            format!(
                "`{}` has no result to verify: its status is {}",
                arguments.run.display(),
                record["status"]
            ),
            "a run has a result once it has finished, or was interrupted and saved",
        ));
    }
    let rows = folder.rows()?;
    let parameters = folder.parameters()?;
    let plan = Plan::new(&folder.file("config.toml"), &[], None)?;
    let fingerprint = plan.dataset.fingerprint();
    if record["data"]["fingerprint"] != fingerprint.as_str() {
        return Err(changed(
            format!(
                "the data is not what the run was trained on: its SHA-256 is {fingerprint}, and was {}",
                record["data"]["fingerprint"]
                    .as_str()
                    .unwrap_or("not recorded")
            ),
            "bring the data back, or train anew: nothing about this run can be verified with other data",
        ));
    }
    let network = Network::with_parameters(&plan.architecture, &parameters, &plan.backend.device)
        .map_err(|tensor| {
        Error::Report(ReportError::Decode {
            path: folder.file("model.safetensors"),
            reason: format!("it has no tensor `{tensor}` of the shape that config.toml says"),
        })
    })?;
    let recomputed = recompute(&plan, &network, &rows, &record)?;

    let mut compared = 0;
    let mut differences = Vec::new();
    for key in ["training", "validation", "test", "baseline", "judgement"] {
        compare(
            key,
            &recorded[key],
            &recomputed[key],
            &mut compared,
            &mut differences,
        );
    }
    if arguments.json {
        let answer =
            json!({ "compared": compared, "precision": PRECISION, "differences": differences });
        print(&format!("{answer:#}\n"))?;
    } else {
        print(&report(compared, &differences, arguments))?;
    }
    Ok(if differences.is_empty() {
        ExitCode::Success
    } else {
        ExitCode::CheckFailed
    })
}

fn report(compared: usize, differences: &[Difference], arguments: &VerifyArguments) -> String {
    let run = arguments.run.display();
    if differences.is_empty() {
        return format!(
            "{run}: all {compared} numbers and words of the verdict are what its weights, configuration and data say \
             (losses to {PRECISION:e}, the rest exactly)\n"
        );
    }
    let mut text = String::new();
    for Difference {
        key,
        recorded,
        recomputed,
    } in differences
    {
        text.push_str(key);
        text.push_str(": recorded ");
        text.push_str(&recorded.to_string());
        text.push_str(", recomputed ");
        text.push_str(&recomputed.to_string());
        text.push('\n');
    }
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{run}: {} of {compared} numbers and words are NOT what its weights, configuration and data say",
        differences.len()
    );
    text
}

fn changed(message: String, hint: &str) -> Error {
    Error::Unverifiable {
        message,
        hint: hint.to_owned(),
    }
}

/// What `result` in `run.json` should say.
fn recompute(plan: &Plan, network: &Network, rows: &[Row], record: &Value) -> Result<Value, Error> {
    let measured = |split| {
        measure(
            network,
            &plan.dataset,
            split,
            plan.config.evaluation.batch_size,
            &plan.backend.device,
        )
        .map_err(|error| Error::Training(TrainingError::Device(error.to_string())))
    };
    let train = measured(Split::Train)?;
    let validation = measured(Split::Validation)?;
    let test = measured(Split::Test)?;
    let judged_by = JudgedBy::new(validation, test, rows.len());
    let baseline = plan.dataset.majority_baseline(judged_by.split);
    let judgement = judge(plan, rows, record, train, &judged_by, baseline);
    let value = |measured: Option<Measurement>| measured.map(Measured::new);
    Ok(json!({
        "training": value(train),
        "validation": value(validation),
        "test": value(test),
        "baseline": baseline,
        "judgement": judgement,
    }))
}

fn judge(
    plan: &Plan,
    rows: &[Row],
    record: &Value,
    train: Option<Measurement>,
    judged_by: &JudgedBy,
    baseline: f64,
) -> Judgement {
    let count = |split| plan.dataset.indices(split).len() as u64;
    let history: Vec<EpochMeasurement> = rows
        .iter()
        .map(|row| EpochMeasurement {
            epoch: row.epoch,
            train: measurement(
                row.train_accuracy,
                row.train_loss,
                count(Split::MeasuredTrain),
            ),
            validation: row
                .validation_accuracy
                .zip(row.validation_loss)
                .map(|(accuracy, loss)| measurement(accuracy, loss, count(Split::Validation))),
            since_best: row.since_best(count(Split::MeasuredTrain), count(Split::Validation)),
        })
        .collect();
    let number = |value: &Value| value.as_u64().map_or(0, |number| number as usize);
    let divergence = &record["result"]["divergence"];
    let evidence = Evidence {
        history: &history,
        selected: EpochMeasurement {
            epoch: number(&record["epochs"]["best"]),
            train: train.unwrap_or_else(|| measurement(0.0, f64::NAN, 0)),
            validation: judged_by.measurement,
            since_best: None,
        },
        held_out: judged_by.held_out,
        baseline,
        epochs_planned: plan.config.training.epochs,
        diverged: divergence.is_object().then(|| Divergence {
            epoch: number(&divergence["epoch"]),
            step: divergence["step"].as_u64().map(|step| step as usize),
            learning_rate: divergence["learning-rate"].as_f64().unwrap_or(f64::NAN),
        }),
    };
    generalization::judge(&evidence, plan.config.verdict.tolerance)
}

/// A row holds rates and means; the counts are those of the splits.
fn measurement(accuracy: f64, loss: f64, samples: u64) -> Measurement {
    Measurement {
        accuracy: Proportion {
            successes: (accuracy * samples as f64).round() as u64,
            trials: samples,
        },
        loss: Moments {
            count: samples,
            mean: loss,
            variance: f64::NAN,
            third: 0.0,
        },
    }
}

/// Leaf by leaf.
fn compare(
    key: &str,
    recorded: &Value,
    recomputed: &Value,
    compared: &mut usize,
    differences: &mut Vec<Difference>,
) {
    if let (Value::Object(recorded), Value::Object(recomputed)) = (recorded, recomputed) {
        let keys = recorded.keys().chain(recomputed.keys());
        let mut keys: Vec<&String> = keys.collect();
        keys.sort();
        keys.dedup();
        for inner in keys {
            let of = |object: &serde_json::Map<String, Value>| {
                object.get(inner).cloned().unwrap_or(Value::Null)
            };
            let key = format!("{key}.{inner}");
            compare(&key, &of(recorded), &of(recomputed), compared, differences);
        }
        return;
    }
    *compared += 1;
    let is_loss = key.contains("loss");
    let equal = match (recorded.as_f64(), recomputed.as_f64()) {
        (Some(a), Some(b)) => {
            let scale = a.abs().max(b.abs());
            let precision = if is_loss { PRECISION } else { 1e-12 };
            (a - b).abs() <= precision * scale.max(1.0)
        }
        _ => recorded == recomputed,
    };
    if !equal {
        differences.push(Difference {
            key: key.to_owned(),
            recorded: recorded.clone(),
            recomputed: recomputed.clone(),
        });
    }
}
