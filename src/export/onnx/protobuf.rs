//! The messages of an ONNX file, as far as a feed-forward network needs them.
//!
//! Field numbers and types are those of `onnx/onnx.proto` (ONNX 1.23.2, proto2, SPDX Apache-2.0,
//! <https://github.com/onnx/onnx>), written down once so that no build needs `protoc`. Fields and messages that are
//! never written here (sub-graphs, sparse tensors, training, functions, sharding) are left out; a decoder skips
//! what it does not know, and a field left out is a field unset. Two `oneof`s with one used member or two are
//! plain optional fields here, which is the same on the wire. Repeated integers are not packed, as proto2 has it.

use prost::Message;

/// `TensorProto.DataType.FLOAT`: IEEE 754 binary32.
pub(super) const FLOAT: i32 = 1;
/// `TensorProto.DataType.UINT8`
pub(super) const UINT8: i32 = 2;

/// `AttributeProto.AttributeType.FLOAT`
pub(super) const ATTRIBUTE_FLOAT: i32 = 1;
/// `AttributeProto.AttributeType.INT`
pub(super) const ATTRIBUTE_INT: i32 = 2;
/// `AttributeProto.AttributeType.INTS`
pub(super) const ATTRIBUTE_INTS: i32 = 7;

/// The whole file.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ModelProto {
    /// Version of the format, not of the operators.
    #[prost(int64, optional, tag = "1")]
    pub(super) ir_version: Option<i64>,
    /// The program that wrote it.
    #[prost(string, optional, tag = "2")]
    pub(super) producer_name: Option<String>,
    /// That program's version.
    #[prost(string, optional, tag = "3")]
    pub(super) producer_version: Option<String>,
    /// What the model is, for a reader.
    #[prost(string, optional, tag = "6")]
    pub(super) doc_string: Option<String>,
    /// The computation.
    #[prost(message, optional, tag = "7")]
    pub(super) graph: Option<GraphProto>,
    /// Versions of the operators, one entry per domain.
    #[prost(message, repeated, tag = "8")]
    pub(super) opset_import: Vec<OperatorSetIdProto>,
    /// Free text under unique keys.
    #[prost(message, repeated, tag = "14")]
    pub(super) metadata_props: Vec<StringStringEntryProto>,
}

/// A family of operators and its version.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OperatorSetIdProto {
    /// Empty for the standard operators `ai.onnx`.
    #[prost(string, optional, tag = "1")]
    pub(super) domain: Option<String>,
    /// The opset.
    #[prost(int64, optional, tag = "2")]
    pub(super) version: Option<i64>,
}

/// One entry of `metadata_props`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct StringStringEntryProto {
    /// Unique within its list.
    #[prost(string, optional, tag = "1")]
    pub(super) key: Option<String>,
    /// Any text.
    #[prost(string, optional, tag = "2")]
    pub(super) value: Option<String>,
}

/// Nodes in topological order, with the tensors they refer to by name.
#[derive(Clone, PartialEq, Message)]
pub(super) struct GraphProto {
    /// Each comes after the nodes whose outputs it reads.
    #[prost(message, repeated, tag = "1")]
    pub(super) node: Vec<NodeProto>,
    /// The network's name.
    #[prost(string, optional, tag = "2")]
    pub(super) name: Option<String>,
    /// Weights and constants.
    #[prost(message, repeated, tag = "5")]
    pub(super) initializer: Vec<TensorProto>,
    /// What the user gives.
    #[prost(message, repeated, tag = "11")]
    pub(super) input: Vec<ValueInfoProto>,
    /// What the user gets.
    #[prost(message, repeated, tag = "12")]
    pub(super) output: Vec<ValueInfoProto>,
    /// Types of the values in between, for viewers and as a claim that a checker can refute.
    #[prost(message, repeated, tag = "13")]
    pub(super) value_info: Vec<ValueInfoProto>,
}

/// One application of an operator.
#[derive(Clone, PartialEq, Message)]
pub(super) struct NodeProto {
    /// Names of values or initializers.
    #[prost(string, repeated, tag = "1")]
    pub(super) input: Vec<String>,
    /// Names that this node gives to its results.
    #[prost(string, repeated, tag = "2")]
    pub(super) output: Vec<String>,
    /// For viewers and messages.
    #[prost(string, optional, tag = "3")]
    pub(super) name: Option<String>,
    /// `Gemm`, `Conv`, …
    #[prost(string, optional, tag = "4")]
    pub(super) op_type: Option<String>,
    /// The operator's settings.
    #[prost(message, repeated, tag = "5")]
    pub(super) attribute: Vec<AttributeProto>,
}

/// A setting of a node: exactly one of `f`, `i` and `ints`, as `r#type` says.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AttributeProto {
    /// As in the operator's specification.
    #[prost(string, optional, tag = "1")]
    pub(super) name: Option<String>,
    /// A number.
    #[prost(float, optional, tag = "2")]
    pub(super) f: Option<f32>,
    /// An integer or a truth value.
    #[prost(int64, optional, tag = "3")]
    pub(super) i: Option<i64>,
    /// Several integers.
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub(super) ints: Vec<i64>,
    /// `AttributeProto.AttributeType`
    #[prost(int32, optional, tag = "20")]
    pub(super) r#type: Option<i32>,
}

/// A tensor with its values.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorProto {
    /// Empty for a scalar.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub(super) dims: Vec<i64>,
    /// `TensorProto.DataType`
    #[prost(int32, optional, tag = "2")]
    pub(super) data_type: Option<i32>,
    /// By which nodes refer to it.
    #[prost(string, optional, tag = "8")]
    pub(super) name: Option<String>,
    /// The values row by row, little-endian, without padding.
    #[prost(bytes = "vec", optional, tag = "9")]
    pub(super) raw_data: Option<Vec<u8>>,
}

/// The name and the type of a value.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ValueInfoProto {
    /// Unique in the graph.
    #[prost(string, optional, tag = "1")]
    pub(super) name: Option<String>,
    /// Always a tensor.
    #[prost(message, optional, tag = "2")]
    pub(super) r#type: Option<TypeProto>,
}

/// The type of a value; of the `oneof` only the tensor.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TypeProto {
    /// `TypeProto.Tensor`
    #[prost(message, optional, tag = "1")]
    pub(super) tensor_type: Option<TensorTypeProto>,
}

/// `TypeProto.Tensor`
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorTypeProto {
    /// `TensorProto.DataType`
    #[prost(int32, optional, tag = "1")]
    pub(super) elem_type: Option<i32>,
    /// One entry per dimension.
    #[prost(message, optional, tag = "2")]
    pub(super) shape: Option<TensorShapeProto>,
}

/// The dimensions of a tensor.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorShapeProto {
    /// The batch first.
    #[prost(message, repeated, tag = "1")]
    pub(super) dim: Vec<DimensionProto>,
}

/// `TensorShapeProto.Dimension`: one of the two.
#[derive(Clone, PartialEq, Message)]
pub(super) struct DimensionProto {
    /// A length that is known.
    #[prost(int64, optional, tag = "1")]
    pub(super) dim_value: Option<i64>,
    /// The name of a length that is not.
    #[prost(string, optional, tag = "2")]
    pub(super) dim_param: Option<String>,
}
