//! `--set KEY=VALUE`: an edit of the text, made before anything is read.
//!
//! So an override is checked exactly like the file, needs no list of keys of its own, and keeps the comments of the
//! text, which a run stores. KEY is dotted, with numbers for the elements of arrays (`model.layers.0.dense.units`).
//! VALUE is TOML, or else a bare string, so that nobody needs to quote quotes (`backend=wgpu`).

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::diagnostics::Finding;
use super::vocabulary::quote;

/// No key of the schema is nearly as deep; the limit bounds the recursion.
const DEEPEST_KEY: usize = 16;

/// One argument, taken apart.
#[derive(Debug)]
pub(super) struct Override {
    pub(super) key: Vec<String>,
    pub(super) argument: String,
    value: Value,
}

impl Override {
    /// Takes `KEY=VALUE` apart.
    pub(super) fn parse(argument: &str) -> Result<Self, Box<Finding>> {
        let refuse = |reason: &str, hint: &str| {
            let message = format!(
                "invalid argument {}: {reason}",
                quote(&format!("--set {argument}"))
            );
            Box::new(Finding::new("", message).hint(hint.to_owned()))
        };
        let form = "write `--set KEY=VALUE`, for example `--set training.epochs=3`";
        let Some((key, text)) = argument.split_once('=') else {
            return Err(refuse("there is no `=`", form));
        };
        let key: Vec<String> = key.trim().split('.').map(str::to_owned).collect();
        if key.iter().any(String::is_empty) {
            return Err(refuse("the key, or a part of it, is empty", form));
        }
        if key.len() > DEEPEST_KEY {
            let reason = format!("the key has {} parts, more than {DEEPEST_KEY}", key.len());
            return Err(refuse(&reason, form));
        }
        let text = text.trim();
        if text.is_empty() {
            return Err(refuse("there is no value after `=`", form));
        }
        let value = match text.parse::<Value>() {
            Ok(value) => value,
            Err(error) if text.starts_with(['{', '[', '"', '\'']) => {
                let reason = format!(
                    "the value is not TOML: {}",
                    error.message().trim().replace('\n', ", ")
                );
                return Err(refuse(
                    &reason,
                    "quote the argument so that the shell leaves brackets and quotes alone",
                ));
            }
            Err(_)
                if text
                    .trim_start_matches(['+', '-'])
                    .chars()
                    .all(|character| character.is_ascii_digit()) =>
            {
                let reason = format!(
                    "whole numbers in TOML lie between {} and {}",
                    i64::MIN,
                    i64::MAX
                );
                return Err(refuse(&reason, "leading zeros are not allowed either"));
            }
            Err(_) => Value::from(text),
        };
        Ok(Self {
            key,
            argument: argument.to_owned(),
            value,
        })
    }

    /// Writes the value into `document`.
    pub(super) fn apply(&self, document: &mut DocumentMut) -> Result<(), Box<Finding>> {
        assign(
            Place::Table(document.as_table_mut()),
            &self.key,
            0,
            &self.value,
        )
        .map_err(|reason| {
            let argument = quote(&format!("--set {}", self.argument));
            Box::new(Finding::new(
                "",
                format!("cannot apply {argument}: {reason}"),
            ))
        })
    }
}

