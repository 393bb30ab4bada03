//! The shapes of a network, settled before any tensor exists.
//!
//! [`Architecture::new`] walks the layers once, does the arithmetic of their shapes, and refuses the first one that
//! does not fit, naming the layer and both numbers. What comes out has no invalid states: the network made from
//! it cannot fail for its shape, and nothing is allocated for a network that is too large.

use serde::{Deserialize, Serialize};

use super::layer::{Activation, Layer, Misfit, Operation};
use crate::config::{LayerConfig, LossConfig, ModelConfig, Problem};
use crate::data::{SampleShape, Task};

/// Largest number of parameters that is accepted. Training keeps the weight, its gradient and two moments of the
/// optimizer, 16 bytes per parameter, so this many need 16 GiB; brecha is for small networks.
pub const MAXIMUM_PARAMETERS: u64 = 1 << 30;

/// Largest number of values that one sample may become on its way, all layers together: 2²⁶, 256 MiB as f32.
pub const MAXIMUM_VALUES: u64 = 1 << 26;

/// A network whose shapes fit, from the input to the loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Architecture {
    /// The shape of one sample.
    pub input: SampleShape,
    /// The layers as the user numbered them; `softmax` at the end is part of the loss and not here.
    pub layers: Vec<Layer>,
    /// What the last layer answers.
    pub task: Task,
    /// What is minimised.
    pub loss: Loss,
}

/// What is minimised, and with it how an output becomes an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// `(x − y)²` for one output and targets −1 (class 0) and +1 (class 1); the class is the output's sign.
    MseSign,
    /// `Σ (x_k − y_k)²` against the one-hot target; the class is the largest output.
    MseOneHot,
    /// `−ln softmax(x)_class`; the class is the largest output.
    CrossEntropy,
    /// `(x − y)²` for one output and the standardised number y; the answer is the output, scaled back.
    MseNumber,
}

impl Architecture {
    /// Whether it normalises over the batch.
    #[must_use]
    pub fn has_batch_norm(&self) -> bool {
        let is_batch_norm =
            |(_, part): &(String, &Layer)| matches!(part.operation, Operation::BatchNorm { .. });
        let normalises = |layer: &Layer| layer.parts().iter().any(is_batch_norm);
        self.layers.iter().any(normalises)
    }

    /// Whether zeros are drawn in training.
    #[must_use]
    pub fn has_dropout(&self) -> bool {
        let is_dropout = |layer: &Layer| {
            let operation = &layer.operation;
            matches!(
                operation,
                Operation::Dropout { .. } | Operation::Dropout2d { .. }
            )
        };
        self.layers.iter().any(is_dropout)
    }

    /// Settles the shapes of `model` for samples of shape `input` and this task.
    ///
    /// # Errors
    ///
    /// The first layer that does not fit, with both numbers, at its key in the configuration; or what is
    /// wrong with the network as a whole.
    pub fn new(model: &ModelConfig, input: SampleShape, task: Task) -> Result<Self, Problem> {
        check_loss(model, task)?;
        let written = without_softmax(model)?;
        let mut layers = Vec::with_capacity(written.len());
        let mut shape = input;
        let mut values: u64 = 0;
        for (index, config) in written.iter().enumerate() {
            let layer = Layer::new(config, shape).map_err(|misfit| misfit.at(index))?;
            shape = layer.output;
            values = values.saturating_add(layer.values());
            // A network with too many parameters is refused as such below; its values are no news.
            if values > MAXIMUM_VALUES && layer.parameters() <= MAXIMUM_PARAMETERS {
                return Err(Misfit::new(
                    format!("one sample becomes {values} values up to here, more than the {MAXIMUM_VALUES} that are accepted"),
                    "use fewer filters or units, a stride, or pooling before this layer",
                )
                .at(index));
            }
            layers.push(layer);
        }
        let loss = loss_for(model.loss, shape, task)
            .map_err(|misfit| misfit.at(written.len().saturating_sub(1)))?;
        let architecture = Self {
            input,
            layers,
            task,
            loss,
        };
        architecture.check_size()?;
        Ok(architecture)
    }

