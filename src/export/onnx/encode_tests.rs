//! What is written: names, structure, and that the bytes come back as they were.

use std::collections::BTreeMap;

use prost::Message;

use super::protobuf::{GraphProto, ModelProto};
use super::{
    Element, Graph, Input, Layer, Metadata, Operation, Preprocessing, Probabilities, Tensor, encode,
};

pub(super) fn tensor(shape: &[usize], values: &[f32]) -> Tensor {
    Tensor::new(shape.to_vec(), values.to_vec()).unwrap()
}

/// 1, 2, 3, …
pub(super) fn counted(shape: &[usize]) -> Tensor {
    let count: usize = shape.iter().product();
    let values: Vec<f32> = (1..=count).map(|value| value as f32).collect();
    tensor(shape, &values)
}

pub(super) fn layer(name: &str, operations: Vec<Operation>) -> Layer {
    Layer {
        name: name.to_owned(),
        operations,
    }
}

pub(super) fn network(shape: &[usize], layers: Vec<Layer>) -> Graph {
    Graph {
        name: "small".to_owned(),
        input: Input {
            name: "input".to_owned(),
            shape: shape.to_vec(),
            element: Element::F32,
            preprocessing: Preprocessing::default(),
        },
        layers,
        output: "logits".to_owned(),
        probabilities: None,
    }
}

pub(super) fn dense(inputs: usize, outputs: usize) -> Operation {
    Operation::Dense {
        weight: counted(&[outputs, inputs]),
        bias: Some(counted(&[outputs])),
    }
}

/// A convolution of 2×2×3 pixels to 1×2×4, and a dense layer to two classes.
pub(super) fn conv_network(element: Element) -> Graph {
    let conv = Operation::Conv2d {
        weight: counted(&[1, 2, 2, 1]),
        bias: Some(counted(&[1])),
        stride: [1, 2],
        padding: [(0, 1), (2, 3)],
    };
    let layers = vec![
        layer("0", vec![conv, Operation::LeakyRelu { slope: 0.25 }]),
        layer("1", vec![Operation::Flatten]),
        layer("2", vec![dense(8, 2)]),
    ];
    let mut graph = network(&[2, 2, 3], layers);
    graph.input.element = element;
    graph.input.preprocessing.divisor = Some(255.0);
    graph.probabilities = Some(Probabilities::Softmax);
    graph
}

pub(super) fn metadata() -> Metadata {
    Metadata {
        producer_name: "brecha".to_owned(),
        producer_version: "0.1.0".to_owned(),
        description: "a test".to_owned(),
        classes: vec!["cat".to_owned(), "\"dog\" é".to_owned()],
        configuration_digest: Some("sha256:00".to_owned()),
        properties: BTreeMap::from([("note".to_owned(), "any".to_owned())]),
    }
}

fn graph_of(graph: &Graph) -> GraphProto {
    let bytes = encode(graph, &Metadata::default()).unwrap();
    ModelProto::decode(bytes.as_slice()).unwrap().graph.unwrap()
}

/// `Gemm layers.0.dense(input, 0.weight) -> logits`
fn lines(graph: &GraphProto) -> Vec<String> {
    let line = |node: &super::protobuf::NodeProto| {
        let (operator, name) = (node.op_type(), node.name());
        let (inputs, outputs) = (node.input.join(", "), node.output.join(", "));
        format!("{operator} {name}({inputs}) -> {outputs}")
    };
    graph.node.iter().map(line).collect()
}

fn initializers(graph: &GraphProto) -> Vec<&str> {
    let tensors = graph.initializer.iter();
    tensors.map(super::protobuf::TensorProto::name).collect()
}

#[test]
fn bytes_come_back_and_are_always_the_same() {
    let bytes = encode(&conv_network(Element::F32), &metadata()).unwrap();
    let model = ModelProto::decode(bytes.as_slice()).unwrap();
    assert_eq!(model.encode_to_vec(), bytes);
    assert_eq!(
        encode(&conv_network(Element::F32), &metadata()).unwrap(),
        bytes
    );
}

