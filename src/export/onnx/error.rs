//! Why a network cannot be written. Every message shows both numbers, the one that is there and the one needed.

use std::fmt::Write;

use thiserror::Error;

/// Why [`encode`](super::encode) gives no file.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum OnnxError {
    /// A tensor whose values do not fill its shape.
    #[error("a tensor of {} has {found} values, but needs {}", shape_text(shape), count_text(*needed))]
    ValueCount {
        /// The shape that was given.
        shape: Vec<usize>,
        /// The product of its dimensions; `None` beyond 64 bits.
        needed: Option<usize>,
        /// The values that were given.
        found: usize,
    },
    /// A transposition of something that is not a matrix.
    #[error("only a tensor of 2 dimensions can be transposed, not one of {} ({})", shape.len(), shape_text(shape))]
    NotAMatrix {
        /// The tensor's shape.
        shape: Vec<usize>,
    },
    /// A weight that is infinite or not a number: the network has diverged.
    #[error("value {position} (counting from 0) of `{name}` is {value}, not a finite number")]
    NotFinite {
        /// The initializer.
        name: String,
        /// Index into its values.
        position: usize,
        /// `NaN`, `inf` or `-inf`.
        value: f32,
    },
    /// The input is neither a vector nor an image.
    #[error(
        "an input has 1 dimension (features) or 3 (channels, height, width), each at least 1, but this one is {}",
        shape_text(shape)
    )]
    InputShape {
        /// The shape that was given, without the batch.
        shape: Vec<usize>,
    },
    /// The pre-processing has another number of groups than the input.
    #[error("the pre-processing has {found} {what}s, but the input has {needed} {groups}")]
    PreprocessingLength {
        /// `mean` or `deviation`.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
        /// `features` or `channels`.
        groups: &'static str,
    },
    /// A divisor that would make infinities.
    #[error("`{name}` has a divisor of {value}, but needs a finite one above 0")]
    Divisor {
        /// The initializer.
        name: &'static str,
        /// The divisor.
        value: f32,
    },
    /// A layer does not fit.
    #[error("layer `{layer}`: {misfit}")]
    Layer {
        /// The path of the layer: `3`, or `3.inner.0` within a residual block.
        layer: String,
        /// What does not fit.
        misfit: Misfit,
    },
    /// There is nothing to compute.
    #[error("the network has 0 operations, but needs at least 1")]
    NoOperations,
    /// Residual blocks within residual blocks within …
    #[error("residual blocks are nested {depth} deep, deeper than the {maximum} that are accepted")]
    Nesting {
        /// Where it was given up.
        depth: usize,
        /// The accepted depth.
        maximum: usize,
    },
    /// Two values, or two initializers, would have one name.
    #[error("the name `{name}` stands for 2 different values, but must stand for 1")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// ONNX takes an empty name for a value that is absent.
    #[error("{what} has an empty name")]
    EmptyName {
        /// `the input`, `a layer`, …
        what: &'static str,
    },
    /// Probabilities of something that is not one vector per sample.
    #[error(
        "probabilities need a vector of outputs, but the network ends with {}",
        shape_text(shape)
    )]
    ProbabilityShape {
        /// The network's output, without the batch.
        shape: Vec<usize>,
    },
    /// A softmax over other classes than those that are named.
    #[error("the network has {outputs} outputs for its softmax, but {classes} classes are named")]
    ClassCount {
        /// Length of the output.
        outputs: usize,
        /// Names of classes.
        classes: usize,
    },
    /// A property under a key that brecha writes itself.
    #[error("the property `{key}` is given 2 times, but must stand once")]
    DuplicateProperty {
        /// The key.
        key: String,
    },
    /// Protobuf cannot hold it.
    #[error(
        "the model needs {bytes} bytes, more than the {maximum} that a file of protobuf may have"
    )]
    TooLarge {
        /// The size of the file, or of the weights alone if they are already too much.
        bytes: u64,
        /// [`MAXIMUM_BYTES`](super::MAXIMUM_BYTES)
        maximum: u64,
    },
}

