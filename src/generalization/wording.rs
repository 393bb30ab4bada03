//! How a verdict's reason writes its numbers: rates in percent, differences in points.

use super::gap::{CONFIDENCE, Estimate, Interval};

/// "97.1 %"; one wrong answer in ten thousand is "99.9900 %", because "100.0 %" would claim there was none.
pub(super) fn percent(rate: f64) -> String {
    let short = format!("{:.1} %", rate * 100.0);
    let hides_a_remainder = (short == "100.0 %" && rate < 1.0) || (short == "0.0 %" && rate > 0.0);
    if hides_a_remainder {
        format!("{:.4} %", rate * 100.0)
    } else {
        short
    }
}

/// "0.913", "−0.020"; one that is not quite 1 is "0.9999", because "1.000" would claim that nothing is unexplained.
pub(super) fn r2(value: f64) -> String {
    let short = format!("{:.3}", value + 0.0);
    let text = if short == "1.000" && value < 1.0 {
        format!("{:.6}", value.min(0.999_999))
    } else {
        short
    };
    text.replace('-', "−")
}

/// "29.0" or "−1.9": a difference of rates in percentage points, never "−0.0".
pub(super) fn points(difference: f64) -> String {
    format!("{:.1}", (difference * 1000.0).round() / 10.0 + 0.0).replace('-', "−")
}

/// "5 points": a tolerance as the user wrote it, without the digits that binary fractions add.
pub(super) fn tolerance(tolerance: f64) -> String {
    format!("{} points", (tolerance * 1e6).round() / 1e4)
}

/// "29.0 points (95 % interval 23.1 to 35.6)"
pub(super) fn estimate(estimate: Estimate) -> String {
    let Estimate { value, low, high } = estimate;
    format!(
        "{} points ({:.0} % interval {} to {})",
        points(value),
        CONFIDENCE * 100.0,
        points(low),
        points(high)
    )
}

/// "97.1 % (95 % interval 94.2 % to 98.6 %)"
pub(super) fn rate(value: f64, interval: Interval) -> String {
    let (low, high) = (percent(interval.low), percent(interval.high));
    format!(
        "{} ({:.0} % interval {low} to {high})",
        percent(value),
        CONFIDENCE * 100.0
    )
}

/// "training 100.0 %, validation 71.0 %: a gap of 29.0 points (95 % interval 23.1 to 35.6)"
pub(super) fn gap(train: f64, (split, held_out): (&str, f64), gap: Estimate) -> String {
    format!(
        "training {}, {split} {}: a gap of {}",
        percent(train),
        percent(held_out),
        estimate(gap)
    )
}

/// "1 sample", "400 samples"
pub(super) fn samples(count: u64) -> String {
    if count == 1 {
        "1 sample".to_owned()
    } else {
        format!("{count} samples")
    }
}
