//! `[sweep]`: one text that stands for many. Each dotted key has the list of its values; the points are all combinations,
//! each once for every seed.
//!
//! ```toml
//! [sweep]
//! model.layers.0.dense.units = [1, 2, 4, 8]
//! data.split.training-samples = [100, 1000]
//! seeds = 3
//! ```
//!
//! A point is the rest of the text with these keys set, exactly as `--set` would set them, so it is checked like any
//! configuration and can be run alone.

use std::fmt::Write;
use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

use super::diagnostics::Finding;
use super::vocabulary::quote;

/// The keys that vary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// In the order of the file; the last one varies fastest.
    pub axes: Vec<Axis>,
    /// How many seeds each combination is run with: the configured one and those after it.
    pub seeds: u64,
}

/// One key with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Dotted.
    pub key: String,
    /// As TOML.
    pub values: Vec<String>,
    /// Where the key stands in the text.
    pub(super) span: Range<usize>,
}

impl Sweep {
    /// How many runs this is; saturates.
    #[must_use]
    pub fn points(&self) -> u64 {
        self.axes
            .iter()
            .map(|axis| axis.values.len() as u64)
            .fold(self.seeds, u64::saturating_mul)
    }

    /// As a text that [`Sweep::parse`] reads.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = "[sweep]\n".to_owned();
        for Axis { key, values, .. } in &self.axes {
            // Keys are letters, digits, dots and dashes: anything else is no key of a configuration. Writing to a string cannot fail.
            let _ = writeln!(text, "\"{key}\" = [{}]", values.join(", "));
        }
        let _ = writeln!(text, "seeds = {}", self.seeds);
        text
    }

    /// The `[sweep]` of a text; `None` where there is none, or it is not as it should be.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        read(text).ok().flatten()
    }
}

/// The `[sweep]` of a text, if it has one.
pub(super) fn read(text: &str) -> Result<Option<Sweep>, Vec<Finding>> {
    // The text was parsed before; what is wrong with its syntax has been said.
    let Ok(document) = Document::parse(text) else {
        return Ok(None);
    };
    let Some(item) = document.as_table().get("sweep") else {
        return Ok(None);
    };
    let span = item.span().unwrap_or(0..0);
    let Some(table) = item.as_table_like() else {
        let message = "`sweep` is not a table".to_owned();
        return Err(vec![Finding::new("sweep", message).at(span).hint(
            "write `[sweep]`, and below it `dotted.key = [value, value]`".to_owned(),
        )]);
    };
    let mut sweep = Sweep {
        axes: Vec::new(),
        seeds: 1,
    };
    let mut findings = Vec::new();
    collect(table, "", &mut sweep, &mut findings);
    if findings.is_empty() {
        Ok(Some(sweep))
    } else {
        Err(findings)
    }
}

/// Dotted keys are tables within tables; an array ends the key.
fn collect(table: &dyn TableLike, above: &str, sweep: &mut Sweep, findings: &mut Vec<Finding>) {
    for (name, item) in table.iter() {
        let key = if above.is_empty() {
            name.to_owned()
        } else {
            format!("{above}.{name}")
        };
        let of_key = table.key(name).and_then(toml_edit::Key::span);
        let span = of_key.or_else(|| item.span()).unwrap_or(0..0);
        let mut refuse = |message: String, hint: &str| {
            findings.push(
                Finding::new(&format!("sweep.{key}"), message)
                    .at(span.clone())
                    .hint(hint.to_owned()),
            );
        };
        if key == "seeds" {
            match item.as_integer().map(u64::try_from) {
                Some(Ok(seeds)) if seeds > 0 => sweep.seeds = seeds,
                _ => refuse(
                    "`seeds` is not a positive whole number".to_owned(),
                    "write how many seeds each combination is run with, for example `seeds = 5`",
                ),
            }
        } else if let Some(array) = item.as_array() {
            let values: Vec<String> = array
                .iter()
                .map(|value| value.to_string().trim().to_owned())
                .collect();
            if values.is_empty() {
                refuse(
                    format!("{} has no value", quote(&key)),
                    "give at least one, or remove the key: a combination of nothing is nothing",
                );
            } else {
                sweep.axes.push(Axis { key, values, span });
            }
        } else if let Some(inner) = inner_table(item) {
            collect(inner, &key, sweep, findings);
        } else {
            refuse(
                format!("{} is not a list", quote(&key)),
                "every key of `[sweep]` has the list of its values, for example `training.epochs = [10, 100]`",
            );
        }
    }
}

fn inner_table(item: &Item) -> Option<&dyn TableLike> {
    item.as_table_like()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_dotted_key_are_one() {
        for text in [
            "a = 1\n[sweep]\nmodel.layers.0.dense.units = [1, 2]\nseeds = 3\n",
            "a = 1\n[sweep]\n\"model.layers.0.dense.units\" = [1, 2]\nseeds = 3\n",
        ] {
            let sweep = read(text).unwrap().unwrap();
            assert_eq!(sweep.axes.len(), 1);
            assert_eq!(sweep.axes[0].key, "model.layers.0.dense.units");
            assert_eq!(sweep.axes[0].values, ["1", "2"]);
            assert_eq!((sweep.seeds, sweep.points()), (3, 6));
            let again = Sweep::parse(&sweep.to_toml()).unwrap();
            assert_eq!((again.axes.len(), again.seeds), (1, 3));
            assert_eq!(again.axes[0].key, sweep.axes[0].key);
            assert_eq!(again.axes[0].values, sweep.axes[0].values);
        }
        assert_eq!(read("a = 1").unwrap(), None);
    }

    #[test]
    fn what_is_no_list_is_refused_at_its_key() {
        for (text, part) in [
            ("[sweep]\na.b = 3", "`a.b` is not a list"),
            ("[sweep]\na.b = []", "`a.b` has no value"),
            ("[sweep]\nseeds = 0", "`seeds` is not"),
            ("sweep = 3", "`sweep` is not a table"),
        ] {
            let findings = read(text).unwrap_err();
            assert!(findings[0].problem.message.contains(part), "{text}");
            assert!(findings[0].range.is_some(), "{text}");
        }
    }
}
