//! Linear combinations of the mean curve that estimate or test one thing, by weighted projection.

/// What is left of `target` when its weighted regression on `others` is taken away.
///
/// Modified Gram and Schmidt, twice, because the columns of a small exponent are nearly parallel.
pub(super) fn residual(target: &[f64], others: &[&[f64]], weights: &[f64]) -> Vec<f64> {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(others.len());
    for other in others {
        let mut column = other.to_vec();
        clear(&mut column, &basis, weights);
        basis.push(column);
    }
    let mut left = target.to_vec();
    clear(&mut left, &basis, weights);
    left
}

/// The combination that gives the weighted least-squares coefficient of `target` beside `others`.
pub(super) fn coefficient(target: &[f64], others: &[&[f64]], weights: &[f64]) -> Vec<f64> {
    let left = residual(target, others, weights);
    let square = product(&left, &left, weights);
    left.iter()
        .zip(weights)
        .map(|(value, weight)| {
            if square > 0.0 {
                value * weight / square
            } else {
                0.0
            }
        })
        .collect()
}

/// `first` + `factor` · `second`.
pub(super) fn plus(first: &[f64], factor: f64, second: &[f64]) -> Vec<f64> {
    first
        .iter()
        .zip(second)
        .map(|(first, second)| first + factor * second)
        .collect()
}

fn clear(column: &mut [f64], basis: &[Vec<f64>], weights: &[f64]) {
    for direction in basis.iter().chain(basis) {
        let square = product(direction, direction, weights);
        if square > 0.0 {
            let share = product(column, direction, weights) / square;
            column
                .iter_mut()
                .zip(direction)
                .for_each(|(value, other)| *value -= share * other);
        }
    }
}

fn product(left: &[f64], right: &[f64], weights: &[f64]) -> f64 {
    left.iter()
        .zip(right)
        .zip(weights)
        .map(|((left, right), weight)| left * right * weight)
        .sum()
}
