//! Everything below the curves: what was measured, what it is worth, what it was made with, and how to make it again.

use std::path::Path;

use serde_json::Value;

use super::content::{Section, Table, count, estimate, number, percent, text};
use super::{kept, pictures};
use crate::model::Architecture;
use crate::report::progress::{points, thousands};
use crate::report::reading::RunFolder;
use crate::report::summary;

/// In the order of the page.
pub(super) fn all(
    files: &RunFolder,
    record: &Value,
    folder: &Path,
    missing: &mut Vec<String>,
) -> Vec<Section> {
    missing.extend(pictures::absent(record, folder));
    let sections = [
        measurements(record),
        samples(folder, missing),
        plane(folder, missing),
        decomposition(record),
        leakage(record),
        gradients(files, record, missing),
        layers(folder, missing),
        network(files, missing),
        configuration(files, missing),
        environment(record),
        again(record, folder),
    ];
    sections
        .into_iter()
        .filter_map(Section::unless_empty)
        .collect()
}

fn measurements(record: &Value) -> Section {
    let mut section = Section::new("What was measured");
    let is_number = record.pointer("/data/target").is_some();
    let score = if is_number { "R²" } else { "accuracy" };
    let header = ["split", score, "loss", "samples"];
    let mut splits = Table::new("The kept network", &header);
    for (name, pointer) in [
        ("training", "/result/training"),
        ("validation", "/result/validation"),
        ("test", "/result/test"),
        ("training, last epoch", "/result/last-epoch/training"),
        ("validation, last epoch", "/result/last-epoch/validation"),
    ] {
        if let Some(row) = measured(record, pointer) {
            splits.rows.push([vec![name.to_owned()], row].concat());
        }
    }
    if splits.rows.is_empty() {
        return section;
    }
    "In parentheses: 95 % intervals. All splits were measured with the same frozen weights."
        .clone_into(&mut splits.note);
    section.tables.push(splits);
    section.tables.extend(baselines(record, score));
    section
}

/// Score, loss and samples.
pub(super) fn measured(record: &Value, pointer: &str) -> Option<Vec<String>> {
    let at = |name: &str| format!("{pointer}/{name}");
    let score = if let Some(accuracy) = estimate(record, &at("accuracy")) {
        percent(accuracy)
    } else {
        let [value, low, high] = estimate(record, &at("r2"))?.map(summary::r2);
        let error = number(record, &at("root-mean-squared-error"))
            .map_or_else(String::new, |error| {
                format!(", RMSE {}", summary::number(error))
            });
        format!("{value} ({low} to {high}){error}")
    };
    let loss = number(record, &at("loss"))?;
    Some(vec![
        score,
        format!("{loss:.4}"),
        count(record, &at("samples")).map_or_else(String::new, thousands),
    ])
}

/// What simpler methods score on validation.
fn baselines(record: &Value, score: &str) -> Option<Table> {
    let mut table = Table::new(
        "What simpler methods score on validation",
        &["method", score, "samples", "training samples"],
    );
    let simplest = number(record, "/result/baseline")?;
    table.rows.push(if score == "R²" {
        vec![
            "always the training mean".to_owned(),
            summary::r2(simplest),
            String::new(),
            String::new(),
        ]
    } else {
        vec![
            "always the most frequent class".to_owned(),
            format!("{:.1} %", 100.0 * simplest),
            String::new(),
            String::new(),
        ]
    });
    let methods = record
        .pointer("/result/baselines")
        .and_then(Value::as_array);
    for method in methods.into_iter().flatten() {
        let mut row = vec![text(method, "/name").unwrap_or_default()];
        row.push(match estimate(method, "/accuracy") {
            Some(accuracy) => percent(accuracy),
            None => estimate(method, "/r2").map_or_else(String::new, |[value, low, high]| {
                let [value, low, high] = [value, low, high].map(summary::r2);
                format!("{value} ({low} to {high})")
            }),
        });
        for key in ["/samples", "/training-samples"] {
            row.push(count(method, key).map_or_else(String::new, thousands));
        }
        table.rows.push(row);
    }
    if let Some([value, low, high]) = estimate(record, "/result/above-linear") {
        table.note = format!(
            "The network is {} points above the linear model ({} to {}).",
            points(value),
            points(low),
            points(high)
        );
    }
    Some(table)
}

