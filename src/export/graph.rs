//! From a saved network to the graph that [`onnx`](super::onnx) writes.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::onnx::{
    Element, Graph, Input, Layer, Metadata, OnnxError, Operation, Preprocessing, Probabilities,
    Tensor, Window,
};
use crate::data::{Answers, SampleShape};
use crate::model::architecture::Loss;
use crate::model::layer::{self, Activation};
use crate::model::network;
use crate::model::residual::Part;
use crate::report::saved_model::SavedModel;

/// What the graph's input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inputs {
    /// What the data source gives: pixels as bytes, features as measured. The graph normalises them.
    Raw,
    /// Already `(raw − offset) / scale`.
    Normalised,
}

/// The computation of `model`, for inputs of this kind.
///
/// # Errors
///
/// A tensor does not have its shape, which a [`SavedModel`] has checked.
pub fn graph(model: &SavedModel, inputs: Inputs) -> Result<Graph, OnnxError> {
    let (shape, pixels) = match model.architecture.input {
        SampleShape::Vector { features } => (vec![features], false),
        SampleShape::Image {
            channels,
            height,
            width,
        } => (vec![channels, height, width], true),
    };
    let preprocessing = match inputs {
        Inputs::Raw => Preprocessing {
            divisor: None,
            mean: model.offset.clone(),
            deviation: model.scale.clone(),
        },
        Inputs::Normalised => Preprocessing::default(),
    };
    let layers = model.architecture.layers.iter().enumerate();
    let (output, probabilities) = match model.architecture.loss {
        Loss::CrossEntropy => ("logits", Some(Probabilities::Softmax)),
        Loss::MseSign | Loss::MseOneHot => ("outputs", None),
        Loss::MseNumber => ("prediction", None),
    };
    Ok(Graph {
        name: model.name.clone(),
        input: Input {
            name: "input".to_owned(),
            shape,
            element: if pixels && inputs == Inputs::Raw {
                Element::U8
            } else {
                Element::F32
            },
            preprocessing,
        },
        layers: layers
            .map(|(index, layer)| {
                let name = index.to_string();
                exported(model, &format!("layers.{name}"), name, layer)
            })
            .chain(scaled_back(model, inputs))
            .collect::<Result<_, _>>()?,
        output: output.to_owned(),
        probabilities,
    })
}

/// From the standardised number to one in the target's unit: `mean + deviation · x`, as a last layer called `target`. Whoever
/// normalises the inputs outside scales the output back outside.
fn scaled_back(model: &SavedModel, inputs: Inputs) -> Option<Result<Layer, OnnxError>> {
    let target = model.answers.target().filter(|_| inputs == Inputs::Raw)?;
    let dense = || {
        Ok(Operation::Dense {
            weight: Tensor::new(vec![1, 1], vec![target.deviation as f32])?,
            bias: Some(Tensor::new(vec![1], vec![target.mean as f32])?),
        })
    };
    Some(dense().map(|dense| Layer {
        name: "target".to_owned(),
        operations: vec![dense],
    }))
}

/// What the file says about itself.
#[must_use]
pub fn metadata(model: &SavedModel) -> Metadata {
    let mut digest = "sha256:".to_owned();
    for byte in Sha256::digest(model.config_text.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(digest, "{byte:02x}");
    }
    let mut properties = BTreeMap::new();
    let answers = match &model.answers {
        Answers::Classes(names) => format!("{} classes", names.len()),
        Answers::Number(target) => {
            properties.extend([
                ("target".to_owned(), target.name.clone()),
                ("target_mean".to_owned(), target.mean.to_string()),
                ("target_deviation".to_owned(), target.deviation.to_string()),
            ]);
            format!("the number `{}`", target.name)
        }
    };
    Metadata {
        producer_name: "brecha".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        description: format!(
            "{}: {} parameters, input {}, {}",
            model.name,
            model.architecture.parameters(),
            model.architecture.input,
            answers
        ),
        classes: model.answers.classes().to_vec(),
        configuration_digest: Some(digest),
        properties,
    }
}

