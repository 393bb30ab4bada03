//! Files in the format of MNIST: read as they are meant, refused with the reason when they are not what they should be.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::program::{Program, Ran, idx_images, idx_labels};

const CONFIG: &str = r#"seed = 1

[data]
source = { idx = { images = "images", labels = "labels" } }
split = { validation = 0.5 }

[model]
layers = ["flatten", { dense = { units = 3 } }]
loss = "cross-entropy"

[training]
epochs = 2
batch-size = 8
optimizer = { adam = { learning-rate = 0.01 } }
"#;

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn train(images: &[u8], labels: &[u8]) -> Ran {
    Program::with_config(CONFIG)
        .file("images", images)
        .file("labels", labels)
        .train(&[])
}

#[track_caller]
fn refused(name: &str, images: &[u8], labels: &[u8]) {
    insta::assert_snapshot!(name, train(images, labels).fails_with(3).transcript());
}

#[test]
fn plain_and_compressed_files_are_the_same_data() {
    let (images, labels) = (idx_images(60, 5, 4), idx_labels(60));
    let digest = |images: &[u8], labels: &[u8]| {
        let program = Program::with_config(CONFIG)
            .file("images", images)
            .file("labels", labels);
        program.train(&[]).succeeds();
        program.record("config")["data"]["fingerprint"].clone()
    };
    let plain = digest(&images, &labels);
    assert_eq!(plain, digest(&gzip(&images), &gzip(&labels)));
    assert_eq!(plain, digest(&images, &gzip(&labels)));
    assert_ne!(plain, digest(&idx_images(60, 4, 5), &labels));
}

#[test]
fn an_official_test_set_stays_the_test_set() {
    let config = CONFIG.replace(
        "labels = \"labels\"",
        "labels = \"labels\", test-images = \"more/images\", test-labels = \"more/labels\"",
    );
    let program = Program::with_config(&config)
        .file("images", idx_images(60, 5, 4))
        .file("labels", idx_labels(60))
        .file("more/images", idx_images(12, 5, 4))
        .file("more/labels", idx_labels(12));
    program.train(&[]).succeeds();
    let data = &program.record("config")["data"];
    assert_eq!(
        (&data["training"], &data["validation"], &data["test"]),
        (&30.into(), &30.into(), &12.into())
    );
}

#[test]
fn one_pixel_is_an_image() {
    train(&idx_images(60, 1, 1), &idx_labels(60)).succeeds();
}

#[test]
fn what_is_not_such_a_file_is_refused() {
    let (images, labels) = (idx_images(60, 5, 4), idx_labels(60));
    refused("idx_text", b"not a picture", &labels);
    refused("idx_empty_file", b"", &labels);
    refused("idx_swapped", &labels, &images);
    let mut floats = images.clone();
    floats[2] = 0x0d;
    refused("idx_floats", &floats, &labels);
    refused("idx_fewer_labels", &images, &idx_labels(59));
    refused("idx_truncated", &images[..700], &labels);
    refused("idx_trailing", &[&images[..], b"more"].concat(), &labels);
    refused("idx_no_image", &idx_images(0, 5, 4), &idx_labels(0));
    refused(
        "idx_no_pixel",
        &[0, 0, 8, 3, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0],
        &labels,
    );
    let largest = [&[0, 0, 8, 3][..], &[0xff; 12]].concat();
    refused("idx_largest_sizes", &largest, &labels);
    let compressed = gzip(&images);
    refused(
        "idx_gzip_truncated",
        &compressed[..compressed.len() / 2],
        &labels,
    );
    refused("idx_gzip_twice", &gzip(&compressed), &labels);
    // 100 MB of zeros behind a header that declares 60 small images: a bomb is not inflated further than that.
    let bomb = [&images[..], &vec![0; 100 << 20]].concat();
    refused("idx_gzip_bomb", &gzip(&bomb), &labels);
}

#[test]
fn one_class_only_is_refused() {
    let mut labels = idx_labels(60);
    labels[8..].fill(0);
    let config = CONFIG.replace("units = 3", "units = 1");
    let ran = Program::with_config(&config)
        .file("images", idx_images(60, 5, 4))
        .file("labels", &labels)
        .train(&[])
        .fails_with(3);
    insta::assert_snapshot!("idx_one_class", ran.transcript());
}

#[test]
fn a_file_that_is_missing_or_a_folder_is_named() {
    let missing = Program::with_config(CONFIG).train(&[]).fails_with(3);
    insta::assert_snapshot!("idx_missing", missing.transcript());
    let folder = Program::with_config(CONFIG)
        .file("images/train-images-idx3-ubyte.gz", "")
        .file("labels", idx_labels(60))
        .train(&[])
        .fails_with(3);
    insta::assert_snapshot!("idx_folder", folder.transcript());
}

#[test]
fn paths_are_relative_to_the_configuration() {
    let program = Program::new()
        .file("experiments/config.toml", CONFIG)
        .file("experiments/images", idx_images(60, 5, 4))
        .file("experiments/labels", idx_labels(60));
    program
        .run(&["--config", "experiments/config.toml"])
        .succeeds();
    // The resolved configuration holds absolute paths, so that it can be run from anywhere.
    program
        .run(&[
            "--config",
            "artifacts/config/config.toml",
            "--name",
            "again",
        ])
        .succeeds();
}

#[test]
fn fashion_mnist_is_found_by_its_variable() {
    let config = CONFIG
        .replace(
            "{ idx = { images = \"images\", labels = \"labels\" } }",
            "{ fashion-mnist = {} }",
        )
        .replace("units = 3", "units = 10");
    let program = Program::with_config(&config)
        .file("set/train-images-idx3-ubyte", idx_images(60, 5, 4))
        .file("set/train-labels-idx1-ubyte", idx_labels(60))
        .file("set/t10k-images-idx3-ubyte.gz", gzip(&idx_images(30, 5, 4)))
        .file("set/t10k-labels-idx1-ubyte.gz", gzip(&idx_labels(30)));
    let directory = program.path("set").display().to_string();
    let program = program.environment("FASHION_MNIST_DIR", &directory);
    let ran = program.train(&[]).succeeds();
    assert_eq!(program.record("config")["data"]["test"], 30);
    assert!(
        ran.stderr
            .contains("warning: class `Ankle boot` has no sample in the training split"),
        "{}",
        ran.stderr
    );
}
