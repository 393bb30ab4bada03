//! The residual block: two convolutions, and a way around them (He, Zhang, Ren and Sun 2016, "Deep residual learning for image
//! recognition", arXiv 1512.03385, figure 2 and section 3.2).
//!
//! ```text
//! y = θ(F(x) + S(x))
//! F = conv1 – bn1 – θ – conv2 – bn2            conv1 with the stride, zeros evenly around
//! S = x                                        where channels and size stay
//! S = downsample.0 – downsample.1              else: a convolution of 1×1 with the stride, and a normalisation (option B)
//! ```
//!
//! Without `normalize` the normalisations are left out. The convolutions have no bias in front of one, which would take it away
//! again. Parts are called as in torchvision's `BasicBlock`, and compute the same.
//!
//! A block is *one* layer to the user, and made of those that there are already.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::layer::{Activation, Layer, Misfit, Operation};
use crate::config::{BatchNormConfig, ResidualConfig};
use crate::data::SampleShape;

/// Its parts, each with its shapes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Block {
    /// F, one after the other.
    pub main: Vec<Part>,
    /// S, likewise; none where it hands on what it gets.
    pub shortcut: Vec<Part>,
    /// θ, between the convolutions and behind the sum.
    pub activation: Activation,
}

/// A layer in a block. It has no activation of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Part {
    /// `conv1`, in names such as `layers.3.conv1.weight`.
    pub name: String,
    /// What it computes.
    pub layer: Layer,
}

impl Block {
    /// With its output's shape.
    pub(super) fn new(
        config: &ResidualConfig,
        input: SampleShape,
        [channels, height, width]: [usize; 3],
    ) -> Result<(Self, SampleShape), Misfit> {
        let (kernel, stride) = (config.kernel.sides(), config.stride.sides());
        let activation = Activation::from(config.activation);
        let output = SampleShape::Image {
            channels: config.filters,
            // As many positions as `same` padding has.
            height: height.div_ceil(stride[0]),
            width: width.div_ceil(stride[1]),
        };
        // The second convolution sees what the stride has left.
        for image in [input, output] {
            check_kernel(kernel, image)?;
        }
        let convolution = |name: &str, input, channels, kernel: [usize; 2], stride| {
            let operation = Operation::Conv2d {
                channels,
                filters: config.filters,
                kernel,
                stride,
                // Kernels are odd.
                padding: kernel.map(|side| (side / 2, side / 2)),
                has_bias: !config.normalize,
                activation: None,
            };
            Part::new(name, operation, input, output)
        };
        let normalisation = |name: &str| {
            let BatchNormConfig { momentum, epsilon } = BatchNormConfig::default();
            let channels = config.filters;
            let operation = Operation::BatchNorm {
                channels,
                momentum,
                epsilon,
            };
            Part::new(name, operation, output, output)
        };
        let activated = Part::new(
            &activation.to_string(),
            Operation::Activation(activation),
            output,
            output,
        );
        let mut main = vec![
            convolution("conv1", input, channels, kernel, stride),
            normalisation("bn1"),
            activated,
            convolution("conv2", output, config.filters, kernel, [1, 1]),
            normalisation("bn2"),
        ];
        let mut shortcut = Vec::new();
        if input != output {
            shortcut = vec![
                convolution("downsample.0", input, channels, [1, 1], stride),
                normalisation("downsample.1"),
            ];
        }
        if !config.normalize {
            let is_kept =
                |part: &Part| !matches!(part.layer.operation, Operation::BatchNorm { .. });
            main.retain(is_kept);
            shortcut.retain(is_kept);
        }
        let block = Self {
            main,
            shortcut,
            activation,
        };
        Ok((block, output))
    }

    /// Those of F, then those of S.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.main.iter().chain(&self.shortcut)
    }
}

impl Part {
    fn new(name: &str, operation: Operation, input: SampleShape, output: SampleShape) -> Self {
        Self {
            name: name.to_owned(),
            layer: Layer {
                operation,
                input,
                output,
            },
        }
    }
}

fn check_kernel(kernel: [usize; 2], image: SampleShape) -> Result<(), Misfit> {
    let SampleShape::Image { height, width, .. } = image else {
        return Ok(());
    };
    for (kernel_side, side) in kernel.into_iter().zip([height, width]) {
        // A kernel that covers the whole image from every position, and no more.
        let largest = 2 * side - 1;
        if kernel_side > largest {
            return Err(Misfit::new(
                format!(
                    "a kernel of {}×{} reaches beyond an image of {height}×{width} on both sides, into nothing but zeros",
                    kernel[0], kernel[1]
                ),
                format!("use a kernel of at most {largest} there, or a smaller stride"),
            ));
        }
    }
    Ok(())
}

/// `32 of 3×3, stride 2×2, projected, relu`
impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.main.first().map(|part| &part.layer.operation);
        if let Some(Operation::Conv2d {
            filters,
            kernel: [height, width],
            stride,
            has_bias,
            ..
        }) = first
        {
            write!(f, "{filters} of {height}×{width}")?;
            if *stride != [1, 1] {
                write!(f, ", stride {}×{}", stride[0], stride[1])?;
            }
            if !self.shortcut.is_empty() {
                f.write_str(", projected")?;
            }
            if *has_bias {
                f.write_str(", not normalised")?;
            }
        }
        write!(f, ", {}", self.activation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ActivationConfig, Extent};

    fn block(channels: usize, stride: usize, normalize: bool) -> Block {
        let config = ResidualConfig {
            filters: 8,
            kernel: Extent::Square(3),
            stride: Extent::Square(stride),
            normalize,
            activation: ActivationConfig::Relu,
        };
        let input = SampleShape::Image {
            channels,
            height: 7,
            width: 6,
        };
        let (block, output) = Block::new(&config, input, [channels, 7, 6])
            .unwrap_or_else(|_| panic!("a kernel of 3 fits"));
        let last = &block.main[block.main.len() - 1];
        assert_eq!(last.layer.output, output);
        block
    }

    fn names(block: &Block) -> Vec<&str> {
        block.parts().map(|part| part.name.as_str()).collect()
    }

    #[test]
    fn the_way_around_is_a_projection_only_where_shapes_change() {
        let same = ["conv1", "bn1", "relu", "conv2", "bn2"];
        assert_eq!(names(&block(8, 1, true)), same);
        let projected = [&same[..], &["downsample.0", "downsample.1"]].concat();
        assert_eq!(names(&block(4, 1, true)), projected);
        assert_eq!(names(&block(8, 2, true)), projected);
        assert_eq!(
            names(&block(8, 2, false)),
            ["conv1", "relu", "conv2", "downsample.0"]
        );
        assert_eq!(
            block(8, 2, false).to_string(),
            "8 of 3×3, stride 2×2, projected, not normalised, relu"
        );
    }

    /// torchvision's `BasicBlock(4, 8, stride=2, downsample=…)` has 288 + 16 + 576 + 16 + 32 + 16 = 944.
    #[test]
    fn it_has_the_parameters_of_torchvision() {
        let parameters =
            |block: &Block| -> u64 { block.parts().map(|part| part.layer.parameters()).sum() };
        assert_eq!(parameters(&block(4, 2, true)), 944);
        // Three biases of 8 in place of three times 16.
        assert_eq!(parameters(&block(4, 2, false)), 944 - 48 + 24);
    }
}
