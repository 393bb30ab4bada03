//! Round numbers along an axis, and how they are written.

/// A place on an axis and what is written there.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Tick {
    /// Where.
    pub(in crate::report) value: f64,
    /// What.
    pub(in crate::report) label: String,
}

/// Multiples of 1, 2, 2.5 or 5 times a power of ten from `low` to `high`, about `most` of them at the most.
pub(in crate::report) fn linear(low: f64, high: f64, most: u32) -> Vec<Tick> {
    let rough = (high - low) / f64::from(most);
    let magnitude = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|factor| factor * magnitude)
        .into_iter()
        .find(|&step| step >= rough * (1.0 - 1e-9))
        .unwrap_or(10.0 * magnitude);
    let first = (low / step - 1e-9).ceil();
    (0..=most)
        .map(|index| (first + f64::from(index)) * step)
        .take_while(|&value| value <= high + 1e-9 * step)
        .map(|value| Tick {
            value,
            label: number(value, step, low.abs().max(high.abs())),
        })
        .collect()
}

/// As [`decades`], but where these would be few, with 2 and 5 times the powers of ten, and where that is still little,
/// round values at equal distances.
pub(in crate::report) fn fine_decades(low: f64, high: f64, most: u32) -> Vec<Tick> {
    if high - low >= 3.0 {
        return decades(low, high, most);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the exponents of a double lie between -324 and 308"
    )]
    let first = low.floor() as i32;
    let (low, high) = (10_f64.powf(low), 10_f64.powf(high));
    let some: Vec<Tick> = (first..first + 5)
        .map(|exponent| 10_f64.powi(exponent))
        .flat_map(|power| [1.0, 2.0, 5.0].map(|factor| (factor * power, power)))
        .filter(|(value, _)| (low..=high).contains(value))
        .map(|(value, power)| Tick {
            value,
            label: number(value, power, value),
        })
        .collect();
    if some.len() >= 3 {
        return some;
    }
    linear(low, high, most)
        .into_iter()
        .filter(|tick| tick.value > 0.0)
        .collect()
}

/// Powers of ten from ten to the power of `low` to ten to the power of `high`, about `most` of them at the most.
pub(in crate::report) fn decades(low: f64, high: f64, most: u32) -> Vec<Tick> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the exponents of a double lie between -324 and 308"
    )]
    let (first, last) = ((low - 1e-9).ceil() as i32, (high + 1e-9).floor() as i32);
    let stride = [1, 2, 3, 5, 10, 20, 50, 100, 200]
        .into_iter()
        .find(|stride| i64::from(last - first) < i64::from(*stride) * i64::from(most))
        .unwrap_or(500);
    let exponents = (first..=last).filter(|exponent| exponent.rem_euclid(stride) == 0);
    let plain = exponents.clone().all(|exponent| exponent.abs() <= 3);
    exponents
        .map(|exponent| Tick {
            value: 10_f64.powi(exponent),
            label: match exponent {
                0 => "1".to_owned(),
                exponent if plain => format!("{}", 10_f64.powi(exponent)),
                exponent => format!("10{}", superscript(exponent)),
            },
        })
        .collect()
}

/// Round epochs from `first` to `last`, with `first` itself where it does not crowd the next.
pub(in crate::report) fn epochs(first: usize, last: usize) -> Vec<usize> {
    let span = last.saturating_sub(first);
    let step = if span <= 12 {
        1
    } else {
        (0..19)
            .map(|exponent| 10_usize.saturating_pow(exponent))
            .flat_map(|power| [1, 2, 5].map(|factor: usize| factor.saturating_mul(power)))
            .find(|step| span / step <= 8)
            .unwrap_or(usize::MAX)
    };
    let start = first.div_ceil(step).saturating_mul(step);
    let crowded = start - first < step.div_ceil(2) + usize::from(step > 1) && start <= last;
    let mut ticks = Vec::new();
    if !crowded {
        ticks.push(first);
    }
    let mut tick = start;
    while tick <= last {
        ticks.push(tick);
        let Some(next) = tick.checked_add(step) else {
            break;
        };
        tick = next;
    }
    ticks
}

