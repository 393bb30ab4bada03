//! Folders of runs in which a file is not what it was, given to every command that reads one, as the real program.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use brecha::training::checkpoint::container::{pack, unpack};

use super::mutation::Mutator;
use super::number;
use crate::killing::Draws;
use crate::program::{Program, SMALL};

/// What the test command can afford.
const FOLDERS: u64 = 40;

/// Long enough on a busy machine, and short enough to see what hangs.
const LONGEST: Duration = Duration::from_secs(30);

const DIGITS: &str = r#"seed = 1

[data]
source = "digits"
split = { validation = 0.2, test = 0.2, training-samples = 40 }

[model]
layers = [
  { conv2d = { filters = 2, kernel = 3 } },
  { batch-norm = {} },
  "flatten",
  { dense = { units = 10 } },
]
loss = "cross-entropy"

[training]
epochs = 2
batch-size = 20
optimizer = { adam = {} }
checkpoint-every = { steps = 1 }
"#;

/// The files that a command reads: pictures, pages and tables for people are only written.
const READ: [&str; 9] = [
    "config.toml",
    "run.json",
    "metrics.jsonl",
    "model.json",
    "model.safetensors",
    "gradients.csv",
    "predictions.csv",
    "layers.csv",
    "checkpoints",
];

/// The files of a folder and of those below it that are read, with their content.
fn content(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
                if READ.iter().any(|read| name.starts_with(read)) {
                    found.push((name.to_owned(), fs::read(&path).unwrap()));
                }
            }
        }
    }
    found.sort();
    found
}

fn commands(draws: &mut Draws) -> Vec<&'static str> {
    let commands: [&[&str]; 10] = [
        &["--resume", "run", "--no-report"],
        &[
            "--resume",
            "run",
            "--no-report",
            "--set",
            "training.epochs=4",
        ],
        &["evaluate", "run"],
        &["verify", "run"],
        &["report", "run"],
        &["compare", "run", "good", "--output", "page.html"],
        &["compare", "good", "run", "--output", "page.html"],
        &["predict", "run", "inputs.csv"],
        &["predict", "run", "input.png"],
        &[
            "export",
            "run",
            "--format",
            "onnx",
            "--output",
            "model.onnx",
        ],
    ];
    commands[draws.below(commands.len() as u64) as usize].to_vec()
}

fn good_file(files: &[(String, Vec<u8>)], wanted: &str) -> Vec<u8> {
    let found = files.iter().find(|(name, _)| name == wanted);
    found.unwrap().1.clone()
}

fn with_another_part(file: &[u8], number: u64) -> Vec<u8> {
    let parts = unpack(file).unwrap();
    let changed = number as usize % parts.len();
    let parts = parts.iter().enumerate().map(|(place, (name, bytes))| {
        let corpus = [bytes.to_vec()];
        let bytes = if place == changed {
            Mutator::new(&corpus, &[]).input(number).to_vec()
        } else {
            bytes.to_vec()
        };
        (name.as_str(), bytes)
    });
    pack(&parts.collect::<Vec<_>>())
}

#[test]
fn damaged_runs_are_refused_or_read() {
    let program = Program::new()
        .file(
            "xor.toml",
            SMALL.replace("epochs = 3", "epochs = 3\ncheckpoint-every = { steps = 1 }"),
        )
        .file("digits.toml", DIGITS)
        .file("inputs.csv", "x1,x2\n0.5,-1\n1,1\n");
    image::GrayImage::from_pixel(8, 8, image::Luma([99]))
        .save(program.path("input.png"))
        .unwrap();
    let mut good = Vec::new();
    for config in ["xor", "digits"] {
        let file = format!("{config}.toml");
        program.run(&["--config", &file, "--no-report"]).succeeds();
        good.push(content(&program.path(&format!("artifacts/{config}"))));
    }
    let write = |folder: &str, files: &[(String, Vec<u8>)]| {
        let folder = program.path(folder);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("checkpoints")).unwrap();
        for (name, bytes) in files {
            fs::write(folder.join(name), bytes).unwrap();
        }
    };
    write("good", &good[0]);
    let first = number("BRECHA_FUZZ_FROM").unwrap_or(0);
    let folders = number("BRECHA_FUZZ_FOLDERS").unwrap_or(FOLDERS);
    let mut codes = std::collections::BTreeMap::new();
    for folder in first..first + folders {
        let mut draws = Draws(folder);
        let mut files = good[draws.below(2) as usize].clone();
        let place = draws.below(files.len() as u64) as usize;
        let changed = files[place].0.clone();
        let how = draws.below(16);
        let changed_to = if changed.ends_with(".checkpoint") && how > 8 {
            // Another part in a frame with the right digests, as who wants to do harm would write it.
            files.retain(|(name, _)| !name.ends_with(".checkpoint") || *name == changed);
            with_another_part(&good_file(&files, &changed), folder)
        } else {
            let corpus = [good_file(&files, &changed)];
            Mutator::new(&corpus, super::JSON).input(folder).to_vec()
        };
        let place = files.iter().position(|(name, _)| *name == changed).unwrap();
        match how {
            0 => drop(files.remove(place)),
            1 => files[place].1.clear(),
            _ => files[place].1 = changed_to,
        }
        write("run", &files);
        let arguments = commands(&mut draws);
        let log = fs::File::create(program.path("log")).unwrap();
        let mut child = program
            .command(&arguments)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let began = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if began.elapsed() > LONGEST {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let code = status.and_then(|status| status.code());
        let said = String::from_utf8_lossy(&fs::read(program.path("log")).unwrap()).into_owned();
        assert!(
            matches!(code, Some(0..=6)),
            "folder {folder}: {changed} changed in way {how}, `{}` ended with {status:?} after {:?}: {said}\n{}",
            arguments.join(" "),
            began.elapsed(),
            files
                .iter()
                .find(|(name, _)| *name == changed)
                .map_or_else(String::new, |(_, bytes)| bytes.escape_ascii().to_string())
        );
        *codes.entry(code).or_insert(0_u64) += 1;
    }
    println!("{folders} folders from {first}; exit codes {codes:?}");
    fs::remove_dir_all(program.path("run")).unwrap();
}