/// Why an operation does not fit where it stands. Shapes are those of one sample, without the batch.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Misfit {
    /// A vector where an image is needed, or the reverse.
    #[error("`{operation}` takes {needed} dimensions, but its input has {} ({})", found.len(), shape_text(found))]
    Rank {
        /// As in the names of the nodes.
        operation: &'static str,
        /// 1 for a vector, 3 for an image.
        needed: usize,
        /// The input's shape.
        found: Vec<usize>,
    },
    /// A weight of another rank than its operation has.
    #[error("the {parameter} of `{operation}` needs {needed} dimensions, but has {} ({})", found.len(), shape_text(found))]
    ParameterRank {
        /// As in the names of the nodes.
        operation: &'static str,
        /// `weight`, `bias`, …
        parameter: &'static str,
        /// Dimensions that are needed.
        needed: usize,
        /// The shape that is there.
        found: Vec<usize>,
    },
    /// A weight of another shape than its operation has.
    #[error(
        "the {parameter} of `{operation}` needs the shape {}, but has {}",
        shape_text(needed),
        shape_text(found)
    )]
    ParameterShape {
        /// As in the names of the nodes.
        operation: &'static str,
        /// `weight`, `bias`, …
        parameter: &'static str,
        /// The shape that fits.
        needed: Vec<usize>,
        /// The shape that is there.
        found: Vec<usize>,
    },
    /// A weight made for another input.
    #[error("the weight of `{operation}` takes {weight} {what}, but its input has {input}")]
    Inputs {
        /// As in the names of the nodes.
        operation: &'static str,
        /// `features` or `channels`.
        what: &'static str,
        /// What the weight takes.
        weight: usize,
        /// What the input has.
        input: usize,
    },
    /// A layer norm over dimensions that the input does not end with.
    #[error(
        "`layer_norm` over {} does not fit the end of its input of {}",
        shape_text(scale),
        shape_text(input)
    )]
    Normalized {
        /// The shape of the scale.
        scale: Vec<usize>,
        /// The shape of the input.
        input: Vec<usize>,
    },
    /// A kernel or window larger than its padded input.
    #[error(
        "the {axis} of `{operation}`'s window is {size}, but its padded input has only {padded}"
    )]
    Window {
        /// As in the names of the nodes.
        operation: &'static str,
        /// `height` or `width`.
        axis: &'static str,
        /// The window.
        size: usize,
        /// The input with its padding.
        padded: usize,
    },
    /// Padding in which a whole pooling window would lie.
    #[error(
        "the {axis} of `{operation}`'s window is {size}, but its padding is {padding}, which must be less"
    )]
    Padding {
        /// As in the names of the nodes.
        operation: &'static str,
        /// `height` or `width`.
        axis: &'static str,
        /// The window.
        size: usize,
        /// The larger of the two paddings of that axis.
        padding: usize,
    },
    /// The two sides of a residual block cannot be added.
    #[error(
        "the inner layers end with {}, but the shortcut with {}, so they cannot be added",
        shape_text(inner),
        shape_text(shortcut)
    )]
    Shortcut {
        /// After the inner layers.
        inner: Vec<usize>,
        /// After the shortcut, or of the input where there is none.
        shortcut: Vec<usize>,
    },
    /// A length or a step that is 0, or larger than a 64-bit integer holds.
    #[error("the {what} of `{operation}` is {value}, but must be in 1..=9223372036854775807")]
    Size {
        /// As in the names of the nodes.
        operation: &'static str,
        /// `stride`, `weight`, …
        what: &'static str,
        /// The number; the largest one where a product overflowed.
        value: usize,
    },
    /// An epsilon, a slope or a variance with which nothing can be computed.
    #[error("the {what} of `{operation}` is {value}, but must be {needed}")]
    Number {
        /// As in the names of the nodes.
        operation: &'static str,
        /// `epsilon`, `slope` or `variance`.
        what: &'static str,
        /// The number.
        value: f64,
        /// What it should be.
        needed: &'static str,
    },
}

impl Misfit {
    pub(super) fn at(self, layer: &str) -> OnnxError {
        OnnxError::Layer {
            layer: layer.to_owned(),
            misfit: self,
        }
    }
}

/// `3×28×28`; nothing to multiply is a scalar.
fn shape_text(shape: &[usize]) -> String {
    let mut text = String::new();
    for (index, length) in shape.iter().enumerate() {
        let times = if index == 0 { "" } else { "×" };
        // Writing into a String cannot fail.
        let _ = write!(text, "{times}{length}");
    }
    if text.is_empty() {
        text.push_str("a scalar");
    }
    text
}

fn count_text(count: Option<usize>) -> String {
    count.map_or_else(|| "more than 2^64".to_owned(), |count| count.to_string())
}