/// Every how many places, each of the width `place`, there is room for a label of `length`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small number; anything else saturates, and then one label is written"
)]
pub(in crate::report) fn stride(length: f64, place: f64) -> usize {
    (length / place).ceil().max(1.0) as usize
}

/// `value`, to the precision of `step`; in scientific notation when plain digits would be too many for `largest`.
fn number(value: f64, step: f64, largest: f64) -> String {
    let value = if value.abs() < step / 2.0 { 0.0 } else { value };
    let decimals = |step: f64| -> usize {
        // Between 0 and 17: a double has no more digits.
        (0..17)
            .find(|&decimals| {
                let shifted = step * 10_f64.powi(decimals);
                shifted > 0.5 && (shifted - shifted.round()).abs() < 1e-6
            })
            .and_then(|decimals| usize::try_from(decimals).ok())
            .unwrap_or(17)
    };
    let text = if value == 0.0 || (largest < 1e5 && step > 1e-5) {
        format!(
            "{value:.*}",
            if value == 0.0 && step < 1e-5 {
                0
            } else {
                decimals(step)
            }
        )
    } else {
        let exponent = largest.log10().floor();
        let unit = 10_f64.powf(exponent);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the exponents of a double lie between -324 and 308"
        )]
        let power = superscript(exponent as i32);
        format!("{:.*}×10{power}", decimals(step / unit), value / unit)
    };
    text.replace('-', "−")
}

/// `exponent` in raised digits.
fn superscript(exponent: i32) -> String {
    exponent
        .to_string()
        .chars()
        .map(|character| match character {
            '0' => '⁰',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            '9' => '⁹',
            _ => '⁻',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn linear_ticks_are_round() {
        assert_eq!(
            labels(&linear(0.0, 0.93, 5)),
            ["0.0", "0.2", "0.4", "0.6", "0.8"]
        );
        assert_eq!(
            labels(&linear(0.0, 100.0, 5)),
            ["0", "20", "40", "60", "80", "100"]
        );
        assert_eq!(labels(&linear(-0.11, 0.1, 4)), ["−0.1", "0.0", "0.1"]);
        assert_eq!(labels(&linear(0.0, 2.4e7, 3)), ["0", "1×10⁷", "2×10⁷"]);
        assert_eq!(
            labels(&linear(1e-9, 2.1e-9, 3)),
            ["1.0×10⁻⁹", "1.5×10⁻⁹", "2.0×10⁻⁹"]
        );
    }

    #[test]
    fn decades_are_powers_of_ten() {
        assert_eq!(labels(&decades(-2.2, 0.3, 5)), ["0.01", "0.1", "1"]);
        assert_eq!(
            labels(&decades(-6.5, 0.1, 5)),
            ["10⁻⁶", "10⁻⁴", "10⁻²", "1"]
        );
        assert!(decades(-300.0, 300.0, 5).len() <= 7);
    }

    #[test]
    fn narrow_logarithmic_axes_have_ticks_between_the_powers() {
        assert_eq!(
            labels(&fine_decades(-0.4, 1.4, 6)),
            ["0.5", "1", "2", "5", "10", "20"]
        );
        assert_eq!(labels(&fine_decades(1.5, 1.8, 6)), ["40", "50", "60"]);
        assert_eq!(labels(&fine_decades(-2.8, 0.3, 5)), ["0.01", "0.1", "1"]);
    }

    #[test]
    fn epochs_are_few_and_whole() {
        assert_eq!(epochs(1, 1), [1]);
        assert_eq!(epochs(1, 2), [1, 2]);
        assert_eq!(epochs(1, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(epochs(1, 20), [1, 5, 10, 15, 20]);
        assert_eq!(epochs(1, 300), [1, 50, 100, 150, 200, 250, 300]);
        assert_eq!(epochs(1, 2000), [1, 500, 1000, 1500, 2000]);
        assert_eq!(epochs(13, 40), [13, 15, 20, 25, 30, 35, 40][1..]);
        assert!(epochs(0, usize::MAX).len() < 20);
        assert!(!epochs(usize::MAX, usize::MAX).is_empty());
    }
}
