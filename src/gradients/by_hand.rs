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
    shape: SampleShape,
    values: Vec<f64>,
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
            let activation = chain.operation(layer, written, samples, moment)?;
            if let Some(activation) = activation {
                let layer = derivable(activation).ok_or_else(|| GradientError::NoDerivative {
                    layer: written + 1,
                    operation: layer.operation.to_string(),
                })?;
                chain.layers.push(layer);
            }
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
            let length = mask.shape.len();
            let rows = mask.values[places.start * length..places.end * length].to_vec();
            self.network.layers[mask.layer] = Layer::Dropout {
                mask: values(mask.shape, samples, rows),
            };
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
    /// A layer as it was written, but for its activation, which is given back.
    fn operation(
        &mut self,
        layer: &Written,
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
                let w = self.tensor(written, Parameter::Weight, [inputs, outputs])?;
                let b = self.tensor(written, Parameter::Bias, [outputs])?;
                self.layers.push(Layer::Dense { w, b });
                *activation
            }
            Operation::Conv2d {
                channels,
                filters,
                kernel: [rows, columns],
                stride,
                padding,
                activation,
            } => {
                let shape = [*filters, *channels, *rows, *columns];
                let w = self.tensor(written, Parameter::Weight, shape)?;
                let b = self.tensor(written, Parameter::Bias, [*filters])?;
                let windows = Windows {
                    stride: *stride,
                    padding: *padding,
                };
                self.layers.push(Layer::Conv2d { w, b, windows });
                *activation
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
                let w = self.tensor(written, Parameter::Weight, channels)?;
                let b = self.tensor(written, Parameter::Bias, channels)?;
                let running = Running {
                    mean: self.find(&format!("layers.{written}.running_mean"), &channels)?,
                    variance: self.find(&format!("layers.{written}.running_var"), &channels)?,
                    epsilon: *epsilon,
                };
                self.layers.push(Layer::BatchNorm { w, b, running });
                None
            }
            Operation::Dropout { rate } => {
                let count = samples * layer.input.len();
                let mask = dropout::mask(*rate, count, written, moment);
                self.masks.push(Mask {
                    layer: self.layers.len(),
                    shape: layer.input,
                    values: mask.into_iter().map(f64::from).collect(),
                });
                let mask = values(SampleShape::Vector { features: 0 }, 0, Vec::new());
                self.layers.push(Layer::Dropout { mask });
                None
            }
            Operation::Activation(activation) => Some(*activation),
        };
        Ok(activation)
    }

    /// The next layer's tensor, and its place noted.
    fn tensor<const D: usize>(
        &mut self,
        written: usize,
        parameter: Parameter,
        shape: [usize; D],
    ) -> Result<Array<D>, GradientError> {
        let which = match parameter {
            Parameter::Weight => "weight",
            Parameter::Bias => "bias",
        };
        let name = format!("layers.{written}.{which}");
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
