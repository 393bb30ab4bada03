//! What a user can get wrong with data, weights and runs, where no other file has it: the numbers are those of the list in
//! `notes/reliability.md`, kept in the comments.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};

use super::own_data;
use super::program::{Program, Ran, SMALL, idx_images, idx_labels};

/// A network of one layer on what `source` gives.
fn on(source: &str, classes: usize) -> String {
    format!(
        "seed = 1\n\n[data]\nsource = {source}\nsplit = {{ validation = 0.5 }}\n\n[model]\n\
         layers = [\"flatten\", {{ dense = {{ units = {classes} }} }}]\nloss = \"cross-entropy\"\n\n\
         [training]\nepochs = 2\nbatch-size = 8\noptimizer = {{ adam = {{ learning-rate = 0.01 }} }}\n"
    )
}

const PETS: &str = "{ image-folder = { directory = \"pets\", channels = 1 } }";

fn png(cat: bool, number: u8) -> Vec<u8> {
    let image = image::GrayImage::from_fn(8, 8, |x, y| {
        let noise = (u32::from(number) * 37 + x * 11 + y * 7) % 50;
        image::Luma([if (x < 4) == cat { 200 } else { 0 } + noise as u8])
    });
    encoded(&image.into())
}

fn encoded(image: &image::DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Four cats and four dogs.
fn pets(config: &str) -> Program {
    let mut program = Program::with_config(config);
    for number in 0..4 {
        program = program
            .file(&format!("pets/cat/{number}.png"), png(true, number))
            .file(&format!("pets/dog/{number}.png"), png(false, number));
    }
    program
}

#[track_caller]
fn refused(name: &str, code: i32, program: &Program) -> Ran {
    let ran = program.train(&[]).fails_with(code);
    insta::assert_snapshot!(name, ran.transcript());
    assert!(!program.path("artifacts").exists());
    ran
}

/// Every loss of every epoch is a finite number.
#[track_caller]
fn finite(program: &Program) {
    let rows = program.rows("config");
    assert!(!rows.is_empty());
    for row in rows {
        for key in ["train_loss", "validation_loss", "gradient_norm"] {
            assert!(row[key].as_f64().is_some_and(f64::is_finite), "{row}");
        }
    }
}

/// 8: a path may lead upwards; it is relative to the configuration.
#[test]
fn a_path_may_lead_upwards() {
    let config = on(
        "{ idx = { images = \"../data/images\", labels = \"../data/labels\" } }",
        3,
    );
    let program = Program::new()
        .file("experiments/config.toml", config)
        .file("data/images", idx_images(60, 5, 4))
        .file("data/labels", idx_labels(60));
    program
        .run(&["--config", "experiments/config.toml", "--no-report"])
        .succeeds();
}

/// 19 to 23: tables.
#[test]
fn tables() {
    let table = |csv: &[u8]| Program::with_config(own_data::CONFIG).file("plants.csv", csv);
    let plants = own_data::plants();
    // 21: a zero byte in the middle, and a line without an end.
    refused(
        "table_zero_byte",
        3,
        &table(plants.replace("white", "wh\0ite").as_bytes()),
    );
    let mut line = b"height,colour,kind\n1,red,".to_vec();
    line.resize(70 << 20, b'x');
    let long = super::data_files::gzip(&line);
    assert!(long.len() < 1 << 20);
    refused("table_endless_line", 3, &table(&long));
    // A class that is a novel.
    let novel = plants.replacen("tree", &"long ".repeat(1000), 1);
    refused("table_long_class", 3, &table(novel.as_bytes()));
    let novel = plants.replacen("white", &"long ".repeat(1000), 1);
    refused("table_long_category", 3, &table(novel.as_bytes()));
    // 23: the same class in two ways.
    let mut numbers = "height,colour,kind\n".to_owned();
    for row in 0..12 {
        writeln!(numbers, "{row},red,{}", ["0", "1", "1.0"][row % 3]).unwrap();
    }
    refused("table_same_class", 3, &table(numbers.as_bytes()));
    // 22: a feature that is always the same has no spread to divide by.
    let mut constant = "height,width,kind\n".to_owned();
    for row in 0..12 {
        writeln!(constant, "7.5,{row},{}", ["herb", "tree"][row % 2]).unwrap();
    }
    let program = table(constant.as_bytes());
    program.train(&["--no-report"]).succeeds();
    finite(&program);
}

/// 24, 25, 27, 28: images.
#[test]
fn images() {
    // 25: 16 bits, transparency, a palette: what a viewer shows.
    let deep = image::ImageBuffer::from_fn(8, 8, |x, y| image::Luma([(x * 8000 + y * 99) as u16]));
    let clear =
        image::ImageBuffer::from_fn(8, 8, |x, y| image::LumaA([(x * 30) as u8, (y * 30) as u8]));
    let colours = image::RgbaImage::from_fn(8, 8, |x, y| {
        image::Rgba([(x * 30) as u8, (y * 30) as u8, 9, 128])
    });
    let program = pets(&on(PETS, 2))
        .file(
            "pets/cat/deep.png",
            encoded(&image::DynamicImage::ImageLuma16(deep)),
        )
        .file(
            "pets/cat/clear.png",
            encoded(&image::DynamicImage::ImageLumaA8(clear)),
        )
        .file("pets/dog/colours.png", encoded(&colours.into()));
    program.train(&["--no-report"]).succeeds();
    finite(&program);

    // 27: 50,000 × 50,000 pixels in the header of a small file.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xc3\x50\0\0\xc3\x50\x08\0\0\0\0".to_vec();
    let mut checksum = flate2::Crc::new();
    checksum.update(&bomb[12..29]);
    bomb.extend(checksum.sum().to_be_bytes());
    bomb.extend(&png(true, 9)[33..]);
    refused(
        "image_bomb",
        3,
        &pets(&on(PETS, 2)).file("pets/cat/bomb.png", &bomb),
    );
    let resized = on(
        "{ image-folder = { directory = \"pets\", channels = 1, resize = 8 } }",
        2,
    );
    refused(
        "image_bomb_resized",
        3,
        &pets(&resized).file("pets/cat/bomb.png", &bomb),
    );

    // 24: a picture that ends in its middle.
    let photo = image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([x as u8, y as u8, 7]));
    let mut jpeg = std::io::Cursor::new(Vec::new());
    photo.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let jpeg = jpeg.into_inner();
    refused(
        "image_cut",
        3,
        &pets(&on(PETS, 2)).file("pets/dog/cut.jpg", &jpeg[..jpeg.len() / 2]),
    );
}

