//! Convolution, activation and pooling as one operation of every back end.
//!
//! [`ConvolutionOps`] extends burn's back end flex. Its methods have bodies made of burn's own operations, which flex takes in another
//! precision than f32; in f32 they are kernels of our own (`brecha-kernels`, in `src/kernels`), which do all three in one pass and
//! skip in the backward pass what pooling has made zero. The backward pass is written by hand for both, as
//! [`backprop::conv2d`](crate::backprop::conv2d) and [`backprop::max_pool`](crate::backprop::max_pool) derive it; the check of the
//! gradients compares it like any other. On other back ends a network takes burn's operations one by one: naming them here as well
//! would compile their convolutions a second time, minutes of every build.

use brecha_kernels::{Convolution, Pool};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Shape, Tensor};

use super::kernels::{self, WITHIN, in_use};
use super::layer::Window;
use crate::model::Activation;

/// What is done behind the convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Stride and padding.
    pub conv: ConvOptions<2>,
    /// Of each value; one that [`kernels::fuses`].
    pub activation: Option<Activation>,
    /// The largest of each window, whose windows do not overlap.
    pub pool: Option<Window>,
}

impl Options {
    /// Whether pooling can: no value is looked at twice.
    #[must_use]
    pub fn pools(window: &Window) -> bool {
        (0..2).all(|axis| window.stride[axis] >= window.size[axis])
            && window.size[0] * window.size[1] <= 256
    }

    fn kernel(&self, input: &Shape, weight: &Shape) -> Convolution {
        Convolution {
            channels: input[1],
            input: [input[2], input[3]],
            filters: weight[0],
            kernel: [weight[2], weight[3]],
            stride: self.conv.stride,
            padding: self.conv.padding,
            activation: kernels::activation(self.activation),
            pool: self
                .pool
                .map(|Window { size, stride }| Pool { size, stride }),
        }
    }
}

/// `pool(θ(w ⋆ x + b))` of `x` as `[samples, channels, height, width]` and `w` as `[filters, channels, height, width]`.
#[must_use]
pub fn convolve(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, options: Options) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ConvolutionOps>::convolve(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        options,
    ))
}

/// The operation, and its derivative.
#[backend_extension(Flex, Autodiff)]
pub trait ConvolutionOps: Backend {
    /// `[samples, filters, height, width]`
    fn convolve(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: Options,
    ) -> FloatTensor<Self> {
        Self::convolve_and_keep(x, weight, bias, options).0
    }

    /// The same, and which value of each window was the largest, for [`ConvolutionOps::convolve_backward`] of the same back end.
    fn convolve_and_keep(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: Options,
    ) -> (FloatTensor<Self>, IntTensor<Self>) {
        composed::forward::<Self>(x, weight, bias, &options)
    }

    /// The gradients of weight, bias and input, where that of the output is `gradient`; that of the input is empty where
    /// `wants_input` is not set.
    #[allow(
        clippy::too_many_arguments,
        reason = "a back end's operation takes tensors one by one"
    )]
    fn convolve_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output: FloatTensor<Self>,
        winners: IntTensor<Self>,
        gradient: FloatTensor<Self>,
        options: Options,
        wants_input: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let saved = composed::Saved::<Self> {
            x,
            weight,
            bias,
            output,
            winners,
        };
        composed::backward::<Self>(saved, gradient, &options, wants_input)
    }
}

