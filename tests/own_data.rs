//! Data of one's own: tables; everything that can be wrong with them, and what is said about it.

use std::fmt::Write;

use super::program::{Program, Ran};

pub const CONFIG: &str = r#"seed = 1

[data]
source = { csv = { file = "plants.csv", label = "kind" } }
split = { validation = 0.5 }

[model]
layers = [{ dense = { units = 2 } }]
loss = "cross-entropy"

[training]
epochs = 2
batch-size = 8
optimizer = { adam = { learning-rate = 0.01 } }
"#;

/// A header and twelve rows, line 2 to line 13.
pub fn plants() -> String {
    let mut text = "height,colour,kind\n".to_owned();
    for row in 0..12 {
        let colour = ["red", "white", "blue"][row % 3];
        let kind = ["herb", "tree"][row % 2];
        writeln!(text, "{}.5,{colour},{kind}", 10 * (row % 2) + row).unwrap();
    }
    text
}

fn train(csv: impl AsRef<[u8]>, options: &str) -> Ran {
    let label = "label = \"kind\"";
    Program::with_config(&CONFIG.replace(label, &format!("{label}{options}")))
        .file("plants.csv", csv)
        .train(&[])
}

#[track_caller]
fn refused(name: &str, csv: impl AsRef<[u8]>, options: &str) {
    let ran = train(csv, options).fails_with(3);
    insta::assert_snapshot!(name, ran.transcript());
}

/// One change to the table.
fn with(old: &str, new: &str) -> String {
    let text = plants();
    assert!(text.contains(old), "{old}\n{text}");
    text.replacen(old, new, 1)
}

#[test]
fn a_table_trains_and_its_columns_are_kept() {
    let program = Program::with_config(CONFIG).file("plants.csv", plants());
    program.train(&[]).succeeds();
    let model: serde_json::Value =
        serde_json::from_str(&program.read("artifacts/config/model.json")).unwrap();
    assert_eq!(model["classes"], serde_json::json!(["herb", "tree"]));
    let expected = serde_json::json!({ "table": { "label": "kind", "features": [
        { "number": { "name": "height", "missing": null } },
        { "category": { "name": "colour", "categories": ["blue", "red", "white"], "missing": null } },
    ] } });
    assert_eq!(model["preparation"], expected);
    // Standardised on the training split, which is what tables get by default.
    let scales = model["normalization"]["scale"].as_array().unwrap();
    assert_eq!(scales.len(), 4);
    assert!(scales[0].as_f64().unwrap() > 2.0);
    let resolved = program.read("artifacts/config/config.toml");
    for default in ["ignore = []", "categorical = []", "missing = \"refuse\""] {
        assert!(resolved.contains(default), "{resolved}");
    }
    program
        .run(&["--config", "artifacts/config/config.toml"])
        .succeeds();
}

#[test]
fn the_same_table_in_other_clothes() {
    let fingerprint = |csv: &[u8], options: &str| {
        let label = "label = \"kind\"";
        let program = Program::with_config(&CONFIG.replace(label, &format!("{label}{options}")))
            .file("plants.csv", csv);
        program.train(&[]).succeeds();
        program.record("config")["data"]["fingerprint"].clone()
    };
    let plain = fingerprint(plants().as_bytes(), "");
    let gzip = super::data_files::gzip(plants().as_bytes());
    assert_eq!(plain, fingerprint(&gzip, ""));
    let semicolons = format!(
        "\u{feff}{}",
        plants().replace(',', ";").replace('\n', "\r\n")
    );
    assert_eq!(plain, fingerprint(semicolons.as_bytes(), ""));
    assert_eq!(
        plain,
        fingerprint(semicolons.as_bytes(), ", delimiter = \";\"")
    );
    let tabs = plants().replace(',', "\t");
    assert_eq!(plain, fingerprint(tabs.as_bytes(), ", delimiter = \"tab\""));
    let quoted = plants().replace("red", "\"red\"");
    assert_eq!(plain, fingerprint(quoted.as_bytes(), ""));
    let more = plants().replace("height,", "id,height,");
    let rows: Vec<String> = more.lines().skip(1).map(|row| format!("r,{row}")).collect();
    let more = format!("id,height,colour,kind\n{}\n", rows.join("\n"));
    assert_eq!(plain, fingerprint(more.as_bytes(), ", ignore = [\"id\"]"));
}

#[test]
fn missing_values_take_the_mean_of_the_training_split() {
    let csv = with("1.5,", ",").replacen("2.5,blue", "2.5,?", 1);
    let label = "label = \"kind\"";
    let config = CONFIG.replace(label, &format!("{label}, missing = \"mean\""));
    let program = Program::with_config(&config).file("plants.csv", csv);
    program.train(&[]).succeeds();
    let model: serde_json::Value =
        serde_json::from_str(&program.read("artifacts/config/model.json")).unwrap();
    let features = &model["preparation"]["table"]["features"];
    assert!(features[0]["number"]["missing"].is_number(), "{features}");
    assert!(features[1]["category"]["missing"].is_string(), "{features}");
    assert_eq!(
        model["normalization"]["offset"][0],
        features[0]["number"]["missing"]
    );
}

