//! `brecha evaluate`: a trained network on one split, class by class.

use serde_json::json;

use super::judging::measured;
use super::plan::Plan;
use super::print;
use crate::cli::{EvaluateArguments, EvaluatedSplit};
use crate::data::Split;
use crate::error::{Error, ExitCode};
use crate::evaluation::Measured as Samples;
use crate::evaluation::confusion::Confusion;
use crate::model::Network;
use crate::report::ReportError;
use crate::report::evaluation as table;
use crate::report::reading::RunFolder;
use crate::report::record::Measured;
use crate::report::run_directory::write_file;

/// Measures the network and prints the table.
///
/// # Errors
///
/// The folder is no run, its data is not there, or the split has no samples.
pub fn run(arguments: &EvaluateArguments) -> Result<ExitCode, Error> {
    let folder = RunFolder::new(&arguments.run);
    let record = folder.record()?;
    let parameters = folder.parameters()?;
    let plan = Plan::new(&folder.file("config.toml"), &[], None)?;
    let network = Network::with_parameters(&plan.architecture, &parameters, &plan.backend.device)
        .map_err(|tensor| ReportError::Decode {
        path: folder.file("model.safetensors"),
        reason: format!("it has no tensor `{tensor}` of the shape that config.toml says"),
    })?;
    let dataset = &plan.dataset;
    let (name, split) = chosen(arguments, &plan);
    let Some(samples) = measured(&plan, &network, split)? else {
        return Err(Error::Arguments {
            message: format!("this run has no {name} split"),
            hint: "use another `--split`, or hold one out: `data.split` in the configuration"
                .to_owned(),
        });
    };
    let all = &dataset.samples().labels;
    let indices = dataset.indices(split);
    let labels: Vec<u8> = indices.iter().map(|&index| all[index as usize]).collect();
    let pairs = labels
        .iter()
        .copied()
        .zip(samples.predicted.iter().copied());
    let classes = Confusion::new(dataset.classes.len(), pairs).classes(&dataset.classes);
    let whole = Measured::new(samples.measurement);
    if let Some(path) = &arguments.samples_to {
        write_file(path, &samples_table(&plan, split, &samples, &labels)?)?;
    }
    let same_data = record["data"]["fingerprint"] == dataset.fingerprint()?.as_str();
    if arguments.json {
        let answer = json!({
            "run": arguments.run.display().to_string(),
            "split": name,
            "same-data-as-in-training": same_data,
            "accuracy": whole.accuracy,
            "loss": whole.loss,
            "samples": whole.samples,
            "classes": classes,
        });
        print(&format!("{answer:#}\n"))?;
    } else {
        print(&table::text(name, &whole, &classes))?;
        if !same_data {
            super::tell("warning: this is not the data that the run was trained on\n");
        }
    }
    Ok(ExitCode::Success)
}

/// The split that was asked for; else the one that chose least: test, validation, training.
fn chosen(arguments: &EvaluateArguments, plan: &Plan) -> (&'static str, Split) {
    let named = |split| match split {
        EvaluatedSplit::Training => ("training", Split::Train),
        EvaluatedSplit::Validation => ("validation", Split::Validation),
        EvaluatedSplit::Test => ("test", Split::Test),
    };
    if let Some(split) = arguments.split {
        return named(split);
    }
    let order = [
        EvaluatedSplit::Test,
        EvaluatedSplit::Validation,
        EvaluatedSplit::Training,
    ];
    let there = order
        .map(named)
        .into_iter()
        .find(|(_, split)| !plan.dataset.indices(*split).is_empty());
    // The data set has checked that there are training samples.
    there.unwrap_or(("training", Split::Train))
}

/// One row per sample: where it is in the data, its class, the answer, its loss, and the network's outputs.
fn samples_table(
    plan: &Plan,
    split: Split,
    samples: &Samples,
    labels: &[u8],
) -> Result<Vec<u8>, Error> {
    let encode = |reason: String| ReportError::Encode {
        path: "the samples' table".into(),
        reason,
    };
    let width = samples.outputs.len() / labels.len().max(1);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["index", "class", "predicted", "loss"].map(str::to_owned);
    let outputs = (0..width).map(|output| format!("output_{output}"));
    writer
        .write_record(header.into_iter().chain(outputs))
        .map_err(|error| encode(error.to_string()))?;
    let class = |label: u8| plan.dataset.classes[usize::from(label)].clone();
    for (place, &index) in plan.dataset.indices(split).iter().enumerate() {
        let row = [
            index.to_string(),
            class(labels[place]),
            class(samples.predicted[place]),
            samples.losses[place].to_string(),
        ];
        let outputs = &samples.outputs[place * width..(place + 1) * width];
        writer
            .write_record(row.into_iter().chain(outputs.iter().map(f32::to_string)))
            .map_err(|error| encode(error.to_string()))?;
    }
    let bytes = writer.into_inner();
    Ok(bytes.map_err(|error| encode(error.to_string()))?)
}
