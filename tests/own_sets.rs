//! Published sets from files of one's own (MNIST, CIFAR), and `brecha data describe`.

use super::own_data::{CONFIG, plants};
use super::program::{Program, idx_images, idx_labels};

fn config(source: &str, classes: usize) -> String {
    format!(
        "seed = 1
data = {{ source = {source}, split = {{ validation = 0.5 }} }}
model = {{ layers = ['flatten', {{ dense = {{ units = {classes} }} }}], loss = 'cross-entropy' }}
training = {{ epochs = 1, batch-size = 8, optimizer = {{ adam = {{}} }} }}
"
    )
}

/// `count` records with these labels, of one colour each.
fn records(count: u8, labels: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    let record = |number: u8| {
        let mut record = labels(number);
        for channel in 0..3_u8 {
            let shade = |position: u32| (position % 7) as u8 + number * 9 + channel * 40;
            record.extend((0..1024).map(shade));
        }
        record
    };
    (0..count).flat_map(record).collect()
}

#[test]
fn cifar_10_is_five_files_and_a_test_set() {
    let mut program = Program::with_config(&config("{ cifar10 = { directory = 'set' } }", 10));
    let missing = program.train(&[]).fails_with(3);
    insta::assert_snapshot!("cifar_missing", missing.transcript());
    for part in 1..=5 {
        let bytes = records(8, |number| vec![number % 2 + part]);
        program = program.file(&format!("set/data_batch_{part}.bin"), bytes);
    }
    program = program.file("set/test_batch.bin", records(4, |number| vec![number]));
    program.train(&[]).succeeds();
    let data = &program.record("config")["data"];
    assert_eq!(
        [&data["training"], &data["validation"], &data["test"]],
        [20, 20, 4]
    );
    assert_eq!(data["shape"], "3×32×32");
    assert_eq!(data["classes"][9], "truck");
    let cut = program.file("set/data_batch_3.bin", &records(8, |_| vec![0])[..5000]);
    insta::assert_snapshot!("cifar_cut", cut.train(&[]).fails_with(3).transcript());
    let label = cut.file("set/data_batch_3.bin", records(2, |_| vec![10]));
    insta::assert_snapshot!("cifar_label", label.train(&[]).fails_with(3).transcript());
}

#[test]
fn cifar_100_with_either_labels_in_the_folder_of_the_archive() {
    for (options, classes, last) in [
        ("", 100, "worm"),
        (", labels = 'fine'", 100, "worm"),
        (", labels = 'coarse'", 20, "vehicles 2"),
    ] {
        let source = format!("{{ cifar100 = {{ directory = 'set'{options} }} }}");
        let program = Program::with_config(&config(&source, classes))
            .file(
                "set/cifar-100-binary/train.bin",
                records(16, |number| vec![number % 4, number % 5 + 50]),
            )
            .file("set/cifar-100-binary/test.bin", records(3, |_| vec![1, 51]));
        program.train(&[]).succeeds();
        let data = &program.record("config")["data"];
        assert_eq!(data["classes"][classes - 1], last);
        assert_eq!(data["test"], 3);
    }
    let source = "{ cifar100 = { directory = 'set', labels = 'rough' } }";
    let ran = Program::with_config(&config(source, 20)).train(&[]);
    insta::assert_snapshot!("cifar_labels", ran.fails_with(2).transcript());
}

#[test]
fn mnist_is_four_files() {
    let program = Program::with_config(&config("{ mnist = { directory = 'set' } }", 10))
        .file("set/train-images-idx3-ubyte", idx_images(30, 6, 5))
        .file("set/train-labels.idx1-ubyte", idx_labels(30))
        .file(
            "set/t10k-images-idx3-ubyte.gz",
            super::data_files::gzip(&idx_images(9, 6, 5)),
        );
    let missing = program.train(&[]).fails_with(3);
    insta::assert_snapshot!("mnist_missing", missing.transcript());
    let program = program.file("set/t10k-labels-idx1-ubyte", idx_labels(9));
    program.train(&[]).succeeds();
    let data = &program.record("config")["data"];
    assert_eq!(data["test"], 9);
    assert_eq!(data["classes"][7], "7");
    assert_eq!(data["name"], "mnist");
}

#[test]
fn a_table_is_described() {
    let program = Program::with_config(CONFIG).file("plants.csv", plants());
    let ran = program.run(&["data", "describe", "--config", "config.toml"]);
    insta::assert_snapshot!("describe_table", ran.succeeds().transcript());
    let ran = program.run(&["data", "describe", "--config", "config.toml", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.succeeds().stdout).unwrap();
    assert_eq!(json["values"][1]["name"], "colour=blue");
    assert_eq!(json["classes"][0]["training"], 3);
    assert!(json["leakage"]["across"].is_object());
    let arguments = [
        "data",
        "describe",
        "--config",
        "config.toml",
        "--contact-sheet",
        "sheet.png",
    ];
    let ran = program.run(&arguments).fails_with(2);
    insta::assert_snapshot!("describe_no_images", ran.transcript());
    assert!(!program.path("sheet.png").exists());
    assert!(!program.path("artifacts").exists());
    // The same row twice, with another label, and a network that does not fit.
    let twice = format!("{}{}", plants(), "0.5,red,tree\n0.5,red,herb\n");
    let config = CONFIG.replace("units = 2", "units = 7");
    let program = Program::with_config(&config).file("plants.csv", twice);
    let ran = program.run(&["data", "describe", "--config", "config.toml"]);
    insta::assert_snapshot!("describe_duplicates", ran.succeeds().transcript());
    let off = [
        "data",
        "describe",
        "--config",
        "config.toml",
        "--set",
        "data.leakage=\"off\"",
    ];
    assert!(
        program
            .run(&off)
            .succeeds()
            .stdout
            .contains("were not looked for")
    );
}

#[test]
fn a_contact_sheet_shows_images_of_each_class() {
    let program = Program::with_config(&config("'digits'", 10));
    let arguments = [
        "data",
        "describe",
        "--config",
        "config.toml",
        "--contact-sheet",
        "sheet.png",
        "--samples",
        "3",
    ];
    let ran = program.run(&arguments).succeeds();
    insta::assert_snapshot!("describe_digits", ran.transcript());
    let sheet = image::open(program.path("sheet.png")).unwrap();
    assert!(sheet.width() > 3 * 64 && sheet.height() > 10 * 64);
    let nowhere = [
        "data",
        "describe",
        "--config",
        "config.toml",
        "--contact-sheet",
        "no/such/folder/sheet.png",
    ];
    program.run(&nowhere).fails_with(5);
    // Without a sheet there is nothing to count.
    let ran = program.run(&[
        "data",
        "describe",
        "--config",
        "config.toml",
        "--samples",
        "3",
    ]);
    insta::assert_snapshot!("describe_samples_alone", ran.fails_with(2).transcript());
}
