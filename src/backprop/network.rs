//! The chain rule, from the loss back to the input.
//!
//! A network is a chain of layers, `x(l) = f_l(x(l−1))`, and a loss `E` of the last `x(L)`. With `ds(l) = ∂E / ∂x(l)`:
//!
//! ```text
//! ds(L)   = the derivative of the loss                                  (mse, cross_entropy)
//! ds(l−1) = dx of layer l, from ds(l) and x(l−1)                        (each operation's file)
//! ∂E / ∂w = dw of layer l, from ds(l) and x(l−1)                        (dense, conv2d)
//! ```
//!
//! A residual block uses an `x` twice: right where it is, and once more further on (`Skip`, `Sum`; see [`residual`]). Such a layer
//! also has a `dx_earlier`, and the two derivatives of that `x` add up.
//!
//! These are the lecture's two passes: one forward, which keeps every `x`; one backward, which finds every sensitivity;
//! then each gradient is a product of the two. An activation is a layer of its own here, so what the lecture calls
//! `δ(l)` is the `ds` before it.

use super::array::Array;
use super::batch_norm::Running;
use super::conv2d::Windows;
use super::{
    avg_pool, batch_norm, conv2d, cross_entropy, dense, dropout, dropout2d, flatten, gelu,
    global_avg_pool, layer_norm, leaky_relu, max_pool, mse, relu, residual, sigmoid, tanh,
};

/// What flows between two layers, one row per sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// `[samples, features]`
    Vectors(Array<2>),
    /// `[samples, channels, height, width]`
    Images(Array<4>),
}

/// One operation with its own numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// See [`dense`].
    Dense {
        /// `[inputs, outputs]`
        w: Array<2>,
        /// `[outputs]`
        b: Array<1>,
    },
    /// See [`conv2d`].
    Conv2d {
        /// `[filters, channels, kernel height, kernel width]`
        w: Array<4>,
        /// `[filters]`
        b: Array<1>,
        /// Steps and zeros.
        windows: Windows,
    },
    /// See [`residual`]: goes on with an earlier `x`.
    Skip {
        /// How many layers before this one it was the input.
        back: usize,
    },
    /// See [`residual`]: adds an earlier `x`.
    Sum {
        /// Likewise.
        back: usize,
    },
    /// See [`max_pool`].
    MaxPool {
        /// Height and width of the window.
        size: [usize; 2],
        /// Steps down and to the right.
        stride: [usize; 2],
    },
    /// See [`avg_pool`].
    AvgPool {
        /// Height and width of the window.
        size: [usize; 2],
        /// Steps down and to the right.
        stride: [usize; 2],
    },
    /// See [`global_avg_pool`].
    GlobalAvgPool,
    /// See [`flatten`].
    Flatten,
    /// See [`batch_norm`].
    BatchNorm {
        /// γ: `[channels]`
        w: Array<1>,
        /// β: `[channels]`
        b: Array<1>,
        /// For one sample alone.
        running: Running,
    },
    /// See [`dropout`].
    Dropout {
        /// 0 or `1 / (1 − rate)`, of the shape of the layer's input.
        mask: Values,
    },
    /// See [`dropout2d`].
    Dropout2d {
        /// 0 or `1 / (1 − rate)`: `[samples, channels]`
        mask: Array<2>,
    },
    /// See [`layer_norm`].
    LayerNorm {
        /// γ: `[features]`
        w: Array<1>,
        /// β: `[features]`
        b: Array<1>,
        /// ε
        epsilon: f64,
    },
    /// See [`tanh`].
    Tanh,
    /// See [`relu`].
    Relu,
    /// See [`leaky_relu`].
    LeakyRelu,
    /// See [`gelu`].
    Gelu,
    /// See [`sigmoid`].
    Sigmoid,
}

/// What is minimised, with what the outputs should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    /// See [`mse`].
    Mse {
        /// `[samples, outputs]`
        y: Array<2>,
    },
    /// See [`cross_entropy`].
    CrossEntropy {
        /// `[samples, classes]`: 1 for the class of the sample, or shares.
        y: Array<2>,
    },
}

