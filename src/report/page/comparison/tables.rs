//! What was measured, what the seed is worth, and in what the runs differ.

use serde_json::Value;

use crate::generalization::CONFIDENCE;
use crate::generalization::repeats::Repeats;
use crate::report::comparison::ComparedRun;
use crate::report::comparison::configurations::{Settings, differences};
use crate::report::page::content::{Section, Table, count, number, text};
use crate::report::page::{sections, verdict};
use crate::report::progress::{points, thousands};
use crate::report::summary;

/// A row for each run.
pub(super) fn runs(runs: &[ComparedRun]) -> Table {
    let mut table = Table::new(
        "The runs",
        &[
            "run",
            "verdict",
            "training",
            "validation",
            "test",
            "validation loss",
            "epochs",
            "parameters",
            "training took",
        ],
    );
    for run in runs {
        let record = &run.record;
        let measured = |split: &str| sections::measured(record, &format!("/result/{split}"));
        let score = |split: &str| {
            let cells = measured(split).unwrap_or_default();
            cells.into_iter().next().unwrap_or_default()
        };
        let word = match text(record, "/status").as_deref() {
            Some("finished") | None => verdict::of(record).word,
            Some(status) => format!("{}, {status}", verdict::of(record).word),
        };
        let epochs = match (
            count(record, "/epochs/best"),
            count(record, "/epochs/finished").filter(|&finished| finished > 0),
        ) {
            (Some(best), Some(finished)) => format!("{best} of {finished}"),
            _ => format!("{} so far", run.rows.len()),
        };
        table.rows.push(vec![
            format!("{} {}", run.letter, run.name),
            word,
            score("training"),
            score("validation"),
            score("test"),
            measured("validation")
                .and_then(|cells| cells.into_iter().nth(1))
                .unwrap_or_default(),
            epochs,
            count(record, "/model/parameters").map_or_else(String::new, thousands),
            number(record, "/seconds/training")
                .filter(|&seconds| seconds > 0.0)
                .map_or_else(String::new, |seconds| format!("{seconds:.1} s")),
        ]);
    }
    "In parentheses: 95 % intervals. Epochs: the one that is kept, and how many there were."
        .clone_into(&mut table.note);
    let losses: Vec<_> = runs.iter().map(loss).collect();
    if losses.windows(2).any(|pair| pair[0] != pair[1]) {
        table
            .note
            .push_str(" The losses are different functions and cannot be compared.");
    }
    table
}

fn loss(run: &ComparedRun) -> Option<&str> {
    run.settings.as_ref()?.get("model.loss")
}

/// Runs that differ in nothing but the seed, in the order of their first ones. Those that are alone, and those whose configuration
/// cannot be read, are groups of one.
pub(super) fn groups(runs: &[ComparedRun]) -> Vec<Vec<&ComparedRun>> {
    let mut groups: Vec<Vec<&ComparedRun>> = Vec::new();
    for run in runs {
        let fits = |group: &&mut Vec<&ComparedRun>| {
            let (Some(one), Some(other)) = (&group[0].settings, &run.settings) else {
                return false;
            };
            one.equal_but_for_the_seed(other)
        };
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(run),
            None => groups.push(vec![run]),
        }
    }
    groups
}