    /// Weights and biases of all layers.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.layers
            .iter()
            .map(Layer::parameters)
            .fold(0, u64::saturating_add)
    }

    /// Multiplications with an addition in one forward pass of one sample.
    #[must_use]
    pub fn multiply_adds(&self) -> u64 {
        self.layers
            .iter()
            .map(Layer::multiply_adds)
            .fold(0, u64::saturating_add)
    }

    /// The function that a layer's outputs go through before the next layer with weights: its own, or that of an
    /// activation layer behind it.
    #[must_use]
    pub fn activation_behind(&self, index: usize) -> Option<Activation> {
        for (distance, layer) in self.layers.iter().skip(index).enumerate() {
            match &layer.operation {
                Operation::Dense { activation, .. } | Operation::Conv2d { activation, .. } => {
                    if distance > 0 || activation.is_some() {
                        return activation.filter(|_| distance == 0);
                    }
                }
                Operation::Residual(block) => {
                    return Some(block.activation).filter(|_| distance == 0);
                }
                Operation::Activation(activation) => return Some(*activation),
                Operation::MaxPool(_)
                | Operation::AvgPool(_)
                | Operation::GlobalAvgPool
                | Operation::Flatten
                | Operation::BatchNorm { .. }
                | Operation::LayerNorm { .. }
                | Operation::Dropout { .. }
                | Operation::Dropout2d { .. } => {}
            }
        }
        None
    }

    /// Whether gradients can teach this network anything.
    ///
    /// # Errors
    ///
    /// A `sign` in it, at its key: no gradient passes it.
    pub fn check_trainable(&self) -> Result<(), Problem> {
        let sign = self.layers.iter().position(|layer| {
            let activation = match &layer.operation {
                Operation::Dense { activation, .. } | Operation::Conv2d { activation, .. } => {
                    *activation
                }
                Operation::Residual(block) => Some(block.activation),
                Operation::Activation(activation) => Some(*activation),
                Operation::MaxPool(_)
                | Operation::AvgPool(_)
                | Operation::GlobalAvgPool
                | Operation::Flatten
                | Operation::BatchNorm { .. }
                | Operation::LayerNorm { .. }
                | Operation::Dropout { .. }
                | Operation::Dropout2d { .. } => None,
            };
            activation == Some(Activation::Sign)
        });
        sign.map_or(Ok(()), |index| {
            Err(Misfit::new(
                "`sign` cannot be trained: its derivative is 0 wherever it exists, so every gradient before it is 0",
                "use \"tanh\", which is linear near 0 and ±1 far out: the sign made differentiable",
            )
            .at(index))
        })
    }

    fn check_size(&self) -> Result<(), Problem> {
        let parameters = self.parameters();
        if parameters == 0 {
            return Err(Problem {
                key: "model.layers".to_owned(),
                message: "this network has no parameters, so nothing in it can be trained"
                    .to_owned(),
                hint: Some("add a `dense` or `conv2d` layer".to_owned()),
            });
        }
        if parameters > MAXIMUM_PARAMETERS {
            let largest = self
                .layers
                .iter()
                .enumerate()
                .max_by_key(|(_, layer)| layer.parameters())
                .map_or(0, |(index, _)| index);
            return Err(Problem {
                key: format!("model.layers.{largest}"),
                message: format!(
                    "this network has {parameters} parameters, more than the {MAXIMUM_PARAMETERS} that are accepted; \
                     training it would need about {} GiB",
                    parameters.saturating_mul(16) >> 30
                ),
                hint: Some(
                    "use fewer units or filters, or pool before the first dense layer".to_owned(),
                ),
            });
        }
        Ok(())
    }
}

