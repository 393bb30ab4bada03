//! `--from csv`: a table is read as a run would read it, so that what is written about it holds.

use std::fmt::Write as _;
use std::path::Path;

use super::schedule::{batch_size, early_stopping, epochs, optimizer, split};
use super::{Beginning, SEED, counted, line, named, plain, quoted, quoted_path};
use crate::commands::tell;
use crate::config::{CsvConfig, DEFAULT_MEMORY_LIMIT, MissingConfig};
use crate::data::memory::MemoryLimit;
use crate::data::preparation::Feature;
use crate::data::table::error::{self, TableError};
use crate::data::table::{self, header};
use crate::data::targets::Meaning;
use crate::data::{DataError, RawData};
use crate::error::Error;

/// 150 flowers (Fisher 1936), for who has no table at hand.
const IRIS: (&str, &[u8]) = ("iris.csv", include_bytes!("../../../configs/data/iris.csv"));

/// Which column is the answer.
pub(super) enum Answer {
    /// The class, in the last one.
    Last,
    /// The class, in this one.
    Label(String),
    /// A number, in this one.
    Target(String),
}

/// What a table is found to be.
struct Found {
    config: CsvConfig,
    raw: RawData,
    notes: Vec<String>,
}

pub(super) fn begin(path: &Path, data: Option<&Path>, answer: Answer) -> Result<Beginning, Error> {
    let Some(file) = data else {
        return Ok(iris(path));
    };
    let found = look(file, answer)?;
    let file = quoted_path(file, path)?;
    Ok(written(path, &file, &found))
}

/// Reads the table, and decides what it takes to read it.
fn look(file: &Path, answer: Answer) -> Result<Found, Error> {
    let mut notes = Vec::new();
    let (label, target) = match answer {
        Answer::Label(label) => (Some(label), None),
        Answer::Target(target) => (None, Some(target)),
        Answer::Last => {
            let last = header(file)?.pop().unwrap_or_default();
            notes.push(format!(
                "the last column, `{last}`, is taken for the class: `--label COLUMN` names another, `--target COLUMN` a number to \
                 be predicted"
            ));
            (Some(last), None)
        }
    };
    let mut config = CsvConfig {
        file: file.to_owned(),
        label,
        target,
        ignore: Vec::new(),
        categorical: Vec::new(),
        missing: MissingConfig::Refuse,
        delimiter: None,
        test_file: None,
    };
    // Each round settles one column, or is the last.
    let raw = loop {
        match table::load(&config, MemoryLimit::gib(DEFAULT_MEMORY_LIMIT), &()) {
            Err(DataError::Table(TableError::Missing { more, .. }))
                if config.missing == MissingConfig::Refuse =>
            {
                config.missing = MissingConfig::Mean;
                notes.push(format!(
                    "missing: {}, filled with the mean of the training split",
                    counted(more + 1, "cell")
                ));
            }
            Err(DataError::Table(TableError::TooManyCategories { column, found, .. })) => {
                notes.push(format!(
                    "column `{column}` is left out: {} different texts are no categories",
                    error::counted(found)
                ));
                config.ignore.push(column);
            }
            Err(DataError::Table(TableError::EmptyColumn { column, .. })) => {
                notes.push(format!("column `{column}` is left out: it is empty"));
                config.ignore.push(column);
            }
            Ok(raw) => break raw,
            Err(error) => {
                // What was decided may be what is wrong.
                for note in notes {
                    tell(&format!("note: {note}\n"));
                }
                return Err(error.into());
            }
        }
    };
    Ok(Found { config, raw, notes })
}

fn iris(path: &Path) -> Beginning {
    let text = network(
        path,
        &Lines {
            about: "150 iris flowers, four measurements each, three species (Fisher 1936, doi:10.24432/C56C76, CC BY 4.0).\n\
                    # Replace  `file` and `label` by your own, and `units = 3` by the number of your classes;\n\
                    #          `brecha new NAME --from csv --data FILE` does it for you, with `--target COLUMN` for a number"
                .to_owned(),
            source: "file = \"iris.csv\", label = \"species\"".to_owned(),
            remarks: Vec::new(),
            samples: 150,
            inputs: 4,
            outputs: Outputs::Classes(3),
        },
    );
    Beginning {
        text,
        summary: "150 flowers, 4 inputs, 3 classes, from `iris.csv` beside it".to_owned(),
        notes: Vec::new(),
        data: Some(IRIS),
    }
}

