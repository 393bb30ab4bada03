//! Every reader of files and arguments is given bytes that nobody meant, and answers with a value or an error: without a panic, in less
//! than a second, and in memory of a stated multiple of what it was given.
//!
//! An input is a good one (of `fuzzing/corpus/`, `configs/`, or a run) with a few changes, which are a function of its number: what fails
//! fails again. `BRECHA_FUZZ=1000000 cargo test fuzzing:: -- --nocapture --test-threads=1` has as many inputs for each reader, and
//! `BRECHA_FUZZ_FROM=5000000` begins with that number. What was found is in `fuzzing/found/`, and tried each time.
//!
//! `fuzzing/libfuzzer/` gives the same readers to libFuzzer, which looks for inputs that reach new code, under `AddressSanitizer`. It needs
//! a nightly compiler and `cargo install cargo-fuzz`, and compiles without burn in two minutes:
//! `cargo +nightly fuzz run --fuzz-dir tests/fuzzing/libfuzzer configuration CORPUS configs`, with an empty folder `CORPUS`.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use super::program::{repository, shipped};

mod allocation;
mod directories;
mod folders;
mod mutation;
mod readers;

use allocation::most_during;
use mutation::Mutator;

/// No input takes longer.
const LONGEST: Duration = Duration::from_secs(1);

/// A reader, and what it may take.
struct Target {
    name: &'static str,
    read: fn(&[u8]),
    /// Bytes of memory for each byte of the input, and besides.
    multiple: usize,
    besides: usize,
    /// How many inputs the test command tries.
    inputs: u64,
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("a number"))
}

/// What this thread has computed, or where nobody knows, the time since `began`.
fn worked(began: Instant) -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text
        .split(' ')
        .next()
        .and_then(|number| number.parse().ok());
    nanoseconds.map_or(began.elapsed(), Duration::from_nanos)
}

/// All files of a folder below `tests/fuzzing/`, in the order of their names.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let path = repository().join("tests/fuzzing").join(folder);
    let Ok(entries) = fs::read_dir(path) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

impl Target {
    /// Reads, and sees what that took.
    fn try_one(&self, input: &[u8]) {
        let began = Instant::now();
        let most = most_during(|| (self.read)(input));
        let allowed = self.multiple * input.len() + self.besides;
        assert!(
            most <= allowed,
            "{most} bytes of memory for {} bytes of input; {allowed} are allowed",
            input.len()
        );
        if began.elapsed() > LONGEST {
            // On a machine that does other things, time passes that nobody works.
            let before = worked(began);
            (self.read)(input);
            let took = worked(began).saturating_sub(before);
            assert!(took <= LONGEST, "it takes {took:?}");
        }
    }

    /// As [`Target::try_one`], and keeps the input if that fails.
    fn expect_answer(&self, input: &[u8], which: &str) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.try_one(input))) {
            let path = std::env::temp_dir().join(format!("brecha-{}-{which}", self.name));
            fs::write(&path, input).unwrap();
            println!(
                "{}: input {which}, kept as {}:\n{}",
                self.name,
                path.display(),
                input.escape_ascii()
            );
            resume_unwind(panic);
        }
    }

    /// Reads what is good, what was found, and as many changed inputs as are asked for.
    fn fuzz(&self, good: &[Vec<u8>], words: &[&[u8]]) {
        let corpus = [files(&format!("corpus/{}", self.name)), good.to_vec()].concat();
        // What is made once is not the first input's.
        (self.read)(&corpus[0]);
        let found = files(&format!("found/{}", self.name));
        for (place, input) in corpus.iter().chain(&found).enumerate() {
            self.expect_answer(input, &format!("{place} as it is"));
        }
        let first = number("BRECHA_FUZZ_FROM").unwrap_or(0);
        let inputs = number("BRECHA_FUZZ").unwrap_or(self.inputs);
        let began = Instant::now();
        let mut mutator = Mutator::new(&corpus, words);
        for input in first..first + inputs {
            let bytes = mutator.input(input);
            self.expect_answer(bytes, &input.to_string());
        }
        println!(
            "{}: {inputs} inputs from {first}, {:.0} a second",
            self.name,
            inputs as f64 / began.elapsed().as_secs_f64()
        );
    }
}

const MIB: usize = 1 << 20;

/// Words of configurations: keys, and values that mean something.
const WORDS: &[&[u8]] = &[
    b"seed",
    b"backend",
    b"[data]",
    b"[model]",
    b"[training]",
    b"[sweep]",
    b"[[model.layers]]",
    b"source",
    b"split",
    b"validation",
    b"layers",
    b"dense",
    b"conv2d",
    b"units",
    b"filters",
    b"kernel",
    b"stride",
    b"padding",
    b"\"same\"",
    b"max-pool",
    b"size",
    b"residual",
    b"\"flatten\"",
    b"batch-norm = {}",
    b"dropout",
    b"rate",
    b"loss",
    b"\"mse\"",
    b"epochs",
    b"batch-size",
    b"\"full\"",
    b"optimizer",
    b"adam = {}",
    b"learning-rate",
    b"schedule",
    b"cosine",
    b"augmentation",
    b"memory-limit",
    b"csv",
    b"label",
    b"target",
    b"xor",
    b"samples",
    b"evaluation",
    b"verdict",
    b"tolerance",
    b"true",
    b"1979-05-27T07:32:00Z",
    b"{ }",
    b"[[",
    b"]]",
    b"'''",
    b"\"\"\"",
    b"\\u0000",
    b" = ",
    b"\n",
    b".",
    b"#",
];

