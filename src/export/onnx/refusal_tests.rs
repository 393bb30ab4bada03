//! What is refused, and in which words: each message names both numbers.

use super::encode_tests::{conv_network, counted, layer, metadata, network, tensor};
use super::{
    Element, Graph, Metadata, OnnxError, Operation, Probabilities, Tensor, encode, encode_within,
};

/// The message for a network of this one operation.
pub(super) fn refusal(shape: &[usize], operation: Operation) -> String {
    message(&network(shape, vec![layer("0", vec![operation])]))
}

pub(super) fn message(graph: &Graph) -> String {
    encode(graph, &Metadata::default()).unwrap_err().to_string()
}

#[test]
fn tensors_are_full() {
    let error = Tensor::new(vec![2, 3], vec![0.0; 5]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a tensor of 2×3 has 5 values, but needs 6"
    );
    let error = Tensor::new(vec![usize::MAX, 2], vec![]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a tensor of 18446744073709551615×2 has 0 values, but needs more than 2^64"
    );
    assert!(Tensor::new(vec![], vec![1.0]).is_ok());
    let error = counted(&[2]).transposed().unwrap_err();
    assert_eq!(
        error.to_string(),
        "only a tensor of 2 dimensions can be transposed, not one of 1 (2)"
    );
}

#[test]
fn what_is_not_a_number_is_refused_by_name() {
    let weight = tensor(&[1, 2], &[0.0, f32::NAN]);
    let operation = Operation::Dense { weight, bias: None };
    assert_eq!(
        refusal(&[2], operation),
        "value 1 (counting from 0) of `0.weight` is NaN, not a finite number"
    );
    let ones = || counted(&[1]);
    let norm = Operation::BatchNorm {
        scale: ones(),
        bias: ones(),
        mean: ones(),
        variance: tensor(&[1], &[f32::NAN]),
        epsilon: 1e-5,
    };
    assert_eq!(
        refusal(&[1], norm),
        "value 0 (counting from 0) of `0.running_var` is NaN, not a finite number"
    );
}

#[test]
fn inputs_are_vectors_or_images_with_their_own_statistics() {
    let relu = || vec![layer("0", vec![Operation::Relu])];
    for shape in [
        vec![],
        vec![0],
        vec![2, 3],
        vec![1, 0, 3],
        vec![usize::MAX],
        vec![1 << 31; 3],
    ] {
        let error = encode(&network(&shape, relu()), &metadata()).unwrap_err();
        assert_eq!(error, OnnxError::InputShape { shape });
    }
    let mut graph = network(&[3, 4, 4], relu());
    graph.input.preprocessing.mean = vec![0.5; 2];
    assert_eq!(
        message(&graph),
        "the pre-processing has 2 means, but the input has 3 channels"
    );
    graph.input.preprocessing.mean = vec![];
    graph.input.preprocessing.deviation = vec![1.0, 0.0, 1.0];
    assert_eq!(
        message(&graph),
        "`preprocessing.deviation` has a divisor of 0, but needs a finite one above 0"
    );
    graph.input.preprocessing.divisor = Some(f32::NAN);
    assert_eq!(
        message(&graph),
        "`preprocessing.divisor` has a divisor of NaN, but needs a finite one above 0"
    );
}

#[test]
fn names_are_there_and_differ() {
    let relu = |name: &str| layer(name, vec![Operation::Relu]);
    let graph = network(&[2], vec![relu("0"), relu("0")]);
    let expected = "the name `layers.0.relu` stands for 2 different values, but must stand for 1";
    assert_eq!(message(&graph), expected);
    let mut graph = network(&[2], vec![relu("0")]);
    graph.output.clone_from(&graph.input.name);
    let expected = "the name `input` stands for 2 different values, but must stand for 1";
    assert_eq!(message(&graph), expected);
    assert_eq!(
        message(&network(&[2], vec![relu("")])),
        "a layer has an empty name"
    );
    let nothing = network(&[2], vec![layer("0", vec![])]);
    assert_eq!(
        message(&nothing),
        "the network has 0 operations, but needs at least 1"
    );
}

#[test]
fn outputs_fit_the_classes() {
    let mut graph = network(&[3], vec![layer("0", vec![Operation::Relu])]);
    graph.probabilities = Some(Probabilities::Softmax);
    let error = encode(&graph, &metadata()).unwrap_err();
    let expected = "the network has 3 outputs for its softmax, but 2 classes are named";
    assert_eq!(error.to_string(), expected);
    graph.input.shape = vec![1, 2, 3];
    let expected = "probabilities need a vector of outputs, but the network ends with 1×2×3";
    assert_eq!(message(&graph), expected);
    let mut twice = metadata();
    twice.properties.insert("classes".to_owned(), String::new());
    let error = encode(&conv_network(Element::F32), &twice).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the property `classes` is given 2 times, but must stand once"
    );
}

#[test]
fn a_file_has_a_largest_size() {
    let graph = conv_network(Element::F32);
    let size = encode(&graph, &metadata()).unwrap().len() as u64;
    assert!(encode_within(&graph, &metadata(), size).is_ok());
    let error = encode_within(&graph, &metadata(), size - 1).unwrap_err();
    let expected = OnnxError::TooLarge {
        bytes: size,
        maximum: size - 1,
    };
    assert_eq!(error, expected);
    // The divisor, 4 weights and a bias come to 24 bytes, of which the weights already are too much.
    let error = encode_within(&graph, &metadata(), 19).unwrap_err();
    let expected = "the model needs 20 bytes, more than the 19 that a file of protobuf may have";
    assert_eq!(error.to_string(), expected);
}
