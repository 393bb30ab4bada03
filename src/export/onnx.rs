//! `model.onnx`: a trained network for ONNX Runtime, other engines, browsers, and viewers such as Netron.
//!
//! Plain data in ([`Graph`], [`Metadata`]), bytes out ([`encode`]); nothing here knows how brecha keeps a network. The
//! raw input goes in (pixels as bytes, features as measured), logits and, if wanted, probabilities come out; the
//! batch stays free. The same network gives the same bytes.
//!
//! Why `prost` and our own messages: in November 2026 no light library that writes ONNX is known to be kept. `onnx-rs`
//! 0.1 is one author's, its public history one day in April; the export of `burn-onnx` 0.22 is experimental, records
//! burn's operations and lowers no sign or erf; most others only read. `prost` is kept (tokio) and needs no
//! `protoc`, and a network needs twelve messages ([`protobuf`]).
//!
//! Why opset 17: the oldest with `LayerNormalization`, so the one most programs read; everything else here is
//! older. `Gelu` (opset 20) is composed of `Erf`, which ONNX Runtime joins again. Format (IR) 8 is the one that was
//! released with opset 17, in ONNX 1.12 (June 2022); tried: ONNX Runtime 1.15.1 and 1.32.0.

mod builder;
mod error;
mod fit;
mod graph;
mod layers;
mod metadata;
mod preprocessing;
mod protobuf;
mod tensor;

#[cfg(test)]
mod arbitrary_tests;
#[cfg(test)]
mod encode_tests;
#[cfg(test)]
mod misfit_tests;
#[cfg(test)]
mod operator_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod wire_tests;

use prost::Message;

use builder::{Builder, Value, int};
pub use error::{Misfit, OnnxError};
pub use graph::{Element, Graph, Input, Layer, Operation, Preprocessing, Probabilities, Window};
pub use metadata::{CLASSES_KEY, CONFIGURATION_DIGEST_KEY, Metadata};
use protobuf::{ModelProto, OperatorSetIdProto};
pub use tensor::Tensor;

/// The version of the standard operators that is written.
pub const OPSET: i64 = 17;

/// The version of the format that is written.
pub const IR_VERSION: i64 = 8;

/// Largest size of a file: protobuf's decoders count in signed 32-bit integers.
pub const MAXIMUM_BYTES: u64 = i32::MAX as u64;

/// The name of the second output, if there is one.
pub const PROBABILITIES: &str = "probabilities";

/// The bytes of an ONNX file.
///
/// # Errors
///
/// The first thing that does not fit: a shape, a number, a name, or the size of the file.
pub fn encode(graph: &Graph, metadata: &Metadata) -> Result<Vec<u8>, OnnxError> {
    encode_within(graph, metadata, MAXIMUM_BYTES)
}

/// [`encode`] with another limit than [`MAXIMUM_BYTES`], so that a test needs no gigabytes.
fn encode_within(graph: &Graph, metadata: &Metadata, maximum: u64) -> Result<Vec<u8>, OnnxError> {
    let model = model(graph, metadata, maximum)?;
    let bytes = model.encoded_len() as u64;
    if bytes > maximum {
        return Err(OnnxError::TooLarge { bytes, maximum });
    }
    Ok(model.encode_to_vec())
}

fn model(graph: &Graph, metadata: &Metadata, maximum: u64) -> Result<ModelProto, OnnxError> {
    for (what, name) in [("the network", &graph.name), ("the output", &graph.output)] {
        if name.is_empty() {
            return Err(OnnxError::EmptyName { what });
        }
    }
    let mut builder = Builder::new(&graph.name, maximum);
    let input = preprocessing::add(&mut builder, &graph.input)?;
    let before = builder.nodes();
    let last = layers::add(&mut builder, &graph.layers, input, "", 0)?;
    if builder.nodes() == before {
        return Err(OnnxError::NoOperations);
    }
    let output = builder.output(last, &graph.output)?;
    if let Some(probabilities) = graph.probabilities {
        add_probabilities(&mut builder, probabilities, &output, metadata.classes.len())?;
    }
    Ok(ModelProto {
        ir_version: Some(IR_VERSION),
        producer_name: Some(metadata.producer_name.clone()),
        producer_version: Some(metadata.producer_version.clone()),
        doc_string: Some(metadata.description.clone()),
        graph: Some(builder.finish()),
        opset_import: vec![OperatorSetIdProto {
            domain: Some(String::new()),
            version: Some(OPSET),
        }],
        metadata_props: metadata.entries()?,
    })
}

fn add_probabilities(
    builder: &mut Builder,
    probabilities: Probabilities,
    output: &Value,
    classes: usize,
) -> Result<(), OnnxError> {
    let &[outputs] = output.shape.as_slice() else {
        return Err(OnnxError::ProbabilityShape {
            shape: output.shape.clone(),
        });
    };
    let (operator, attributes) = match probabilities {
        Probabilities::Softmax if classes > 0 && classes != outputs => {
            return Err(OnnxError::ClassCount { outputs, classes });
        }
        Probabilities::Softmax => ("Softmax", vec![int("axis", 1)]),
        Probabilities::Sigmoid => ("Sigmoid", vec![]),
    };
    let name = format!("outputs.{}", operator.to_lowercase());
    let inputs = [output.name.as_str()];
    let value = builder.node(operator, &inputs, name, output.shape.clone(), attributes)?;
    builder.output(value, PROBABILITIES)?;
    Ok(())
}
