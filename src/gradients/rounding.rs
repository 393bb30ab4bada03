//! What one rounding does: by how much a gradient may differ although nothing is wrong.
//!
//! A back end rounds every weight, every value that flows forward and every sensitivity that flows backward. What it computes
//! is exact for slightly other ones (backward error analysis: Higham 2002, section 3.1). So the hand derivation is carried out
//! once more, in f64, with each of them moved by up to one rounding of the back end's precision, at random: what changes is what
//! rounding alone can do (stochastic arithmetic: Vignes 1993). Mostly that is little. It is much where a normalisation divides by
//! a small deviation, and where it makes gradients cancel: the bias in front of it has none, and what a back end finds in its
//! place is the rounding of the summands.

use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::Question;
use super::by_hand::{HandNetwork, TensorPlace};
use super::check::Precision;
use super::entries::Entries;
use crate::backprop::network::{ByHand, Network, Trace, Values};
use crate::random::{Purpose, generator};

/// How often everything is moved. One draw may leave an entry where it was by chance.
pub(super) const DRAWS: u64 = 2;

/// What rounding changes.
pub(super) struct Roundings {
    /// For each tensor, each of the chosen entries of its gradient.
    pub gradients: Vec<Vec<f64>>,
    /// `E`
    pub error: f64,
}

/// The largest changes of the `exact` gradients in a few draws, each as if carried out in `precision`.
pub(super) fn roundings(
    question: &Question,
    precision: Precision,
    hand: &HandNetwork,
    inputs: &[f32],
    exact_trace: &Trace,
    exact: &[Entries],
) -> Roundings {
    let gradient = |network: &Network, trace: &Trace, ds: &[Values]| -> Vec<Vec<f64>> {
        let of = |(tensor, entries): (&TensorPlace, &Entries)| {
            tensor.gradient(network, trace, ds, &ByHand, &entries.indices)
        };
        hand.tensors.iter().zip(exact).map(of).collect()
    };
    let zeros = exact.iter().map(|tensor| vec![0.0; tensor.values.len()]);
    let mut largest: Vec<Vec<f64>> = zeros.collect();
    let mut error: f64 = 0.0;
    let carried_out = |draw| {
        let mut rounding = Rounding {
            size: precision.rounding(),
            generator: generator(question.seed, Purpose::GradientRounding, 0, draw),
        };
        let mut network = hand.network.clone();
        let mut input = hand.input(inputs);
        for tensor in &hand.tensors {
            let values = tensor.values_mut(&mut network, &mut input);
            rounding.moves(values.unwrap_or_default());
        }
        let trace = rounding.forward(&network, input);
        let ds = rounding.backward(&network, &trace);
        (network.error(&trace), gradient(&network, &trace, &ds))
    };
    let draws: Vec<_> = (0..DRAWS).into_par_iter().map(carried_out).collect();
    for (of_draw, moved) in &draws {
        error = error.max((of_draw - hand.network.error(exact_trace)).abs());
        for ((largest, exact), moved) in largest.iter_mut().zip(exact).zip(moved) {
            for ((largest, exact), moved) in largest.iter_mut().zip(&exact.values).zip(moved) {
                *largest = largest.max((exact - moved).abs());
            }
        }
    }
    Roundings {
        gradients: largest,
        error,
    }
}

/// Moves numbers.
struct Rounding<R> {
    /// The largest relative change.
    size: f64,
    generator: R,
}

impl<R: Rng> Rounding<R> {
    fn moves(&mut self, values: &mut [f64]) {
        for value in values {
            let share = 2.0 * self.generator.random::<f64>() - 1.0;
            *value *= 1.0 + self.size * share;
        }
    }

    /// As [`Network::forward`], each value moved.
    fn forward(&mut self, network: &Network, input: Values) -> Trace {
        let mut trace = Trace { x: vec![input] };
        for layer in &network.layers {
            let mut x = layer.forward(&trace.x);
            self.moves(x.values_mut());
            trace.x.push(x);
        }
        trace
    }

    /// As [`Network::sensitivities`], each value moved.
    fn backward(&mut self, network: &Network, trace: &Trace) -> Vec<Values> {
        network.backward(trace, &ByHand, |ds| self.moves(ds.values_mut()))
    }
}
