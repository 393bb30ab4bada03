//! The types with two spellings each: [`Extent`] (`3` or `[3, 5]`), [`BatchSize`] (`32` or `"full"`) and [`ClassWeightsConfig`]
//! (`"balanced"` or `{ bag = 2.0 }`), [`BackendConfig`] (`"flex"` or `{ remote = "…" }`).
//!
//! serde's `untagged` would accept them too, but would answer every mistake with "data did not match any variant".

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::schema::{BackendConfig, BatchSize, ClassWeightsConfig, Extent, RemoteConfig};

impl JsonSchema for Extent {
    fn schema_name() -> Cow<'static, str> {
        "Extent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Height and width, written as one number when they are equal.",
            "anyOf": [
                { "type": "integer", "minimum": 1 },
                { "type": "array", "items": { "type": "integer", "minimum": 1 }, "minItems": 2, "maxItems": 2 },
            ],
        })
    }
}

impl JsonSchema for BatchSize {
    fn schema_name() -> Cow<'static, str> {
        "BatchSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Samples per step; \"full\" is the whole training split.",
            "anyOf": [{ "type": "integer", "minimum": 1 }, { "const": "full" }],
        })
    }
}

impl JsonSchema for BackendConfig {
    fn schema_name() -> Cow<'static, str> {
        "Backend".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let remote = generator.subschema_for::<RemoteConfig>();
        json_schema!({
            "description": "The name of a back end, or a device elsewhere.",
            "anyOf": [{ "type": "string" }, remote],
        })
    }
}

impl JsonSchema for ClassWeightsConfig {
    fn schema_name() -> Cow<'static, str> {
        "ClassWeights".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "\"balanced\", or a number for each class by its name.",
            "anyOf": [
                { "const": "balanced" },
                { "type": "object", "additionalProperties": { "type": "number", "minimum": 0 } },
            ],
        })
    }
}

impl Serialize for Extent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Square(side) => side.serialize(serializer),
            Self::Rectangle(sides) => sides.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Extent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExtentVisitor)
    }
}

struct ExtentVisitor;

impl<'de> Visitor<'de> for ExtentVisitor {
    type Value = Extent;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a positive whole number or two of them, `[height, width]`,")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Extent, E> {
        let side = usize::try_from(value)
            .map_err(|_| E::invalid_value(Unexpected::Signed(value), &self))?;
        Ok(Extent::Square(side))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Extent, E> {
        let side = usize::try_from(value)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))?;
        Ok(Extent::Square(side))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sides: A) -> Result<Extent, A::Error> {
        let height = sides
            .next_element()?
            .ok_or_else(|| de::Error::invalid_length(0, &self))?;
        let width = sides
            .next_element()?
            .ok_or_else(|| de::Error::invalid_length(1, &self))?;
        if sides.next_element::<de::IgnoredAny>()?.is_some() {
            return Err(de::Error::invalid_length(3, &self));
        }
        Ok(Extent::Rectangle([height, width]))
    }
}

impl Serialize for BatchSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Full => serializer.serialize_str("full"),
            Self::Samples(samples) => samples.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for BatchSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BatchSizeVisitor)
    }
}

struct BatchSizeVisitor;

impl Visitor<'_> for BatchSizeVisitor {
    type Value = BatchSize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a positive whole number or \"full\"")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<BatchSize, E> {
        let samples = usize::try_from(value)
            .map_err(|_| E::invalid_value(Unexpected::Signed(value), &self))?;
        Ok(BatchSize::Samples(samples))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<BatchSize, E> {
        let samples = usize::try_from(value)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))?;
        Ok(BatchSize::Samples(samples))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<BatchSize, E> {
        if value == "full" {
            Ok(BatchSize::Full)
        } else {
            Err(E::invalid_value(Unexpected::Str(value), &self))
        }
    }
}

impl Serialize for BackendConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Named(name) => serializer.serialize_str(name),
            Self::Remote(remote) => remote.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for BackendConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BackendVisitor)
    }
}

struct BackendVisitor;

impl<'de> Visitor<'de> for BackendVisitor {
    type Value = BackendConfig;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a back end in quotes or `{ remote = \"…\" }`")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<BackendConfig, E> {
        Ok(BackendConfig::Named(value.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<BackendConfig, A::Error> {
        let table = de::value::MapAccessDeserializer::new(map);
        RemoteConfig::deserialize(table).map(BackendConfig::Remote)
    }
}

impl Serialize for ClassWeightsConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Balanced => serializer.serialize_str("balanced"),
            Self::Named(weights) => weights.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ClassWeightsConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ClassWeightsVisitor)
    }
}

struct ClassWeightsVisitor;

impl<'de> Visitor<'de> for ClassWeightsVisitor {
    type Value = ClassWeightsConfig;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("\"balanced\" or a number for each class, `{ name = 2.0 }`,")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<ClassWeightsConfig, E> {
        if value == "balanced" {
            Ok(ClassWeightsConfig::Balanced)
        } else {
            Err(E::invalid_value(Unexpected::Str(value), &self))
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ClassWeightsConfig, A::Error> {
        let mut weights = BTreeMap::new();
        while let Some((name, weight)) = map.next_entry::<String, f64>()? {
            weights.insert(name, weight);
        }
        Ok(ClassWeightsConfig::Named(weights))
    }
}
