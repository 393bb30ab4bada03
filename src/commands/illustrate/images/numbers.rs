//! The ends of scales.

/// The value that this share of the finite ones do not exceed; 0 without any.
pub(super) fn quantile(values: &[f32], share: f64) -> f32 {
    let mut finite: Vec<f32> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if finite.is_empty() {
        return 0.0;
    }
    let place = (share * (finite.len() - 1) as f64).round() as usize;
    *finite.select_nth_unstable_by(place, f32::total_cmp).1
}

/// Three digits and a real minus.
pub(super) fn signed(value: f32) -> String {
    let size = value.abs();
    let digits = match size {
        0.0 => return "0".to_owned(),
        _ if !(0.01..1000.0).contains(&size) => format!("{size:.1e}"),
        _ if size < 1.0 => format!("{size:.3}"),
        _ if size < 10.0 => format!("{size:.2}"),
        _ => format!("{size:.1}"),
    };
    if value < 0.0 {
        format!("−{digits}")
    } else {
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_finite_values() {
        let values = [3.0, f32::NAN, 1.0, 2.0, f32::INFINITY];
        let found = [0.0, 0.5, 1.0].map(|share| quantile(&values, share));
        assert!(
            found
                .iter()
                .zip([1.0, 2.0, 3.0])
                .all(|(a, b)| (a - b).abs() < 1e-6)
        );
        assert!(quantile(&[], 0.5).abs() < 1e-6);
    }

    #[test]
    fn ends_have_three_digits_and_a_real_minus() {
        let written = [-0.3268, 0.0, 3.206, 12.34, 1e-5, -4321.0].map(signed);
        assert_eq!(written, ["−0.327", "0", "3.21", "12.3", "1.0e-5", "−4.3e3"]);
    }
}
