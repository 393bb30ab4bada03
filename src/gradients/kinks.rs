//! Where the derivative breaks: the kink of ReLU at 0, leaky or not, and ties in max-pooling.
//!
//! A network with these is smooth piece by piece. On the border of two pieces there is no derivative, and near it an
//! f32 may stand on the other side than the f64 beside it, both being right. So inputs have to keep a distance.
//!
//! Not every tie counts. Where two values of a window are both 0 because ReLU cut them off (or dropout dropped them),
//! it does not matter which of them wins: no derivative passes either. Such values are called dead here, and so is what is
//! made of dead values alone, up to the next layer with weights. Behind a batch normalisation they are not dead any more, as
//! its mean moves them, but still alike.

use super::Precision;
use crate::backprop::max_pool::{output_shape, winner};
use crate::backprop::network::{Layer, Trace, Values};

/// How near to a kink a value may be, in units of the root mean square of what flows there: 16 roundings, a few more
/// than an inner product gathers.
pub(super) fn clearance_needed(precision: Precision) -> f64 {
    16.0 * precision.rounding()
}

/// Whether its derivative breaks somewhere.
pub(super) fn has_kinks(layer: &Layer) -> bool {
    matches!(
        layer,
        Layer::Relu | Layer::LeakyRelu | Layer::MaxPool { .. }
    )
}