/// 28: names that no table or page expects, and files that are none.
#[cfg(unix)]
#[test]
fn names_and_kinds_of_files() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let program = pets(&on(PETS, 2))
        .file("pets/cat/two words.png", png(true, 20))
        .file("pets/cat/two\nlines.png", png(true, 21))
        .file("pets/dog/\u{1b}[2J.png", png(false, 22));
    let strange = program
        .path("pets/dog")
        .join(OsStr::from_bytes(b"latin-\xe9.png"));
    fs::write(strange, png(false, 23)).unwrap();
    program.train(&[]).succeeds();
    let record = program.record("config");
    assert_eq!(
        record["data"]["training"].as_u64().unwrap()
            + record["data"]["validation"].as_u64().unwrap(),
        12
    );

    // A name that is in a message is on one line of it, and commands no terminal.
    let program = pets(&on(PETS, 2)).file("pets/dog/\u{1b}[2J\nx.png", "no picture");
    let ran = program.train(&[]).fails_with(3);
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);

    // A pipe would be waited for.
    let program = pets(&on(PETS, 2));
    let made = std::process::Command::new("mkfifo")
        .arg(program.path("pets/cat/pipe.png"))
        .status();
    assert!(made.unwrap().success());
    refused("image_pipe", 3, &program);
    let program = Program::with_config(own_data::CONFIG);
    let made = std::process::Command::new("mkfifo")
        .arg(program.path("plants.csv"))
        .status();
    assert!(made.unwrap().success());
    refused("table_pipe", 3, &program);
    // And a device never ends.
    let program = Program::with_config(&own_data::CONFIG.replace("plants.csv", "/dev/zero"));
    refused("table_device", 3, &program);
    let ran = Program::new().run(&["--config", "/dev/zero"]).fails_with(2);
    insta::assert_snapshot!("configuration_device", ran.transcript());
}

/// 28: `root` may read everything, so another user is taken.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt;

    let program = pets(&on(PETS, 2));
    let hidden = program.path("pets/cat/0.png");
    fs::set_permissions(&hidden, fs::Permissions::from_mode(0o000)).unwrap();
    let ran = if fs::read(&hidden).is_ok() {
        let all = ["--reuid=54321", "--regid=54321", "--clear-groups"];
        fs::set_permissions(program.path(""), fs::Permissions::from_mode(0o777)).unwrap();
        let inner = program.command(&["--config", "config.toml"]);
        let output = std::process::Command::new("setpriv")
            .args(all)
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(program.path(""))
            .output()
            .unwrap();
        if output.status.code() == Some(127) || output.status.code() == Some(126) {
            println!("skipped: another user cannot run the program where it lies");
            return;
        }
        program.ran(output)
    } else {
        program.train(&[])
    };
    assert_eq!(ran.code, Some(3), "{}", ran.transcript());
    assert!(
        ran.stderr.contains("cat/0.png") && ran.stderr.contains("Permission denied"),
        "{}",
        ran.stderr
    );
}

