//! The network: a burn module made from an [`Architecture`].
//!
//! One module per layer, in the order the user wrote them, so that `layers.3.weight` is the weight of layer 3 in
//! every file and message. The modules hold their own parameters and call burn's functional operations, whose
//! formulas stand in the layers' documentation. Shapes have been settled by the architecture.

use std::collections::HashMap;
use std::f64::consts::FRAC_1_SQRT_2;

use burn::module::{Module, Param};
use burn::tensor::activation::{leaky_relu, relu, sigmoid, tanh};
use burn::tensor::module::{avg_pool2d, conv2d, linear, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, ExecutionError, Tensor, TensorData};

use super::architecture::{Architecture, Loss};
use super::batch_norm::{BatchNorm, Running};
use super::convolution::{Options, convolve};
use super::dense::dense;
use super::dropout;
use super::flatten::flatten;
use super::floats::floats;
use super::initial_weights::{self, InitialWeights};
use super::kernels;
use super::layer::{Activation, Layer, Operation, Window};
use super::layer_norm::LayerNorm;
use super::residual::{Block, Part};
use crate::config::InitialWeightsConfig;

/// The slope of `leaky-relu` below 0, as in Maas et al. 2013 and as PyTorch's and burn's default.
pub const LEAKY_SLOPE: f64 = 0.01;

/// What flows between two layers, one row per sample.
#[derive(Clone, Debug)]
pub enum Values {
    /// `[samples, features]`
    Vectors(Tensor<2>),
    /// `[samples, channels, height, width]`
    Images(Tensor<4>),
}

/// Whether the network learns or is measured. Only dropout and batch normalisation know the difference.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// Dropout does nothing, and batch normalisation takes its running statistics.
    Evaluate,
    /// Dropout draws its zeros for this moment, and batch normalisation takes the batch's statistics.
    Train(Moment),
}

/// The moment of a draw (`crate::random`).
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The run's seed.
    pub seed: u64,
    /// From 1.
    pub epoch: usize,
    /// From 1, within the epoch.
    pub step: usize,
}

/// The layers and the loss.
#[derive(Module, Debug)]
pub struct Network {
    layers: Vec<NetworkLayer>,
    #[module(skip)]
    loss: Loss,
}

/// One layer with its parameters.
#[derive(Module, Debug)]
pub enum NetworkLayer {
    /// `θ(x · w + b)`
    Dense(Dense),
    /// `θ(w ⋆ x + b)`
    Conv2d(Conv2d),
    /// See [`residual`](super::residual).
    Residual(Residual),
    /// See [`batch_norm`](super::batch_norm).
    BatchNorm(BatchNorm),
    /// See [`layer_norm`](super::layer_norm).
    LayerNorm(LayerNorm),
    /// Everything that has nothing to learn.
    Fixed(Fixed),
}

/// `θ(x · w + b)` with `w` of shape `[inputs, outputs]`.
#[derive(Module, Debug)]
pub struct Dense {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    activation: Option<Activation>,
}

/// `θ(w ⋆ x + b)`, a cross-correlation with `w` of shape `[filters, channels, height, width]`.
#[derive(Module, Debug)]
pub struct Conv2d {
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    options: ConvOptions<2>,
    #[module(skip)]
    activation: Option<Activation>,
}

/// `θ(F(x) + S(x))`
#[derive(Module, Debug)]
pub struct Residual {
    /// F, one after the other.
    main: Vec<NetworkLayer>,
    /// S, likewise.
    shortcut: Vec<NetworkLayer>,
    #[module(skip)]
    block: Block,
}

/// A layer without parameters.
#[derive(Module, Debug)]
pub struct Fixed {
    #[module(skip)]
    operation: Operation,
}