/// `layer`, called `name`, whose tensors' names begin with `path`.
fn exported(
    model: &SavedModel,
    path: &str,
    name: String,
    layer: &layer::Layer,
) -> Result<Layer, OnnxError> {
    let tensor = |name: &str| {
        let name = format!("{path}.{name}");
        let found = model.parameter(&name);
        // A missing tensor is an empty one, which no shape fits.
        let (shape, values) = found.map_or_else(Default::default, |parameter| {
            (parameter.shape.clone(), parameter.values.clone())
        });
        Tensor::new(shape, values)
    };
    let operations = match &layer.operation {
        layer::Operation::Dense { activation, .. } => {
            let dense = Operation::Dense {
                weight: tensor("weight")?.transposed()?,
                bias: Some(tensor("bias")?),
            };
            with_activation(dense, *activation)
        }
        layer::Operation::Conv2d {
            stride,
            padding,
            has_bias,
            activation,
            ..
        } => {
            let conv2d = Operation::Conv2d {
                weight: tensor("weight")?,
                bias: has_bias.then(|| tensor("bias")).transpose()?,
                stride: *stride,
                padding: *padding,
            };
            with_activation(conv2d, *activation)
        }
        layer::Operation::Residual(block) => {
            let parts = |parts: &[Part]| {
                let parts = parts.iter().map(|part| {
                    let path = format!("{path}.{}", part.name);
                    exported(model, &path, part.name.clone(), &part.layer)
                });
                parts.collect::<Result<Vec<_>, _>>()
            };
            let residual = Operation::Residual {
                inner: parts(&block.main)?,
                shortcut: parts(&block.shortcut)?,
            };
            with_activation(residual, Some(block.activation))
        }
        layer::Operation::MaxPool(window) => vec![Operation::MaxPool2d(exported_window(*window))],
        layer::Operation::AvgPool(window) => vec![Operation::AvgPool2d {
            window: exported_window(*window),
            count_include_pad: false,
        }],
        // ONNX's keeps the two dimensions that it makes 1.
        layer::Operation::GlobalAvgPool => vec![Operation::GlobalAveragePool, Operation::Flatten],
        layer::Operation::Flatten => vec![Operation::Flatten],
        layer::Operation::BatchNorm { epsilon, .. } => vec![Operation::BatchNorm {
            scale: tensor("weight")?,
            bias: tensor("bias")?,
            mean: tensor("running_mean")?,
            variance: tensor("running_var")?,
            epsilon: *epsilon,
        }],
        layer::Operation::LayerNorm { epsilon, .. } => vec![Operation::LayerNorm {
            scale: tensor("weight")?,
            bias: Some(tensor("bias")?),
            epsilon: *epsilon,
        }],
        layer::Operation::Dropout { .. } | layer::Operation::Dropout2d { .. } => Vec::new(),
        layer::Operation::Activation(activation) => vec![exported_activation(*activation)],
    };
    Ok(Layer { name, operations })
}

fn with_activation(operation: Operation, activation: Option<Activation>) -> Vec<Operation> {
    std::iter::once(operation)
        .chain(activation.map(exported_activation))
        .collect()
}

fn exported_activation(activation: Activation) -> Operation {
    match activation {
        Activation::Tanh => Operation::Tanh,
        Activation::Relu => Operation::Relu,
        Activation::Sigmoid => Operation::Sigmoid,
        Activation::Sign => Operation::Sign,
        Activation::Gelu => Operation::Gelu,
        Activation::LeakyRelu => Operation::LeakyRelu {
            slope: network::LEAKY_SLOPE,
        },
    }
}

fn exported_window(window: layer::Window) -> Window {
    Window {
        size: window.size,
        stride: window.stride,
        padding: [(0, 0); 2],
    }
}
