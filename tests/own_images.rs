//! Folders of images of one's own; everything that can be wrong with them, and what is said about it.

use std::fs;
use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma};

use super::program::{Program, Ran};

const CONFIG: &str = r#"seed = 1

[data]
source = { image-folder = { directory = "pets", channels = 1 } }
split = { validation = 0.5 }

[model]
layers = ["flatten", { dense = { units = 2 } }]
loss = "cross-entropy"

[training]
epochs = 2
batch-size = 8
optimizer = { adam = { learning-rate = 0.01 } }
"#;

const DIRECTORY: &str = "directory = \"pets\"";

/// A cat is bright on the left, a dog on the right; no two are equal.
fn picture(cat: bool, number: u8, width: u32, format: ImageFormat) -> Vec<u8> {
    let image = GrayImage::from_fn(width, 8, |x, y| {
        let left = x < width / 2;
        let noise = (u32::from(number) * 37 + x * 11 + y * 7) % 50;
        Luma([if left == cat {
            200 + noise as u8
        } else {
            noise as u8
        }])
    });
    let image = match format {
        ImageFormat::Gif | ImageFormat::WebP => DynamicImage::ImageLuma8(image).into_rgba8().into(),
        _ => DynamicImage::ImageLuma8(image),
    };
    let mut bytes = Vec::new();
    image
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

fn png(cat: bool, number: u8) -> Vec<u8> {
    picture(cat, number, 8, ImageFormat::Png)
}

fn program(config: &str) -> Program {
    Program::with_config(config)
}

/// `count` cats and as many dogs below `folder`.
fn pets(mut program: Program, folder: &str, count: u8) -> Program {
    for number in 0..count {
        // So that no image of one folder is that of another.
        let unlike = number + 20 * (folder.len() % 10) as u8;
        program = program
            .file(&format!("{folder}/cat/{number}.png"), png(true, unlike))
            .file(&format!("{folder}/dog/{number}.png"), png(false, unlike));
    }
    program
}

fn with(options: &str) -> String {
    CONFIG.replace(DIRECTORY, &format!("{DIRECTORY}, {options}"))
}

#[track_caller]
fn refused(name: &str, program: &Program) -> Ran {
    let ran = program.train(&[]).fails_with(3);
    insta::assert_snapshot!(name, ran.transcript());
    ran
}

fn counts(program: &Program) -> [u64; 3] {
    let record = program.record("config");
    ["training", "validation", "test"].map(|split| record["data"][split].as_u64().unwrap())
}

#[test]
fn classes_directly_below_are_divided_by_the_seed() {
    let program = pets(program(CONFIG), "pets", 6);
    program.train(&[]).succeeds();
    assert_eq!(counts(&program), [6, 6, 0]);
    let record = program.record("config");
    assert_eq!(record["data"]["classes"], serde_json::json!(["cat", "dog"]));
    assert_eq!(record["data"]["shape"], "1×8×8");
    let model: serde_json::Value =
        serde_json::from_str(&program.read("artifacts/config/model.json")).unwrap();
    assert_eq!(
        model["preparation"],
        serde_json::json!({ "image": { "height": 8, "width": 8, "channels": 1, "resize": null } })
    );
    let resolved = program.read("artifacts/config/config.toml");
    for default in [
        "fit = \"stretch\"",
        "filter = \"triangle\"",
        "corrupt = \"refuse\"",
        "\nmemory-limit = 4.0",
        "cache = true",
    ] {
        assert!(resolved.contains(default), "{resolved}");
    }
    program
        .run(&["--config", "artifacts/config/config.toml"])
        .succeeds();
}

#[test]
fn what_the_folder_divides_stays_divided() {
    let config = CONFIG.replace("split = { validation = 0.5 }\n", "");
    for validation in ["validation", "val", "Valid"] {
        let mut all = pets(program(&config), "pets/train", 6);
        all = pets(all, &format!("pets/{validation}"), 3);
        all = pets(all, "pets/test", 2);
        all.train(&[]).succeeds();
        assert_eq!(counts(&all), [12, 6, 4]);
    }
    let two = pets(pets(program(CONFIG), "pets/train", 6), "pets/val", 3);
    refused("images_two_validations", &two);
    let test = CONFIG.replace("validation = 0.5", "validation = 0.5, test = 0.1");
    let two = pets(pets(program(&test), "pets/train", 6), "pets/test", 3);
    refused("images_two_tests", &two);
    // A held-out class that never trains.
    let other = pets(pets(program(&config), "pets/train", 6), "pets/val", 3)
        .file("pets/val/fox/1.png", png(true, 1));
    refused("images_unknown_class", &other);
    refused("images_no_train", &pets(program(&config), "pets/val", 3));
    let twice = pets(pets(program(&config), "pets/train", 2), "pets/val", 3);
    refused("images_two_names", &pets(twice, "pets/validation", 2));
}

#[test]
fn the_content_decides_the_format_and_other_files_are_counted() {
    let program = pets(program(CONFIG), "pets", 4)
        .file(
            "pets/cat/a photo.png",
            picture(true, 90, 8, ImageFormat::Bmp),
        )
        .file("pets/cat/gif.jpg", picture(true, 91, 8, ImageFormat::Gif))
        .file(
            "pets/dog/no-extension",
            picture(false, 92, 8, ImageFormat::WebP),
        )
        .file(
            "pets/dog/upper.JPEG",
            picture(false, 93, 8, ImageFormat::Jpeg),
        )
        .file("pets/dog/Thumbs.db", "x")
        .file("pets/dog/notes.txt", "x")
        .file("pets/cat/.DS_Store", "x")
        .file("pets/cat/.hidden/1.png", "x")
        .file("pets/__MACOSX/cat/1.png", "x")
        .file("pets/README.md", "x");
    let ran = program.train(&[]).succeeds();
    assert_eq!(counts(&program), [6, 6, 0]);
    let said = ran.transcript();
    assert!(
        said.contains("6 files of `[directory]/pets` are no images and left out"),
        "{said}"
    );
}

#[test]
fn sizes_differ_or_are_made_equal() {
    let wide = |config: &str| {
        pets(program(config), "pets", 4).file(
            "pets/dog/wide.png",
            picture(false, 77, 20, ImageFormat::Png),
        )
    };
    refused("images_sizes_differ", &wide(CONFIG));
    for options in [
        "resize = 6",
        "resize = [4, 6], fit = \"crop\"",
        "resize = [4, 6], filter = \"lanczos\"",
        "resize = [4, 6], filter = \"nearest\"",
    ] {
        let program = wide(&with(options));
        program.train(&[]).succeeds();
        let shape = program.record("config")["data"]["shape"].clone();
        assert_eq!(
            shape,
            if options == "resize = 6" {
                "1×6×6"
            } else {
                "1×4×6"
            }
        );
    }
    let coloured = wide(&with("resize = 4").replace(", channels = 1", ""));
    coloured.train(&[]).succeeds();
    assert_eq!(coloured.record("config")["data"]["shape"], "3×4×4");
}

#[test]
fn images_that_are_none_are_refused_or_left_out() {
    let whole = png(true, 70);
    let damaged = |config: &str| {
        pets(program(config), "pets", 4)
            .file("pets/cat/cut.png", &whole[..whole.len() / 2])
            .file("pets/cat/empty.jpg", "")
            .file("pets/dog/text.png", "not a picture")
            .file("pets/dog/scan.tiff", b"II*\0\x08\0\0\0")
    };
    refused("images_corrupt", &damaged(CONFIG));
    let skipping = damaged(&with("corrupt = \"skip\""));
    for _ in 0..2 {
        // The second time from the cache, with the same warning.
        let ran = skipping.train(&[]).succeeds();
        assert!(
            ran.stderr
                .contains("warning: 4 images cannot be used and are left out: `cat/cut.png` ("),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(counts(&skipping), [4, 4, 0]);
    // Who does not allow it is not given what the other left out.
    let refusing = ["--set", "data.source.image-folder.corrupt=\"refuse\""];
    skipping.train(&refusing).fails_with(3);
    let nothing = program(&with("corrupt = \"skip\""))
        .file("pets/cat/1.png", "x")
        .file("pets/dog/1.png", "x");
    refused("images_nothing_left", &nothing);
}

#[test]
fn folders_that_are_not_laid_out_so() {
    refused("images_missing", &program(CONFIG));
    refused("images_file", &program(CONFIG).file("pets", "x"));
    refused(
        "images_loose",
        &program(CONFIG).file("pets/1.png", png(true, 1)),
    );
    refused(
        "images_one_class",
        &program(CONFIG).file("pets/cat/1.png", png(true, 1)),
    );
    let empty = pets(program(CONFIG), "pets", 2).file("pets/fox/notes.txt", "x");
    refused("images_empty_class", &empty);
    let nested = pets(program(CONFIG), "pets", 2).file("pets/cat/kittens/1.png", png(true, 1));
    refused("images_nested", &nested);
    let directory = pets(program(CONFIG), "pets", 2);
    fs::create_dir(directory.path("pets/cat/x.png")).unwrap();
    refused("images_directory_named_png", &directory);
}

#[test]
fn keys_out_of_range() {
    for (name, options) in [
        ("images_channels", "resize = 0"),
        ("images_fit", "fit = \"pad\", filter = \"cubic\""),
        ("images_cache", "cache = \"no\", corrupt = \"ignore\""),
    ] {
        let config = with(options).replace("channels = 1", "channels = 2");
        let ran = program(&config).train(&[]).fails_with(2);
        insta::assert_snapshot!(name, ran.transcript());
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_circles_end() {
    use std::os::unix::fs::symlink;

    let linked = pets(program(CONFIG), "elsewhere", 6);
    fs::create_dir(linked.path("pets")).unwrap();
    for class in ["cat", "dog"] {
        symlink(
            linked.path(&format!("elsewhere/{class}")),
            linked.path(&format!("pets/{class}")),
        )
        .unwrap();
    }
    linked.train(&[]).succeeds();
    let circle = pets(program(CONFIG), "pets", 3);
    symlink("self.png", circle.path("pets/cat/self.png")).unwrap();
    symlink("nowhere.png", circle.path("pets/dog/dangling.png")).unwrap();
    refused("images_links", &circle);
    let circle = pets(program(CONFIG), "pets", 3);
    symlink("..", circle.path("pets/cat/up")).unwrap();
    refused("images_link_up", &circle);
}

fn cached(program: &Program) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(program.path("cache/brecha")).map(|entries| {
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.collect()
    });
    entries.unwrap_or_default()
}

#[test]
fn the_cache_gives_the_same_and_is_made_again_when_it_is_damaged_or_old() {
    let program = pets(program(CONFIG), "pets", 6);
    let fingerprint = |run: &str| program.record(run)["data"]["fingerprint"].clone();
    program.train(&["--name", "first"]).succeeds();
    let [file] = &cached(&program)[..] else {
        panic!("one cache");
    };
    program.train(&["--name", "second"]).succeeds();
    assert_eq!(fingerprint("first"), fingerprint("second"));

    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).unwrap();
    let ran = program.train(&["--name", "third"]).succeeds();
    assert!(
        ran.stderr
            .contains("warning: the cache of the decoded images is damaged"),
        "{}",
        ran.stderr
    );
    assert_eq!(fingerprint("first"), fingerprint("third"));
    let ran = program.train(&["--name", "fourth"]).succeeds();
    assert!(!ran.stderr.contains("damaged"), "{}", ran.stderr);

    fs::write(program.path("pets/cat/0.png"), png(true, 99)).unwrap();
    program.train(&["--name", "fifth"]).succeeds();
    assert_ne!(fingerprint("first"), fingerprint("fifth"));
    assert_eq!(cached(&program).len(), 2);
}

#[test]
fn the_cache_can_be_switched_off_and_may_fail() {
    let off = pets(program(&with("cache = false")), "pets", 6);
    off.train(&[]).succeeds();
    assert!(cached(&off).is_empty());
    let unwritable =
        pets(program(CONFIG), "pets", 6).file("cache", "a file where the folder should be");
    let ran = unwritable.train(&[]).succeeds();
    assert!(ran.stderr.contains("cannot be cached"), "{}", ran.stderr);
}
