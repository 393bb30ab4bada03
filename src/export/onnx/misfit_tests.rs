//! Operations that do not fit where they stand, and in which words they are refused.

use super::encode_tests::{counted, dense, layer, network, tensor};
use super::refusal_tests::{message, refusal};
use super::{Operation, Window};

fn conv2d(weight: &[usize], stride: [usize; 2], padding: [(usize, usize); 2]) -> Operation {
    Operation::Conv2d {
        weight: counted(weight),
        bias: None,
        stride,
        padding,
    }
}

fn max_pool(size: [usize; 2], stride: [usize; 2], padding: [(usize, usize); 2]) -> Operation {
    Operation::MaxPool2d(Window {
        size,
        stride,
        padding,
    })
}

const NONE: [(usize, usize); 2] = [(0, 0); 2];

#[test]
fn weights_fit_their_input_and_each_other() {
    let bias = |length| Operation::Dense {
        weight: counted(&[2, 3]),
        bias: Some(counted(&[length])),
    };
    for (shape, operation, expected) in [
        (
            vec![4],
            dense(3, 2),
            "the weight of `dense` takes 3 features, but its input has 4",
        ),
        (
            vec![3],
            bias(3),
            "the bias of `dense` needs the shape 2, but has 3",
        ),
        (
            vec![1, 2, 3],
            dense(3, 2),
            "`dense` takes 1 dimensions, but its input has 3 (1×2×3)",
        ),
        (
            vec![5],
            Operation::GlobalAveragePool,
            "`global_average_pool` takes 3 dimensions, but its input has 1 (5)",
        ),
        (
            vec![3, 5, 5],
            conv2d(&[1, 2, 3, 3], [1, 1], NONE),
            "the weight of `conv2d` takes 2 channels, but its input has 3",
        ),
        (
            vec![3, 5, 5],
            conv2d(&[3, 3], [1, 1], NONE),
            "the weight of `conv2d` needs 4 dimensions, but has 2 (3×3)",
        ),
        (
            vec![3],
            dense(3, 0),
            "the number of outputs of `dense` is 0, but must be in 1..=9223372036854775807",
        ),
    ] {
        assert_eq!(refusal(&shape, operation), format!("layer `0`: {expected}"));
    }
}

#[test]
fn windows_fit_their_padded_input() {
    let high = usize::MAX / 2 + 1;
    for (operation, expected) in [
        (
            conv2d(&[1, 1, 6, 1], [1, 1], NONE),
            "the height of `conv2d`'s window is 6, but its padded input has only 4",
        ),
        (
            conv2d(&[1, 1, 1, 9], [1, 1], [(0, 0), (1, 2)]),
            "the width of `conv2d`'s window is 9, but its padded input has only 8",
        ),
        (
            conv2d(&[1, 1, 1, 1], [0, 1], NONE),
            "the stride of `conv2d` is 0, but must be in 1..=9223372036854775807",
        ),
        (
            conv2d(&[1, 1, 1, 1], [1, high], NONE),
            "the stride of `conv2d` is 9223372036854775808, but must be in 1..=9223372036854775807",
        ),
        (
            conv2d(&[1, 1, 1, 1], [1, 1], [(usize::MAX, usize::MAX), (0, 0)]),
            "the padded input of `conv2d` is 18446744073709551615, but must be in 1..=9223372036854775807",
        ),
        (
            max_pool([0, 1], [1, 1], NONE),
            "the window of `max_pool2d` is 0, but must be in 1..=9223372036854775807",
        ),
        (
            max_pool([2, 2], [1, 1], [(0, 1), (2, 0)]),
            "the width of `max_pool2d`'s window is 2, but its padding is 2, which must be less",
        ),
    ] {
        assert_eq!(
            refusal(&[1, 4, 5], operation),
            format!("layer `0`: {expected}")
        );
    }
    let huge = network(
        &[1, 1, 1],
        vec![
            layer(
                "0",
                vec![conv2d(&[8, 1, 1, 1], [1, 1], [(1 << 61, 0), (0, 0)])],
            ),
            layer("1", vec![Operation::Flatten]),
        ],
    );
    assert_eq!(
        message(&huge),
        "layer `1`: the output of `flatten` is 18446744073709551615, but must be in 1..=9223372036854775807"
    );
}

#[test]
fn normalizations_fit_and_divide_by_something() {
    let batch_norm = |length, variance: f32, epsilon| Operation::BatchNorm {
        scale: counted(&[length]),
        bias: counted(&[length]),
        mean: counted(&[length]),
        variance: tensor(&[length], &vec![variance; length]),
        epsilon,
    };
    let layer_norm = |shape: &[usize], bias: &[usize]| Operation::LayerNorm {
        scale: counted(shape),
        bias: Some(counted(bias)),
        epsilon: 1e-5,
    };
    for (operation, expected) in [
        (
            batch_norm(2, 1.0, 1e-5),
            "the weight of `batch_norm` needs the shape 3, but has 2",
        ),
        (
            batch_norm(3, -1.0, 1e-5),
            "the variance of `batch_norm` is -1, but must be at least 0",
        ),
        (
            batch_norm(3, 1.0, 0.0),
            "the epsilon of `batch_norm` is 0, but must be above 0 and finite as a 32-bit number",
        ),
        (
            layer_norm(&[4], &[4]),
            "`layer_norm` over 4 does not fit the end of its input of 3×4×5",
        ),
        (
            layer_norm(&[], &[]),
            "`layer_norm` over a scalar does not fit the end of its input of 3×4×5",
        ),
        (
            layer_norm(&[4, 5], &[5]),
            "the bias of `layer_norm` needs the shape 4×5, but has 5",
        ),
        (
            Operation::LeakyRelu {
                slope: f64::INFINITY,
            },
            "the slope of `leaky_relu` is inf, but must be finite",
        ),
    ] {
        assert_eq!(
            refusal(&[3, 4, 5], operation),
            format!("layer `0`: {expected}")
        );
    }
}

#[test]
fn residual_blocks_can_be_added_and_end_somewhere() {
    let block = Operation::Residual {
        inner: vec![layer("0", vec![dense(2, 3)])],
        shortcut: vec![],
    };
    assert_eq!(
        refusal(&[2], block),
        "layer `0`: the inner layers end with 3, but the shortcut with 2, so they cannot be added"
    );
    let within = Operation::Residual {
        inner: vec![layer("a", vec![dense(3, 2)])],
        shortcut: vec![],
    };
    assert_eq!(
        refusal(&[2], within),
        "layer `0.inner.a`: the weight of `dense` takes 3 features, but its input has 2"
    );
    let mut nested = Operation::Relu;
    for _ in 0..17 {
        nested = Operation::Residual {
            inner: vec![layer("0", vec![nested])],
            shortcut: vec![],
        };
    }
    assert_eq!(
        refusal(&[2], nested),
        "residual blocks are nested 17 deep, deeper than the 16 that are accepted"
    );
}
