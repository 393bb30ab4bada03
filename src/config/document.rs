//! The parsed text with positions: finding the key at a position, the position of a key, and mending the tree.
//!
//! `toml`'s tree keeps a span for every key and value. serde's errors carry a span but no dotted key, so the key is
//! looked up here; positions of a header table (`[data]`) are those of its header.

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::schema::Config;

/// The segments of a dotted key; elements of arrays by their number.
pub(super) type Path = Vec<String>;

/// `model.layers.0` as its segments.
pub(super) fn split_key(key: &str) -> Path {
    key.split('.').map(str::to_owned).collect()
}

/// Which side of `key = value` a span is expected on; the other side is tried second.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Key,
    Value,
}

/// The tree of one text.
pub(super) struct Document<'t> {
    root: Spanned<DeValue<'t>>,
}

impl<'t> Document<'t> {
    /// Parses `text`. `toml` limits the nesting, so the recursions below are bounded.
    pub(super) fn parse(text: &'t str) -> Result<Self, Error> {
        let root = DeTable::parse(text)?;
        let span = root.span();
        Ok(Self {
            root: Spanned::new(span, DeValue::Table(root.into_inner())),
        })
    }

    /// Reads the tree into the schema.
    pub(super) fn config(&self) -> Result<Config, Error> {
        Config::deserialize(self.root.clone().into_deserializer())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.root
            .get_ref()
            .as_table()
            .is_some_and(DeTable::is_empty)
    }

    /// The value at `path`.
    pub(super) fn get(&self, path: &[String]) -> Option<&Spanned<DeValue<'t>>> {
        path.iter()
            .try_fold(&self.root, |value, segment| child(value, segment))
    }

    /// The names of the keys in the table at `path`, none if there is no table.
    pub(super) fn keys(&self, path: &[String]) -> Vec<String> {
        let table = self.get(path).and_then(|value| value.get_ref().as_table());
        table.map_or_else(Vec::new, |table| {
            table
                .keys()
                .map(|key| key.get_ref().clone().into_owned())
                .collect()
        })
    }

    /// The position of the value at `path`, or of its nearest parent that exists; none for the whole file.
    pub(super) fn locate(&self, path: &[String]) -> Option<Range<usize>> {
        (1..=path.len())
            .rev()
            .find_map(|length| self.get(&path[..length]))
            .map(Spanned::span)
    }

    /// The deepest path whose key or value has exactly this span.
    pub(super) fn find(&self, span: &Range<usize>, side: Side) -> Option<Path> {
        let mut hits = Vec::new();
        search(&self.root, span, &mut Vec::new(), &mut hits);
        let preferred = hits.iter().rposition(|(_, hit_side)| *hit_side == side);
        let index = preferred.or_else(|| hits.len().checked_sub(1))?;
        Some(hits.swap_remove(index).0)
    }

    /// Every whole number that does not fit TOML's 64 bits with a sign.
    pub(super) fn too_large_integers(&self) -> Vec<Path> {
        let mut found = Vec::new();
        search_too_large(&self.root, &mut Vec::new(), &mut found);
        found
    }

    /// Writes `value` to `path`, whose parent must exist; otherwise nothing happens.
    pub(super) fn put(&mut self, path: &[String], value: Spanned<DeValue<'t>>) {
        let Some((last, parents)) = path.split_last() else {
            return;
        };
        match self.get_mut(parents).map(Spanned::get_mut) {
            Some(DeValue::Table(table)) => {
                let key = Spanned::new(value.span(), Cow::Owned(last.clone()));
                table.insert(key, value);
            }
            Some(DeValue::Array(array)) => {
                let element = last
                    .parse()
                    .ok()
                    .and_then(|index: usize| array.get_mut(index));
                if let Some(element) = element {
                    *element = value;
                }
            }
            _ => {}
        }
    }

    /// Takes the entry at `path` out of its table.
    pub(super) fn remove(&mut self, path: &[String]) -> Option<Spanned<DeValue<'t>>> {
        let (last, parents) = path.split_last()?;
        match self.get_mut(parents)?.get_mut() {
            DeValue::Table(table) => table.remove(last.as_str()),
            _ => None,
        }
    }

    fn get_mut(&mut self, path: &[String]) -> Option<&mut Spanned<DeValue<'t>>> {
        path.iter()
            .try_fold(&mut self.root, |value, segment| match value.get_mut() {
                DeValue::Table(table) => table.get_mut(segment.as_str()),
                DeValue::Array(array) => array.get_mut(segment.parse::<usize>().ok()?),
                _ => None,
            })
    }
}

fn child<'v, 't>(
    value: &'v Spanned<DeValue<'t>>,
    segment: &str,
) -> Option<&'v Spanned<DeValue<'t>>> {
    match value.get_ref() {
        DeValue::Table(table) => table.get(segment),
        DeValue::Array(array) => array.get(segment.parse::<usize>().ok()?),
        _ => None,
    }
}

fn search(
    value: &Spanned<DeValue<'_>>,
    span: &Range<usize>,
    path: &mut Path,
    hits: &mut Vec<(Path, Side)>,
) {
    if value.span() == *span {
        hits.push((path.clone(), Side::Value));
    }
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                path.push(key.get_ref().clone().into_owned());
                if key.span() == *span {
                    hits.push((path.clone(), Side::Key));
                }
                search(value, span, path, hits);
                path.pop();
            }
        }
        DeValue::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                path.push(index.to_string());
                search(value, span, path, hits);
                path.pop();
            }
        }
        _ => {}
    }
}

fn search_too_large(value: &Spanned<DeValue<'_>>, path: &mut Path, found: &mut Vec<Path>) {
    match value.get_ref() {
        DeValue::Integer(integer)
            if i64::from_str_radix(integer.as_str(), integer.radix()).is_err() =>
        {
            found.push(path.clone());
        }
        DeValue::Table(table) => {
            for (key, value) in table {
                path.push(key.get_ref().clone().into_owned());
                search_too_large(value, path, found);
                path.pop();
            }
        }
        DeValue::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                path.push(index.to_string());
                search_too_large(value, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}
