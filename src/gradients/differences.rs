//! Central differences, the third opinion, which knows no derivative at all:
//!
//! ```text
//! ∂E/∂w ≈ (E(w + h) − E(w − h)) / 2h          h = ε^⅓ · max(1, |w|) ≈ 6·10⁻⁶
//! ```
//!
//! computed in f64 with the hand-written forward pass. Its error has two parts. The formula leaves out
//! `h²/6 · E'''`, about 6·10⁻¹² for an `E` of order 1. `E` itself is rounded to `ε |E|`, and the quotient makes
//! `ε |E| / h ≈ 4·10⁻¹¹ |E|` of that. With this `h` the two are about equal (Press et al., *Numerical Recipes*, section 5.7).
//!
//! Both hold only if nothing breaks between `w − h` and `w + h`. So the smooth piece of the network (which ReLU units
//! let through, which values win their windows) has to be the same on both sides; if not, `h` is made 8 times smaller, twice,
//! and then the entry is left out.

use super::by_hand::{HandNetwork, TensorPlace};
use super::kinks::piece;
use crate::backprop::network::Trace;

/// ε^⅓
const STEP: f64 = 6.055e-6;

/// What the rounding of `E` may do to the quotient, `8 ε |E| / h`: two values of `E`, each a sum with a few roundings.
pub(super) fn rounding(error: f64) -> f64 {
    8.0 * f64::EPSILON * error.abs() / STEP
}

/// The slope of `E` along each of these entries of a tensor; `None` where a kink lies too near.
pub(super) fn central(
    hand: &HandNetwork,
    tensor: &TensorPlace,
    trace: &Trace,
    indices: &[usize],
) -> Vec<Option<f64>> {
    // What stands before the tensor does not move.
    let first = tensor.layer;
    let mut network = hand.network.clone();
    let mut input = trace.x[first].clone();
    let here = piece(&network.layers[first..], &trace.x[first..]);
    let mut slope = |index: usize| {
        let start = tensor.values_mut(&mut network, &mut input)?[index];
        let mut h = STEP * start.abs().max(1.0);
        for _ in 0..3 {
            let mut error_at = |value: f64| {
                tensor.values_mut(&mut network, &mut input)?[index] = value;
                let (error, trace) = network.error_from(first, &input);
                tensor.values_mut(&mut network, &mut input)?[index] = start;
                let same = piece(&network.layers[first..], &trace.x) == here;
                same.then_some(error)
            };
            let (above, below) = (start + h, start - h);
            if let (Some(up), Some(down)) = (error_at(above), error_at(below)) {
                // What was really moved: `start ± h` is rounded too.
                return Some((up - down) / (above - below));
            }
            h /= 8.0;
        }
        None
    };
    indices.iter().map(|&index| slope(index)).collect()
}
