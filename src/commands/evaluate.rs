//! `brecha evaluate`: a trained network on one split, class by class, or number by number.

mod given;

use serde_json::json;

use self::given::{Given, given};
use super::judging::measured;
use super::plan::Plan;
use super::{print, show};
use crate::cli::{EvaluateArguments, EvaluatedSplit};
use crate::data::{Answers, Expected, Split, Targets};
use crate::error::{Error, ExitCode};
use crate::evaluation::confusion::Confusion;
use crate::evaluation::predictions::predictions;
use crate::evaluation::{Answered, Measured as Samples};
use crate::report::ReportError;
use crate::report::evaluation::{self as table, Details};
use crate::report::reading::RunFolder;
use crate::report::record::{Measured, ScoreRecord};
use crate::report::run_directory::write_file;
use crate::report::saved_model::SavedModel;

/// Measures the network and prints the table.
///
/// # Errors
///
/// The folder is no run, its data is not there, or the split has no samples.
pub fn run(arguments: &EvaluateArguments) -> Result<ExitCode, Error> {
    match &arguments.data {
        Some(path) => {
            let model = SavedModel::open(&arguments.run)?;
            let Given {
                measured,
                expected,
                names,
            } = given(&model, path).map_err(|error| error.given_by("--data"))?;
            let split = Evaluated {
                name: path.display().to_string(),
                samples: &measured,
                expected: &expected,
                names: &names,
                answers: &model.answers,
                same_data: None,
            };
            split.report(arguments)
        }
        None => of_the_run(arguments),
    }
}

/// A split of the run's own data.
fn of_the_run(arguments: &EvaluateArguments) -> Result<ExitCode, Error> {
    let folder = RunFolder::new(&arguments.run);
    let record = folder.record()?;
    let parameters = folder.parameters()?;
    // It lies in the run's folder.
    folder.configuration()?;
    let plan = Plan::new(&folder.file("config.toml"), &[], None)?;
    let network = folder.network(&plan.architecture, &parameters, &plan.backend.device)?;
    folder.check_weights()?;
    let dataset = &plan.dataset;
    let (name, split) = chosen(arguments, &plan);
    let Some(samples) = measured(&plan, &network, split)? else {
        return Err(Error::Arguments {
            message: format!("this run has no {name} split"),
            hint: "use another `--split`, or hold one out: `data.split` in the configuration"
                .to_owned(),
        });
    };
    let indices = dataset.indices(split);
    let names: Vec<String> = indices.iter().map(ToString::to_string).collect();
    let split = Evaluated {
        name: name.to_owned(),
        samples: &samples,
        expected: &dataset.samples().targets.select(indices),
        names: &names,
        answers: &dataset.answers,
        same_data: Some(record["data"]["fingerprint"] == dataset.fingerprint()?.as_str()),
    };
    split.report(arguments)
}

/// Samples that were measured.
struct Evaluated<'a> {
    /// Of the split or the file.
    name: String,
    samples: &'a Samples,
    /// In the target's own unit.
    expected: &'a Targets,
    /// One for each sample.
    names: &'a [String],
    answers: &'a Answers,
    /// Whether the data is what the run was trained on, where that is asked.
    same_data: Option<bool>,
}

