//! From an [`Architecture`] and its weights to the hand-derived chain.
//!
//! The `match` on [`Operation`] here is why no layer can be added without a derivation: it would not compile.

use std::ops::Range;

use super::GradientError;
use crate::backprop::Array;
use crate::backprop::batch_norm::Running;
use crate::backprop::conv2d::Windows;
use crate::backprop::network::{Layer, Loss, Network, Parameter, Rule, Trace, Values};
use crate::data::{SampleShape, Targets};
use crate::model::network::Parameter as Tensor;
use crate::model::residual::Part;
use crate::model::{
    Activation, Aim, Architecture, Layer as Written, Loss as WhichLoss, Moment, Operation, dropout,
};

/// The hand-derived chain, for a batch that can be exchanged.
#[derive(Clone, Debug)]
pub struct HandNetwork {
    /// For the present batch.
    pub network: Network,
    /// Every parameter tensor, in the order of the layers, then the input.
    pub tensors: Vec<TensorPlace>,
    /// For each layer of the chain, its position in the architecture, from 0: an activation is a layer of its own here.
    pub written: Vec<usize>,
    input: SampleShape,
    loss: WhichLoss,
    aim: Aim,
    masks: Vec<Mask>,
}

/// Where a tensor of the network stands in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorPlace {
    /// `layers.0.weight`, …, `input`.
    pub name: String,
    /// As in burn; for the input, samples first.
    pub shape: Vec<usize>,
    /// Position in the chain, from 0.
    pub layer: usize,
    /// Position in the architecture, from 0.
    pub written: usize,
    /// `None` for the input of the chain.
    pub parameter: Option<Parameter>,
}

/// The mask of one dropout layer, for the largest batch.
#[derive(Clone, Debug)]
struct Mask {
    layer: usize,
    of: Masked,
    values: Vec<f64>,
}

/// What a mask has a value for.
#[derive(Clone, Copy, Debug)]
enum Masked {
    /// Each value of a sample of this shape.
    Values(SampleShape),
    /// Each of so many channels.
    Channels(usize),
}

impl HandNetwork {
    /// With these parameters (by name), what training aims at, and the dropout masks of `moment` for a batch of `samples`.
    ///
    /// # Errors
    ///
    /// An operation has no derivative, a parameter is missing, has another shape or is not finite.
    pub fn new(
        architecture: &Architecture,
        parameters: &[Tensor],
        aim: &Aim,
        samples: usize,
        moment: Moment,
    ) -> Result<Self, GradientError> {
        let mut chain = Chain {
            parameters,
            layers: Vec::new(),
            tensors: Vec::new(),
            masks: Vec::new(),
        };
        let mut positions = Vec::new();
        for (written, layer) in architecture.layers.iter().enumerate() {
            let name = format!("layers.{written}");
            chain.layer(layer, &name, written, samples, moment)?;
            positions.resize(chain.layers.len(), written);
        }
        chain.tensors.push(TensorPlace {
            name: "input".to_owned(),
            shape: Vec::new(),
            layer: 0,
            written: 0,
            parameter: None,
        });
        let mut hand = Self {
            network: Network {
                layers: chain.layers,
                loss: Loss::CrossEntropy {
                    y: Array::zeros([0, 0]),
                },
            },
            tensors: chain.tensors,
            written: positions,
            input: architecture.input,
            loss: architecture.loss,
            aim: aim.clone(),
            masks: chain.masks,
        };
        hand.set_batch(0..0, &Targets::Classes(Vec::new()));
        Ok(hand)
    }

    /// Makes the chain that for these places of the batch (dropout draws for each place), with these targets.
    pub fn set_batch(&mut self, places: Range<usize>, targets: &Targets) {
        let samples = places.len();
        let labels = targets.labels();
        for mask in &self.masks {
            let length = mask.of.len();
            let rows = mask.values[places.start * length..places.end * length].to_vec();
            self.network.layers[mask.layer] = mask.of.layer(samples, rows);
        }
        self.network.loss = match self.loss {
            WhichLoss::MseSign => {
                let sign = |&label: &u8| if label == 0 { -1.0 } else { 1.0 };
                let y = labels.iter().map(sign).collect();
                Loss::Mse {
                    y: Array::new([samples, 1], y),
                }
            }
            WhichLoss::MseOneHot => {
                let mut y = Array::zeros([samples, self.aim.classes()]);
                for (n, &label) in labels.iter().enumerate() {
                    y[[n, usize::from(label)]] = 1.0;
                }
                Loss::Mse { y }
            }
            WhichLoss::MseNumber => {
                let mut y = targets.numbers().to_vec();
                // Before the first batch there is none.
                y.resize(samples, 0.0);
                Loss::Mse {
                    y: Array::new([samples, 1], y),
                }
            }
            WhichLoss::CrossEntropy => Loss::CrossEntropy {
                y: shares(&self.aim, labels),
            },
        };
        if let Some(input) = self.tensors.last_mut() {
            input.shape =
                values(self.input, samples, vec![0.0; samples * self.input.len()]).shape();
        }
    }

