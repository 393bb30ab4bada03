//! What `brecha evaluate` prints.

use std::fmt::Write;

use super::progress::thousands;
use super::record::{Measured, ScoreRecord};
use super::summary::{self, number};
use crate::data::Target;
use crate::evaluation::confusion::ClassReport;
use crate::generalization::Estimate;

/// Accuracy and loss of the split, and a row for each class; R² and errors where numbers are predicted.
#[must_use]
pub fn text(split: &str, whole: &Measured, details: &Details<'_>) -> String {
    let samples = thousands(whole.samples);
    let loss = whole.loss;
    match (whole.score, details) {
        (ScoreRecord::Accuracy { accuracy }, Details::Classes(classes)) => format!(
            "{split}: accuracy {:.1} % ({:.1} to {:.1}), loss {loss:.4}, {samples} samples\n\n{}",
            100.0 * accuracy.value,
            100.0 * accuracy.low,
            100.0 * accuracy.high,
            class_table(classes)
        ),
        (
            ScoreRecord::R2 {
                r2,
                root_mean_squared_error,
            },
            Details::Number {
                target,
                mean_absolute_error,
            },
        ) => format!(
            "{split}: `{}`, {samples} samples\n\n\
             R²    {} ({} to {})\n\
             RMSE  {}, that of always answering the training mean being about {}\n\
             MAE   {}\n\
             MSE   {}\n\
             loss  {loss:.4}, the MSE in variances of the training split\n",
            target.name,
            summary::r2(r2.value),
            summary::r2(r2.low),
            summary::r2(r2.high),
            number(root_mean_squared_error),
            number(target.deviation),
            number(*mean_absolute_error),
            number(root_mean_squared_error.powi(2)),
        ),
        // A network that says numbers is not asked for classes.
        _ => format!("{split}: loss {loss:.4}, {samples} samples\n"),
    }
}

/// What there is besides the scores.
#[derive(Clone, Debug)]
pub enum Details<'a> {
    /// Class by class.
    Classes(Vec<ClassReport>),
    /// Of a number.
    Number {
        /// Which.
        target: &'a Target,
        /// Mean of the sizes of all errors, in the target's unit.
        mean_absolute_error: f64,
    },
}

fn class_table(classes: &[ClassReport]) -> String {
    let mut text = String::new();
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
            .map_or_else(|| "–".to_owned(), |f1| format!("{:.1}", 100.0 * f1.value));
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
