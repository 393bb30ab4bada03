//! Derivatives that are wrong on purpose: the negative control.
//!
//! A check that never fails proves nothing. Each mistake here is one that people make (a sign, a missing factor, a
//! transposed weight, padding off by one), planted into the hand-derived backward pass in place of the right formula;
//! the comparison has to catch it.

use super::array::Array;
use super::batch_norm::{Channel, Running};
use super::conv2d::Windows;
use super::network::{Layer, Loss, Parameter, Rule, Values, unravel};
use super::{conv2d, cross_entropy, dense, gelu};

/// One wrong derivative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// `dx = ds · w` in place of `ds · wᵀ`.
    DenseWeightNotTransposed,
    /// `dw = −xᵀ ds`.
    DenseWeightSign,
    /// `db` of the first sample alone.
    DenseBiasWithoutSum,
    /// The kernel mirrored in `dx`: the convolution of signal processing.
    Conv2dKernelMirrored,
    /// `dx` with one zero more above and to the left than there was.
    Conv2dPaddingOffByOneInDx,
    /// `dw` with one zero more above and to the left than there was.
    Conv2dPaddingOffByOneInDw,
    /// `db = 0`.
    Conv2dBiasForgotten,
    /// The gradient goes to every value of the window.
    MaxPoolToAll,
    /// The gradient goes to the value behind the winner.
    MaxPoolOffByOne,
    /// The factor `1 / (size₀ · size₁)` is missing.
    AvgPoolWithoutMean,
    /// The factor `1 / (height · width)` is missing.
    GlobalAvgPoolWithoutMean,
    /// Pixels with their channels, in place of channels with their pixels.
    FlattenOrder,
    /// `dx = w / √(v + ε) · ds`, as if mean and variance were constants.
    BatchNormStatisticsConstant,
    /// `dw = Σ ds x`, with the values before the normalisation.
    BatchNormWeightOfInput,
    /// Kept values pass as they are: the factor `1 / (1 − rate)` is missing.
    DropoutWithoutScale,
    /// `dx = ds`: θ' is missing.
    TanhForgotten,
    /// `θ' = θ² − 1`.
    TanhSign,
    /// `dx = ds`: what was cut off learns too.
    ReluForgotten,
    /// `θ' = 0` below 0, as if nothing leaked.
    LeakyReluWithoutLeak,
    /// `θ' = Φ(s)`: the second term of the product rule, `s φ(s)`, is missing.
    GeluWithoutDensity,
    /// `θ' = θ`: the factor `1 − θ` is missing.
    SigmoidWithoutFactor,
    /// `x − y`: the factor 2 is missing.
    MseWithoutTwo,
    /// `δ = p`: the target is missing.
    CrossEntropyWithoutTarget,
    /// `δ = p − y` without the `1/N` of the mean.
    CrossEntropyWithoutMean,
}

impl Mistake {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::DenseWeightNotTransposed,
        Self::DenseWeightSign,
        Self::DenseBiasWithoutSum,
        Self::Conv2dKernelMirrored,
        Self::Conv2dPaddingOffByOneInDx,
        Self::Conv2dPaddingOffByOneInDw,
        Self::Conv2dBiasForgotten,
        Self::MaxPoolToAll,
        Self::MaxPoolOffByOne,
        Self::AvgPoolWithoutMean,
        Self::GlobalAvgPoolWithoutMean,
        Self::FlattenOrder,
        Self::BatchNormStatisticsConstant,
        Self::BatchNormWeightOfInput,
        Self::DropoutWithoutScale,
        Self::TanhForgotten,
        Self::TanhSign,
        Self::ReluForgotten,
        Self::LeakyReluWithoutLeak,
        Self::GeluWithoutDensity,
        Self::SigmoidWithoutFactor,
        Self::MseWithoutTwo,
        Self::CrossEntropyWithoutTarget,
        Self::CrossEntropyWithoutMean,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DenseWeightNotTransposed => "dense-weight-not-transposed",
            Self::DenseWeightSign => "dense-weight-sign",
            Self::DenseBiasWithoutSum => "dense-bias-without-sum",
            Self::Conv2dKernelMirrored => "conv2d-kernel-mirrored",
            Self::Conv2dPaddingOffByOneInDx => "conv2d-padding-off-by-one-in-dx",
            Self::Conv2dPaddingOffByOneInDw => "conv2d-padding-off-by-one-in-dw",
            Self::Conv2dBiasForgotten => "conv2d-bias-forgotten",
            Self::MaxPoolToAll => "max-pool-to-all",
            Self::MaxPoolOffByOne => "max-pool-off-by-one",
            Self::AvgPoolWithoutMean => "avg-pool-without-mean",
            Self::GlobalAvgPoolWithoutMean => "global-avg-pool-without-mean",
            Self::FlattenOrder => "flatten-order",
            Self::BatchNormStatisticsConstant => "batch-norm-statistics-constant",
            Self::BatchNormWeightOfInput => "batch-norm-weight-of-input",
            Self::DropoutWithoutScale => "dropout-without-scale",
            Self::TanhForgotten => "tanh-forgotten",
            Self::TanhSign => "tanh-sign",
            Self::ReluForgotten => "relu-forgotten",
            Self::LeakyReluWithoutLeak => "leaky-relu-without-leak",
            Self::GeluWithoutDensity => "gelu-without-density",
            Self::SigmoidWithoutFactor => "sigmoid-without-factor",
            Self::MseWithoutTwo => "mse-without-two",
            Self::CrossEntropyWithoutTarget => "cross-entropy-without-target",
            Self::CrossEntropyWithoutMean => "cross-entropy-without-mean",
        }
    }
}

