//! The words of the messages: the nearest known name, lists of names, what an expectation is called, and what a
//! missing key looks like when it is written.

use std::fmt::Write as _;
use std::iter;

use serde::Deserialize;
use serde::de::value::{Error, MapDeserializer, StrDeserializer};
use toml::de::DeValue;

use super::schema::{
    AugmentationConfig, DataConfig, EvaluationConfig, LayerConfig, ModelConfig, OptimizerConfig,
    ScheduleConfig, SourceConfig, TrainingConfig, VerdictConfig,
};

/// The text in backticks, without control characters, and cut where it is long.
pub(super) fn quote(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut quoted = String::from("`");
    for character in text.chars().take(LONGEST) {
        if character.is_control() {
            quoted.extend(character.escape_debug());
        } else {
            quoted.push(character);
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        quoted.push('…');
    }
    quoted.push('`');
    quoted
}

/// Names in backticks, a few per line.
pub(super) fn list<S: AsRef<str>>(names: &[S]) -> String {
    const WIDTH: usize = 72;
    let mut text = String::new();
    let mut column = 0;
    for (index, name) in names.iter().enumerate() {
        let quoted = quote(name.as_ref());
        if index > 0 {
            text.push(',');
            if column + quoted.len() > WIDTH {
                text.push('\n');
                column = 0;
            } else {
                text.push(' ');
            }
        }
        column += quoted.len() + 2;
        text.push_str(&quoted);
    }
    text
}

/// The known name that was most likely meant.
pub(super) fn nearest<'k>(found: &str, known: &'k [String]) -> Option<&'k str> {
    // Nothing that long resembles a name, and the distance takes quadratic time.
    if found.len() > 64 {
        return None;
    }
    let found = found.to_lowercase().replace(['_', ' '], "-");
    let by_distance = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&found, name), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| {
            *distance <= (name.len().min(found.len()) / 3).max(1) && *distance < name.len()
        });
    let by_initials = || {
        known
            .iter()
            .find(|name| name.contains('-') && initials(name) == found)
    };
    let by_beginning = || {
        known
            .iter()
            .find(|name| found.len() >= 3 && name.starts_with(&found))
    };
    by_distance
        .map(|(_, name)| name)
        .or_else(by_initials)
        .or_else(by_beginning)
        .map(String::as_str)
}

/// `lr` for `learning-rate`.
fn initials(name: &str) -> String {
    name.split('-')
        .filter_map(|word| word.chars().next())
        .collect()
}

/// The names that serde lists after `expected` in the message of an unknown field or variant.
pub(super) fn listed_names(message: &str) -> Vec<String> {
    // The last one: the unknown name itself may contain anything.
    let Some((_, expected)) = message.rsplit_once("`, expected ") else {
        return Vec::new();
    };
    expected
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// A place where one of several externally tagged forms is chosen.
pub(super) struct Choice {
    /// `optimizer`
    pub(super) noun: &'static str,
    /// `an optimizer`
    pub(super) one: &'static str,
    /// A tag for examples.
    pub(super) example: &'static str,
    /// The tags.
    pub(super) names: Vec<String>,
}

/// The choice that is made at this key, if there is one.
pub(super) fn choice(path: &[String]) -> Option<Choice> {
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["data", "source"] => Some(Choice {
            noun: "data source",
            one: "a data source",
            example: "xor",
            names: tags::<SourceConfig>(),
        }),
        ["data", "augmentation", _] => Some(Choice {
            noun: "operation",
            one: "an operation",
            example: "shift",
            names: tags::<AugmentationConfig>(),
        }),
        ["model", "layers", _] => Some(Choice {
            noun: "layer",
            one: "a layer",
            example: "dense",
            names: tags::<LayerConfig>(),
        }),
        ["training", "optimizer"] => Some(Choice {
            noun: "optimizer",
            one: "an optimizer",
            example: "adam",
            names: tags::<OptimizerConfig>(),
        }),
        ["training", "schedule"] => Some(Choice {
            noun: "schedule",
            one: "a schedule",
            example: "cosine",
            names: tags::<ScheduleConfig>(),
        }),
        _ => None,
    }
}

/// The tags of an enum, taken from serde's own message so that they are never out of date.
fn tags<'de, T: Deserialize<'de>>() -> Vec<String> {
    match T::deserialize(StrDeserializer::<Error>::new("")) {
        Err(error) => listed_names(&error.to_string()),
        Ok(_) => Vec::new(),
    }
}

/// The table with a header that has this key.
pub(super) fn section_of(key: &str) -> Option<&'static str> {
    let sections = [
        ("data", keys::<DataConfig>()),
        ("model", keys::<ModelConfig>()),
        ("training", keys::<TrainingConfig>()),
        ("evaluation", keys::<EvaluationConfig>()),
        ("verdict", keys::<VerdictConfig>()),
    ];
    let section = sections
        .iter()
        .find(|(_, keys)| keys.iter().any(|known| known == key));
    section.map(|(name, _)| *name)
}

