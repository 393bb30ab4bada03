//! What a browser gets.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::net::TcpStream;

/// An answer.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `text/html; charset=utf-8`
    pub kind: &'static str,
    /// What comes after the head.
    pub body: Body,
}

/// What comes after the head.
pub enum Body {
    /// These bytes.
    Bytes(Vec<u8>),
    /// So many bytes of a file.
    File(File, u64),
    /// What this function writes until it ends, or nobody listens any more.
    Stream(Stream),
}

/// Writes until it ends, or fails because nobody listens any more.
pub type Stream = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send>;

/// Pages bring their own policy, in which their script is named; files get this one, under which nothing runs.
const POLICY_OF_FILES: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox";

/// Of pages, which cannot say this themselves.
const POLICY_OF_PAGES: &str = "frame-ancestors 'none'";

/// The type of HTML.
pub const HTML: &str = "text/html; charset=utf-8";
/// The type of plain text.
pub const TEXT: &str = "text/plain; charset=utf-8";

impl Answer {
    /// A page.
    #[must_use]
    pub fn page(html: String) -> Self {
        Self {
            status: 200,
            kind: HTML,
            body: Body::Bytes(html.into_bytes()),
        }
    }

    /// A status with a line of text.
    #[must_use]
    pub fn status(status: u16, reason: &str) -> Self {
        Self {
            status,
            kind: TEXT,
            body: Body::Bytes(format!("{reason}\n").into_bytes()),
        }
    }

    /// There is nothing, or nothing that may be seen.
    #[must_use]
    pub fn not_found() -> Self {
        Self::status(404, "there is nothing here")
    }

    /// Writes head and, unless only that is wanted, body.
    ///
    /// # Errors
    ///
    /// Nobody listens any more, or not fast enough.
    pub fn write(self, stream: &TcpStream, only_head: bool) -> io::Result<()> {
        let mut stream = BufWriter::new(stream);
        let policy = match self.kind {
            HTML if self.status == 200 => POLICY_OF_PAGES,
            _ => POLICY_OF_FILES,
        };
        write!(
            stream,
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Security-Policy: {policy}\r\nX-Content-Type-Options: nosniff\r\n\
             Cross-Origin-Resource-Policy: same-origin\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-store\r\nConnection: close\r\n",
            self.status,
            reason(self.status),
            self.kind
        )?;
        if self.status == 405 {
            stream.write_all(b"Allow: GET, HEAD\r\n")?;
        }
        match self.body {
            Body::Bytes(bytes) => {
                write!(stream, "Content-Length: {}\r\n\r\n", bytes.len())?;
                if !only_head {
                    stream.write_all(&bytes)?;
                }
            }
            Body::File(file, length) => {
                write!(stream, "Content-Length: {length}\r\n\r\n")?;
                if !only_head {
                    // A file that grows meanwhile is as long as was said.
                    io::copy(&mut file.take(length), &mut stream)?;
                }
            }
            Body::Stream(write) => {
                stream.write_all(b"\r\n")?;
                stream.flush()?;
                if !only_head {
                    write(&mut stream)?;
                }
            }
        }
        stream.flush()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        _ => "Service Unavailable",
    }
}
