//! `brecha predict`: the classes, or the numbers, of samples that nobody has labelled.
//!
//! Samples are read, answered and printed some at a time, so that a folder or a table of any size can be asked for,
//! and rows that arrive on standard input are answered while it is open.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{offer, print, tell};
use crate::backend;
use crate::cli::{AnswerFormat, PredictArguments};
use crate::config::{BackendConfig, SourceConfig};
use crate::data::file::Content;
use crate::data::preparation::{Feature, ImagePreparation, Preparation, TablePreparation};
use crate::data::{Answers, DataError, SampleShape, Target, image_folder, table};
use crate::error::{Error, ExitCode};
use crate::evaluation::answers::{Answer, answers, numbers};
use crate::model::Network;
use crate::report::saved_model::SavedModel;
use crate::report::summary;

/// Rows of `predict` that are computed at once: they may come slowly.
const ROWS: usize = 64;

/// Samples that are computed at once where all are there: what becomes of them on their way stays in a processor's cache, and
/// cores are woken less often the more there are.
pub(super) fn samples_at_once(shape: SampleShape) -> usize {
    const VALUES: usize = 1 << 18;
    (VALUES / shape.len().max(1)).clamp(ROWS, 4 * ROWS)
}

/// Answers for every input, in their order.
///
/// # Errors
///
/// The folder is no run, a table is not as the network needs it, or the device fails. An image that cannot be used is named on
/// standard error, the others are answered, and the exit code is that of wrong data.
pub fn run(arguments: &PredictArguments) -> Result<ExitCode, Error> {
    let model = SavedModel::open(&arguments.run)?;
    let other = arguments.backend.clone().map(BackendConfig::Named);
    let backend = backend::open(other.as_ref().unwrap_or(&model.config.backend))?;
    let asked = Asked {
        network: model.network(&backend.device)?,
        device: backend.device,
        top: arguments.top.min(model.answers.classes().len()),
        format: arguments.format,
        model: &model,
    };
    asked.header()?;
    let answered = match preparation(&model) {
        Preparation::Table(preparation) => asked.tables(&arguments.inputs, &preparation),
        Preparation::Image(preparation) => asked.images(&arguments.inputs, &preparation),
    };
    answered.map_err(|error| error.given_by("INPUT"))
}

/// That of the run; a network whose source was no file of the user's takes images of its size, or columns `x1`, `x2`, …
pub(super) fn preparation(model: &SavedModel) -> Preparation {
    if let Some(preparation) = &model.preparation {
        return preparation.clone();
    }
    match model.architecture.input {
        SampleShape::Vector { features } => Preparation::Table(TablePreparation {
            label: String::new(),
            features: (1..=features)
                .map(|number| Feature::Number {
                    name: format!("x{number}"),
                    missing: None,
                })
                .collect(),
        }),
        SampleShape::Image {
            channels,
            height,
            width,
        } => Preparation::Image(ImagePreparation {
            height,
            width,
            channels,
            resize: None,
        }),
    }
}

/// What a pixel of a file is multiplied by: the digits inside the program have 17 levels of grey, files have 256.
pub(super) fn pixel_scale(model: &SavedModel) -> f32 {
    let is_of_16 = model.config.data.source == SourceConfig::Digits;
    if is_of_16 { 16.0 / 255.0 } else { 1.0 }
}

/// What is asked, and how.
struct Asked<'a> {
    model: &'a SavedModel,
    network: Network,
    device: burn::tensor::Device,
    top: usize,
    format: AnswerFormat,
}