#[test]
fn a_test_table_stays_the_test_split() {
    let label = "label = \"kind\"";
    let config = CONFIG.replace(label, &format!("{label}, test-file = \"later.csv\""));
    let program = Program::with_config(&config)
        .file("plants.csv", plants())
        .file("later.csv", "kind;colour;height\ntree;red;4\nherb;blue;1\n");
    program.train(&[]).succeeds();
    assert_eq!(program.record("config")["data"]["test"], 2);

    let refused = |name, later: &str| {
        let program = Program::with_config(&config)
            .file("plants.csv", plants())
            .file("later.csv", later);
        insta::assert_snapshot!(name, program.train(&[]).fails_with(3).transcript());
    };
    refused("csv_test_columns", "kind,color,height\ntree,red,4\n");
    refused("csv_test_class", "kind,colour,height\ntre,red,4\n");
    refused("csv_test_category", "kind,colour,height\ntree,green,4\n");
    refused(
        "csv_test_text",
        "kind,colour,height\ntree,red,4\ntree,red,tall\n",
    );
}

#[test]
fn what_is_no_such_table_is_refused() {
    refused("csv_empty", "", "");
    refused("csv_header_only", "height,colour,kind\n", "");
    refused("csv_no_header", "1.5,red,herb\n2.5,blue,tree\n", "");
    refused("csv_duplicate", with("colour", "height"), "");
    refused("csv_unnamed", with("height", ""), "");
    refused("csv_ragged", with("4.5,white", "4.5,white,pale"), "");
    refused("csv_unclosed_quote", with("4.5,white", "4.5,\"white"), "");
    refused("csv_latin_1", b"height,kind\n1,h\xe4rb\n", "");
    refused("csv_utf_16", b"\xff\xfeh\0,\0k\0", "");
    refused("csv_wrong_delimiter", plants(), ", delimiter = \"|\"");
    let gzip = super::data_files::gzip(plants().as_bytes());
    refused("csv_gzip_truncated", &gzip[..gzip.len() / 2], "");
    let folder = Program::with_config(CONFIG)
        .file("plants.csv/a", "")
        .train(&[]);
    insta::assert_snapshot!("csv_folder", folder.fails_with(3).transcript());
    let missing = Program::with_config(CONFIG).train(&[]).fails_with(3);
    insta::assert_snapshot!("csv_missing_file", missing.transcript());
}

#[test]
fn values_that_cannot_be_used_are_named_with_line_and_column() {
    refused("csv_text_in_numbers", with("13.5", "tall"), "");
    refused("csv_comma", with("13.5,", "\"13,5\","), "");
    refused("csv_nan", with("13.5", "nan"), "");
    refused("csv_infinite", with("13.5", "-inf"), "");
    refused("csv_too_large", with("13.5", "1e400"), "");
    refused(
        "csv_missing_value",
        with("4.5,white", "4.5,").replacen("13.5", "?", 1),
        "",
    );
    refused(
        "csv_missing_label",
        with("4.5,white,herb", "4.5,white,"),
        "",
    );
    refused("csv_one_class", plants().replace("tree", "herb"), "");
    refused(
        "csv_quantity",
        numbered(300, |row| format!("{row}.5,red,{row}")),
        "",
    );
    refused(
        "csv_free_text",
        numbered(120, |row| format!("1,note {row},k{}", row % 2)),
        "",
    );
    refused(
        "csv_empty_column",
        plants()
            .replace("red", "")
            .replace("blue", "")
            .replace("white", ""),
        "",
    );
}

fn numbered(rows: usize, row: impl Fn(usize) -> String) -> String {
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("height,colour,kind\n{}\n", rows.join("\n"))
}

#[test]
fn keys_that_name_no_column() {
    let label = "label = \"kind\"";
    let with_label = |name: &str| {
        Program::with_config(&CONFIG.replace(label, &format!("label = \"{name}\"")))
            .file("plants.csv", plants())
            .train(&[])
            .fails_with(3)
            .transcript()
    };
    insta::assert_snapshot!("csv_no_label_column", with_label("Kind"));
    refused("csv_no_ignored_column", plants(), ", ignore = [\"hieght\"]");
    refused(
        "csv_nothing_left",
        plants(),
        ", ignore = [\"height\", \"colour\"]",
    );
    for (name, options) in [
        ("csv_label_ignored", ", ignore = [\"kind\"]"),
        ("csv_delimiter_unknown", ", delimiter = \"x\""),
        ("csv_missing_unknown", ", missing = \"median\""),
        ("csv_key_unknown", ", lable = \"kind\""),
        ("csv_ignore_text", ", ignore = \"id\""),
    ] {
        insta::assert_snapshot!(name, train(plants(), options).fails_with(2).transcript());
    }
}
