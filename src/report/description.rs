//! What `brecha data describe` prints.

use std::fmt::Write;

use super::progress::thousands;
use super::summary::number;
use crate::data::description::{Description, TargetRanges};

/// More features than this are counted instead of listed; `--json` has them all.
const MOST_VALUES: usize = 24;

fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The description as text; `findings` are the sentences about shared samples, `None` if nobody looked.
#[must_use]
pub fn text(description: &Description, line: &str, findings: Option<&[String]>) -> String {
    let mut text = format!(
        "data         {line}\nfingerprint  {}\nmemory       {:.1} MiB{}\n\n",
        description.fingerprint,
        mebibytes(description.bytes),
        match description.bytes_on_disk {
            0 => String::new(),
            bytes => format!(", {:.1} MiB on disk", mebibytes(bytes)),
        }
    );
    // Writing to a string cannot fail, here and below.
    match &description.target {
        None => text.push_str(&class_table(description)),
        Some(target) => text.push_str(&target_table(target)),
    }
    let listed = &description.values[..description.values.len().min(MOST_VALUES)];
    let title = "raw values";
    let width = column(listed.iter().map(|value| value.name.as_str()), title);
    let _ = writeln!(
        text,
        "\n{title:<width$}  {:>10}  {:>10}  {:>10}  {:>10}",
        "mean", "deviation", "smallest", "largest"
    );
    for value in listed {
        let numbers = [value.mean, value.deviation, value.smallest, value.largest].map(number);
        let [mean, deviation, smallest, largest] = numbers;
        let _ = writeln!(
            text,
            "{:<width$}  {mean:>10}  {deviation:>10}  {smallest:>10}  {largest:>10}",
            value.name
        );
    }
    if description.values.len() > listed.len() {
        let _ = writeln!(
            text,
            "… and {} more",
            description.values.len() - listed.len()
        );
    }
    let _ = writeln!(text, "of the training split, before normalisation\n");
    match findings {
        None => text.push_str("shared samples were not looked for: `data.leakage` is \"off\"\n"),
        Some([]) if description.target.is_some() => {
            text.push_str("no sample is shared by two splits\n");
        }
        Some([]) => text.push_str("no sample is shared by two splits, and none has two labels\n"),
        Some(findings) => {
            for finding in findings {
                let _ = writeln!(text, "warning: {finding}");
            }
        }
    }
    for warning in &description.warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    text
}

fn class_table(description: &Description) -> String {
    let width = column(
        description.classes.iter().map(|class| class.name.as_str()),
        "class",
    );
    let mut text = format!(
        "{:<width$}  {:>10}  {:>10}  {:>10}\n",
        "class", "training", "validation", "test"
    );
    for class in &description.classes {
        let counts = [class.training, class.validation, class.test];
        let [training, validation, held_out] = counts.map(|count| thousands(count as u64));
        let _ = writeln!(
            text,
            "{:<width$}  {training:>10}  {validation:>10}  {held_out:>10}",
            class.name
        );
    }
    text
}

/// The number to be predicted, split by split.
fn target_table(target: &TargetRanges) -> String {
    let width = column(["validation"].into_iter(), &target.name);
    let mut text = format!(
        "{:<width$}  {:>10}  {:>10}  {:>10}  {:>10}  {:>10}\n",
        target.name, "samples", "mean", "deviation", "smallest", "largest"
    );
    for (name, split) in [
        ("training", &target.training),
        ("validation", &target.validation),
        ("test", &target.test),
    ] {
        let Some(split) = split else { continue };
        let numbers = [split.mean, split.deviation, split.smallest, split.largest].map(number);
        let [mean, deviation, smallest, largest] = numbers;
        let samples = thousands(split.samples as u64);
        let _ = writeln!(
            text,
            "{name:<width$}  {samples:>10}  {mean:>10}  {deviation:>10}  {smallest:>10}  {largest:>10}"
        );
    }
    text
}

fn column<'n>(names: impl Iterator<Item = &'n str>, title: &str) -> usize {
    let widths = names.map(|name| name.chars().count());
    widths.chain([title.len()]).max().unwrap_or_default()
}