    /// Inputs of the present batch, one sample after the other.
    #[must_use]
    pub fn input(&self, inputs: &[f32]) -> Values {
        let samples = inputs.len() / self.input.len();
        values(
            self.input,
            samples,
            inputs.iter().copied().map(f64::from).collect(),
        )
    }
}

impl TensorPlace {
    /// The hand-derived gradient at these entries.
    #[must_use]
    pub fn gradient(
        &self,
        network: &Network,
        trace: &Trace,
        ds: &[Values],
        rule: &dyn Rule,
        indices: &[usize],
    ) -> Vec<f64> {
        let Some(parameter) = self.parameter else {
            return indices.iter().map(|&index| ds[0].values()[index]).collect();
        };
        let (layer, x) = (&network.layers[self.layer], &trace.x[self.layer]);
        let ds = &ds[self.layer + 1];
        indices
            .iter()
            .map(|&index| rule.gradient(layer, parameter, x, ds, index))
            .collect()
    }

    /// Its numbers: those of `network`, or of `input`.
    pub fn values_mut<'a>(
        &self,
        network: &'a mut Network,
        input: &'a mut Values,
    ) -> Option<&'a mut [f64]> {
        match self.parameter {
            Some(parameter) => network.layers[self.layer].parameter_mut(parameter),
            None => Some(input.values_mut()),
        }
    }
}

impl Masked {
    /// Numbers for one sample.
    fn len(self) -> usize {
        match self {
            Self::Values(shape) => shape.len(),
            Self::Channels(channels) => channels,
        }
    }

    /// The layer with these numbers.
    fn layer(self, samples: usize, numbers: Vec<f64>) -> Layer {
        match self {
            Self::Values(shape) => Layer::Dropout {
                mask: values(shape, samples, numbers),
            },
            Self::Channels(channels) => Layer::Dropout2d {
                mask: Array::new([samples, channels], numbers),
            },
        }
    }
}

/// `None` for the sign, whose derivative is 0 wherever it exists.
fn derivable(activation: Activation) -> Option<Layer> {
    match activation {
        Activation::Tanh => Some(Layer::Tanh),
        Activation::Relu => Some(Layer::Relu),
        Activation::LeakyRelu => Some(Layer::LeakyRelu),
        Activation::Gelu => Some(Layer::Gelu),
        Activation::Sigmoid => Some(Layer::Sigmoid),
        Activation::Sign => None,
    }
}

/// The chain while it is made.
struct Chain<'a> {
    parameters: &'a [Tensor],
    layers: Vec<Layer>,
    tensors: Vec<TensorPlace>,
    masks: Vec<Mask>,
}

