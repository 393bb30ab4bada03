//! How large what cancels was: in front of a batch normalisation, gradients are sums that nearly cancel.

use super::by_hand::{HandNetwork, TensorPlace};
use crate::backprop::network::{Layer, Parameter, Rule, Trace, Values};

/// For each tensor how large the summands are whose sum its entries are, where they cancel: 0 for one without a batch
/// normalisation behind it.
///
/// The gradient in front of one is `γ/σ (ds − its mean − x̂ · the mean of ds x̂)`. A bias cancels to 0 there (what it adds, the
/// batch's mean takes away again), a batch of two values nearly so (it becomes −1 and 1, wherever the two lie). What a
/// back end finds in place of such a sum is the rounding of its summands.
pub(super) fn cancelling(hand: &HandNetwork, trace: &Trace, rule: &dyn Rule) -> Vec<f64> {
    let layers = &hand.network.layers;
    let is_batch_norm = |layer: &Layer| matches!(layer, Layer::BatchNorm { .. });
    let Some(last) = layers.iter().rposition(is_batch_norm) else {
        return vec![0.0; hand.tensors.len()];
    };
    let ds = hand.network.sensitivities(trace, rule);
    // Of each layer, 0 where it is no batch normalisation.
    let summands: Vec<f64> = layers
        .iter()
        .enumerate()
        .map(|(at, layer)| steepest(layer, &trace.x[at]) * largest(ds[at + 1].values()))
        .collect();
    let of = |tensor: &TensorPlace| {
        if tensor.layer > last {
            return 0.0;
        }
        let behind = summands[tensor.layer..].iter().copied().fold(0.0, f64::max);
        match tensor.parameter {
            Some(Parameter::Weight) => behind * largest(trace.x[tensor.layer].values()),
            Some(Parameter::Bias) => behind.max(largest_sum(&ds[tensor.layer + 1])),
            None => behind,
        }
    };
    hand.tensors.iter().map(of).collect()
}

/// The largest `|γ|/σ` of a batch normalisation of `x`; 0 of any other layer.
fn steepest(layer: &Layer, x: &Values) -> f64 {
    let Layer::BatchNorm { w, running, .. } = layer else {
        return 0.0;
    };
    let channels = x.shape()[1];
    let area = (x.values().len() / (x.shape()[0] * channels)).max(1);
    let mut sums = vec![[0.0_f64; 3]; channels];
    for (at, x) in x.values().iter().enumerate() {
        let [count, sum, squares] = &mut sums[at / area % channels];
        *count += 1.0;
        *sum += x;
        *squares += x * x;
    }
    let of_channels = sums
        .iter()
        .zip(w.values())
        .map(|([count, sum, squares], w)| {
            let variance = (squares / count - (sum / count).powi(2)).max(0.0);
            w.abs() / (variance + running.epsilon).sqrt()
        });
    of_channels.fold(0.0, f64::max)
}

fn largest(values: &[f64]) -> f64 {
    values.iter().map(|value| value.abs()).fold(0.0, f64::max)
}

/// The largest sum of sizes of a channel.
fn largest_sum(ds: &Values) -> f64 {
    let channels = ds.shape()[1];
    let area = (ds.values().len() / (ds.shape()[0] * channels)).max(1);
    let mut sums = vec![0.0; channels];
    for (at, ds) in ds.values().iter().enumerate() {
        sums[at / area % channels] += ds.abs();
    }
    sums.into_iter().fold(0.0, f64::max)
}
