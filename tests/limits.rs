//! What a machine has too little of is said before a run begins, with both numbers, and leaves nothing behind.

use std::fs;
use std::process::Command;

use super::program::{Program, Ran, SMALL};

/// A thousand million weights: 16 GiB with gradients and moments.
const LARGE: &str = r#"seed = 1

[data]
source = { xor = { samples = 40, noise = 0.2 } }
split = { validation = 0.5 }

[model]
layers = [
  { dense = { units = 30000, activation = "relu" } },
  { dense = { units = 30000, activation = "relu" } },
  { dense = { units = 1 } },
]
loss = "mse"

[training]
epochs = 3
batch-size = 8
optimizer = { adam = {} }
"#;

/// Runs the program after `command`, which sets a limit.
fn limited(program: &Program, command: &[&str], arguments: &[&str]) -> Ran {
    let inner = program.command(arguments);
    let mut outer = Command::new(command[0]);
    outer
        .args(&command[1..])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(program.path(""));
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    program.ran(outer.output().unwrap())
}

/// Whether the commands that set limits are here, as they are where util-linux is.
fn can_limit() -> bool {
    let here = Command::new("prlimit").arg("--version").output().is_ok();
    assert!(
        here || std::env::var_os("CI").is_none(),
        "CI must have `prlimit`"
    );
    if !here {
        println!("skipped: there is no `prlimit` here");
    }
    here
}

#[track_caller]
fn says(ran: &Ran, all: &[&str]) {
    for part in all {
        assert!(
            ran.stderr.contains(part),
            "`{part}` is not in\n{}",
            ran.stderr
        );
    }
}

#[test]
fn a_network_that_does_not_fit_is_refused_with_both_numbers() {
    if !can_limit() {
        return;
    }
    let program = Program::with_config(LARGE);
    let ran = limited(
        &program,
        &["prlimit", "--as=8589934592"],
        &["--config", "config.toml"],
    )
    .fails_with(4);
    says(
        &ran,
        &[
            "error: this run needs about 13.4",
            "GiB of memory (parameters with gradients and moments 13.4",
            "are left: `ulimit -v` allows 8.000 GiB in all",
            "hint: use a smaller `training.batch-size`",
        ],
    );
    assert!(!program.path("artifacts").exists());
    for more in [&["--dry-run"][..], &["--overfit-one-batch"]] {
        let all = [&["--config", "config.toml"], more].concat();
        limited(&program, &["prlimit", "--as=8589934592"], &all).fails_with(4);
    }
}

#[test]
fn a_batch_that_does_not_fit_is_refused_too() {
    if !can_limit() {
        return;
    }
    // 40,000 samples of 60,000 values at once.
    let config = LARGE
        .replace("samples = 40,", "samples = 80000,")
        .replace(
            "{ dense = { units = 30000, activation = \"relu\" } },\n  { dense = { units = 30000",
            "{ dense = { units = 60000",
        )
        .replace("batch-size = 8", "batch-size = \"full\"");
    let program = Program::with_config(&config);
    let ran = limited(
        &program,
        &["prlimit", "--as=8589934592"],
        &["--config", "config.toml"],
    )
    .fails_with(4);
    says(&ran, &["values of a batch 8.9", "are left"]);
}

#[test]
fn too_few_open_files_are_said_before() {
    let program = Program::with_config(SMALL);
    let ran = limited(
        &program,
        &["prlimit", "--nofile=16:16"],
        &["--config", "config.toml"],
    )
    .fails_with(5);
    insta::assert_snapshot!("open_files", ran.transcript());
    assert!(!program.path("artifacts").exists());
    // What it asks for is enough.
    limited(
        &program,
        &["prlimit", "--nofile=32:32"],
        &[
            "--config",
            "config.toml",
            "--set",
            "training.checkpoint-every={ steps = 1 }",
        ],
    )
    .succeeds();
}

