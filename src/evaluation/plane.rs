//! What a network of two inputs says everywhere, and where its first neurons divide the plane.
//!
//! The lecture's picture: each neuron of the first layer is a straight line `w₁ x₁ + w₂ x₂ + b = 0` with a positive side, and the
//! border between the classes is bent from these lines.

use burn::tensor::{Device, ExecutionError};

use crate::data::{DataError, Dataset, Expected, SampleBuffer, SampleShape, SampleValues, Split};
use crate::model::architecture::Loss;
use crate::model::floats::floats;
use crate::model::{Mode, Network};
use crate::training::step::values;

/// How far the plane reaches beyond the data, in parts of the data's range.
const BEYOND: f64 = 0.08;

/// A rectangle of the plane, in the units of the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// From left to right.
    pub x: (f64, f64),
    /// From the bottom to the top.
    pub y: (f64, f64),
}

/// The answers at evenly spaced places of a region.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Where.
    pub region: Region,
    /// Places from left to right; each stands for the middle of its column.
    pub columns: usize,
    /// Places from top to bottom.
    pub rows: usize,
    /// For each class, or for the number that is predicted, a value at every place, row by row from the top: how much likelier
    /// the class is than the likeliest of the others, −1 to 1, or the number, standardised.
    pub fields: Vec<Vec<f32>>,
    /// The lines of the first layer's neurons.
    pub separators: Vec<Separator>,
}

/// The line `a x + b y + c = 0`; where the sum is positive, the neuron says yes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Separator {
    /// Of x₁.
    pub a: f64,
    /// Of x₂.
    pub b: f64,
    /// Alone.
    pub c: f64,
}

/// A sample of two inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// In the units of the data.
    pub place: (f64, f64),
    /// Its class or number.
    pub expected: Expected,
}

/// The first `most` samples of a split; none where samples are no points of a plane.
///
/// # Errors
///
/// Samples that are on disk cannot be read.
pub fn points(dataset: &Dataset, split: Split, most: usize) -> Result<Vec<Point>, DataError> {
    if dataset.shape() != (SampleShape::Vector { features: 2 }) {
        return Ok(Vec::new());
    }
    let samples = dataset.samples();
    let mut buffer = SampleBuffer::default();
    let point = |&index: &u32| {
        let mut place = [0.0; 2];
        let values = samples.read(index as usize, &mut buffer)?;
        values.for_each(&mut |position, value| {
            if let Some(coordinate) = place.get_mut(position) {
                *coordinate = value;
            }
        });
        Ok(Point {
            place: place.into(),
            expected: samples.targets.at(index as usize),
        })
    };
    dataset
        .indices(split)
        .iter()
        .take(most)
        .map(point)
        .collect()
}

impl Region {
    /// Around `points`; `None` where there is none, or one is infinitely far away.
    #[must_use]
    pub fn around<'a>(points: impl Iterator<Item = &'a Point>) -> Option<Self> {
        let mut ends = [[f64::INFINITY, f64::NEG_INFINITY]; 2];
        for point in points {
            for ([low, high], value) in ends.iter_mut().zip(<[f64; 2]>::from(point.place)) {
                (*low, *high) = (low.min(value), high.max(value));
            }
        }
        let [x, y] = ends.map(|[low, high]| {
            let range = high - low;
            let beyond = if range > 0.0 { BEYOND * range } else { 1.0 };
            (low - beyond, high + beyond)
        });
        let is_finite = |(low, high): (f64, f64)| (high - low).is_finite();
        (is_finite(x) && is_finite(y)).then_some(Self { x, y })
    }
}

impl Plane {
    /// Asks `network`, which is frozen, at `columns` times `rows` places of the region.
    ///
    /// # Errors
    ///
    /// The device cannot compute or be read.
    pub fn of(
        network: &Network,
        dataset: &Dataset,
        region: Region,
        (columns, rows): (usize, usize),
        device: &Device,
    ) -> Result<Self, ExecutionError> {
        let middle = |(low, high): (f64, f64), place: usize, count: usize| {
            low + (high - low) * (place as f64 + 0.5) / count as f64
        };
        let mut inputs = Vec::with_capacity(2 * columns * rows);
        for row in (0..rows).rev() {
            for column in 0..columns {
                let point = [
                    middle(region.x, column, columns) as f32,
                    middle(region.y, row, rows) as f32,
                ];
                dataset
                    .normalization
                    .append(SampleValues::F32(&point), &mut inputs);
            }
        }
        let inputs = values(inputs, dataset.shape(), columns * rows, device);
        let outputs = network.forward(inputs, Mode::Evaluate);
        let [_, width] = outputs.dims();
        let outputs = floats(&outputs.try_into_data()?);
        let leads: Vec<Vec<f32>> = outputs
            .chunks_exact(width)
            .map(|outputs| leads(network.loss(), outputs))
            .collect();
        let count = leads.first().map_or(0, Vec::len);
        Ok(Self {
            region,
            columns,
            rows,
            fields: (0..count)
                .map(|field| leads.iter().map(|leads| leads[field]).collect())
                .collect(),
            separators: separators(network, dataset)?,
        })
    }
}

