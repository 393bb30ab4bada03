//! A trained network, read back from its run's folder: without its data, which may be elsewhere or gone.
//!
//! Nothing on disk is believed: the shapes are settled anew from `config.toml`, as before training, and the tensors have to fit.

use std::path::Path;

use burn::tensor::Device;
use serde_json::Value;

use super::ReportError;
use super::reading::RunFolder;
use crate::config::{self, Config};
use crate::data::preparation::Preparation;
use crate::data::{Answers, SampleShape, Target};
use crate::model::network::Parameter;
use crate::model::{Architecture, Network};

/// All that is needed to use a trained network.
#[derive(Clone, Debug)]
pub struct SavedModel {
    /// Of its run.
    pub name: String,
    /// That trained it.
    pub config: Config,
    /// Of that configuration.
    pub config_text: String,
    /// Its shapes.
    pub architecture: Architecture,
    /// The names of the classes in the order of the outputs, or the number that the one output means.
    pub answers: Answers,
    /// How a file of the user's becomes raw values; `None` where the source is no file of samples.
    pub preparation: Option<Preparation>,
    /// An input is `(raw − offset) / scale`, per feature of a vector and per channel of an image.
    pub offset: Vec<f32>,
    /// Likewise.
    pub scale: Vec<f32>,
    /// Weights and biases, in burn's layouts.
    pub parameters: Vec<Parameter>,
}

impl SavedModel {
    /// Reads `config.toml`, `model.json` and `model.safetensors` below `folder`.
    ///
    /// # Errors
    ///
    /// One of them is missing, damaged, or does not fit the others.
    pub fn open(path: &Path) -> Result<Self, ReportError> {
        let folder = RunFolder::new(path);
        let unreadable = |file: &str, reason: String| ReportError::Decode {
            path: folder.file(file),
            reason,
        };
        let description = folder.model()?;
        let parameters = folder.parameters()?;
        let config_text = folder.configuration()?;
        let config = config::parse("config.toml", &config_text, &[])
            .map_err(|error| unreadable("config.toml", error.to_string()))?
            .config;
        let incomplete =
            |key: &str| unreadable("model.json", format!("`{key}` is not as brecha writes it"));
        let part = |keys: [&str; 2]| description[keys[0]][keys[1]].clone();
        let input: SampleShape = serde_json::from_value(part(["architecture", "input"]))
            .map_err(|_| incomplete("architecture.input"))?;
        let answers = answers(&description).map_err(incomplete)?;
        let groups = match input {
            SampleShape::Vector { features } => features,
            SampleShape::Image { channels, .. } => channels,
        };
        let preparation = match &description["preparation"] {
            Value::Null => None,
            written => Some(
                serde_json::from_value(written.clone()).map_err(|_| incomplete("preparation"))?,
            ),
        };
        let numbers = |key: &str| -> Result<Vec<f32>, ReportError> {
            let numbers: Vec<f32> = serde_json::from_value(part(["normalization", key]))
                .map_err(|_| incomplete(key))?;
            if numbers.len() == groups && numbers.iter().all(|number| number.is_finite()) {
                Ok(numbers)
            } else {
                Err(incomplete(key))
            }
        };
        let (offset, scale) = (numbers("offset")?, numbers("scale")?);
        let architecture = Architecture::new(&config.model, input, answers.task())
            .map_err(|problem| unreadable("model.json", problem.message))?;
        for (index, layer) in architecture.layers.iter().enumerate() {
            let parts = layer.parts().into_iter();
            let tensors = parts.flat_map(|(part, layer)| {
                let tensors = layer.operation.tensors().into_iter();
                tensors
                    .map(move |(tensor, shape)| (format!("layers.{index}{part}.{tensor}"), shape))
            });
            for (name, shape) in tensors {
                let fits =
                    |parameter: &Parameter| parameter.name == name && parameter.shape == shape;
                if !parameters.iter().any(fits) {
                    let reason = format!(
                        "it has no tensor `{name}` of shape {shape:?}, which config.toml says"
                    );
                    return Err(unreadable("model.safetensors", reason));
                }
            }
        }
        folder.check_weights()?;
        Ok(Self {
            name: path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            config,
            config_text,
            architecture,
            answers,
            preparation,
            offset,
            scale,
            parameters,
        })
    }

    /// The inputs of raw values, as many samples as there are.
    #[must_use]
    pub fn normalised(&self, raw: &[f32]) -> Vec<f32> {
        let group = match self.architecture.input {
            SampleShape::Vector { .. } => 1,
            SampleShape::Image { height, width, .. } => height * width,
        };
        let groups = self.offset.iter().zip(&self.scale).cycle();
        raw.chunks(group)
            .zip(groups)
            .flat_map(|(values, (offset, scale))| {
                values.iter().map(move |value| (value - offset) / scale)
            })
            .collect()
    }

    /// The network on a device.
    ///
    /// # Errors
    ///
    /// None: [`SavedModel::open`] has seen that every tensor is there, in its shape.
    pub fn network(&self, device: &Device) -> Result<Network, ReportError> {
        Network::with_parameters(&self.architecture, &self.parameters, device).map_err(|tensor| {
            ReportError::Decode {
                path: "model.safetensors".into(),
                reason: format!("it has no tensor `{tensor}` of its shape"),
            }
        })
    }

    /// A parameter tensor: `layers.3.weight`.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name == name)
    }
}

/// Classes or a target; if neither, the key that is wrong.
fn answers(description: &Value) -> Result<Answers, &'static str> {
    let written = &description["target"];
    if written.is_null() {
        let names = serde_json::from_value(description["classes"].clone());
        return names.map(Answers::Classes).map_err(|_| "classes");
    }
    let target: Target = serde_json::from_value(written.clone()).map_err(|_| "target")?;
    let usable = target.mean.is_finite() && target.deviation.is_finite() && target.deviation > 0.0;
    usable.then_some(Answers::Number(target)).ok_or("target")
}
