//! `brecha watch`: pages for a browser on this machine, and nothing for anybody else.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use super::pages::browser;
use super::program::{Program, SMALL};

/// The program while it serves; it ends with the test.
pub struct Watching {
    child: Child,
    address: String,
}

impl Watching {
    fn start(program: &Program) -> Self {
        Self::of(program.command(&["watch", "artifacts", "--port", "0"]))
    }

    /// What this command serves.
    pub fn of(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("http://").unwrap();
        let address = address.strip_suffix('/').unwrap().to_owned();
        Self { child, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream
    }

    /// What these bytes are answered with.
    fn raw(&self, request: &str) -> String {
        let mut stream = self.connect();
        // The server may hang up before all is sent.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub fn get(&self, path: &str) -> String {
        self.raw(&format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n",
            self.address
        ))
    }

    /// Lines of an event stream.
    fn events(&self, path: &str) -> BufReader<TcpStream> {
        let mut stream = self.connect();
        let host = &self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        BufReader::new(stream)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The data of the next event with this name.
fn next(events: &mut impl BufRead, name: &str) -> String {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(events.read_line(&mut line).unwrap() > 0, "the stream ended");
        if line.trim_end() == format!("event: {name}") {
            line.clear();
            events.read_line(&mut line).unwrap();
            return line.strip_prefix("data: ").unwrap().to_owned();
        }
    }
}

fn trained() -> Program {
    let program = Program::with_config(SMALL).file("secret.txt", "secret");
    program.train(&["--no-report"]).succeeds();
    program
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("no answer")
}

#[test]
fn index_pages_and_files_are_served() {
    let program = trained();
    let watching = Watching::start(&program);
    let index = watching.get("/");
    assert_eq!(status(&index), "200");
    assert!(
        index.contains("config") && index.contains("finished"),
        "{index}"
    );
    assert!(index.contains("connect-src &#x27;self&#x27;"));
    for header in [
        "nosniff",
        "frame-ancestors 'none'",
        "same-origin",
        "no-store",
    ] {
        assert!(index.contains(header), "{header}");
    }
    let page = watching.get("/runs/config/");
    assert_eq!(status(&page), "200");
    assert!(
        page.contains("<svg") && !page.contains("connect-src"),
        "it has ended"
    );
    let picture = watching.get("/files/config/curves.svg");
    assert!(picture.contains("Content-Type: image/svg+xml") && picture.contains("sandbox"));
    let file = fs::read_to_string(program.path("artifacts/config/curves.svg")).unwrap();
    assert!(picture.ends_with(&file));
    let head = watching.raw(&format!(
        "HEAD /files/config/curves.svg HTTP/1.1\r\nHost: {}\r\n\r\n",
        watching.address
    ));
    assert!(head.contains(&format!("Content-Length: {}", file.len())));
    assert!(head.ends_with("\r\n\r\n"));
}

/// A run that is made to look as if it went on, in this process.
struct Growing {
    folder: PathBuf,
    record: serde_json::Value,
    /// Of all its epochs.
    rows: String,
    /// Who has it writes to the run.
    lock: fs::File,
}

impl Growing {
    fn new(program: &Program, run: &str) -> Self {
        let mut record = program.record(run);
        record["status"] = "running".into();
        record["result"] = serde_json::Value::Null;
        let lock = program.path(&format!("artifacts/{run}/run.lock"));
        let lock = fs::File::options().write(true).open(lock).unwrap();
        lock.lock().unwrap();
        let growing = Self {
            folder: program.path(&format!("artifacts/{run}")),
            record,
            rows: program.read(&format!("artifacts/{run}/metrics.jsonl")),
            lock,
        };
        growing.write_record();
        growing
    }

    fn write_record(&self) {
        fs::write(self.folder.join("run.json"), self.record.to_string()).unwrap();
    }

    /// The rows up to this epoch.
    fn reach(&self, epoch: usize) {
        let rows = self.rows.split_inclusive('\n').take(epoch);
        let file = self.folder.join("metrics.jsonl");
        fs::write(file, rows.collect::<String>()).unwrap();
    }

