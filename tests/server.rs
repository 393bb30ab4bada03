//! A web server of one's own: it sends what a test wants, whole, in parts, or wrong.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a client asks for.
pub struct Request {
    /// The path without the first slash.
    pub path: String,
    /// From which byte on.
    pub range: Option<usize>,
    /// How often the path has been asked for before.
    pub earlier: usize,
}

/// What it gets.
pub struct Answer {
    head: String,
    body: Vec<u8>,
    /// Whether the connection stays open, in silence, after that.
    stalls: bool,
}

impl Answer {
    /// All that is asked for: 206 for a part, 200 for the whole.
    pub fn of(bytes: &[u8], request: &Request) -> Self {
        let Some(start) = request.range else {
            return Self::whole(bytes);
        };
        let end = bytes.len() - 1;
        let whole = bytes.len();
        let range = format!("Content-Range: bytes {start}-{end}/{whole}");
        Self::new("206 Partial Content", &[&range], &bytes[start..])
    }

    /// The whole, whatever is asked for.
    pub fn whole(bytes: &[u8]) -> Self {
        Self::new("200 OK", &[], bytes)
    }

    pub fn status(status: &str) -> Self {
        Self::new(status, &[], b"<html>sorry</html>")
    }

    pub fn redirect(location: &str) -> Self {
        Self::new("302 Found", &[&format!("Location: {location}")], b"")
    }

    pub fn new(status: &str, headers: &[&str], body: &[u8]) -> Self {
        let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
        for header in headers {
            head = format!("{head}{header}\r\n");
        }
        head.push_str("Connection: close\r\n\r\n");
        Self {
            head,
            body: body.to_vec(),
            stalls: false,
        }
    }

    /// Announces everything, sends so many bytes, and hangs up.
    pub fn cut(mut self, after: usize) -> Self {
        self.body.truncate(after);
        self
    }

    /// Announces everything, sends so many bytes, and no more.
    pub fn stall(mut self, after: usize) -> Self {
        self.body.truncate(after);
        self.stalls = true;
        self
    }

    /// Announces another length.
    pub fn announcing(mut self, length: usize) -> Self {
        let (before, after) = self.head.split_once("Content-Length: ").unwrap();
        let (_, after) = after.split_once("\r\n").unwrap();
        self.head = format!("{before}Content-Length: {length}\r\n{after}");
        self
    }

    /// Announces no length: the end of the connection is the end of the file.
    pub fn without_length(mut self) -> Self {
        let (before, after) = self.head.split_once("Content-Length: ").unwrap();
        let (_, after) = after.split_once("\r\n").unwrap();
        self.head = format!("{before}{after}");
        self
    }
}

/// Answers until the tests end.
pub struct Server {
    pub address: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let (answer, kept) = (Arc::new(answer), log.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, log) = (answer.clone(), kept.clone());
                thread::spawn(move || {
                    // A client that hangs up is no concern of ours.
                    let _ = serve(stream.unwrap(), &*answer, &log);
                });
            }
        });
        Self { address, log }
    }

    /// What was asked for: `path`, or `path from N`.
    pub fn asked(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    answer: &dyn Fn(&Request) -> Answer,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head
        .split(' ')
        .nth(1)
        .unwrap()
        .trim_start_matches('/')
        .to_owned();
    let range = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let value = value.strip_prefix("bytes=")?.strip_suffix('-')?;
        name.eq_ignore_ascii_case("range")
            .then(|| value.parse().unwrap())
    });
    let request = {
        let mut log = log.lock().unwrap();
        let same = |line: &&String| line.split(' ').next() == Some(&path);
        let earlier = log.iter().filter(same).count();
        log.push(match range {
            Some(start) => format!("{path} from {start}"),
            None => path.clone(),
        });
        Request {
            path,
            range,
            earlier,
        }
    };
    let answer = answer(&request);
    stream.write_all(answer.head.as_bytes())?;
    stream.write_all(&answer.body)?;
    stream.flush()?;
    if answer.stalls {
        thread::sleep(Duration::from_mins(2));
    }
    Ok(())
}
