//! The hand computation of one example, layer by layer, to be followed with pencil and paper: s, x, δ, G.
//!
//! Dense layers appear in the lecture's notation, with the bias as row 0 of `W(l)` and a 1 as entry 0 of `x(l)`; what the
//! lecture does not have (images, pooling, dropout) appears with the derivative after its input. What is too large for paper
//! is cut, and says so.

mod residual;

use std::fmt::Write;

use crate::backprop::cross_entropy::softmax;
use crate::backprop::network::{Layer, Loss, Parameter, Trace, Values};
use crate::gradients::by_hand::HandNetwork;
use crate::gradients::example::Example;
use crate::model::{Architecture, Operation};

/// Numbers in a row, and rows in a matrix, before the rest is cut.
const MOST: usize = 8;

/// What was computed, as text.
#[must_use]
pub fn explain(example: &Example, architecture: &Architecture) -> String {
    let mut explanation = Explanation {
        text: format!(
            "the first example of the training split, {}\n",
            example.answer
        ),
        architecture,
        hand: &example.hand,
        trace: &example.trace,
        ds: &example.ds,
    };
    explanation.forward();
    explanation.loss();
    explanation.backward();
    explanation.text
}

struct Explanation<'a> {
    text: String,
    architecture: &'a Architecture,
    hand: &'a HandNetwork,
    trace: &'a Trace,
    /// Entry `k` is the derivative of `e` after entry `k` of the trace.
    ds: &'a [Values],
}

