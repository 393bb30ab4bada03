//! Central differences, the third opinion, which knows no derivative at all:
//!
//! ```text
//! ∂E/∂w ≈ (E(w + h) − E(w − h)) / 2h          h = ε^⅓ · max(1, |w|) ≈ 6·10⁻⁶
//! ```
//!
//! computed in f64 with the hand-written forward pass. Its error has two parts. The formula leaves out
//! `h²/6 · E'''`, about 6·10⁻¹² for an `E` of order 1. `E` itself is rounded to `ε |E|`, or coarser where a
//! normalisation magnifies (`rounding`), and the quotient makes `ε |E| / h ≈ 4·10⁻¹¹ |E|` of that. With this `h` the two are about equal (Press et al., *Numerical Recipes*, section 5.7).
//!
//! Both hold only if nothing breaks between `w − h` and `w + h`. So the smooth piece of the network (which ReLU units
//! let through, which values win their windows) has to be the same on both sides; if not, `h` is made 8 times smaller, twice,
//! and then the entry is left out.

use super::by_hand::{HandNetwork, TensorPlace};
use super::kinks::piece;
use crate::backprop::network::{Layer, Trace};

/// ε^⅓
const STEP: f64 = 6.055e-6;

/// What the rounding of `E` may do to the quotient, 8 of it over `h`: two values of `E`, each a sum with a few roundings.
pub(super) fn rounding(of_error: f64) -> f64 {
    8.0 * of_error / STEP
}

/// How sure slopes have to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accuracy {
    /// What rounding does to `E`.
    pub of_error: f64,
    /// How far a slope may be off.
    pub of_slope: f64,
}

/// The slope of `E` along each of these entries of a tensor; `None` where a kink lies too near, or where `E` is so strongly curved
/// that slopes are not known that well.
pub(super) fn central(
    hand: &HandNetwork,
    tensor: &TensorPlace,
    trace: &Trace,
    indices: &[usize],
    accuracy: Accuracy,
) -> Vec<Option<f64>> {
    // What stands before the tensor does not move; nor does the block around it, but for the way around.
    let first = hand.network.start_of(tensor.layer);
    let mut network = hand.network.clone();
    let mut input = trace.x[first].clone();
    let here = piece(&network.layers[first..], &trace.x[first..]);
    let normalises =
        |layer: &Layer| matches!(layer, Layer::BatchNorm { .. } | Layer::LayerNorm { .. });
    let curved = network.layers[first..].iter().any(normalises);
    let mut slope = |index: usize, h: f64| {
        let start = tensor.values_mut(&mut network, &mut input)?[index];
        let mut error_at = |value: f64| {
            tensor.values_mut(&mut network, &mut input)?[index] = value;
            let (error, trace) = network.error_from(first, &input);
            tensor.values_mut(&mut network, &mut input)?[index] = start;
            let same = piece(&network.layers[first..], &trace.x) == here;
            same.then_some(error)
        };
        let h = h * start.abs().max(1.0);
        let (above, below) = (start + h, start - h);
        let (up, down) = (error_at(above)?, error_at(below)?);
        // What was really moved: `start ± h` is rounded too.
        Some((up - down) / (above - below))
    };
    let mut sure = |index: usize| {
        let shrinking = [1.0, 8.0, 64.0].into_iter();
        // A smaller `h` magnifies the rounding.
        let allowed = shrinking
            .filter(|by| *by <= 1.0 || by * rounding(accuracy.of_error) <= accuracy.of_slope);
        allowed.map(|by| STEP / by).find_map(|h| {
            let found = slope(index, h)?;
            if !curved {
                return Some(found);
            }
            let finer = slope(index, h / 2.0)?;
            // What the coarser one leaves out is 4/3 of what they differ by.
            ((found - finer).abs() <= accuracy.of_slope / 2.0).then_some(finer)
        })
    };
    indices.iter().map(|&index| sure(index)).collect()
}
