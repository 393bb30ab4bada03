//! `brecha verify`: every number of a run's verdict once more, from the weights, the configuration and the data.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Value, json};

use super::judging::Kept;
use super::plan::Plan;
use super::train::baselines::baselines;
use super::train::leaks;
use super::trained::Trained;
use super::{print, show};
use crate::cli::VerifyArguments;
use crate::data::Split;
use crate::error::{Error, ExitCode};
use crate::generalization::{Divergence, EpochMeasurement};
use crate::model::Network;
use crate::report::ReportError;
use crate::report::metrics::Row;
use crate::report::reading::RunFolder;

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
    let status = folder.record()?;
    if status["result"].is_null() {
        return Err(Error::Unverifiable {
            message: format!(
                "`{}` has no result to verify: its status is {}",
                arguments.run.display(),
                status["status"]
            ),
            hint: "a run has a result once it has finished, or was interrupted and saved"
                .to_owned(),
        });
    }
    let rows = folder.rows()?;
    let Trained {
        record,
        plan,
        network,
    } = Trained::open(&folder)?;
    let recorded = &record["result"];
    let recomputed = recompute(&plan, &network, &rows, &record)?;

    let mut compared = 0;
    let mut differences = Vec::new();
    for (key, value) in recomputed.as_object().into_iter().flatten() {
        compare(key, &recorded[key], value, &mut compared, &mut differences);
    }
    if arguments.json {
        let answer =
            json!({ "compared": compared, "precision": PRECISION, "differences": differences });
        print(&format!("{answer:#}\n"))?;
    } else {
        show(&report(compared, &differences, arguments))?;
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

/// What `result` in `run.json` should say.
fn recompute(plan: &Plan, network: &Network, rows: &[Row], record: &Value) -> Result<Value, Error> {
    let number = |value: &Value| value.as_u64().map(|number| number as usize);
    let epoch = number(&record["epochs"]["best"]);
    let best = rows.iter().find(|row| Some(row.epoch) == epoch);
    let divergence = &record["result"]["divergence"];
    let leakage = leaks::find(plan)?;
    let kept = Kept {
        plan,
        network,
        epoch,
        history: rows.iter().map(|row| epoch_of(plan, row)).collect(),
        running: best.map(|row| (row.running_accuracy, row.running_loss)),
        diverged: divergence.is_object().then(|| Divergence {
            epoch: number(&divergence["epoch"]).unwrap_or(0),
            step: number(&divergence["step"]),
            learning_rate: divergence["learning-rate"].as_f64().unwrap_or(f64::NAN),
        }),
        baselines: baselines(plan)?,
        leakage: leakage.as_ref(),
    };
    let encode = |error: serde_json::Error| ReportError::Encode {
        path: "run.json".into(),
        reason: error.to_string(),
    };
    Ok(serde_json::to_value(kept.judged()?.found).map_err(encode)?)
}

fn epoch_of(plan: &Plan, row: &Row) -> EpochMeasurement {
    let count = |split| plan.dataset.indices(split).len() as u64;
    let (train, validation) = (count(Split::MeasuredTrain), count(Split::Validation));
    EpochMeasurement {
        epoch: row.epoch,
        train: row.train(train),
        validation: row.validation(validation),
        since_best: row.since_best(train, validation),
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
    if let (Value::Array(recorded), Value::Array(recomputed)) = (recorded, recomputed) {
        for place in 0..recorded.len().max(recomputed.len()) {
            let of = |values: &[Value]| values.get(place).cloned().unwrap_or(Value::Null);
            let key = format!("{key}.{place}");
            compare(&key, &of(recorded), &of(recomputed), compared, differences);
        }
        return;
    }
    *compared += 1;
    // Whatever is made of losses: where numbers are predicted, every score is.
    let is_loss = ["loss", "r2", "error", "outdone", "above-linear"]
        .iter()
        .any(|part| key.contains(part));
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
