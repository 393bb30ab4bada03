//! Optimizers that take a step in one pass over the numbers, on flex in f32; elsewhere they take it in burn's operations.

use brecha_kernels::Instructions;
use brecha_kernels::optimizer;
use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::optim::{
    Adam, AdamState, AdamW, AdamWState, AdaptiveMomentumState, LearningRate, Optimizer,
    RecordState, StateSink, StateSource,
};
use burn::tensor::{DType, Device, Tensor};

use crate::model::kernels;

/// burn's Adam or `AdamW`, which remember the same.
#[derive(Clone)]
pub struct OnePass<O> {
    /// Where there are no kernels.
    pub burn: O,
    /// The numbers of the configuration; rate and step are set at each step.
    pub kernel: optimizer::Adam,
}

/// What both remember.
trait Remembers<const D: usize>: Sized {
    fn new(momentum: AdaptiveMomentumState<D>) -> Self;
    fn momentum(self) -> AdaptiveMomentumState<D>;
}

impl<const D: usize> Remembers<D> for AdamState<D> {
    fn new(momentum: AdaptiveMomentumState<D>) -> Self {
        Self { momentum }
    }

    fn momentum(self) -> AdaptiveMomentumState<D> {
        self.momentum
    }
}

impl<const D: usize> Remembers<D> for AdamWState<D> {
    fn new(momentum: AdaptiveMomentumState<D>) -> Self {
        Self { momentum }
    }

    fn momentum(self) -> AdaptiveMomentumState<D> {
        self.momentum
    }
}

impl<O> OnePass<O> {
    fn adam<const D: usize, M: Remembers<D>>(
        &self,
        instructions: Instructions,
        rate: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<M>,
    ) -> (Tensor<D>, Option<M>) {
        let state = state.map(M::momentum);
        let step = state.as_ref().map_or(0, |state| state.time) + 1;
        let kernel = optimizer::Adam {
            learning_rate: rate,
            step: u32::try_from(step).unwrap_or(u32::MAX),
            ..self.kernel
        };
        let (moment_1, moment_2) = match state {
            Some(state) => (state.moment_1, state.moment_2),
            None => (tensor.zeros_like(), tensor.zeros_like()),
        };
        let [mut parameters, gradient, mut first, mut second] =
            [tensor, gradient, moment_1, moment_2].map(values);
        kernel.step(
            parameters.storage_mut::<f32>(),
            gradient.storage::<f32>(),
            first.storage_mut::<f32>(),
            second.storage_mut::<f32>(),
            instructions,
        );
        let momentum = AdaptiveMomentumState::new(step, back(first), back(second));
        (back(parameters), Some(M::new(momentum)))
    }
}

/// `Σ x²`, where the kernels have it on the host at once.
pub(super) fn sum_of_squares<const D: usize>(tensor: &Tensor<D>) -> Option<f64> {
    let instructions = in_one_pass(tensor)?;
    let numbers = values(tensor.clone());
    Some(brecha_kernels::sum_of_squares(
        numbers.storage::<f32>(),
        instructions,
    ))
}

/// Whether a step of this parameter is one of the kernels', and with what.
fn in_one_pass<const D: usize>(tensor: &Tensor<D>) -> Option<Instructions> {
    let is_on = tensor.dtype() == DType::F32 && kernels::is_on(&tensor.device());
    is_on.then(|| kernels::in_use(DType::F32)).flatten()
}

/// The numbers of a tensor of flex, one behind the other and nothing else.
fn values<const D: usize>(tensor: Tensor<D>) -> FloatTensor<Flex> {
    let shape = tensor.dims();
    let primitive = tensor.try_into_primitive::<Flex>();
    let primitive = match primitive {
        Ok(primitive) => primitive.to_contiguous(),
        // `in_one_pass` has looked.
        Err(error) => unreachable!("{error:?}"),
    };
    let len: usize = shape.iter().product();
    if primitive.storage::<f32>().len() == len {
        return primitive;
    }
    FloatTensor::<Flex>::from_data(primitive.into_data())
}

