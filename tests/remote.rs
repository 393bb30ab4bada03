//! A device elsewhere, which here is another process behind the loopback: `cargo test --features remote --test main remote`.

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::program::{Program, Ran, SMALL};

const TOKEN: &str = "a token of the tests, and of nobody else";

/// A convolutional network: shapes that need many operations.
const IMAGES: &str = r#"seed = 7

[data]
source = "digits"
split = { validation = 0.2, test = 0.2, training-samples = 90 }

[model]
layers = [
  { conv2d = { filters = 4, kernel = 3, padding = "same", activation = "relu" } },
  { batch-norm = {} },
  { max-pool = { size = 2 } },
  { dropout = { rate = 0.2 } },
  "flatten",
  { dense = { units = 10 } },
]
loss = "cross-entropy"

[training]
epochs = 2
batch-size = 16
optimizer = { adam = { learning-rate = 0.01 } }

[evaluation]
baselines = "off"
"#;

/// A process that offers a device, until it is dropped.
struct Server {
    process: Child,
    /// For `backend`.
    address: String,
}

impl Server {
    fn start(program: &Program, backend: &str, listen: &str) -> Self {
        Self::of(program.command(&["serve-device", "--backend", backend, "--listen", listen]))
    }

    fn of(mut command: Command) -> Self {
        let process = command
            .env("BRECHA_TOKEN", TOKEN)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut process = process.unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| {
                let (_, rest) = line.split_once("backend = { remote = \"")?;
                Some(rest.split_once('"')?.0.replace("HOST", "127.0.0.1"))
            })
            .expect("the server says its address");
        if !address.starts_with("ws://") {
            // It has said so before it listens.
            let listens = |line: &std::io::Result<String>| {
                line.as_ref().unwrap().contains("serving over Iroh")
            };
            assert!(lines.any(|line| listens(&line)), "it never listened");
        }
        // So that its log never fills the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }

