//! Where the derivative breaks: the kink of ReLU at 0, and ties in max-pooling.
//!
//! A network with these is smooth piece by piece. On the border of two pieces there is no derivative, and near it an
//! f32 may stand on the other side than the f64 beside it, both being right. So inputs have to keep a distance.
//!
//! Not every tie counts. Where two values of a window are both 0 because ReLU cut them off (or dropout dropped them),
//! it does not matter which of them wins: no derivative passes either. Such values are called dead here.

use super::Precision;
use crate::backprop::max_pool::{output_shape, winner};
use crate::backprop::network::{Layer, Trace, Values};

/// How near to a kink a value may be, in units of the root mean square of what flows there: 16 roundings, a few more
/// than an inner product gathers.
pub(super) fn clearance_needed(precision: Precision) -> f64 {
    16.0 * precision.rounding()
}

/// Which smooth piece a trace lies on: the ReLUs that are open, the winners of the windows.
pub(super) fn piece(layers: &[Layer], x: &[Values]) -> Vec<u32> {
    let mut piece = Vec::new();
    for (layer, x) in layers.iter().zip(x) {
        match (layer, x) {
            (Layer::Relu, _) => piece.extend(x.values().iter().map(|&s| u32::from(s > 0.0))),
            (Layer::MaxPool { size, stride }, Values::Images(images)) => {
                for_each_window(images.shape(), *size, *stride, |window| {
                    let [y, z] = winner(images, *size, *stride, window);
                    piece.push((y << 16 | z) as u32);
                });
            }
            _ => {}
        }
    }
    piece
}

/// The nearest kink.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Nearest {
    /// Position of the layer in the hand-derived chain, from 0.
    pub layer: usize,
    /// In units of the root mean square of the layer's input.
    pub distance: f64,
}

/// The nearest kink of every layer that has some.
pub(super) fn nearest(layers: &[Layer], trace: &Trace) -> Vec<Nearest> {
    let mut found = Vec::new();
    let mut dead = vec![false; trace.x[0].values().len()];
    for (position, ((layer, x), output)) in
        layers.iter().zip(&trace.x).zip(&trace.x[1..]).enumerate()
    {
        let mut distance = f64::INFINITY;
        let values = x.values();
        dead = match (layer, x) {
            (Layer::Relu, _) => {
                for (s, dead) in values.iter().zip(&dead) {
                    if !dead {
                        distance = distance.min(s.abs());
                    }
                }
                let closed = values.iter().zip(&dead).map(|(&s, &dead)| dead || s <= 0.0);
                closed.collect()
            }
            (Layer::MaxPool { size, stride }, Values::Images(images)) => {
                let mut after = Vec::with_capacity(output.values().len());
                for_each_window(images.shape(), *size, *stride, |window| {
                    let (gap, winner_is_dead) =
                        margin(images.shape(), values, &dead, *size, *stride, window);
                    distance = distance.min(gap);
                    after.push(winner_is_dead);
                });
                after
            }
            (Layer::Dropout { mask }, _) => {
                let dropped = mask
                    .values()
                    .iter()
                    .zip(&dead)
                    .map(|(&m, &dead)| dead || m == 0.0);
                dropped.collect()
            }
            (Layer::Flatten, _) => dead,
            _ => vec![false; output.values().len()],
        };
        if matches!(layer, Layer::Relu | Layer::MaxPool { .. }) {
            let squares: f64 = values.iter().map(|value| value * value).sum();
            let root_mean_square = (squares / values.len() as f64).sqrt();
            // Where nothing flows at all there is no kink either.
            let distance = if root_mean_square > 0.0 {
                distance / root_mean_square
            } else {
                f64::INFINITY
            };
            found.push(Nearest {
                layer: position,
                distance,
            });
        }
    }
    found
}

/// How far the winner of a window is ahead of the next value, and whether the winner is dead. Of two dead values neither
/// is ahead in a way that matters.
fn margin(
    [_, channels, height, width]: [usize; 4],
    values: &[f64],
    dead: &[bool],
    size: [usize; 2],
    stride: [usize; 2],
    [n, c, i, j]: [usize; 4],
) -> (f64, bool) {
    let mut best: Option<(f64, bool)> = None;
    let mut gap = f64::INFINITY;
    for u in 0..size[0] {
        for v in 0..size[1] {
            let (y, z) = (i * stride[0] + u, j * stride[1] + v);
            let at = ((n * channels + c) * height + y) * width + z;
            let (value, is_dead) = (values[at], dead[at]);
            let Some((largest, largest_is_dead)) = best else {
                best = Some((value, is_dead));
                continue;
            };
            let both_dead = is_dead && largest_is_dead;
            if value > largest {
                gap = value - largest;
                best = Some((value, is_dead));
            } else if !both_dead {
                gap = gap.min(largest - value);
            }
        }
    }
    (gap, best.is_some_and(|(_, dead)| dead))
}

fn for_each_window(
    shape: [usize; 4],
    size: [usize; 2],
    stride: [usize; 2],
    mut f: impl FnMut([usize; 4]),
) {
    let [samples, channels, down, right] = output_shape(shape, size, stride);
    for n in 0..samples {
        for c in 0..channels {
            for i in 0..down {
                for j in 0..right {
                    f([n, c, i, j]);
                }
            }
        }
    }
}
