//! A residual block on paper: what its parts give, and what comes back along both ways.

use super::{Explanation, derivative, theta};
use crate::backprop::network::{Layer, Parameter, Values};
use crate::model::residual::{Block, Part};

impl Explanation<'_> {
    /// `positions` are those of layer `l` in the chain: F, `Skip`, S, `Sum`, θ.
    pub(super) fn block_forward(&mut self, l: usize, block: &Block, positions: &[usize]) {
        let (trace, layers) = (self.trace, &self.hand.network.layers);
        let (main, shortcut) = ways(block, positions);
        self.parts(&block.main, main);
        if shortcut.is_empty() {
            self.row_of_words(&format!("S: x({}) as it is", l - 1));
        } else {
            self.row_of_words(&format!("S: back to x({})", l - 1));
            self.parts(&block.shortcut, shortcut);
        }
        if let [.., sum, activation] = positions {
            self.show(&format!("s({l}) = F + S"), &trace.x[sum + 1]);
            let name = format!("x({l}) = {} s({l})", theta(&layers[*activation]));
            self.show(&name, &trace.x[activation + 1]);
        }
    }

    /// What each of them gives.
    fn parts(&mut self, parts: &[Part], positions: &[usize]) {
        let trace = self.trace;
        for (part, position) in parts.iter().zip(positions) {
            let operation = part.layer.operation.to_string();
            let name = if part.name == operation {
                operation
            } else {
                format!("{}: {operation}", part.name)
            };
            self.show(&name, &trace.x[position + 1]);
        }
    }

    /// From the last to the first.
    pub(super) fn block_backward(&mut self, l: usize, block: &Block, positions: &[usize]) {
        let (trace, all_ds, layers) = (self.trace, self.ds, &self.hand.network.layers);
        let (main, shortcut) = ways(block, positions);
        let (&[first, ..], [.., sum, activation]) = (positions, positions) else {
            return;
        };
        let s = &trace.x[*activation];
        let mut one = s.clone();
        one.values_mut().fill(1.0);
        let theta = &layers[*activation];
        let name = format!("θ'(s({l})){}", derivative(theta));
        self.show(&name, &theta.dx(s, &one));
        let name = format!("∂e/∂F = ∂e/∂S = δ({l}) = θ'(s({l})) ⊗ ∂e/∂x({l})");
        self.show(&name, &all_ds[sum + 1]);
        self.gradients(&block.shortcut, shortcut);
        self.gradients(&block.main, main);
        let through_f = layers[first].dx(&trace.x[first], &all_ds[first + 1]);
        self.show(&format!("∂e/∂x({}) through F", l - 1), &through_f);
        if let Some(skip) = main.last().map(|last| last + 1) {
            let through_s = &all_ds[skip + 1];
            self.show(&format!("∂e/∂x({}) through S", l - 1), through_s);
        }
        let name = format!("∂e/∂x({}), the sum of both", l - 1);
        self.show(&name, &all_ds[first]);
    }

    /// Of all kernels of a convolution the first one is shown.
    fn gradients(&mut self, parts: &[Part], positions: &[usize]) {
        let (trace, all_ds, layers) = (self.trace, self.ds, &self.hand.network.layers);
        for (part, &position) in parts.iter().zip(positions).rev() {
            let (x, ds) = (&trace.x[position], &all_ds[position + 1]);
            let layer = &layers[position];
            let gradient = |of, count| -> Vec<f64> {
                let indices = 0..count;
                indices
                    .map(|index| layer.gradient(of, x, ds, index))
                    .collect()
            };
            match layer {
                Layer::Conv2d { w, .. } => {
                    let [_, _, height, width] = w.shape();
                    let mut dw = w.clone();
                    let shown = gradient(Parameter::Weight, height * width);
                    dw.values_mut()[..shown.len()].copy_from_slice(&shown);
                    self.show(&format!("∂e/∂w of {}", part.name), &Values::Images(dw));
                }
                Layer::BatchNorm { w, .. } => {
                    for (name, of) in [("γ", Parameter::Weight), ("β", Parameter::Bias)] {
                        let gradient = gradient(of, w.values().len());
                        self.row(&format!("∂e/∂{name} of {}", part.name), &gradient);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The positions of F and of S.
fn ways<'p>(block: &Block, positions: &'p [usize]) -> (&'p [usize], &'p [usize]) {
    let (main, rest) = positions.split_at(block.main.len());
    (main, &rest[1..=block.shortcut.len()])
}
