//! The stretches of a line without a hole.

use std::ops::Range;

/// The longest ranges of `values` that are finite throughout.
pub(in crate::report) fn runs(values: &[f64]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for index in (0..values.len()).filter(|&index| values[index].is_finite()) {
        match runs.last_mut() {
            Some(run) if run.end == index => run.end += 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_divide_a_line() {
        let values = [1.0, 2.0, f64::NAN, 3.0, f64::INFINITY];
        assert_eq!(runs(&values), [0..2, 3..4]);
        assert!(runs(&[]).is_empty() && runs(&[f64::NAN]).is_empty());
    }
}
