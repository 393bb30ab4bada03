//! Whether an operation fits where it stands, and the shape of what it gives.
//!
//! Everything that can be wrong with an operation is found here, before any of it is written. The same arithmetic is
//! in the shape inference of ONNX, which checks ours: every shape found here is stated in the file.

use super::error::Misfit;
use super::graph::{Operation, Window};
use super::tensor::Tensor;

/// The shape after `operation`, for a sample of shape `input` (one or three dimensions, none of them 0).
///
/// A residual block is asked layer by layer; here it gives its input's shape.
pub(super) fn output_shape(operation: &Operation, input: &[usize]) -> Result<Vec<usize>, Misfit> {
    let name = operation.kind();
    match operation {
        Operation::Dense { weight, bias } => dense(name, weight, bias.as_ref(), input),
        Operation::Conv2d {
            weight,
            bias,
            stride,
            padding,
        } => conv2d(name, weight, bias.as_ref(), (*stride, *padding), input),
        Operation::MaxPool2d(window) | Operation::AvgPool2d { window, .. } => {
            pool(name, window, input)
        }
        Operation::GlobalAveragePool => {
            let [channels, ..] = image(name, input)?;
            Ok(vec![channels, 1, 1])
        }
        Operation::Flatten => {
            let features = input
                .iter()
                .try_fold(1_usize, |product, length| product.checked_mul(*length));
            Ok(vec![size(name, "output", features.unwrap_or(usize::MAX))?])
        }
        Operation::LeakyRelu { slope } => {
            number(name, "slope", *slope, "finite", f32::is_finite)?;
            Ok(input.to_vec())
        }
        Operation::BatchNorm {
            scale,
            bias,
            mean,
            variance,
            epsilon,
        } => {
            check_epsilon(name, *epsilon)?;
            let needed = input.get(..1).unwrap_or_default();
            for (parameter, tensor) in [
                ("weight", scale),
                ("bias", bias),
                ("running_mean", mean),
                ("running_var", variance),
            ] {
                parameter_shape(name, parameter, tensor, needed)?;
            }
            for value in variance.values() {
                // Not `< 0`: what is not a number is refused by its name and position later.
                let needed = "at least 0";
                number(name, "variance", f64::from(*value), needed, |v| {
                    v >= 0.0 || v.is_nan()
                })?;
            }
            Ok(input.to_vec())
        }
        Operation::LayerNorm {
            scale,
            bias,
            epsilon,
        } => {
            check_epsilon(name, *epsilon)?;
            if scale.shape().is_empty() || !input.ends_with(scale.shape()) {
                return Err(Misfit::Normalized {
                    scale: scale.shape().to_vec(),
                    input: input.to_vec(),
                });
            }
            if let Some(bias) = bias {
                parameter_shape(name, "bias", bias, scale.shape())?;
            }
            Ok(input.to_vec())
        }
        Operation::Relu
        | Operation::Tanh
        | Operation::Sigmoid
        | Operation::Sign
        | Operation::Gelu
        | Operation::Softmax
        | Operation::Residual { .. } => Ok(input.to_vec()),
    }
}

fn dense(
    name: &'static str,
    weight: &Tensor,
    bias: Option<&Tensor>,
    input: &[usize],
) -> Result<Vec<usize>, Misfit> {
    let features = vector(name, input)?;
    let &[outputs, inputs] = weight.shape() else {
        return Err(parameter_rank(name, weight, 2));
    };
    if inputs != features {
        return Err(Misfit::Inputs {
            operation: name,
            what: "features",
            weight: inputs,
            input: features,
        });
    }
    size(name, "number of outputs", outputs)?;
    if let Some(bias) = bias {
        parameter_shape(name, "bias", bias, &[outputs])?;
    }
    Ok(vec![outputs])
}

fn conv2d(
    name: &'static str,
    weight: &Tensor,
    bias: Option<&Tensor>,
    (stride, padding): ([usize; 2], [(usize, usize); 2]),
    input: &[usize],
) -> Result<Vec<usize>, Misfit> {
    let [channels, height, width] = image(name, input)?;
    let &[filters, depth, kernel_height, kernel_width] = weight.shape() else {
        return Err(parameter_rank(name, weight, 4));
    };
    if depth != channels {
        return Err(Misfit::Inputs {
            operation: name,
            what: "channels",
            weight: depth,
            input: channels,
        });
    }
    size(name, "number of filters", filters)?;
    if let Some(bias) = bias {
        parameter_shape(name, "bias", bias, &[filters])?;
    }
    let window = Window {
        size: [kernel_height, kernel_width],
        stride,
        padding,
    };
    let [rows, columns] = positions(name, &window, [height, width])?;
    Ok(vec![filters, rows, columns])
}