impl Rule for Mistake {
    fn loss(&self, loss: &Loss, x: &Values) -> Values {
        match (self, loss, x) {
            (Self::MseWithoutTwo, Loss::Mse { .. }, _) => scaled(&loss.dx(x), 0.5),
            (Self::CrossEntropyWithoutTarget, Loss::CrossEntropy { .. }, Values::Vectors(x)) => {
                let [samples, _] = x.shape();
                Values::Vectors(cross_entropy::softmax(x).map(|p| p / samples as f64))
            }
            (
                Self::CrossEntropyWithoutMean,
                Loss::CrossEntropy { .. },
                Values::Vectors(vectors),
            ) => {
                let [samples, _] = vectors.shape();
                scaled(&loss.dx(x), samples as f64)
            }
            _ => loss.dx(x),
        }
    }

    fn dx(&self, layer: &Layer, x: &Values, ds: &Values) -> Values {
        match (self, layer, x, ds) {
            (Self::DenseWeightNotTransposed, Layer::Dense { w, .. }, _, Values::Vectors(ds)) => {
                // The same numbers, read as if they lay the other way round.
                let [inputs, outputs] = w.shape();
                let mut read = Array::zeros([inputs, outputs]);
                for i in 0..inputs {
                    for o in 0..outputs {
                        read[[i, o]] = w.values()[o * inputs + i];
                    }
                }
                Values::Vectors(dense::dx(&read, ds))
            }
            (
                Self::Conv2dKernelMirrored,
                Layer::Conv2d { w, windows, .. },
                Values::Images(x),
                Values::Images(ds),
            ) => Values::Images(conv2d::dx(x.shape(), &mirrored(w), ds, windows)),
            (
                Self::Conv2dPaddingOffByOneInDx,
                Layer::Conv2d { w, windows, .. },
                Values::Images(x),
                Values::Images(ds),
            ) => Values::Images(conv2d::dx(x.shape(), w, ds, &off_by_one(windows))),
            (
                Self::MaxPoolToAll,
                Layer::MaxPool { size, stride },
                Values::Images(images),
                Values::Images(_),
            ) => {
                let (size, stride) = (*size, *stride);
                let sum = Layer::AvgPool { size, stride }.dx(x, ds);
                debug_assert_eq!(sum.shape(), images.shape());
                scaled(&sum, (size[0] * size[1]) as f64)
            }
            (Self::MaxPoolOffByOne, Layer::MaxPool { .. }, _, _) => {
                let mut dx = layer.dx(x, ds);
                dx.values_mut().rotate_right(1);
                dx
            }
            (Self::AvgPoolWithoutMean, Layer::AvgPool { size, .. }, _, _) => {
                scaled(&layer.dx(x, ds), (size[0] * size[1]) as f64)
            }
            (Self::GlobalAvgPoolWithoutMean, Layer::GlobalAvgPool, Values::Images(images), _) => {
                let [_, _, height, width] = images.shape();
                scaled(&layer.dx(x, ds), (height * width) as f64)
            }
            (Self::FlattenOrder, Layer::Flatten, Values::Images(x), Values::Vectors(ds)) => {
                Values::Images(pixels_first(x.shape(), ds))
            }
            (Self::DropoutWithoutScale, Layer::Dropout { mask }, _, _) => {
                let mut kept = mask.clone();
                for m in kept.values_mut() {
                    *m = if *m == 0.0 { 0.0 } else { 1.0 };
                }
                Layer::Dropout { mask: kept }.dx(x, ds)
            }
            _ => self.dx_of_each(layer, x, ds),
        }
    }

