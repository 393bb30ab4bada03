//! What goes wrong around a run: the disk, the folder, the terminal, the clock, threads, memory. Each time the exit code, what is said, and
//! that nothing is lost.
//!
//! Killed processes are in `killing`, signals in `stopping`, devices in `backends`, what is missing before a run begins in `limits`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::program::{Program, Ran, SMALL};
use super::resuming::numbers;

/// A run of some thousand steps with a checkpoint behind each.
const EVERY_STEP: [&str; 4] = [
    "--set",
    "training.checkpoint-every={ steps = 1 }",
    "--set",
    "training.batch-size=4",
];

/// The command in a shell of its own, as root of its own mounts, with a new disk of this size mounted on `folder`. `script` gets the
/// command as `"$@"`. `None` where the system does not allow that.
#[cfg(target_os = "linux")]
pub fn on_a_small_disk(
    program: &Program,
    folder: &str,
    options: &str,
    script: &str,
    arguments: &[&str],
) -> Option<Ran> {
    let allowed = Command::new("unshare")
        .args(["-rm", "mount", "-t", "tmpfs", "tmpfs"])
        .arg(program.path(folder))
        .output()
        .is_ok_and(|output| output.status.success());
    if !allowed {
        println!("skipped: no disk of its own can be mounted here");
        return None;
    }
    let inner = program.command(arguments);
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c"])
        .arg(format!(
            "mount -t tmpfs -o {options} tmpfs {folder} || exit 99; {script}"
        ))
        .arg("sh")
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(program.path(""))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Some(program.ran(output))
}

/// Files below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[track_caller]
fn nothing_half_written(folder: &Path) {
    let files = below(folder);
    assert!(!files.is_empty(), "{} is empty", folder.display());
    for path in files {
        assert!(
            path.extension().is_none_or(|extension| extension != "tmp"),
            "{}",
            path.display()
        );
    }
}

