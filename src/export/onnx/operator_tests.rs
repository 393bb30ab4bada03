//! Each operation's operator, settings and initializers: what `check_onnx.py` has found to compute the right numbers.

use prost::Message;

use super::encode_tests::{counted, dense, layer, network, tensor};
use super::protobuf::{AttributeProto, DimensionProto, ModelProto};
use super::{Metadata, Operation, Window, encode};

/// `Gemm transB=1 0.weight[2, 3] 0.bias[2] -> [4]`, of a network of this operation alone.
fn written(shape: &[usize], operation: Operation) -> String {
    let graph = network(shape, vec![layer("0", vec![operation])]);
    let bytes = encode(&graph, &Metadata::default()).unwrap();
    let graph = ModelProto::decode(bytes.as_slice()).unwrap().graph.unwrap();
    let mut text = graph.node.last().unwrap().op_type().to_owned();
    for attribute in &graph.node.last().unwrap().attribute {
        text = format!("{text} {}={}", attribute.name(), setting(attribute));
    }
    for tensor in &graph.initializer {
        text = format!("{text} {}{:?}", tensor.name(), tensor.dims);
    }
    let output = graph.output[0].r#type.clone().unwrap();
    let shape = output.tensor_type.unwrap().shape.unwrap();
    let lengths: Vec<i64> = shape.dim[1..]
        .iter()
        .map(DimensionProto::dim_value)
        .collect();
    format!("{text} -> {lengths:?}")
}

fn setting(attribute: &AttributeProto) -> String {
    match (attribute.f, attribute.i, attribute.ints.as_slice()) {
        (Some(number), None, []) => number.to_string(),
        (None, Some(number), []) => number.to_string(),
        (None, None, numbers) => format!("{numbers:?}"),
        _ => panic!("one value, not several: {attribute:?}"),
    }
}

#[test]
fn weights_have_their_settings() {
    let conv = Operation::Conv2d {
        weight: counted(&[4, 3, 3, 2]),
        bias: None,
        stride: [2, 1],
        padding: [(0, 1), (2, 3)],
    };
    assert_eq!(
        written(&[3], dense(3, 2)),
        "Gemm transB=1 0.weight[2, 3] 0.bias[2] -> [2]"
    );
    assert_eq!(
        written(&[3, 7, 6], conv),
        "Conv kernel_shape=[3, 2] strides=[2, 1] pads=[0, 2, 1, 3] 0.weight[4, 3, 3, 2] -> [4, 3, 10]"
    );
}

#[test]
fn windows_have_their_settings() {
    let window = Window {
        size: [2, 3],
        stride: [1, 2],
        padding: [(0, 1), (2, 1)],
    };
    let mean = |count_include_pad| Operation::AvgPool2d {
        window,
        count_include_pad,
    };
    for (operation, start, end) in [
        (Operation::MaxPool2d(window), "MaxPool", ""),
        (mean(true), "AveragePool", " count_include_pad=1"),
        (mean(false), "AveragePool", " count_include_pad=0"),
    ] {
        let settings = "kernel_shape=[2, 3] strides=[1, 2] pads=[0, 2, 1, 1]";
        let expected = format!("{start} {settings}{end} -> [3, 7, 4]");
        assert_eq!(written(&[3, 7, 6], operation), expected);
    }
}

#[test]
fn normalizations_have_their_settings() {
    let layer_norm = |shape: &[usize], bias| Operation::LayerNorm {
        scale: counted(shape),
        bias,
        epsilon: 0.25,
    };
    let batch_norm = Operation::BatchNorm {
        scale: counted(&[2]),
        bias: counted(&[2]),
        mean: counted(&[2]),
        variance: tensor(&[2], &[0.0, 1.0]),
        epsilon: 0.5,
    };
    assert_eq!(
        written(&[2, 1, 1], batch_norm),
        "BatchNormalization epsilon=0.5 0.weight[2] 0.bias[2] 0.running_mean[2] 0.running_var[2] -> [2, 1, 1]"
    );
    assert_eq!(
        written(&[2], layer_norm(&[2], Some(counted(&[2])))),
        "LayerNormalization axis=-1 epsilon=0.25 0.weight[2] 0.bias[2] -> [2]"
    );
    assert_eq!(
        written(&[2, 3, 1], layer_norm(&[3, 1], None)),
        "LayerNormalization axis=-2 epsilon=0.25 0.weight[3, 1] -> [2, 3, 1]"
    );
}

#[test]
fn the_rest_has_few_settings() {
    for (operation, expected) in [
        (
            Operation::GlobalAveragePool,
            "GlobalAveragePool -> [2, 1, 1]",
        ),
        (Operation::Flatten, "Flatten axis=1 -> [24]"),
        (Operation::Relu, "Relu -> [2, 3, 4]"),
        (Operation::Tanh, "Tanh -> [2, 3, 4]"),
        (Operation::Sigmoid, "Sigmoid -> [2, 3, 4]"),
        (Operation::Sign, "Sign -> [2, 3, 4]"),
        (
            Operation::LeakyRelu { slope: 0.25 },
            "LeakyRelu alpha=0.25 -> [2, 3, 4]",
        ),
        (Operation::Softmax, "Softmax axis=1 -> [2, 3, 4]"),
    ] {
        assert_eq!(written(&[2, 3, 4], operation), expected);
    }
}