    fn gradient(&self, layer: &Layer, of: Parameter, x: &Values, ds: &Values, index: usize) -> f64 {
        match (self, layer, of) {
            (Self::DenseWeightSign, Layer::Dense { .. }, Parameter::Weight) => {
                -layer.gradient(of, x, ds, index)
            }
            (Self::DenseBiasWithoutSum, Layer::Dense { .. }, Parameter::Bias) => ds.values()[index],
            (
                Self::Conv2dPaddingOffByOneInDw,
                Layer::Conv2d { w, windows, .. },
                Parameter::Weight,
            ) => {
                let at = unravel(index, w.shape());
                conv2d::dw(x.images(), ds.images(), &off_by_one(windows), at)
            }
            (Self::BatchNormWeightOfInput, Layer::BatchNorm { w, .. }, Parameter::Weight) => {
                let channels = w.values().len();
                let area = x.values().len() / (x.shape()[0] * channels);
                let of_channel = |(at, _): &(usize, f64)| at / area % channels == index;
                let products = x.values().iter().zip(ds.values()).map(|(x, ds)| x * ds);
                let own = products.enumerate().filter(of_channel);
                own.map(|(_, product)| product).sum()
            }
            (Self::Conv2dBiasForgotten, Layer::Conv2d { .. }, Parameter::Bias) => 0.0,
            _ => layer.gradient(of, x, ds, index),
        }
    }
}

impl Mistake {
    /// Of the functions of each value, and of the normalisation.
    fn dx_of_each(self, layer: &Layer, x: &Values, ds: &Values) -> Values {
        match (self, layer) {
            (Self::TanhForgotten, Layer::Tanh) | (Self::ReluForgotten, Layer::Relu) => ds.clone(),
            (Self::LeakyReluWithoutLeak, Layer::LeakyRelu) => Layer::Relu.dx(x, ds),
            (Self::GeluWithoutDensity, Layer::Gelu) => times(x, ds, gelu::distribution),
            (Self::TanhSign, Layer::Tanh) => scaled(&layer.dx(x, ds), -1.0),
            (Self::SigmoidWithoutFactor, Layer::Sigmoid) => {
                times(&layer.forward(x), ds, |theta| theta)
            }
            (Self::BatchNormStatisticsConstant, Layer::BatchNorm { w, running, .. }) => {
                match (x, ds) {
                    (Values::Vectors(x), Values::Vectors(ds)) => {
                        Values::Vectors(constant_statistics(x, w, ds, running))
                    }
                    (Values::Images(x), Values::Images(ds)) => {
                        Values::Images(constant_statistics(x, w, ds, running))
                    }
                    _ => layer.dx(x, ds),
                }
            }
            _ => layer.dx(x, ds),
        }
    }
}

/// `w / √(v + ε) · ds`
fn constant_statistics<const D: usize>(
    x: &Array<D>,
    w: &Array<1>,
    ds: &Array<D>,
    running: &Running,
) -> Array<D> {
    let mut dx = ds.clone();
    for c in 0..x.shape()[1] {
        let channel = Channel::new(x, running, c);
        for at in channel.positions {
            dx.values_mut()[at] *= w[[c]] / channel.deviation;
        }
    }
    dx
}

fn scaled(values: &Values, factor: f64) -> Values {
    let mut values = values.clone();
    for value in values.values_mut() {
        *value *= factor;
    }
    values
}

/// `f(x) ⊗ ds`
fn times(x: &Values, ds: &Values, f: impl Fn(f64) -> f64) -> Values {
    let mut product = x.clone();
    for (x, ds) in product.values_mut().iter_mut().zip(ds.values()) {
        *x = f(*x) * ds;
    }
    product
}

fn mirrored(w: &Array<4>) -> Array<4> {
    let [filters, channels, rows, columns] = w.shape();
    let mut mirrored = Array::zeros(w.shape());
    for f in 0..filters {
        for c in 0..channels {
            for u in 0..rows {
                for v in 0..columns {
                    mirrored[[f, c, u, v]] = w[[f, c, rows - 1 - u, columns - 1 - v]];
                }
            }
        }
    }
    mirrored
}

fn off_by_one(windows: &Windows) -> Windows {
    Windows {
        padding: windows.padding.map(|(before, after)| (before + 1, after)),
        ..*windows
    }
}

fn pixels_first(shape: [usize; 4], ds: &Array<2>) -> Array<4> {
    let [samples, channels, height, width] = shape;
    let mut dx = Array::zeros(shape);
    for n in 0..samples {
        for c in 0..channels {
            for i in 0..height {
                for j in 0..width {
                    dx[[n, c, i, j]] = ds[[n, (i * width + j) * channels + c]];
                }
            }
        }
    }
    dx
}