/// The operation in burn's own.
mod composed {
    use burn::backend::tensor::{FloatTensor, IntTensor};
    use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings};
    use burn::tensor::Shape;

    use super::{Options, Window, kernels};

    /// What the backward pass needs of the forward pass.
    pub(super) struct Saved<B: Backend> {
        pub x: FloatTensor<B>,
        pub weight: FloatTensor<B>,
        pub bias: FloatTensor<B>,
        pub output: FloatTensor<B>,
        pub winners: IntTensor<B>,
    }

    pub(super) fn forward<B: Backend>(
        x: FloatTensor<B>,
        weight: FloatTensor<B>,
        bias: FloatTensor<B>,
        options: &Options,
    ) -> (FloatTensor<B>, IntTensor<B>) {
        let device = x.device();
        let int = get_or_init_device_settings::<B>(&device).int_dtype;
        let s = B::conv2d(x, weight, Some(bias), options.conv.clone());
        // The activation never falls, so that it may follow: on fewer values.
        let (s, winners) = match options.pool {
            Some(Window { size, stride }) => {
                let pooled =
                    B::max_pool2d_with_indices(s, size, stride, [0, 0], [1, 1], false, int);
                (pooled.output, pooled.indices)
            }
            None => (s, B::int_empty(Shape::new([0]), &device, int)),
        };
        let output = kernels::activate::<B>(s, options.activation);
        (output, winners)
    }

    pub(super) fn backward<B: Backend>(
        saved: Saved<B>,
        gradient: FloatTensor<B>,
        options: &Options,
        wants_input: bool,
    ) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
        let Saved {
            x,
            weight,
            bias,
            output,
            winners,
        } = saved;
        let (device, dtype) = (x.device(), x.dtype());
        let float = dtype.into();
        let gradient = kernels::before_activation::<B>(output, gradient, options.activation);
        let gradient = match options.pool {
            Some(Window { size, stride }) => {
                let kernel = options.kernel(&x.shape(), &weight.shape());
                let shape = [
                    x.shape()[0],
                    kernel.filters,
                    kernel.convolved(0),
                    kernel.convolved(1),
                ];
                // Of what was pooled, only the shape is looked at.
                let pooled = B::float_zeros(Shape::new(shape), &device, float);
                let unpooled = B::max_pool2d_with_indices_backward(
                    pooled,
                    size,
                    stride,
                    [0, 0],
                    [1, 1],
                    false,
                    gradient,
                    winners,
                );
                unpooled.x_grad
            }
            None => gradient,
        };
        let conv = || options.conv.clone();
        let of_bias = B::conv2d_bias_backward(x.clone(), bias, gradient.clone());
        let of_input = if wants_input {
            B::conv2d_x_backward(x.clone(), weight.clone(), gradient.clone(), conv())
        } else {
            B::float_empty(Shape::new([0]), &device, float)
        };
        let of_weight = B::conv2d_weight_backward(x, weight, gradient, conv());
        (of_weight, of_bias, of_input)
    }
}

impl ConvolutionOps for Flex {
    fn convolve(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: Options,
    ) -> FloatTensor<Self> {
        match in_use(x.dtype()) {
            Some(instructions) => {
                flex::forward(&x, &weight, &bias, &options, instructions, false).0
            }
            None => composed::forward::<Self>(x, weight, bias, &options).0,
        }
    }

    fn convolve_and_keep(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: Options,
    ) -> (FloatTensor<Self>, IntTensor<Self>) {
        match in_use(x.dtype()) {
            Some(instructions) => flex::forward(&x, &weight, &bias, &options, instructions, true),
            None => composed::forward::<Self>(x, weight, bias, &options),
        }
    }

    fn convolve_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output: FloatTensor<Self>,
        winners: IntTensor<Self>,
        gradient: FloatTensor<Self>,
        options: Options,
        wants_input: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let instructions = in_use(x.dtype());
        let saved = composed::Saved::<Self> {
            x,
            weight,
            bias,
            output,
            winners,
        };
        match instructions {
            Some(instructions) => {
                flex::backward(&saved, &gradient, &options, wants_input, instructions)
            }
            None => composed::backward::<Self>(saved, gradient, &options, wants_input),
        }
    }
}

/// The operation in kernels of our own.
pub(super) mod flex {
    use brecha_kernels::{Images, Instructions, Order, Passed};
    use burn::backend::Flex;
    use burn::backend::tensor::{FloatTensor, IntTensor};
    use burn::tensor::TensorData;

    use super::{Options, composed};

    type Values = FloatTensor<Flex>;

