//! A graph under construction: nodes, initializers, the types of values, and which names are taken.

use std::collections::BTreeSet;

use super::error::OnnxError;
use super::protobuf::{
    ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_INTS, AttributeProto, DimensionProto, FLOAT,
    GraphProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};
use super::tensor::Tensor;

/// The dimension in front of every sample, whose length the file leaves open.
const BATCH: &str = "batch";

/// What flows between two nodes, one per sample.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) name: String,
    /// Without the batch.
    pub(super) shape: Vec<usize>,
}

/// Collects a [`GraphProto`]. Values and initializers share one namespace, as in ONNX.
pub(super) struct Builder {
    graph: GraphProto,
    names: BTreeSet<String>,
    constants: BTreeSet<&'static str>,
    bytes: u64,
    maximum: u64,
}

impl Builder {
    /// For a graph whose weights may have `maximum` bytes.
    pub(super) fn new(name: &str, maximum: u64) -> Self {
        Self {
            graph: GraphProto {
                name: Some(name.to_owned()),
                ..GraphProto::default()
            },
            names: BTreeSet::new(),
            constants: BTreeSet::new(),
            bytes: 0,
            maximum,
        }
    }

    /// Declares what the user gives; `element` is a `TensorProto.DataType`.
    pub(super) fn input(
        &mut self,
        name: &str,
        shape: &[usize],
        element: i32,
    ) -> Result<Value, OnnxError> {
        self.claim(name)?;
        let value = Value {
            name: name.to_owned(),
            shape: shape.to_vec(),
        };
        self.graph.input.push(value_info(&value, element));
        Ok(value)
    }

    /// Adds a weight and returns its name.
    pub(super) fn parameter(&mut self, name: String, tensor: &Tensor) -> Result<String, OnnxError> {
        self.initializer(name, tensor.shape(), tensor.values())
    }

    /// Adds numbers under a name and returns it; their count is the product of `shape`.
    pub(super) fn initializer(
        &mut self,
        name: String,
        shape: &[usize],
        values: &[f32],
    ) -> Result<String, OnnxError> {
        self.claim(&name)?;
        if let Some(position) = values.iter().position(|value| !value.is_finite()) {
            let value = values[position];
            return Err(OnnxError::NotFinite {
                name,
                position,
                value,
            });
        }
        // Refused before it is copied, not when gigabytes of copies stand ready.
        self.bytes = self.bytes.saturating_add(size_of_val(values) as u64);
        if self.bytes > self.maximum {
            return Err(OnnxError::TooLarge {
                bytes: self.bytes,
                maximum: self.maximum,
            });
        }
        self.graph.initializer.push(TensorProto {
            dims: shape.iter().copied().map(int64).collect(),
            data_type: Some(FLOAT),
            name: Some(name.clone()),
            raw_data: Some(
                values
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect(),
            ),
        });
        Ok(name)
    }

    /// A scalar that several nodes may read; it is written once.
    pub(super) fn constant(&mut self, name: &'static str, value: f32) -> Result<String, OnnxError> {
        if self.constants.insert(name) {
            self.initializer(name.to_owned(), &[], &[value])?;
        }
        Ok(name.to_owned())
    }

    /// Adds a node that gives one value of 32-bit numbers, and calls both by `name`.
    pub(super) fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        name: String,
        shape: Vec<usize>,
        attributes: Vec<AttributeProto>,
    ) -> Result<Value, OnnxError> {
        self.claim(&name)?;
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.clone()],
            name: Some(name.clone()),
            op_type: Some(operator.to_owned()),
            attribute: attributes,
        });
        let value = Value { name, shape };
        self.graph.value_info.push(value_info(&value, FLOAT));
        Ok(value)
    }

    /// How many nodes there are.
    pub(super) fn nodes(&self) -> usize {
        self.graph.node.len()
    }

    /// Makes what the last node gives an output, called `name`; the node keeps its own name.
    pub(super) fn output(&mut self, value: Value, name: &str) -> Result<Value, OnnxError> {
        self.claim(name)?;
        if let Some(node) = self.graph.node.last_mut() {
            node.output = vec![name.to_owned()];
        }
        // An output states its type itself.
        self.graph.value_info.pop();
        let value = Value {
            name: name.to_owned(),
            ..value
        };
        self.graph.output.push(value_info(&value, FLOAT));
        Ok(value)
    }

    /// The graph.
    pub(super) fn finish(self) -> GraphProto {
        self.graph
    }

    fn claim(&mut self, name: &str) -> Result<(), OnnxError> {
        if self.names.insert(name.to_owned()) {
            return Ok(());
        }
        Err(OnnxError::DuplicateName {
            name: name.to_owned(),
        })
    }
}

fn value_info(value: &Value, element: i32) -> ValueInfoProto {
    let batch = DimensionProto {
        dim_value: None,
        dim_param: Some(BATCH.to_owned()),
    };
    let lengths = value.shape.iter().map(|&length| DimensionProto {
        dim_value: Some(int64(length)),
        dim_param: None,
    });
    ValueInfoProto {
        name: Some(value.name.clone()),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: Some(element),
                shape: Some(TensorShapeProto {
                    dim: std::iter::once(batch).chain(lengths).collect(),
                }),
            }),
        }),
    }
}

/// Nothing saturates here: `fit` and the check of the input's shape have refused what does not fit into 64 bits.
pub(super) fn int64(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A setting that is a number.
pub(super) fn float(name: &str, value: f64) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        f: Some(value as f32),
        r#type: Some(ATTRIBUTE_FLOAT),
        ..AttributeProto::default()
    }
}

/// A setting that is an integer.
pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        i: Some(value),
        r#type: Some(ATTRIBUTE_INT),
        ..AttributeProto::default()
    }
}

/// A setting that is a list of lengths.
pub(super) fn ints(name: &str, values: &[usize]) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        ints: values.iter().copied().map(int64).collect(),
        r#type: Some(ATTRIBUTE_INTS),
        ..AttributeProto::default()
    }
}