impl Network {
    /// Draws the first weights on the host and places them on `device`.
    #[must_use]
    pub fn new(
        architecture: &Architecture,
        scheme: Option<InitialWeightsConfig>,
        seed: u64,
        device: &Device,
    ) -> Self {
        let layers = architecture
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| {
                let activation = architecture.activation_behind(index);
                let parts = layer.parts().into_iter().enumerate();
                let mut weights = parts.map(|(number, (_, part))| {
                    initial_weights::draw(part, [index, number], activation, scheme, seed)
                });
                NetworkLayer::new(layer, &mut weights, device)
            })
            .collect();
        Self {
            layers,
            loss: architecture.loss,
        }
    }

    /// With these parameters, as [`Network::parameters`] gives them.
    ///
    /// # Errors
    ///
    /// The name of the first tensor that is missing or has another shape.
    pub fn with_parameters(
        architecture: &Architecture,
        parameters: &[Parameter],
        device: &Device,
    ) -> Result<Self, String> {
        let values = |name: String, shape: &[usize]| {
            let found = parameters.iter().find(|parameter| parameter.name == name);
            found
                .filter(|parameter| parameter.shape == shape)
                .map(|parameter| parameter.values.clone())
                .ok_or(name)
        };
        let mut layers = Vec::new();
        for (index, layer) in architecture.layers.iter().enumerate() {
            let mut weights = Vec::new();
            let mut running = Vec::new();
            for (name, part) in layer.parts() {
                let mut tensors = HashMap::new();
                for (tensor, shape) in part.operation.tensors() {
                    tensors.insert(
                        tensor,
                        values(format!("layers.{index}{name}.{tensor}"), &shape)?,
                    );
                }
                let mut take = |tensor| tensors.remove(tensor);
                weights.push(take("weight").map(|weight| InitialWeights {
                    weight,
                    bias: take("bias").unwrap_or_default(),
                }));
                if let (Some(mean), Some(variance)) = (take("running_mean"), take("running_var")) {
                    running.push(Running { mean, variance });
                }
            }
            let mut made = NetworkLayer::new(layer, &mut weights.into_iter(), device);
            for (norm, running) in made.batch_norms().into_iter().zip(running) {
                norm.running = running;
            }
            layers.push(made);
        }
        Ok(Self {
            layers,
            loss: architecture.loss,
        })
    }

    /// What is minimised.
    #[must_use]
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// The output for each sample: `[samples, outputs]`, logits where the loss is cross-entropy.
    #[must_use]
    pub fn forward(&self, inputs: Values, mode: Mode) -> Tensor<2> {
        self.forward_with_statistics(inputs, mode).0
    }

    /// The same, and in training mode mean and unbiased variance of the batch before each batch normalisation, for
    /// [`Network::update_statistics`].
    #[must_use]
    pub fn forward_with_statistics(
        &self,
        inputs: Values,
        mode: Mode,
    ) -> (Tensor<2>, Vec<Tensor<1>>) {
        let mut values = inputs;
        let mut statistics = Vec::new();
        let mut layers = self.layers.iter().enumerate().peekable();
        while let Some((index, layer)) = layers.next() {
            let pool = layers.peek().and_then(|(_, next)| layer.takes(next));
            values = match (layer, pool) {
                (NetworkLayer::Conv2d(conv), Some(window)) => {
                    layers.next();
                    Values::Images(conv.forward(values.images(), Some(window)))
                }
                _ => layer.forward(values, index, mode, &mut statistics),
            };
        }
        (values.vectors(), statistics)
    }

    /// What every layer hands on when the network is measured, in the order of the layers.
    #[must_use]
    pub fn layer_outputs(&self, inputs: Values) -> Vec<Values> {
        let (mut values, mut statistics) = (inputs, Vec::new());
        let layers = self.layers.iter().enumerate();
        layers
            .map(|(index, layer)| {
                let before = values.clone();
                values = layer.forward(before, index, Mode::Evaluate, &mut statistics);
                values.clone()
            })
            .collect()
    }

    /// Lets the running statistics of batch normalisation run along: once per training step, with the numbers of
    /// [`Network::forward_with_statistics`] one after the other; without any, nothing happens.
    pub fn update_statistics(&mut self, mut statistics: &[f32]) {
        for norm in self.layers.iter_mut().flat_map(NetworkLayer::batch_norms) {
            statistics = norm.update(statistics);
        }
    }
}

/// One parameter tensor on the host, or one of running statistics.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// `layers.3.weight`
    pub name: String,
    /// As in burn.
    pub shape: Vec<usize>,
    /// Row by row.
    pub values: Vec<f32>,
}

impl Network {
    /// All parameters, read from the device, and behind those of a batch normalisation its running statistics.
    ///
    /// # Errors
    ///
    /// The device cannot be read.
    pub fn parameters(&self) -> Result<Vec<Parameter>, ExecutionError> {
        let mut parameters = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            layer.read(&format!("layers.{index}"), &mut parameters)?;
        }
        Ok(parameters)
    }
}