/// Something that has entries.
enum Place<'d> {
    Table(&'d mut dyn TableLike),
    Array(&'d mut Array),
    /// `[[header]]`
    Tables(&'d mut ArrayOfTables),
}

/// Writes `value` to `key[depth..]` below `place`.
fn assign(place: Place<'_>, key: &[String], depth: usize, value: &Value) -> Result<(), String> {
    let (segment, is_last) = (key[depth].as_str(), depth + 1 == key.len());
    let here = || key[..depth].join(".");
    match place {
        Place::Table(table) if is_last => {
            set_entry(table, segment, value.clone());
            Ok(())
        }
        Place::Table(table) => {
            let item = table.entry(segment).or_insert_with(|| {
                // `[verdict]` gets a header, as in the shipped files; what lies deeper is inline.
                if depth == 0 {
                    Item::Table(Table::new())
                } else {
                    Item::Value(InlineTable::new().into())
                }
            });
            match item {
                Item::Table(table) => assign(Place::Table(table), key, depth + 1, value),
                Item::ArrayOfTables(tables) => assign(Place::Tables(tables), key, depth + 1, value),
                Item::Value(inner) => assign_in_value(inner, key, depth + 1, value),
                Item::None => Err(format!("{} is not there", quote(segment))),
            }
        }
        Place::Array(array) => {
            let element = index(segment, array.len(), &here())
                .and_then(|index| array.get_mut(index).ok_or_else(here))?;
            if is_last {
                replace_value(element, value.clone());
                Ok(())
            } else {
                assign_in_value(element, key, depth + 1, value)
            }
        }
        Place::Tables(tables) => {
            let table = index(segment, tables.len(), &here())
                .and_then(|index| tables.get_mut(index).ok_or_else(here))?;
            match value {
                Value::InlineTable(inline) if is_last => {
                    *table = inline.clone().into_table();
                    Ok(())
                }
                _ if is_last => Err(format!(
                    "{} holds tables, and the value is not one",
                    quote(&here())
                )),
                _ => assign(Place::Table(table), key, depth + 1, value),
            }
        }
    }
}

fn assign_in_value(
    inner: &mut Value,
    key: &[String],
    depth: usize,
    value: &Value,
) -> Result<(), String> {
    match inner {
        Value::InlineTable(table) => assign(Place::Table(table), key, depth, value),
        Value::Array(array) => assign(Place::Array(array), key, depth, value),
        other => {
            let parent = key[..depth].join(".");
            let kind = other.type_name();
            let article = if kind.starts_with(['a', 'i']) {
                "an"
            } else {
                "a"
            };
            Err(format!(
                "{} is {article} {kind} in the file, so there is no {} in it to assign",
                quote(&parent),
                quote(&key[depth])
            ))
        }
    }
}

fn index(segment: &str, length: usize, array: &str) -> Result<usize, String> {
    let Ok(index) = segment.parse::<usize>() else {
        return Err(format!(
            "{} is an array, and {} is not a number",
            quote(array),
            quote(segment)
        ));
    };
    if index < length {
        Ok(index)
    } else {
        Err(format!(
            "{} has {length} elements, counted from 0: there is no {index}",
            quote(array)
        ))
    }
}

/// The new value keeps the place and the comment of the old one.
fn set_entry(table: &mut dyn TableLike, key: &str, value: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => replace_value(old, value),
        Some(_) => {
            // A table with a header of its own: the header goes.
            table.remove(key);
            table.insert(key, Item::Value(value));
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

fn replace_value(old: &mut Value, mut new: Value) {
    *new.decor_mut() = old.decor().clone();
    *old = new;
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "seed = 1\n[data]\nsource = 'digits' # the small ones\n[model]\nlayers = [\n  { dense = { units = 4 } }, # first\n  'tanh',\n]\n[[more]]\na = 1\n";

    fn set(argument: &str) -> Result<String, String> {
        let mut document: DocumentMut = TEXT.parse().unwrap();
        let change = Override::parse(argument).map_err(|finding| finding.problem.message)?;
        change
            .apply(&mut document)
            .map_err(|finding| finding.problem.message)?;
        Ok(document.to_string())
    }

    #[test]
    fn edits_keep_the_rest() {
        for (argument, line) in [
            ("seed=7", "seed = 7\n"),
            ("backend=wgpu", "backend = \"wgpu\"\n"),
            ("data.source=moons", "source = \"moons\" # the small ones\n"),
            (
                "data.source={ xor = {} }",
                "source = { xor = {} } # the small ones\n",
            ),
            (
                "data.split.validation=0.5",
                "split = { validation = 0.5 }\n",
            ),
            (
                "model.layers.0.dense.units=9",
                "  { dense = { units = 9 } }, # first\n",
            ),
            ("model.layers.1=relu", "  \"relu\",\n"),
            ("verdict.tolerance=0.1", "[verdict]\ntolerance = 0.1\n"),
            ("more.0.a=2", "[[more]]\na = 2\n"),
            ("more.0={ b = 3 }", "[[more]]\nb = 3"),
            ("model={}", "model = {}\n"),
        ] {
            let text = set(argument).unwrap();
            assert!(text.contains(line), "{argument}\n{text}");
            assert_eq!(text.contains("# first"), argument != "model={}");
        }
    }

    #[test]
    fn malformed_arguments_are_named() {
        for (argument, reason) in [
            ("epochs", "there is no `=`"),
            ("=3", "is empty"),
            ("a..b=3", "is empty"),
            ("seed=", "no value"),
            (
                "seed=99999999999999999999",
                "whole numbers in TOML lie between",
            ),
            ("training.optimizer={adam={}", "not TOML"),
            (
                "data.source.xor.samples=4",
                "`data.source` is a string in the file",
            ),
            ("model.layers.first=3", "`first` is not a number"),
            (
                "model.layers.2.dense.units=3",
                "has 2 elements, counted from 0: there is no 2",
            ),
            ("more.0=3", "holds tables"),
        ] {
            let message = set(argument).unwrap_err();
            assert!(
                message.contains(reason) && message.contains(&format!("--set {argument}")),
                "{message}"
            );
        }
        assert!(set(&format!("{}a=1", "a.".repeat(10_000))).is_err());
    }
}
