//! A dense layer with its activation as one operation.
//!
//! [`DenseOps`] extends burn's back end flex, as [`ConvolutionOps`](super::convolution::ConvolutionOps) does: burn's own operations
//! in another precision than f32, kernels of our own in f32. The backward pass is the one of
//! [`backprop::dense`](crate::backprop::dense).

use brecha_kernels::{Dense, DensePassed};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::{Tensor, TensorData};

use super::kernels::{self, WITHIN, in_use};
use super::layer::Activation;

/// `θ(x · w + b)` of `x` as `[samples, inputs]` and `w` as `[inputs, outputs]`, with an activation that
/// [fuses](kernels::fuses).
#[must_use]
pub fn dense(
    x: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    activation: Option<Activation>,
) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as DenseOps>::dense(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        activation,
    ))
}

/// The operation, and its derivative.
#[backend_extension(Flex, Autodiff)]
pub trait DenseOps: Backend {
    /// `[samples, outputs]`
    fn dense(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Option<Activation>,
    ) -> FloatTensor<Self> {
        composed::forward::<Self>(x, weight, bias, activation)
    }

    /// The gradients of weight, bias and input, where that of the output is `gradient`; that of the input is empty where
    /// `wants_input` is not set.
    fn dense_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        activation: Option<Activation>,
        wants_input: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed::backward::<Self>([x, weight, output, gradient], activation, wants_input)
    }
}

/// The operation in burn's own.
mod composed {
    use burn::backend::tensor::FloatTensor;
    use burn::backend::{Backend, TensorMetadata};
    use burn::tensor::Shape;

    use super::{Activation, kernels};

    pub(super) fn forward<B: Backend>(
        x: FloatTensor<B>,
        weight: FloatTensor<B>,
        bias: FloatTensor<B>,
        activation: Option<Activation>,
    ) -> FloatTensor<B> {
        kernels::activate::<B>(B::linear(x, weight, Some(bias)), activation)
    }

    pub(super) fn backward<B: Backend>(
        [x, weight, output, gradient]: [FloatTensor<B>; 4],
        activation: Option<Activation>,
        wants_input: bool,
    ) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
        let (device, dtype) = (x.device(), x.dtype());
        let gradient = kernels::before_activation::<B>(output, gradient, activation);
        let of_input = if wants_input {
            B::linear_x_backward(weight, gradient.clone())
        } else {
            B::float_empty(Shape::new([0]), &device, dtype.into())
        };
        let of_bias = B::linear_bias_backward(gradient.clone());
        (B::linear_weight_backward(x, gradient), of_bias, of_input)
    }
}

impl DenseOps for Flex {
    fn dense(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Option<Activation>,
    ) -> FloatTensor<Self> {
        let Some(instructions) = in_use(x.dtype()) else {
            return composed::forward::<Self>(x, weight, bias, activation);
        };
        let [x, weight, bias] = [x, weight, bias].map(|tensor| tensor.to_contiguous());
        let (layer, samples) = layer(&x, &weight, activation);
        let output = layer.forward(numbers(&x), numbers(&weight), numbers(&bias), instructions);
        Values::from_data(TensorData::new(output, [samples, layer.outputs]))
    }

    fn dense_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        activation: Option<Activation>,
        wants_input: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let Some(instructions) = in_use(x.dtype()) else {
            return composed::backward::<Self>(
                [x, weight, output, gradient],
                activation,
                wants_input,
            );
        };
        let [x, weight, output, gradient] =
            [x, weight, output, gradient].map(|tensor| tensor.to_contiguous());
        let (layer, samples) = layer(&x, &weight, activation);
        let found = layer.backward(
            DensePassed {
                x: numbers(&x),
                weight: numbers(&weight),
                output: numbers(&output),
            },
            numbers(&gradient),
            wants_input,
            instructions,
        );
        let of_input = if wants_input {
            TensorData::new(found.input, [samples, layer.inputs])
        } else {
            TensorData::new(found.input, [0])
        };
        let of_weight = TensorData::new(found.weight, [layer.inputs, layer.outputs]);
        (
            Values::from_data(of_weight),
            Values::from_data(TensorData::new(found.bias, [layer.outputs])),
            Values::from_data(of_input),
        )
    }
}

type Values = FloatTensor<Flex>;

fn layer(x: &Values, weight: &Values, activation: Option<Activation>) -> (Dense, usize) {
    let (of_x, of_weight) = (x.layout().shape(), weight.layout().shape());
    let layer = Dense {
        inputs: of_weight[0],
        outputs: of_weight[1],
        activation: kernels::activation(activation),
    };
    (layer, of_x[0])
}

/// Of a tensor whose numbers lie one behind the other.
fn numbers(tensor: &Values) -> &[f32] {
    let begin = tensor.layout().start_offset();
    &tensor.storage::<f32>()[begin..begin + tensor.layout().num_elements()]
}

impl<B: DenseOps, C: CheckpointStrategy> DenseOps for Autodiff<B, C> {
    fn dense(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Option<Activation>,
    ) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct DenseLayer;

        impl<B: DenseOps> Backward<B, 3> for DenseLayer {
            type State = ([FloatTensor<B>; 3], Option<Activation>);

            fn backward(
                self,
                ops: Ops<Self::State, 3>,
                gradients: &mut Gradients,
                _: &mut Checkpointer,
            ) {
                let ([x, weight, output], activation) = ops.state;
                let [of_x, of_weight, of_bias] = ops.parents;
                let gradient = gradients.consume::<B>(&ops.node);
                let wants_input = of_x.is_some();
                let (d_weight, d_bias, d_x) =
                    B::dense_backward(x, weight, output, gradient, activation, wants_input);
                for (node, gradient) in [(of_x, d_x), (of_weight, d_weight), (of_bias, d_bias)] {
                    if let Some(node) = node {
                        gradients.register::<B>(node.id, gradient);
                    }
                }
            }
        }

        let nodes = [x.node(), weight.node(), bias.node()];
        let [x, weight, bias] = [
            x.into_primitive(),
            weight.into_primitive(),
            bias.into_primitive(),
        ];
        match DenseLayer.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = B::dense(x.clone(), weight.clone(), bias, activation);
                prepared.finish(([x, weight, output.clone()], activation), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::dense(x, weight, bias, activation)),
        }
    }

    fn dense_backward(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: Option<Activation>,
        _: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("{WITHIN}")
    }
}
