//! What the convolutions of a network make of some images.

use burn::tensor::{Device, ExecutionError};

use crate::model::floats::floats;
use crate::model::{Architecture, Network, Operation, Values};
use crate::training::step::values;

/// The maps of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerMaps {
    /// Its place in the configuration, from 1.
    pub layer: usize,
    /// Whether it is a residual block.
    pub is_block: bool,
    /// Height and width of a map.
    pub size: [usize; 2],
    /// How many maps there are of a sample.
    pub all: usize,
    /// For each sample the same maps, row by row: those that vary most from place to place and from sample to sample.
    pub maps: Vec<Vec<Vec<f32>>>,
}

/// At most `most` maps of at most `layers` convolutions or residual blocks, first to last, for each sample of `inputs`, which are
/// normalised. A map is taken behind the normalisations and activations that follow its convolution: as it is handed on.
///
/// # Errors
///
/// The device cannot compute or be read.
pub fn activations(
    network: &Network,
    architecture: &Architecture,
    inputs: Vec<f32>,
    (layers, most): (usize, usize),
    device: &Device,
) -> Result<Vec<LayerMaps>, ExecutionError> {
    let samples = inputs.len() / architecture.input.len().max(1);
    let chosen = spread(convolutions(architecture), layers);
    if samples == 0 || chosen.is_empty() {
        return Ok(Vec::new());
    }
    let outputs = network.layer_outputs(values(inputs, architecture.input, samples, device));
    let mut found = Vec::new();
    for (layer, behind) in chosen {
        let Some(Values::Images(images)) = outputs.get(behind).cloned() else {
            continue;
        };
        let [_, all, height, width] = images.dims();
        let numbers = floats(&images.try_into_data()?);
        let area = height * width;
        let map = |sample: usize, filter: usize| {
            let first = (sample * all + filter) * area;
            &numbers[first..first + area]
        };
        let mut strongest: Vec<(f64, usize)> = (0..all)
            .map(|filter| {
                let all_samples = (0..samples).flat_map(|sample| map(sample, filter));
                (variance(all_samples), filter)
            })
            .collect();
        strongest.sort_by(|one, other| other.0.total_cmp(&one.0));
        strongest.truncate(most);
        let mut filters: Vec<usize> = strongest.into_iter().map(|(_, filter)| filter).collect();
        filters.sort_unstable();
        let of_sample = |sample: usize| {
            let maps = filters.iter().map(|&filter| map(sample, filter).to_vec());
            maps.collect()
        };
        found.push(LayerMaps {
            layer: layer + 1,
            is_block: matches!(architecture.layers[layer].operation, Operation::Residual(_)),
            size: [height, width],
            all,
            maps: (0..samples).map(of_sample).collect(),
        });
    }
    Ok(found)
}

/// Each with the layer whose output is what it hands on.
fn convolutions(architecture: &Architecture) -> Vec<(usize, usize)> {
    let layers = &architecture.layers;
    let is_convolution = |index: &usize| {
        matches!(
            layers[*index].operation,
            Operation::Conv2d { .. } | Operation::Residual(_)
        )
    };
    let behind = |index: usize| {
        let follows = |next: &usize| {
            matches!(
                layers[*next].operation,
                Operation::BatchNorm { .. } | Operation::Activation(_)
            )
        };
        let following = (index + 1..layers.len()).take_while(follows);
        following.last().unwrap_or(index)
    };
    (0..layers.len())
        .filter(is_convolution)
        .map(|index| (index, behind(index)))
        .collect()
}

/// At most `most`, the first and the last among them.
fn spread<T: Copy>(all: Vec<T>, most: usize) -> Vec<T> {
    if all.len() <= most || most < 2 {
        return all.into_iter().take(most).collect();
    }
    let place = |number: usize| number * (all.len() - 1) / (most - 1);
    (0..most).map(|number| all[place(number)]).collect()
}

/// 0 where a value is not finite: such a map shows nothing.
fn variance<'a>(values: impl Iterator<Item = &'a f32> + Clone) -> f64 {
    let (count, sum) = values.clone().fold((0.0, 0.0), |(count, sum), &value| {
        (count + 1.0, sum + f64::from(value))
    });
    let mean = sum / f64::max(count, 1.0);
    let squares: f64 = values.map(|&value| (f64::from(value) - mean).powi(2)).sum();
    if squares.is_finite() {
        squares / f64::max(count, 1.0)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::network as network_of;

    #[test]
    fn some_layers_are_first_last_and_between() {
        assert_eq!(spread((0..20).collect(), 5), [0, 4, 9, 14, 19]);
        assert_eq!(spread(vec![1, 2], 5), [1, 2]);
        assert_eq!(spread(vec![1, 2, 3], 2), [1, 3]);
        assert!(spread(Vec::<u8>::new(), 3).is_empty());
    }

    #[test]
    fn a_constant_map_varies_least() {
        assert!(variance([1.0, 1.0].iter()).abs() < 1e-12);
        assert!((variance([1.0, 3.0].iter()) - 1.0).abs() < 1e-12);
        assert!(variance([f32::NAN, 3.0].iter()).abs() < 1e-12);
    }

    #[test]
    fn maps_are_what_a_convolution_hands_on() {
        let layers = "[{ conv2d = { filters = 3, kernel = 1 } }, 'relu', 'flatten', { dense = { units = 2 } }]";
        let (architecture, network, device) = network_of(
            layers,
            [1, 1, 2],
            2,
            &[
                ("layers.0.weight", &[3, 1, 1, 1], &[1.0, -1.0, 0.0]),
                ("layers.0.bias", &[3], &[0.0, 0.0, 7.0]),
                ("layers.3.weight", &[6, 2], &[0.0; 12]),
                ("layers.3.bias", &[2], &[0.0; 2]),
            ],
        );
        let inputs = vec![1.0, -2.0, 3.0, -4.0];
        let found = activations(&network, &architecture, inputs, (4, 2), &device).unwrap();
        let [layer] = &found[..] else {
            panic!("one convolution");
        };
        assert_eq!((layer.layer, layer.all, layer.size), (1, 3, [1, 2]));
        // Behind the ReLU; the third filter says 7 everywhere.
        assert_eq!(layer.maps[0], [[1.0, 0.0], [0.0, 2.0]]);
        assert_eq!(layer.maps[1], [[3.0, 0.0], [0.0, 4.0]]);
        let none = activations(&network, &architecture, Vec::new(), (4, 2), &device);
        assert!(none.unwrap().is_empty());
    }
}