fn read<const D: usize>(
    name: String,
    tensor: &Param<Tensor<D>>,
) -> Result<Parameter, ExecutionError> {
    let tensor = tensor.val();
    Ok(Parameter {
        name,
        shape: tensor.dims().to_vec(),
        values: floats(&tensor.try_into_data()?),
    })
}

impl Values {
    /// One row per sample; an image is read channel by channel, row by row.
    fn vectors(self) -> Tensor<2> {
        match self {
            Self::Vectors(vectors) => vectors,
            Self::Images(images) if kernels::is_on(&images.device()) => flatten(images),
            Self::Images(images) => images.flatten(1, 3),
        }
    }

    fn images(self) -> Tensor<4> {
        match self {
            Self::Images(images) => images,
            Self::Vectors(_) => {
                unreachable!("Architecture::new refuses an image layer behind a vector")
            }
        }
    }

    fn map(self, mut f: impl ValuesFunction) -> Self {
        match self {
            Self::Vectors(vectors) => Self::Vectors(f.apply(vectors)),
            Self::Images(images) => Self::Images(f.apply(images)),
        }
    }
}

/// A function that does not care for the shape. (A closure cannot be generic in the rank.)
trait ValuesFunction {
    fn apply<const D: usize>(&mut self, values: Tensor<D>) -> Tensor<D>;
}

impl ValuesFunction for Activation {
    fn apply<const D: usize>(&mut self, values: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Tanh => tanh(values),
            Self::Relu => relu(values),
            Self::LeakyRelu => leaky_relu(values, LEAKY_SLOPE),
            Self::Gelu => gelu(values),
            Self::Sigmoid => sigmoid(values),
            Self::Sign => values.sign(),
        }
    }
}

struct Normalisation<'a> {
    norm: &'a BatchNorm,
    is_training: bool,
    statistics: &'a mut Vec<Tensor<1>>,
}

impl ValuesFunction for Normalisation<'_> {
    fn apply<const D: usize>(&mut self, values: Tensor<D>) -> Tensor<D> {
        self.norm.forward(values, self.is_training, self.statistics)
    }
}

/// `x Φ(x)` in operations whose derivatives are exact. burn's own `gelu` is not used: on all back ends but flex its
/// forward pass has the erf and its backward pass the derivative of an approximation with tanh (burn-backend 0.22.1,
/// `ActivationOps::gelu_backward`), so that the gradient is wrong in the fourth digit.
fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let erf = x.clone().mul_scalar(FRAC_1_SQRT_2).erf();
    x * erf.add_scalar(1.0).mul_scalar(0.5)
}

/// `x ⊗ mask`, see [`dropout::mask`].
struct Dropout {
    rate: f64,
    layer: usize,
    moment: Moment,
}

impl ValuesFunction for Dropout {
    fn apply<const D: usize>(&mut self, values: Tensor<D>) -> Tensor<D> {
        let shape = values.shape();
        let mask = dropout::mask(self.rate, shape.num_elements(), self.layer, self.moment);
        let options = (&values.device(), values.dtype());
        values * Tensor::from_data(TensorData::new(mask, shape), options)
    }
}

/// The same with one value of the mask per channel: 0 for a whole channel, or for none of it.
fn drop_channels(images: Tensor<4>, rate: f64, layer: usize, moment: Moment) -> Tensor<4> {
    let [samples, channels, _, _] = images.dims();
    let mask = dropout::mask(rate, samples * channels, layer, moment);
    let options = (&images.device(), images.dtype());
    images * Tensor::from_data(TensorData::new(mask, [samples, channels, 1, 1]), options)
}

fn activate<const D: usize>(activation: Option<Activation>, values: Tensor<D>) -> Tensor<D> {
    match activation {
        Some(mut activation) => activation.apply(values),
        None => values,
    }
}

impl NetworkLayer {
    /// The windows of the next layer, if it can be done in one with this one.
    fn takes(&self, next: &Self) -> Option<Window> {
        match (self, next) {
            (
                Self::Conv2d(conv),
                Self::Fixed(Fixed {
                    operation: Operation::MaxPool(window),
                }),
            ) if kernels::fuses(conv.activation)
                && Options::pools(window)
                && kernels::is_on(&conv.weight.device()) =>
            {
                Some(*window)
            }
            _ => None,
        }
    }