    /// The numbers of `[samples, channels, height, width]` as they lie, where they lie in either order without gaps.
    pub(in crate::model) fn images(x: &Values) -> Option<Images<'_>> {
        let layout = x.layout();
        let order = if layout.is_contiguous() {
            Order::ChannelsFirst
        } else if layout.permute(&[0, 2, 3, 1]).is_contiguous() {
            Order::ChannelsLast
        } else {
            return None;
        };
        let begin = layout.start_offset();
        let values = &x.storage::<f32>()[begin..begin + layout.num_elements()];
        Some(Images { values, order })
    }

    /// A view of the first as the second shape, whose numbers lie channels last.
    fn channels_first(values: Vec<f32>, [samples, channels, height, width]: [usize; 4]) -> Values {
        let tensor = Values::from_data(TensorData::new(values, [samples, height, width, channels]));
        let layout = tensor.layout().permute(&[0, 3, 1, 2]);
        tensor.with_layout(layout)
    }

    /// The same numbers in one of the orders that [`whole`] takes.
    fn dense(x: Values) -> Values {
        if images(&x).is_some() {
            x
        } else {
            x.to_contiguous()
        }
    }

    /// Of a tensor that [`dense`] has made.
    fn whole(x: &Values) -> Images<'_> {
        images(x).unwrap_or(Images {
            values: &[],
            order: Order::ChannelsFirst,
        })
    }

    /// The same numbers, channels last.
    fn channels_last(x: &Values) -> Values {
        let turned = x.layout().permute(&[0, 2, 3, 1]);
        let is_there = turned.is_contiguous();
        let turned = x.clone().with_layout(turned);
        let turned = if is_there {
            turned
        } else {
            turned.to_contiguous()
        };
        let layout = turned.layout().permute(&[0, 3, 1, 2]);
        turned.with_layout(layout)
    }

    fn contiguous(x: &Values) -> (Values, usize) {
        let x = x.to_contiguous();
        let begin = x.layout().start_offset();
        (x, begin)
    }

    pub(super) fn forward(
        x: &Values,
        weight: &Values,
        bias: &Values,
        options: &Options,
        instructions: Instructions,
        keeps: bool,
    ) -> (Values, IntTensor<Flex>) {
        let (of_x, of_weight) = (x.layout().shape(), weight.layout().shape());
        let kernel = options.kernel(of_x, of_weight);
        let samples = of_x[0];
        let x = dense(x.clone());
        let ((weight, weight_at), (bias, bias_at)) = (contiguous(weight), contiguous(bias));
        let (output, winners) = kernel.forward(
            whole(&x),
            &weight.storage::<f32>()[weight_at..][..kernel.weight_len()],
            &bias.storage::<f32>()[bias_at..][..kernel.filters],
            keeps,
            instructions,
        );
        let shape = [samples, kernel.filters, kernel.output(0), kernel.output(1)];
        let kept = winners.len();
        let winners = IntTensor::<Flex>::from_data(TensorData::new(winners, [kept]));
        (channels_first(output, shape), winners)
    }

    pub(super) fn backward(
        saved: &composed::Saved<Flex>,
        gradient: &Values,
        options: &Options,
        wants_input: bool,
        instructions: Instructions,
    ) -> (Values, Values, Values) {
        let composed::Saved {
            x,
            weight,
            output,
            winners,
            ..
        } = saved;
        let (of_x, of_weight) = (x.layout().shape(), weight.layout().shape());
        let kernel = options.kernel(of_x, of_weight);
        let shape = [of_x[0], of_x[1], of_x[2], of_x[3]];
        let (x, gradient) = (dense(x.clone()), dense(gradient.clone()));
        let (weight, weight_at) = contiguous(weight);
        // As `forward` has made it.
        let output = channels_last(output);
        let found = kernel.backward(
            Passed {
                images: whole(&x),
                weight: &weight.storage::<f32>()[weight_at..][..kernel.weight_len()],
                output: whole(&output).values,
                winners: winners.storage::<u8>(),
            },
            whole(&gradient),
            wants_input,
            instructions,
        );
        let of_weight = TensorData::new(found.weight, weight.layout().shape().clone());
        let of_input = if wants_input {
            channels_first(found.input, shape)
        } else {
            Values::from_data(TensorData::new(found.input, [0]))
        };
        (
            Values::from_data(of_weight),
            Values::from_data(TensorData::new(found.bias, [kernel.filters])),
            of_input,
        )
    }
}

impl<B: ConvolutionOps, C: CheckpointStrategy> ConvolutionOps for Autodiff<B, C> {
    fn convolve(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: Options,
    ) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Convolve;

        impl<B: ConvolutionOps> Backward<B, 3> for Convolve {
            type State = ([FloatTensor<B>; 4], IntTensor<B>, Options);

            fn backward(
                self,
                ops: Ops<Self::State, 3>,
                gradients: &mut Gradients,
                _: &mut Checkpointer,
            ) {
                let ([x, weight, bias, output], winners, options) = ops.state;
                let [of_x, of_weight, of_bias] = ops.parents;
                let gradient = gradients.consume::<B>(&ops.node);
                let wants_input = of_x.is_some();
                let (d_weight, d_bias, d_x) = B::convolve_backward(
                    x,
                    weight,
                    bias,
                    output,
                    winners,
                    gradient,
                    options,
                    wants_input,
                );
                for (node, gradient) in [(of_x, d_x), (of_weight, d_weight), (of_bias, d_bias)] {
                    if let Some(node) = node {
                        gradients.register::<B>(node.id, gradient);
                    }
                }
            }
        }

        let nodes = [x.node(), weight.node(), bias.node()];
        let [x, weight, bias] = [x, weight, bias].map(FloatTensor::<Self>::into_primitive);
        match Convolve.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let (output, winners) =
                    B::convolve_and_keep(x.clone(), weight.clone(), bias.clone(), options.clone());
                let state = ([x, weight, bias, output.clone()], winners, options);
                prepared.finish(state, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::convolve(x, weight, bias, options)),
        }
    }

    fn convolve_and_keep(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: Options,
    ) -> (FloatTensor<Self>, IntTensor<Self>) {
        unreachable!("{WITHIN}")
    }

    fn convolve_backward(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: IntTensor<Self>,
        _: FloatTensor<Self>,
        _: Options,
        _: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("{WITHIN}")
    }
}
