//! The multilayer perceptron in the lecture's own notation: the bias is row 0 of every weight matrix.
//!
//! Layers `l = 1 … L`, layer `l` with `d(l)` units:
//!
//! | what | shape | formula |
//! |---|---|---|
//! | weights `W(l)` | `(d(l−1) + 1) × d(l)` | row 0 is the bias, column j belongs to unit j |
//! | signal `s(l)` | `d(l)` | `s(l) = W(l)ᵀ x(l−1)` |
//! | output `x(l)` | `d(l) + 1` | `x(l) = [1; θ(s(l))]`, `x(0) = [1; x]` |
//! | error `e` | one number | `e = Σ_k (x_k(L) − y_k)²` |
//! | sensitivity `δ(l)` | `d(l)` | `δ(l) = ∂e / ∂s(l)` |
//! | gradient `G(l)` | as `W(l)` | `G(l) = ∂e / ∂W(l)` |
//!
//! **Output layer.** `e` depends on `s_k(L)` through `x_k(L) = θ(s_k(L))` alone, so by the chain rule
//!
//! ```text
//! δ(L) = 2 (x(L) − y) ⊗ θ'(s(L))
//! ```
//!
//! **Hidden layers.** `s_j(l)` acts on `e` through `x_j(l) = θ(s_j(l))`, and that through every signal of the next layer,
//! `s_k(l+1) = Σ_i W_ik(l+1) x_i(l)`, whose derivative after `x_j(l)` is `W_jk(l+1)`. So
//!
//! ```text
//! δ_j(l) = θ'(s_j(l)) Σ_k W_jk(l+1) δ_k(l+1)       or   δ(l) = θ'(s(l)) ⊗ [W(l+1) δ(l+1)]  without its row 0
//! ```
//!
//! Row 0 is left out because `x_0 = 1` is no output of any unit: nothing before it can change it.
//!
//! **Weights.** `W_ij(l)` acts through `s_j(l)` alone, with derivative `x_i(l−1)`:
//!
//! ```text
//! ∂e / ∂W(l) = x(l−1) δ(l)ᵀ
//! ```

use super::array::Array;

/// θ, applied to each signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theta {
    /// −1, 0 or 1: the perceptron's. Its derivative is 0 wherever it exists, so it cannot learn.
    Sign,
    /// tanh s: linear near 0, ±1 far out, and differentiable.
    Tanh,
    /// 1 / (1 + e⁻ˢ): tanh moved and scaled to 0 … 1.
    Sigmoid,
}

impl Theta {
    /// θ(s)
    #[must_use]
    pub fn of(self, s: f64) -> f64 {
        match self {
            Self::Sign if s == 0.0 => 0.0,
            Self::Sign => s.signum(),
            Self::Tanh => s.tanh(),
            Self::Sigmoid => 1.0 / (1.0 + (-s).exp()),
        }
    }

    /// θ'(s): `1 − θ²` for tanh, `θ (1 − θ)` for the sigmoid.
    #[must_use]
    pub fn derivative(self, s: f64) -> f64 {
        let theta = self.of(s);
        match self {
            Self::Sign => 0.0,
            Self::Tanh => 1.0 - theta * theta,
            Self::Sigmoid => theta * (1.0 - theta),
        }
    }
}

/// `W(1) … W(L)` and θ.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// `w[l − 1]` is `W(l)`, of shape `[d(l−1) + 1, d(l)]`.
    pub w: Vec<Array<2>>,
    /// The same in every layer.
    pub theta: Theta,
}

/// One example: the input and what the output should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// x, without the 1.
    pub x: Vec<f64>,
    /// y
    pub y: Vec<f64>,
}

/// What forward propagation leaves behind, and backward propagation needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Propagation {
    /// `s[l − 1]` is `s(l)`.
    pub s: Vec<Vec<f64>>,
    /// `x[l]` is `x(l)`, with the 1 in front.
    pub x: Vec<Vec<f64>>,
}

impl Propagation {
    /// `h(x) = x(L)`, without the 1.
    #[must_use]
    pub fn output(&self) -> &[f64] {
        // There is always x(0), and each x(l) begins with its 1.
        self.x.last().map_or(&[], |x| &x[1..])
    }
}

/// `E_in = 1/N Σ_n e_n`, and its gradient `G(l)` for every layer.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorAndGradients {
    /// `E_in`
    pub error: f64,
    /// `g[l − 1]` is `G(l) = ∂E_in / ∂W(l)`.
    pub g: Vec<Array<2>>,
}

