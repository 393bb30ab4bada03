//! An answer in plain English.

use super::{Answer, Quantity, Reason};
use crate::generalization::gap::Estimate;

/// One sentence, without a full stop: a fragment fit for a report's line.
#[must_use]
pub fn sentence(answer: &Answer) -> String {
    match answer {
        Answer::Samples {
            quantity,
            present,
            samples,
        } => format!(
            "{}to halve the {} you need about {} training samples ({} to {})",
            supposed(*quantity),
            named(*quantity, *present),
            count(samples.value),
            count(samples.low),
            count(samples.high)
        ),
        Answer::AtLeast {
            quantity,
            present,
            samples,
            limit,
        } => format!(
            "{}to halve the {} you need more than {} training samples; whether {} are enough cannot be told",
            supposed(*quantity),
            named(*quantity, *present),
            count(*samples),
            count(*limit)
        ),
        Answer::NoAmount {
            quantity,
            present,
            floor,
        } => format!(
            "no amount of training samples halves the {}: the floor is {} points ({} to {})",
            named(*quantity, *present),
            points(floor.value),
            points(floor.low),
            points(floor.high)
        ),
        Answer::Unsupported(reason) => {
            format!("the fit does not support an answer: {}", because(reason))
        }
    }
}

/// The assumption is said with the answer, because the measurements cannot show it.
fn supposed(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::VanishingGap => "if the gap vanishes with ever more samples, ",
        Quantity::Gap | Quantity::ValidationError => "",
    }
}

fn named(quantity: Quantity, present: Estimate) -> String {
    match quantity {
        Quantity::Gap | Quantity::VanishingGap => {
            format!("gap of {} points", points(present.value))
        }
        Quantity::ValidationError => format!("validation error of {} %", points(present.value)),
    }
}

fn because(reason: &Reason) -> String {
    match reason {
        Reason::NoValidationSamples => "no validation samples were measured".to_owned(),
        Reason::NoTrainingSamples => "a run has no training samples".to_owned(),
        Reason::DifferentValidationSplits => {
            "the runs were validated on different splits".to_owned()
        }
        Reason::TooFewSizes { sizes, needed } => {
            format!("{sizes} different training sizes were measured, and {needed} are needed")
        }
        Reason::TooFewSeeds { seeds, needed } => {
            format!("{seeds} seeds have a run at every size, and {needed} are needed")
        }
        Reason::NothingToHalve { present } => format!(
            "the measured value of {} points at the largest size is not distinguishable from zero ({} to {})",
            points(present.value),
            points(present.low),
            points(present.high)
        ),
        Reason::NotDecreasing => "no decrease with more training samples is shown".to_owned(),
        Reason::LackOfFit { probability } => {
            format!("the measurements do not follow a power law (p = {probability:.3})")
        }
    }
}

fn points(rate: f64) -> String {
    format!("{:.1}", 100.0 * rate)
}

/// Two or three digits are all that an extrapolation is worth; thousands are set apart.
fn count(samples: f64) -> String {
    let digits = samples.max(1.0).log10().floor();
    let unit = 10_f64.powf((digits - 2.0).max(0.0));
    let rounded = ((samples / unit).round() * unit).round();
    let plain = format!("{rounded:.0}");
    let mut grouped = String::with_capacity(plain.len() + plain.len() / 3);
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