/// `root` may have as many processes as it likes, so another user is taken, who must be able to read the folder.
#[cfg(target_os = "linux")]
#[test]
fn too_few_threads_are_said_before() {
    use std::os::unix::fs::PermissionsExt;

    if !can_limit() {
        return;
    }
    let program = Program::with_config(SMALL);
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = vec!["prlimit", "--nproc=2:2"];
    if is_root {
        command.extend([
            "setpriv",
            "--reuid=54321",
            "--regid=54321",
            "--clear-groups",
        ]);
        fs::set_permissions(program.path(""), fs::Permissions::from_mode(0o777)).unwrap();
        // It has to be able to come to the program.
        let reaches = Command::new("setpriv")
            .args(["--reuid=54321", "--regid=54321", "--clear-groups"])
            .args([env!("CARGO_BIN_EXE_brecha"), "--version"])
            .output();
        if !reaches.is_ok_and(|output| output.status.success()) {
            println!("skipped: another user cannot run the program where it lies");
            return;
        }
    }
    let ran = limited(&program, &command, &["--config", "config.toml"]);
    assert_eq!(ran.code, Some(5), "{}", ran.transcript());
    says(
        &ran,
        &[
            "error: cannot start ",
            " threads: ",
            "(this user may have 2)",
            "hint: raise the limit",
        ],
    );
    assert!(!program.path("artifacts").exists());
}

/// A disk of 2 MiB, and a network whose checkpoints take more than that.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_without_room_for_checkpoints_is_refused() {
    let config = LARGE.replace("30000", "400");
    let program = Program::with_config(&config);
    fs::create_dir(program.path("small")).unwrap();
    let Some(ran) = super::faults::on_a_small_disk(
        &program,
        "small",
        "size=2m",
        "\"$@\"; code=$?; ls small; exit $code",
        &["--config", "config.toml", "--artifacts", "small"],
    ) else {
        return;
    };
    assert_eq!(ran.code, Some(5), "{}", ran.transcript());
    says(
        &ran,
        &[
            "error: only ",
            "are free in `small`, but this run needs ",
            "room for three checkpoints of ",
            "hint: make room, or choose another disk with `--artifacts DIRECTORY`",
        ],
    );
    assert_eq!(ran.stdout, "", "nothing is left on it");
}

/// 4 GiB of labels that nobody has written, and 60 images.
#[cfg(target_os = "linux")]
#[test]
fn labels_without_images_are_not_read() {
    let config = SMALL
        .replace(
            "{ xor = { samples = 40, noise = 0.2 } }",
            "{ idx = { images = \"images\", labels = \"labels\" } }",
        )
        .replace("layers = [", "layers = [\n  \"flatten\",")
        .replace("units = 1", "units = 2")
        .replace("\"mse\"", "\"cross-entropy\"");
    let program =
        Program::with_config(&config).file("images", super::program::idx_images(60, 5, 4));
    let count = u32::MAX;
    let mut labels = vec![0, 0, 8, 1];
    labels.extend(count.to_be_bytes());
    fs::write(program.path("labels"), labels).unwrap();
    let file = fs::File::options()
        .append(true)
        .open(program.path("labels"))
        .unwrap();
    file.set_len(8 + u64::from(count)).unwrap();
    let began = std::time::Instant::now();
    let ran = limited(
        &program,
        &["prlimit", "--as=4294967296"],
        &["--config", "config.toml"],
    )
    .fails_with(3);
    insta::assert_snapshot!("labels_without_images", ran.transcript());
    assert!(began.elapsed().as_secs() < 20, "it has read them");
}

/// One image of 60,000 × 60,000 pixels that nobody has written: less than `data.memory-limit`, more than there is.
#[cfg(target_os = "linux")]
#[test]
fn an_image_that_does_not_fit_is_not_read() {
    if !can_limit() {
        return;
    }
    let config = SMALL
        .replace(
            "{ xor = { samples = 40, noise = 0.2 } }",
            "{ idx = { images = \"images\", labels = \"labels\" } }",
        )
        .replace("layers = [", "layers = [\n  \"flatten\",")
        .replace("units = 1", "units = 2")
        .replace("\"mse\"", "\"cross-entropy\"");
    let mut images = vec![0, 0, 8, 3];
    for size in [1_u32, 60_000, 60_000] {
        images.extend(size.to_be_bytes());
    }
    let program = Program::with_config(&config)
        .file("images", images)
        .file("labels", super::program::idx_labels(1));
    let file = fs::File::options()
        .append(true)
        .open(program.path("images"))
        .unwrap();
    file.set_len(16 + 60_000 * 60_000).unwrap();
    let ran = limited(
        &program,
        &["prlimit", "--as=3000000000"],
        &["--config", "config.toml"],
    )
    .fails_with(3);
    says(
        &ran,
        &[
            "images` take 3.353 GiB, but only 2.",
            "of memory are left: `ulimit -v` allows 2.794 GiB in all",
        ],
    );
}