/// What the network says of single samples, in pictures.
fn samples(folder: &Path, missing: &mut Vec<String>) -> Section {
    let mut section = Section::new("Class by class, sample by sample");
    for (name, caption) in [
        ("confusion", "Which class was taken for which"),
        ("classes", "Precision, recall and F1 of each class"),
        (
            "reliability",
            "How often the network is right when it is so sure",
        ),
        (
            "mistakes",
            "The samples that the network is most wrong about",
        ),
        ("saliency", "Which pixels decide"),
        ("filters", "What the first layer looks for"),
        ("activations", "What the convolutions make of some samples"),
        ("samples", "Samples of the training split"),
    ] {
        section
            .figures
            .extend(pictures::figure(folder, name, caption, missing));
    }
    section
}

fn plane(folder: &Path, missing: &mut Vec<String>) -> Section {
    let mut section = Section::new("What the network says of every point");
    for (name, caption) in [
        (
            "boundary",
            "The kept network, the neurons of its first layer, and the samples",
        ),
        ("boundary-learning", "How it came about"),
        ("boundary-film", "Some of these epochs side by side"),
    ] {
        section
            .figures
            .extend(pictures::figure(folder, name, caption, missing));
    }
    section
}

fn decomposition(record: &Value) -> Section {
    let mut section = Section::new("What other trainers would print");
    let of = |unit: &str| {
        let pointer = format!("/result/decomposition/{unit}");
        record.pointer(&pointer).filter(|value| !value.is_null())
    };
    let (Some(found), unit) = (match of("accuracy") {
        Some(accuracy) => (Some(accuracy), "points"),
        None => (of("loss"), "points of R²"),
    }) else {
        return section;
    };
    let mut table = Table::new("What their gap is made of", &["part", unit]);
    for (name, key) in [
        ("printed elsewhere", "/printed-elsewhere"),
        (
            "moving weights: training is averaged while they change",
            "/moving-weights",
        ),
        ("training mode: dropout and augmentation", "/regularisation"),
        ("generalization: what remains", "/generalization"),
        ("selection: validation − test", "/selection"),
    ] {
        if let Some(part) = number(found, key) {
            table.rows.push(vec![name.to_owned(), points(part)]);
        }
    }
    section.tables.push(table);
    section
}

fn leakage(record: &Value) -> Section {
    let mut section = Section::new("Samples in more than one split");
    let Some(found) = record
        .pointer("/data/leakage")
        .filter(|found| !found.is_null())
    else {
        return section;
    };
    let mut table = Table::new("Pairs of samples", &["splits", "equal", "nearly equal"]);
    for (name, key) in [
        ("training and validation", "train-validation"),
        ("training and test", "train-test"),
        ("validation and test", "validation-test"),
    ] {
        let pairs = |place: &str| {
            count(found, &format!("{place}/{key}/count")).map_or_else(String::new, thousands)
        };
        let searched = found.pointer("/near/searched").and_then(Value::as_bool);
        let near = if searched == Some(true) {
            pairs("/near/across")
        } else {
            "not searched".to_owned()
        };
        table
            .rows
            .push(vec![name.to_owned(), pairs("/across"), near]);
    }
    section.tables.push(table);
    if let Some(conflicting) = count(found, "/conflicting-labels/count").filter(|&count| count > 0)
    {
        section.texts.push(format!(
            "{} equal samples have different labels.",
            thousands(conflicting)
        ));
    }
    section
}

