//! A serde error becomes a message for the user, and a remedy with which the rest of the document can be read.
//!
//! serde's errors are text, so their few forms are told apart by their beginnings. A form that is not known here (a new
//! version of a library) is shown as it is: less friendly, never wrong. The tests hold every form.

use toml::de::{DeValue, Error};

use super::diagnostics::Finding;
use super::document::{Document, Path, Side};
use super::shapes::wrong_value;
use super::vocabulary::{choice, example, list, listed_names, nearest, quote, section_of};

/// How to go on reading after a mistake.
pub(super) enum Remedy {
    /// An unknown key is taken out.
    Cut(Path),
    /// A misspelt key is read as the one that it resembles, so that this one is not reported as missing.
    Rename { from: Path, to: Path },
    /// The place gets a harmless value.
    Replace(Path),
    /// Nothing can be done.
    Stop,
}

impl Remedy {
    /// The place of the mistake.
    pub(super) fn place(&self) -> &[String] {
        match self {
            Self::Cut(path) | Self::Replace(path) | Self::Rename { from: path, .. } => path,
            Self::Stop => &[],
        }
    }
}

/// What to say about `error`, and how to go on.
pub(super) fn explain(error: &Error, document: &Document<'_>) -> (Finding, Remedy) {
    let message = error.message();
    let Some(span) = error.span() else {
        return (Finding::new("", message.to_owned()), Remedy::Stop);
    };
    let about_key = message.starts_with("unknown ");
    let side = if about_key { Side::Key } else { Side::Value };
    let Some(path) = document.find(&span, side) else {
        return (Finding::new("", message.to_owned()).at(span), Remedy::Stop);
    };
    let (finding, remedy) = if message.starts_with("unknown field ") {
        unknown_key(path, message, document)
    } else if message.starts_with("unknown variant ") {
        unknown_name(&path, message, document)
    } else if let Some(key) = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        missing_key(&path, key)
    } else {
        let finding = wrong_value(&path, message, document);
        (finding, Remedy::Replace(path))
    };
    (finding.at(span), remedy)
}

fn unknown_key(path: Path, message: &str, document: &Document<'_>) -> (Finding, Remedy) {
    let (name, table) = split(&path);
    let known = listed_names(message);
    let place = if table.is_empty() {
        "this file".to_owned()
    } else {
        quote(&table.join("."))
    };
    let mut finding = Finding::new(&path.join("."), format!("unknown key {}", quote(name)))
        .label(format!("not a key of {place}"))
        .note(if known.is_empty() {
            "no keys are known here".to_owned()
        } else {
            format!("known keys: {}", list(&known))
        });
    let Some(meant) = nearest(name, &known) else {
        if let Some(section) = section_of(name) {
            finding = finding.hint(format!("{} belongs into `[{section}]`", quote(name)));
        }
        return (finding, Remedy::Cut(path));
    };
    finding = finding.hint(format!("did you mean {}?", quote(meant)));
    if document.keys(table).iter().any(|key| key == meant) {
        return (finding, Remedy::Cut(path));
    }
    let to = joined(table, meant);
    (finding, Remedy::Rename { from: path, to })
}

fn unknown_name(path: &[String], message: &str, document: &Document<'_>) -> (Finding, Remedy) {
    let known = listed_names(message);
    // Written as a string the value is the name; written as a table, its only key is.
    let (name, place) = match document.get(path).map(toml::Spanned::get_ref) {
        Some(DeValue::String(text))
            if message.starts_with(&format!("unknown variant `{text}`, ")) =>
        {
            (text.clone().into_owned(), path)
        }
        _ => {
            let (name, table) = split(path);
            (name.to_owned(), table)
        }
    };
    let (title, label, nouns) = match choice(place) {
        Some(choice) => (
            format!("unknown {} {}", choice.noun, quote(&name)),
            format!("not {}", choice.one),
            format!("{}s", choice.noun),
        ),
        None => (
            format!(
                "unknown value {} of {}",
                quote(&name),
                quote(&place.join("."))
            ),
            "not a known value".to_owned(),
            "values".to_owned(),
        ),
    };
    let mut finding = Finding::new(&place.join("."), title)
        .label(label)
        .note(format!("known {nouns}: {}", list(&known)));
    if let Some(meant) = nearest(&name, &known) {
        finding = finding.hint(format!("did you mean {}?", quote(meant)));
    }
    let place = place.to_vec();
    (finding, Remedy::Replace(place))
}

fn missing_key(table: &[String], key: &str) -> (Finding, Remedy) {
    let path = joined(table, key);
    let finding = if table.is_empty() {
        let content = match key {
            "data" => "`source`",
            "model" => "`layers` and `loss`",
            _ => "`epochs`, `batch-size` and `optimizer`",
        };
        Finding::new("", format!("missing table `[{key}]`"))
            .hint(format!("add `[{key}]` with {content}"))
    } else {
        let finding = Finding::new(
            &path.join("."),
            format!("missing key {} in {}", quote(key), quote(&table.join("."))),
        )
        .label(format!("{} belongs here", quote(key)));
        match example(key) {
            Some(example) => finding.hint(format!("add, for example, `{example}`")),
            None => finding,
        }
    };
    (finding, Remedy::Replace(path))
}

/// The last segment, and the path of the table that it stands in.
pub(super) fn split(path: &[String]) -> (&str, &[String]) {
    match path.split_last() {
        Some((last, parents)) => (last, parents),
        None => ("", &[]),
    }
}

fn joined(table: &[String], key: &str) -> Path {
    let mut path = table.to_vec();
    path.push(key.to_owned());
    path
}