/// Means over seeds, where something was run with several.
pub(super) fn seeds(runs: &[ComparedRun]) -> Option<Section> {
    let mut section = Section::new("Over seeds");
    let mut table = Table::new(
        "Runs that differ only in their seed",
        &[
            "runs",
            "of what",
            "runs with a result",
            "mean",
            "standard deviation",
            "95 % interval of the mean",
        ],
    );
    for group in groups(runs).iter().filter(|group| group.len() > 1) {
        let letters: Vec<&str> = group.iter().map(|run| run.letter.as_str()).collect();
        for (name, split) in [("validation", "validation"), ("test", "test")] {
            let values = |score: &str| -> Vec<f64> {
                let pointer = format!("/result/{split}/{score}/value");
                let value = |run: &&ComparedRun| number(&run.record, &pointer);
                group.iter().filter_map(value).collect()
            };
            let (accuracies, r2) = (values("accuracy"), values("r2"));
            let (score, is_share, values) = if accuracies.is_empty() {
                ("R²", false, r2)
            } else {
                ("accuracy", true, accuracies)
            };
            if let Some(found) = Repeats::of(&values, CONFIDENCE) {
                table.rows.push(repeats(
                    &letters,
                    &format!("{name} {score}"),
                    &found,
                    &|value| {
                        if is_share {
                            format!("{:.2} %", 100.0 * value)
                        } else {
                            summary::r2(value)
                        }
                    },
                ));
            }
        }
        let gaps: Vec<f64> = group
            .iter()
            .filter_map(|run| {
                let judgement = verdict::judgement(&run.record)?;
                number(judgement, "/accuracy-gap/value")
                    .or_else(|| number(judgement, "/r2-gap/value"))
            })
            .collect();
        if let Some(found) = Repeats::of(&gaps, CONFIDENCE) {
            table
                .rows
                .push(repeats(&letters, "gap, points", &found, &|value| {
                    points(value)
                }));
        }
    }
    if table.rows.is_empty() {
        return None;
    }
    "The interval, by Student's t, is about the mean over all seeds; the seed draws the split, the first weights and the order of the samples."
        .clone_into(&mut table.note);
    section.tables.push(table);
    Some(section)
}

fn repeats(
    letters: &[&str],
    of: &str,
    found: &Repeats,
    shown: &dyn Fn(f64) -> String,
) -> Vec<String> {
    let spread = |text: String| if found.count > 1 { text } else { String::new() };
    vec![
        letters.join(", "),
        of.to_owned(),
        found.count.to_string(),
        shown(found.mean),
        spread(shown(found.deviation).replace('+', "")),
        spread(format!(
            "{} to {}",
            shown(found.interval.low),
            shown(found.interval.high)
        )),
    ]
}

/// What differs, key by key.
pub(super) fn configurations(runs: &[ComparedRun]) -> Section {
    let mut section = Section::new("What differs in the configurations");
    let settings: Vec<Option<&Settings>> = runs.iter().map(|run| run.settings.as_ref()).collect();
    let rows = differences(&settings);
    if settings.iter().flatten().count() < 2 {
        section
            .texts
            .push("Fewer than two configurations could be read.".to_owned());
    } else if rows.is_empty() {
        section
            .texts
            .push("Nothing: the configurations are equal, key by key.".to_owned());
    } else {
        let mut table = per_run("Only what differs", "key", runs);
        table.rows = rows
            .into_iter()
            .map(|(place, values)| {
                let absent = || "—".to_owned();
                let values = values.into_iter().map(|value| value.unwrap_or_else(absent));
                std::iter::once(place).chain(values).collect()
            })
            .collect();
        if table.rows.iter().flatten().any(|cell| cell == "—") {
            "—: the key is not there.".clone_into(&mut table.note);
        }
        section.tables.push(table);
    }
    section
}

/// What differs but is no key.
pub(super) fn surroundings(runs: &[ComparedRun]) -> Option<Section> {
    let mut section = Section::new("What else differs");
    let mut table = per_run("Where the numbers come from", "what", runs);
    for (name, pointer) in [
        ("brecha", "/versions/brecha"),
        ("burn", "/versions/burn"),
        ("back end", "/backend/name"),
        ("device", "/backend/device"),
        ("data", "/data/name"),
        ("digest of the data", "/data/fingerprint"),
        ("training samples", "/data/training"),
        ("validation samples", "/data/validation"),
        ("test samples", "/data/test"),
    ] {
        let value = |run: &ComparedRun| match run.record.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => "—".to_owned(),
        };
        let values: Vec<String> = runs.iter().map(value).collect();
        if values.windows(2).any(|pair| pair[0] != pair[1]) {
            let short = values
                .into_iter()
                .map(|value| value.chars().take(24).collect());
            table
                .rows
                .push(std::iter::once(name.to_owned()).chain(short).collect());
        }
    }
    if table.rows.is_empty() {
        return None;
    }
    section.tables.push(table);
    Some(section)
}

fn per_run(caption: &str, first: &str, runs: &[ComparedRun]) -> Table {
    let mut table = Table::new(caption, &[first]);
    let name = |run: &ComparedRun| format!("{} {}", run.letter, run.name);
    table.header.extend(runs.iter().map(name));
    table
}
