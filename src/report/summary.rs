//! What a run says on the terminal: the network as a table before, the result after.

mod chart;
mod lines;

use std::cmp::Reverse;

use self::lines::{Lines, Worth};
use super::metrics::Row;
use super::progress::{points, thousands};
use super::record::{
    DecompositionRecord, Findings, LINEAR, Measured, RunRecord, ScoreRecord, Status,
};
use crate::config::AugmentationConfig;
use crate::data::memory::size;
use crate::data::{Answers, Dataset, Split};
use crate::generalization::{Compared, Judgement};
use crate::model::Architecture;

/// One line about the data.
#[must_use]
pub fn data_line(dataset: &Dataset) -> String {
    let mut parts = Vec::new();
    for (name, split) in [
        ("training", Split::Train),
        ("validation", Split::Validation),
        ("test", Split::Test),
    ] {
        let count = dataset.indices(split).len();
        if count > 0 {
            parts.push(format!("{} {name}", thousands(count as u64)));
        }
    }
    let last = parts.pop().unwrap_or_default();
    let counts = if parts.is_empty() {
        last
    } else {
        format!("{} and {last}", parts.join(", "))
    };
    let kept = match dataset.samples().values.bytes_on_disk() {
        0 => String::new(),
        bytes => format!(", {} read from disk", size(bytes as u64)),
    };
    let answered = match &dataset.answers {
        Answers::Classes(names) => format!("in {} classes", names.len()),
        Answers::Number(target) => format!(
            "with the number `{}` (mean {}, deviation {})",
            target.name,
            number(target.mean),
            number(target.deviation)
        ),
    };
    format!(
        "{}: {counts} samples of {} {answered}{kept}",
        dataset.name,
        dataset.shape()
    )
}

/// A line about what is done to training samples; nothing where they stay as they are.
#[must_use]
pub fn augmentation_line(operations: &[AugmentationConfig]) -> String {
    if operations.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = operations.iter().map(AugmentationConfig::name).collect();
    format!(
        "augment  {}: training samples, and none that is measured\n",
        names.join(", ")
    )
}

