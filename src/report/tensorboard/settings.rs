//! The keys of a configuration as TensorBoard's hyperparameters: one column each, so that runs can be compared by them.

use std::collections::BTreeMap;

use toml::Value;

use super::protobuf::Setting;

/// `training.optimizer.sgd.learning-rate` → 0.5. Lists, such as that of the layers, are one text each.
pub(super) fn settings(configuration: &str) -> BTreeMap<String, Setting> {
    let mut found = BTreeMap::new();
    // brecha has written it itself.
    if let Ok(table) = configuration.parse::<toml::Table>() {
        for (key, value) in &table {
            flatten(key, value, &mut found);
        }
    }
    found
}

fn flatten(key: &str, value: &Value, found: &mut BTreeMap<String, Setting>) {
    let mut setting = Setting::default();
    match value {
        Value::Table(table) => {
            for (inner, value) in table {
                flatten(&format!("{key}.{inner}"), value, found);
            }
            // `flip = {}` has no key of its own.
            if !table.is_empty() {
                return;
            }
            setting.bool_value = Some(true);
        }
        Value::Integer(number) => setting.number_value = Some(*number as f64),
        Value::Float(number) => setting.number_value = Some(*number),
        Value::Boolean(yes) => setting.bool_value = Some(*yes),
        Value::String(text) => setting.string_value = Some(text.clone()),
        Value::Array(_) | Value::Datetime(_) => setting.string_value = Some(value.to_string()),
    }
    found.insert(key.to_owned(), setting);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_in_full() {
        let settings = settings(
            "seed = 42\n[model]\nlayers = [\n  { dense = { units = 4 } },\n  \"flatten\",\n]\nloss = \"mse\"\n\
             [training]\nnesterov = false\noptimizer = { sgd = { learning-rate = 0.5 } }\nschedule = { cosine = {} }\n",
        );
        let keys: Vec<&str> = settings.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "model.layers",
                "model.loss",
                "seed",
                "training.nesterov",
                "training.optimizer.sgd.learning-rate",
                "training.schedule.cosine"
            ]
        );
        let layers = settings["model.layers"].string_value.as_deref();
        assert_eq!(layers, Some("[{ dense = { units = 4 } }, \"flatten\"]"));
        let rate = &settings["training.optimizer.sgd.learning-rate"];
        assert_eq!(rate.number_value, Some(0.5));
        assert_eq!(settings["training.nesterov"].bool_value, Some(false));
    }
}