#[test]
fn the_output_is_renamed_and_feeds_the_probabilities() {
    let graph = graph_of(&conv_network(Element::F32));
    let expected = [
        "Div preprocessing.divided(input, preprocessing.divisor) -> preprocessing.divided",
        "Conv layers.0.conv2d(preprocessing.divided, 0.weight, 0.bias) -> layers.0.conv2d",
        "LeakyRelu layers.0.leaky_relu(layers.0.conv2d) -> layers.0.leaky_relu",
        "Flatten layers.1.flatten(layers.0.leaky_relu) -> layers.1.flatten",
        "Gemm layers.2.dense(layers.1.flatten, 2.weight, 2.bias) -> logits",
        "Softmax outputs.softmax(logits) -> probabilities",
    ];
    assert_eq!(lines(&graph), expected);
}

#[test]
fn steps_that_change_nothing_are_left_out() {
    let mut graph = network(&[2], vec![layer("0", vec![Operation::Relu])]);
    graph.input.preprocessing = Preprocessing {
        divisor: Some(1.0),
        mean: vec![0.0, -0.0],
        deviation: vec![1.0, 1.0],
    };
    assert_eq!(
        lines(&graph_of(&graph)),
        ["Relu layers.0.relu(input) -> logits"]
    );
    graph.input.preprocessing.mean = vec![0.0, 0.5];
    assert_eq!(lines(&graph_of(&graph)).len(), 2);
}

#[test]
fn several_operations_of_a_layer_keep_their_weights_apart() {
    let norm = || Operation::LayerNorm {
        scale: counted(&[2]),
        bias: None,
        epsilon: 1e-5,
    };
    let layers = vec![layer(
        "a",
        vec![dense(2, 2), norm(), norm(), Operation::Relu],
    )];
    let graph = graph_of(&network(&[2], layers));
    assert_eq!(
        initializers(&graph),
        [
            "a.dense.weight",
            "a.dense.bias",
            "a.layer_norm.weight",
            "a.layer_norm_2.weight",
        ]
    );
}

#[test]
fn residual_blocks_go_on_with_the_path() {
    let block = Operation::Residual {
        inner: vec![layer("0", vec![dense(2, 3), Operation::Relu])],
        shortcut: vec![layer("0", vec![dense(2, 3)])],
    };
    let plain = Operation::Residual {
        inner: vec![layer("0", vec![Operation::Tanh])],
        shortcut: vec![],
    };
    let layers = vec![layer("0", vec![block]), layer("1", vec![plain])];
    let graph = graph_of(&network(&[2], layers));
    let expected = [
        "Gemm layers.0.inner.0.dense(input, 0.inner.0.weight, 0.inner.0.bias) -> layers.0.inner.0.dense",
        "Relu layers.0.inner.0.relu(layers.0.inner.0.dense) -> layers.0.inner.0.relu",
        "Gemm layers.0.shortcut.0.dense(input, 0.shortcut.0.weight, 0.shortcut.0.bias) -> layers.0.shortcut.0.dense",
        "Add layers.0.residual(layers.0.inner.0.relu, layers.0.shortcut.0.dense) -> layers.0.residual",
        "Tanh layers.1.inner.0.tanh(layers.0.residual) -> layers.1.inner.0.tanh",
        "Add layers.1.residual(layers.1.inner.0.tanh, layers.0.residual) -> logits",
    ];
    assert_eq!(lines(&graph), expected);
}

#[test]
fn constants_are_written_once_and_dropout_leaves_a_gap() {
    let layers = vec![
        layer("0", vec![Operation::Gelu, Operation::Gelu]),
        layer("1", vec![]),
        layer("2", vec![Operation::Gelu]),
    ];
    let graph = graph_of(&network(&[2], layers));
    assert_eq!(
        initializers(&graph),
        ["constants.sqrt_2", "constants.one", "constants.half"]
    );
    let names: Vec<&str> = graph
        .node
        .iter()
        .map(super::protobuf::NodeProto::name)
        .collect();
    assert_eq!(names.len(), 15);
    assert_eq!(names[4..6], ["layers.0.gelu", "layers.0.gelu_2.scaled"]);
    assert_eq!(names[14], "layers.2.gelu");
}

#[test]
fn a_matrix_is_transposed() {
    let transposed = counted(&[2, 3]).transposed().unwrap();
    assert_eq!(transposed, tensor(&[3, 2], &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]));
}
