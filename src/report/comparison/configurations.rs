//! What differs between configurations, key by key.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use toml::{Table, Value};

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    Index(usize),
}

/// `model.layers[0].dense.units`
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place(Vec<Step>);

impl fmt::Display for Place {
    fn fmt(&self, text: &mut fmt::Formatter) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(text, "[{index}]")?,
                Step::Key(key) if depth == 0 => write!(text, "{key}")?,
                Step::Key(key) => write!(text, ".{key}")?,
            }
        }
        Ok(())
    }
}

/// A configuration as key paths with values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::report) struct Settings(BTreeMap<Place, String>);

impl Settings {
    /// The settings of a `config.toml`.
    pub(in crate::report) fn read(text: &str) -> Result<Self, String> {
        let table: Table =
            toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())?;
        let mut settings = Self::default();
        settings.add(Place::default(), &Value::Table(table));
        Ok(settings)
    }

    fn add(&mut self, place: Place, value: &Value) {
        let below = |step: Step| {
            let mut steps = place.0.clone();
            steps.push(step);
            Place(steps)
        };
        match value {
            Value::Table(table) if !table.is_empty() => {
                for (key, value) in table {
                    self.add(below(Step::Key(key.clone())), value);
                }
            }
            Value::Array(values) if values.iter().any(Value::is_table) => {
                for (index, value) in values.iter().enumerate() {
                    self.add(below(Step::Index(index)), value);
                }
            }
            value => {
                self.0.insert(place, value.to_string());
            }
        }
    }

    /// The value of a key path without indices.
    pub(in crate::report) fn get(&self, path: &str) -> Option<&str> {
        let steps = path.split('.').map(|key| Step::Key(key.to_owned()));
        self.0.get(&Place(steps.collect())).map(String::as_str)
    }

    /// Whether these are the same but for the seed.
    pub(in crate::report) fn equal_but_for_the_seed(&self, other: &Self) -> bool {
        let seed = Place(vec![Step::Key("seed".to_owned())]);
        let without = |settings: &Self| {
            let mut settings = settings.0.clone();
            settings.remove(&seed);
            settings
        };
        without(self) == without(other)
    }
}

/// The key paths whose values are not all equal, each with those values; configurations that could not be read differ in nothing.
pub(in crate::report) fn differences(
    all: &[Option<&Settings>],
) -> Vec<(String, Vec<Option<String>>)> {
    let known: Vec<&Settings> = all.iter().copied().flatten().collect();
    let places: BTreeSet<&Place> = known
        .iter()
        .flat_map(|settings| settings.0.keys())
        .collect();
    let differs = |place: &&&Place| {
        let mut values = known.iter().map(|settings| settings.0.get(**place));
        values
            .next()
            .is_some_and(|first| values.any(|value| value != first))
    };
    let rows = places.iter().filter(differs).map(|&place| {
        let value = |settings: &Option<&Settings>| settings.and_then(|of| of.0.get(place).cloned());
        (place.to_string(), all.iter().map(value).collect())
    });
    rows.collect()
}
