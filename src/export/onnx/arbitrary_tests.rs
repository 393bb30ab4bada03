//! No input makes the writer panic, and what it accepts a second reading accepts.

use arbtest::arbitrary::{Result as Drawn, Unstructured};
use prost::Message;

use super::encode_tests::{layer, network};
use super::protobuf::ModelProto;
use super::{
    Element, Graph, Layer, Metadata, Operation, Preprocessing, Probabilities, Tensor, Window,
    encode,
};

#[test]
fn nothing_panics() {
    arbtest::arbtest(|u| {
        let graph = any_graph(u)?;
        if let Ok(bytes) = encode(&graph, &Metadata::default()) {
            let model = ModelProto::decode(bytes.as_slice()).unwrap();
            assert_eq!(model.encode_to_vec(), bytes);
        }
        Ok(())
    });
}

/// Mostly small, sometimes 0, sometimes at the ends of what integers hold.
fn length(u: &mut Unstructured<'_>) -> Drawn<usize> {
    let extreme = [0, usize::MAX, usize::MAX / 2, i64::MAX as usize + 1];
    if u.ratio(1_u8, 40)? {
        return Ok(*u.choose(&extreme)?);
    }
    if u.ratio(1_u8, 8)? {
        return u.int_in_range(1..=3);
    }
    // Of one length, so that much fits.
    Ok(2)
}

fn number(u: &mut Unstructured<'_>) -> Drawn<f32> {
    if u.ratio(1_u8, 50)? {
        return Ok(*u.choose(&[f32::NAN, f32::INFINITY, -1.0, 0.0, f32::MIN_POSITIVE])?);
    }
    Ok(1.5)
}

/// Any rank up to 4, with any of the extreme lengths that a tensor can have.
fn tensor(u: &mut Unstructured<'_>, rank: usize) -> Drawn<Tensor> {
    let rank = if u.ratio(1_u8, 20)? {
        u.int_in_range(0..=4)?
    } else {
        rank
    };
    let shape: Vec<usize> = (0..rank)
        .map(|_| Ok(length(u)?.min(4)))
        .collect::<Drawn<_>>()?;
    let count = shape.iter().product();
    let mut values = vec![0.5; count];
    if let Some(first) = values.first_mut() {
        *first = number(u)?;
    }
    Ok(Tensor::new(shape, values).unwrap())
}

fn padding(u: &mut Unstructured<'_>) -> Drawn<[(usize, usize); 2]> {
    // 0 is the usual padding, and no length that is usual.
    let mut side = || Ok(length(u)?.wrapping_sub(1));
    Ok([(side()?, side()?), (side()?, side()?)])
}

fn window(u: &mut Unstructured<'_>) -> Drawn<Window> {
    Ok(Window {
        size: [length(u)?, length(u)?],
        stride: [length(u)?, length(u)?],
        padding: padding(u)?,
    })
}

fn operation(u: &mut Unstructured<'_>, depth: usize) -> Drawn<Operation> {
    Ok(match u.int_in_range(0..=15)? {
        0 => Operation::Dense {
            weight: tensor(u, 2)?,
            bias: Some(tensor(u, 1)?),
        },
        1 => Operation::Conv2d {
            weight: tensor(u, 4)?,
            bias: None,
            stride: [length(u)?, length(u)?],
            padding: padding(u)?,
        },
        2 => Operation::MaxPool2d(window(u)?),
        3 => Operation::AvgPool2d {
            window: window(u)?,
            count_include_pad: u.arbitrary()?,
        },
        4 => Operation::GlobalAveragePool,
        5 => Operation::Flatten,
        6 => Operation::LeakyRelu {
            slope: f64::from(number(u)?),
        },
        7 => Operation::BatchNorm {
            scale: tensor(u, 1)?,
            bias: tensor(u, 1)?,
            mean: tensor(u, 1)?,
            variance: tensor(u, 1)?,
            epsilon: f64::from(number(u)?),
        },
        8 => Operation::LayerNorm {
            scale: tensor(u, 1)?,
            bias: None,
            epsilon: f64::from(number(u)?),
        },
        9 if depth < 20 => Operation::Residual {
            inner: layers(u, depth + 1)?,
            shortcut: layers(u, depth + 1)?,
        },
        10 => Operation::Gelu,
        11 => Operation::Softmax,
        12 => Operation::Sign,
        13 => Operation::Sigmoid,
        14 => Operation::Tanh,
        _ => Operation::Relu,
    })
}

fn layers(u: &mut Unstructured<'_>, depth: usize) -> Drawn<Vec<Layer>> {
    (0..u.int_in_range(0..=2)?)
        .map(|index| {
            let operations: Drawn<_> = (0..u.int_in_range(0..=2)?)
                .map(|_| operation(u, depth))
                .collect();
            Ok(layer(["0", "1", "2"][index], operations?))
        })
        .collect()
}

fn any_graph(u: &mut Unstructured<'_>) -> Drawn<Graph> {
    let rank = *u.choose(&[1, 3, 3, 1, 2, 0])?;
    let shape: Vec<usize> = (0..rank).map(|_| length(u)).collect::<Drawn<_>>()?;
    let mut graph = network(&shape, layers(u, 0)?);
    if u.arbitrary()? {
        graph.input.element = Element::U8;
        graph.input.preprocessing = Preprocessing {
            divisor: Some(number(u)?),
            mean: vec![number(u)?; length(u)?.min(4)],
            deviation: vec![number(u)?; length(u)?.min(4)],
        };
    }
    if u.arbitrary()? {
        let kinds = [Probabilities::Softmax, Probabilities::Sigmoid];
        graph.probabilities = Some(*u.choose(&kinds)?);
    }
    Ok(graph)
}