/// The keys of a table, taken from serde's own message.
fn keys<'de, T: Deserialize<'de>>() -> Vec<String> {
    let unknown = iter::once(("", ""));
    match T::deserialize(MapDeserializer::<_, Error>::new(unknown)) {
        Err(error) => listed_names(&error.to_string()),
        Ok(_) => Vec::new(),
    }
}

/// How a form with options is written when nothing but its name is known.
pub(super) fn template(tag: &str) -> String {
    let required = match tag {
        "circle" | "moons" | "spirals" | "blobs" | "sine" => "samples = 400",
        "csv" => "file = \"…\", label = \"…\"",
        "image-folder" => "directory = \"…\"",
        "idx" => "images = \"…\", labels = \"…\"",
        "dense" => "units = 4",
        "conv2d" => "filters = 8, kernel = 3",
        "residual" => "filters = 8",
        "max-pool" | "avg-pool" => "size = 2",
        "dropout" | "dropout2d" => "rate = 0.5",
        "shift" => "pixels = 2",
        "rotation" => "degrees = 10",
        "scale" | "brightness" | "contrast" => "range = [0.9, 1.1]",
        "crop" => "padding = 4",
        "cutout" => "size = 8",
        "sgd" => "learning-rate = 0.1",
        "step" => "every = 10",
        "exponential" => "end = 0.01",
        _ => return format!("{{ {tag} = {{}} }}"),
    };
    format!("{{ {tag} = {{ {required} }} }}")
}

/// A line that could be written where `key` is missing.
pub(super) fn example(key: &str) -> Option<&'static str> {
    Some(match key {
        "source" => "source = { xor = {} }",
        "layers" => "layers = [{ dense = { units = 1, activation = \"tanh\" } }]",
        "loss" => "loss = \"mse\"` or `loss = \"cross-entropy\"",
        "epochs" => "epochs = 100",
        "batch-size" => "batch-size = 32` or `batch-size = \"full\"",
        "optimizer" => "optimizer = { adam = {} }",
        "samples" => "samples = 400",
        "images" => "images = \"train-images-idx3-ubyte\"",
        "file" => "file = \"table.csv\"",
        "directory" => "directory = \"images\"",
        "label" => "label = \"class\"",
        "labels" => "labels = \"train-labels-idx1-ubyte\"",
        "units" => "units = 4",
        "filters" => "filters = 8",
        "kernel" => "kernel = 3",
        "size" => "size = 2",
        "rate" => "rate = 0.5",
        "pixels" => "pixels = 2",
        "degrees" => "degrees = 10",
        "range" => "range = [0.9, 1.1]",
        "learning-rate" => "learning-rate = 0.1",
        "every" => "every = 10",
        "patience" => "patience = 10",
        _ => return None,
    })
}

/// The value as a user would call it: ``the string `ten` ``, `3`, `a table`.
pub(super) fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the string {}", quote(text)),
        DeValue::Integer(number) => shortened(number.as_str()),
        DeValue::Float(number) => shortened(number.as_str()),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date or time".to_owned(),
        DeValue::Array(array) => format!("an array of {}", array.len()),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// A number of a thousand digits is not repeated in full.
pub(super) fn shortened(number: &str) -> String {
    let mut short: String = number.chars().take(40).collect();
    if short.len() < number.len() {
        let _ = write!(short, "… ({} characters)", number.len());
    }
    short
}

/// What serde calls `usize`, in words.
pub(super) fn expectation(path: &[String], expected: &str) -> String {
    match expected.trim_end_matches(',') {
        "u64" => "a whole number of 0 or more".to_owned(),
        "usize" => "a positive whole number".to_owned(),
        "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "path string" => "a path in quotes".to_owned(),
        "a sequence" if path.last().is_some_and(|key| key == "layers") => {
            "an array of layers, `[ … ]`".to_owned()
        }
        "a sequence" if path.last().is_some_and(|key| key == "augmentation") => {
            "an array of operations, `[ … ]`".to_owned()
        }
        "two numbers in an array" => "an array of two numbers, `[ …, … ]`".to_owned(),
        "a sequence"
            if path
                .last()
                .is_some_and(|key| ["range", "area"].contains(&key.as_str())) =>
        {
            "an array of two numbers, `[ …, … ]`".to_owned()
        }
        "a sequence" => "an array, `[ … ]`".to_owned(),
        structure if structure.starts_with("struct ") => "a table, `{ … }`".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_names() {
        let known = ["learning-rate", "momentum", "weight-decay", "conv2d"].map(str::to_owned);
        for (found, expected) in [
            ("lerning-rate", Some("learning-rate")),
            ("learning_rate", Some("learning-rate")),
            ("lr", Some("learning-rate")),
            ("conv", Some("conv2d")),
            ("Momentum", Some("momentum")),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(found, &known), expected, "{found}");
        }
    }

    #[test]
    fn tags_come_from_the_schema() {
        assert_eq!(
            tags::<OptimizerConfig>(),
            ["sgd", "adam", "adamw", "rmsprop", "lion"]
        );
        assert!(tags::<SourceConfig>().contains(&"fashion-mnist-12k".to_owned()));
        assert_eq!(section_of("epochs"), Some("training"));
        assert_eq!(section_of("units"), None);
    }
}
