//! One layer: what it computes, the shapes before and after it, and why it may not fit.
//!
//! A new layer is a variant of [`Operation`]; the compiler then names every place where it must be written.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::residual::Block;
use crate::config::{
    ActivationConfig, Conv2dConfig, LayerConfig, PaddingConfig, PoolConfig, Problem,
};
use crate::data::SampleShape;

/// One layer with its shapes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Layer {
    /// What it computes.
    pub operation: Operation,
    /// Shape of one sample before it.
    pub input: SampleShape,
    /// Shape of one sample after it.
    pub output: SampleShape,
}

/// What a layer computes. The enum is closed: the compiler names every place where a new one must be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// `θ(x · w + b)`, `w` of shape `[inputs, outputs]`.
    Dense {
        /// Length of the input vector.
        inputs: usize,
        /// Length of the output vector.
        outputs: usize,
        /// θ
        activation: Option<Activation>,
    },
    /// Cross-correlation with `w` of shape `[filters, channels, height, width]`, then θ.
    Conv2d {
        /// Input channels.
        channels: usize,
        /// Output channels.
        filters: usize,
        /// Height and width of the kernel.
        kernel: [usize; 2],
        /// Vertical and horizontal step.
        stride: [usize; 2],
        /// Rows of zeros (above, below) and columns of zeros (left, right).
        padding: [(usize, usize); 2],
        /// Whether each filter has a bias: always, but before a normalisation in a residual block.
        has_bias: bool,
        /// θ
        activation: Option<Activation>,
    },
    /// Two convolutions and a way around them.
    Residual(Block),
    /// The largest value of each window.
    MaxPool(Window),
    /// The mean of each window.
    AvgPool(Window),
    /// The mean of each channel: an image becomes a vector.
    GlobalAvgPool,
    /// An image becomes a vector, channel by channel, row by row.
    Flatten,
    /// `γ (x − μ) / √(v + ε) + β` for each feature of a vector or channel of an image.
    BatchNorm {
        /// Features or channels.
        channels: usize,
        /// Share of a step's batch in the running mean and variance.
        momentum: f64,
        /// ε
        epsilon: f64,
    },
    /// `γ (x − μ) / √(v + ε) + β`, with mean and variance of each vector.
    LayerNorm {
        /// Length of the vector.
        features: usize,
        /// ε
        epsilon: f64,
    },
    /// Zeroes with probability `rate` while training.
    Dropout {
        /// In 0..1.
        rate: f64,
    },
    /// Zeroes whole channels with probability `rate` while training.
    Dropout2d {
        /// In 0..1.
        rate: f64,
    },
    /// θ alone.
    Activation(Activation),
}

/// The window of a pooling layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Window {
    /// Height and width.
    pub size: [usize; 2],
    /// Vertical and horizontal step.
    pub stride: [usize; 2],
}

/// θ, applied to each value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// tanh(x)
    Tanh,
    /// max(0, x)
    Relu,
    /// x above 0, and 0.01 x below
    LeakyRelu,
    /// x Φ(x), Φ the normal distribution: the exact form, with erf
    Gelu,
    /// 1 / (1 + e⁻ˣ)
    Sigmoid,
    /// The perceptron's −1, 0 or 1. Forward only, see [`check_trainable`](super::Architecture::check_trainable).
    Sign,
}

/// Why a layer does not fit, before it is known where it stands.
pub(super) struct Misfit {
    message: String,
    hint: Option<String>,
}

impl Misfit {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    pub(super) fn at(self, index: usize) -> Problem {
        Problem {
            key: format!("model.layers.{index}"),
            message: format!("layer {}: {}", index + 1, self.message),
            hint: self.hint,
        }
    }
}