impl Explanation<'_> {
    /// The positions in the chain of layer `l` (from 1).
    fn chain(&self, l: usize) -> Vec<usize> {
        let written = self.hand.written.iter().enumerate();
        written
            .filter(|(_, written)| **written + 1 == l)
            .map(|(position, _)| position)
            .collect()
    }

    fn layers(&self) -> usize {
        self.architecture.layers.len()
    }

    fn title(&mut self, l: usize) {
        let operation = &self.architecture.layers[l - 1].operation;
        let _ = writeln!(self.text, "\nlayer {l}: {operation}");
    }

    fn forward(&mut self) {
        self.text.push_str("\nFORWARD\n");
        let first = if self.is_dense(1) {
            "x(0) = [1; x]"
        } else {
            "x(0)"
        };
        self.show_output(first, &self.trace.x[0], self.is_dense(1));
        for l in 1..=self.layers() {
            self.title(l);
            let positions = self.chain(l);
            let architecture = self.architecture;
            if let Operation::Residual(block) = &architecture.layers[l - 1].operation {
                self.block_forward(l, block, &positions);
                continue;
            }
            for (step, &position) in positions.iter().enumerate() {
                let output = &self.trace.x[position + 1];
                let last = step + 1 == positions.len();
                let augmented = last && l < self.layers() && self.is_dense(l + 1);
                match &self.hand.network.layers[position] {
                    layer @ Layer::Dense { w, .. } => {
                        let [inputs, outputs] = w.shape();
                        let rows = with_bias_row(layer, inputs, outputs);
                        self.matrix(&format!("W({l}), the bias in row 0"), &rows, inputs + 1);
                        let s = format!("s({l}) = W({l})ᵀ x({})", l - 1);
                        self.row(&s, output.values());
                        if last {
                            let name = if augmented {
                                format!("x({l}) = [1; s({l})]")
                            } else {
                                format!("x({l}) = s({l})")
                            };
                            self.show_output(&name, output, augmented);
                        }
                    }
                    Layer::Conv2d { w, b, .. } => {
                        let weights = Values::Images(w.clone());
                        self.show(&format!("w({l})"), &weights);
                        self.row(&format!("b({l})"), b.values());
                        self.show(&format!("s({l}) = w({l}) ⋆ x({}) + b({l})", l - 1), output);
                    }
                    layer @ (Layer::Tanh
                    | Layer::Relu
                    | Layer::LeakyRelu
                    | Layer::Gelu
                    | Layer::Sigmoid) => {
                        let theta = theta(layer);
                        let before = if step == 0 {
                            format!("x({})", l - 1)
                        } else {
                            format!("s({l})")
                        };
                        let name = if augmented {
                            format!("x({l}) = [1; {theta} {before}]")
                        } else {
                            format!("x({l}) = {theta} {before}")
                        };
                        self.show_output(&name, output, augmented);
                    }
                    Layer::BatchNorm { w, b, .. } => {
                        self.row(&format!("γ({l})"), w.values());
                        self.row(&format!("β({l})"), b.values());
                        let name = format!(
                            "x({l}) = γ({l}) (x({}) − μ) / √(v + ε) + β({l}), μ and v as they have run along: one example has no variance",
                            l - 1
                        );
                        self.show_output(&name, output, augmented);
                    }
                    Layer::LayerNorm { w, b, .. } => {
                        self.row(&format!("γ({l})"), w.values());
                        self.row(&format!("β({l})"), b.values());
                        let name = format!(
                            "x({l}) = γ({l}) (x({}) − μ) / √(v + ε) + β({l}), μ and v of this vector",
                            l - 1
                        );
                        self.show_output(&name, output, augmented);
                    }
                    Layer::Dropout2d { mask } => {
                        self.row("mask, one number for each channel", mask.values());
                        self.show(&format!("x({l}) = mask ⊗ x({})", l - 1), output);
                    }
                    Layer::Dropout { mask } => {
                        self.show("mask", mask);
                        self.show_output(
                            &format!("x({l}) = mask ⊗ x({})", l - 1),
                            output,
                            augmented,
                        );
                    }
                    Layer::Skip { .. }
                    | Layer::Sum { .. }
                    | Layer::MaxPool { .. }
                    | Layer::AvgPool { .. }
                    | Layer::GlobalAvgPool
                    | Layer::Flatten => {
                        self.show_output(&format!("x({l})"), output, augmented);
                    }
                }
            }
        }
    }

    fn loss(&mut self) {
        let last = self.layers();
        let output = self.trace.output();
        let error = self.hand.network.error(self.trace);
        self.text.push('\n');
        match &self.hand.network.loss {
            Loss::Mse { y } => {
                self.row("y", y.values());
                let _ = writeln!(self.text, "  e = Σ (x({last}) − y)² = {error:.6}");
            }
            Loss::CrossEntropy { y } => {
                if let Values::Vectors(output) = output {
                    self.row(&format!("p = softmax x({last})"), softmax(output).values());
                }
                // One example, and the right class without smoothing or weight.
                let class = y
                    .values()
                    .iter()
                    .position(|&y| y > 0.0)
                    .map_or(0, |class| class + 1);
                let _ = writeln!(
                    self.text,
                    "  y is 1 for class {class} and 0 for the others; e = −ln p_{class} = {error:.6}"
                );
            }
        }
    }

    fn backward(&mut self) {
        self.text.push_str("\nBACKWARD\n");
        for l in (1..=self.layers()).rev() {
            self.title(l);
            let positions = self.chain(l);
            let architecture = self.architecture;
            if let Operation::Residual(block) = &architecture.layers[l - 1].operation {
                self.block_backward(l, block, &positions);
                continue;
            }
            let activation = positions
                .iter()
                .copied()
                .find(|&position| is_activation(&self.hand.network.layers[position]));
            if let Some(position) = activation {
                let layer = &self.hand.network.layers[position];
                let s = &self.trace.x[position];
                let mut one = s.clone();
                one.values_mut().fill(1.0);
                let before = if position == positions[0] {
                    format!("x({})", l - 1)
                } else {
                    format!("s({l})")
                };
                self.show(
                    &format!("θ'({before}){}", derivative(layer)),
                    &layer.dx(s, &one),
                );
            }
            let first = positions[0];
            match &self.hand.network.layers[first] {
                layer @ Layer::Dense { w, .. } => {
                    let delta = &self.ds[first + 1];
                    let name = self.delta_formula(l, activation.is_some());
                    self.row(&name, delta.values());
                    let [inputs, outputs] = w.shape();
                    let rows = gradient_rows(layer, &self.trace.x[first], delta, inputs, outputs);
                    self.matrix(
                        &format!("G({l}) = x({}) δ({l})ᵀ, the bias in row 0", l - 1),
                        &rows,
                        inputs + 1,
                    );
                }
                layer @ Layer::Conv2d { w, b, .. } => {
                    let delta = &self.ds[first + 1];
                    let name = self.delta_formula(l, activation.is_some());
                    self.show(&name, delta);
                    let x = &self.trace.x[first];
                    let mut dw = w.clone();
                    // Of all channels of all filters the first one is shown.
                    let [_, _, height, width] = w.shape();
                    let shown = dw.values_mut().iter_mut().take(height * width);
                    for (index, dw) in shown.enumerate() {
                        *dw = layer.gradient(Parameter::Weight, x, delta, index);
                    }
                    self.show(&format!("∂e/∂w({l})"), &Values::Images(dw));
                    let db: Vec<f64> = (0..b.values().len())
                        .map(|index| layer.gradient(Parameter::Bias, x, delta, index))
                        .collect();
                    self.row(&format!("∂e/∂b({l})"), &db);
                }
                layer @ (Layer::BatchNorm { w, .. } | Layer::LayerNorm { w, .. }) => {
                    let (x, ds) = (&self.trace.x[first], &self.ds[first + 1]);
                    for (name, of) in [("γ", Parameter::Weight), ("β", Parameter::Bias)] {
                        let gradient: Vec<f64> = (0..w.values().len())
                            .map(|index| layer.gradient(of, x, ds, index))
                            .collect();
                        self.row(&format!("∂e/∂{name}({l})"), &gradient);
                    }
                    self.show(&format!("∂e/∂x({})", l - 1), &self.ds[first]);
                }
                _ => {
                    let name = format!("∂e/∂x({})", l - 1);
                    self.show(&name, &self.ds[first]);
                }
            }
        }
    }

    fn delta_formula(&self, l: usize, activated: bool) -> String {
        let theta = if activated {
            format!("θ'(s({l})) ⊗ ")
        } else {
            String::new()
        };
        if l == self.layers() {
            match self.hand.network.loss {
                Loss::Mse { .. } => format!("δ({l}) = {theta}2 (x({l}) − y)"),
                Loss::CrossEntropy { .. } if activated => format!("δ({l}) = {theta}(p − y)"),
                Loss::CrossEntropy { .. } => format!("δ({l}) = p − y"),
            }
        } else if self.is_dense(l + 1) {
            format!("δ({l}) = {theta}[W({n}) δ({n})] without row 0", n = l + 1)
        } else {
            format!("δ({l}) = {theta}∂e/∂x({l})")
        }
    }

    fn is_dense(&self, l: usize) -> bool {
        let position = self
            .hand
            .written
            .iter()
            .position(|written| written + 1 == l);
        position.is_some_and(|at| matches!(self.hand.network.layers[at], Layer::Dense { .. }))
    }

    /// With the 1 in front where the lecture puts it: before a dense layer.
    fn show_output(&mut self, name: &str, values: &Values, augmented: bool) {
        if augmented {
            let name = if name.contains('[') {
                name.to_owned()
            } else {
                format!("{name}, with the 1 of the bias in front")
            };
            let mut with_one = vec![1.0];
            with_one.extend(values.values());
            self.row(&name, &with_one);
        } else {
            self.show(name, values);
        }
    }

    fn show(&mut self, name: &str, values: &Values) {
        match values {
            Values::Vectors(vectors) => self.row(name, vectors.values()),
            Values::Images(images) => {
                let [first, channels, height, width] = images.shape();
                let shape = if first == 1 {
                    format!("{channels}×{height}×{width}")
                } else {
                    format!("{first}×{channels}×{height}×{width}")
                };
                let rows: Vec<Vec<f64>> = images
                    .values()
                    .chunks(width)
                    .take(height)
                    .map(<[f64]>::to_vec)
                    .collect();
                let what = if first * channels == 1 {
                    ""
                } else {
                    ", of which the first"
                };
                self.matrix(&format!("{name}: {shape}{what}"), &rows, height);
            }
        }
    }

    fn row_of_words(&mut self, words: &str) {
        let _ = writeln!(self.text, "  {words}");
    }

    fn row(&mut self, name: &str, values: &[f64]) {
        let _ = writeln!(self.text, "  {name}");
        let _ = writeln!(self.text, "    {}", numbers(values));
    }

    /// The first of so many rows.
    fn matrix(&mut self, name: &str, rows: &[Vec<f64>], all: usize) {
        let _ = writeln!(self.text, "  {name}");
        for row in rows.iter().take(MOST) {
            let _ = writeln!(self.text, "    {}", numbers(row));
        }
        if all > MOST {
            let _ = writeln!(self.text, "    … {all} rows in all");
        }
    }
}

