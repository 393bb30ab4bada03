//! `θ(s) = s` above 0 and `a s` below, `a = 0.01`: a ReLU that never closes (Maas, Hannun and Ng 2013, section 2.3).
//!
//! ```text
//! θ'(s) = 1 for s > 0, a for s < 0
//! dx    = ds where x > 0, else a ds
//! ```
//!
//! At the kink `s = 0` there is no derivative. Here it is `a` there; a comparison has to avoid the kink.

use super::array::Array;

/// `a`
pub const SLOPE: f64 = 0.01;

/// θ of each value.
#[must_use]
pub fn forward<const D: usize>(x: &Array<D>) -> Array<D> {
    x.map(|x| if x > 0.0 { x } else { SLOPE * x })
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx<const D: usize>(x: &Array<D>, ds: &Array<D>) -> Array<D> {
    x.zip(ds, |x, ds| if x > 0.0 { ds } else { SLOPE * ds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundredth_leaks() {
        let x = Array::new([1, 3], vec![-200.0, 0.0, 3.0]);
        let ds = Array::new([1, 3], vec![5.0, 1.0, 5.0]);
        assert_eq!(forward(&x).values(), [-2.0, 0.0, 3.0]);
        assert_eq!(dx(&x, &ds).values(), [0.05, 0.01, 5.0]);
    }
}