/// `softmax` may be written last, as documentation of what cross-entropy does; anywhere else it is a mistake.
fn without_softmax(model: &ModelConfig) -> Result<&[LayerConfig], Problem> {
    let last = model.layers.len().saturating_sub(1);
    let mut layers = model.layers.as_slice();
    for (index, layer) in model.layers.iter().enumerate() {
        if *layer != LayerConfig::Softmax {
            continue;
        }
        if index != last {
            return Err(Misfit::new(
                "`softmax` must be the last layer, and stand only once",
                "remove it: the cross-entropy loss contains the softmax",
            )
            .at(index));
        }
        if model.loss != LossConfig::CrossEntropy {
            return Err(Misfit::new(
                "`softmax` belongs to the loss `cross-entropy`, but the loss is `mse`",
                "write `loss = \"cross-entropy\"`, or remove `softmax`",
            )
            .at(index));
        }
        layers = &model.layers[..index];
    }
    Ok(layers)
}

/// Cross-entropy compares probabilities of classes, and a number has none.
fn check_loss(model: &ModelConfig, task: Task) -> Result<(), Problem> {
    match (task, model.loss) {
        (Task::Regression, LossConfig::CrossEntropy) => Err(Problem {
            key: "model.loss".to_owned(),
            message: "the loss is `cross-entropy`, which tells classes apart, but the data asks for a number".to_owned(),
            hint: Some(
                "write `loss = \"mse\"`; or, if the column of `target` holds classes, name it with `label`".to_owned(),
            ),
        }),
        (Task::Regression, LossConfig::Mse) | (Task::Classification { .. }, _) => Ok(()),
    }
}

fn loss_for(loss: LossConfig, output: SampleShape, task: Task) -> Result<Loss, Misfit> {
    let classes = match task {
        Task::Classification { classes } => classes,
        Task::Regression => return number_loss(output),
    };
    let SampleShape::Vector { features } = output else {
        return Err(Misfit::new(
            format!(
                "the network ends with an image of {output}, but the loss needs one value per class, here {classes}"
            ),
            format!("end with \"flatten\" and {{ dense = {{ units = {classes} }} }}"),
        ));
    };
    match (loss, features) {
        (LossConfig::CrossEntropy, n) if n == classes => Ok(Loss::CrossEntropy),
        (LossConfig::Mse, 1) if classes == 2 => Ok(Loss::MseSign),
        (LossConfig::Mse, n) if n == classes => Ok(Loss::MseOneHot),
        (LossConfig::CrossEntropy, n) => Err(Misfit::new(
            format!(
                "the network ends with {n} {}, but the data has {classes} classes",
                plural(n, "output")
            ),
            format!(
                "end with {{ dense = {{ units = {classes} }} }}: cross-entropy takes one logit per class"
            ),
        )),
        (LossConfig::Mse, n) => Err(Misfit::new(
            format!(
                "the network ends with {n} {}, but the data has {classes} classes",
                plural(n, "output")
            ),
            if classes == 2 {
                "end with 1 unit (targets −1 and +1), or with 2 (one-hot targets)".to_owned()
            } else {
                format!("end with {{ dense = {{ units = {classes} }} }} (one-hot targets)")
            },
        )),
    }
}

