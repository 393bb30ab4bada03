//! What a browser asks, as far as this server listens.

use std::io::{ErrorKind, Read};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;

/// A request head may have so many bytes.
pub const LARGEST_HEAD: usize = 8192;

/// And take so long.
pub const SLOWEST_HEAD: Duration = Duration::from_secs(10);

/// So many lines of it.
const MOST_HEADERS: usize = 64;

/// A request that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The parts of the path between its slashes, decoded; a slash at the end leaves an empty last one.
    pub path: Vec<String>,
    /// Whether only the head of the answer is wanted.
    pub is_head: bool,
}

/// A request that is not: status and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// For whoever asked.
    pub reason: String,
}

impl Refusal {
    fn new(status: u16, reason: &str) -> Self {
        Self {
            status,
            reason: reason.to_owned(),
        }
    }
}

/// Under which names this server may be addressed.
///
/// A page somewhere on the web may point a name of its own at 127.0.0.1, and read in the browser of whoever visits it what this
/// server says. It cannot do so with an address, nor with `localhost`.
#[derive(Clone, Copy, Debug)]
pub struct Hosts {
    address: SocketAddr,
}

impl Hosts {
    /// Of a server at this address.
    #[must_use]
    pub const fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Whether `host`, as in the header, is this server: `localhost` or a loopback address, any other address where this server was
    /// told to be reachable from elsewhere, and its port.
    #[must_use]
    pub fn allow(self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            // An IPv6 address has colons of its own, in brackets.
            Some((name, port)) if !port.contains(']') => match port.parse::<u16>() {
                Ok(port) => (name, port),
                Err(_) => return false,
            },
            _ => (host, 80),
        };
        if port != self.address.port() {
            return false;
        }
        let is_local = self.address.ip().is_loopback();
        let name = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
            .unwrap_or(name);
        name.eq_ignore_ascii_case("localhost")
            || name
                .parse::<IpAddr>()
                .is_ok_and(|address| !is_local || address.is_loopback())
    }
}

impl Request {
    /// Reads and checks a request.
    ///
    /// # Errors
    ///
    /// The status and the reason with which it is refused; `None` where nobody is left to be told.
    pub fn read(stream: &mut &TcpStream, hosts: Hosts) -> Result<Self, Option<Refusal>> {
        let end = Instant::now() + SLOWEST_HEAD;
        let mut head = Vec::new();
        let mut buffer = [0; 2048];
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Some(Refusal::new(408, "the request takes too long")));
            }
            stream.set_read_timeout(Some(left)).map_err(|_| None)?;
            match stream.read(&mut buffer) {
                Ok(0) => return Err(None),
                Ok(count) => head.extend_from_slice(&buffer[..count]),
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => continue,
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => continue,
                    _ => return Err(None),
                },
            }
            let known = head.len().min(LARGEST_HEAD);
            if let Some(request) = Self::parse(&head[..known], hosts).map_err(Some)? {
                return Ok(request);
            }
            if head.len() >= LARGEST_HEAD {
                return Err(Some(Refusal::new(431, "the request is too large")));
            }
        }
    }

    /// The request that `head` begins with; `None` while there is more to come.
    ///
    /// # Errors
    ///
    /// It is none that is allowed.
    pub fn parse(head: &[u8], hosts: Hosts) -> Result<Option<Self>, Refusal> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        match parsed.parse(head) {
            Ok(httparse::Status::Complete(_)) => {}
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => {
                return Err(Refusal::new(431, "the request has too many headers"));
            }
            Err(_) => return Err(Refusal::new(400, "this is no HTTP request")),
        }
        let mut named = parsed
            .headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case("host"));
        let host = match (named.next(), named.next()) {
            (Some(host), None) => str::from_utf8(host.value).unwrap_or_default(),
            _ => return Err(Refusal::new(400, "the request does not say to whom it is")),
        };
        if !hosts.allow(host.trim()) {
            return Err(Refusal::new(
                421,
                "this server has another name: write its address, 127.0.0.1 or localhost, and its port",
            ));
        }
        let is_head = match parsed.method {
            Some("GET") => false,
            Some("HEAD") => true,
            _ => return Err(Refusal::new(405, "only GET and HEAD are answered")),
        };
        Ok(Some(Self {
            path: path(parsed.path.unwrap_or_default())?,
            is_head,
        }))
    }
}

fn path(target: &str) -> Result<Vec<String>, Refusal> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let Some(path) = path.strip_prefix('/') else {
        return Err(Refusal::new(400, "the path does not begin with a slash"));
    };
    let decoded = |part: &str| match percent_decode_str(part).decode_utf8() {
        Ok(part) => Ok(part.into_owned()),
        Err(_) => Err(Refusal::new(400, "the path is no text")),
    };
    path.split('/').map(decoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(address: &str) -> Hosts {
        Hosts::new(address.parse().expect("an address"))
    }

    fn parse(head: &str) -> Result<Option<Request>, u16> {
        Request::parse(head.as_bytes(), hosts("127.0.0.1:8420")).map_err(|refusal| refusal.status)
    }

    #[test]
    fn only_this_machines_names_are_answered() {
        let local = hosts("127.0.0.1:8420");
        for host in [
            "127.0.0.1:8420",
            "localhost:8420",
            "LOCALHOST:8420",
            "[::1]:8420",
            "127.9.9.9:8420",
        ] {
            assert!(local.allow(host), "{host}");
        }
        for host in [
            "",
            "127.0.0.1",
            "localhost",
            "localhost:80",
            "evil.example:8420",
            "localhost.evil.example:8420",
            "127.0.0.1.evil.example:8420",
            "192.168.1.2:8420",
            "127.0.0.1:8420:8420",
            "user@127.0.0.1:8420",
            "127.0.0.1:+8420x",
            "[::1",
        ] {
            assert!(!local.allow(host), "{host}");
        }
        let anywhere = hosts("0.0.0.0:80");
        assert!(anywhere.allow("192.168.1.2") && anywhere.allow("[fe80::1]:80"));
        assert!(!anywhere.allow("evil.example"));
    }

    #[test]
    fn requests_are_read_or_refused() {
        let host = "Host: localhost:8420\r\n";
        let whole = format!("GET /runs/a%20b/%C3%B6/?x=1 HTTP/1.1\r\n{host}\r\n");
        let request = parse(&whole).expect("allowed").expect("whole");
        assert_eq!(request.path, ["runs", "a b", "ö", ""]);
        assert!(!request.is_head);
        for end in 0..whole.len() {
            assert_eq!(parse(&whole[..end]), Ok(None), "{end}");
        }
        for (head, status) in [
            (format!("POST / HTTP/1.1\r\n{host}\r\n"), 405),
            (format!("GET / HTTP/1.1\r\n{host}{host}\r\n"), 400),
            ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
            (
                "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
                421,
            ),
            (
                format!("GET http://localhost:8420/ HTTP/1.1\r\n{host}\r\n"),
                400,
            ),
            (format!("GET /%ff HTTP/1.1\r\n{host}\r\n"), 400),
            ("\u{0}\u{1}\r\n\r\n".to_owned(), 400),
            (
                format!("GET / HTTP/1.1\r\n{host}{}\r\n", "a: b\r\n".repeat(70)),
                431,
            ),
        ] {
            assert_eq!(parse(&head), Err(status), "{head}");
        }
    }
}