impl Layer {
    pub(super) fn new(config: &LayerConfig, input: SampleShape) -> Result<Self, Misfit> {
        let (operation, output) = match config {
            LayerConfig::Dense(dense) => {
                let inputs = vector(input, "dense")?;
                let operation = Operation::Dense {
                    inputs,
                    outputs: dense.units,
                    activation: dense.activation.map(Activation::from),
                };
                (
                    operation,
                    SampleShape::Vector {
                        features: dense.units,
                    },
                )
            }
            LayerConfig::Conv2d(conv) => conv2d(conv, image(input, "conv2d")?)?,
            LayerConfig::Residual(block) => {
                let (block, output) = Block::new(block, input, image(input, "residual")?)?;
                (Operation::Residual(block), output)
            }
            LayerConfig::MaxPool(pool) => {
                let (window, output) = window(pool, image(input, "max-pool")?)?;
                (Operation::MaxPool(window), output)
            }
            LayerConfig::AvgPool(pool) => {
                let (window, output) = window(pool, image(input, "avg-pool")?)?;
                (Operation::AvgPool(window), output)
            }
            LayerConfig::GlobalAvgPool => {
                let [features, ..] = image(input, "global-avg-pool")?;
                (Operation::GlobalAvgPool, SampleShape::Vector { features })
            }
            LayerConfig::Flatten => {
                let features = input.len();
                (Operation::Flatten, SampleShape::Vector { features })
            }
            LayerConfig::BatchNorm(norm) => {
                let (SampleShape::Vector { features: channels }
                | SampleShape::Image { channels, .. }) = input;
                let operation = Operation::BatchNorm {
                    channels,
                    momentum: norm.momentum,
                    epsilon: norm.epsilon,
                };
                (operation, input)
            }
            LayerConfig::LayerNorm(norm) => (layer_norm(norm.epsilon, input)?, input),
            LayerConfig::Dropout(dropout) => (Operation::Dropout { rate: dropout.rate }, input),
            LayerConfig::Dropout2d(dropout) => {
                image(input, "dropout2d")?;
                (Operation::Dropout2d { rate: dropout.rate }, input)
            }
            LayerConfig::Tanh => (Operation::Activation(Activation::Tanh), input),
            LayerConfig::Relu => (Operation::Activation(Activation::Relu), input),
            LayerConfig::LeakyRelu => (Operation::Activation(Activation::LeakyRelu), input),
            LayerConfig::Gelu => (Operation::Activation(Activation::Gelu), input),
            LayerConfig::Sigmoid => (Operation::Activation(Activation::Sigmoid), input),
            LayerConfig::Sign => (Operation::Activation(Activation::Sign), input),
            // `without_softmax` has removed the only place where it may stand.
            LayerConfig::Softmax => {
                return Err(Misfit::new("`softmax` must be the last layer", "remove it"));
            }
        };
        Ok(Self {
            operation,
            input,
            output,
        })
    }

    /// The layers that it is made of, with what stands between `layers.3` and `weight` in the names of their tensors: the parts of
    /// a block, `.conv1`, or the layer alone, with nothing there.
    #[must_use]
    pub fn parts(&self) -> Vec<(String, &Self)> {
        match &self.operation {
            Operation::Residual(block) => {
                let parts = block.parts();
                parts
                    .map(|part| (format!(".{}", part.name), &part.layer))
                    .collect()
            }
            _ => vec![(String::new(), self)],
        }
    }

    /// Values that one sample becomes in it.
    #[must_use]
    pub fn values(&self) -> u64 {
        let within = match &self.operation {
            Operation::Residual(block) => total(block.parts().map(|part| part.layer.values())),
            _ => 0,
        };
        within.saturating_add(self.output.len() as u64)
    }

    /// Weights and biases.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        match &self.operation {
            Operation::Dense {
                inputs, outputs, ..
            } => product(&[*inputs, *outputs]).saturating_add(product(&[*outputs])),
            Operation::BatchNorm {
                channels: features, ..
            }
            | Operation::LayerNorm { features, .. } => product(&[2, *features]),
            Operation::Conv2d {
                channels,
                filters,
                kernel,
                has_bias,
                ..
            } => product(&[*channels, *filters, kernel[0], kernel[1]])
                .saturating_add(product(&[usize::from(*has_bias), *filters])),
            Operation::Residual(block) => total(block.parts().map(|part| part.layer.parameters())),
            Operation::MaxPool(_)
            | Operation::AvgPool(_)
            | Operation::GlobalAvgPool
            | Operation::Flatten
            | Operation::Dropout { .. }
            | Operation::Dropout2d { .. }
            | Operation::Activation(_) => 0,
        }
    }

    /// Dense and convolutional layers in it: what counts when one counts layers.
    #[must_use]
    pub fn weight_layers(&self) -> usize {
        let parts = self.parts();
        let has_weights = |(_, part): &&(String, &Self)| {
            matches!(
                part.operation,
                Operation::Dense { .. } | Operation::Conv2d { .. }
            )
        };
        parts.iter().filter(has_weights).count()
    }

    /// Multiplications with an addition in one forward pass of one sample.
    #[must_use]
    pub fn multiply_adds(&self) -> u64 {
        match &self.operation {
            Operation::Dense {
                inputs, outputs, ..
            } => product(&[*inputs, *outputs]),
            // When measuring: one factor and one summand for each value.
            Operation::BatchNorm { .. } => product(&[self.output.len()]),
            // A square for the variance as well.
            Operation::LayerNorm { features, .. } => product(&[2, *features]),
            Operation::Conv2d {
                channels, kernel, ..
            } => product(&[self.output.len(), *channels, kernel[0], kernel[1]]),
            Operation::Residual(block) => {
                total(block.parts().map(|part| part.layer.multiply_adds()))
            }
            Operation::MaxPool(_)
            | Operation::AvgPool(_)
            | Operation::GlobalAvgPool
            | Operation::Flatten
            | Operation::Dropout { .. }
            | Operation::Dropout2d { .. }
            | Operation::Activation(_) => 0,
        }
    }
}

