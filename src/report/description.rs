//! What `brecha data describe` prints.

use std::fmt::Write;

use super::progress::thousands;
use crate::data::description::Description;

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
    let width = column(
        description.classes.iter().map(|class| class.name.as_str()),
        "class",
    );
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        text,
        "{:<width$}  {:>10}  {:>10}  {:>10}",
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

fn column<'n>(names: impl Iterator<Item = &'n str>, title: &str) -> usize {
    let widths = names.map(|name| name.chars().count());
    widths.chain([title.len()]).max().unwrap_or_default()
}

/// Five digits, whatever the size.
fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if !(1e-3..1e7).contains(&size) {
        format!("{value:.3e}")
    } else if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        let digits = (4 - size.log10().floor() as i64).clamp(0, 7);
        format!("{value:.0$}", digits as usize)
    }
}