const JSON: &[&[u8]] = &[
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"\"\"",
    b"\\u0000",
    b"\\ud800",
    b"[[[[[[[[",
    b"{\"a\":",
    b"name",
    b"shape",
    b"dtype",
    b"F64",
    b"BF16",
    b"data_offsets",
    b"format",
    b"parts",
    b"bytes",
    b"digest",
    b"vector",
    b"image",
    b"features",
    b"channels",
    b"height",
    b"width",
    b"table",
    b"number",
    b"category",
    b"categories",
    b"missing",
    b"\n",
];

fn configurations() -> Vec<Vec<u8>> {
    let mut names: Vec<String> = fs::read_dir(repository().join("configs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|of| of == "toml"))
        .collect();
    names.sort();
    let texts = names.iter().map(|name| shipped(name).into_bytes());
    texts.chain(files("corpus/configuration")).collect()
}

#[test]
fn configuration() {
    let target = Target {
        name: "configuration",
        read: readers::configuration,
        multiple: 800,
        besides: MIB,
        inputs: 4000,
    };
    target.fuzz(&configurations(), WORDS);
}

#[test]
fn overrides() {
    let target = Target {
        name: "overrides",
        read: readers::overrides,
        multiple: 800,
        besides: MIB,
        inputs: 8000,
    };
    target.fuzz(&[], WORDS);
}

#[test]
fn architecture() {
    let target = Target {
        name: "architecture",
        read: folders::architecture,
        multiple: 800,
        besides: MIB,
        inputs: 4000,
    };
    target.fuzz(&configurations(), WORDS);
}

#[test]
fn idx() {
    let target = Target {
        name: "idx",
        read: readers::idx,
        multiple: 8,
        // What is compressed can hold a thousand times as much, of which as much is taken as the header says.
        besides: MIB,
        inputs: 40_000,
    };
    target.fuzz(
        &[],
        &[
            b"\x1f\x8b\x08",
            b"\0\0\x08\x03",
            b"\0\0\x08\x01",
            b"\0\0\0\x01",
        ],
    );
}

#[test]
fn csv() {
    let target = Target {
        name: "csv",
        read: readers::csv,
        multiple: 200,
        besides: MIB,
        inputs: 8000,
    };
    let words: [&[u8]; 16] = [
        b",",
        b";",
        b"\t",
        b"|",
        b"\"",
        b"\"\"",
        b"\n",
        b"\r",
        b"\r\n",
        b"NA",
        b"?",
        b"nan",
        b"1e400",
        b"1,5",
        "\u{feff}".as_bytes(),
        b"\0",
    ];
    target.fuzz(&[], &words);
}

#[test]
fn image() {
    let target = Target {
        name: "image",
        read: readers::image,
        multiple: 64,
        // A file of a few bytes may say that it has 64 million pixels, which is where brecha stops: eight bytes each, twice.
        besides: 1 << 30,
        inputs: 4000,
    };
    let words: [&[u8]; 10] = [
        b"IHDR",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"PLTE",
        b"\xff\xd8",
        b"\xff\xda",
        b"\xff\xd9",
        b"VP8X",
        b"Exif\0\0",
    ];
    target.fuzz(&[], &words);
}

#[test]
fn container() {
    let target = Target {
        name: "container",
        read: readers::container,
        multiple: 64,
        besides: MIB,
        inputs: 20_000,
    };
    let whole = [&[1], &folders::RUN.checkpoint()[..]].concat();
    target.fuzz(&[whole], JSON);
}

#[test]
fn checkpoint() {
    let target = Target {
        name: "checkpoint",
        read: folders::checkpoint,
        multiple: 200,
        besides: 4 * MIB,
        inputs: 4000,
    };
    let words: [&[u8]; 8] = [
        b"network/",
        b"best/",
        b"frame/0/",
        b"losses/train",
        b"F64",
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x9f",
        b"\xfb\x7f\xf8\0\0\0\0\0\0",
    ];
    target.fuzz(&folders::checkpoint_parts(), &words);
}

#[test]
fn import() {
    let target = Target {
        name: "import",
        read: readers::import,
        multiple: 64,
        besides: MIB,
        inputs: 40_000,
    };
    target.fuzz(&[], JSON);
}

#[test]
fn metrics() {
    let target = Target {
        name: "metrics",
        read: folders::metrics,
        multiple: 64,
        besides: MIB,
        inputs: 10_000,
    };
    target.fuzz(&[folders::RUN.file("metrics.jsonl")], JSON);
}

#[test]
fn record() {
    let target = Target {
        name: "record",
        read: folders::record,
        multiple: 200,
        besides: MIB,
        inputs: 10_000,
    };
    target.fuzz(&[folders::RUN.file("run.json")], JSON);
}

#[test]
fn gradients() {
    let target = Target {
        name: "gradients",
        read: folders::gradients,
        multiple: 800,
        besides: MIB,
        inputs: 10_000,
    };
    target.fuzz(&[folders::RUN.file("gradients.csv")], &[b",", b"\"", b"\n"]);
}

#[test]
fn saved_model() {
    let target = Target {
        name: "saved-model",
        read: folders::saved_model,
        multiple: 800,
        besides: 4 * MIB,
        inputs: 4000,
    };
    target.fuzz(&folders::saved_files(), JSON);
}