fn is_activation(layer: &Layer) -> bool {
    matches!(
        layer,
        Layer::Tanh | Layer::Relu | Layer::LeakyRelu | Layer::Gelu | Layer::Sigmoid
    )
}

fn theta(layer: &Layer) -> &'static str {
    match layer {
        Layer::Tanh => "tanh",
        Layer::Relu => "relu",
        Layer::LeakyRelu => "leaky-relu",
        Layer::Gelu => "gelu",
        Layer::Sigmoid => "sigmoid",
        _ => "θ",
    }
}

fn derivative(layer: &Layer) -> &'static str {
    match layer {
        Layer::Tanh => " = 1 − tanh²",
        Layer::Relu => " = 1 where positive, else 0",
        Layer::LeakyRelu => " = 1 where positive, else 0.01",
        Layer::Gelu => " = Φ + s φ, s its argument",
        Layer::Sigmoid => " = θ (1 − θ)",
        _ => "",
    }
}

fn with_bias_row(layer: &Layer, inputs: usize, outputs: usize) -> Vec<Vec<f64>> {
    let w = layer.parameter(Parameter::Weight).unwrap_or_default();
    let b = layer.parameter(Parameter::Bias).unwrap_or_default();
    let weights = w.chunks(outputs).take(inputs).map(<[f64]>::to_vec);
    let rows = std::iter::once(b.to_vec()).chain(weights);
    rows.take(MOST).collect()
}

fn gradient_rows(
    layer: &Layer,
    x: &Values,
    delta: &Values,
    inputs: usize,
    outputs: usize,
) -> Vec<Vec<f64>> {
    let entry = |parameter, index| layer.gradient(parameter, x, delta, index);
    let bias = (0..outputs).map(|o| entry(Parameter::Bias, o)).collect();
    let weights = (0..inputs).map(|i| {
        let row = (0..outputs).map(|o| entry(Parameter::Weight, i * outputs + o));
        row.collect()
    });
    let rows = std::iter::once(bias).chain(weights);
    rows.take(MOST).collect()
}

fn numbers(values: &[f64]) -> String {
    let mut words: Vec<String> = values
        .iter()
        .take(MOST)
        .map(|value| format!("{:>+11.6}", if *value == 0.0 { 0.0 } else { *value }))
        .collect();
    if values.len() > MOST {
        words.push(format!("… {} in all", values.len()));
    }
    words.join(" ")
}
