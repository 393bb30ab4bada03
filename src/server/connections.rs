//! A thread for each connection, and not too many of them.

use std::io::{ErrorKind, Read};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::answer::Answer;
use super::request::{Hosts, Request};

/// So many connections at once; a browser opens six.
pub const MOST: usize = 64;

/// Who does not read for so long is gone.
const SLOWEST_READER: Duration = Duration::from_secs(20);

/// What is served.
pub trait Site: Send + Sync + 'static {
    /// The answer to a request. Should it panic, that one request is answered with 500.
    fn answer(&self, request: &Request) -> Answer;
}

/// Answers until the program ends.
pub fn serve(listener: &TcpListener, hosts: Hosts, site: &Arc<impl Site>) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            // Out of file descriptors, most likely: some will be free soon.
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        let place = Place::take(&open);
        let site = site.clone();
        // Where no thread can be had, the connection closes.
        let _ = thread::Builder::new()
            .name("connection".to_owned())
            .spawn(move || {
                let answered = catch_unwind(AssertUnwindSafe(|| {
                    converse(&stream, hosts, place.as_ref(), &*site);
                }));
                if answered.is_err() {
                    let _ = Answer::status(500, "this is a bug in brecha").write(&stream, false);
                }
            });
    }
}

/// One of so many connections.
struct Place(Arc<AtomicUsize>);

impl Place {
    /// `None` if all are taken; for some more connections than that there is nothing but a refusal, and beyond that not even one.
    fn take(open: &Arc<AtomicUsize>) -> Option<Self> {
        let place = Self(open.clone());
        (open.fetch_add(1, Ordering::Relaxed) < MOST).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One request, one answer. That nobody reads it is no concern of ours.
fn converse(stream: &TcpStream, hosts: Hosts, place: Option<&Place>, site: &impl Site) {
    if stream.set_write_timeout(Some(SLOWEST_READER)).is_err() {
        return;
    }
    let _ = stream.set_nodelay(true);
    let mut reader = stream;
    let (answer, only_head) = if place.is_none() {
        (Answer::status(503, "too many connections"), false)
    } else {
        match Request::read(&mut reader, hosts) {
            Ok(request) => (site.answer(&request), request.is_head),
            Err(Some(refusal)) => (Answer::status(refusal.status, &refusal.reason), false),
            Err(None) => return,
        }
    };
    if answer.write(stream, only_head).is_ok() {
        drain(stream);
    }
}

/// Hangs up so that the answer arrives: closing with something unread would take it back.
fn drain(mut stream: &TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
    let mut buffer = [0; 4096];
    for _ in 0..16 {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Err(error) if error.kind() != ErrorKind::Interrupted => return,
            _ => {}
        }
    }
}