    /// Normalisations add what they have seen to `statistics`, in the order of [`NetworkLayer::batch_norms`].
    fn forward(
        &self,
        values: Values,
        index: usize,
        mode: Mode,
        statistics: &mut Vec<Tensor<1>>,
    ) -> Values {
        match self {
            Self::Dense(dense) => Values::Vectors(dense.forward(values.vectors())),
            Self::Conv2d(conv) => Values::Images(conv.forward(values.images(), None)),
            Self::Residual(residual) => {
                let mut along = |layers: &[Self]| {
                    let values = values.clone();
                    let layers = layers.iter();
                    layers.fold(values, |x, layer| layer.forward(x, index, mode, statistics))
                };
                let sum = along(&residual.main).images() + along(&residual.shortcut).images();
                Values::Images(activate(Some(residual.block.activation), sum))
            }
            Self::BatchNorm(norm) => values.map(Normalisation {
                norm,
                is_training: matches!(mode, Mode::Train(_)),
                statistics,
            }),
            Self::LayerNorm(norm) => Values::Vectors(norm.forward(values.vectors())),
            Self::Fixed(fixed) => fixed.forward(values, index, mode),
        }
    }

    /// Those in it, in the order in which they compute.
    fn batch_norms(&mut self) -> Vec<&mut BatchNorm> {
        match self {
            Self::BatchNorm(norm) => vec![norm],
            Self::Residual(Residual { main, shortcut, .. }) => {
                let layers = main.iter_mut().chain(shortcut);
                layers.flat_map(Self::batch_norms).collect()
            }
            Self::Dense(_) | Self::Conv2d(_) | Self::LayerNorm(_) | Self::Fixed(_) => Vec::new(),
        }
    }

    /// Adds its tensors, whose names begin with `name`.
    fn read(&self, name: &str, parameters: &mut Vec<Parameter>) -> Result<(), ExecutionError> {
        let named = |tensor: &str| format!("{name}.{tensor}");
        match self {
            Self::Dense(Dense { weight, bias, .. }) => {
                parameters.push(read(named("weight"), weight)?);
                parameters.push(read(named("bias"), bias)?);
            }
            Self::Conv2d(Conv2d { weight, bias, .. }) => {
                parameters.push(read(named("weight"), weight)?);
                if let Some(bias) = bias {
                    parameters.push(read(named("bias"), bias)?);
                }
            }
            Self::Residual(residual) => {
                let layers = residual.main.iter().chain(&residual.shortcut);
                for (layer, part) in layers.zip(residual.block.parts()) {
                    layer.read(&named(&part.name), parameters)?;
                }
            }
            Self::BatchNorm(norm) => {
                parameters.push(read(named("weight"), &norm.weight)?);
                parameters.push(read(named("bias"), &norm.bias)?);
                let Running { mean, variance } = norm.running.clone();
                for (tensor, values) in [("running_mean", mean), ("running_var", variance)] {
                    parameters.push(Parameter {
                        name: named(tensor),
                        shape: vec![values.len()],
                        values,
                    });
                }
            }
            Self::LayerNorm(norm) => {
                parameters.push(read(named("weight"), &norm.weight)?);
                parameters.push(read(named("bias"), &norm.bias)?);
            }
            Self::Fixed(_) => {}
        }
        Ok(())
    }