impl Operation {
    /// Its tensors by name, with their shapes as in burn: weight and bias, and the running statistics of a batch normalisation. A
    /// block has none of its own, see [`Layer::parts`].
    #[must_use]
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        match self {
            Self::Dense {
                inputs, outputs, ..
            } => vec![
                ("weight", vec![*inputs, *outputs]),
                ("bias", vec![*outputs]),
            ],
            Self::Conv2d {
                channels,
                filters,
                kernel: [height, width],
                has_bias,
                ..
            } => {
                let mut tensors = vec![("weight", vec![*filters, *channels, *height, *width])];
                if *has_bias {
                    tensors.push(("bias", vec![*filters]));
                }
                tensors
            }
            Self::BatchNorm { channels, .. } => {
                let names = ["weight", "bias", "running_mean", "running_var"];
                names.map(|name| (name, vec![*channels])).to_vec()
            }
            Self::LayerNorm { features, .. } => {
                vec![("weight", vec![*features]), ("bias", vec![*features])]
            }
            Self::Residual(_)
            | Self::MaxPool(_)
            | Self::AvgPool(_)
            | Self::GlobalAvgPool
            | Self::Flatten
            | Self::Dropout { .. }
            | Self::Dropout2d { .. }
            | Self::Activation(_) => Vec::new(),
        }
    }
}

