//! Messages about values: a known key holds something of the wrong kind.

use toml::de::DeValue;

use super::diagnostics::Finding;
use super::document::Document;
use super::explain::split;
use super::vocabulary::{Choice, choice, describe, expectation, list, quote, shortened, template};

/// Every other form: something that is known stands in the wrong shape.
pub(super) fn wrong_value(path: &[String], message: &str, document: &Document<'_>) -> Finding {
    let key = path.join(".");
    let value = document.get(path).map(toml::Spanned::get_ref);
    if let Some(DeValue::Integer(number)) = value
        && i64::from_str_radix(number.as_str(), number.radix()).is_err()
    {
        return too_large(path, number.as_str());
    }
    if let Some(DeValue::Float(number)) = value
        && message.contains("overflow")
    {
        let number = shortened(number.as_str());
        let message = format!("{} is {number}, more than a number can hold", quote(&key));
        return Finding::new(&key, message).label("too large");
    }
    if message.starts_with("expected empty ") || message.starts_with("expected table, found ") {
        let (name, place) = split(path);
        return Finding::new(&key, format!("{} takes no options", quote(name)))
            .label(format!("for {}", quote(&place.join("."))))
            .hint(format!("write `\"{name}\"`"));
    }
    match choice(path) {
        Some(choice) => wrong_choice(path, &choice, message, value),
        None => wrong_type(path, message, value),
    }
}

/// A layer, source or optimizer in none of its spellings.
fn wrong_choice(
    path: &[String],
    choice: &Choice,
    message: &str,
    value: Option<&DeValue<'_>>,
) -> Finding {
    let key = path.join(".");
    match value {
        Some(DeValue::String(name)) if message.contains("unit variant") => {
            let (last, _) = split(path);
            let written = template(name);
            let written = if last.parse::<usize>().is_ok() {
                written
            } else {
                format!("{last} = {written}")
            };
            let message = format!("{} needs a table for its options", quote(name));
            Finding::new(&key, message)
                .label("only a name")
                .hint(format!("write `{written}`"))
        }
        Some(DeValue::Table(table)) if table.len() > 1 => {
            let names: Vec<_> = table.keys().map(|name| name.get_ref().as_ref()).collect();
            let wanted = format!("expected one {} for {}", choice.noun, quote(&key));
            let hint = format!(
                "keep one; `--set '{key}={}'` replaces what the file says",
                template(names.first().copied().unwrap_or_default())
            );
            Finding::new(&key, format!("{wanted}, found {}", names.len()))
                .label(format!("names {}", list(&names)))
                .hint(hint)
        }
        _ => {
            let found = match value {
                Some(DeValue::Table(_)) | None => "an empty table".to_owned(),
                Some(value) => describe(value),
            };
            let wanted = format!("expected {} for {}", choice.one, quote(&key));
            Finding::new(&key, format!("{wanted}, found {found}"))
                .label("expected a name, or a table with one name")
                .hint(format!(
                    "write, for example, `{}`",
                    template(choice.example)
                ))
                .note(format!("known {}s: {}", choice.noun, list(&choice.names)))
        }
    }
}

fn wrong_type(path: &[String], message: &str, value: Option<&DeValue<'_>>) -> Finding {
    let key = path.join(".");
    let found = value.map_or_else(|| "something else".to_owned(), describe);
    let expected = match message.rsplit_once(", expected ") {
        Some((_, expected)) => expectation(path, expected),
        None if message.starts_with("wanted ") => "a name in quotes".to_owned(),
        None => return Finding::new(&key, format!("{message} in {}", quote(&key))),
    };
    let finding = Finding::new(
        &key,
        format!("expected {expected} for {}, found {found}", quote(&key)),
    )
    .label(format!("expected {expected}"));
    let wants_number = expected.contains("number");
    match value {
        Some(DeValue::String(text)) if wants_number && text.parse::<f64>().is_ok() => {
            finding.hint("remove the quotes".to_owned())
        }
        Some(DeValue::Float(number)) if wants_number => match number.as_str().parse::<f64>() {
            Ok(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => {
                finding.hint(format!("write `{whole:.0}`"))
            }
            _ => finding,
        },
        _ => finding,
    }
}

/// A whole number that TOML cannot hold.
pub(super) fn too_large(path: &[String], number: &str) -> Finding {
    let key = path.join(".");
    let bound = if number.starts_with('-') {
        ("begin", i64::MIN)
    } else {
        ("end", i64::MAX)
    };
    Finding::new(
        &key,
        format!(
            "{} is {}, but whole numbers in TOML {} at {}",
            quote(&key),
            shortened(number),
            bound.0,
            bound.1
        ),
    )
    .label("too large")
}
