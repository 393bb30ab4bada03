//! Runs the real program in a temporary directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// XOR with noise on a network of nine weights: everything a run can do, in a few milliseconds.
pub const SMALL: &str = r#"seed = 1

[data]
source = { xor = { samples = 40, noise = 0.2 } }
split = { validation = 0.5 }

[model]
layers = [
  { dense = { units = 4, activation = "tanh" } },
  { dense = { units = 1, activation = "tanh" } },
]
loss = "mse"

[training]
epochs = 3
batch-size = "full"
optimizer = { sgd = { learning-rate = 0.5 } }
"#;

/// A directory with files, in which the program is run.
pub struct Program {
    directory: TempDir,
    environment: Vec<(String, String)>,
}

/// What it did.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    directory: PathBuf,
}

impl Program {
    pub fn new() -> Self {
        Self {
            directory: TempDir::new().expect("a temporary directory"),
            environment: Vec::new(),
        }
    }

    /// With a configuration of `configs/` under its name, and the data beside it.
    pub fn with_shipped(name: &str) -> Self {
        let configs = repository().join("configs");
        let mut program = Self::new().file(name, shipped(name));
        for path in files(&configs.join("data")) {
            let name = path.strip_prefix(&configs).expect("within").display();
            program = program.file(&name.to_string(), fs::read(&path).expect("a file"));
        }
        program
    }

    /// With `config` as `config.toml`.
    pub fn with_config(config: &str) -> Self {
        Self::new().file("config.toml", config)
    }

    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_brecha"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_remove("FASHION_MNIST_DIR")
            .env_remove("NO_COLOR")
            .env_remove("LC_ALL")
            .env_remove("LC_CTYPE")
            .env_remove("LANG")
            .env("XDG_CACHE_HOME", self.path("cache"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        let output = self
            .command(arguments)
            .output()
            .expect("the program starts");
        self.ran(output)
    }

    /// With `input` on standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        self.write("standard-input", input);
        let file = fs::File::open(self.path("standard-input")).expect("a file");
        let output = self
            .command(arguments)
            .stdin(file)
            .output()
            .expect("the program starts");
        self.ran(output)
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).expect("a file");
    }

    pub fn ran(&self, output: std::process::Output) -> Ran {
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
            directory: self.directory.path().to_owned(),
        }
    }

    /// Trains with `config.toml` and further arguments.
    pub fn train(&self, arguments: &[&str]) -> Ran {
        let mut all = vec!["--config", "config.toml"];
        all.extend(arguments);
        self.run(&all)
    }

    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// A run's `run.json`.
    pub fn record(&self, run: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(&format!("artifacts/{run}/run.json"))).expect("JSON")
    }

    /// A run's `metrics.jsonl`.
    pub fn rows(&self, run: &str) -> Vec<serde_json::Value> {
        self.read(&format!("artifacts/{run}/metrics.jsonl"))
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }
}

impl Ran {
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert_eq!(self.code, Some(0), "\n{}", self.transcript());
        self
    }

    #[track_caller]
    pub fn fails_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}", self.transcript());
        self
    }

    /// Everything it said, with what changes from run to run replaced.
    pub fn transcript(&self) -> String {
        let code = self
            .code
            .map_or("killed".to_owned(), |code| code.to_string());
        let mut text = format!("exit code {code}\n");
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                text.push_str("--- ");
                text.push_str(name);
                text.push('\n');
                text.push_str(stream);
            }
        }
        let directory = self.directory.display().to_string();
        let lines: Vec<String> = text
            .replace(&directory, "[directory]")
            .lines()
            .map(steady)
            .collect();
        lines.join("\n")
    }
}

/// The line without speeds (`12,345/s`), the number of threads, and how well gradients agree.
fn steady(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.strip_suffix("/s") {
        Some(speed) if speed.starts_with(|c: char| c.is_ascii_digit()) => "[speed]/s",
        _ => word,
    });
    let line = words.collect::<Vec<_>>().join(" ");
    if let Some((before, after)) = line.split_once("hand derivation to ") {
        let on = after.find(" on ").map_or("", |at| &after[at..]);
        return format!("{before}hand derivation to [difference]{on}");
    }
    match line.split_once("CPU, ") {
        Some((before, threads)) if threads.ends_with(" threads") => {
            format!("{before}CPU, [n] threads")
        }
        _ => line,
    }
}

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a configuration of `configs/`.
pub fn shipped(name: &str) -> String {
    let path = repository().join("configs").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files in a folder and in those below it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// A small data set in the format of MNIST: `count` images of `rows × columns`, labels 0 to 2 in turn, each class
/// with a bright column of its own.
pub fn idx_images(count: u32, rows: u32, columns: u32) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3];
    for size in [count, rows, columns] {
        bytes.extend(size.to_be_bytes());
    }
    for image in 0..count {
        for position in 0..rows * columns {
            let bright = position % columns == image % 3;
            bytes.push(if bright {
                200 + (image % 50) as u8
            } else {
                (position * 7 % 40) as u8
            });
        }
    }
    bytes
}

pub fn idx_labels(count: u32) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 1];
    bytes.extend(count.to_be_bytes());
    bytes.extend((0..count).map(|label| (label % 3) as u8));
    bytes
}
