//! The schema as JSON Schema, for editors that complete keys and underline mistakes while one types: Taplo (the language server of
//! "Even Better TOML") reads it where a file begins with `#:schema brecha.schema.json`.

use serde_json::{Value, json};

use super::schema::Config;

/// What the schema is called where it lies beside configurations.
pub const SCHEMA_FILE: &str = "brecha.schema.json";

/// The first line of a file whose keys editors are to complete.
pub const SCHEMA_DIRECTIVE: &str = "#:schema brecha.schema.json";

/// JSON Schema, draft 2020-12. Ranges are not in it; `brecha config check` knows them.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = schemars::schema_for!(Config).to_value();
    schema["title"] = "brecha".into();
    schema["properties"]["sweep"] = json!({
        "description": "Dotted keys with lists of values: `brecha sweep` runs every combination, with `seeds` seeds each.",
        "type": "object",
        "properties": { "seeds": { "type": "integer", "minimum": 1 } },
    });
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_choices_and_their_documentation_are_in_it() {
        let schema = json_schema();
        let section = |name: &str| {
            let reference = schema["properties"][name]["$ref"].as_str();
            let reference = reference.or(schema["properties"][name]["allOf"][0]["$ref"].as_str());
            schema.pointer(&reference.unwrap()[1..]).unwrap().clone()
        };
        let training = section("training");
        assert_eq!(training["additionalProperties"], false);
        for key in [
            "epochs",
            "batch-size",
            "optimizer",
            "schedule",
            "early-stopping",
        ] {
            assert!(training["properties"][key].is_object(), "{key}");
        }
        assert_eq!(
            training["required"],
            json!(["epochs", "batch-size", "optimizer"])
        );
        let text = schema.to_string();
        for word in [
            "fashion-mnist-12k",
            "conv2d",
            "one-cycle",
            "Passes over the training split.",
        ] {
            assert!(text.contains(word), "{word}");
        }
    }
}