/// Which of a layer's own tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `w`
    Weight,
    /// `b`
    Bias,
}

/// Layers and loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Layer `l` of the formulas is `layers[l − 1]`.
    pub layers: Vec<Layer>,
    /// Behind the last layer.
    pub loss: Loss,
}

/// What the forward pass leaves behind: `x(0)`, the input, to `x(L)`, the output.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// `x[l]` is `x(l)`.
    pub x: Vec<Values>,
}

/// The backward pass, link by link. The methods that are not overridden are the hand-derived ones: see [`ByHand`], which
/// overrides nothing, and [`Mistake`](super::mistakes::Mistake), which gets one of them wrong on purpose.
pub trait Rule {
    /// `∂E / ∂x(L)`
    fn loss(&self, loss: &Loss, x: &Values) -> Values {
        loss.dx(x)
    }

    /// `∂E / ∂x(l−1)` from `x(l−1)` and `ds = ∂E / ∂x(l)`.
    fn dx(&self, layer: &Layer, x: &Values, ds: &Values) -> Values {
        layer.dx(x, ds)
    }

    /// The derivative for the earlier `x` that a [`Layer::Skip`] or [`Layer::Sum`] uses.
    fn dx_earlier(&self, layer: &Layer, ds: &Values) -> Values {
        layer.dx_earlier(ds)
    }

    /// Entry `index` (row by row) of the gradient of one of the layer's own tensors.
    fn gradient(&self, layer: &Layer, of: Parameter, x: &Values, ds: &Values, index: usize) -> f64 {
        layer.gradient(of, x, ds, index)
    }
}

/// The derivation, as it stands in each operation's file.
#[derive(Clone, Copy, Debug)]
pub struct ByHand;

impl Rule for ByHand {}

impl Network {
    /// Forward, keeping every `x`.
    #[must_use]
    pub fn forward(&self, input: Values) -> Trace {
        let mut trace = Trace { x: vec![input] };
        for layer in &self.layers {
            trace.x.push(layer.forward(&trace.x));
        }
        trace
    }

    /// Forward from layer `first` on (counting from 0), when `x` is that layer's input; returns `E`. No layer behind it may use an
    /// earlier `x`: see [`start_of`](Self::start_of).
    #[must_use]
    pub fn error_from(&self, first: usize, x: &Values) -> (f64, Trace) {
        let mut trace = Trace { x: vec![x.clone()] };
        for layer in &self.layers[first..] {
            trace.x.push(layer.forward(&trace.x));
        }
        (self.loss.forward(trace.output()), trace)
    }

    /// The first layer of the block around layer `layer`: the last one up to there whose input is the earliest that is used from
    /// there on. Outside of blocks it is the layer itself.
    #[must_use]
    pub fn start_of(&self, layer: usize) -> usize {
        let positions = self.layers.iter().enumerate().rev();
        positions.fold(layer, |start, (position, layer)| match layer.back() {
            Some(back) if position >= start => start.min(position - back),
            _ => start,
        })
    }

    /// `E`
    #[must_use]
    pub fn error(&self, trace: &Trace) -> f64 {
        self.loss.forward(trace.output())
    }

    /// Backward: entry `l` is `ds(l) = ∂E / ∂x(l)`, from the input's (0) to the output's (L).
    #[must_use]
    pub fn sensitivities(&self, trace: &Trace, rule: &dyn Rule) -> Vec<Values> {
        self.backward(trace, rule, |_| {})
    }