/// Which smooth piece a trace lies on: the ReLU units that are open, the winners of the windows.
pub(super) fn piece(layers: &[Layer], x: &[Values]) -> Vec<u32> {
    let mut piece = Vec::new();
    for (layer, x) in layers.iter().zip(x) {
        match (layer, x) {
            (Layer::Relu | Layer::LeakyRelu, _) => {
                piece.extend(x.values().iter().map(|&s| u32::from(s > 0.0)));
            }
            (Layer::MaxPool { size, stride }, Values::Images(images)) => {
                let [_, _, _, width] = images.shape();
                for_each_window(images.shape(), *size, *stride, |window| {
                    let [y, z] = winner(images, *size, *stride, window);
                    piece.push((y * width + z) as u32);
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

/// What a value can do, from the most to the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// Everything.
    Free,
    /// It moves, but a tie with others of its channel that are alike does not matter: they were dead before a batch
    /// normalisation, which moves them all together.
    Alike,
    /// No derivative passes.
    Dead,
}

/// The nearest kink of every layer that has some.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn nearest(layers: &[Layer], trace: &Trace) -> Vec<Nearest> {
    let mut found = Vec::new();
    // Of every `x`.
    let mut all_fates = vec![vec![Fate::Free; trace.x[0].values().len()]];
    for (position, ((layer, x), output)) in
        layers.iter().zip(&trace.x).zip(&trace.x[1..]).enumerate()
    {
        let mut distance = f64::INFINITY;
        let values = x.values();
        let fates = &all_fates[position];
        let after = match (layer, x) {
            (Layer::Relu | Layer::LeakyRelu, _) => {
                for (s, fate) in values.iter().zip(fates) {
                    if *fate != Fate::Dead {
                        distance = distance.min(s.abs());
                    }
                }
                // A leaky one is never closed.
                let can_close = *layer == Layer::Relu;
                let after = values.iter().zip(fates).map(|(&s, &fate)| {
                    if can_close && s <= 0.0 {
                        Fate::Dead
                    } else {
                        fate
                    }
                });
                after.collect()
            }
            (Layer::MaxPool { size, stride }, Values::Images(images)) => {
                let mut after = Vec::with_capacity(output.values().len());
                for_each_window(images.shape(), *size, *stride, |window| {
                    let (gap, winner) =
                        margin(images.shape(), values, fates, *size, *stride, window);
                    distance = distance.min(gap);
                    after.push(winner);
                });
                after
            }
            // All values that were dead in a channel are the same number afterwards, and move together.
            (Layer::BatchNorm { .. }, _) => {
                let after = fates.iter().map(|&fate| fate.min(Fate::Alike));
                after.collect()
            }
            (Layer::Dropout { mask }, _) => {
                let after = mask.values().iter().zip(fates).map(|(&m, &fate)| {
                    if m == 0.0 || fate == Fate::Dead {
                        Fate::Dead
                    } else {
                        Fate::Free
                    }
                });
                after.collect()
            }
            (Layer::Dropout2d { mask }, Values::Images(images)) => {
                let [_, _, height, width] = images.shape();
                let channels = mask.values().iter().zip(fates.chunks(height * width));
                let after = channels.flat_map(|(&m, fates)| {
                    fates
                        .iter()
                        .map(move |&fate| if m == 0.0 { Fate::Dead } else { fate })
                });
                after.collect()
            }
            (Layer::AvgPool { size, stride }, Values::Images(images)) => {
                let mut after = Vec::with_capacity(output.values().len());
                for_each_window(images.shape(), *size, *stride, |window| {
                    let mut all = Fate::Dead;
                    for_each_value(images.shape(), *size, *stride, window, |at| {
                        all = all.min(fates[at]);
                    });
                    after.push(all);
                });
                after
            }
            (Layer::GlobalAvgPool, Values::Images(images)) => {
                let [_, _, height, width] = images.shape();
                let channels = fates.chunks(height * width);
                let least = |channel: &[Fate]| channel.iter().copied().min();
                channels
                    .map(|channel| least(channel).unwrap_or(Fate::Free))
                    .collect()
            }
            (Layer::Skip { back }, _) => all_fates[position - back].clone(),
            // Only what neither of the two can do.
            (Layer::Sum { back }, _) => {
                let pairs = fates.iter().zip(&all_fates[position - back]);
                pairs.map(|(&g, &f)| g.min(f)).collect()
            }
            (Layer::Flatten | Layer::Tanh | Layer::Gelu | Layer::Sigmoid, _) => fates.clone(),
            _ => vec![Fate::Free; output.values().len()],
        };
        all_fates.push(after);
        if has_kinks(layer) {
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

/// How far the winner of a window is ahead of the next value, and the winner's fate. Of two values that are dead or alike
/// neither is ahead in a way that matters.
fn margin(
    shape: [usize; 4],
    values: &[f64],
    fates: &[Fate],
    size: [usize; 2],
    stride: [usize; 2],
    window: [usize; 4],
) -> (f64, Fate) {
    let mut best: Option<usize> = None;
    let mut gap = f64::INFINITY;
    for_each_value(shape, size, stride, window, |at| match best {
        None => best = Some(at),
        Some(winner) if values[at] > values[winner] => {
            gap = values[at] - values[winner];
            best = Some(at);
        }
        Some(winner) if fates[at].min(fates[winner]) > Fate::Free => {}
        Some(winner) => gap = gap.min(values[winner] - values[at]),
    });
    (gap, best.map_or(Fate::Free, |winner| fates[winner]))
}

fn for_each_value(
    [_, channels, height, width]: [usize; 4],
    size: [usize; 2],
    stride: [usize; 2],
    window: [usize; 4],
    mut visit: impl FnMut(usize),
) {
    let [n, c, i, j] = window;
    for y in i * stride[0]..i * stride[0] + size[0] {
        for z in j * stride[1]..j * stride[1] + size[1] {
            visit(((n * channels + c) * height + y) * width + z);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backprop::Array;
    use crate::backprop::batch_norm::Running;

    fn trace(layers: &[Layer], input: [f64; 4]) -> Trace {
        let mut x = vec![Values::Images(Array::new([1, 1, 2, 2], input.to_vec()))];
        for layer in layers {
            x.push(layer.forward(&x));
        }
        Trace { x }
    }

    fn distances(layers: &[Layer], input: [f64; 4]) -> Vec<f64> {
        let found = nearest(layers, &trace(layers, input));
        found.iter().map(|kink| kink.distance).collect()
    }

    const POOL: Layer = Layer::MaxPool {
        size: [2, 2],
        stride: [2, 2],
    };

    #[test]
    fn a_tie_counts_unless_no_derivative_passes_it() {
        // A root mean square of 2: (4 + 4 + 4 + 4) / 4 = 4.
        assert_eq!(distances(&[POOL], [2.0, 2.0, 2.0, -2.0]), [0.0]);
        assert_eq!(distances(&[POOL], [2.0, -2.0, -2.0, -2.0]), [2.0]);
        // All four are cut off: they tie at 0, and it does not matter.
        let cut_off = [-2.0, -2.0, -2.0, -2.0];
        assert_eq!(
            distances(&[Layer::Relu, POOL], cut_off),
            [1.0, f64::INFINITY]
        );
        let smooth_between = [Layer::Relu, Layer::Sigmoid, POOL];
        assert_eq!(distances(&smooth_between, cut_off), [1.0, f64::INFINITY]);
        let average = Layer::AvgPool {
            size: [1, 2],
            stride: [1, 1],
        };
        let pool = Layer::MaxPool {
            size: [2, 1],
            stride: [1, 1],
        };
        assert_eq!(
            distances(&[Layer::Relu, average, pool], cut_off),
            [1.0, f64::INFINITY]
        );
        // One of two that tie lives.
        let mask = Values::Images(Array::new([1, 1, 2, 2], vec![0.0, 0.0, 0.0, 2.0]));
        let dropout = Layer::Dropout { mask };
        let [first] = distances(&[dropout, POOL], [1.0, 1.0, 1.0, 0.0])[..] else {
            panic!("one layer has kinks");
        };
        assert!(first.is_infinite(), "where nothing flows there is no kink");
    }

    #[test]
    fn a_relu_is_as_near_as_its_smallest_signal() {
        assert_eq!(distances(&[Layer::Relu], [2.0, -2.0, 2.0, 2.0]), [1.0]);
        let [distance] = distances(&[Layer::Relu], [2.0, -2.0, 1e-9, 2.0])[..] else {
            panic!("one layer has kinks");
        };
        assert!(distance < 1e-9);
        // What is dead already has no kink of its own.
        let second = distances(&[Layer::Relu, Layer::Relu], [-2.0, 2.0, 2.0, 2.0])[1];
        assert!((second - 2.0 / 3.0_f64.sqrt()).abs() < 1e-12, "{second}");
    }

    #[test]
    fn a_leak_has_a_kink_but_nothing_dies_of_it() {
        let alone = distances(&[Layer::LeakyRelu], [2.0, -2.0, 2.0, 2.0]);
        assert_eq!(alone, [1.0]);
        let ties = distances(&[Layer::LeakyRelu, POOL], [-2.0, -2.0, -2.0, -2.0]);
        assert_eq!(ties, [1.0, 0.0]);
    }

    #[test]
    fn a_normalisation_revives_the_dead_but_their_ties_still_do_not_count() {
        let norm = |bias| Layer::BatchNorm {
            w: Array::new([1], vec![1.0]),
            b: Array::new([1], vec![bias]),
            running: Running {
                mean: vec![0.0],
                variance: vec![1.0],
                epsilon: 0.0,
            },
        };
        let cut_off = [-2.0, -2.0, -2.0, -2.0];
        let layers = [Layer::Relu, norm(-3.0), Layer::LeakyRelu, POOL];
        let found = distances(&layers, cut_off);
        assert_eq!(found, [1.0, 1.0, f64::INFINITY]);
    }

    #[test]
    fn the_piece_changes_where_a_kink_is_crossed_and_only_there() {
        let layers = [Layer::Relu, POOL];
        let piece_of = |input| piece(&layers, &trace(&layers, input).x);
        let here = piece_of([1.0, 2.0, 3.0, -1.0]);
        assert_eq!(here, piece_of([1.1, 2.1, 2.9, -0.5]));
        assert_ne!(here, piece_of([1.0, 2.0, 3.0, 0.5]), "a ReLU opened");
        assert_ne!(here, piece_of([1.0, 3.5, 3.0, -1.0]), "another value won");
    }
}
