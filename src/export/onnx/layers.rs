//! Layers become nodes.
//!
//! Layer `3` with a dense operation and a ReLU becomes the nodes `layers.3.dense` and `layers.3.relu`, its weight the
//! initializer `3.weight`, as `PyTorch` would call it. If two operations of a layer have weights, their kinds keep them
//! apart: `3.conv2d.weight`, `3.batch_norm.weight`; a second operation of a kind is `relu_2`. Within a residual block
//! the path goes on: `layers.3.inner.0.conv2d`, `3.shortcut.0.weight`.

use super::builder::{Builder, Value, float, int, int64, ints};
use super::error::{Misfit, OnnxError};
use super::fit::output_shape;
use super::graph::{Layer, Operation, Window};
use super::protobuf::AttributeProto;
use super::tensor::Tensor;

/// How deep residual blocks may stand in one another; more would need a deeper stack to no end.
const MAXIMUM_DEPTH: usize = 16;

/// How an operation and its parts are called.
struct Names {
    /// The path of its layer, for messages.
    layer: String,
    /// Of the node and of its result.
    value: String,
    /// In front of `.weight`.
    owner: String,
}

/// Adds `layers` behind `input`. `path` is empty or ends with a dot; `depth` counts the residual blocks around them.
pub(super) fn add(
    builder: &mut Builder,
    layers: &[Layer],
    input: Value,
    path: &str,
    depth: usize,
) -> Result<Value, OnnxError> {
    let mut value = input;
    for layer in layers {
        if layer.name.is_empty() {
            return Err(OnnxError::EmptyName { what: "a layer" });
        }
        for (index, operation) in layer.operations.iter().enumerate() {
            let names = names(layer, index, operation, path);
            value = match operation {
                Operation::Residual { inner, shortcut } => {
                    residual(builder, inner, shortcut, &value, &names, depth + 1)?
                }
                operation => {
                    let shape = output_shape(operation, &value.shape)
                        .map_err(|misfit| misfit.at(&names.layer))?;
                    add_operation(builder, operation, &value, &names, shape)?
                }
            };
        }
    }
    Ok(value)
}

fn names(layer: &Layer, index: usize, operation: &Operation, path: &str) -> Names {
    let kind = operation.kind();
    let before = layer.operations[..index]
        .iter()
        .filter(|other| other.kind() == kind)
        .count();
    let label = match before {
        0 => kind.to_owned(),
        before => format!("{kind}_{}", before + 1),
    };
    let owners = layer.operations.iter().filter(|op| op.has_parameters());
    let layer = format!("{path}{}", layer.name);
    Names {
        value: format!("layers.{layer}.{label}"),
        owner: if owners.count() > 1 {
            format!("{layer}.{label}")
        } else {
            layer.clone()
        },
        layer,
    }
}

fn residual(
    builder: &mut Builder,
    inner: &[Layer],
    shortcut: &[Layer],
    input: &Value,
    names: &Names,
    depth: usize,
) -> Result<Value, OnnxError> {
    if depth > MAXIMUM_DEPTH {
        return Err(OnnxError::Nesting {
            depth,
            maximum: MAXIMUM_DEPTH,
        });
    }
    let owner = &names.owner;
    let path = format!("{owner}.inner.");
    let inner = add(builder, inner, input.clone(), &path, depth)?;
    let path = format!("{owner}.shortcut.");
    let shortcut = add(builder, shortcut, input.clone(), &path, depth)?;
    if inner.shape != shortcut.shape {
        let misfit = Misfit::Shortcut {
            inner: inner.shape,
            shortcut: shortcut.shape,
        };
        return Err(misfit.at(&names.layer));
    }
    let inputs = [inner.name.as_str(), shortcut.name.as_str()];
    builder.node("Add", &inputs, names.value.clone(), inner.shape, vec![])
}

