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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::network;

    #[test]
    fn filters_of_a_convolution_come_strongest_first() {
        let layers =
            "[{ conv2d = { filters = 2, kernel = 1 } }, 'flatten', { dense = { units = 2 } }]";
        let (architecture, network, _) = network(
            layers,
            [3, 1, 1],
            2,
            &[
                (
                    "layers.0.weight",
                    &[2, 3, 1, 1],
                    &[0.1, 0.2, 0.3, -4.0, 5.0, 6.0],
                ),
                ("layers.0.bias", &[2], &[0.0; 2]),
                ("layers.2.weight", &[2, 2], &[0.0; 4]),
                ("layers.2.bias", &[2], &[0.0; 2]),
            ],
        );
        let found = filters(&network, &architecture, 9).unwrap().unwrap();
        assert!(found.is_convolution);
        assert_eq!((found.shape, found.all), ([3, 1, 1], 2));
        assert_eq!(found.weights, [[-4.0, 5.0, 6.0], [0.1, 0.2, 0.3]]);
        let found = filters(&network, &architecture, 1).unwrap().unwrap();
        assert_eq!((found.weights.len(), found.all), (1, 2));
    }

    #[test]
    fn the_weights_of_a_unit_have_the_shape_of_the_image() {
        let tensors: [(&str, &[usize], &[f32]); 2] = [
            // Row by row an input, column by column a unit.
            (
                "layers.1.weight",
                &[4, 2],
                &[1.0, 5.0, 2.0, 6.0, 3.0, 7.0, 4.0, 8.0],
            ),
            ("layers.1.bias", &[2], &[0.0; 2]),
        ];
        let layers = "['flatten', { dense = { units = 2 } }]";
        let (architecture, dense, _) = network(layers, [1, 2, 2], 2, &tensors);
        let found = filters(&dense, &architecture, 9).unwrap().unwrap();
        assert!(!found.is_convolution);
        assert_eq!(found.shape, [1, 2, 2]);
        assert_eq!(found.weights, [[5.0, 6.0, 7.0, 8.0], [1.0, 2.0, 3.0, 4.0]]);

        // The means of four channels are no image.
        let layers = "['global-avg-pool', { dense = { units = 2 } }]";
        let (architecture, pooled, _) = network(layers, [4, 2, 2], 2, &tensors);
        assert_eq!(filters(&pooled, &architecture, 9).unwrap(), None);
    }
}