/// 30, 44: a batch that is larger than the data, and inputs that say nothing.
#[test]
fn odd_but_allowed() {
    let program = Program::with_config(&SMALL.replace("\"full\"", "100000"));
    program.train(&["--no-report"]).succeeds();
    finite(&program);

    let idx = on("{ idx = { images = \"images\", labels = \"labels\" } }", 3);
    let mut images = idx_images(60, 5, 4);
    images[16..].fill(0);
    for normalization in ["none", "standardize"] {
        let config = idx.replace(
            "[model]",
            &format!("normalization = \"{normalization}\"\nleakage = \"off\"\n\n[model]"),
        );
        let program = Program::with_config(&config)
            .file("images", &images)
            .file("labels", idx_labels(60));
        program.train(&["--no-report"]).succeeds();
        finite(&program);
    }
}

/// 43: the loss grows until it is no number; the checkpoints before are whole, and the run ends there again.
#[test]
fn a_run_that_diverges_late_keeps_its_checkpoints() {
    let config = SMALL
        .replace(
            "  { dense = { units = 4, activation = \"tanh\" } },\n  { dense = { units = 1, activation = \"tanh\" } },\n",
            "  { dense = { units = 1 } },\n",
        )
        .replace("learning-rate = 0.5", "learning-rate = 8.0")
        .replace("epochs = 3", "epochs = 500\ncheckpoint-every = { steps = 1 }");
    let program = Program::with_config(&config);
    let ran = program.train(&["--no-report"]).fails_with(6);
    assert!(
        ran.stderr.contains("training diverged in epoch "),
        "{}",
        ran.stderr
    );
    let rows = program.rows("config").len();
    assert!(rows > 3, "{rows} epochs");
    let record = program.record("config");
    assert_eq!(record["status"], "failed");
    let checkpoints = fs::read_dir(program.path("artifacts/config/checkpoints"));
    let names: Vec<_> = checkpoints
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(names.len() >= 2, "{names:?}");
    let ran = program
        .run(&["--resume", "artifacts/config", "--no-report"])
        .fails_with(6);
    assert!(
        ran.stderr
            .contains("goes on with `artifacts/config` behind "),
        "{}",
        ran.stderr
    );
    assert_eq!(program.rows("config").len(), rows);
}

/// 40: another optimizer, which burn would take without a word.
#[test]
fn a_run_does_not_go_on_with_another_optimizer() {
    let program = Program::with_config(SMALL);
    program.train(&["--no-report"]).succeeds();
    let ran = program
        .run(&[
            "--resume",
            "artifacts/config",
            "--set",
            "training.epochs=5",
            "--set",
            "training.optimizer={ adam = {} }",
        ])
        .fails_with(2);
    insta::assert_snapshot!("resume_other_optimizer", ran.transcript());
}

fn weights(path: &Path) -> Vec<(String, Vec<usize>, Vec<u8>)> {
    let bytes = fs::read(path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: Vec<_> = file
        .tensors()
        .into_iter()
        .map(|(name, tensor)| (name, tensor.shape().to_vec(), tensor.data().to_vec()))
        .collect();
    tensors.sort();
    tensors
}

fn written(tensors: &[(String, Vec<usize>, Vec<u8>)]) -> Vec<u8> {
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
        )
    });
    safetensors::serialize(views, None).unwrap()
}

/// A safetensors file with this header.
fn with_header(header: &str, data: usize) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.resize(file.len() + data, 0);
    file
}