impl Chain<'_> {
    /// A layer as it was written, whose tensors' names begin with `name`: of the `written`-th layer, or part of it.
    fn layer(
        &mut self,
        layer: &Written,
        name: &str,
        written: usize,
        samples: usize,
        moment: Moment,
    ) -> Result<(), GradientError> {
        if let Some(activation) = self.operation(layer, name, written, samples, moment)? {
            let layer = derivable(activation).ok_or_else(|| GradientError::NoDerivative {
                layer: written + 1,
                operation: layer.operation.to_string(),
            })?;
            self.layers.push(layer);
        }
        Ok(())
    }

    /// A layer as it was written, but for its activation, which is given back.
    fn operation(
        &mut self,
        layer: &Written,
        name: &str,
        written: usize,
        samples: usize,
        moment: Moment,
    ) -> Result<Option<Activation>, GradientError> {
        let activation = match &layer.operation {
            Operation::Dense {
                inputs,
                outputs,
                activation,
            } => {
                let (inputs, outputs) = (*inputs, *outputs);
                let w = self.tensor(name, written, Parameter::Weight, [inputs, outputs])?;
                let b = self.tensor(name, written, Parameter::Bias, [outputs])?;
                self.layers.push(Layer::Dense { w, b });
                *activation
            }
            Operation::Conv2d {
                channels,
                filters,
                kernel: [rows, columns],
                stride,
                padding,
                has_bias,
                activation,
            } => {
                let shape = [*filters, *channels, *rows, *columns];
                let w = self.tensor(name, written, Parameter::Weight, shape)?;
                let b = if *has_bias {
                    self.tensor(name, written, Parameter::Bias, [*filters])?
                } else {
                    Array::zeros([*filters])
                };
                let windows = Windows {
                    stride: *stride,
                    padding: *padding,
                };
                self.layers.push(Layer::Conv2d { w, b, windows });
                *activation
            }
            Operation::Residual(block) => {
                let back = self.along(&block.main, name, written, samples, moment)?;
                self.layers.push(Layer::Skip { back });
                // Behind `Skip`.
                let back = 1 + self.along(&block.shortcut, name, written, samples, moment)?;
                self.layers.push(Layer::Sum { back });
                Some(block.activation)
            }
            Operation::MaxPool(window) => {
                let (size, stride) = (window.size, window.stride);
                self.layers.push(Layer::MaxPool { size, stride });
                None
            }
            Operation::AvgPool(window) => {
                let (size, stride) = (window.size, window.stride);
                self.layers.push(Layer::AvgPool { size, stride });
                None
            }
            Operation::GlobalAvgPool => {
                self.layers.push(Layer::GlobalAvgPool);
                None
            }
            Operation::Flatten => {
                self.layers.push(Layer::Flatten);
                None
            }
            Operation::BatchNorm {
                channels, epsilon, ..
            } => {
                let channels = [*channels];
                let w = self.tensor(name, written, Parameter::Weight, channels)?;
                let b = self.tensor(name, written, Parameter::Bias, channels)?;
                let running = Running {
                    mean: self.find(&format!("{name}.running_mean"), &channels)?,
                    variance: self.find(&format!("{name}.running_var"), &channels)?,
                    epsilon: *epsilon,
                };
                self.layers.push(Layer::BatchNorm { w, b, running });
                None
            }
            Operation::LayerNorm { features, epsilon } => {
                let w = self.tensor(name, written, Parameter::Weight, [*features])?;
                let b = self.tensor(name, written, Parameter::Bias, [*features])?;
                let epsilon = *epsilon;
                self.layers.push(Layer::LayerNorm { w, b, epsilon });
                None
            }
            Operation::Dropout { rate } => {
                let of = Masked::Values(layer.input);
                self.dropout(of, *rate, written, samples, moment);
                None
            }
            Operation::Dropout2d { rate } => {
                let (SampleShape::Vector { features: channels }
                | SampleShape::Image { channels, .. }) = layer.input;
                self.dropout(Masked::Channels(channels), *rate, written, samples, moment);
                None
            }
            Operation::Activation(activation) => Some(*activation),
        };
        Ok(activation)
    }

    /// One way through a block; says how many layers it adds.
    fn along(
        &mut self,
        parts: &[Part],
        name: &str,
        written: usize,
        samples: usize,
        moment: Moment,
    ) -> Result<usize, GradientError> {
        let start = self.layers.len();
        for part in parts {
            let name = format!("{name}.{}", part.name);
            self.layer(&part.layer, &name, written, samples, moment)?;
        }
        Ok(self.layers.len() - start)
    }

    /// The next layer drops; its mask is cut to size by [`HandNetwork::set_batch`].
    fn dropout(&mut self, of: Masked, rate: f64, written: usize, samples: usize, moment: Moment) {
        let mask = dropout::mask(rate, samples * of.len(), written, moment);
        self.masks.push(Mask {
            layer: self.layers.len(),
            of,
            values: mask.into_iter().map(f64::from).collect(),
        });
        self.layers.push(of.layer(0, Vec::new()));
    }

    /// The next layer's tensor, and its place noted.
    fn tensor<const D: usize>(
        &mut self,
        of: &str,
        written: usize,
        parameter: Parameter,
        shape: [usize; D],
    ) -> Result<Array<D>, GradientError> {
        let which = match parameter {
            Parameter::Weight => "weight",
            Parameter::Bias => "bias",
        };
        let name = format!("{of}.{which}");
        let values = self.find(&name, &shape)?;
        self.tensors.push(TensorPlace {
            name,
            shape: shape.to_vec(),
            layer: self.layers.len(),
            written,
            parameter: Some(parameter),
        });
        Ok(Array::new(shape, values))
    }

    /// The numbers of this name and shape.
    fn find(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>, GradientError> {
        let found = self.parameters.iter().find(|tensor| tensor.name == name);
        let Some(tensor) = found.filter(|tensor| tensor.shape == shape) else {
            return Err(GradientError::Tensors {
                tensor: name.to_owned(),
                shape: shape.to_vec(),
            });
        };
        if let Some(at) = tensor.values.iter().position(|value| !value.is_finite()) {
            return Err(GradientError::NotFinite {
                what: "the parameter".to_owned(),
                tensor: name.to_owned(),
                at: super::agreement::unravel(at, shape),
                value: tensor.values[at].to_string(),
            });
        }
        Ok(tensor.values.iter().copied().map(f64::from).collect())
    }
}

/// `w_c ((1 − ε) [k = c] + ε / K)`, rounded as a back end gets it.
fn shares(aim: &Aim, labels: &[u8]) -> Array<2> {
    let classes = aim.classes();
    let mut y = Array::zeros([labels.len(), classes]);
    for (n, &label) in labels.iter().enumerate() {
        for k in 0..classes {
            let right = f64::from(u8::from(k == usize::from(label)));
            let share = (1.0 - aim.smoothing()) * right + aim.smoothing() / classes as f64;
            y[[n, k]] = f64::from((aim.weight(label) * share) as f32);
        }
    }
    y
}

fn values(shape: SampleShape, samples: usize, values: Vec<f64>) -> Values {
    match shape {
        SampleShape::Vector { features } => {
            Values::Vectors(Array::new([samples, features], values))
        }
        SampleShape::Image {
            channels,
            height,
            width,
        } => Values::Images(Array::new([samples, channels, height, width], values)),
    }
}
