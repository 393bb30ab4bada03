//! One frozen network on one split. Shares the network and the data with training, and nothing else.

pub mod activations;
pub mod answers;
pub mod confusion;
pub mod filters;
pub mod measure;
pub mod plane;
pub mod predictions;
pub mod reliability;
pub mod saliency;

pub use measure::{
    Answered, MeasureError, Measured, measure, measure_batches, measure_in_training_mode,
    measure_samples,
};

/// A network with given weights, for the tests of what is seen in one.
#[cfg(test)]
pub(crate) mod testing {
    use burn::tensor::Device;

    use crate::config;
    use crate::data::{SampleShape, Task};
    use crate::model::network::Parameter;
    use crate::model::{Architecture, Network};

    /// `layers` as in a configuration, on images of `[channels, height, width]`, and its tensors, one after the other.
    pub(crate) fn network(
        layers: &str,
        [channels, height, width]: [usize; 3],
        classes: usize,
        tensors: &[(&str, &[usize], &[f32])],
    ) -> (Architecture, Network, Device) {
        let text = format!(
            "[data]\nsource = 'digits'\n[model]\nlayers = {layers}\nloss = 'cross-entropy'\n\
             [training]\nepochs = 1\nbatch-size = 1\noptimizer = {{ adam = {{}} }}"
        );
        let config = config::parse("test", &text, &[]).unwrap().config;
        let input = SampleShape::Image {
            channels,
            height,
            width,
        };
        let architecture =
            Architecture::new(&config.model, input, Task::Classification { classes })
                .unwrap_or_else(|problem| panic!("{}", problem.message));
        let parameters: Vec<Parameter> = tensors
            .iter()
            .map(|(name, shape, values)| Parameter {
                name: (*name).to_owned(),
                shape: shape.to_vec(),
                values: values.to_vec(),
            })
            .collect();
        let device = Device::flex();
        let network = Network::with_parameters(&architecture, &parameters, &device).unwrap();
        (architecture, network, device)
    }
}