    /// The same, where each of them is changed as soon as it is found, before it is handed on.
    pub fn backward(
        &self,
        trace: &Trace,
        rule: &dyn Rule,
        mut change: impl FnMut(&mut Values),
    ) -> Vec<Values> {
        // What each `x` gets from layers further on.
        let mut further: Vec<Option<Values>> = vec![None; trace.x.len()];
        let mut last = rule.loss(&self.loss, trace.output());
        change(&mut last);
        let mut found = vec![last];
        for (position, (layer, x)) in self.layers.iter().zip(&trace.x).enumerate().rev() {
            let ds = &found[found.len() - 1];
            if let Some(back) = layer.back() {
                let dx = rule.dx_earlier(layer, ds);
                match &mut further[position - back] {
                    Some(sum) => sum.add(&dx),
                    none => *none = Some(dx),
                }
            }
            let mut dx = rule.dx(layer, x, ds);
            if let Some(others) = &further[position] {
                dx.add(others);
            }
            change(&mut dx);
            found.push(dx);
        }
        found.reverse();
        found
    }
}

impl Trace {
    /// `x(L)`
    #[must_use]
    pub fn output(&self) -> &Values {
        // There is always the input.
        &self.x[self.x.len() - 1]
    }
}

impl Layer {
    /// `x(l)` from `x(l−1)`, the last of `before`.
    ///
    /// # Panics
    ///
    /// There is nothing before, or it has another shape than the layer takes, as for all functions here: a chain is made from an architecture
    /// whose shapes have been settled.
    #[must_use]
    pub fn forward(&self, before: &[Values]) -> Values {
        let x = &before[before.len() - 1];
        match self {
            Self::Skip { back } => before[before.len() - 1 - back].clone(),
            Self::Sum { back } => {
                let f = &before[before.len() - 1 - back];
                Values::Images(residual::forward(x.images(), f.images()))
            }
            Self::Dense { w, b } => Values::Vectors(dense::forward(x.vectors(), w, b)),
            Self::Conv2d { w, b, windows } => {
                Values::Images(conv2d::forward(x.images(), w, b, windows))
            }
            Self::MaxPool { size, stride } => {
                Values::Images(max_pool::forward(x.images(), *size, *stride))
            }
            Self::AvgPool { size, stride } => {
                Values::Images(avg_pool::forward(x.images(), *size, *stride))
            }
            Self::GlobalAvgPool => Values::Vectors(global_avg_pool::forward(x.images())),
            Self::Flatten => match x {
                Values::Images(x) => Values::Vectors(flatten::forward(x)),
                Values::Vectors(_) => x.clone(),
            },
            Self::BatchNorm { w, b, running } => each(
                x,
                |x| batch_norm::forward(x, w, b, running),
                |x| batch_norm::forward(x, w, b, running),
            ),
            Self::Dropout { mask } => each_pair(x, mask, dropout::forward, dropout::forward),
            Self::Dropout2d { mask } => Values::Images(dropout2d::forward(x.images(), mask)),
            Self::LayerNorm { w, b, epsilon } => {
                Values::Vectors(layer_norm::forward(x.vectors(), w, b, *epsilon))
            }
            Self::Tanh => each(x, tanh::forward, tanh::forward),
            Self::Relu => each(x, relu::forward, relu::forward),
            Self::LeakyRelu => each(x, leaky_relu::forward, leaky_relu::forward),
            Self::Gelu => each(x, gelu::forward, gelu::forward),
            Self::Sigmoid => each(x, sigmoid::forward, sigmoid::forward),
        }
    }

