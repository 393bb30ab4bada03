//! `brecha new`: starting points that run as they are, fit the data, and overwrite nothing.

use std::fmt::Write;

use super::own_data::plants;
use super::program::{Program, Ran, idx_labels};
use super::regression::flats;

fn new(program: &Program, arguments: &[&str]) -> Ran {
    let mut all = vec!["new"];
    all.extend(arguments);
    program.run(&all)
}

/// It is right, its data is what it says, and it trains.
fn runs(program: &Program, config: &str) {
    let checked = program.run(&["config", "check", config]).succeeds();
    assert_eq!(checked.stdout, format!("{config}: nothing is wrong\n"));
    program
        .run(&["--config", config, "--set", "training.epochs=1"])
        .succeeds();
}

/// A PNG of one colour, by class.
fn png(width: u32, height: u32, grey: bool, shade: u8) -> Vec<u8> {
    let image = if grey {
        image::DynamicImage::ImageLuma8(image::GrayImage::from_fn(width, height, |x, y| {
            image::Luma([shade.wrapping_add((x * 3 + y * 5) as u8)])
        }))
    } else {
        image::DynamicImage::ImageRgb8(image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([shade, (x * 3) as u8, (y * 5) as u8])
        }))
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// `count` images for each of two classes below `folder`; the size may depend on the number.
fn pets(
    mut program: Program,
    folder: &str,
    count: u8,
    size: impl Fn(u8) -> (u32, u32),
    grey: bool,
) -> Program {
    for (class, shade) in [("bird", 40), ("cat", 140)] {
        for number in 0..count {
            let (width, height) = size(number);
            let name = format!("{folder}/{class}/{number}.png");
            program = program.file(&name, png(width, height, grey, shade + 3 * number));
        }
    }
    program
}

#[test]
fn without_data_each_runs_at_once() {
    let program = Program::new();
    for from in ["xor", "csv", "images"] {
        let ran = new(&program, &[from, "--from", from]).succeeds();
        insta::assert_snapshot!(format!("new_{from}_said"), ran.transcript());
        insta::assert_snapshot!(format!("new_{from}"), program.read(&format!("{from}.toml")));
        runs(&program, &format!("{from}.toml"));
    }
    // What their first lines name lies beside them, and is what `config schema` prints.
    let schema = program.run(&["config", "schema"]).succeeds().stdout;
    assert_eq!(program.read("brecha.schema.json"), schema);
}

#[test]
fn what_is_written_about_xor_holds() {
    let program = Program::new();
    new(&program, &["xor", "--from", "xor"]).succeeds();
    program.run(&["--config", "xor.toml"]).succeeds();
    let record = program.record("xor");
    assert_eq!(record["model"]["parameters"], 17);
    assert_eq!(record["result"]["judgement"]["verdict"]["name"], "learned");
}

#[test]
fn a_table_is_read_before_it_is_written_about() {
    let program = Program::new().file("plants.csv", plants());
    let ran = new(
        &program,
        &["plants", "--from", "csv", "--data", "plants.csv"],
    )
    .succeeds();
    insta::assert_snapshot!("new_table_said", ran.transcript());
    insta::assert_snapshot!("new_table", program.read("plants.toml"));
    runs(&program, "plants.toml");
}

/// And what is written learns: area and lift explain all but the noise.
#[test]
fn a_number_is_predicted_where_it_is_asked_for() {
    let program = Program::new().file("flats.csv", flats());
    let arguments = ["flats", "--from", "csv", "--data", "flats.csv"];
    let priced = [&arguments[..], &["--target", "price"]].concat();
    let ran = new(&program, &priced).succeeds();
    insta::assert_snapshot!("new_target_said", ran.transcript());
    insta::assert_snapshot!("new_target", program.read("flats.toml"));
    runs(&program, "flats.toml");
    let whole = ["--config", "flats.toml", "--name", "whole"];
    program.run(&whole).succeeds();
    let record = program.record("whole");
    assert_eq!(record["result"]["judgement"]["verdict"]["name"], "learned");
    let r2 = record["result"]["test"]["r2"]["value"].as_f64().unwrap();
    assert!(r2 > 0.95, "{r2}");
    let both = [&priced[..], &["--label", "lift"]].concat();
    insta::assert_snapshot!(
        "new_label_and_target",
        new(&program, &both).fails_with(2).transcript()
    );
    let words = [&arguments[1..], &["words", "--target", "lift"]].concat();
    insta::assert_snapshot!(
        "new_target_of_words",
        new(&program, &words).fails_with(3).transcript()
    );
    assert!(!program.path("words.toml").exists());
}

#[test]
fn columns_and_cells_that_would_refuse_the_run_are_settled() {
    let mut table = "kind;id;length;nothing;note \"a\"\n".to_owned();
    for row in 0..150 {
        let length = if row == 7 {
            "NA".to_owned()
        } else {
            format!("{}.5", row % 40)
        };
        let kind = if row % 2 == 0 { "odd" } else { "even" };
        writeln!(table, "{kind};x{row};{length};;y{}", row % 3).unwrap();
    }
    let program = Program::new().file("data/t.csv", table);
    let arguments = [
        "sub.toml",
        "--from",
        "csv",
        "--data",
        "data/t.csv",
        "--label",
        "kind",
    ];
    let ran = new(&program, &arguments).succeeds();
    insta::assert_snapshot!("new_untidy_said", ran.transcript());
    insta::assert_snapshot!("new_untidy", program.read("sub.toml"));
    runs(&program, "sub.toml");
    let again = new(
        &program,
        &[
            "wrong",
            "--from",
            "csv",
            "--data",
            "data/t.csv",
            "--label",
            "kin",
        ],
    );
    insta::assert_snapshot!("new_label", again.fails_with(3).transcript());
    assert!(!program.path("wrong.toml").exists());
}

