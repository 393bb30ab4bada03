//! The step of an optimizer: every parameter along its gradient, by burn's rule for one tensor.
//!
//! burn's own `ModuleOptimizer` does the same, and keeps what it remembers by identities that are drawn anew in each process; what it
//! loads lands on burn's default device, which may be a GPU that is not there, and what it cannot load is left out without a word.
//! Here a parameter is known by its place in the network, memory is put where the network is, and what does not fit is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::{DynOptimizer, DynState, GradientsParams, StateSink, StateSource};
use burn::tensor::{Device, Tensor, TensorData};
use burn_pack::Scalar;

use crate::model::floats::floats;

/// Moves parameters, and remembers what the rule needs of earlier steps.
#[derive(Clone)]
pub struct Update {
    rule: Arc<dyn DynOptimizer>,
    /// In the order in which the network is visited; `None` for a parameter that had no gradient yet.
    memories: Vec<Option<DynState>>,
}

/// What a rule remembers of one parameter: its moments, and how many steps they have seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// By their names: `momentum.moment_1`.
    pub tensors: BTreeMap<String, Moment>,
    /// By their names: `momentum.time`.
    pub scalars: BTreeMap<String, Scalar>,
}

/// A tensor that a rule remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Of the parameter.
    pub shape: Vec<usize>,
    /// In its order.
    pub values: Vec<f32>,
}

/// Why what was remembered is not what this network and rule need.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// Another network.
    #[error("it remembers {found} parameters, and the network has {needed}")]
    Count {
        /// In the file.
        found: usize,
        /// In the network.
        needed: usize,
    },
    /// Another rule, or another network.
    #[error(
        "what it remembers of parameter {place} is not what this optimizer remembers of a tensor of shape {shape:?}"
    )]
    Misfit {
        /// From 0, in the order of the network.
        place: usize,
        /// Of the parameter.
        shape: Vec<usize>,
    },
}

impl Update {
    /// By this rule, with nothing to remember.
    #[must_use]
    pub fn new(rule: impl DynOptimizer + 'static) -> Self {
        Self {
            rule: Arc::new(rule),
            memories: Vec::new(),
        }
    }

    /// The module a step further.
    pub fn step<M: Module>(
        &mut self,
        learning_rate: f64,
        module: M,
        gradients: GradientsParams,
    ) -> M {
        module.map(&mut Step {
            update: self,
            learning_rate,
            gradients,
            place: 0,
        })
    }

    /// What is remembered of each parameter, in the order of the network.
    #[must_use]
    pub fn memories(&self) -> Vec<Option<Memory>> {
        let of_one = |memory: &DynState| {
            let mut sink = StateSink::default();
            self.rule.state_flatten("", memory, &mut sink);
            let tensors = sink.tensors.into_iter();
            Memory {
                tensors: tensors
                    .map(|(name, data)| {
                        let moment = Moment {
                            shape: data.shape().to_vec(),
                            values: floats(&data),
                        };
                        (name, moment)
                    })
                    .collect(),
                scalars: sink.scalars.into_iter().collect(),
            }
        };
        self.memories
            .iter()
            .map(|memory| memory.as_ref().map(of_one))
            .collect()
    }

    /// Remembers this of the parameters of `module`, on `device`, which is one without autodiff.
    ///
    /// # Errors
    ///
    /// It was remembered of another network, or by another rule.
    pub fn remember<M: Module>(
        &mut self,
        memories: &[Option<Memory>],
        module: &M,
        device: &Device,
    ) -> Result<(), MemoryError> {
        // Before the first step nothing is remembered of any.
        if memories.is_empty() {
            self.memories.clear();
            return Ok(());
        }
        let mut shapes = Shapes(Vec::new());
        module.visit(&mut shapes);
        let Shapes(shapes) = shapes;
        if memories.len() != shapes.len() {
            return Err(MemoryError::Count {
                found: memories.len(),
                needed: shapes.len(),
            });
        }
        let mut restored = Vec::with_capacity(memories.len());
        for (place, (memory, shape)) in memories.iter().zip(shapes).enumerate() {
            restored.push(match memory {
                None => None,
                Some(memory) => Some(
                    self.state(memory, &shape, device)
                        .ok_or(MemoryError::Misfit { place, shape })?,
                ),
            });
        }
        self.memories = restored;
        Ok(())
    }

    /// `None` where it does not fit.
    fn state(&self, memory: &Memory, shape: &[usize], device: &Device) -> Option<DynState> {
        let mut source = StateSource::new(memory.scalars.clone());
        for (name, moment) in &memory.tensors {
            let Moment {
                shape: found,
                values,
            } = moment;
            if found != shape || values.len() != shape.iter().product::<usize>() {
                return None;
            }
            source.insert_tensor(
                name.clone(),
                TensorData::new(values.clone(), found.as_slice()),
            );
        }
        let state = self
            .rule
            .state_unflatten(shape.len(), "", &mut source, device)?;
        // A rule takes what it knows and leaves the rest: Adam's moments would do for gradient descent without momentum.
        let mut sink = StateSink::default();
        self.rule.state_flatten("", &state, &mut sink);
        let all_taken = sink.tensors.len() == memory.tensors.len()
            && sink.scalars.len() == memory.scalars.len();
        all_taken.then_some(state)
    }
}

