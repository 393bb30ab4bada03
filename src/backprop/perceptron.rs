//! The perceptron: a weighted sum and its sign.
//!
//! ```text
//! h(x) = sign(s)      s = w₀ + Σ_i w_i x_i
//! ```
//!
//! On inputs of ±1, where +1 is true, one perceptron computes OR and another AND:
//!
//! ```text
//! OR(x₁, x₂)  = sign(x₁ + x₂ + 1.5)        AND(x₁, x₂) = sign(x₁ + x₂ − 1.5)
//!
//! x₁ x₂ | x₁ + x₂ + 1.5 | OR               x₁ x₂ | x₁ + x₂ − 1.5 | AND
//! −1 −1 |     −0.5      | −1               −1 −1 |     −3.5      | −1
//! −1 +1 |     +1.5      | +1               −1 +1 |     −1.5      | −1
//! +1 −1 |     +1.5      | +1               +1 −1 |     −1.5      | −1
//! +1 +1 |     +3.5      | +1               +1 +1 |     +0.5      | +1
//! ```
//!
//! XOR is true at (−1, +1) and (+1, −1), and no single perceptron computes it. If one did, its four sums would satisfy
//!
//! ```text
//!   w₀ − w₁ + w₂ > 0      w₀ + w₁ − w₂ > 0      −(w₀ − w₁ − w₂) > 0      −(w₀ + w₁ + w₂) > 0
//! ```
//!
//! whose sum is `0 > 0`. (Where such a sum of the inequalities exists, and only there, no separator does: Gordan 1873.)
//! A combination of perceptrons does: XOR = h₁·¬h₂ + ¬h₁·h₂, see [`xor`].

use super::lecture::{Network, Theta};

/// `sign(w₀ + Σ w_i x_i)`
#[derive(Clone, Debug, PartialEq)]
pub struct Perceptron {
    /// w₀
    pub bias: f64,
    /// `w₁ … w_d`
    pub weights: Vec<f64>,
}

/// OR of two inputs.
#[must_use]
pub fn or() -> Perceptron {
    Perceptron {
        bias: 1.5,
        weights: vec![1.0, 1.0],
    }
}

/// AND of two inputs.
#[must_use]
pub fn and() -> Perceptron {
    Perceptron {
        bias: -1.5,
        weights: vec![1.0, 1.0],
    }
}

impl Perceptron {
    /// `s = w₀ + Σ w_i x_i`
    #[must_use]
    pub fn sum(&self, x: &[f64]) -> f64 {
        let products = self.weights.iter().zip(x).map(|(w, x)| w * x);
        self.bias + products.sum::<f64>()
    }

    /// `h(x) = sign(s)`
    #[must_use]
    pub fn output(&self, x: &[f64]) -> f64 {
        Theta::Sign.of(self.sum(x))
    }
}

/// XOR = h₁·¬h₂ + ¬h₁·h₂ with hᵢ = sign(xᵢ), as a network of three layers of perceptrons:
///
/// ```text
/// layer 1   h₁ = sign(x₁)                 h₂ = sign(x₂)
/// layer 2   h₁·¬h₂ = sign(h₁ − h₂ − 1.5)  ¬h₁·h₂ = sign(−h₁ + h₂ − 1.5)      (AND, one side negated)
/// layer 3   sign(x₁ + x₂ + 1.5)                                              (OR)
/// ```
#[must_use]
pub fn xor() -> Network {
    // Row 0 is the bias; then one row per input. A column is a perceptron.
    let first = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
    let second = [[-1.5, -1.5], [1.0, -1.0], [-1.0, 1.0]];
    let third = [[1.5], [1.0], [1.0]];
    Network::from_rows(Theta::Sign, &[&rows(&first), &rows(&second), &rows(&third)])
}

fn rows<const COLUMNS: usize>(matrix: &[[f64; COLUMNS]]) -> Vec<&[f64]> {
    matrix.iter().map(<[f64; COLUMNS]>::as_slice).collect()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "sums of halves are exact in binary")]
mod tests {
    use super::*;

    const POINTS: [[f64; 2]; 4] = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]];
    const XOR: [f64; 4] = [-1.0, 1.0, 1.0, -1.0];

    #[test]
    fn or_and_and_are_the_two_tables_of_the_lecture() {
        // Sums of halves: exact in binary, so compared exactly.
        let table =
            |perceptron: &Perceptron| POINTS.map(|x| (perceptron.sum(&x), perceptron.output(&x)));
        let or_table = [(-0.5, -1.0), (1.5, 1.0), (1.5, 1.0), (3.5, 1.0)];
        let and_table = [(-3.5, -1.0), (-1.5, -1.0), (-1.5, -1.0), (0.5, 1.0)];
        assert_eq!(table(&or()), or_table);
        assert_eq!(table(&and()), and_table);
    }

    #[test]
    fn three_layers_of_signs_are_xor_exactly() {
        let network = xor();
        for (x, y) in POINTS.iter().zip(XOR) {
            assert_eq!(network.forward_propagation(x).output(), [y]);
        }
    }

    /// Gordan's alternative: `y_n (w₀ + w·x_n) > 0` for all n has no solution if some sum of the rows
    /// `y_n [1, x_n]`, with weights that are ≥ 0 and not all 0, vanishes.
    fn certificate(targets: [f64; 4], multipliers: [f64; 4]) -> bool {
        let mut sum = [0.0; 3];
        for ((x, y), multiplier) in POINTS.iter().zip(targets).zip(multipliers) {
            for (sum, row) in sum.iter_mut().zip([1.0, x[0], x[1]]) {
                *sum += multiplier * y * row;
            }
        }
        let proper = multipliers.iter().all(|&m| m >= 0.0) && multipliers.iter().any(|&m| m > 0.0);
        proper && sum == [0.0; 3]
    }

    #[test]
    fn no_single_perceptron_is_xor() {
        assert!(certificate(XOR, [1.0; 4]));
        // The certificate does not fit what a perceptron can do: of the 16 truth tables it exists for XOR and its
        // opposite alone, and each of the other 14 has a perceptron among small weights.
        let multipliers = |code: usize| [0, 1, 2, 3].map(|bit| ((code >> bit) & 1) as f64);
        for table in 0..16_usize {
            let targets = [0, 1, 2, 3].map(|bit| if table >> bit & 1 == 1 { 1.0 } else { -1.0 });
            let impossible = (1..16).any(|code| certificate(targets, multipliers(code)));
            let halves = (-3..=3).map(|half| f64::from(half) / 2.0);
            let found = halves.clone().any(|bias| {
                halves.clone().any(|w1| {
                    halves.clone().any(|w2| {
                        let weights = vec![w1, w2];
                        let perceptron = Perceptron { bias, weights };
                        let mut outputs = POINTS.iter().map(|x| perceptron.output(x));
                        targets.iter().all(|&y| outputs.next() == Some(y))
                    })
                })
            });
            let xor_or_its_opposite = targets == XOR || targets == XOR.map(|y| -y);
            assert_eq!(impossible, xor_or_its_opposite, "{targets:?}");
            assert_eq!(found, !xor_or_its_opposite, "{targets:?}");
        }
    }
}
