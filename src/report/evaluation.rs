//! What `brecha evaluate` prints.

use std::fmt::Write;

use super::progress::thousands;
use super::record::Measured;
use crate::evaluation::confusion::ClassReport;
use crate::generalization::Estimate;

/// Accuracy and loss of the split, and a row for each class.
#[must_use]
pub fn text(split: &str, whole: &Measured, classes: &[ClassReport]) -> String {
    let mut text = format!(
        "{split}: accuracy {:.1} % ({:.1} to {:.1}), loss {:.4}, {} samples\n\n",
        100.0 * whole.accuracy.value,
        100.0 * whole.accuracy.low,
        100.0 * whole.accuracy.high,
        whole.loss,
        thousands(whole.samples)
    );
    let longest = classes.iter().map(|row| row.class.chars().count());
    let width = longest.chain(["class".len()]).max().unwrap_or(0);
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{:<width$}  samples            recall         precision     F1  mostly taken for",
        "class"
    );
    for row in classes {
        let taken_for = row
            .mostly_taken_for
            .as_ref()
            .map_or_else(String::new, |(class, count)| format!("{class} ({count})"));
        let f1 = row
            .f1
            .map_or_else(|| "–".to_owned(), |f1| format!("{:.1}", 100.0 * f1));
        let line = format!(
            "{:<width$}  {:>7}  {:>16}  {:>16}  {f1:>5}  {taken_for}",
            row.class,
            thousands(row.samples),
            rate(row.recall),
            rate(row.precision),
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// `97.1 (94.2–98.6)`, in percent.
fn rate(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(
        || "–".to_owned(),
        |Estimate { value, low, high }| {
            format!(
                "{:.1} ({:.1}–{:.1})",
                100.0 * value,
                100.0 * low,
                100.0 * high
            )
        },
    )
}