fn back<const D: usize>(values: FloatTensor<Flex>) -> Tensor<D> {
    Tensor::from_primitive::<Flex>(values)
}

macro_rules! one_pass {
    ($optimizer:ident, $state:ident) => {
        impl Optimizer for OnePass<$optimizer> {
            type State<const D: usize> = $state<D>;

            fn step<const D: usize>(
                &self,
                rate: LearningRate,
                tensor: Tensor<D>,
                gradient: Tensor<D>,
                state: Option<Self::State<D>>,
            ) -> (Tensor<D>, Option<Self::State<D>>) {
                match in_one_pass(&tensor) {
                    Some(instructions) => self.adam(instructions, rate, tensor, gradient, state),
                    None => self.burn.step(rate, tensor, gradient, state),
                }
            }

            fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
                <$optimizer as Optimizer>::to_device(state, device)
            }
        }
    };
}

one_pass!(Adam, AdamState);
one_pass!(AdamW, AdamWState);

/// Gradient descent: burn's keeps its velocity to itself.
#[derive(Clone)]
pub struct GradientDescent {
    /// The numbers of the configuration; the rate is set at each step.
    pub kernel: optimizer::Descent,
}

/// What it remembers: a moving sum of gradients, `None` without momentum. Under burn's name, so that one reads the other's.
#[derive(Clone)]
pub struct DescentState<const D: usize> {
    velocity: Option<Tensor<D>>,
}

impl<const D: usize> RecordState for DescentState<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        if let Some(velocity) = &self.velocity {
            out.push_tensor(prefix, VELOCITY, velocity.to_data());
        }
    }

    fn state_unflatten(prefix: &str, from: &mut StateSource, device: &Device) -> Option<Self> {
        let velocity = from.take_tensor(prefix, VELOCITY);
        let velocity = velocity.map(|velocity| Tensor::from_data(velocity, device));
        Some(Self { velocity })
    }
}

const VELOCITY: &str = "momentum.velocity";

impl Optimizer for GradientDescent {
    type State<const D: usize> = DescentState<D>;

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        let kernel = optimizer::Descent {
            learning_rate: rate,
            ..self.kernel
        };
        let has_momentum = kernel.momentum > 0.0;
        let velocity = state.and_then(|state| state.velocity);
        let velocity = has_momentum.then(|| velocity.unwrap_or_else(|| tensor.zeros_like()));
        let (tensor, velocity) = match in_one_pass(&tensor) {
            Some(instructions) => {
                let (mut parameters, gradient) = (values(tensor), values(gradient));
                let mut velocity = velocity.map(values);
                kernel.step(
                    parameters.storage_mut::<f32>(),
                    gradient.storage::<f32>(),
                    velocity
                        .as_mut()
                        .map_or(&mut [], |velocity| velocity.storage_mut::<f32>()),
                    instructions,
                );
                (back(parameters), velocity.map(back))
            }
            None => composed(kernel, tensor, gradient, velocity),
        };
        (tensor, Some(DescentState { velocity }))
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        let velocity = state.velocity;
        DescentState {
            velocity: velocity.map(|velocity| velocity.to_device(device)),
        }
    }
}

/// The same in burn's operations.
fn composed<const D: usize>(
    kernel: optimizer::Descent,
    tensor: Tensor<D>,
    gradient: Tensor<D>,
    velocity: Option<Tensor<D>>,
) -> (Tensor<D>, Option<Tensor<D>>) {
    let gradient = if kernel.penalty > 0.0 {
        gradient + tensor.clone().mul_scalar(kernel.penalty)
    } else {
        gradient
    };
    let velocity = velocity.map(|velocity| velocity.mul_scalar(kernel.momentum) + gradient.clone());
    let along = match &velocity {
        Some(velocity) if kernel.nesterov => {
            gradient + velocity.clone().mul_scalar(kernel.momentum)
        }
        Some(velocity) => velocity.clone(),
        None => gradient,
    };
    (tensor - along.mul_scalar(kernel.learning_rate), velocity)
}