impl Asked<'_> {
    fn header(&self) -> Result<(), Error> {
        if self.format != AnswerFormat::Csv {
            return Ok(());
        }
        if let Answers::Number(_) = self.model.answers {
            return print("input,prediction\n");
        }
        let further = (2..=self.top).map(|place| format!(",class_{place},probability_{place}"));
        print(&format!(
            "input,class,probability{}\n",
            further.collect::<String>()
        ))
    }

    /// Every row of every table, up to one that cannot be read; an input is called `FILE:ROW`, rows counted from 1.
    fn tables(
        &self,
        inputs: &[PathBuf],
        preparation: &TablePreparation,
    ) -> Result<ExitCode, Error> {
        for input in inputs {
            let name = input.display().to_string();
            let mut rows = table::Asked::new(&name, content_of(input)?, preparation)?;
            let mut answered = 0;
            loop {
                let (mut values, mut count) = (Vec::new(), 0);
                let more = loop {
                    match rows.next(&mut values) {
                        Ok(true) => count += 1,
                        other => break other,
                    }
                    if count == ROWS {
                        break Ok(true);
                    }
                };
                // What stands above a row that cannot be read is answered nevertheless.
                let names = (answered + 1..).map(|row| format!("{name}:{row}"));
                let read_on = self.answer(&values, names)?;
                answered += count;
                if !more? {
                    break;
                }
                // Rows may come for ever.
                if !read_on {
                    return Ok(ExitCode::Success);
                }
            }
        }
        Ok(ExitCode::Success)
    }

    fn images(
        &self,
        inputs: &[PathBuf],
        preparation: &ImagePreparation,
    ) -> Result<ExitCode, Error> {
        let scale = pixel_scale(self.model);
        let mut unusable = 0;
        for input in inputs {
            let files = image_folder::files(input).map_err(|reason| DataError::Read {
                file: input.display().to_string(),
                reason,
            })?;
            if files.is_empty() {
                tell(&format!("warning: `{}` holds no image\n", input.display()));
            }
            for files in files.chunks(samples_at_once(self.model.architecture.input)) {
                let (mut values, mut names) = (Vec::new(), Vec::new());
                for (path, pixels) in files.iter().zip(decode(files, preparation)) {
                    match pixels {
                        Ok(pixels) => {
                            values.extend(pixels.into_iter().map(|pixel| scale * f32::from(pixel)));
                            names.push(path.display().to_string());
                        }
                        Err(reason) => {
                            unusable += 1;
                            tell(&format!("error: `{}`: {reason}\n", path.display()));
                        }
                    }
                }
                self.answer(&values, names.into_iter())?;
            }
        }
        Ok(if unusable == 0 {
            ExitCode::Success
        } else {
            ExitCode::Data
        })
    }

    /// Computes and prints the answers for raw values; `false` if nobody reads them any more.
    fn answer(&self, raw: &[f32], names: impl Iterator<Item = String>) -> Result<bool, Error> {
        if raw.is_empty() {
            return Ok(true);
        }
        let inputs = self.model.normalised(raw);
        let shape = self.model.architecture.input;
        let mut text = String::new();
        match &self.model.answers {
            Answers::Classes(classes) => {
                let found = answers(&self.network, inputs, shape, self.top, &self.device)?;
                for (name, answers) in names.zip(found) {
                    text.push_str(&self.line(&name, &answers, classes));
                    text.push('\n');
                }
            }
            Answers::Number(target) => {
                let found = numbers(&self.network, inputs, shape, &self.device)?;
                for (name, output) in names.zip(found) {
                    let number = target.number(f64::from(output));
                    text.push_str(&self.number_line(&name, target, number));
                    text.push('\n');
                }
            }
        }
        offer(&text)
    }

    /// In the target's unit, with the digits that an f32 has.
    fn number_line(&self, name: &str, target: &Target, number: f64) -> String {
        match self.format {
            AnswerFormat::Text => format!("{name}  {} {}", target.name, summary::number(number)),
            AnswerFormat::Csv => format!("{},{}", quoted(name), number as f32),
            AnswerFormat::Jsonl => {
                json!({ "input": name, "target": target.name, "prediction": number }).to_string()
            }
        }
    }

    fn line(&self, name: &str, answers: &[Answer], classes: &[String]) -> String {
        let class = |answer: &Answer| &classes[usize::from(answer.class)];
        match self.format {
            AnswerFormat::Text => {
                let answers: Vec<String> = answers
                    .iter()
                    .map(|answer| match answer.probability {
                        Some(probability) => {
                            format!("{} {:.1} %", class(answer), 100.0 * probability)
                        }
                        None => class(answer).clone(),
                    })
                    .collect();
                format!("{name}  {}", answers.join(", "))
            }
            AnswerFormat::Csv => {
                let cells = answers.iter().flat_map(|answer| {
                    let probability = answer
                        .probability
                        .map_or_else(String::new, |p| p.to_string());
                    [quoted(class(answer)), probability]
                });
                std::iter::once(quoted(name))
                    .chain(cells)
                    .collect::<Vec<_>>()
                    .join(",")
            }
            AnswerFormat::Jsonl => {
                let listed: Vec<_> = answers
                    .iter()
                    .map(|answer| json!({ "class": class(answer), "probability": answer.probability }))
                    .collect();
                json!({ "input": name, "class": class(&answers[0]), "probability": answers[0].probability, "top": listed })
                    .to_string()
            }
        }
    }
}

/// A cell of a CSV.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// The text of a table: of a file, plain or gzip, or of standard input.
pub(super) fn content_of(input: &Path) -> Result<Content, DataError> {
    if input.as_os_str() == "-" {
        Ok(Content::standard_input())
    } else {
        Content::open(input, "table.csv")
    }
}

/// On all cores, in the order of the files.
pub(super) fn decode(
    files: &[PathBuf],
    preparation: &ImagePreparation,
) -> Vec<Result<Vec<u8>, String>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = files.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = files
            .chunks(share)
            .map(|part| {
                scope.spawn(move || {
                    let decoded = part
                        .iter()
                        .map(|path| image_folder::asked(path, preparation));
                    decoded.collect::<Vec<_>>()
                })
            })
            .collect();
        let joined = parts.into_iter().map(|part| {
            part.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        joined.flatten().collect()
    })
}