/// By how much each class is ahead of the best of the others; the output itself where it is a number.
fn leads(loss: Loss, outputs: &[f32]) -> Vec<f32> {
    let shares: Vec<f32> = match loss {
        Loss::MseNumber => return outputs.to_vec(),
        Loss::MseSign => {
            let yes = outputs.first().map_or(0.0, |x| x.clamp(-1.0, 1.0));
            return vec![-yes, yes];
        }
        Loss::MseOneHot => outputs.iter().map(|x| x.clamp(0.0, 1.0)).collect(),
        Loss::CrossEntropy => {
            let largest = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let powers: Vec<f32> = outputs.iter().map(|x| (x - largest).exp()).collect();
            let sum: f32 = powers.iter().sum();
            powers.iter().map(|power| power / sum).collect()
        }
    };
    // The best class is ahead of the second best, and every other one behind the best.
    let (mut best, mut largest, mut second) = (0, 0.0, 0.0);
    for (class, &share) in shares.iter().enumerate() {
        if share > largest {
            (best, largest, second) = (class, share, largest);
        } else if share > second {
            second = share;
        }
    }
    let best_other = |class| if class == best { second } else { largest };
    shares
        .iter()
        .enumerate()
        .map(|(class, share)| share - best_other(class))
        .collect()
}

/// The lines of a dense first layer; none where the first layer is another one.
fn separators(network: &Network, dataset: &Dataset) -> Result<Vec<Separator>, ExecutionError> {
    let parameters = network.parameters()?;
    let named = |name: &str| parameters.iter().find(|parameter| parameter.name == name);
    let (Some(weight), Some(bias)) = (named("layers.0.weight"), named("layers.0.bias")) else {
        return Ok(Vec::new());
    };
    if weight.shape != [2, bias.values.len()] {
        return Ok(Vec::new());
    }
    // What the weights are multiplied with is (x − offset) / scale: the inputs of 0 and 1 say what both are.
    let input = |point: [f32; 2]| {
        let mut input = Vec::new();
        dataset
            .normalization
            .append(SampleValues::F32(&point), &mut input);
        input
    };
    let (zero, one) = (input([0.0; 2]), input([1.0; 2]));
    let units = bias.values.len();
    Ok((0..units)
        .map(|unit| {
            let weights = [weight.values[unit], weight.values[units + unit]].map(f64::from);
            let slope = |side: usize| f64::from(one[side]) - f64::from(zero[side]);
            let constant: f64 = (0..2)
                .map(|side| weights[side] * f64::from(zero[side]))
                .sum();
            Separator {
                a: weights[0] * slope(0),
                b: weights[1] * slope(1),
                c: constant + f64::from(bias.values[unit]),
            }
        })
        .collect())
}

impl Separator {
    /// The ends of the part of the line that lies in `region`; `None` where there is none.
    #[must_use]
    pub fn within(&self, region: Region) -> Option<[(f64, f64); 2]> {
        let Self { a, b, c } = *self;
        let ((left, right), (bottom, top)) = (region.x, region.y);
        let mut ends: Vec<(f64, f64)> = Vec::new();
        let mut add = |x: f64, y: f64| {
            let tolerance = |(low, high): (f64, f64)| 1e-9 * (high - low);
            let inside = x >= left - tolerance(region.x)
                && x <= right + tolerance(region.x)
                && y >= bottom - tolerance(region.y)
                && y <= top + tolerance(region.y);
            let is_new = |&(other_x, other_y): &(f64, f64)| {
                (x - other_x).abs() > tolerance(region.x)
                    || (y - other_y).abs() > tolerance(region.y)
            };
            if inside && ends.iter().all(is_new) {
                ends.push((x, y));
            }
        };
        if b != 0.0 {
            add(left, -(a * left + c) / b);
            add(right, -(a * right + c) / b);
        }
        if a != 0.0 {
            add(-(b * bottom + c) / a, bottom);
            add(-(b * top + c) / a, top);
        }
        match ends[..] {
            [first, second, ..] => Some([first, second]),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGION: Region = Region {
        x: (-1.0, 1.0),
        y: (-1.0, 1.0),
    };

    #[test]
    fn a_line_is_cut_at_the_region() {
        let line = |a, b, c| Separator { a, b, c }.within(REGION);
        assert_eq!(line(1.0, 0.0, -0.5), Some([(0.5, -1.0), (0.5, 1.0)]));
        assert_eq!(line(0.0, 2.0, 1.0), Some([(-1.0, -0.5), (1.0, -0.5)]));
        assert_eq!(line(1.0, -1.0, 0.0), Some([(-1.0, -1.0), (1.0, 1.0)]));
        assert_eq!(line(1.0, 1.0, 3.0), None);
        assert_eq!(line(0.0, 0.0, 1.0), None);
        assert_eq!(line(f64::NAN, 1.0, 0.0), None);
    }

    #[test]
    fn a_class_is_ahead_of_the_best_of_the_others() {
        assert_eq!(leads(Loss::MseSign, &[0.25]), [-0.25, 0.25]);
        assert_eq!(leads(Loss::MseSign, &[7.0]), [-1.0, 1.0]);
        let found = leads(Loss::CrossEntropy, &[0.0, 2_f32.ln(), 0.0]);
        for (found, expected) in found.iter().zip([-0.25, 0.25, -0.25]) {
            // A logarithm and its power, in f32.
            assert!((found - expected).abs() < 1e-6, "{found}");
        }
        assert_eq!(leads(Loss::MseOneHot, &[0.5, 2.0]), [-0.5, 0.5]);
        assert_eq!(leads(Loss::MseNumber, &[3.0]), [3.0]);
    }
}