    /// `∂E / ∂x(l−1)` from `x(l−1)` and `ds = ∂E / ∂x(l)`.
    #[must_use]
    pub fn dx(&self, x: &Values, ds: &Values) -> Values {
        match self {
            // What came out of F is not used here.
            Self::Skip { .. } => Values::Images(Array::zeros(x.images().shape())),
            Self::Sum { .. } => Values::Images(residual::dx(ds.images())),
            Self::Dense { w, .. } => Values::Vectors(dense::dx(w, ds.vectors())),
            Self::Conv2d { w, windows, .. } => {
                Values::Images(conv2d::dx(x.images().shape(), w, ds.images(), windows))
            }
            Self::MaxPool { size, stride } => {
                Values::Images(max_pool::dx(x.images(), ds.images(), *size, *stride))
            }
            Self::AvgPool { size, stride } => {
                let shape = x.images().shape();
                Values::Images(avg_pool::dx(shape, ds.images(), *size, *stride))
            }
            Self::GlobalAvgPool => {
                Values::Images(global_avg_pool::dx(x.images().shape(), ds.vectors()))
            }
            Self::Flatten => match x {
                Values::Images(x) => Values::Images(flatten::dx(x.shape(), ds.vectors())),
                Values::Vectors(_) => ds.clone(),
            },
            Self::BatchNorm { w, running, .. } => each_pair(
                x,
                ds,
                |x, ds| batch_norm::dx(x, w, ds, running),
                |x, ds| batch_norm::dx(x, w, ds, running),
            ),
            Self::Dropout { mask } => each_pair(mask, ds, dropout::dx, dropout::dx),
            Self::Dropout2d { mask } => Values::Images(dropout2d::dx(mask, ds.images())),
            Self::LayerNorm { w, epsilon, .. } => {
                Values::Vectors(layer_norm::dx(x.vectors(), w, ds.vectors(), *epsilon))
            }
            Self::Tanh => each_pair(x, ds, tanh::dx, tanh::dx),
            Self::Relu => each_pair(x, ds, relu::dx, relu::dx),
            Self::LeakyRelu => each_pair(x, ds, leaky_relu::dx, leaky_relu::dx),
            Self::Gelu => each_pair(x, ds, gelu::dx, gelu::dx),
            Self::Sigmoid => each_pair(x, ds, sigmoid::dx, sigmoid::dx),
        }
    }

    /// How many layers before it the earlier `x` was the input that it uses; `None` for all but [`Layer::Skip`] and [`Layer::Sum`].
    #[must_use]
    pub fn back(&self) -> Option<usize> {
        match self {
            Self::Skip { back } | Self::Sum { back } => Some(*back),
            _ => None,
        }
    }

    /// `∂E / ∂x` of that earlier `x`, as far as it acts through this layer.
    #[must_use]
    pub fn dx_earlier(&self, ds: &Values) -> Values {
        Values::Images(residual::dx(ds.images()))
    }

    /// The layer's own tensor, row by row; `None` where there is nothing to learn.
    #[must_use]
    pub fn parameter(&self, which: Parameter) -> Option<&[f64]> {
        match (self, which) {
            (Self::Dense { w, .. }, Parameter::Weight) => Some(w.values()),
            (Self::Conv2d { w, .. }, Parameter::Weight) => Some(w.values()),
            (Self::BatchNorm { w, .. } | Self::LayerNorm { w, .. }, Parameter::Weight) => {
                Some(w.values())
            }
            (
                Self::Dense { b, .. }
                | Self::Conv2d { b, .. }
                | Self::BatchNorm { b, .. }
                | Self::LayerNorm { b, .. },
                Parameter::Bias,
            ) => Some(b.values()),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn parameter_mut(&mut self, which: Parameter) -> Option<&mut [f64]> {
        match (self, which) {
            (Self::Dense { w, .. }, Parameter::Weight) => Some(w.values_mut()),
            (Self::Conv2d { w, .. }, Parameter::Weight) => Some(w.values_mut()),
            (Self::BatchNorm { w, .. } | Self::LayerNorm { w, .. }, Parameter::Weight) => {
                Some(w.values_mut())
            }
            (
                Self::Dense { b, .. }
                | Self::Conv2d { b, .. }
                | Self::BatchNorm { b, .. }
                | Self::LayerNorm { b, .. },
                Parameter::Bias,
            ) => Some(b.values_mut()),
            _ => None,
        }
    }

    /// Entry `index` (row by row) of the gradient of the layer's own tensor: 0 where it has none.
    #[must_use]
    pub fn gradient(&self, of: Parameter, x: &Values, ds: &Values, index: usize) -> f64 {
        match (self, of) {
            (Self::Dense { w, .. }, Parameter::Weight) => {
                dense::dw(x.vectors(), ds.vectors(), unravel(index, w.shape()))
            }
            (Self::Dense { .. }, Parameter::Bias) => dense::db(ds.vectors(), index),
            (Self::Conv2d { w, windows, .. }, Parameter::Weight) => {
                conv2d::dw(x.images(), ds.images(), windows, unravel(index, w.shape()))
            }
            (Self::Conv2d { .. }, Parameter::Bias) => conv2d::db(ds.images(), index),
            (Self::BatchNorm { running, .. }, Parameter::Weight) => match x {
                Values::Vectors(x) => batch_norm::dw(x, ds.vectors(), running, index),
                Values::Images(x) => batch_norm::dw(x, ds.images(), running, index),
            },
            (Self::BatchNorm { .. }, Parameter::Bias) => match ds {
                Values::Vectors(ds) => batch_norm::db(ds, index),
                Values::Images(ds) => batch_norm::db(ds, index),
            },
            (Self::LayerNorm { epsilon, .. }, Parameter::Weight) => {
                layer_norm::dw(x.vectors(), ds.vectors(), *epsilon, index)
            }
            (Self::LayerNorm { .. }, Parameter::Bias) => layer_norm::db(ds.vectors(), index),
            _ => 0.0,
        }
    }
}

impl Loss {
    /// `E`
    #[must_use]
    pub fn forward(&self, x: &Values) -> f64 {
        match self {
            Self::Mse { y } => mse::forward(x.vectors(), y),
            Self::CrossEntropy { y } => cross_entropy::forward(x.vectors(), y),
        }
    }

    /// `∂E / ∂x(L)`
    #[must_use]
    pub fn dx(&self, x: &Values) -> Values {
        Values::Vectors(match self {
            Self::Mse { y } => mse::dx(x.vectors(), y),
            Self::CrossEntropy { y } => cross_entropy::dx(x.vectors(), y),
        })
    }
}

impl Values {
    /// Sizes, samples first.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        match self {
            Self::Vectors(x) => x.shape().to_vec(),
            Self::Images(x) => x.shape().to_vec(),
        }
    }