/// Five digits, whatever the size.
#[must_use]
pub fn number(value: f64) -> String {
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

/// The network layer by layer: layer, output shape, parameters, multiply-adds; the names of the columns first, the sums last.
#[must_use]
pub fn network_rows(architecture: &Architecture) -> Vec<[String; 4]> {
    let header = ["layer", "output", "parameters", "multiply-adds"].map(str::to_owned);
    let mut rows = vec![
        header,
        [
            "input".to_owned(),
            architecture.input.to_string(),
            String::new(),
            String::new(),
        ],
    ];
    for (index, layer) in architecture.layers.iter().enumerate() {
        rows.push([
            format!("{} {}", index + 1, layer.operation),
            layer.output.to_string(),
            thousands(layer.parameters()),
            thousands(layer.multiply_adds()),
        ]);
    }
    rows.push([
        "total".to_owned(),
        String::new(),
        thousands(architecture.parameters()),
        thousands(architecture.multiply_adds()),
    ]);
    rows
}

/// The same as aligned text.
#[must_use]
pub fn network_table(architecture: &Architecture) -> String {
    let rows = network_rows(architecture);
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2), width(3)];
    let mut table = String::new();
    for row in &rows {
        let line = format!(
            "{:<a$}  {:<b$}  {:>c$}  {:>d$}",
            row[0],
            row[1],
            row[2],
            row[3],
            a = widths[0],
            b = widths[1],
            c = widths[2],
            d = widths[3]
        );
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

/// The result: what was measured on the kept network, and what follows from it, in at most 25 lines. For a terminal of so many
/// columns lines are wrapped, and what is worth least is left out where they become too many; without one no line is broken,
/// and the longest result has 24.
#[must_use]
pub fn result(record: &RunRecord, curves: &[Row], folder: &str, width: Option<usize>) -> String {
    let Some(result) = &record.result else {
        return String::new();
    };
    let mut lines = Lines::default();
    let found = &result.found;
    let epochs = &record.epochs;
    lines.add("network", kept_line(record));
    for (name, measured) in [
        ("training", found.training),
        ("validation", found.validation),
        ("test", found.test),
    ] {
        if let Some(measured) = measured {
            let (text, detail) = split_line(&measured);
            lines.add_detailed(Worth::Needed, name, text, detail);
        }
    }
    let baseline = match (found.judgement.compared, record.data.answers.target()) {
        (Compared::R2 { .. }, Some(target)) => format!(
            "R² {}  RMSE {}  always the training mean, {}",
            r2(found.baseline),
            number(target.deviation),
            number(target.mean)
        ),
        _ => format!(
            "{:5.1} %  always the most frequent training class",
            100.0 * found.baseline
        ),
    };
    lines.add("baseline", baseline);
    for (worth, text, detail) in baseline_lines(found) {
        lines.add_detailed(worth, "", text, detail);
    }
    for curve in chart::curves(curves, width) {
        lines.add_worth(curve.worth, curve.name, curve.text);
    }
    let of_what = match found.judgement.compared {
        Compared::Accuracy { .. } => "training",
        Compared::R2 { .. } => "of R²: training",
    };
    if let Some(gap) = found.judgement.compared.gap() {
        let text = format!(
            "{:>5} points ({} to {})",
            points(gap.value),
            points(gap.low),
            points(gap.high)
        );
        let detail = format!(", {of_what} − {}", found.judgement.held_out.name());
        lines.add_detailed(Worth::Needed, "gap", text, detail);
    }
    for (name, text) in verdict_lines(found) {
        lines.add(name, text);
    }
    for (place, advice) in result.advice.iter().enumerate() {
        let name = if place == 0 { "advice" } else { "" };
        lines.add_worth(Worth::Suggestion(Reverse(place)), name, advice.clone());
    }
    if let Some(decomposition) = &found.decomposition {
        let text = decomposition_line(decomposition);
        lines.add_worth(Worth::Aside, "elsewhere", text);
    }
    if let Some(last) = &result.last_epoch {
        let gap = last.gap.estimate();
        lines.add_worth(
            Worth::NotKept,
            "last epoch",
            format!(
                "{} training, {} validation, gap {} points ({} to {}): not kept",
                short_score(&last.training.score),
                short_score(&last.validation.score).trim_start(),
                points(gap.value),
                points(gap.low),
                points(gap.high)
            ),
        );
    }
    match record.status {
        Status::Interrupted => lines.add(
            "interrupted",
            format!("after {} epochs; what there was is saved", epochs.finished),
        ),
        Status::Running | Status::Finished | Status::Failed => {}
    }
    if epochs.stopped_early {
        lines.add(
            "stopped",
            format!(
                "after {} of {} epochs: validation loss no longer fell",
                epochs.finished, epochs.planned
            ),
        );
    }
    lines.add("run", folder.to_owned());
    lines.text(width)
}

/// Which epoch's network the numbers are of.
fn kept_line(record: &RunRecord) -> String {
    let epochs = &record.epochs;
    match (epochs.best, record.data.validation) {
        (Some(best), 0) => format!("epoch {best} of {}, the last one", epochs.planned),
        (Some(best), _) => format!(
            "epoch {best} of {}, the lowest validation loss",
            epochs.planned
        ),
        (None, _) => format!("no epoch of {} was finished", epochs.planned),
    }
}

/// The verdict. One that only leaked samples speak for stands below the one without them.
fn verdict_lines(found: &Findings) -> Vec<(&'static str, String)> {
    let whole = verdict_line(&found.judgement);
    let Some(without) = &found.without_leaks else {
        return vec![("verdict", whole)];
    };
    let rest = verdict_line(&without.judgement);
    let left_out = format!(
        "{} validation and {} test samples that another split has too",
        thousands(without.validation_dropped as u64),
        thousands(without.test_dropped as u64)
    );
    if without.judgement.verdict.name() == found.judgement.verdict.name() {
        return vec![
            ("verdict", whole),
            ("no leaks", format!("without {left_out}: {rest}")),
        ];
    }
    vec![
        ("verdict", format!("{rest} (without {left_out})")),
        ("with leaks", format!("NOT to be believed: {whole}")),
    ]
}

/// What simpler methods score, and how far the network is above the linear one.
fn baseline_lines(found: &Findings) -> Vec<(Worth, String, String)> {
    let mut lines = Vec::new();
    for baseline in &found.baselines {
        let worth = if baseline.name == LINEAR {
            Worth::Needed
        } else {
            Worth::Witness
        };
        let text = format!("{}  {}", short_score(&baseline.score), baseline.name);
        let detail = format!(
            ", {} training samples, {} of validation",
            thousands(baseline.training_samples as u64),
            thousands(baseline.samples)
        );
        lines.push((worth, text, detail));
    }
    if let Some(above) = found.above_linear {
        let judged = if above.low > 0.0 {
            "above the linear model"
        } else if above.high < 0.0 {
            "BELOW the linear model, which is simpler and better"
        } else {
            "against the linear model: NOT shown to be better than one dense layer"
        };
        let text = format!(
            "{:>5} points ({} to {}) {judged}",
            points(above.value),
            points(above.low),
            points(above.high)
        );
        lines.push((Worth::Needed, text, String::new()));
    }
    lines
}

/// What other trainers would print as the gap, and what it is made of.
fn decomposition_line(DecompositionRecord { accuracy, loss }: &DecompositionRecord) -> String {
    // Where numbers are predicted, the loss counts in variances, and so in points of R².
    let accuracy = accuracy.as_ref().unwrap_or(loss);
    let selection = accuracy.selection.map_or_else(String::new, |selection| {
        format!("; selection (validation − test) {}", points(selection))
    });
    format!(
        "{:>5} points would be printed as the gap: moving weights {}, training mode {}, generalization {}{selection}",
        points(accuracy.printed_elsewhere),
        points(accuracy.moving_weights),
        points(accuracy.regularisation),
        points(accuracy.generalization),
    )
}

/// `learned: …`
#[must_use]
pub fn verdict_line(judgement: &Judgement) -> String {
    format!("{}: {}", judgement.verdict, judgement.reason)
}

fn split_line(measured: &Measured) -> (String, String) {
    let Measured {
        samples,
        score,
        loss,
    } = measured;
    let score = match score {
        ScoreRecord::Accuracy { accuracy } => format!(
            "{:5.1} %  ({:.1} to {:.1})",
            100.0 * accuracy.value,
            100.0 * accuracy.low,
            100.0 * accuracy.high
        ),
        ScoreRecord::R2 {
            r2: estimate,
            root_mean_squared_error,
        } => format!(
            "R² {}  ({} to {})  RMSE {}",
            r2(estimate.value),
            r2(estimate.low),
            r2(estimate.high),
            number(*root_mean_squared_error)
        ),
    };
    (
        format!("{score}  loss {loss:.4}"),
        format!("  {} samples", thousands(*samples)),
    )
}

/// ` 98.5 %` or `R² 0.913`.
fn short_score(score: &ScoreRecord) -> String {
    match score {
        ScoreRecord::Accuracy { accuracy } => format!("{:5.1} %", 100.0 * accuracy.value),
        ScoreRecord::R2 { r2: estimate, .. } => format!("R² {}", r2(estimate.value)),
    }
}

/// `0.913`, `−0.020`
#[must_use]
pub fn r2(value: f64) -> String {
    if value.abs() < 5e-4 {
        return "0.000".to_owned();
    }
    format!("{value:.3}").replace('-', "−")
}