#[test]
fn a_last_column_that_is_no_class_is_said() {
    let rows: Vec<String> = (0..400).map(|row| format!("{row},{}\n", row * 7)).collect();
    let rows = rows.concat();
    let program = Program::new().file("t.csv", format!("a,b\n{rows}"));
    let ran = new(&program, &["t", "--from", "csv", "--data", "t.csv"]).fails_with(3);
    insta::assert_snapshot!("new_no_class", ran.transcript());
    assert!(!program.path("t.toml").exists());
    assert!(!program.path("brecha.schema.json").exists());
}

#[test]
fn a_folder_of_images_decides_sizes_channels_and_split() {
    // Small grey images of one size are taken as they are.
    let program = pets(Program::new(), "pets", 15, |_| (28, 20), true);
    let ran = new(&program, &["pets", "--from", "images", "--data", "pets"]).succeeds();
    insta::assert_snapshot!("new_folder_said", ran.transcript());
    insta::assert_snapshot!("new_folder", program.read("pets.toml"));
    runs(&program, "pets.toml");

    // Of others, the sizes; the parts are the folder's own; the configuration lies elsewhere.
    let sizes = |number: u8| (90 + u32::from(number), 120);
    let mut program = Program::new().file("work/keep", "");
    for part in ["train", "val", "test"] {
        program = pets(program, &format!("pets/{part}"), 4, sizes, false);
    }
    let ran = new(
        &program,
        &["work/pets", "--from", "images", "--data", "pets"],
    )
    .succeeds();
    insta::assert_snapshot!("new_divided_said", ran.transcript());
    let directory = program.path("").display().to_string();
    let text = program
        .read("work/pets.toml")
        .replace(&directory, "[directory]/");
    insta::assert_snapshot!("new_divided", text);
    runs(&program, "work/pets.toml");
}

/// A handful, and none: the first step fits even then.
#[test]
fn tiny_images_few_images_and_broken_images() {
    let program = pets(Program::new(), "tiny", 3, |_| (2, 3), false);
    new(&program, &["tiny", "--from", "images", "--data", "tiny"]).succeeds();
    runs(&program, "tiny.toml");

    let program = pets(Program::new(), "pets", 5, |_| (300, 200), false)
        .file("pets/cat/broken.png", "not an image");
    let ran = new(&program, &["pets", "--from", "images", "--data", "pets"]).succeeds();
    insta::assert_snapshot!("new_broken_said", ran.transcript());
    let skip = ["--config", "pets.toml", "--set", "training.epochs=1"];
    program.run(&skip).fails_with(3);
    let mut skip = skip.to_vec();
    skip.extend(["--set", "data.source.image-folder.corrupt=\"skip\""]);
    program.run(&skip).succeeds();
}

#[test]
fn nothing_is_overwritten() {
    let program = Program::new()
        .file("mine.toml", "mine")
        .file("iris.csv", "also mine");
    let ran = new(&program, &["mine", "--from", "xor"]).fails_with(2);
    insta::assert_snapshot!("new_exists", ran.transcript());
    assert_eq!(program.read("mine.toml"), "mine");
    let ran = new(&program, &["flowers", "--from", "csv"]).fails_with(2);
    insta::assert_snapshot!("new_data_exists", ran.transcript());
    assert_eq!(program.read("iris.csv"), "also mine");
    assert!(!program.path("flowers.toml").exists());
    // A schema of ours is renewed, somebody else's is not.
    let program = Program::new().file("brecha.schema.json", "{\"title\": \"brecha\"}");
    new(&program, &["a", "--from", "xor"]).succeeds();
    assert!(program.read("brecha.schema.json").contains("learning-rate"));
    let program = program.file("brecha.schema.json", "{\"title\": \"theirs\"}");
    let ran = new(&program, &["b", "--from", "xor"]).succeeds();
    assert!(ran.stderr.contains("is not ours"), "{}", ran.stderr);
    assert_eq!(
        program.read("brecha.schema.json"),
        "{\"title\": \"theirs\"}"
    );
}

#[test]
fn names_and_data_that_cannot_be() {
    let program = Program::new()
        .file("t.csv", plants())
        .file("labels", idx_labels(3))
        .file("empty/keep", "");
    for (name, arguments, code) in [
        ("new_hidden", &[".hidden", "--from", "xor"][..], 2),
        ("new_dots", &["..", "--from", "xor"], 2),
        ("new_no_folder", &["no/such/x", "--from", "xor"], 2),
        (
            "new_xor_data",
            &["x", "--from", "xor", "--data", "t.csv"],
            2,
        ),
        (
            "new_label_alone",
            &["x", "--from", "csv", "--label", "a"],
            2,
        ),
        (
            "new_images_label",
            &["x", "--from", "images", "--data", "empty", "--label", "a"],
            2,
        ),
        (
            "new_images_target",
            &["x", "--from", "images", "--data", "empty", "--target", "a"],
            2,
        ),
        (
            "new_absent",
            &["x", "--from", "csv", "--data", "absent.csv"],
            2,
        ),
        (
            "new_no_table",
            &["x", "--from", "csv", "--data", "labels"],
            3,
        ),
        (
            "new_no_classes",
            &["x", "--from", "images", "--data", "empty"],
            3,
        ),
        (
            "new_file_for_folder",
            &["x", "--from", "images", "--data", "t.csv"],
            3,
        ),
        ("new_unknown", &["x", "--from", "text"], 2),
    ] {
        let ran = new(&program, arguments).fails_with(code);
        insta::assert_snapshot!(name, ran.transcript());
        assert!(!program.path("x.toml").exists(), "{name}");
    }
}