fn total(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

/// Saturates, so that a network of 10³⁰ parameters is refused like any other that is too large.
fn product(factors: &[usize]) -> u64 {
    factors.iter().fold(1, |product: u64, factor| {
        product.saturating_mul(*factor as u64)
    })
}

fn vector(shape: SampleShape, layer: &str) -> Result<usize, Misfit> {
    match shape {
        SampleShape::Vector { features } => Ok(features),
        SampleShape::Image { .. } => Err(Misfit::new(
            format!("`{layer}` takes a vector, but its input is an image of {shape}"),
            "put \"flatten\" before it",
        )),
    }
}

fn image(shape: SampleShape, layer: &str) -> Result<[usize; 3], Misfit> {
    match shape {
        SampleShape::Image {
            channels,
            height,
            width,
        } => Ok([channels, height, width]),
        SampleShape::Vector { .. } => Err(Misfit::new(
            format!("`{layer}` takes an image, but its input is a vector of {shape}"),
            "put it before the first \"flatten\" or `dense` layer, and use a source of images",
        )),
    }
}

fn layer_norm(epsilon: f64, input: SampleShape) -> Result<Operation, Misfit> {
    match input {
        SampleShape::Vector { features: 1 } => Err(Misfit::new(
            "`layer-norm` over 1 value makes it 0, whatever it was",
            "remove it, or put it behind a layer with more units",
        )),
        SampleShape::Vector { features } => Ok(Operation::LayerNorm { features, epsilon }),
        SampleShape::Image { .. } => Err(Misfit::new(
            format!("`layer-norm` takes a vector, but its input is an image of {input}"),
            "put \"flatten\" or \"global-avg-pool\" before it, or use `batch-norm`",
        )),
    }
}

fn conv2d(
    conv: &Conv2dConfig,
    [channels, height, width]: [usize; 3],
) -> Result<(Operation, SampleShape), Misfit> {
    let (kernel, stride) = (conv.kernel.sides(), conv.stride.sides());
    let mut padding = [(0, 0); 2];
    let mut output = [0; 2];
    for (axis, side) in [height, width].into_iter().enumerate() {
        if conv.padding == PaddingConfig::Same {
            // A kernel that covers the whole input from every position, and no more.
            let largest = 2 * side - 1;
            if kernel[axis] > largest {
                return Err(Misfit::new(
                    format!(
                        "a kernel of {}×{} reaches beyond its input of {height}×{width} on both sides, into nothing but zeros",
                        kernel[0], kernel[1]
                    ),
                    format!("use a kernel of at most {largest} there"),
                ));
            }
            // TensorFlow's rule: the output has ⌈side / stride⌉ positions, and an odd zero goes to the end.
            let positions = side.div_ceil(stride[axis]);
            let missing = ((positions - 1).saturating_mul(stride[axis]))
                .saturating_add(kernel[axis])
                .saturating_sub(side);
            padding[axis] = (missing / 2, missing - missing / 2);
            output[axis] = positions;
        } else if kernel[axis] > side {
            return Err(Misfit::new(
                format!(
                    "a kernel of {}×{} does not fit its input of {height}×{width}",
                    kernel[0], kernel[1]
                ),
                format!(
                    "use a kernel of at most {}, `padding = \"same\"`, or less pooling before it",
                    height.min(width)
                ),
            ));
        } else {
            output[axis] = (side - kernel[axis]) / stride[axis] + 1;
        }
    }
    let operation = Operation::Conv2d {
        channels,
        filters: conv.filters,
        kernel,
        stride,
        padding,
        has_bias: true,
        activation: conv.activation.map(Activation::from),
    };
    let output = SampleShape::Image {
        channels: conv.filters,
        height: output[0],
        width: output[1],
    };
    Ok((operation, output))
}

fn window(
    pool: &PoolConfig,
    [channels, height, width]: [usize; 3],
) -> Result<(Window, SampleShape), Misfit> {
    let size = pool.size.sides();
    let stride = pool.stride.unwrap_or(pool.size).sides();
    if size[0] > height || size[1] > width {
        return Err(Misfit::new(
            format!(
                "a window of {}×{} does not fit its input of {height}×{width}",
                size[0], size[1]
            ),
            format!(
                "use a window of at most {}, or less pooling before it",
                height.min(width)
            ),
        ));
    }
    let output = SampleShape::Image {
        channels,
        height: (height - size[0]) / stride[0] + 1,
        width: (width - size[1]) / stride[1] + 1,
    };
    Ok((Window { size, stride }, output))
}

impl From<ActivationConfig> for Activation {
    fn from(written: ActivationConfig) -> Self {
        match written {
            ActivationConfig::Tanh => Self::Tanh,
            ActivationConfig::Relu => Self::Relu,
            ActivationConfig::LeakyRelu => Self::LeakyRelu,
            ActivationConfig::Gelu => Self::Gelu,
            ActivationConfig::Sigmoid => Self::Sigmoid,
            ActivationConfig::Sign => Self::Sign,
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tanh => "tanh",
            Self::Relu => "relu",
            Self::LeakyRelu => "leaky-relu",
            Self::Gelu => "gelu",
            Self::Sigmoid => "sigmoid",
            Self::Sign => "sign",
        })
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let activation = match self {
            Self::Dense {
                outputs,
                activation,
                ..
            } => {
                write!(f, "dense {outputs}")?;
                activation
            }
            Self::Conv2d {
                filters,
                kernel,
                stride,
                padding,
                activation,
                ..
            } => {
                write!(f, "conv2d {filters} of {}×{}", kernel[0], kernel[1])?;
                if *stride != [1, 1] {
                    write!(f, ", stride {}×{}", stride[0], stride[1])?;
                }
                if *padding != [(0, 0); 2] {
                    f.write_str(", same")?;
                }
                activation
            }
            Self::Residual(block) => return write!(f, "residual {block}"),
            Self::MaxPool(window) => return write!(f, "max-pool {window}"),
            Self::AvgPool(window) => return write!(f, "avg-pool {window}"),
            Self::GlobalAvgPool => return f.write_str("global-avg-pool"),
            Self::Flatten => return f.write_str("flatten"),
            Self::BatchNorm { .. } => return f.write_str("batch-norm"),
            Self::LayerNorm { .. } => return f.write_str("layer-norm"),
            Self::Dropout { rate } => return write!(f, "dropout {rate}"),
            Self::Dropout2d { rate } => return write!(f, "dropout2d {rate}"),
            Self::Activation(activation) => return write!(f, "{activation}"),
        };
        activation.map_or(Ok(()), |activation| write!(f, ", {activation}"))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}", self.size[0], self.size[1])?;
        if self.stride == self.size {
            Ok(())
        } else {
            write!(f, ", stride {}×{}", self.stride[0], self.stride[1])
        }
    }
}
