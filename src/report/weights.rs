//! `model.safetensors` and `model.json`: the kept network, for brecha and for any program that reads safetensors.
//!
//! Tensors are named `layers.N.weight` and `layers.N.bias`, N counting the layers of the configuration from 0; dense
//! weights are `[inputs, outputs]`, convolutions `[filters, channels, height, width]`. A batch normalisation has one number per
//! channel in each of `layers.N.weight` (γ), `layers.N.bias` (β), `layers.N.running_mean` and `layers.N.running_var`, a layer
//! normalisation one per feature in the first two. The parts of a residual block are called as in torchvision's `BasicBlock`:
//! `layers.N.conv1.weight`, `bn1`, `conv2`, `bn2`, `downsample.0` and `downsample.1`.

use safetensors::tensor::{Dtype, TensorView};
use serde::Serialize;

use super::{ReportError, RunDirectory};
use crate::data::normalization::Normalization;
use crate::data::preparation::Preparation;
use crate::data::{Answers, Dataset};
use crate::model::{Architecture, Network};
use crate::training::checkpoint::container::digest;

/// What `model.json` holds: all that is needed to use the weights.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ModelFile<'a> {
    architecture: &'a Architecture,
    #[serde(flatten)]
    answers: &'a Answers,
    /// What a file of the source becomes before that: columns and categories, or the size of the images.
    #[serde(skip_serializing_if = "Option::is_none")]
    preparation: Option<&'a Preparation>,
    /// An input is `(raw − offset) / scale`.
    normalization: &'a Normalization,
    weights: WeightsFile,
}

/// By what a changed `model.safetensors` is known: the format itself has no digest.
#[derive(Serialize)]
struct WeightsFile {
    sha256: String,
}

/// Writes both files.
///
/// # Errors
///
/// The weights cannot be read from the device, or the files cannot be written.
pub fn write(
    directory: &RunDirectory,
    network: &Network,
    architecture: &Architecture,
    dataset: &Dataset,
) -> Result<(), ReportError> {
    let failed = |file: &str, reason: String| ReportError::Encode {
        path: directory.path().join(file),
        reason,
    };
    let tensors = network
        .parameters()
        .map_err(|error| failed("model.safetensors", error.to_string()))?;
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .into_iter()
        .map(|parameter| {
            let bytes = parameter
                .values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            (parameter.name, parameter.shape, bytes)
        })
        .collect();
    let views = bytes
        .iter()
        .map(|(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|error| failed("model.safetensors", error.to_string()))?;
    let content = safetensors::serialize(views, None)
        .map_err(|error| failed("model.safetensors", error.to_string()))?;
    directory.write("model.safetensors", &content)?;

    let model = ModelFile {
        architecture,
        answers: &dataset.answers,
        preparation: dataset.preparation.as_ref(),
        normalization: &dataset.normalization,
        weights: WeightsFile {
            sha256: digest(&content),
        },
    };
    let mut json = serde_json::to_string_pretty(&model)
        .map_err(|error| failed("model.json", error.to_string()))?;
    json.push('\n');
    directory.write("model.json", json.as_bytes())
}