fn pool(name: &'static str, window: &Window, input: &[usize]) -> Result<Vec<usize>, Misfit> {
    let [channels, height, width] = image(name, input)?;
    let [rows, columns] = positions(name, window, [height, width])?;
    for (index, axis) in AXES.into_iter().enumerate() {
        let (before, after) = window.padding[index];
        let padding = before.max(after);
        // A window of nothing but padding has no largest value and no mean.
        if padding >= window.size[index] {
            return Err(Misfit::Padding {
                operation: name,
                axis,
                size: window.size[index],
                padding,
            });
        }
    }
    Ok(vec![channels, rows, columns])
}

const AXES: [&str; 2] = ["height", "width"];

/// How often a window fits: `⌊(side + padding − size) / stride⌋ + 1` per axis.
fn positions(name: &'static str, window: &Window, sides: [usize; 2]) -> Result<[usize; 2], Misfit> {
    let mut positions = [0; 2];
    for (index, axis) in AXES.into_iter().enumerate() {
        let length = size(name, "window", window.size[index])?;
        let stride = size(name, "stride", window.stride[index])?;
        let (before, after) = window.padding[index];
        // Saturated at the largest number, which `size` refuses.
        let padded = sides[index].saturating_add(before).saturating_add(after);
        let padded = size(name, "padded input", padded)?;
        let Some(rest) = padded.checked_sub(length) else {
            return Err(Misfit::Window {
                operation: name,
                axis,
                size: length,
                padded,
            });
        };
        positions[index] = rest / stride + 1;
    }
    Ok(positions)
}

/// A length or a step as ONNX can hold it: a signed 64-bit integer, and not 0.
fn size(operation: &'static str, what: &'static str, value: usize) -> Result<usize, Misfit> {
    if value > 0 && i64::try_from(value).is_ok() {
        return Ok(value);
    }
    Err(Misfit::Size {
        operation,
        what,
        value,
    })
}

fn vector(operation: &'static str, input: &[usize]) -> Result<usize, Misfit> {
    match input {
        &[features] => Ok(features),
        found => Err(Misfit::Rank {
            operation,
            needed: 1,
            found: found.to_vec(),
        }),
    }
}

fn image(operation: &'static str, input: &[usize]) -> Result<[usize; 3], Misfit> {
    match input {
        &[channels, height, width] => Ok([channels, height, width]),
        found => Err(Misfit::Rank {
            operation,
            needed: 3,
            found: found.to_vec(),
        }),
    }
}

fn parameter_rank(operation: &'static str, weight: &Tensor, needed: usize) -> Misfit {
    Misfit::ParameterRank {
        operation,
        parameter: "weight",
        needed,
        found: weight.shape().to_vec(),
    }
}

fn parameter_shape(
    operation: &'static str,
    parameter: &'static str,
    tensor: &Tensor,
    needed: &[usize],
) -> Result<(), Misfit> {
    if tensor.shape() == needed {
        return Ok(());
    }
    Err(Misfit::ParameterShape {
        operation,
        parameter,
        needed: needed.to_vec(),
        found: tensor.shape().to_vec(),
    })
}

/// An epsilon is written as f32, and must still be above 0 there.
fn check_epsilon(operation: &'static str, epsilon: f64) -> Result<(), Misfit> {
    let needed = "above 0 and finite as a 32-bit number";
    number(operation, "epsilon", epsilon, needed, |epsilon| {
        epsilon > 0.0 && epsilon.is_finite()
    })
}

/// Asks `accepts` about the number as the file will have it.
fn number(
    operation: &'static str,
    what: &'static str,
    value: f64,
    needed: &'static str,
    accepts: impl FnOnce(f32) -> bool,
) -> Result<(), Misfit> {
    if accepts(value as f32) {
        return Ok(());
    }
    Err(Misfit::Number {
        operation,
        what,
        value,
        needed,
    })
}
