//! `θ(s) = s Φ(s)`, `Φ` the distribution function of the standard normal distribution: the expected value of `s` times a mask
//! that is 1 with probability `Φ(s)` (Hendrycks and Gimpel 2016, section 2). The exact form, not the one with tanh.
//!
//! ```text
//! Φ(s)  = ½ (1 + erf(s / √2))          Φ'(s) = φ(s) = e^(−s²/2) / √(2π)
//! θ'(s) = Φ(s) + s φ(s)                by the product rule
//! dx    = (Φ(x) + x φ(x)) ⊗ ds
//! ```
//!
//! The error function is summed up from its series (Abramowitz and Stegun, 7.1.6), whose terms are all positive, so that it is
//! right to the last digits; statrs' is not, its tenth digit differs at times:
//!
//! ```text
//! erf x = 2/√π · e^(−x²) · Σ_n 2ⁿ x^(2n+1) / (1 · 3 ⋯ (2n + 1))
//! ```

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

use super::array::Array;

/// `Φ`
#[must_use]
pub fn distribution(s: f64) -> f64 {
    0.5 * (1.0 + erf(s * FRAC_1_SQRT_2))
}

fn erf(x: f64) -> f64 {
    let size = x.abs();
    // There it is 1 to 17 digits.
    if size > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum, mut n) = (size, size, 0.0);
    while term > sum * f64::EPSILON / 8.0 {
        n += 1.0;
        term *= 2.0 * size * size / (2.0 * n + 1.0);
        sum += term;
    }
    x.signum() * FRAC_2_SQRT_PI * (-size * size).exp() * sum
}

/// `φ`
#[must_use]
pub fn density(s: f64) -> f64 {
    (-0.5 * s * s).exp() / (2.0 * PI).sqrt()
}

/// θ of each value.
#[must_use]
pub fn forward<const D: usize>(x: &Array<D>) -> Array<D> {
    x.map(|x| x * distribution(x))
}

/// `dx`, of the shape of `x`.
#[must_use]
pub fn dx<const D: usize>(x: &Array<D>, ds: &Array<D>) -> Array<D> {
    x.zip(ds, |x, ds| (distribution(x) + x * density(x)) * ds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To 16 digits, as the C library has it; the first ten are in Abramowitz and Stegun's table 7.1.
    #[test]
    fn the_error_function_is_right_to_the_last_digits() {
        for (x, expected) in [
            (0.5, 0.520_499_877_813_046_5),
            (1.0, 0.842_700_792_949_714_9),
            (2.0, 0.995_322_265_018_952_7),
        ] {
            assert!((erf(x) - expected).abs() < 1e-15, "{}", erf(x));
            assert!((erf(-x) + expected).abs() < 1e-15, "{}", erf(-x));
        }
        // erfc 3 = 2.209049699858544e-5; the far end joins on.
        assert!((1.0 - erf(3.0) - 2.209_049_699_858_544e-5).abs() < 1e-15);
        for (x, expected) in [(0.0, 0.0), (5.999, 1.0), (6.001, 1.0), (-1e300, -1.0)] {
            assert!((erf(x) - expected).abs() < 1e-14, "{x}: {}", erf(x));
        }
        assert!(erf(f64::NAN).is_nan());
    }

    /// The normal distribution's table: Φ(1) = 0.8413447461, φ(1) = 0.2419707245.
    #[test]
    fn it_is_what_tables_of_the_normal_distribution_say() {
        let x = Array::new([1, 3], vec![-1.0, 0.0, 1.0]);
        let ones = Array::new([1, 3], vec![1.0; 3]);
        let (phi, density) = (0.841_344_746_1, 0.241_970_724_5);
        let expected = [-(1.0 - phi), 0.0, phi];
        for (found, expected) in forward(&x).values().iter().zip(expected) {
            assert!((found - expected).abs() < 1e-10, "{found} {expected}");
        }
        let expected = [1.0 - phi - density, 0.5, phi + density];
        for (found, expected) in dx(&x, &ones).values().iter().zip(expected) {
            assert!((found - expected).abs() < 1e-10, "{found} {expected}");
        }
    }
}