impl Network {
    /// From the rows of each `W(l)`, row 0 the bias.
    #[must_use]
    pub fn from_rows(theta: Theta, layers: &[&[&[f64]]]) -> Self {
        let matrix = |rows: &&[&[f64]]| {
            let columns = rows.first().map_or(0, |row| row.len());
            Array::new([rows.len(), columns], rows.concat())
        };
        Self {
            w: layers.iter().map(matrix).collect(),
            theta,
        }
    }

    /// **Forward propagation**: `x(0) = [1; x]`, then for `l = 1 … L`: `s(l) = W(l)ᵀ x(l−1)`, `x(l) = [1; θ(s(l))]`.
    #[must_use]
    pub fn forward_propagation(&self, x: &[f64]) -> Propagation {
        let mut propagation = Propagation {
            s: Vec::new(),
            x: vec![with_one(x.iter().copied())],
        };
        for w in &self.w {
            let previous = &propagation.x[propagation.x.len() - 1];
            let [rows, columns] = w.shape();
            let mut s = vec![0.0; columns];
            for (j, s) in s.iter_mut().enumerate() {
                for i in 0..rows {
                    *s += w[[i, j]] * previous[i];
                }
            }
            propagation
                .x
                .push(with_one(s.iter().map(|&s| self.theta.of(s))));
            propagation.s.push(s);
        }
        propagation
    }

    /// **The error of one example**: `e = Σ_k (x_k(L) − y_k)²`.
    #[must_use]
    pub fn error(propagation: &Propagation, y: &[f64]) -> f64 {
        let pairs = propagation.output().iter().zip(y);
        pairs.map(|(x, y)| (x - y) * (x - y)).sum()
    }

    /// **Backward propagation**: `δ(L) = 2 (x(L) − y) ⊗ θ'(s(L))`, then for `l = L−1 … 1`:
    /// `δ(l) = θ'(s(l)) ⊗ [W(l+1) δ(l+1)]` without its row 0. Entry `l − 1` is `δ(l)`.
    #[must_use]
    pub fn sensitivities(&self, propagation: &Propagation, y: &[f64]) -> Vec<Vec<f64>> {
        let layers = self.w.len();
        let mut delta = vec![Vec::new(); layers];
        for l in (1..=layers).rev() {
            let s = &propagation.s[l - 1];
            let outer: Vec<f64> = if l == layers {
                let pairs = propagation.output().iter().zip(y);
                pairs.map(|(x, y)| 2.0 * (x - y)).collect()
            } else {
                let w = &self.w[l];
                let next: &Vec<f64> = &delta[l];
                let row = |i| (0..next.len()).map(|k| w[[i, k]] * next[k]).sum();
                (1..=s.len()).map(row).collect()
            };
            delta[l - 1] = s
                .iter()
                .zip(outer)
                .map(|(&s, outer)| self.theta.derivative(s) * outer)
                .collect();
        }
        delta
    }

    /// **The gradient of one example**: `∂e / ∂W(l) = x(l−1) δ(l)ᵀ` for every layer.
    #[must_use]
    pub fn gradients(propagation: &Propagation, delta: &[Vec<f64>]) -> Vec<Array<2>> {
        let outer_product = |(x, delta): (&Vec<f64>, &Vec<f64>)| {
            let mut g = Array::zeros([x.len(), delta.len()]);
            for i in 0..x.len() {
                for j in 0..delta.len() {
                    g[[i, j]] = x[i] * delta[j];
                }
            }
            g
        };
        propagation.x.iter().zip(delta).map(outer_product).collect()
    }

    /// **The algorithm** of the lecture: `E_in = 0`, `G(l) = 0`; for each example: forward, `δ`, then
    /// `E_in += e / N` and `G(l) += x(l−1) δ(l)ᵀ / N`.
    #[must_use]
    pub fn error_and_gradients(&self, examples: &[Example]) -> ErrorAndGradients {
        let share = 1.0 / examples.len() as f64;
        let mut sum = ErrorAndGradients {
            error: 0.0,
            g: self.w.iter().map(|w| Array::zeros(w.shape())).collect(),
        };
        for Example { x, y } in examples {
            let propagation = self.forward_propagation(x);
            let delta = self.sensitivities(&propagation, y);
            sum.error += share * Self::error(&propagation, y);
            for (sum, g) in sum.g.iter_mut().zip(Self::gradients(&propagation, &delta)) {
                *sum = sum.zip(&g, |sum, g| sum + share * g);
            }
        }
        sum
    }

