//! Training images that are changed each time they are seen: repeatable, previewed, refused where they cannot be, and good for
//! something.

use std::fs;

use image::GenericImageView;

use super::program::{Program, SMALL, idx_images, idx_labels, repository};

const ALL: &str = "[{ flip = {} }, { shift = { pixels = 1 } }, { rotation = { degrees = 15 } }, \
    { scale = { range = [0.8, 1.2], fill = 'edge' } }, { crop = { padding = 1, area = [0.8, 1.0], fill = 'reflect' } }, \
    { cutout = { size = [2, 3], probability = 0.5 } }, { brightness = { range = [0.5, 1.5] } }, \
    { contrast = { range = [0.5, 1.5] } }, { mixup = { alpha = 1.0 } }]";

/// 60 images of 8×8 in three classes.
fn program(augmentation: &str) -> Program {
    let config = format!(
        r#"seed = 1

[data]
source = {{ idx = {{ images = "images", labels = "labels" }} }}
split = {{ validation = 0.5 }}
augmentation = {augmentation}
leakage = "off"

[model]
layers = ["flatten", {{ dense = {{ units = 8, activation = "tanh" }} }}, {{ dense = {{ units = 3 }} }}]
loss = "cross-entropy"

[training]
epochs = 4
batch-size = 7
optimizer = {{ adam = {{ learning-rate = 0.01 }} }}
"#
    );
    Program::with_config(&config)
        .file("images", idx_images(60, 8, 8))
        .file("labels", idx_labels(60))
}