    /// With the next of `weights`, or the next for each part of a block.
    fn new(
        layer: &Layer,
        weights: &mut dyn Iterator<Item = Option<InitialWeights>>,
        device: &Device,
    ) -> Self {
        if let Operation::Residual(block) = &layer.operation {
            let mut parts = |parts: &[Part]| {
                let parts = parts.iter();
                parts
                    .map(|part| Self::new(&part.layer, weights, device))
                    .collect()
            };
            return Self::Residual(Residual {
                main: parts(&block.main),
                shortcut: parts(&block.shortcut),
                block: block.clone(),
            });
        }
        match (&layer.operation, weights.next().flatten()) {
            (
                Operation::Dense {
                    inputs,
                    outputs,
                    activation,
                },
                Some(weights),
            ) => Self::Dense(Dense {
                weight: parameter(weights.weight, [*inputs, *outputs], device),
                bias: parameter(weights.bias, [*outputs], device),
                activation: *activation,
            }),
            (
                Operation::Conv2d {
                    channels,
                    filters,
                    kernel: [height, width],
                    stride,
                    padding,
                    has_bias,
                    activation,
                },
                Some(weights),
            ) => {
                let mut options = ConvOptions::new(*stride, [0, 0], [1, 1], 1);
                options.padding = *padding;
                Self::Conv2d(Conv2d {
                    weight: parameter(
                        weights.weight,
                        [*filters, *channels, *height, *width],
                        device,
                    ),
                    bias: has_bias.then(|| parameter(weights.bias, [*filters], device)),
                    options,
                    activation: *activation,
                })
            }
            (
                Operation::BatchNorm {
                    channels,
                    momentum,
                    epsilon,
                },
                Some(weights),
            ) => Self::BatchNorm(BatchNorm {
                weight: parameter(weights.weight, [*channels], device),
                bias: parameter(weights.bias, [*channels], device),
                running: Running::new(*channels),
                momentum: *momentum,
                epsilon: *epsilon,
            }),
            (Operation::LayerNorm { features, epsilon }, Some(weights)) => {
                Self::LayerNorm(LayerNorm {
                    weight: parameter(weights.weight, [*features], device),
                    bias: parameter(weights.bias, [*features], device),
                    epsilon: *epsilon,
                })
            }
            (operation, _) => Self::Fixed(Fixed {
                operation: operation.clone(),
            }),
        }
    }
}

fn parameter<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &Device,
) -> Param<Tensor<D>> {
    Param::from_data(TensorData::new(values, shape), device)
}

impl Dense {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let (weight, bias) = (self.weight.val(), self.bias.val());
        if kernels::is_on(&x.device()) {
            let fused = self.activation.filter(|_| kernels::fuses(self.activation));
            let values = dense(x, weight, bias, fused);
            if fused == self.activation {
                values
            } else {
                activate(self.activation, values)
            }
        } else {
            activate(self.activation, linear(x, weight, Some(bias)))
        }
    }
}

impl Conv2d {
    /// With the largest of each window, if there are windows.
    fn forward(&self, x: Tensor<4>, pool: Option<Window>) -> Tensor<4> {
        let bias = self.bias.as_ref().map(Param::val);
        if !kernels::is_on(&x.device()) {
            let s = conv2d(x, self.weight.val(), bias, self.options.clone());
            return activate(self.activation, s);
        }
        let fused = self.activation.filter(|_| kernels::fuses(self.activation));
        let weight = self.weight.val();
        let filters = weight.dims()[0];
        let bias = bias.unwrap_or_else(|| Tensor::zeros([filters], (&x.device(), x.dtype())));
        let options = Options {
            conv: self.options.clone(),
            activation: fused,
            pool,
        };
        let values = convolve(x, weight, bias, options);
        if fused == self.activation {
            values
        } else {
            activate(self.activation, values)
        }
    }
}

impl Fixed {
    fn forward(&self, values: Values, layer: usize, mode: Mode) -> Values {
        match (&self.operation, mode) {
            (Operation::MaxPool(Window { size, stride }), _) => {
                let mut options = MaxPoolOptions::new(*size);
                options.stride = *stride;
                Values::Images(max_pool2d(values.images(), options))
            }
            (Operation::AvgPool(Window { size, stride }), _) => {
                let mut options = AvgPoolOptions::new(*size);
                options.stride = *stride;
                Values::Images(avg_pool2d(values.images(), options))
            }
            (Operation::GlobalAvgPool, _) => {
                let images = values.images();
                Values::Vectors(images.flatten::<3>(2, 3).mean_dim(2).squeeze_dim(2))
            }
            (Operation::Flatten, _) => Values::Vectors(values.vectors()),
            (Operation::Dropout { rate }, Mode::Train(moment)) => values.map(Dropout {
                rate: *rate,
                layer,
                moment,
            }),
            (Operation::Dropout2d { rate }, Mode::Train(moment)) => {
                Values::Images(drop_channels(values.images(), *rate, layer, moment))
            }
            (Operation::Activation(activation), _) => values.map(*activation),
            // Dropout does nothing when measuring; what learns is a layer of its own.
            (
                Operation::Dropout { .. }
                | Operation::Dropout2d { .. }
                | Operation::Dense { .. }
                | Operation::Conv2d { .. }
                | Operation::Residual(_)
                | Operation::BatchNorm { .. }
                | Operation::LayerNorm { .. },
                _,
            ) => values,
        }
    }
}