/// Adds an operation that fits, as `shape` says.
fn add_operation(
    builder: &mut Builder,
    operation: &Operation,
    input: &Value,
    names: &Names,
    shape: Vec<usize>,
) -> Result<Value, OnnxError> {
    let (operator, parameters, attributes): (_, Vec<(&str, &Tensor)>, _) = match operation {
        Operation::Dense { weight, bias } => {
            let parameters = weight_and_bias(weight, bias.as_ref());
            ("Gemm", parameters, vec![int("transB", 1)])
        }
        Operation::Conv2d {
            weight,
            bias,
            stride,
            padding,
        } => {
            let kernel = weight.shape().get(2..).unwrap_or_default();
            let attributes = window_attributes(kernel, *stride, *padding);
            ("Conv", weight_and_bias(weight, bias.as_ref()), attributes)
        }
        Operation::MaxPool2d(window) => ("MaxPool", vec![], pool_attributes(window)),
        Operation::AvgPool2d {
            window,
            count_include_pad,
        } => {
            let mut attributes = pool_attributes(window);
            attributes.push(int("count_include_pad", i64::from(*count_include_pad)));
            ("AveragePool", vec![], attributes)
        }
        Operation::GlobalAveragePool => ("GlobalAveragePool", vec![], vec![]),
        Operation::Flatten => ("Flatten", vec![], vec![int("axis", 1)]),
        Operation::Relu => ("Relu", vec![], vec![]),
        Operation::Tanh => ("Tanh", vec![], vec![]),
        Operation::Sigmoid => ("Sigmoid", vec![], vec![]),
        Operation::Sign => ("Sign", vec![], vec![]),
        Operation::LeakyRelu { slope } => ("LeakyRelu", vec![], vec![float("alpha", *slope)]),
        Operation::BatchNorm {
            scale,
            bias,
            mean,
            variance,
            epsilon,
        } => (
            "BatchNormalization",
            vec![
                ("weight", scale),
                ("bias", bias),
                ("running_mean", mean),
                ("running_var", variance),
            ],
            vec![float("epsilon", *epsilon)],
        ),
        Operation::LayerNorm {
            scale,
            bias,
            epsilon,
        } => {
            // Counted from the end; a tensor has few dimensions, so the sum stays far from the ends of i64.
            let axis = -int64(scale.shape().len());
            let attributes = vec![int("axis", axis), float("epsilon", *epsilon)];
            let parameters = weight_and_bias(scale, bias.as_ref());
            ("LayerNormalization", parameters, attributes)
        }
        Operation::Softmax => ("Softmax", vec![], vec![int("axis", 1)]),
        Operation::Gelu => return gelu(builder, input, names, &shape),
        // `add` has taken its layers one by one.
        Operation::Residual { .. } => return Ok(input.clone()),
    };
    let mut inputs = vec![input.name.clone()];
    for (name, tensor) in parameters {
        inputs.push(builder.parameter(format!("{}.{name}", names.owner), tensor)?);
    }
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    builder.node(operator, &inputs, names.value.clone(), shape, attributes)
}

fn weight_and_bias<'a>(
    weight: &'a Tensor,
    bias: Option<&'a Tensor>,
) -> Vec<(&'static str, &'a Tensor)> {
    let mut parameters = vec![("weight", weight)];
    parameters.extend(bias.map(|bias| ("bias", bias)));
    parameters
}

/// ONNX lists all beginnings before all ends: above, left, below, right.
fn window_attributes(
    size: &[usize],
    stride: [usize; 2],
    [(above, below), (left, right)]: [(usize, usize); 2],
) -> Vec<AttributeProto> {
    vec![
        ints("kernel_shape", size),
        ints("strides", &stride),
        ints("pads", &[above, left, below, right]),
    ]
}

fn pool_attributes(window: &Window) -> Vec<AttributeProto> {
    window_attributes(&window.size, window.stride, window.padding)
}

/// `x / √2`, erf, `+ 1`, `· x`, `/ 2`.
fn gelu(
    builder: &mut Builder,
    input: &Value,
    names: &Names,
    shape: &[usize],
) -> Result<Value, OnnxError> {
    let x = input.name.as_str();
    let root = builder.constant("constants.sqrt_2", std::f32::consts::SQRT_2)?;
    let one = builder.constant("constants.one", 1.0)?;
    let half = builder.constant("constants.half", 0.5)?;
    let mut step = |operator: &str, inputs: &[&str], name: &str| {
        let name = format!("{}{name}", names.value);
        builder.node(operator, inputs, name, shape.to_vec(), vec![])
    };
    let scaled = step("Div", &[x, &root], ".scaled")?;
    let error_function = step("Erf", &[&scaled.name], ".erf")?;
    let above_zero = step("Add", &[&error_function.name, &one], ".erf_plus_one")?;
    let doubled = step("Mul", &[x, &above_zero.name], ".doubled")?;
    step("Mul", &[&doubled.name, &half], "")
}