impl std::fmt::Debug for Update {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Update").finish_non_exhaustive()
    }
}

struct Step<'a> {
    update: &'a mut Update,
    learning_rate: f64,
    gradients: GradientsParams,
    place: usize,
}

impl ModuleMapper for Step<'_> {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let place = self.place;
        self.place += 1;
        let Update { rule, memories } = &mut *self.update;
        if memories.len() <= place {
            memories.resize_with(place + 1, || None);
        }
        let (id, tensor, mapper) = parameter.consume();
        let Some(gradient) = self.gradients.remove::<D>(id) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let requires_gradient = tensor.is_require_grad();
        let (moved, memory) = rule.step_dyn(
            D,
            self.learning_rate,
            tensor.inner().into_bridge(),
            gradient.into_bridge(),
            memories[place].take(),
        );
        memories[place] = memory;
        let moved = Tensor::from_inner(Tensor::<D>::from_bridge(moved));
        let moved = moved.set_require_grad(requires_gradient);
        Param::from_mapped_value(id, moved, mapper)
    }
}

struct Shapes(Vec<Vec<usize>>);

impl ModuleVisitor for Shapes {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.0.push(parameter.val().dims().to_vec());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AdamConfig, LionConfig, OptimizerConfig, RmsPropConfig, SgdConfig};
    use crate::training::optimizer::build;

    /// Two parameters of different ranks.
    #[derive(Module, Debug)]
    struct Two {
        matrix: Param<Tensor<2>>,
        vector: Param<Tensor<1>>,
    }

    impl Two {
        fn new(device: &Device) -> Self {
            Self {
                matrix: Param::from_data([[1.0_f32, -2.0], [0.5, 3.0]], device),
                vector: Param::from_data([0.25_f32, -0.75], device),
            }
        }

        fn stepped(self, update: &mut Update, times: usize) -> Self {
            let mut module = self;
            for _ in 0..times {
                let squares = module.matrix.val().powi_scalar(2).sum();
                let loss = squares * module.vector.val().powi_scalar(2).sum();
                let gradients = GradientsParams::from_grads(loss.backward(), &module);
                module = update.step(0.01, module, gradients);
            }
            module
        }

        fn values(&self) -> (Vec<f32>, Vec<f32>) {
            let matrix = self.matrix.val().into_data();
            let vector = self.vector.val().into_data();
            (
                matrix.iter::<f32>().collect(),
                vector.iter::<f32>().collect(),
            )
        }
    }

    fn sgd(momentum: f64) -> OptimizerConfig {
        OptimizerConfig::Sgd(SgdConfig {
            learning_rate: 0.01,
            momentum,
            nesterov: false,
            weight_decay: 0.01,
        })
    }

    fn adam() -> OptimizerConfig {
        let adam: AdamConfig = toml::from_str("").unwrap();
        OptimizerConfig::Adam(adam)
    }

    #[test]
    fn what_is_remembered_goes_on_bit_for_bit() {
        let lion: LionConfig = toml::from_str("").unwrap();
        let rmsprop: RmsPropConfig = toml::from_str("momentum = 0.9").unwrap();
        for config in [
            sgd(0.0),
            sgd(0.9),
            adam(),
            OptimizerConfig::Lion(lion),
            OptimizerConfig::RmsProp(rmsprop),
        ] {
            #[expect(deprecated, reason = "brecha keeps ndarray as long as burn does")]
            for device in [Device::flex(), Device::ndarray()] {
                let autodiff = device.clone().autodiff();
                let mut update = build(&config);
                let half_way = Two::new(&autodiff).stepped(&mut update, 3);
                let mut other = build(&config);
                other
                    .remember(&update.memories(), &half_way, &device)
                    .unwrap();
                assert_eq!(other.memories(), update.memories());
                let one = half_way.clone().stepped(&mut update, 3).values();
                assert_eq!(half_way.stepped(&mut other, 3).values(), one, "{config:?}");
            }
        }
    }

    #[test]
    fn what_another_optimizer_or_network_remembers_is_refused() {
        let device = Device::flex();
        let autodiff = device.clone().autodiff();
        let mut update = build(&adam());
        let module = Two::new(&autodiff).stepped(&mut update, 1);
        let memories = update.memories();
        // burn's own loader takes both without a word.
        for other in [sgd(0.0), sgd(0.9)] {
            let refused = build(&other).remember(&memories, &module, &device);
            assert!(
                matches!(refused, Err(MemoryError::Misfit { place: 0, .. })),
                "{refused:?}"
            );
        }
        let refused = build(&adam()).remember(&memories[..1], &module, &device);
        let (found, needed) = (1, 2);
        assert_eq!(refused, Err(MemoryError::Count { found, needed }));
        let swapped: Vec<_> = memories.iter().rev().cloned().collect();
        assert!(build(&adam()).remember(&swapped, &module, &device).is_err());
    }
}