    /// All values, row by row.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        match self {
            Self::Vectors(x) => x.values(),
            Self::Images(x) => x.values(),
        }
    }

    /// The same, to be changed.
    pub fn values_mut(&mut self) -> &mut [f64] {
        match self {
            Self::Vectors(x) => x.values_mut(),
            Self::Images(x) => x.values_mut(),
        }
    }

    /// `+=`, for values of the same shape.
    fn add(&mut self, other: &Self) {
        for (value, other) in self.values_mut().iter_mut().zip(other.values()) {
            *value += other;
        }
    }

    pub(super) fn vectors(&self) -> &Array<2> {
        match self {
            Self::Vectors(x) => x,
            Self::Images(_) => panic!("a layer for vectors stands behind one that gives images"),
        }
    }

    pub(super) fn images(&self) -> &Array<4> {
        match self {
            Self::Images(x) => x,
            Self::Vectors(_) => panic!("a layer for images stands behind one that gives vectors"),
        }
    }
}

/// A function of each value, for either shape: the same function is given twice, once for each.
fn each(
    x: &Values,
    vectors: impl Fn(&Array<2>) -> Array<2>,
    images: impl Fn(&Array<4>) -> Array<4>,
) -> Values {
    match x {
        Values::Vectors(x) => Values::Vectors(vectors(x)),
        Values::Images(x) => Values::Images(images(x)),
    }
}

/// The same for a function of two.
fn each_pair(
    x: &Values,
    ds: &Values,
    vectors: impl Fn(&Array<2>, &Array<2>) -> Array<2>,
    images: impl Fn(&Array<4>, &Array<4>) -> Array<4>,
) -> Values {
    match x {
        Values::Vectors(x) => Values::Vectors(vectors(x, ds.vectors())),
        Values::Images(x) => Values::Images(images(x, ds.images())),
    }
}

/// The index of entry `flat`, row by row.
pub(super) fn unravel<const D: usize>(mut flat: usize, shape: [usize; D]) -> [usize; D] {
    let mut index = [0; D];
    for axis in (0..D).rev() {
        index[axis] = flat % shape[axis];
        flat /= shape[axis];
    }
    index
}
