//! Steps that were taken, and whose numbers nobody has read yet: on a device that computes while the host goes on.
//!
//! They are read together, after some steps or some time. Where one of them turns out not to be finite, the network is the one from before
//! them all: what came behind that step is not a number.

use std::time::{Duration, Instant};

use burn::tensor::Device;

use super::TrainingError;
use super::descent::Stride;
use super::history::Divergence;
use super::reading::{Reading, Unread};
use crate::backend::is_flex;
use crate::model::{Architecture, Network};

/// Steps that wait at most: with more, a read costs no less per step that anybody could see.
const MOST: usize = 64;

/// So long the oldest step waits at most, for those who look at the progress or want to stop.
const LONGEST: Duration = Duration::from_millis(200);

/// In the order in which they were taken.
#[derive(Default)]
pub(super) struct Waiting {
    steps: Vec<(Stride, Unread)>,
    /// The network before the first of them, and since when it waits.
    before: Option<(Network, Instant)>,
}

/// Samples of a step, and its numbers.
pub(super) type Seen = (usize, Reading);

impl Waiting {
    /// A step taken with `network`.
    pub(super) fn add(&mut self, network: &Network, stride: Stride, unread: Unread) {
        self.before
            .get_or_insert_with(|| (network.clone(), Instant::now()));
        self.steps.push((stride, unread));
    }

    /// Whether it is time to read them.
    pub(super) fn is_full(&self) -> bool {
        let since = self.before.as_ref().map(|(_, since)| since.elapsed());
        self.steps.len() >= MOST || since.is_some_and(|since| since >= LONGEST)
    }

    /// What they say; or the network before them and what was not finite.
    pub(super) fn read(
        &mut self,
    ) -> Result<Result<Vec<Seen>, (Network, Divergence)>, TrainingError> {
        let (strides, unread): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.steps).into_iter().unzip();
        let before = self.before.take();
        let mut seen = Vec::with_capacity(strides.len());
        for (stride, output) in strides.into_iter().zip(Unread::read_all(unread)?) {
            let reading = output.reading?;
            if let (Some(divergence), Some((network, _))) = (stride.not_finite(reading), &before) {
                return Ok(Err((network.clone(), divergence)));
            }
            seen.push((output.samples, reading));
        }
        Ok(Ok(seen))
    }
}

/// Whether steps of this network may wait: not where the numbers lie in the host's memory anyway, and not with batch normalisation, whose
/// running statistics are kept there.
pub(super) fn may_wait(architecture: &Architecture, device: &Device) -> bool {
    !architecture.has_batch_norm() && !is_flex(device)
}

#[cfg(test)]
mod tests {
    use burn::module::{Module, ModuleMapper, Param};
    use burn::tensor::Tensor;

    use super::*;
    use crate::config;
    use crate::data::{SampleShape, Task};
    use crate::model::Loss;
    use crate::training::reading::SquaredNorm;

    fn unread(loss: f32, device: &Device) -> Unread {
        let outputs = Tensor::from_data([[0.5_f32], [-0.5]], device);
        let loss = Tensor::from_data([loss], device);
        let statistics = vec![Tensor::from_data([loss.dims()[0] as f32, 7.0], device)];
        let expected = vec![1, 1].into();
        let norm = SquaredNorm::default();
        Unread::new((outputs, loss), norm, statistics, (Loss::MseSign, expected))
    }

    fn architecture(before: &str) -> Architecture {
        let text = format!(
            "[data]\nsource = 'digits'\n[model]\nlayers = [{before} {{ dense = {{ units = 1 }} }}]\nloss = 'mse'\n\
             [training]\nepochs = 1\nbatch-size = 2\noptimizer = {{ adam = {{}} }}"
        );
        let config = config::parse("test", &text, &[]).unwrap().config;
        let input = SampleShape::Vector { features: 2 };
        Architecture::new(&config.model, input, Task::Classification { classes: 2 })
            .unwrap_or_else(|problem| panic!("{}", problem.message))
    }

    fn network(device: &Device) -> Network {
        Network::new(&architecture(""), None, 1, device)
    }

    #[test]
    #[expect(deprecated, reason = "brecha keeps ndarray as long as burn does")]
    fn steps_wait_where_nothing_hangs_on_their_numbers() {
        let (plain, normalised) = (architecture(""), architecture("{ batch-norm = {} },"));
        assert!(may_wait(&plain, &Device::ndarray()));
        assert!(!may_wait(&plain, &Device::flex()));
        assert!(!may_wait(&normalised, &Device::ndarray()));
    }

    fn stride(step: usize) -> Stride {
        Stride {
            epoch: 1,
            step,
            learning_rate: 0.1,
        }
    }

    /// On a device that is waited for, and on flex, whose numbers are read as they lie.
    #[test]
    #[expect(deprecated, reason = "brecha keeps ndarray as long as burn does")]
    fn steps_that_waited_say_what_they_would_have_said() {
        for device in [Device::ndarray(), Device::flex()] {
            let mut waiting = Waiting::default();
            for (step, loss) in [(1, 0.25), (2, 0.75)] {
                waiting.add(&network(&device), stride(step), unread(loss, &device));
            }
            let seen = waiting.read().unwrap().unwrap();
            let alone = [0.25, 0.75].map(|loss| unread(loss, &device).read());
            for ((samples, reading), alone) in seen.into_iter().zip(alone) {
                assert_eq!(reading, alone.reading.unwrap());
                assert_eq!((samples, reading.correct), (2, Some(1)));
                assert_eq!(alone.statistics, [1.0, 7.0]);
            }
            assert!(waiting.read().unwrap().unwrap().is_empty());
        }
    }

    struct Spoilt;

    impl ModuleMapper for Spoilt {
        fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
            parameter.map(|values| values * f32::NAN)
        }
    }

    #[test]
    fn the_network_from_before_numbers_that_are_not_finite_is_kept() {
        let device = Device::flex();
        let first = network(&device);
        let mut waiting = Waiting::default();
        waiting.add(&first, stride(5), unread(0.5, &device));
        let mut later = first.clone();
        for step in 6.. {
            if waiting.is_full() {
                break;
            }
            later = later.map(&mut Spoilt);
            let loss = if step >= 7 { f32::NAN } else { 0.5 };
            waiting.add(&later, stride(step), unread(loss, &device));
        }
        let (kept, divergence) = waiting.read().unwrap().unwrap_err();
        assert_eq!(divergence.step, Some(7));
        assert_eq!(kept.parameters().unwrap(), first.parameters().unwrap());
    }
}
