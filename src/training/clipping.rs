//! Gradients that are too long are shortened, all by the same factor, so that their direction stays.
//!
//! `g ← g · limit / ‖g‖` where `‖g‖`, over all parameters together, is above the limit (Pascanu, Mikolov and Bengio 2013).
//! burn's own clipping takes each tensor's norm by itself, which turns the direction.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Shortens gradients of this norm to `limit`, if they are longer.
pub(super) fn clip<M: Module>(
    network: &M,
    gradients: GradientsParams,
    norm: f64,
    limit: f64,
) -> GradientsParams {
    if norm <= limit {
        return gradients;
    }
    let mut visitor = Scale {
        gradients,
        factor: limit / norm,
    };
    network.visit(&mut visitor);
    visitor.gradients
}

struct Scale {
    gradients: GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scale {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(parameter.id) {
            let scaled = gradient.mul_scalar(self.factor);
            self.gradients.register::<D>(parameter.id, scaled);
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[derive(Module, Debug)]
    struct Two {
        a: Param<Tensor<1>>,
        b: Param<Tensor<2>>,
    }

    /// Gradients (3, 0) and (0, 4), of norm 5, with this limit.
    fn clipped(limit: f64) -> Vec<f32> {
        let device = Device::flex().autodiff();
        let two = Two {
            a: Param::from_data([1.0_f32, 0.0], &device),
            b: Param::from_data([[0.0_f32, 1.0]], &device),
        };
        let loss = (two.a.val() * Tensor::from_floats([3.0, 0.0], &device)).sum()
            + (two.b.val() * Tensor::from_floats([[0.0, 4.0]], &device)).sum();
        let gradients = GradientsParams::from_grads(loss.backward(), &two);
        let gradients = clip(&two, gradients, 5.0, limit);
        let a = gradients.get::<1>(two.a.id).unwrap().into_data();
        let b = gradients.get::<2>(two.b.id).unwrap().into_data();
        a.iter::<f32>().chain(b.iter::<f32>()).collect()
    }

    #[test]
    fn all_tensors_shrink_by_the_same_factor() {
        assert_eq!(clipped(5.0), [3.0, 0.0, 0.0, 4.0]);
        assert_eq!(clipped(10.0), [3.0, 0.0, 0.0, 4.0]);
        // Half of the norm is an exact factor.
        assert_eq!(clipped(2.5), [1.5, 0.0, 0.0, 2.0]);
    }
}