    /// **Batch gradient descent**: `W(l) ← W(l) − η G(l)`, with the gradient over all examples. Returns `E_in` before
    /// the step.
    pub fn batch_step(&mut self, examples: &[Example], eta: f64) -> f64 {
        let ErrorAndGradients { error, g } = self.error_and_gradients(examples);
        for (w, g) in self.w.iter_mut().zip(&g) {
            *w = w.zip(g, |w, g| w - eta * g);
        }
        error
    }

    /// **The update per example** (stochastic gradient descent): the same with one example. Returns its `e` before the
    /// step.
    pub fn example_step(&mut self, example: &Example, eta: f64) -> f64 {
        self.batch_step(std::slice::from_ref(example), eta)
    }
}

fn with_one(values: impl Iterator<Item = f64>) -> Vec<f64> {
    std::iter::once(1.0).chain(values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounded to the digits that were printed, it is what was printed.
    #[track_caller]
    fn prints_as(found: f64, printed: &str) {
        let decimals = printed.split_once('.').map_or(0, |(_, after)| after.len());
        let rounded = format!("{found:.decimals$}");
        assert_eq!(rounded, printed, "{found}");
    }

    /// Han, Kamber and Pei, *Data Mining: Concepts and Techniques*, 3rd edition, section 9.2.3, example 9.1: a network
    /// of 3-2-1 sigmoid units, one example, one update. The book's error is half of the lecture's, so its learning
    /// rate of 0.9 is an η of 0.45, and its `Err_j` is `−δ_j / 2`.
    #[test]
    fn the_textbook_of_data_mining_is_reproduced_to_its_digits() {
        let mut network = Network::from_rows(
            Theta::Sigmoid,
            &[
                &[&[-0.4, 0.2], &[0.2, -0.3], &[0.4, 0.1], &[-0.5, 0.2]],
                &[&[0.1], &[-0.3], &[-0.2]],
            ],
        );
        let example = Example {
            x: vec![1.0, 0.0, 1.0],
            y: vec![1.0],
        };
        let propagation = network.forward_propagation(&example.x);
        // Table 9.2: net input and output of units 4, 5 and 6.
        prints_as(propagation.s[0][0], "-0.7");
        prints_as(propagation.s[0][1], "0.1");
        prints_as(propagation.x[1][1], "0.332");
        prints_as(propagation.x[1][2], "0.525");
        prints_as(propagation.s[1][0], "-0.105");
        prints_as(propagation.output()[0], "0.474");
        // Table 9.3: the errors.
        let delta = network.sensitivities(&propagation, &example.y);
        // The book goes on with the rounded output, 0.474 for 0.47389, which moves the fourth digit of this one.
        assert!((-delta[1][0] / 2.0 - 0.1311).abs() < 1e-4);
        prints_as(-delta[0][1] / 2.0, "-0.0065");
        prints_as(-delta[0][0] / 2.0, "-0.0087");
        // Table 9.4: the new weights and biases.
        network.example_step(&example, 0.45);
        let [first, second] = [&network.w[0], &network.w[1]];
        for (found, printed) in [
            (second[[1, 0]], "-0.261"),
            (second[[2, 0]], "-0.138"),
            (first[[1, 0]], "0.192"),
            (first[[1, 1]], "-0.306"),
            (first[[2, 0]], "0.4"),
            (first[[2, 1]], "0.1"),
            (first[[3, 0]], "-0.508"),
            (first[[3, 1]], "0.194"),
            (second[[0, 0]], "0.218"),
            (first[[0, 1]], "0.194"),
            (first[[0, 0]], "-0.408"),
        ] {
            prints_as(found, printed);
        }
    }

    /// Mazur, *A step by step backpropagation example* (2015): 2-2-2 sigmoid units, half the lecture's error, a rate of 0.5
    /// (η = 0.25), biases that stay. Printed to nine digits.
    #[test]
    fn the_step_by_step_example_is_reproduced_to_its_digits() {
        let mut network = Network::from_rows(
            Theta::Sigmoid,
            &[
                &[&[0.35, 0.35], &[0.15, 0.25], &[0.20, 0.30]],
                &[&[0.60, 0.60], &[0.40, 0.50], &[0.45, 0.55]],
            ],
        );
        let example = Example {
            x: vec![0.05, 0.10],
            y: vec![0.01, 0.99],
        };
        let propagation = network.forward_propagation(&example.x);
        prints_as(propagation.s[0][0], "0.3775");
        prints_as(propagation.x[1][1], "0.593269992");
        prints_as(propagation.x[1][2], "0.596884378");
        prints_as(propagation.s[1][0], "1.105905967");
        prints_as(propagation.output()[0], "0.75136507");
        prints_as(propagation.output()[1], "0.772928465");
        prints_as(
            Network::error(&propagation, &example.y) / 2.0,
            "0.298371109",
        );
        let delta = network.sensitivities(&propagation, &example.y);
        prints_as(delta[1][0] / 2.0, "0.138498562");
        network.example_step(&example, 0.25);
        let [first, second] = [&network.w[0], &network.w[1]];
        for (found, printed) in [
            (second[[1, 0]], "0.35891648"),
            (second[[2, 0]], "0.408666186"),
            (second[[1, 1]], "0.511301270"),
            (second[[2, 1]], "0.561370121"),
            (first[[1, 0]], "0.149780716"),
            (first[[2, 0]], "0.19956143"),
            (first[[1, 1]], "0.24975114"),
            (first[[2, 1]], "0.29950229"),
        ] {
            prints_as(found, printed);
        }
    }

    fn tanh_network() -> Network {
        Network::from_rows(
            Theta::Tanh,
            &[
                &[&[0.1, -0.4], &[0.7, 0.3], &[-0.2, 0.9]],
                &[&[0.05, 0.3], &[-0.6, 0.2], &[0.8, -0.5]],
            ],
        )
    }

    fn examples() -> Vec<Example> {
        let points = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]];
        let example = |[a, b]: [f64; 2]| Example {
            x: vec![a, b],
            y: vec![-a * b, a],
        };
        points.map(example).to_vec()
    }

    #[test]
    fn every_gradient_is_the_slope_of_the_error() {
        let network = tanh_network();
        let ErrorAndGradients { error, g } = network.error_and_gradients(&examples());
        assert!(error > 0.0);
        // Central differences: the rule's error is h²/6 times a third derivative of order 1, 6e-12, and the rounding
        // 2e-16 / h, 4e-11.
        let h = 6e-6;
        for (l, g) in g.iter().enumerate() {
            for index in 0..g.values().len() {
                let at = |step: f64| {
                    let mut moved = network.clone();
                    moved.w[l].values_mut()[index] += step;
                    moved.error_and_gradients(&examples()).error
                };
                let slope = (at(h) - at(-h)) / (2.0 * h);
                assert!(
                    (g.values()[index] - slope).abs() < 1e-9,
                    "W({}), {index}",
                    l + 1
                );
            }
        }
    }

    #[test]
    fn a_batch_step_is_the_mean_of_the_steps_per_example() {
        let examples = examples();
        let start = tanh_network();
        let mut batch = start.clone();
        let error = batch.batch_step(&examples, 0.1);
        let mut mean: Vec<Array<2>> = start.w.iter().map(|w| Array::zeros(w.shape())).collect();
        let mut errors = 0.0;
        for example in &examples {
            let mut single = start.clone();
            errors += single.example_step(example, 0.1) / 4.0;
            for (mean, w) in mean.iter_mut().zip(&single.w) {
                *mean = mean.zip(w, |mean, w| mean + w / 4.0);
            }
        }
        assert!((error - errors).abs() < 1e-15);
        for (batch, mean) in batch.w.iter().zip(&mean) {
            for (batch, mean) in batch.values().iter().zip(mean.values()) {
                assert!((batch - mean).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn scaled_up_weights_make_tanh_a_sign() {
        let mut network = super::super::perceptron::xor();
        network.theta = Theta::Tanh;
        for w in &mut network.w {
            *w = w.map(|w| 20.0 * w);
        }
        for (x, y) in [([-1.0, 1.0], 1.0), ([1.0, 1.0], -1.0)] {
            let output = network.forward_propagation(&x).output()[0];
            // The smallest sum is ±0.5 · 20 away from 0, and 1 − tanh 10 is 4e-9.
            assert!((output - y).abs() < 1e-8, "{output}");
        }
    }
}
