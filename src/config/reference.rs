//! `configs/reference.toml`: every key with its default and what it means, made from the types that are read.
//!
//! What has to be written is written, as in the smallest network; everything else is a comment. So the file is itself a
//! configuration, and a test keeps it equal to what this module says.

use std::fmt::Write;

use serde_json::Value;

use super::{SCHEMA_DIRECTIVE, json_schema};

/// Lines are broken before this column.
const WIDTH: usize = 118;

/// The required keys, as the smallest network has them.
const WRITTEN: [(&str, &str); 6] = [
    ("source", "{ xor = {} }"),
    (
        "layers",
        "[{ dense = { units = 2, activation = \"tanh\" } }, { dense = { units = 1, activation = \"tanh\" } }]",
    ),
    ("loss", "\"mse\""),
    ("epochs", "100"),
    ("batch-size", "\"full\""),
    ("optimizer", "{ sgd = { learning-rate = 0.5 } }"),
];

/// The text of the file.
#[must_use]
pub fn reference() -> String {
    let schema = json_schema();
    let mut reference = Reference {
        schema: &schema,
        text: format!("{SCHEMA_DIRECTIVE}\n"),
    };
    reference.comment(
        0,
        "Every key of a configuration, with what it means and its default. What has to be written is written as in the \
         smallest network; every other key is commented out with its default, or with `…` where it has none.",
    );
    reference.comment(
        0,
        "Shows    what can be written; made by `brecha config reference`",
    );
    reference.comment(
        0,
        "Run      cargo run --release -- --config configs/reference.toml",
    );
    reference.comment(0, "Expect   XOR on its four points, as in the lecture: verdict \"inconclusive\", since nothing is held out");
    reference.comment(0, "Takes    less than a second");
    let sections = ["data", "model", "training", "evaluation", "verdict"];
    for (key, property) in properties(&schema) {
        if !sections.contains(&key) && key != "sweep" {
            reference.key(key, property, false);
        }
    }
    for section in sections {
        let property = &schema["properties"][section];
        let _ = writeln!(reference.text, "\n[{section}]");
        reference.comment(0, description(property));
        let table = reference.resolved(property);
        for (key, property) in properties(table) {
            reference.key(key, property, is_required(table, key));
        }
    }
    let _ = writeln!(reference.text, "\n# [sweep]");
    reference.comment(0, description(&schema["properties"]["sweep"]));
    reference
        .text
        .push_str("# training.epochs = [10, 100]\n# seeds = 3\n");
    reference.text
}

struct Reference<'a> {
    schema: &'a Value,
    text: String,
}

impl<'a> Reference<'a> {
    /// A key of a section: what it means, then the key, then what its value can be.
    fn key(&mut self, key: &str, property: &'a Value, required: bool) {
        self.text.push('\n');
        self.comment(0, description(property));
        let written = WRITTEN.iter().find(|(known, _)| *known == key);
        match written.filter(|_| required) {
            Some((_, value)) => {
                let _ = writeln!(self.text, "{key} = {value}");
            }
            None => {
                let _ = writeln!(self.text, "# {key} = {}", default(property));
            }
        }
        self.value(property, 1);
    }

    /// What a value can be, where it is more than a number, a text or a flag.
    fn value(&mut self, property: &'a Value, depth: usize) {
        let inner = self.resolved(property);
        let item = self.resolved(&inner["items"]);
        for choices in [&inner["oneOf"], &item["oneOf"]] {
            for choice in choices.as_array().into_iter().flatten() {
                self.choice(choice, depth);
            }
        }
        if !inner["properties"].is_null() {
            self.options(inner, depth);
        }
    }

    fn choice(&mut self, choice: &'a Value, depth: usize) {
        if let Some(name) = choice["const"].as_str() {
            self.comment(depth, &format!("\"{name}\": {}", description(choice)));
        }
        for name in choice["enum"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            self.comment(depth, &format!("\"{name}\""));
        }
        for (tag, options) in properties(choice) {
            self.comment(
                depth,
                &format!("{{ {tag} = {{ … }} }}: {}", description(choice)),
            );
            let options = self.resolved(options);
            self.options(options, depth + 1);
        }
    }

    fn options(&mut self, table: &'a Value, depth: usize) {
        for (key, property) in properties(table) {
            let default = if is_required(table, key) {
                "required".to_owned()
            } else {
                default(property)
            };
            self.comment(
                depth,
                &format!("{key} = {default}: {}", description(property)),
            );
            let inner = self.resolved(property);
            if inner["oneOf"].is_array() {
                self.value(property, depth + 1);
            }
        }
    }

    /// What a property refers to; that of an optional one is the first of two.
    fn resolved(&self, property: &'a Value) -> &'a Value {
        let reference = [
            &property["$ref"],
            &property["anyOf"][0]["$ref"],
            &property["allOf"][0]["$ref"],
        ];
        let reference = reference.iter().find_map(|reference| reference.as_str());
        let target = reference.and_then(|reference| self.schema.pointer(&reference[1..]));
        target.unwrap_or(property)
    }

    /// A comment, broken into lines.
    fn comment(&mut self, depth: usize, words: &str) {
        let indent = "  ".repeat(depth);
        let mut line = format!("# {indent}");
        let mut is_first = true;
        for word in plain(words).split(' ').filter(|word| !word.is_empty()) {
            if line.chars().count() + word.chars().count() + 1 > WIDTH {
                let _ = writeln!(self.text, "{}", line.trim_end());
                line = format!("# {indent}    ");
                is_first = true;
            }
            if !is_first {
                line.push(' ');
            }
            line.push_str(word);
            is_first = false;
        }
        let _ = writeln!(self.text, "{}", line.trim_end());
    }
}

/// Required ones first; within each kind by name.
fn properties(table: &Value) -> Vec<(&str, &Value)> {
    let all = table["properties"].as_object();
    let mut properties: Vec<(&str, &Value)> = all
        .into_iter()
        .flatten()
        .map(|(key, property)| (key.as_str(), property))
        .collect();
    properties.sort_by_key(|(key, _)| !is_required(table, key));
    properties
}

fn is_required(table: &Value, key: &str) -> bool {
    let required = table["required"].as_array();
    required.is_some_and(|required| required.iter().any(|name| name == key))
}

fn description(property: &Value) -> &str {
    property["description"].as_str().unwrap_or_default()
}

/// Rust's documentation without what only its reader understands.
fn plain(words: &str) -> String {
    words
        .replace('\n', " ")
        .replace("[`", "`")
        .replace("`]", "`")
}

/// The default as TOML; `…` where there is none.
fn default(property: &Value) -> String {
    property
        .get("default")
        .filter(|default| !default.is_null())
        .map_or_else(|| "…".to_owned(), toml)
}

fn toml(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let entries: Vec<String> = table
                .iter()
                .map(|(key, value)| format!("{key} = {}", toml(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn the_reference_is_a_configuration_that_names_every_key() {
        let text = reference();
        parse("reference.toml", &text, &[]).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let schema = json_schema();
        let tables = schema["$defs"].as_object().unwrap().values();
        for table in tables.chain([&schema]) {
            for (key, _) in properties(table) {
                let named = [format!("{key} = "), format!("[{key}]")];
                assert!(
                    named.iter().any(|name| text.contains(name)),
                    "{key} is not in\n{text}"
                );
            }
        }
    }
}