fn weights(program: &Program, run: &str) -> Vec<u8> {
    fs::read(program.path(&format!("artifacts/{run}/model.safetensors"))).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_run_and_the_resolved_configuration_too() {
    let program = program(ALL);
    program.train(&["--name", "first"]).succeeds();
    program.train(&["--name", "second"]).succeeds();
    let again = ["--config", "artifacts/first/config.toml", "--name", "third"];
    program.run(&again).succeeds();
    let first = weights(&program, "first");
    assert_eq!(first, weights(&program, "second"));
    assert_eq!(first, weights(&program, "third"));
    let plain = ["--name", "plain", "--set", "data.augmentation=[]"];
    program.train(&plain).succeeds();
    assert_ne!(first, weights(&program, "plain"));
    let seed = ["--name", "seed", "--set", "seed=2"];
    program.train(&seed).succeeds();
    assert_ne!(first, weights(&program, "seed"));
    // What the verdict says is computed again, training mode included.
    let ran = program.run(&["verify", "artifacts/first"]).succeeds();
    assert!(
        ran.stdout.contains("are what its weights"),
        "{}",
        ran.stdout
    );
}

#[test]
fn every_operation_trains_with_every_loss_and_mixup_also_on_vectors() {
    let images = program(ALL);
    let squared = ["--set", "model.loss=mse"];
    let ran = images.train(&squared).succeeds();
    assert!(
        ran.stderr.contains("augment  flip, shift, rotation, scale, crop, cutout, brightness, contrast, mixup: training"),
        "{}",
        ran.stderr
    );
    let mixed = SMALL.replace(
        "[model]",
        "augmentation = [{ mixup = { alpha = 1.0 } }]\n\n[model]",
    );
    let vectors = Program::with_config(&mixed);
    vectors.train(&["--name", "mixed"]).succeeds();
    let plain = ["--name", "plain", "--set", "data.augmentation=[]"];
    vectors.train(&plain).succeeds();
    assert_ne!(weights(&vectors, "mixed"), weights(&vectors, "plain"));
}

/// An augmentation that leaves nothing of an image: the network learns nothing from it, and is measured on the images as they
/// are, so a network that was trained before would still know them.
#[test]
fn what_is_measured_is_never_changed() {
    let dark = "[{ brightness = { range = [0.0, 0.0] } }]";
    let program = program(dark);
    let frozen = [
        "--set",
        "training.optimizer={ sgd = { learning-rate = 1e-30 } }",
    ];
    program
        .train(&[&frozen[..], &["--name", "dark"]].concat())
        .succeeds();
    let plain = ["--name", "plain", "--set", "data.augmentation=[]"];
    program.train(&[&frozen[..], &plain].concat()).succeeds();
    let (dark, plain) = (program.rows("dark"), program.rows("plain"));
    for key in [
        "train_loss",
        "train_accuracy",
        "validation_loss",
        "validation_accuracy",
    ] {
        assert_eq!(dark[3][key], plain[3][key], "{key}");
    }
    let record = |run: &str| program.record(run);
    let (dark, plain) = (record("dark"), record("plain"));
    for key in ["training", "validation", "baselines"] {
        assert_eq!(dark["result"][key], plain["result"][key], "{key}");
    }
    for key in ["fingerprint", "shape"] {
        assert_eq!(dark["data"][key], plain["data"][key]);
    }
    // All of the difference between the running mean and the measured one is training mode, none is moving weights.
    let decomposition = &dark["result"]["decomposition"]["loss"];
    let moving = decomposition["moving-weights"].as_f64().unwrap();
    let regularisation = decomposition["regularisation"].as_f64().unwrap();
    assert!(moving.abs() < 1e-5, "{decomposition}");
    assert!(regularisation.abs() > 0.01, "{decomposition}");
}

/// The tile of row `row` and epoch column `column` of a preview of 8×8 images, as 64 shades.
fn tile(picture: &image::DynamicImage, left: u32, top: u32, row: u32, column: u32) -> Vec<u8> {
    let pixel = |at: u32| {
        let (y, x) = (at / 8, at % 8);
        let (x, y) = (left + column * 68 + x * 8 + 4, top + row * 68 + y * 8 + 4);
        picture.get_pixel(x, y).0[0]
    };
    (0..64).map(pixel).collect()
}

#[test]
fn a_preview_shows_the_same_pictures_whatever_the_batch_size() {
    let samples = "[{ flip = {} }, { rotation = { degrees = 15 } }, { cutout = { size = 3 } }]";
    let program = program(samples);
    let preview = |arguments: &[&str], name: &str| {
        let all = ["data", "preview", "--config", "config.toml", "--out", name];
        program.run(&[&all[..], arguments].concat()).succeeds();
        image::open(program.path(name)).unwrap()
    };
    let shown = preview(&["--samples", "4", "--epochs", "3"], "a.png");
    let other = preview(
        &[
            "--samples",
            "4",
            "--epochs",
            "3",
            "--set",
            "training.batch-size=2",
        ],
        "b.png",
    );
    assert_eq!(shown, other);
    let later = preview(
        &["--samples", "4", "--epochs", "2", "--epoch", "2"],
        "c.png",
    );
    // From the right: margin 16, then tiles of 64 and gaps of 4.
    let top = 16 + 15 + 8;
    let left = |picture: &image::DynamicImage, epochs: u32| picture.width() - 16 - epochs * 68;
    for row in 0..4 {
        let tile_of =
            |picture, epochs, column| tile(picture, left(picture, epochs), top, row, column);
        assert_eq!(tile_of(&shown, 3, 1), tile_of(&later, 2, 0));
        assert_eq!(tile_of(&shown, 3, 2), tile_of(&later, 2, 1));
        assert_ne!(tile_of(&shown, 3, 0), tile_of(&shown, 3, 1));
    }
    // Who is mixed with whom depends on the batch.
    let mix = ["--set", "data.augmentation=[{ mixup = { alpha = 1.0 } }]"];
    let mixed = preview(&mix, "d.png");
    let other = preview(
        &[&mix[..], &["--set", "training.batch-size=2"]].concat(),
        "e.png",
    );
    assert_ne!(mixed, other);
    assert!(!program.path("artifacts").exists());
}

#[test]
fn previews_that_show_nothing() {
    let preview = ["data", "preview", "--config", "config.toml"];
    let ran = program("[]").run(&preview).fails_with(2);
    insta::assert_snapshot!("preview_nothing", ran.transcript());
    let mixed = SMALL.replace("[model]", "augmentation = [{ mixup = {} }]\n\n[model]");
    let ran = Program::with_config(&mixed).run(&preview).fails_with(2);
    insta::assert_snapshot!("preview_vectors", ran.transcript());
    let program = program("[{ flip = {} }]");
    let nowhere = [&preview[..], &["--out", "no/such/folder/sheet.png"]].concat();
    program.run(&nowhere).fails_with(5);
    let many = [&preview[..], &["--epochs", "101"]].concat();
    program.run(&many).fails_with(2);
    let ran = program.run(&preview).succeeds();
    insta::assert_snapshot!("preview", ran.transcript());
    assert!(program.path("config-augmented.png").exists());
}

#[track_caller]
fn refused(name: &str, augmentation: &str, arguments: &[&str]) {
    let ran = program(augmentation).train(arguments).fails_with(2);
    insta::assert_snapshot!(name, ran.transcript());
}

#[test]
fn mistakes_are_said_all_at_once() {
    refused(
        "augmentation_ranges",
        "[{ flip = { probability = 1.5 } }, { shift = { pixels = [0, 0] } }, { rotation = { degrees = 0 } }, \
         { scale = { range = [1.1, 0.9] } }, { crop = {} }, { crop = { area = [0.0, 2.0] } }, { cutout = { size = 0 } }, \
         { brightness = { range = [-1.0, nan] } }, { contrast = { range = [0.0, inf] } }, { mixup = { alpha = 0 } }, { mixup = {} }]",
        &["--set", "training.batch-size=1"],
    );
    refused(
        "augmentation_unknown",
        "[{ flipp = {} }, 'flip', {}, 3, { flip = { direction = 'sideways' } }, { shift = {} }, { shift = { pixels = -1 } }, \
         { scale = { range = 1.1 } }, { scale = { range = [1, 2, 3] } }, { scale = { range = [1] } }, { scale = { range = [1, 'a'] } }, { cutout = { size = 3 }, flip = {} }, \
         { rotation = { degrees = 3, fill = 'white' } }]",
        &[],
    );
    refused("augmentation_table", "{ flip = {} }", &[]);
    // Known only with the images.
    refused(
        "augmentation_sizes",
        "[{ shift = { pixels = 8 } }, { crop = { padding = 9 } }, { cutout = { size = 9 } }]",
        &[],
    );
    let flipped = SMALL.replace("[model]", "augmentation = [{ flip = {} }]\n\n[model]");
    let ran = Program::with_config(&flipped).train(&[]).fails_with(2);
    insta::assert_snapshot!("augmentation_vectors", ran.transcript());
}

/// Few images and a network that can store them: what augmentation is for.
#[test]
fn the_gap_narrows() {
    let path = repository().join("configs/augmentation.toml");
    let path = path.display().to_string();
    let last_gap = |augmentation: &[&str]| {
        let program = Program::new();
        let mut arguments = vec!["--config", path.as_str(), "--set", "training.epochs=15"];
        arguments.extend(["--set", "evaluation.baselines=off"]);
        arguments.extend(augmentation);
        program.run(&arguments).succeeds();
        let last = program.rows("augmentation").pop().unwrap();
        last["accuracy_gap"].as_f64().unwrap()
    };
    let (augmented, plain) = (last_gap(&[]), last_gap(&["--set", "data.augmentation=[]"]));
    assert!(augmented < 0.6 * plain, "{augmented} and {plain}");
}