/// Waits until the run has so many rows.
fn wait_for_rows(program: &Program, run: &str, rows: usize) {
    let began = Instant::now();
    let path = program.path(&format!("artifacts/{run}/metrics.jsonl"));
    let lines = || {
        fs::read_to_string(&path)
            .unwrap_or_default()
            .lines()
            .count()
    };
    while lines() < rows {
        assert!(began.elapsed() < Duration::from_mins(1), "no row");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
mod disk {
    use super::*;

    /// The disk fills up while the run goes on; with room again it goes on as if it had never been full.
    #[test]
    fn a_disk_that_fills_up_ends_the_run_and_loses_nothing() {
        let program = Program::with_config(&SMALL.replace("epochs = 3", "epochs = 300"));
        let all = [
            &["--config", "config.toml", "--no-report", "--resume"],
            &EVERY_STEP[..],
        ]
        .concat();
        program
            .run(&[&all[..], &["--name", "whole"]].concat())
            .succeeds();
        fs::create_dir(program.path("disk")).unwrap();
        fs::create_dir(program.path("full")).unwrap();
        let script = "dd if=/dev/zero of=disk/filler bs=1k count=650 2>/dev/null; \
                      \"$@\"; echo first $?; cp -r disk/part full/; \
                      rm disk/filler; mount -o remount,size=64m disk; \
                      \"$@\"; echo second $?; cp -r disk/part artifacts/";
        let arguments = [&all[..], &["--name", "part", "--artifacts", "disk"]].concat();
        let Some(ran) = on_a_small_disk(&program, "disk", "size=1m", script, &arguments) else {
            return;
        };
        let said = ran.transcript();
        assert!(said.contains("first 5\n"), "{said}");
        assert!(said.contains("No space left on device"), "{said}");
        assert!(said.contains("second 0"), "{said}");
        nothing_half_written(&program.path("full/part"));
        // The rows that are there are whole but for the last, and a checkpoint is.
        let rows = program.read("full/part/metrics.jsonl");
        let whole: Vec<&str> = rows
            .split_inclusive('\n')
            .filter(|row| row.ends_with('\n'))
            .collect();
        assert!(whole.len() > 2, "{rows}");
        for row in whole {
            serde_json::from_str::<serde_json::Value>(row).unwrap();
        }
        assert!(said.contains("goes on with `disk/part` behind "), "{said}");
        assert!(numbers(&program, "part") == numbers(&program, "whole"));
    }

    /// What a loss of power can leave depends on the order: the content before the name, the name before the next step.
    #[test]
    fn files_reach_the_disk_before_their_names_do() {
        let program = Program::with_config(SMALL);
        let arguments = [&["--config", "config.toml", "--no-report"], &EVERY_STEP[..]].concat();
        let inner = program.command(&arguments);
        let output = Command::new("strace")
            .args(["-f", "-qq", "-y", "-s", "4096", "-o"])
            .arg(program.path("trace"))
            .args(["-e", "trace=fsync,fdatasync,rename,renameat,renameat2"])
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(program.path(""))
            .output();
        if !output.is_ok_and(|output| output.status.success()) {
            println!("skipped: `strace` is not here, or may not trace");
            return;
        }
        let trace = program.read("trace");
        let calls: Vec<&str> = trace.lines().collect();
        let syncs = |call: &str, path: &str| call.contains("sync(") && call.contains(path);
        let mut renamed = 0;
        for (place, call) in calls.iter().enumerate() {
            if !call.contains("rename") || !call.contains(".tmp\"") {
                continue;
            }
            let from = call
                .split('"')
                .find(|text| {
                    Path::new(text)
                        .extension()
                        .is_some_and(|kind| kind == "tmp")
                })
                .unwrap();
            let name = from.rsplit('/').next().unwrap();
            let folder = Path::new(from).parent().unwrap().display().to_string();
            let before = calls[..place]
                .iter()
                .any(|call| syncs(call, &format!("/{name}>")));
            let behind = calls[place..]
                .iter()
                .any(|call| syncs(call, &format!("{folder}>")));
            assert!(before, "{from} is renamed and not synced before");
            assert!(behind, "the folder of {from} is not synced");
            renamed += 1;
        }
        // A checkpoint behind each of 15 steps but those that come too fast, the record, the weights.
        assert!(renamed > 10, "{trace}");
    }

    #[test]
    fn a_disk_that_only_can_be_read_is_named() {
        let program = Program::with_config(SMALL);
        fs::create_dir(program.path("disk")).unwrap();
        let arguments = ["--config", "config.toml", "--artifacts", "disk"];
        let Some(ran) = on_a_small_disk(&program, "disk", "ro", "\"$@\"", &arguments) else {
            return;
        };
        let ran = ran.fails_with(5);
        assert!(
            ran.stderr
                .contains("error: cannot create `disk/config`: Read-only file system"),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stderr
                .contains("hint: choose another folder for the runs"),
            "{}",
            ran.stderr
        );
        // A run there can be looked at all the same.
        program.train(&["--no-report"]).succeeds();
        let script = "mount -o remount,rw disk; cp -r artifacts/config disk/; mount -o remount,ro disk; \"$@\"";
        for (arguments, code) in [
            (&["runs", "disk"][..], 0),
            (&["evaluate", "disk/config"], 0),
            (&["verify", "disk/config"], 0),
            (
                &["--resume", "disk/config", "--set", "training.epochs=5"],
                5,
            ),
            (&["report", "disk/config"], 5),
        ] {
            let ran = on_a_small_disk(&program, "disk", "ro", script, arguments).unwrap();
            assert_eq!(ran.code, Some(code), "{arguments:?}\n{}", ran.transcript());
        }
    }
}

#[test]
fn a_folder_that_vanishes_is_noticed_and_not_made_again() {
    let program = Program::with_config(&SMALL.replace("epochs = 3", "epochs = 3000000"));
    let child = program
        .command(&[&["--config", "config.toml", "--no-report"], &EVERY_STEP[..]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_rows(&program, "config", 3);
    // Something may be written into it meanwhile.
    while fs::remove_dir_all(program.path("artifacts")).is_err() {}
    // Nobody tells it.
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{said}");
    // Before a checkpoint is written, while it is, or before it is read back.
    let refused = [
        "error: cannot create `artifacts/config/checkpoints",
        "error: cannot write `artifacts/config/checkpoints",
        "error: `artifacts/config/checkpoints",
    ];
    assert!(
        refused.iter().any(|refused| said.contains(refused)),
        "{said}"
    );
    assert!(!program.path("artifacts").exists());
}

/// A checkpoint that the disk loses or changes between writing and reading it back ends the run; the older ones stay.
#[test]
fn a_checkpoint_that_does_not_come_back_is_not_believed() {
    let program = Program::with_config(SMALL);
    let all = [&["--config", "config.toml", "--no-report"], &EVERY_STEP[..]].concat();
    program
        .run(&[&all[..], &["--name", "whole"]].concat())
        .succeeds();
    let change = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        let at = bytes.len() - 9;
        bytes[at] ^= 0x10;
        fs::write(path, bytes).unwrap();
    };
    for name in ["changed", "removed"] {
        // It waits for three seconds before it reads the third, and until then no older one is removed.
        let child = program
            .command(&[&all[..], &["--name", name]].concat())
            .env("BRECHA_FAIL_POINT", "unread:3")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let run = program.path(&format!("artifacts/{name}"));
        while checkpoints(&run).len() < 3 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let third = newest(&run);
        if name == "changed" {
            change(&third);
        } else {
            fs::remove_file(&third).unwrap();
        }
        let ran = program.ran(child.wait_with_output().unwrap()).fails_with(5);
        let told = "is not on the disk as it was written: ";
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
        let resumed = program
            .run(&["--resume", &format!("artifacts/{name}"), "--no-report"])
            .succeeds();
        let warned = resumed.stderr.contains("` is not used: ");
        assert_eq!(warned, name == "changed", "{}", resumed.stderr);
        assert!(
            numbers(&program, name) == numbers(&program, "whole"),
            "{name} is another run"
        );
    }
}

/// The files of a run's `checkpoints/`, but for those half written.
fn checkpoints(run: &Path) -> Vec<PathBuf> {
    let files = below(&run.join("checkpoints")).into_iter();
    files
        .filter(|path| path.extension().is_some_and(|kind| kind == "checkpoint"))
        .collect()
}

/// The newest of them.
fn newest(run: &Path) -> PathBuf {
    checkpoints(run).into_iter().max().unwrap()
}

fn copy(from: &Path, to: &Path) {
    for file in below(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, target).unwrap();
    }
}

#[test]
fn whatever_is_wrong_with_the_newest_checkpoint_an_older_one_is_taken() {
    let program = Program::with_config(&SMALL.replace("epochs = 3", "epochs = 6"));
    let all = [&["--config", "config.toml", "--no-report"], &EVERY_STEP[..]].concat();
    program
        .run(&[&all[..], &["--name", "whole"]].concat())
        .succeeds();
    let died = program
        .command(&[&all[..], &["--name", "died"]].concat())
        .env("BRECHA_FAIL_POINT", "row:4")
        .output()
        .unwrap();
    assert_eq!(died.status.code(), None);
    let died = program.path("artifacts/died");
    let bytes = fs::read(newest(&died)).unwrap();
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    // The header's own digest is right, and it names another format.
    let next_format = {
        use sha2::Digest;
        let mut bytes = bytes.clone();
        assert!(bytes[58..].starts_with(b"{\"format\":1,"));
        bytes[68] = b'2';
        let length = u64::from_le_bytes(bytes[18..26].try_into().unwrap()) as usize;
        let digest = sha2::Sha256::digest(&bytes[58..58 + length]);
        bytes[26..58].copy_from_slice(&digest);
        bytes
    };
    let length = bytes.len();
    for (name, damaged, reason) in [
        ("empty", Vec::new(), "it is no checkpoint"),
        (
            "short",
            bytes[..30].to_vec(),
            "it has 30 bytes, and should have",
        ),
        (
            "half",
            bytes[..length / 2].to_vec(),
            "bytes, and should have",
        ),
        (
            "long",
            [&bytes[..], b"more"].concat(),
            "bytes, and should have",
        ),
        ("magic", flipped(3), "it is no checkpoint"),
        ("length", flipped(24), "its header cannot be read: it has"),
        ("digest", flipped(40), "its header is damaged"),
        ("header", flipped(70), "its header is damaged"),
        ("body", flipped(length - 9), "its tensors is damaged"),
        (
            "format",
            next_format,
            "it is of format 2, and this program reads format 1",
        ),
        (
            "pickle",
            b"PK\x03\x04pickle".to_vec(),
            "it is no checkpoint",
        ),
    ] {
        let run = program.path(&format!("artifacts/{name}"));
        copy(&died, &run);
        let damaged_file = newest(&run);
        fs::write(&damaged_file, damaged).unwrap();
        let ran = program
            .run(&["--resume", &format!("artifacts/{name}"), "--no-report"])
            .succeeds();
        let file = damaged_file.file_name().unwrap().display().to_string();
        let warning = format!("{file}` is not used: ");
        assert!(ran.stderr.contains(&warning), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(reason), "{name}: {}", ran.stderr);
        assert!(
            numbers(&program, name) == numbers(&program, "whole"),
            "{name} is another run"
        );
    }
}

#[cfg(unix)]
mod signals {
    use super::*;

    fn send(process: u32, signal: &str) {
        let status = Command::new("kill")
            .args([signal, &process.to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    #[test]
    fn a_run_that_is_terminated_goes_on_as_if_it_had_not_been() {
        let config = SMALL
            .replace("epochs = 3", "epochs = 3000")
            .replace("\"full\"", "4");
        let program = Program::with_config(&config);
        let all = [
            "--config",
            "config.toml",
            "--no-report",
            "--resume",
            "--name",
        ];
        program.run(&[&all[..], &["whole"]].concat()).succeeds();
        let mut stopped = 0;
        for (signal, code) in [("-TERM", 143), ("-INT", 130), ("-TERM", 143)] {
            let inner = program.command(&[&all[..], &["part"]].concat());
            // The tests may run where some are ignored.
            let mut child = Command::new("env")
                .arg("--default-signal=INT,TERM,HUP")
                .arg(inner.get_program())
                .args(inner.get_args())
                .current_dir(program.path(""))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            wait_for_rows(&program, "part", 1);
            std::thread::sleep(Duration::from_millis(150));
            send(child.id(), signal);
            match child.wait().unwrap().code() {
                Some(0) => break,
                ended => assert_eq!(ended, Some(code)),
            }
            assert_eq!(program.record("part")["status"], "interrupted");
            stopped += 1;
        }
        assert!(stopped > 0, "the run was over before the first signal");
        program.run(&[&all[..], &["part"]].concat()).succeeds();
        assert!(numbers(&program, "part") == numbers(&program, "whole"));
    }

    #[test]
    fn the_second_signal_ends_at_once_and_the_run_can_go_on() {
        // Behind the first signal there is still much to do: what was learned is measured on all samples.
        let config = SMALL
            .replace("samples = 40", "samples = 200000")
            .replace("units = 4", "units = 256")
            .replace("\"full\"", "64");
        let program = Program::with_config(&config);
        let every = ["--set", "training.checkpoint-every={ steps = 1 }"];
        let arguments = [&["--config", "config.toml", "--no-report"], &every[..]].concat();
        let inner = program.command(&arguments);
        let mut child = Command::new("env")
            .arg("--default-signal=INT,TERM,HUP")
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(program.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while below(&program.path("artifacts/config/checkpoints")).len() < 2 {
            assert!(began.elapsed() < Duration::from_mins(1), "no checkpoint");
            std::thread::sleep(Duration::from_millis(5));
        }
        send(child.id(), "-INT");
        std::thread::sleep(Duration::from_millis(30));
        send(child.id(), "-INT");
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let ran = program
            .run(&["--resume", "artifacts/config", "--dry-run"])
            .code;
        assert_eq!(ran, Some(2), "a dry run goes on with nothing");
        let listed = program.run(&["runs"]).succeeds();
        assert!(
            listed.stdout.contains("crashed") || listed.stdout.contains("interrupted"),
            "{}",
            listed.stdout
        );
        let whole = newest(&program.path("artifacts/config"));
        assert!(fs::metadata(whole).unwrap().len() > 1000);
    }
}

#[cfg(unix)]
mod streams {
    use super::*;

    fn shell(program: &Program, script: &str) -> Ran {
        let output = Command::new("bash")
            .args(["-c", script, env!("CARGO_BIN_EXE_brecha")])
            .current_dir(program.path(""))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        program.ran(output)
    }

    #[test]
    fn readers_that_leave_and_streams_that_are_closed_stop_nothing() {
        let program = Program::with_config(SMALL);
        for script in [
            "set -o pipefail; \"$0\" --config config.toml --no-report 2>&1 | true; exit ${PIPESTATUS[0]}",
            "\"$0\" --config config.toml --no-report >&-",
            "\"$0\" --config config.toml --no-report >&- 2>&- <&-",
            "\"$0\" config reference | head -1 >/dev/null; exit ${PIPESTATUS[0]}",
            "\"$0\" backends | true; exit ${PIPESTATUS[0]}",
            "\"$0\" --help | true; exit ${PIPESTATUS[0]}",
        ] {
            let ran = shell(&program, script);
            assert_eq!(ran.code, Some(0), "{script}\n{}", ran.transcript());
            assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        }
        for run in ["config", "config-2", "config-3"] {
            assert_eq!(program.record(run)["status"], "finished");
        }
        let ran = shell(
            &program,
            "\"$0\" runs | head -1 >/dev/null; exit ${PIPESTATUS[0]}",
        );
        assert_eq!(ran.code, Some(0), "{}", ran.transcript());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_output_that_is_full_is_said_and_the_run_is_saved() {
        let program = Program::with_config(SMALL);
        let ran = shell(
            &program,
            "\"$0\" --config config.toml --no-report >/dev/full",
        )
        .fails_with(5);
        assert!(
            ran.stderr
                .contains("error: cannot write to `standard output`: No space left on device"),
            "{}",
            ran.stderr
        );
        assert_eq!(program.record("config")["status"], "finished");
        // Progress that nobody can read is no reason to end.
        let ran = shell(
            &program,
            "\"$0\" --config config.toml --no-report 2>/dev/full",
        );
        ran.succeeds();
    }

    /// `script` (util-linux) makes a terminal, in which a shell makes it narrow.
    #[test]
    fn a_narrow_terminal_and_one_without_colours() {
        let program = Program::with_config(SMALL);
        for settings in [
            "stty cols 20 rows 5;",
            "stty cols 1 rows 1;",
            "export NO_COLOR=1 TERM=dumb;",
        ] {
            let command = format!(
                "{settings} exec {} --config config.toml --set training.epochs=200",
                env!("CARGO_BIN_EXE_brecha")
            );
            let output = Command::new("script")
                .args(["--quiet", "--return", "--command", &command, "/dev/null"])
                .current_dir(program.path(""))
                .stdin(Stdio::null())
                .output();
            let Ok(output) = output else {
                assert!(std::env::var_os("CI").is_none(), "CI must have `script`");
                println!("skipped: there is no `script` here to make a terminal");
                return;
            };
            let shown = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(0), "{settings} {shown}");
            assert!(shown.contains("verdict"), "{settings} {shown}");
            if settings.contains("NO_COLOR") {
                assert!(!shown.contains("\u{1b}[1;3"), "{shown}");
            }
        }
    }
}

/// A panic is a mistake of ours; the run says that it failed, and what was kept before is there.
#[test]
fn a_panic_in_any_thread_fails_the_run_and_keeps_what_there_was() {
    let config = SMALL.replace("epochs = 3", "epochs = 5");
    let program = Program::with_config(&config);
    let all = [&["--config", "config.toml", "--no-report"], &EVERY_STEP[..]].concat();
    program
        .run(&[&all[..], &["--name", "whole"]].concat())
        .succeeds();
    for (run, place) in [("in-the-loop", "step:12"), ("in-the-writer", "keeping:9")] {
        let output = program
            .command(&[&all[..], &["--name", run]].concat())
            .env("BRECHA_FAIL_POINT", place)
            .output()
            .unwrap();
        let ran = program.ran(output).fails_with(101);
        assert!(
            ran.stderr.contains("This is a bug in brecha"),
            "{}",
            ran.stderr
        );
        let record = program.record(run);
        assert_eq!(record["status"], "failed", "{place}");
        assert_eq!(record["error"], "the program ended before the run did");
        assert!(!below(&program.path(&format!("artifacts/{run}/checkpoints"))).is_empty());
        nothing_half_written(&program.path(&format!("artifacts/{run}")));
        program
            .run(&["--resume", &format!("artifacts/{run}"), "--no-report"])
            .succeeds();
        assert!(
            numbers(&program, run) == numbers(&program, "whole"),
            "{place}"
        );
    }
}

/// The threads that decode images: there is no run yet, and none is left behind.
#[test]
fn a_panic_while_images_are_decoded_begins_no_run() {
    let config = SMALL
        .replace(
            "{ xor = { samples = 40, noise = 0.2 } }",
            "{ image-folder = { directory = \"pets\", channels = 1 } }",
        )
        .replace("layers = [", "layers = [\n  \"flatten\",")
        .replace("units = 1", "units = 2")
        .replace("\"mse\"", "\"cross-entropy\"");
    let mut program = Program::with_config(&config);
    for number in 0..8_u8 {
        let image =
            image::GrayImage::from_fn(4, 4, |x, y| image::Luma([(x * 40 + y * 10) as u8 ^ number]));
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        let class = ["cat", "dog"][usize::from(number % 2)];
        program = program.file(&format!("pets/{class}/{number}.png"), bytes.into_inner());
    }
    let output = program
        .command(&["--config", "config.toml"])
        .env("BRECHA_FAIL_POINT", "decoding:3")
        .output()
        .unwrap();
    let ran = program.ran(output).fails_with(101);
    assert!(
        ran.stderr.contains("a test wanted a panic at `decoding`"),
        "{}",
        ran.stderr
    );
    assert!(!program.path("artifacts").exists());
    program.train(&[]).succeeds();
}

/// Measuring takes more memory than there is: the allocator ends the process, as the kernel would. What was kept before is there.
#[cfg(target_os = "linux")]
#[test]
fn a_run_without_memory_crashes_and_goes_on_where_there_is_more() {
    let config = r#"seed = 1

[data]
source = { xor = { samples = 60000, noise = 0.2 } }
split = { validation = 0.5 }
leakage = "off"

[model]
layers = [
  { dense = { units = 1000, activation = "tanh" } },
  { dense = { units = 1, activation = "tanh" } },
]
loss = "mse"

[evaluation]
batch-size = 30000

[training]
epochs = 1
batch-size = 64
optimizer = { sgd = { learning-rate = 0.05 } }
checkpoint-every = { steps = 20 }
"#;
    let program = Program::with_config(config);
    // How much the program has mapped before it computes depends on the number of cores.
    let crashed = [450, 600, 800, 1100, 1500, 2000, 3000]
        .into_iter()
        .find(|megabytes| {
            let _ = fs::remove_dir_all(program.path("artifacts"));
            let inner = program.command(&["--config", "config.toml", "--no-report"]);
            let output = Command::new("prlimit")
                .arg(format!("--as={}", megabytes * 1_000_000_u64))
                .arg(inner.get_program())
                .args(inner.get_args())
                .current_dir(program.path(""))
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            output.status.code().is_none()
                && said.contains("memory allocation of ")
                && !below(&program.path("artifacts/config/checkpoints")).is_empty()
        });
    assert!(crashed.is_some(), "it never ran out of memory");
    assert_eq!(program.record("config")["status"], "running");
    let listed = program.run(&["runs"]).succeeds();
    assert!(listed.stdout.contains("  crashed  "), "{}", listed.stdout);
    let ran = program
        .run(&["--resume", "artifacts/config", "--no-report"])
        .succeeds();
    assert!(
        ran.stderr
            .contains("goes on with `artifacts/config` behind"),
        "{}",
        ran.stderr
    );
    assert_eq!(program.record("config")["status"], "finished");
    assert_eq!(program.rows("config").len(), 1);
}

#[test]
fn a_slow_disk_is_said_to_be_slow() {
    let program = Program::with_config(SMALL);
    let output = program
        .command(&[&["--config", "config.toml", "--no-report"], &EVERY_STEP[..]].concat())
        .env("BRECHA_FAIL_POINT", "slow:2")
        .output()
        .unwrap();
    let ran = program.ran(output).succeeds();
    assert_eq!(
        ran.stderr
            .matches("waiting for the disk, which takes long")
            .count(),
        1,
        "{}",
        ran.stderr
    );
}

#[test]
fn two_sweeps_at_once_do_not_share_a_folder() {
    let sweep = format!("{SMALL}[sweep]\nseeds = 4\n").replace("epochs = 3", "epochs = 3000");
    let program = Program::with_config(&sweep);
    let arguments = ["sweep", "--config", "config.toml", "--jobs", "1"];
    let mut first = program
        .command(&arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while below(&program.path("artifacts/config.sweep/runs")).is_empty() {
        assert!(began.elapsed() < Duration::from_mins(1), "no run");
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = program.run(&arguments).fails_with(5);
    let expected = format!("is being written by process {}", first.id());
    assert!(second.stderr.contains(&expected), "{}", second.stderr);
    assert!(first.wait().unwrap().success());
    program.run(&arguments).succeeds();
}

mod clock {
    use super::*;

    /// The wall clock is a label: in these files, and nowhere else. Durations and pauses are of the monotonic one.
    #[test]
    fn the_wall_clock_labels_and_measures_nothing() {
        const LABELS: [&str; 4] = [
            // How old a run is.
            "src/commands/runs.rs",
            "src/commands/watch/runs.rs",
            // When a run began and ended.
            "src/report/record.rs",
            // When an event was written.
            "src/report/tensorboard/event_file.rs",
        ];
        let root = super::super::program::repository();
        let found: Vec<String> = below(&root.join("src"))
            .into_iter()
            .filter(|path| path.extension().is_some_and(|kind| kind == "rs"))
            .filter(|path| {
                let text = fs::read_to_string(path).unwrap();
                ["SystemTime::now", "Timestamp::now", "Zoned::now"]
                    .iter()
                    .any(|name| text.contains(name))
            })
            .map(|path| path.strip_prefix(root).unwrap().display().to_string())
            .filter(|path| !LABELS.contains(&path.as_str()))
            .collect();
        assert!(found.is_empty(), "{found:?}");
    }

    /// Ages are by the clock, which may have been set back since.
    #[test]
    fn a_run_from_the_future_is_listed() {
        let program = Program::with_config(SMALL);
        program.train(&["--no-report"]).succeeds();
        let file = fs::File::options()
            .append(true)
            .open(program.path("artifacts/config/metrics.jsonl"))
            .unwrap();
        file.set_modified(std::time::SystemTime::now() + Duration::from_secs(31_000_000))
            .unwrap();
        let ran = program.run(&["runs"]).succeeds();
        assert!(
            ran.stdout.contains("finished") && ran.stdout.contains("now"),
            "{}",
            ran.stdout
        );
    }

    /// A clock that jumps back a year while the run goes on (libfaketime, where it is installed).
    #[cfg(target_os = "linux")]
    #[test]
    fn a_clock_that_jumps_changes_neither_numbers_nor_durations() {
        let library = [
            "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
            "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
            "/usr/lib64/faketime/libfaketime.so.1",
        ]
        .into_iter()
        .find(|path| Path::new(path).exists());
        let Some(library) = library else {
            println!("skipped: there is no libfaketime here");
            return;
        };
        let program = Program::with_config(&SMALL.replace("epochs = 3", "epochs = 200"));
        let all = ["--config", "config.toml", "--no-report", "--name"];
        program.run(&[&all[..], &["whole"]].concat()).succeeds();
        fs::write(program.path("time"), "+0").unwrap();
        let command = || {
            let mut command = program.command(&[&all[..], &["jumped"]].concat());
            command
                .env("LD_PRELOAD", library)
                .env("FAKETIME_TIMESTAMP_FILE", program.path("time"))
                .env("FAKETIME_NO_CACHE", "1")
                // The monotonic clock is the one that does not jump.
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command
        };
        let mut child = command().spawn().unwrap();
        wait_for_rows(&program, "jumped", 1);
        fs::write(program.path("time"), "-365d").unwrap();
        assert!(child.wait().unwrap().success());
        assert!(numbers(&program, "jumped") == numbers(&program, "whole"));
        let record = program.record("jumped");
        let (started, ended) = (record["started"].as_str(), record["ended"].as_str());
        assert!(
            ended < started,
            "the clock has not jumped: {started:?} {ended:?}"
        );
        let seconds = |row: &serde_json::Value| row["seconds"].as_f64().unwrap();
        assert!(
            program
                .rows("jumped")
                .iter()
                .all(|row| (0.0..60.0).contains(&seconds(row)))
        );
        assert!((0.0..60.0).contains(&record["seconds"]["total"].as_f64().unwrap()));
    }
}
