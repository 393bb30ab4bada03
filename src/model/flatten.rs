//! Images to vectors: nothing but another shape, where an image's numbers lie channel by channel.
//!
//! Those that [`convolution`](super::convolution) has made on the CPU lie pixel by pixel. burn's flex puts them in order on one core,
//! while the others wait; [`FlattenOps`] extends it by a kernel that all of them work on.

use brecha_kernels::Order;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Tensor, TensorData};

use super::convolution::flex::images;
use super::kernels::in_use;

/// `[samples, channels · height · width]` of `x` as `[samples, channels, height, width]`.
#[must_use]
pub fn flatten(x: Tensor<4>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as FlattenOps>::flatten(x.into_dispatch()))
}

/// The operation, and its derivative.
#[backend_extension(Flex, Autodiff)]
pub trait FlattenOps: Backend {
    /// `[samples, features]`
    fn flatten(x: FloatTensor<Self>) -> FloatTensor<Self> {
        reshaped::<Self>(x)
    }
}

fn flat(images: &Shape) -> Shape {
    Shape::new([images[0], images[1] * images[2] * images[3]])
}

fn reshaped<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let shape = flat(&x.shape());
    B::float_reshape(x, shape)
}

impl FlattenOps for Flex {
    fn flatten(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let shape = x.shape();
        let found = in_use(x.dtype()).and_then(|_| images(&x));
        match found {
            Some(images) if images.order == Order::ChannelsLast => {
                let values = images.channels_first(shape[1], shape[2] * shape[3]);
                FloatTensor::<Self>::from_data(TensorData::new(values, flat(&shape)))
            }
            _ => reshaped::<Self>(x),
        }
    }
}

impl<B: FlattenOps, C: CheckpointStrategy> FlattenOps for Autodiff<B, C> {
    fn flatten(x: FloatTensor<Self>) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Flatten;

        impl<B: Backend> Backward<B, 1> for Flatten {
            type State = Shape;

            fn backward(
                self,
                ops: Ops<Self::State, 1>,
                gradients: &mut Gradients,
                _: &mut Checkpointer,
            ) {
                let gradient = gradients.consume::<B>(&ops.node);
                let [of_x] = ops.parents;
                if let Some(node) = of_x {
                    gradients.register::<B>(node.id, B::float_reshape(gradient, ops.state));
                }
            }
        }

        let nodes = [x.node()];
        let x = x.into_primitive();
        let shape = x.shape();
        match Flatten.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(shape, B::flatten(x)),
            OpsKind::UnTracked(prepared) => prepared.finish(B::flatten(x)),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};

    use super::*;

    /// `[samples, channels, height, width]` of different numbers, which lie channels last.
    fn images(shape: [usize; 4], device: &Device) -> Tensor<4> {
        let [samples, channels, height, width] = shape;
        let count = shape.iter().product::<usize>() as u16;
        let values: Vec<f32> = (0..count).map(f32::from).collect();
        let data = TensorData::new(values, [samples, height, width, channels]);
        Tensor::from_data(data, device).permute([0, 3, 1, 2])
    }

    fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().iter::<f32>().collect()
    }

    #[test]
    fn it_is_burns_own_with_its_gradient() {
        let device = Device::flex().autodiff();
        // Of one part, of several, of one channel, of one pixel.
        for shape in [[3, 5, 2, 7], [20, 3, 4, 5], [2, 1, 3, 3], [9, 4, 1, 1]] {
            for x in [
                images(shape, &device),
                images(shape, &device).mul_scalar(1.0),
            ] {
                let x = x.detach().require_grad();
                let own = flatten(x.clone());
                let burns = x.clone().flatten::<2>(1, 3);
                assert_eq!(numbers(own.clone()), numbers(burns.clone()), "{shape:?}");
                // A gradient that differs from number to number: that of Σ y².
                let of_own = (own.clone() * own).sum().backward();
                let of_burns = (burns.clone() * burns).sum().backward();
                let gradient = |gradients| x.grad(gradients).map(numbers);
                assert_eq!(gradient(&of_own), gradient(&of_burns), "{shape:?}");
                assert!(gradient(&of_own).is_some());
            }
        }
    }
}