    fn finish(&mut self) {
        self.record["status"] = "finished".into();
        self.write_record();
        self.lock.unlock().unwrap();
    }
}

#[test]
fn a_run_that_grows_is_followed() {
    let program = trained();
    let mut growing = Growing::new(&program, "config");
    growing.reach(1);
    let watching = Watching::start(&program);
    assert!(
        watching
            .get("/runs/config/")
            .contains("connect-src &#x27;self&#x27;")
    );
    let mut run = watching.events("/events/config/");
    let mut all = watching.events("/events");
    assert!(next(&mut run, "curves").contains("1 finished"));
    assert!(next(&mut all, "runs").contains("running, epoch 1 of 3"));
    // A torn line is no epoch.
    let torn = growing.rows.trim_end();
    fs::write(growing.folder.join("metrics.jsonl"), torn).unwrap();
    let news = next(&mut run, "curves");
    assert!(
        news.contains("2 finished") && news.contains("polyline"),
        "{news}"
    );
    growing.finish();
    next(&mut run, "ended");
    loop {
        if next(&mut all, "runs").contains("<td>finished") {
            break;
        }
    }
}

#[test]
fn a_browser_follows_a_run_and_finds_nothing_wrong() {
    const EPOCHS: usize = 400;
    let Some(mut browser) = browser() else {
        return;
    };
    let program = trained();
    let epochs = format!("training.epochs={EPOCHS}");
    program
        .train(&["--no-report", "--name", "growing", "--set", &epochs])
        .succeeds();
    let mut growing = Growing::new(&program, "growing");
    growing.reach(3);
    let watching = Watching::start(&program);
    let index = format!("http://{}/", watching.address);
    let mut browser = browser
        .args(["--watch", &index, &format!("{index}runs/growing/")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (lines, said) = channel();
    let output = BufReader::new(browser.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in output.lines() {
            let _ = lines.send(line.unwrap());
        }
    });
    let mut faults = Vec::new();
    let mut may_end = false;
    let mut epoch = 3;
    loop {
        match said.recv_timeout(Duration::from_millis(500)) {
            Ok(line) if line == "the run may end" => {
                may_end = true;
                growing.finish();
            }
            Ok(line) => faults.push(line),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) if may_end => {}
            Err(RecvTimeoutError::Timeout) => {
                epoch += 1;
                assert!(epoch < EPOCHS, "the browser is still there");
                growing.reach(epoch);
            }
        }
    }
    let _ = browser.wait();
    assert_eq!(faults.join("\n"), "");
    assert!(may_end);
}

#[test]
fn nothing_outside_the_folder_is_seen() {
    let program = trained();
    #[cfg(unix)]
    {
        let link = |to: &str| {
            let to = program.path(to);
            std::os::unix::fs::symlink(program.path("secret.txt"), to).unwrap();
        };
        link("artifacts/config/linked.txt");
    }
    let watching = Watching::start(&program);
    for path in [
        "/files/../secret.txt",
        "/files/config/../../secret.txt",
        "/files/%2e%2e/secret.txt",
        "/files/config/%2E%2e/%2e./secret.txt",
        "/files/..%2fsecret.txt",
        "/files/config/..%2f..%2fsecret.txt",
        "/files/..%5csecret.txt",
        "/files//etc/passwd",
        "/files/%2fetc%2fpasswd",
        "/files/%00",
        "/files/config",
        "/files/config/linked.txt",
        // Its page would show the file behind the link.
        "/runs/config/",
        "/runs/../",
        "/runs/%2e%2e/",
        "/events/../",
        "/nothing",
    ] {
        let answer = watching.get(path);
        if cfg!(unix) || !path.contains("config") {
            assert_eq!(status(&answer), "404", "{path}\n{answer}");
        }
        assert!(
            !answer.ends_with("secret") && !answer.contains("root:"),
            "{path}"
        );
    }
}

#[test]
fn strange_requests_are_refused_and_the_server_goes_on() {
    let program = trained();
    let watching = Watching::start(&program);
    let host = &watching.address;
    let port = host.rsplit(':').next().unwrap();
    let large = format!(
        "GET / HTTP/1.1\r\nHost: {host}\r\nX: {}\r\n\r\n",
        "x".repeat(20_000)
    );
    for (request, wanted) in [
        (
            "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
            "421",
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n"),
            "421",
        ),
        (
            "GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n".to_owned(),
            "421",
        ),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), "400"),
        (
            format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\n\r\nabc"),
            "405",
        ),
        (format!("GET runs HTTP/1.1\r\nHost: {host}\r\n\r\n"), "400"),
        ("\u{16}\u{3}\u{1}\u{2}\r\n\r\n".to_owned(), "400"),
        (large, "431"),
    ] {
        let answer = watching.raw(&request);
        assert_eq!(status(&answer), wanted, "{request:.80}");
    }
    assert_eq!(status(&watching.get("/")), "200");
    // As many as there may be, all silent: the next one is told so, and there is room again when they are gone.
    let silent: Vec<TcpStream> = (0..64).map(|_| watching.connect()).collect();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(status(&watching.get("/")), "503");
    drop(silent);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(status(&watching.get("/")), "200");
}

#[test]
fn it_serves_nobody_else_unless_told_to() {
    let program = Program::new().file("artifacts/nothing", "");
    let watch = |arguments: &[&str]| {
        let mut all = vec!["watch"];
        all.extend(arguments);
        program.run(&all)
    };
    let refused = watch(&["--host", "0.0.0.0", "--port", "0"]).fails_with(2);
    assert!(
        refused.stderr.contains("--allow-remote"),
        "{}",
        refused.stderr
    );
    watch(&["--host", "example.com"]).fails_with(2);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = watch(&["--port", &port]).fails_with(2);
    assert!(refused.stderr.contains("`--port 0`"), "{}", refused.stderr);
    let refused = watch(&["no-such-folder", "--port", "0"]).fails_with(5);
    assert!(
        refused.stderr.contains("no-such-folder"),
        "{}",
        refused.stderr
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it() {
    let program = trained();
    let mut watching = Watching::start(&program);
    let _listening = watching.events("/events");
    let pid = watching.child.id().to_string();
    // The tests themselves may run where SIGINT is ignored, so SIGTERM stands in for it.
    std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status()
        .unwrap();
    let ended = watching.child.wait().unwrap();
    assert!(!ended.success());
}
