//! What each [`Mistake`] computes in place of the right derivative.

use super::array::Array;
use super::batch_norm::{Channel, Running};
use super::conv2d::Windows;
use super::mistakes::Mistake;
use super::network::{Layer, Loss, Parameter, Rule, Values, unravel};
use super::{conv2d, cross_entropy, dense, gelu, layer_norm};

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

    fn dx_earlier(&self, layer: &Layer, ds: &Values) -> Values {
        let factor = match (self, layer) {
            (Self::ResidualSkipForgotten, Layer::Skip { .. }) => 0.0,
            (Self::ResidualSumHalved, Layer::Sum { .. }) => 0.5,
            _ => 1.0,
        };
        scaled(&layer.dx_earlier(ds), factor)
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
            (Self::LayerNormWeightOfInput, Layer::LayerNorm { .. }, Parameter::Weight) => {
                layer_norm::db(&x.vectors().zip(ds.vectors(), |x, ds| x * ds), index)
            }
            _ => layer.gradient(of, x, ds, index),
        }
    }
}

impl Mistake {
    /// Of the functions of each value, of the normalisations, of whole channels and of the sum.
    fn dx_of_each(self, layer: &Layer, x: &Values, ds: &Values) -> Values {
        match (self, layer) {
            (Self::TanhForgotten, Layer::Tanh) | (Self::ReluForgotten, Layer::Relu) => ds.clone(),
            (Self::LeakyReluWithoutLeak, Layer::LeakyRelu) => Layer::Relu.dx(x, ds),
            (Self::GeluWithoutDensity, Layer::Gelu) => times(x, ds, gelu::distribution),
            (Self::ResidualSumHalved, Layer::Sum { .. }) => scaled(&layer.dx(x, ds), 0.5),
            (Self::TanhSign, Layer::Tanh) => scaled(&layer.dx(x, ds), -1.0),
            (Self::SigmoidWithoutFactor, Layer::Sigmoid) => {
                times(&layer.forward(std::slice::from_ref(x)), ds, |theta| theta)
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
            (
                Self::LayerNormWithoutMean | Self::LayerNormWithoutVariance,
                Layer::LayerNorm { w, epsilon, .. },
            ) => Values::Vectors(self.half_of_layer_norm(x.vectors(), w, ds.vectors(), *epsilon)),
            (Self::Dropout2dFirstChannel, Layer::Dropout2d { mask }) => {
                let [_, channels] = mask.shape();
                let mut first = mask.clone();
                for of_sample in first.values_mut().chunks_mut(channels) {
                    of_sample.fill(of_sample[0]);
                }
                Layer::Dropout2d { mask: first }.dx(x, ds)
            }
            _ => layer.dx(x, ds),
        }
    }

    /// `r · (d − along · 1/F Σ d along)`: the derivative through one of mean (`along` is 1) and variance (`along` is `x̂`) alone.
    fn half_of_layer_norm(
        self,
        x: &Array<2>,
        w: &Array<1>,
        ds: &Array<2>,
        epsilon: f64,
    ) -> Array<2> {
        let [samples, features] = x.shape();
        let (normalised, r) = layer_norm::normalise(x, epsilon);
        let along = match self {
            Self::LayerNormWithoutVariance => normalised.map(|_| 1.0),
            _ => normalised,
        };
        let mut dx = Array::zeros(x.shape());
        for n in 0..samples {
            let mut kept = 0.0;
            for i in 0..features {
                kept += w[[i]] * ds[[n, i]] * along[[n, i]] / features as f64;
            }
            for k in 0..features {
                dx[[n, k]] = r[[n]] * (w[[k]] * ds[[n, k]] - along[[n, k]] * kept);
            }
        }
        dx
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