fn written(path: &Path, file: &str, found: &Found) -> Beginning {
    let Found { config, raw, notes } = found;
    let samples = raw.samples.len();
    let inputs = raw.samples.shape.len();
    let outputs = match &raw.meaning {
        Meaning::Classes(names) => Outputs::Classes(names.len()),
        Meaning::Number(_) => Outputs::Number,
    };
    let answer = match (&config.label, &config.target) {
        (_, Some(target)) => format!("target = {}", quoted(target)),
        (label, None) => format!("label = {}", quoted(label.as_deref().unwrap_or_default())),
    };
    let mut source = format!("file = {file}, {answer}");
    if !config.ignore.is_empty() {
        let names: Vec<String> = config.ignore.iter().map(|name| quoted(name)).collect();
        let _ = write!(source, ", ignore = [{}]", names.join(", "));
    }
    if config.missing == MissingConfig::Mean {
        source.push_str(", missing = \"mean\"");
    }
    let features = raw
        .table
        .iter()
        .flat_map(|table| table.preparation.features.iter());
    let categories = features
        .filter(|feature| matches!(feature, Feature::Category { .. }))
        .count();
    let answers = match &raw.meaning {
        Meaning::Classes(names) => format!("{} classes ({})", names.len(), named(names)),
        Meaning::Number(name) => format!("a number to be predicted (`{}`)", plain(name)),
    };
    let summary = format!(
        "{}, {}, {answers}",
        counted(samples, "row"),
        counted(inputs, "input"),
    );
    let mut about = format!("A table of one's own: {summary}.");
    if categories > 0 {
        let _ = write!(
            about,
            "\n# {} of text: one input for each of its texts.",
            counted(categories, "column")
        );
    }
    let text = network(
        path,
        &Lines {
            about,
            source,
            remarks: notes.iter().map(|note| plain(note)).collect(),
            samples,
            inputs,
            outputs,
        },
    );
    Beginning {
        text,
        summary,
        notes: notes.clone(),
        data: None,
    }
}

/// What the text says.
struct Lines {
    about: String,
    source: String,
    remarks: Vec<String>,
    samples: usize,
    inputs: usize,
    outputs: Outputs,
}

/// What the last layer gives.
enum Outputs {
    /// One number for each of so many classes.
    Classes(usize),
    /// The number itself.
    Number,
}

fn network(path: &Path, lines: &Lines) -> String {
    let Lines {
        about,
        source,
        remarks,
        samples,
        inputs,
        outputs,
    } = lines;
    let width = match outputs {
        Outputs::Classes(classes) => *classes,
        Outputs::Number => 1,
    };
    let path = plain(&path.display().to_string());
    let units = (inputs + width).next_power_of_two().clamp(8, 64);
    let epochs = epochs(*samples, 1_000, (20, 200));
    let mut text = format!(
        "# {about}\n# Run      brecha --config {path}\n# Look     brecha data describe --config {path}\n\n"
    );
    text.push_str(&line("seed = 42", SEED));
    text.push_str("\n[data]\n");
    for remark in remarks {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# {remark}");
    }
    text.push_str(
        "# Also: `ignore = [\"id\"]` leaves columns out, `categorical = [\"zip\"]` makes categories of numbers, `missing = \"mean\"`\n\
         # fills empty cells, `test-file` is a test set of its own.\n",
    );
    if let Outputs::Classes(_) = outputs {
        text.push_str(
            "# A number instead of a class: `target` instead of `label`, a last layer of `units = 1` without `softmax`, `loss = \"mse\"`.\n",
        );
    }
    let _ = writeln!(text, "source = {{ csv = {{ {source} }} }}");
    let how = match outputs {
        Outputs::Classes(_) => "by class",
        Outputs::Number => "drawn",
    };
    text.push_str(&split(*samples, (false, false), how));
    text.push_str("\n[model]\nlayers = [\n");
    let hidden = format!("  {{ dense = {{ units = {units}, activation = \"relu\" }} }},");
    text.push_str(&line(&hidden, "more units fit more, and memorise more"));
    text.push_str(&line(
        "  # { dropout = { rate = 0.2 } },",
        "against memorising",
    ));
    let last = format!("  {{ dense = {{ units = {width} }} }},");
    match outputs {
        Outputs::Classes(_) => {
            text.push_str(&line(&last, "one number per class"));
            text.push_str("  \"softmax\",\n]\nloss = \"cross-entropy\"\n");
        }
        Outputs::Number => {
            text.push_str(&line(
                &last,
                "the number, without an activation: any value can be said",
            ));
            text.push_str("]\n");
            text.push_str(&line(
                "loss = \"mse\"",
                "squared errors of the standardised number",
            ));
        }
    }
    text.push_str("\n[training]\n");
    text.push_str(&line(
        &format!("epochs = {epochs}"),
        "passes over the training samples",
    ));
    let _ = writeln!(text, "batch-size = {}", batch_size(*samples));
    text.push_str(&optimizer("0.01", &path));
    text.push_str(&early_stopping(10));
    text
}