impl Evaluated<'_> {
    fn report(&self, arguments: &EvaluateArguments) -> Result<ExitCode, Error> {
        let whole = Measured::new(self.samples.measurement, self.answers.target());
        let details = self.details();
        if let Some(path) = &arguments.samples_to {
            write_file(path, &self.table()?).map_err(Error::output("--samples-to"))?;
        }
        if arguments.json {
            print(&format!("{:#}\n", self.json(arguments, &whole, &details)))?;
        } else {
            show(&table::text(&self.name, &whole, &details))?;
            if self.same_data == Some(false) {
                super::tell("warning: this is not the data that the run was trained on\n");
            }
        }
        Ok(ExitCode::Success)
    }

    fn json(
        &self,
        arguments: &EvaluateArguments,
        whole: &Measured,
        details: &Details,
    ) -> serde_json::Value {
        let mut answer = json!({
            "run": arguments.run.display().to_string(),
            "split": self.name,
            "loss": whole.loss,
            "samples": whole.samples,
        });
        if let Some(same_data) = self.same_data {
            answer["same-data-as-in-training"] = json!(same_data);
        }
        match (whole.score, details) {
            (ScoreRecord::Accuracy { accuracy }, Details::Classes(classes)) => {
                answer["accuracy"] = json!(accuracy);
                answer["classes"] = json!(classes);
            }
            (
                ScoreRecord::R2 {
                    r2,
                    root_mean_squared_error,
                },
                Details::Number {
                    target,
                    mean_absolute_error,
                },
            ) => {
                answer["target"] = json!(target);
                answer["r2"] = json!(r2);
                answer["mean-squared-error"] = json!(root_mean_squared_error.powi(2));
                answer["root-mean-squared-error"] = json!(root_mean_squared_error);
                answer["mean-absolute-error"] = json!(mean_absolute_error);
            }
            _ => {}
        }
        answer
    }

    /// Class by class, or the mean size of all errors.
    fn details(&self) -> Details<'_> {
        let (samples, expected) = (self.samples, self.expected);
        match (&samples.answered, self.answers) {
            (Answered::Classes { predicted, .. }, answers) => {
                let labels = expected.labels().iter().copied();
                let pairs = labels.zip(predicted.iter().copied());
                let names = answers.classes();
                Details::Classes(Confusion::new(names.len(), pairs).classes(names))
            }
            (Answered::Numbers { .. }, Answers::Number(target)) => {
                let errors = samples
                    .outputs
                    .iter()
                    .zip(expected.numbers())
                    .map(|(&output, number)| (target.number(f64::from(output)) - number).abs());
                Details::Number {
                    target,
                    mean_absolute_error: errors.sum::<f64>() / expected.len().max(1) as f64,
                }
            }
            // A data set whose answers are classes is measured by classes.
            (Answered::Numbers { .. }, Answers::Classes(_)) => Details::Classes(Vec::new()),
        }
    }

    /// One row per sample: where it is in the data, its answer, that of the network, its loss, and the network's outputs. Numbers
    /// are in their own unit, with the error, predicted − target; the loss and the output are standardised.
    fn table(&self) -> Result<Vec<u8>, Error> {
        let (samples, expected) = (self.samples, self.expected);
        let encode = |reason: String| ReportError::Encode {
            path: "the samples' table".into(),
            reason,
        };
        let width = samples.outputs.len() / expected.len().max(1);
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header: &[&str] = match &samples.answered {
            Answered::Classes { .. } => &["index", "class", "predicted", "loss"],
            Answered::Numbers { .. } => &["index", "target", "predicted", "error", "loss"],
        };
        let header = header.iter().map(|&name| name.to_owned());
        let outputs = (0..width).map(|output| format!("output_{output}"));
        writer
            .write_record(header.chain(outputs))
            .map_err(|error| encode(error.to_string()))?;
        let predictions = predictions(samples, expected, self.answers);
        for (place, (name, said)) in self.names.iter().zip(predictions).enumerate() {
            let mut row = vec![name.clone()];
            match (said.expected, said.predicted) {
                (Expected::Class(label), Expected::Class(predicted)) => {
                    let class = |label: u8| self.answers.classes()[usize::from(label)].clone();
                    row.extend([class(label), class(predicted)]);
                }
                (Expected::Number(number), Expected::Number(predicted)) => {
                    row.extend([number, predicted, predicted - number].map(|n| n.to_string()));
                }
                _ => {}
            }
            row.push(said.loss.to_string());
            let outputs = samples.outputs_at(place).iter().map(f32::to_string);
            writer
                .write_record(row.into_iter().chain(outputs))
                .map_err(|error| encode(error.to_string()))?;
        }
        let bytes = writer.into_inner();
        Ok(bytes.map_err(|error| encode(error.to_string()))?)
    }
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
