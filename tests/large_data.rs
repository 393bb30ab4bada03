//! Images and tables that are too large for the memory: read from disk, with the same results; and everything that can go wrong.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use image::{GrayImage, Luma};

use super::program::{Program, Ran};

const CONFIG: &str = r#"seed = 1

[data]
source = { image-folder = { directory = "pets", channels = 1 } }
split = { validation = 0.3, test = 0.2 }

[model]
layers = [{ conv2d = { filters = 2, kernel = 3 } }, "flatten", { dense = { units = 2 } }]
loss = "cross-entropy"

[training]
epochs = 3
batch-size = 8
optimizer = { adam = { learning-rate = 0.01 } }
"#;

/// 1,073 bytes: 16 images of 8 × 8.
const TINY: [&str; 2] = ["--set", "data.memory-limit=1e-6"];

/// A cat is bright on the left, a dog on the right; no two are equal.
fn png(cat: bool, number: u32) -> Vec<u8> {
    let image = GrayImage::from_fn(8, 8, |x, y| {
        let noise = (number * 37 + x * 11 + y * (7 + number % 5)) % 120;
        Luma([if (x < 4) == cat { 135 } else { 0 } + noise as u8])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// `count` cats and as many dogs below `folder`.
fn pets(mut program: Program, folder: &str, count: u32) -> Program {
    let unlike = 1000 * folder.len() as u32;
    for number in 0..count {
        program = program
            .file(
                &format!("{folder}/cat/{number}.png"),
                png(true, unlike + number),
            )
            .file(
                &format!("{folder}/dog/{number}.png"),
                png(false, unlike + 500 + number),
            );
    }
    program
}

fn caches(program: &Program) -> Vec<PathBuf> {
    let entries = fs::read_dir(program.path("cache/brecha")).map(|entries| {
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.collect()
    });
    entries.unwrap_or_default()
}

fn train(program: &Program, name: &str, arguments: &[&str]) -> Ran {
    let mut all = vec!["--name", name];
    all.extend(arguments);
    program.train(&all).succeeds()
}

/// The rows of the metrics without what the clock says.
fn rows(program: &Program, run: &str) -> Vec<serde_json::Value> {
    let mut rows = program.rows(run);
    for row in &mut rows {
        let row = row.as_object_mut().unwrap();
        row.remove("seconds").unwrap();
        row.remove("train_images_per_s").unwrap();
    }
    rows
}

/// Weights, metrics, leaks, baselines and verdict, bit by bit.
#[track_caller]
fn same(program: &Program, one: &str, other: &str) {
    let weights = |run: &str| fs::read(program.path(&format!("artifacts/{run}/model.safetensors")));
    assert!(weights(one).unwrap() == weights(other).unwrap(), "weights");
    assert_eq!(rows(program, one), rows(program, other));
    let (one, other) = (program.record(one), program.record(other));
    for key in ["data", "result"] {
        assert!(one[key].is_object());
        assert_eq!(one[key], other[key]);
    }
}

#[test]
fn a_run_from_disk_is_the_run_in_memory_bit_by_bit() {
    let config = CONFIG.replace("[model]", "normalization = \"standardize\"\n\n[model]");
    let mut program = pets(Program::with_config(&config), "pets", 40);
    // Leaks, found in either way: the same picture twice, and the same but for one pixel.
    program = program.file("pets/cat/again.png", png(true, 4000));
    let memory = train(&program, "memory", &[]);
    assert!(
        !memory.stderr.contains("read from disk"),
        "{}",
        memory.stderr
    );
    let disk = train(&program, "disk", &TINY);
    let line = "of 1×8×8 in 2 classes, 5.062 KiB read from disk";
    assert!(disk.stderr.contains(line), "{}", disk.stderr);
    // There are some to find.
    assert!(disk.stderr.contains("is also in the training split"));
    assert!(disk.stderr.contains("are nearly the same"));
    same(&program, "memory", "disk");
    let record = program.record("disk");
    assert_eq!(record["data"]["leakage"]["conflicting-labels"]["count"], 0);

    // Decoded anew, into a file that the run takes with it.
    let uncached = ["--set", "data.source.image-folder.cache=false"];
    fs::remove_dir_all(program.path("cache")).unwrap();
    train(&program, "uncached", &[&TINY[..], &uncached].concat());
    same(&program, "memory", "uncached");
    assert!(caches(&program).is_empty());
    // Decoded from disk to disk, and from there into memory.
    train(&program, "decoded", &TINY);
    same(&program, "memory", "decoded");
    assert_eq!(caches(&program).len(), 1);
    train(&program, "back", &[]);
    same(&program, "memory", "back");
    assert_eq!(caches(&program).len(), 1);

    program.run(&["verify", "artifacts/disk"]).succeeds();
    let evaluated = program.run(&["evaluate", "artifacts/disk"]).succeeds();
    let other = program.run(&["evaluate", "artifacts/memory"]).succeeds();
    assert_eq!(evaluated.stdout, other.stdout);
    assert!(
        !evaluated.stderr.contains("not the data"),
        "{}",
        evaluated.stderr
    );
}

#[test]
fn descriptions_and_contact_sheets_are_the_same_from_disk() {
    let program = pets(Program::with_config(CONFIG), "pets", 12);
    let describe = |arguments: &[&str]| {
        let fixed = ["data", "describe", "--config", "config.toml"];
        program
            .run(&[&fixed[..], arguments].concat())
            .succeeds()
            .stdout
    };
    let memory: serde_json::Value = serde_json::from_str(&describe(&["--json"])).unwrap();
    let text = describe(&[&["--json"], &TINY[..]].concat());
    let mut disk: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(disk["bytes"], 0);
    let bytes = disk
        .as_object_mut()
        .unwrap()
        .remove("bytes-on-disk")
        .unwrap();
    assert_eq!(bytes, 24 * 64);
    disk["bytes"] = bytes;
    assert_eq!(memory, disk);
    let said = describe(&TINY);
    assert!(
        said.contains("memory       0.0 MiB, 0.0 MiB on disk\n"),
        "{said}"
    );
    describe(&["--contact-sheet", "memory.png"]);
    describe(&[&["--contact-sheet", "disk.png"], &TINY[..]].concat());
    let sheet = |name| fs::read(program.path(name)).unwrap();
    assert!(sheet("memory.png") == sheet("disk.png"));
}

#[test]
fn parts_and_images_that_are_left_out_are_the_same_from_disk() {
    let config = CONFIG
        .replace("split = { validation = 0.3, test = 0.2 }\n", "")
        .replace("channels = 1", "channels = 1, corrupt = \"skip\"");
    let mut program = Program::with_config(&config);
    for (folder, count) in [
        ("pets/train", 30),
        ("pets/validation", 9),
        ("pets/test", 11),
    ] {
        program = pets(program, folder, count);
    }
    // At the beginning, in the middle and at the end of shards, and a whole shard of 16.
    for name in [
        "train/cat/1",
        "train/cat/20",
        "train/dog/7",
        "test/dog/10",
        "validation/cat/8",
    ] {
        program = program.file(&format!("pets/{name}.png"), "no picture");
    }
    for number in 30..50 {
        program = program.file(&format!("pets/train/cat/{number}.png"), "");
    }
    let said = train(
        &program,
        "memory",
        &["--set", "data.source.image-folder.cache=false"],
    );
    let again = train(&program, "disk", &TINY);
    same(&program, "memory", "disk");
    let record = program.record("disk");
    let counts = ["training", "validation", "test"].map(|split| record["data"][split].clone());
    assert_eq!(counts, [57, 17, 21]);
    for ran in [said, again, train(&program, "cached", &TINY)] {
        let warning = "25 images cannot be used and are left out: `train/cat/1.png`";
        assert!(ran.stderr.contains(warning), "{}", ran.stderr);
    }
    same(&program, "memory", "cached");
    let refuse = ["--set", "data.source.image-folder.corrupt=\"refuse\""];
    let refused = program.train(&[&TINY[..], &refuse].concat()).fails_with(3);
    assert!(
        refused.stderr.contains("25 of 120 images cannot be used"),
        "{}",
        refused.stderr
    );
    program = program.file("pets/test/dog/2.png", {
        let mut bytes = std::io::Cursor::new(Vec::new());
        GrayImage::new(9, 8)
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    });
    let other = program.train(&TINY).fails_with(3);
    assert!(
        other.stderr.contains("has 9 × 8 pixels"),
        "{}",
        other.stderr
    );
    // Nothing half-written is left.
    assert_eq!(caches(&program).len(), 1);
}

#[test]
fn where_the_disk_does_not_take_them() {
    let blocked = pets(Program::with_config(CONFIG), "pets", 12)
        .file("cache", "a file where the folder should be");
    for cache in ["true", "false"] {
        let cache = format!("data.source.image-folder.cache={cache}");
        let ran = blocked
            .train(&[&TINY[..], &["--set", &cache]].concat())
            .fails_with(5);
        insta::assert_snapshot!("no_folder_for_images", ran.transcript());
    }
    let nowhere = pets(Program::with_config(CONFIG), "pets", 12)
        .environment("XDG_CACHE_HOME", "")
        .environment("LOCALAPPDATA", "")
        .environment("HOME", "");
    let ran = nowhere.train(&TINY).fails_with(5);
    insta::assert_snapshot!("no_cache_for_images", ran.transcript());
}

#[test]
fn other_sources_refuse_what_is_larger_than_the_limit() {
    let program = Program::with_config(&CONFIG.replace(
        "{ image-folder = { directory = \"pets\", channels = 1 } }",
        "\"digits\"",
    ));
    let ran = program.train(&TINY).fails_with(3);
    insta::assert_snapshot!("limit_digits", ran.transcript());
    let idx = "{ idx = { images = \"images\", labels = \"labels\" } }";
    let program = Program::with_config(&CONFIG.replace(
        "{ image-folder = { directory = \"pets\", channels = 1 } }",
        idx,
    ))
    .file("images", super::program::idx_images(30, 8, 8))
    .file("labels", super::program::idx_labels(30));
    let ran = program.train(&TINY).fails_with(3);
    insta::assert_snapshot!("limit_idx", ran.transcript());
}

const TABLE: &str = r#"seed = 1

[data]
source = { csv = { file = "table.csv", label = "kind", ignore = ["price"], missing = "mean" } }
split = { validation = 0.3, test = 0.2 }

[model]
layers = [{ dense = { units = 5, activation = "tanh" } }, { dense = { units = 2 } }]
loss = "cross-entropy"

[training]
epochs = 3
batch-size = 8
optimizer = { adam = { learning-rate = 0.01 } }
"#;

/// Numbers, categories, holes of both, rows that repeat, one of them but for the sign of a zero.
fn table(rows: std::ops::Range<usize>) -> String {
    let mut text = "size,colour,weight,kind,price\n".to_owned();
    for row in rows {
        let noise = row * 7919 % 1009;
        let size = match row % 17 {
            0 => String::new(),
            1 => "0".to_owned(),
            2 => "-0".to_owned(),
            _ => format!("{}.{noise}", row % 13),
        };
        let colour = ["red", "blue", "NA", "green"][row % 4];
        let kind = if noise < 500 { "cat" } else { "dog" };
        // The fourth part of them is the same in all columns.
        let weight = if row % 4 == 1 { 5 } else { noise };
        writeln!(
            text,
            "{size},{colour},{weight}e-1,{kind},{}",
            weight * 3 + row % 13
        )
        .unwrap();
    }
    text
}

#[test]
fn a_table_from_disk_is_the_run_in_memory_bit_by_bit() {
    let standardised = "source = { csv = { file = \"table.csv\", target = \"price\", ignore = [\"kind\"], missing = \"mean\" } }";
    let source = TABLE.lines().nth(3).unwrap();
    let numbers = TABLE
        .replace(source, standardised)
        .replace("units = 2", "units = 1")
        .replace("cross-entropy", "mse");
    for (config, answered) in [
        (TABLE, "in 2 classes"),
        (&numbers, "with the number `price`"),
    ] {
        let program = Program::with_config(config).file("table.csv", table(0..400));
        let memory = train(&program, "memory", &[]);
        assert!(!memory.stderr.contains("read from disk"));
        let disk = train(&program, "disk", &TINY);
        // 400 rows of two numbers and three categories.
        let kept = disk.stderr.contains("7.812 KiB read from disk");
        assert!(kept && disk.stderr.contains(answered), "{}", disk.stderr);
        // There are leaks to find, in either way.
        let leak = "is also in the training split";
        let leaks = "are also in the training split";
        assert!(
            disk.stderr.contains(leaks) || disk.stderr.contains(leak),
            "{}",
            disk.stderr
        );
        same(&program, "memory", "disk");
        let csv = |run: &str| {
            let text = program.read(&format!("artifacts/{run}/metrics.csv"));
            let names: Vec<&str> = text.lines().next().unwrap().split(',').collect();
            let of_the_clock = |name: &str| matches!(name, "seconds" | "train_images_per_s");
            let cells = text
                .lines()
                .flat_map(|line| names.iter().zip(line.split(',')));
            let kept = cells.filter(|(name, _)| !of_the_clock(name));
            kept.map(|(_, cell)| cell.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(csv("memory"), csv("disk"));
        let model = |run: &str| program.read(&format!("artifacts/{run}/model.json"));
        assert_eq!(model("memory"), model("disk"));
        assert!(caches(&program).is_empty());
        program.run(&["verify", "artifacts/disk"]).succeeds();
        let evaluated = program.run(&["evaluate", "artifacts/disk"]).succeeds();
        let other = program.run(&["evaluate", "artifacts/memory"]).succeeds();
        assert_eq!(evaluated.stdout, other.stdout);
    }
}

#[test]
fn a_test_table_may_be_what_is_too_much() {
    let config = TABLE
        .replace("missing =", "test-file = \"more.csv.gz\", missing =")
        .replace(", test = 0.2", "");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, table(1000..1300).as_bytes()).unwrap();
    let program = Program::with_config(&config)
        .file("table.csv", table(0..400))
        .file("more.csv.gz", packed.finish().unwrap());
    train(&program, "memory", &[]);
    // 400 rows of 20 bytes fit into 8,589; with 300 more they do not.
    let ran = train(&program, "spilled", &["--set", "data.memory-limit=8e-6"]);
    let kept = "13.672 KiB read from disk";
    assert!(ran.stderr.contains(kept), "{}", ran.stderr);
    same(&program, "memory", "spilled");
    let fits = train(&program, "fits", &["--set", "data.memory-limit=14e-6"]);
    assert!(!fits.stderr.contains("read from disk"), "{}", fits.stderr);
    train(&program, "disk", &TINY);
    same(&program, "memory", "disk");
}

#[test]
fn where_the_disk_does_not_take_a_table() {
    let program = Program::with_config(TABLE)
        .file("table.csv", table(0..400))
        .file("cache", "a file where the folder should be");
    let ran = program.train(&TINY).fails_with(5);
    insta::assert_snapshot!("no_folder_for_table", ran.transcript());
    let nowhere = program
        .environment("XDG_CACHE_HOME", "")
        .environment("LOCALAPPDATA", "")
        .environment("HOME", "");
    let ran = nowhere.train(&TINY).fails_with(5);
    insta::assert_snapshot!("no_cache_for_table", ran.transcript());
}

#[test]
fn the_limit_is_a_key_of_data_and_positive() {
    let program = Program::with_config(&CONFIG.replace("channels = 1", "memory-limit = 2.0"));
    insta::assert_snapshot!("limit_moved", program.train(&[]).fails_with(2).transcript());
    let program = Program::with_config(CONFIG);
    let ran = program
        .train(&["--set", "data.memory-limit=0"])
        .fails_with(2);
    assert!(
        ran.stderr
            .contains("must be a finite number above 0, found 0"),
        "{}",
        ran.stderr
    );
}

/// Waits until the run has so many rows.
fn wait_for_rows(program: &Program, run: &str, rows: usize) {
    let began = Instant::now();
    let path = program.path(&format!("artifacts/{run}/metrics.jsonl"));
    while fs::read_to_string(&path)
        .unwrap_or_default()
        .lines()
        .count()
        < rows
    {
        assert!(began.elapsed() < Duration::from_mins(1), "no row");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_file_that_is_cut_short_while_training_ends_the_run_and_loses_nothing() {
    let config = CONFIG.replace("epochs = 3", "epochs = 1000000");
    let program = pets(Program::with_config(&config), "pets", 40);
    let running = program
        .command(&[&["--config", "config.toml"], &TINY[..]].concat())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_rows(&program, "config", 3);
    let [cache] = &caches(&program)[..] else {
        panic!("one cache");
    };
    let cut = fs::File::options().write(true).open(cache).unwrap();
    cut.set_len(100).unwrap();
    let output = running.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains(": it is shorter than it was\n"), "{said}");
    assert!(
        said.contains("the next run decodes again what is damaged"),
        "{said}"
    );
    let record = program.record("config");
    assert_eq!(record["status"], "failed");
    assert!(record["epochs"]["finished"].as_u64().unwrap() >= 3);
    // What was learned until then is there, and the next run needs nothing from the cut file.
    let weights = fs::metadata(program.path("artifacts/config/model.safetensors"));
    assert!(weights.unwrap().len() > 100);
    let once = ["--set", "training.epochs=1"];
    let ran = train(&program, "again", &[&TINY[..], &once].concat());
    let warning = "warning: the cache of the decoded images is damaged and made again";
    assert!(ran.stderr.contains(warning), "{}", ran.stderr);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_file_that_is_deleted_while_training_does_no_harm() {
        let config = CONFIG.replace("epochs = 3", "epochs = 40");
        let program = pets(Program::with_config(&config), "pets", 40);
        train(&program, "memory", &[]);
        let mut running = program
            .command(&[&["--config", "config.toml", "--name", "disk"], &TINY[..]].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for_rows(&program, "disk", 1);
        fs::remove_dir_all(program.path("cache")).unwrap();
        assert!(running.wait().unwrap().success());
        same(&program, "memory", "disk");
    }

    /// A limit on the size of files stands for a disk that is full.
    #[test]
    fn a_disk_that_is_full_is_an_error_and_nothing_is_left_on_it() {
        let program = pets(Program::with_config(CONFIG), "pets", 40);
        for cache in ["true", "false"] {
            let cache = format!("data.source.image-folder.cache={cache}");
            let arguments = [&["--config", "config.toml", "--set", &cache], &TINY[..]].concat();
            let inner = program.command(&arguments);
            let mut limited = Command::new("bash");
            // Two blocks of 1,024 bytes; without the trap, the signal would end the program.
            limited
                .args(["-c", "trap '' XFSZ; ulimit -f 2; exec \"$0\" \"$@\""])
                .arg(inner.get_program())
                .args(inner.get_args())
                .current_dir(program.path("."))
                .env("XDG_CACHE_HOME", program.path("cache"))
                .stdin(Stdio::null());
            let output = limited.output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(
                output.status.code(),
                Some(5),
                "{said} {:?}",
                output.status.signal()
            );
            let what = "80 images take 5.000 KiB decoded, more than the 1.048 KiB of `data.memory-limit`, and cannot be put into";
            assert!(said.contains(what), "{said}");
            assert!(caches(&program).is_empty(), "{:?}", caches(&program));
            assert!(!program.path("artifacts").exists());
        }
    }
}

/// What a run has needed at most, by the kernel's own account. Without huge pages: whether there are some differs from moment to moment,
/// and with it what the kernel counts, by 20 MB.
#[cfg(target_os = "linux")]
fn peak_memory(program: &Program, arguments: &[&str]) -> u64 {
    let mut running = program
        .command(arguments)
        .env("MIMALLOC_ALLOW_THP", "0")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", running.id());
    let mut peak = 0;
    while running.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kibibytes.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(running.wait().unwrap().success());
    1024 * peak
}

/// `count` photographs of noise, of 256 × 256 pixels: 192 KiB each in the file, and as much decoded.
#[cfg(target_os = "linux")]
fn photographs(mut program: Program, count: usize) -> Program {
    let mut state = 1_u32;
    for number in 0..count {
        // A dog is brighter.
        let class = number % 2;
        let image = image::RgbImage::from_fn(256, 256, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [_, one, two, three] = state.to_be_bytes();
            image::Rgb([one, two, three].map(|value| value / 2 + 90 * class as u8))
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Bmp).unwrap();
        let name = format!("pets/{}/{number}.bmp", ["cat", "dog"][class]);
        program = program.file(&name, bytes.into_inner());
    }
    program
}

/// Strides that make it quick, and small batches.
#[cfg(target_os = "linux")]
fn quick() -> String {
    CONFIG
        .replace(", channels = 1", "")
        .replace(
            "{ conv2d = { filters = 2, kernel = 3 } }",
            "{ conv2d = { filters = 4, kernel = 8, stride = 8 } }, { avg-pool = { size = 4 } }",
        )
        .replace("epochs = 3", "epochs = 1")
        .replace("[training]", "[evaluation]\nbatch-size = 8\n\n[training]")
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_images() {
    let config = quick().replace(
        "batch-size = 8\n\n",
        "batch-size = 8\nbaselines = \"off\"\n\n",
    );
    let program = photographs(Program::with_config(&config), 600);
    let run = ["--config", "config.toml", "--name"];
    let memory = peak_memory(&program, &[&run[..], &["memory"]].concat());
    // 2 MiB: ten images.
    let limit = ["--set", "data.memory-limit=0.002"];
    let disk = peak_memory(&program, &[&run[..], &["disk"], &limit].concat());
    same(&program, "memory", "disk");
    let all = 600 * 3 * 256 * 256;
    assert!(
        disk + all * 3 / 4 < memory,
        "{disk} bytes from disk, {memory} in memory"
    );
}

/// Neither the text of a table nor its values: 75 MB and 48 MB. So many columns that a row's values are far more than what is
/// kept of each row besides (its answer, its place, what was measured of it: 0.3 KB of 4 KB).
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_table() {
    let config = TABLE
        .replace("epochs = 3", "epochs = 1")
        // Small: what the allocator keeps of batches that have gone differs from run to run by a few dozen batches.
        .replace("batch-size = 8", "batch-size = 32")
        .replace(
            "[training]",
            "[evaluation]\nbaselines = \"off\"\nbatch-size = 32\n\n[training]",
        )
        .replace("[model]", "leakage = \"off\"\n\n[model]");
    let (rows, columns) = (12_000, 1_000);
    let mut text = table(0..1).lines().next().unwrap().to_owned();
    for column in 0..columns {
        write!(text, ",c{column}").unwrap();
    }
    for (row, line) in table(0..rows).lines().skip(1).enumerate() {
        write!(text, "\n{line}").unwrap();
        for column in 0..columns {
            write!(text, ",0.{:03}", row * (column + 17) % 997).unwrap();
        }
    }
    assert!(text.len() > 70_000_000);
    let few: Vec<&str> = text.lines().take(rows / 4 + 1).collect();
    let few = few.join("\n");
    let program = Program::with_config(&config)
        .file("table.csv", text)
        .file("few.csv", few);
    // Pictures of 5,000 answers are no matter of where the values are.
    let run = ["--config", "config.toml", "--no-report", "--name"];
    let memory = peak_memory(&program, &[&run[..], &["memory"]].concat());
    let limit = ["--set", "data.memory-limit=0.001"];
    let disk = peak_memory(&program, &[&run[..], &["disk"], &limit].concat());
    // A quarter of the rows, from disk as well: by then the allocator has kept what it keeps.
    let few = ["--set", "data.source.csv.file=\"few.csv\""];
    let few = peak_memory(&program, &[&run[..], &["few"], &limit, &few].concat());
    same(&program, "memory", "disk");
    let values = 4 * (columns * rows) as u64;
    println!("{memory} bytes in memory, {disk} from disk, {few} for a quarter of the rows");
    // Of 48 MB of values, measured: 46 to 50 between the first two, 3 to 6 between the others.
    assert!(disk + values * 3 / 4 < memory);
    assert!(disk < few + values / 2);
}

/// 5.4 GB of files and as much decoded: decoding, looking for leaks, baselines, one epoch, the verdict.
///
/// `cargo test --test main -- --ignored --nocapture five_gigabytes`
#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes ten minutes, and 11 GB in the folder for temporary files"]
fn five_gigabytes_train_in_one() {
    let program = photographs(Program::with_config(&quick()), 27_500);
    let limit = ["--config", "config.toml", "--set", "data.memory-limit=0.25"];
    let peak = peak_memory(&program, &limit);
    let record = program.record("config");
    println!("peak {} MiB, seconds {}", peak >> 20, record["seconds"]);
    assert!(peak < 1 << 30, "{peak}");
}