    fn backend(&self) -> String {
        format!("backend={{ remote = \"{}\" }}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that is free, or was a moment ago.
fn free_port() -> u16 {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.local_addr().unwrap().port()
}

fn with_token(config: &str) -> Program {
    Program::with_config(config).environment("BRECHA_TOKEN", TOKEN)
}

/// Losses of every epoch, and the running one, whose first is that of the first steps.
fn losses(program: &Program, name: &str) -> Vec<f64> {
    let columns = ["running_loss", "train_loss", "validation_loss"];
    let of_row = |row: serde_json::Value| columns.map(|column| row[column].as_f64().unwrap());
    program.rows(name).into_iter().flat_map(of_row).collect()
}

/// The same operations of burn on the same processor: what differs is only where they are asked for.
#[track_caller]
fn trains_as_here(listen: &str, how: &str) {
    let program = with_token(IMAGES);
    let here = ["--name", "here", "--set", "kernels=burn"];
    program.train(&here).succeeds();
    let server = Server::start(&program, "flex", listen);
    let backend = server.backend();
    let ran = program.train(&["--name", "there", "--set", &backend]);
    let ran = ran.succeeds();
    assert!(
        ran.stderr.contains("backend  remote, flex, CPU, ") && ran.stderr.contains(how),
        "{}",
        ran.stderr
    );
    let (here, there) = (losses(&program, "here"), losses(&program, "there"));
    let difference = here.iter().zip(&there).map(|(a, b)| (a - b).abs());
    // Seen is 0; other sums in another order are allowed for.
    let largest = difference.fold(0.0, f64::max);
    assert!(largest < 1e-6, "{largest:e}: {there:?}, here {here:?}");
    let record = program.record("there");
    assert_eq!(record["backend"]["name"], "remote");
    assert_eq!(record["gradients"]["failed"], 0, "{}", record["gradients"]);
    assert!(!record.to_string().contains(TOKEN));
    assert!(!program.read("artifacts/there/config.toml").contains(TOKEN));
    // It is there for the next one.
    program
        .train(&["--name", "again", "--set", &backend])
        .succeeds();
}

#[test]
fn remote_plain_on_this_machine() {
    trains_as_here("ws://127.0.0.1:0", "unencrypted");
}

#[test]
fn remote_encrypted() {
    let listen = format!("0.0.0.0:{}", free_port());
    trains_as_here(&listen, ", encrypted");
}

#[test]
fn remote_gpu() {
    let program = with_token(SMALL);
    let listed = program.run(&["backends", "--json"]).succeeds();
    let backends: Vec<serde_json::Value> = serde_json::from_str(&listed.stdout).unwrap();
    let wgpu = backends.iter().find(|backend| backend["name"] == "wgpu");
    if wgpu.unwrap()["device"].is_null() {
        assert!(std::env::var_os("CI").is_none(), "CI must have a device");
        println!("skipped: wgpu has no device here");
        return;
    }
    program.train(&["--name", "here"]).succeeds();
    let server = Server::start(&program, "wgpu", "ws://127.0.0.1:0");
    let there = ["--name", "there", "--set", &server.backend()];
    program.train(&there).succeeds();
    let (here, there) = (losses(&program, "here"), losses(&program, "there"));
    // As of back ends beside each other: tests/backends.rs.
    let first = (there[0] / here[0] - 1.0).abs();
    assert!(first < 1e-5, "{there:?}, here {here:?}");
}

#[test]
fn remote_server_killed_in_the_middle() {
    let program = with_token(&IMAGES.replace("epochs = 2", "epochs = 400"));
    let mut server = Server::start(&program, "flex", "ws://127.0.0.1:0");
    let backend = server.backend();
    let arguments = [
        "--config",
        "config.toml",
        "--set",
        &backend,
        "--set",
        "training.checkpoint-every={ steps = 3 }",
        "--no-report",
    ];
    let mut command = program.command(&arguments);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let checkpoints = program.path("artifacts/config/checkpoints");
    let began = Instant::now();
    let count = || std::fs::read_dir(&checkpoints).map_or(0, Iterator::count);
    while count() < 2 {
        assert!(began.elapsed() < Duration::from_mins(2), "no checkpoint");
        std::thread::sleep(Duration::from_millis(20));
    }
    server.process.kill().unwrap();
    let ran = program.ran(child.wait_with_output().unwrap());
    let ran = ran.fails_with(4);
    assert!(
        ran.stderr.contains(&format!(
            "error: the device failed while training: the connection to the device at `{}` has ended",
            server.address
        )) && ran
            .stderr
            .contains("`brecha --resume RUN --backend flex`"),
        "{}",
        ran.stderr
    );
    assert_eq!(program.record("config")["status"], "failed");
    let resume = [
        "--resume",
        "artifacts/config",
        "--backend",
        "flex",
        "--set",
        "training.epochs=400",
        "--set",
        "training.early-stopping={ patience = 1 }",
        "--no-report",
    ];
    let ran = program.run(&resume).succeeds();
    assert!(
        ran.stderr
            .contains("the run was on remote until here and goes on on flex"),
        "{}",
        ran.stderr
    );
    assert_eq!(program.record("config")["status"], "finished");
}

#[test]
fn remote_tokens() {
    let program = Program::with_config(SMALL);
    let server = Server::start(&program, "flex", "ws://127.0.0.1:0");
    let backend = server.backend();
    let steady = |ran: &Ran| ran.transcript().replace(&server.address, "[address]");
    let ran = program.train(&["--set", &backend]).fails_with(2);
    insta::assert_snapshot!("remote_without_a_token", steady(&ran));
    for (name, token, code) in [
        ("remote_token_wrong", "not the token that it has", 4),
        ("remote_token_short", "short", 2),
    ] {
        let program = Program::with_config(SMALL).environment("BRECHA_TOKEN", token);
        let ran = program.train(&["--set", &backend]).fails_with(code);
        insta::assert_snapshot!(name, steady(&ran));
        assert!(!program.path("artifacts").exists());
        assert!(!ran.stderr.contains(token));
    }
    // From a file, with the end of its line.
    let program = program
        .file("token", format!("{TOKEN}\n"))
        .environment("BRECHA_TOKEN_FILE", "token");
    program.train(&["--set", &backend]).succeeds();
    let nowhere = program.environment("BRECHA_TOKEN_FILE", "nowhere");
    let ran = nowhere.train(&["--set", &backend]).fails_with(2);
    insta::assert_snapshot!("remote_token_file_missing", steady(&ran));
    // The server needs one too.
    let serve = ["serve-device", "--listen", "ws://127.0.0.1:0"];
    let ran = Program::new().run(&serve).fails_with(2);
    insta::assert_snapshot!("serve_without_a_token", ran.transcript());
}

#[test]
fn remote_server_of_another_version() {
    let program = with_token(SMALL);
    let mut command = program.command(&[
        "serve-device",
        "--backend",
        "flex",
        "--listen",
        "ws://127.0.0.1:0",
    ]);
    command.env("BRECHA_FAIL_POINT", "other-version:1");
    let server = Server::of(command);
    let ran = program.train(&["--set", &server.backend()]).fails_with(4);
    insta::assert_snapshot!(
        "remote_other_version",
        ran.transcript().replace(&server.address, "[address]")
    );
    assert!(!program.path("artifacts").exists());
}

#[test]
fn remote_addresses() {
    let program = with_token(SMALL);
    for (name, backend) in [
        ("remote_no_address", r#"{ remote = "gpu:3000" }"#),
        ("remote_no_id", r#"{ remote = "me@gpu:3000" }"#),
        // An address for documentation, which leads out of this machine.
        (
            "remote_unencrypted",
            r#"{ remote = "ws://192.0.2.1:3000" }"#,
        ),
        ("remote_by_name_only", r#""remote""#),
        (
            "remote_unknown_key",
            r#"{ remote = "ws://127.0.0.1:3000", token = "x" }"#,
        ),
        ("remote_no_text", "3"),
    ] {
        let program = Program::with_config(&format!("backend = {backend}\n{SMALL}"))
            .environment("BRECHA_TOKEN", TOKEN);
        let ran = program.train(&[]).fails_with(2);
        insta::assert_snapshot!(name, ran.transcript());
    }
    for (name, listen) in [
        ("serve_unencrypted", "ws://0.0.0.0:3000"),
        ("serve_encrypted_on_one_address", "127.0.0.1:7000"),
        ("serve_no_address", "7000"),
    ] {
        let serve = ["serve-device", "--backend", "flex", "--listen", listen];
        let ran = program.run(&serve).fails_with(2);
        insta::assert_snapshot!(name, ran.transcript());
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("ws://{}", taken.local_addr().unwrap());
    let serve = ["serve-device", "--backend", "flex", "--listen", &listen];
    let ran = program.run(&serve).fails_with(4);
    assert!(
        ran.stderr
            .contains("error: cannot serve on `ws://127.0.0.1:"),
        "{}",
        ran.stderr
    );
}

/// burn's client tries for sixteen seconds: a server may be about to begin.
#[test]
fn remote_nobody_there() {
    let program = with_token(SMALL);
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let backend = format!("backend={{ remote = \"ws://127.0.0.1:{port}\" }}");
    let ran = program.train(&["--set", &backend]).fails_with(4);
    assert!(
        ran.stderr.contains(&format!(
            "error: no device answers at `ws://127.0.0.1:{port}`: "
        )),
        "{}",
        ran.stderr
    );
    assert!(!program.path("artifacts").exists());
}