/// 37 to 42: weights.
#[test]
fn weights_of_others() {
    let program = Program::with_config(SMALL);
    program.train(&["--no-report"]).succeeds();
    let whole = program.path("artifacts/config/model.safetensors");
    let bytes = fs::read(&whole).unwrap();
    let mut with_nan = weights(&whole);
    with_nan[1].2[4..8].copy_from_slice(&f32::NAN.to_le_bytes());
    let many = {
        let tensors: Vec<_> = (0..100_000)
            .map(|number| (format!("layers.{number}.weight"), vec![1], vec![0; 4]))
            .collect();
        written(&tensors)
    };
    let f32s = |begin: usize, end: usize| {
        format!("{{\"dtype\":\"F32\",\"shape\":[2,4],\"data_offsets\":[{begin},{end}]}}")
    };
    let endless = {
        let mut file = 200_000_000_u64.to_le_bytes().to_vec();
        file.extend(b"{\"a\":");
        file
    };
    let mut said = String::new();
    for (name, content) in [
        ("nan", written(&with_nan)),
        ("empty", Vec::new()),
        ("seven-bytes", bytes[..7].to_vec()),
        ("cut", bytes[..bytes.len() - 1].to_vec()),
        ("longer", [&bytes[..], b"x"].concat()),
        ("header-of-200-mb", endless),
        ("header-of-2-to-the-64", [&[0xff; 8][..], b"{}"].concat()),
        (
            "overlapping",
            with_header(
                &format!("{{\"a\":{},\"b\":{}}}", f32s(0, 32), f32s(16, 48)),
                48,
            ),
        ),
        (
            "hole",
            with_header(
                &format!("{{\"a\":{},\"b\":{}}}", f32s(0, 32), f32s(64, 96)),
                96,
            ),
        ),
        (
            "lying-shape",
            with_header(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1000000,1000000],\"data_offsets\":[0,4]}}",
                4,
            ),
        ),
        (
            "overflowing-shape",
            with_header(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4294967296],\"data_offsets\":[0,4]}}",
                4,
            ),
        ),
        (
            "lying-dtype",
            with_header(
                "{\"a\":{\"dtype\":\"F64\",\"shape\":[2,4],\"data_offsets\":[0,32]}}",
                32,
            ),
        ),
        (
            "integers",
            with_header(
                "{\"a\":{\"dtype\":\"I32\",\"shape\":[2,4],\"data_offsets\":[0,32]},\"b\":{\"dtype\":\"I32\",\"shape\":[4],\"data_offsets\":[32,48]},\"c\":{\"dtype\":\"I32\",\"shape\":[4,1],\"data_offsets\":[48,64]},\"d\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[64,68]}}",
                68,
            ),
        ),
        ("hundred-thousand-tensors", many),
        ("zip", b"PK\x03\x04\x14\0\0\0archive/data.pkl".to_vec()),
        ("pickle", b"\x80\x02}q\0(X\x06\0\0\0weightq\x01".to_vec()),
    ] {
        let file = format!("{name}.safetensors");
        fs::write(program.path(&file), content).unwrap();
        let ran = program
            .run(&["import", &file, "--config", "config.toml", "--name", "no"])
            .fails_with(2);
        writeln!(said, "## {name}\n{}\n", ran.stderr).unwrap();
        assert!(!program.path("artifacts/no").exists());
    }
    insta::assert_snapshot!("weights_of_others", said);
}

/// 37: cut anywhere, weights are refused: in the length, in the header, in the numbers. And a device never ends.
#[test]
fn weights_without_an_end() {
    let program = Program::with_config(SMALL);
    program.train(&["--no-report"]).succeeds();
    let bytes = fs::read(program.path("artifacts/config/model.safetensors")).unwrap();
    let ran = program
        .run(&["import", "/dev/zero", "--config", "config.toml"])
        .fails_with(2);
    assert!(ran.stderr.contains("a pipe or a device"), "{}", ran.stderr);

    for length in [
        0,
        1,
        7,
        8,
        9,
        50,
        bytes.len() / 2,
        bytes.len() - 4,
        bytes.len() - 1,
    ] {
        fs::write(program.path("cut.safetensors"), &bytes[..length]).unwrap();
        program
            .run(&[
                "import",
                "cut.safetensors",
                "--config",
                "config.toml",
                "--name",
                "no",
            ])
            .fails_with(2);
    }
}

/// 38, 41: of a run's own weights one bit is another, or a number is none.
#[test]
fn a_changed_bit_in_the_weights_of_a_run_is_found() {
    let table = own_data::plants();
    let program = Program::with_config(own_data::CONFIG).file("plants.csv", table);
    program.train(&["--no-report"]).succeeds();
    let path = program.path("artifacts/config/model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let commands = [
        &["evaluate", "artifacts/config"][..],
        &["predict", "artifacts/config", "plants.csv"],
        &["export", "artifacts/config", "--format", "onnx"],
    ];
    for command in commands {
        program.run(command).succeeds();
    }
    fs::remove_file(program.path("artifacts/config/model.onnx")).unwrap();
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 0x01;
    fs::write(&path, flipped).unwrap();
    for command in commands {
        let ran = program.run(command).fails_with(5);
        assert!(
            ran.stderr
                .contains("its SHA-256 is not the one that model.json has"),
            "{}",
            ran.stderr
        );
        assert!(ran.stdout.is_empty());
    }
    // Verify says which numbers are others.
    program.run(&["verify", "artifacts/config"]).fails_with(1);

    fs::write(&path, &bytes).unwrap();
    let mut tensors = weights(&path);
    tensors[1].2[..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
    fs::write(&path, written(&tensors)).unwrap();
    for command in [&commands[..], &[&["verify", "artifacts/config"]]].concat() {
        let ran = program.run(command).fails_with(5);
        assert!(
            ran.stderr
                .contains("`layers.0.weight` holds inf at place 0"),
            "{}",
            ran.stderr
        );
    }
    assert!(!program.path("artifacts/config/model.onnx").exists());
}