/// One output is one number.
fn number_loss(output: SampleShape) -> Result<Loss, Misfit> {
    match output {
        SampleShape::Vector { features: 1 } => Ok(Loss::MseNumber),
        SampleShape::Vector { features } => Err(Misfit::new(
            format!("the network ends with {features} outputs, but the data asks for 1 number"),
            "end with { dense = { units = 1 } }, without an activation, so that any number can be said",
        )),
        SampleShape::Image { .. } => Err(Misfit::new(
            format!("the network ends with an image of {output}, but the data asks for 1 number"),
            "end with \"flatten\" and { dense = { units = 1 } }",
        )),
    }
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        noun.to_owned()
    } else {
        format!("{noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    const IMAGE: SampleShape = SampleShape::Image {
        channels: 1,
        height: 28,
        width: 28,
    };

    fn settle(layers: &str, input: SampleShape, classes: usize) -> Result<Architecture, Problem> {
        let text = format!(
            "[data]\nsource = \"digits\"\n[model]\nlayers = [{layers}]\nloss = \"cross-entropy\"\n\
             [training]\nepochs = 1\nbatch-size = 1\noptimizer = {{ adam = {{}} }}"
        );
        let config = config::parse("test", &text, &[]).unwrap().config;
        Architecture::new(&config.model, input, Task::Classification { classes })
    }

    fn shapes(layers: &str) -> Vec<String> {
        let architecture = settle(layers, IMAGE, 10);
        let architecture = architecture.unwrap_or_else(|problem| panic!("{}", problem.message));
        architecture
            .layers
            .iter()
            .map(|layer| layer.output.to_string())
            .collect()
    }

    #[test]
    fn the_reference_network_has_the_sizes_of_its_description() {
        let architecture = settle(
            "{ conv2d = { filters = 16, kernel = 3, padding = \"same\", activation = \"relu\" } }, { max-pool = { size = 2 } },
             { conv2d = { filters = 32, kernel = 3, padding = \"same\", activation = \"relu\" } }, { max-pool = { size = 2 } },
             \"flatten\", { dense = { units = 64, activation = \"relu\" } }, { dense = { units = 10 } }",
            IMAGE,
            10,
        );
        let architecture = architecture.unwrap_or_else(|problem| panic!("{}", problem.message));
        assert_eq!(architecture.parameters(), 105_866);
        assert_eq!(architecture.multiply_adds(), 1_117_056);
        assert_eq!(architecture.activation_behind(0), Some(Activation::Relu));
        assert_eq!(architecture.activation_behind(6), None);
    }

    #[test]
    fn strides_and_paddings_follow_the_rule() {
        let end = "\"flatten\", { dense = { units = 10 } }";
        let first = |layer: &str| shapes(&format!("{layer}, {end}"))[0].clone();
        assert_eq!(first("{ conv2d = { filters = 2, kernel = 3 } }"), "2×26×26");
        assert_eq!(
            first("{ conv2d = { filters = 2, kernel = 3, stride = 2 } }"),
            "2×13×13"
        );
        assert_eq!(
            first("{ conv2d = { filters = 2, kernel = 4, padding = \"same\" } }"),
            "2×28×28"
        );
        assert_eq!(
            first(
                "{ conv2d = { filters = 2, kernel = [5, 2], stride = [3, 2], padding = \"same\" } }"
            ),
            "2×10×14"
        );
        assert_eq!(first("{ avg-pool = { size = 3 } }"), "1×9×9");
        assert_eq!(
            first("{ max-pool = { size = [3, 1], stride = [1, 2] } }"),
            "1×26×14"
        );
    }

    #[test]
    fn an_activation_layer_decides_the_first_weights_before_it() {
        let architecture = settle(
            "{ conv2d = { filters = 2, kernel = 3 } }, { max-pool = { size = 2 } }, \"relu\", \"flatten\",
             { dense = { units = 4 } }, { dense = { units = 10, activation = \"tanh\" } }",
            IMAGE,
            10,
        );
        let architecture = architecture.unwrap_or_else(|problem| panic!("{}", problem.message));
        assert_eq!(architecture.activation_behind(0), Some(Activation::Relu));
        assert_eq!(architecture.activation_behind(4), None);
        assert_eq!(architecture.activation_behind(5), Some(Activation::Tanh));
    }

    #[test]
    fn sizes_that_no_machine_has_are_refused_without_overflow() {
        for layers in [
            "{ conv2d = { filters = 9223372036854775807, kernel = 1 } }, \"flatten\", { dense = { units = 10 } }",
            "{ conv2d = { filters = 10000000, kernel = 1 } }, \"flatten\", { dense = { units = 10 } }",
            "{ conv2d = { filters = 1, kernel = [1, 1000000], padding = \"same\" } }, \"flatten\", { dense = { units = 10 } }",
            "\"flatten\", { dense = { units = 9223372036854775807 } }, { dense = { units = 10 } }",
        ] {
            assert!(settle(layers, IMAGE, 10).is_err(), "{layers}");
        }
        // The largest stride leaves one position.
        let layers = "{ conv2d = { filters = 1, kernel = 1, stride = 9223372036854775807, padding = \"same\" } }";
        assert_eq!(
            shapes(&format!(
                "{layers}, \"flatten\", {{ dense = {{ units = 10 }} }}"
            ))[0],
            "1×1×1"
        );
    }
}
