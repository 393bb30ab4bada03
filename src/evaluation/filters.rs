//! The weights of the first layer that learns, as images: what it looks for.

use burn::tensor::ExecutionError;

use crate::data::SampleShape;
use crate::model::{Architecture, Network, Operation};

/// Some filters of a convolution, or units of a dense layer that sees an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Filters {
    /// Whether it is a convolution.
    pub is_convolution: bool,
    /// Channels, height and width of each.
    pub shape: [usize; 3],
    /// The strongest first, by the Euclidean norm; channel by channel, row by row.
    pub weights: Vec<Vec<f32>>,
    /// How many the layer has.
    pub all: usize,
}

/// The `most` strongest filters of the first layer that learns; `None` where its weights are no images.
///
/// # Errors
///
/// The device cannot be read.
pub fn filters(
    network: &Network,
    architecture: &Architecture,
    most: usize,
) -> Result<Option<Filters>, ExecutionError> {
    let Some(First {
        tensor,
        shape,
        units,
        is_convolution,
    }) = first(architecture)
    else {
        return Ok(None);
    };
    let parameters = network.parameters()?;
    let Some(weight) = parameters.iter().find(|weight| weight.name == tensor) else {
        return Ok(None);
    };
    let size: usize = shape.iter().product();
    if weight.values.len() != units * size || size == 0 {
        return Ok(None);
    }
    let mut weights: Vec<Vec<f32>> = if is_convolution {
        weight
            .values
            .chunks_exact(size)
            .map(<[f32]>::to_vec)
            .collect()
    } else {
        // A dense weight has a row for each input.
        let of_unit = |unit: usize| weight.values.iter().copied().skip(unit).step_by(units);
        (0..units).map(|unit| of_unit(unit).collect()).collect()
    };
    let norm = |weights: &[f32]| weights.iter().map(|w| w * w).sum::<f32>();
    weights.sort_by(|one, other| norm(other).total_cmp(&norm(one)));
    weights.truncate(most);
    Ok(Some(Filters {
        is_convolution,
        shape,
        weights,
        all: units,
    }))
}

/// Where the weights are.
struct First {
    tensor: String,
    shape: [usize; 3],
    units: usize,
    is_convolution: bool,
}

fn first(architecture: &Architecture) -> Option<First> {
    let mut image = None;
    for (index, layer) in architecture.layers.iter().enumerate() {
        if let SampleShape::Image {
            channels,
            height,
            width,
        } = layer.input
        {
            image = Some([channels, height, width]);
        }
        for (name, part) in layer.parts() {
            let tensor = format!("layers.{index}{name}.weight");
            match &part.operation {
                Operation::Conv2d {
                    channels,
                    filters,
                    kernel: [height, width],
                    ..
                } => {
                    return Some(First {
                        tensor,
                        shape: [*channels, *height, *width],
                        units: *filters,
                        is_convolution: true,
                    });
                }
                Operation::Dense {
                    inputs, outputs, ..
                } => {
                    let shape = image.filter(|shape| shape.iter().product::<usize>() == *inputs)?;
                    return Some(First {
                        tensor,
                        shape,
                        units: *outputs,
                        is_convolution: false,
                    });
                }
                _ => {}
            }
        }
    }
    None
}
