//! What is exported: a feed-forward network as plain data, in the layouts of `PyTorch`.
//!
//! Shapes are those of one sample; the batch in front of them is added by [`encode`](super::encode) and stays free.
//! The operators named here are specified in <https://onnx.ai/onnx/operators/>, at opset [`OPSET`](super::OPSET).

use super::tensor::Tensor;

/// A network from its raw input to its output.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The network's name, as viewers show it.
    pub name: String,
    /// What one sample is before anything is computed.
    pub input: Input,
    /// In the order in which they are computed.
    pub layers: Vec<Layer>,
    /// The name of what the last layer gives, e.g. `logits`.
    pub output: String,
    /// A second output made from the first.
    pub probabilities: Option<Probabilities>,
}

/// The input of a [`Graph`].
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// E.g. `input` or `pixels`.
    pub name: String,
    /// `[features]` or `[channels, height, width]`.
    pub shape: Vec<usize>,
    /// The type of the numbers that the user gives.
    pub element: Element,
    /// What happens to them before the first layer.
    pub preprocessing: Preprocessing,
}

/// The type of the input's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// 32-bit floating point (`tensor(float)`).
    F32,
    /// Pixels as they lie in files (`tensor(uint8)`); the graph begins with a `Cast`.
    U8,
}

/// `(x / divisor − mean) / deviation`, per feature of a vector and per channel of an image.
///
/// Steps that change nothing (no divisor or 1, means that are all 0, deviations that are all 1, empty lists) are left
/// out of the graph. Operators: `Div`, `Sub`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preprocessing {
    /// 255 brings pixels to 0..1. Finite, above 0.
    pub divisor: Option<f32>,
    /// Empty, or as many as there are features or channels; in units of what the divisor leaves.
    pub mean: Vec<f32>,
    /// Likewise. Finite, above 0.
    pub deviation: Vec<f32>,
}

/// The second output of a [`Graph`], called `probabilities`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probabilities {
    /// `exp(x_k) / Σ_j exp(x_j)` over the outputs of a sample: one class is right. Operator: `Softmax`.
    Softmax,
    /// `1 / (1 + exp(−x))` of each output: each stands for itself. Operator: `Sigmoid`.
    Sigmoid,
}

/// A layer as the user numbers them, with its activation if it has one; without operations it leaves no trace, as
/// dropout when nothing is learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// `0` for the first, as in `PyTorch`'s `nn.Sequential`: makes `layers.0.dense` and `0.weight`.
    pub name: String,
    /// Computed one after the other.
    pub operations: Vec<Operation>,
}

/// One computation. A vector is `[features]`, an image `[channels, height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// `x · wᵀ + b` of a vector. Operator: `Gemm` with `transB = 1`.
    Dense {
        /// `[outputs, inputs]`
        weight: Tensor,
        /// `[outputs]`
        bias: Option<Tensor>,
    },
    /// `w ⋆ x + b`, a cross-correlation over an image with zeros around it. Operator: `Conv`.
    Conv2d {
        /// `[filters, channels, height, width]`
        weight: Tensor,
        /// `[filters]`
        bias: Option<Tensor>,
        /// Vertical and horizontal step.
        stride: [usize; 2],
        /// Rows of zeros (above, below) and columns of zeros (left, right).
        padding: [(usize, usize); 2],
    },
    /// The largest value of each window; padding never wins. Operator: `MaxPool`.
    MaxPool2d(Window),
    /// The mean of each window. Operator: `AveragePool`.
    AvgPool2d {
        /// Where it looks.
        window: Window,
        /// Whether padding counts as zeros, or not at all.
        count_include_pad: bool,
    },
    /// The mean of each channel: `[channels, height, width]` becomes `[channels, 1, 1]`. Operator:
    /// `GlobalAveragePool`.
    GlobalAveragePool,
    /// Anything becomes a vector, channel by channel, row by row. Operator: `Flatten`.
    Flatten,
    /// `max(0, x)`. Operator: `Relu`.
    Relu,
    /// `tanh(x)`. Operator: `Tanh`.
    Tanh,
    /// `1 / (1 + exp(−x))`. Operator: `Sigmoid`.
    Sigmoid,
    /// −1, 0 or 1. Operator: `Sign`.
    Sign,
    /// `x / 2 · (1 + erf(x / √2))`, exact. Operators: `Div`, `Erf`, `Add`, `Mul`, `Mul`, in the order that ONNX Runtime
    /// joins into one again.
    Gelu,
    /// `x` above 0, `slope · x` below. Operator: `LeakyRelu`.
    LeakyRelu {
        /// Finite.
        slope: f64,
    },
    /// `(x − mean) / √(variance + epsilon) · scale + bias` per feature or channel, with the running statistics.
    /// Operator: `BatchNormalization`. All four tensors are `[features]` or `[channels]`.
    BatchNorm {
        /// γ
        scale: Tensor,
        /// β
        bias: Tensor,
        /// The running mean.
        mean: Tensor,
        /// The running variance, nowhere negative.
        variance: Tensor,
        /// Finite, above 0.
        epsilon: f64,
    },
    /// `(x − mean) / √(variance + epsilon) · scale + bias` with mean and (biased) variance of the sample's own values,
    /// over the last dimensions, as many as `scale` has. Operator: `LayerNormalization`.
    LayerNorm {
        /// γ, of the shape of the last dimensions: `[features]`, `[width]`, or `[channels, height, width]`.
        scale: Tensor,
        /// β, of the same shape.
        bias: Option<Tensor>,
        /// Finite, above 0.
        epsilon: f64,
    },
    /// `inner(x) + shortcut(x)`; what follows the sum is the next operation. Operator: `Add`.
    Residual {
        /// From the block's input; what they give has the shape of what the shortcut gives.
        inner: Vec<Layer>,
        /// From the block's input too; without layers it is the input itself.
        shortcut: Vec<Layer>,
    },
    /// `exp(x_k) / Σ_j exp(x_j)` over the features or channels. Operator: `Softmax` with `axis = 1`.
    Softmax,
}

/// The window of a pooling operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Height and width.
    pub size: [usize; 2],
    /// Vertical and horizontal step. A last window that would not fit is not computed.
    pub stride: [usize; 2],
    /// Rows (above, below) and columns (left, right) around the image, fewer than the window has.
    pub padding: [(usize, usize); 2],
}

impl Operation {
    /// The word for it in names and messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Dense { .. } => "dense",
            Self::Conv2d { .. } => "conv2d",
            Self::MaxPool2d(_) => "max_pool2d",
            Self::AvgPool2d { .. } => "avg_pool2d",
            Self::GlobalAveragePool => "global_average_pool",
            Self::Flatten => "flatten",
            Self::Relu => "relu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Sign => "sign",
            Self::Gelu => "gelu",
            Self::LeakyRelu { .. } => "leaky_relu",
            Self::BatchNorm { .. } => "batch_norm",
            Self::LayerNorm { .. } => "layer_norm",
            Self::Residual { .. } => "residual",
            Self::Softmax => "softmax",
        }
    }

    /// Whether it, or a layer in it, may have initializers of its own.
    pub(super) fn has_parameters(&self) -> bool {
        matches!(
            self,
            Self::Dense { .. }
                | Self::Conv2d { .. }
                | Self::BatchNorm { .. }
                | Self::LayerNorm { .. }
                | Self::Residual { .. }
        )
    }
}
