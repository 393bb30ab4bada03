//! The best straight answer there is: linear least squares, solved exactly.
//!
//! Numbers are predicted as a weighted sum of the inputs and a constant, with the weights that leave the least squared error
//! on the training samples (Legendre 1805). Where several do, as with one column per category, a vanishing preference for
//! small weights (Tikhonov's, 1e-9 of the inputs' mean square) decides, so that the equations always have a solution.

use super::baselines::Numbered;

/// More inputs than these make equations that take seconds.
pub const MOST_INPUTS: usize = 400;

/// Each squared error on `asked` of the weights that fit `train` best; `None` beyond [`MOST_INPUTS`], or where nothing trains.
#[must_use]
pub fn least_squares(train: Numbered, asked: Numbered) -> Option<Vec<f64>> {
    let width = train.width();
    if width == 0 || width > MOST_INPUTS || (!asked.numbers.is_empty() && asked.width() != width) {
        return None;
    }
    // The last one is the constant.
    let size = width + 1;
    let mut squares = vec![0.0_f64; size * size];
    let mut products = vec![0.0_f64; size];
    let mut row_of = vec![1.0_f64; size];
    for (row, number) in train.rows() {
        extend(&mut row_of, row);
        for (i, &a) in row_of.iter().enumerate() {
            products[i] += a * number;
            for (sum, &b) in squares[i * size..=i * size + i].iter_mut().zip(&row_of) {
                *sum += a * b;
            }
        }
    }
    let trace: f64 = (0..size).map(|i| squares[i * size + i]).sum();
    for i in 0..size {
        squares[i * size + i] += 1e-9 * trace / size as f64;
    }
    let weights = solve(squares, products)?;
    let errors = asked.rows().map(|(row, number)| {
        extend(&mut row_of, row);
        let answer: f64 = weights.iter().zip(&row_of).map(|(w, x)| w * x).sum();
        (answer - number).powi(2)
    });
    Some(errors.collect())
}

fn extend(row_of: &mut [f64], row: &[f32]) {
    for (value, &x) in row_of.iter_mut().zip(row) {
        *value = f64::from(x);
    }
}

/// A x = y for a symmetric positive definite A, of which the lower triangle is given (Cholesky). `None` if it is not.
fn solve(mut a: Vec<f64>, mut y: Vec<f64>) -> Option<Vec<f64>> {
    let n = y.len();
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum();
            let rest = a[i * n + j] - sum;
            a[i * n + j] = if i == j {
                if rest <= 0.0 || rest.is_nan() {
                    return None;
                }
                rest.sqrt()
            } else {
                rest / a[j * n + j]
            };
        }
    }
    for i in 0..n {
        let sum: f64 = (0..i).map(|k| a[i * n + k] * y[k]).sum();
        y[i] = (y[i] - sum) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| a[k * n + i] * y[k]).sum();
        y[i] = (y[i] - sum) / a[i * n + i];
    }
    Some(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_found_exactly() {
        // y = 2 x₁ − 3 x₂ + 0.5
        let inputs: Vec<f32> = vec![0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 2.0, -1.0, 3.0, 5.0];
        let numbers: Vec<f64> = inputs
            .chunks(2)
            .map(|x| 2.0 * f64::from(x[0]) - 3.0 * f64::from(x[1]) + 0.5)
            .collect();
        let plane = Numbered {
            inputs: &inputs,
            numbers: &numbers,
        };
        // The preference for small weights costs about 1e-9 of them.
        let errors = least_squares(plane, plane).unwrap();
        assert!(errors.iter().all(|error| *error < 1e-14), "{errors:?}");
    }

    /// Of (0, 0), (1, 1), (2, 1): slope 1/2, constant 1/6, errors 1/36, 1/9 and 1/36.
    #[test]
    fn a_line_through_three_points() {
        let points = Numbered {
            inputs: &[0.0, 1.0, 2.0],
            numbers: &[0.0, 1.0, 1.0],
        };
        let errors = least_squares(points, points).unwrap();
        for (error, expected) in errors.iter().zip([1.0 / 36.0, 1.0 / 9.0, 1.0 / 36.0]) {
            assert!((error - expected).abs() < 1e-8, "{errors:?}");
        }
    }

    #[test]
    fn columns_that_say_the_same_have_a_solution() {
        let points = Numbered {
            inputs: &[0.0, 1.0, 1.0, 0.0, 0.0, 1.0],
            numbers: &[1.0, 3.0, 1.0],
        };
        let errors = least_squares(points, points).unwrap();
        assert!(errors.iter().all(|error| *error < 1e-12), "{errors:?}");
    }

    #[test]
    fn nothing_and_too_much_have_none() {
        let nothing = Numbered {
            inputs: &[],
            numbers: &[],
        };
        assert_eq!(least_squares(nothing, nothing), None);
        let wide = vec![0.0; MOST_INPUTS + 1];
        let wide = Numbered {
            inputs: &wide,
            numbers: &[1.0],
        };
        assert_eq!(least_squares(wide, wide), None);
    }
}