fn gradients(files: &RunFolder, record: &Value, missing: &mut Vec<String>) -> Section {
    let mut section = Section::new("Were the gradients right?");
    if count(record, "/gradients/samples").is_none() {
        if record.pointer("/gradients").is_some() {
            missing.push("the gradients were not checked before training".to_owned());
        }
        return section;
    }
    let failed = count(record, "/gradients/failed").unwrap_or_default();
    let largest = number(record, "/gradients/largest-relative-difference").unwrap_or(f64::NAN);
    section.texts.push(if failed == 0 {
        format!(
            "Yes: before training, every gradient of the back end agreed with the hand derivation; the largest relative difference was {largest:.1e}."
        )
    } else {
        format!("{failed} tensors disagreed with the hand derivation.")
    });
    let Some(rows) = kept(files.gradients(), missing) else {
        return section;
    };
    let mut table = Table::new(
        "Back end against hand derivation",
        &[
            "tensor",
            "shape",
            "compared",
            "relative difference",
            "tolerance",
            "verdict",
        ],
    );
    for row in rows {
        let columns = [
            "tensor",
            "shape",
            "compared",
            "relative_difference",
            "tolerance",
            "verdict",
        ];
        let cell = |name: &str| {
            let value = row.get(name).cloned().unwrap_or_default();
            match value.parse::<f64>() {
                Ok(number) if name.ends_with("difference") || name == "tolerance" => {
                    format!("{number:.1e}")
                }
                _ => value,
            }
        };
        table.rows.push(columns.map(cell).to_vec());
    }
    section.tables.push(table);
    section
}

fn layers(folder: &Path, missing: &mut Vec<String>) -> Section {
    let mut section = Section::new("Do the gradients reach the first layer?");
    section.figures.extend(pictures::figure(
        folder,
        "layers",
        "Size of the weights and of their gradients, layer by layer",
        missing,
    ));
    section
}

fn network(files: &RunFolder, missing: &mut Vec<String>) -> Section {
    let mut section = Section::new("The network");
    let Some(description) = kept(files.model(), missing) else {
        return section;
    };
    let architecture = description["architecture"].clone();
    let Ok(architecture) = serde_json::from_value::<Architecture>(architecture) else {
        missing.push("`model.json` describes no network".to_owned());
        return section;
    };
    let mut rows = summary::network_rows(&architecture).into_iter();
    let header = rows.next().unwrap_or_default();
    let mut table = Table::new("Layer by layer", &[]);
    table.header = header.to_vec();
    table.rows = rows.map(|row| row.to_vec()).collect();
    section.tables.push(table);
    section
}

fn configuration(files: &RunFolder, missing: &mut Vec<String>) -> Section {
    let mut section = Section::new("The configuration");
    section.code = kept(files.configuration(), missing);
    section
}

fn environment(record: &Value) -> Section {
    let mut section = Section::new("On what it ran");
    let mut table = Table::new("Where the numbers come from", &["what", "value"]);
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            table.rows.push(vec![name.to_owned(), value]);
        }
    };
    let seconds = |pointer: &str| number(record, pointer).map(|value| format!("{value:.1} s"));
    let joined = |pointers: [&str; 3]| {
        let parts: Vec<String> = pointers
            .iter()
            .filter_map(|pointer| text(record, pointer))
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    };
    add("brecha", text(record, "/versions/brecha"));
    add("burn", text(record, "/versions/burn"));
    add(
        "back end",
        joined(["/backend/name", "/backend/device", "/backend/precision"]),
    );
    add("seed", count(record, "/seed").map(|seed| seed.to_string()));
    add("data", joined(["/data/name", "/data/shape", "/data/none"]));
    add("digest of the data", text(record, "/data/fingerprint"));
    add("began", text(record, "/started"));
    add("training took", seconds("/seconds/training"));
    add("the whole run took", seconds("/seconds/total"));
    add(
        "parameters",
        count(record, "/model/parameters").map(thousands),
    );
    if !table.rows.is_empty() {
        section.tables.push(table);
    }
    section
}

fn again(record: &Value, folder: &Path) -> Section {
    let mut section = Section::new("How to do it again");
    let folder = quoted(&folder.display().to_string());
    let mut lines = vec![
        format!("brecha --config {folder}/config.toml    # the same run once more"),
        format!("brecha verify {folder}                  # all numbers from the weights alone"),
    ];
    let command = record.pointer("/command").and_then(Value::as_array);
    let words: Vec<String> = command
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(quoted)
        .collect();
    if !words.is_empty() {
        lines.push(format!("{}    # as it was called", words.join(" ")));
    }
    section.code = Some(lines.join("\n"));
    section
}

/// As a shell reads it as one word.
fn quoted(word: &str) -> String {
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '=' | ':' | ',');
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quoted("artifacts/xor-2"), "artifacts/xor-2");
        assert_eq!(quoted("it's $HOME"), "'it'\\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
