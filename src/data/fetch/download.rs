//! One file: from the first place that has it, over as many connections as it takes.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::FetchWatch;
use super::error::FetchError;
use super::origin::{Opened, Origin, Refusal};
use super::partial::{PORTION, Partial};
use crate::data::published::PublishedFile;

/// So many connections in a row may bring nothing before a place is given up.
const FRUITLESS: usize = 3;

/// Between two of them.
const PAUSE: Duration = Duration::from_millis(500);

/// Why a place did not give the file.
enum Fault {
    /// Another place may.
    Place(String),
    /// It gave another file.
    Wrong(String),
    /// No place will help.
    Disk(FetchError),
}

/// Brings `file` into `directory`. What has arrived when it fails, or when the program is stopped, is kept there.
pub(super) fn download(
    file: &PublishedFile,
    directory: &Path,
    origin: &Origin,
    watch: &dyn FetchWatch,
) -> Result<(), FetchError> {
    let part = directory.join(format!("{}.part", file.name));
    let mut partial = Partial::open(part.clone(), file.bytes)?;
    let (mut tried, mut wrong) = (Vec::new(), false);
    for place in origin.places(file) {
        watch.begins(file, &place, partial.length());
        match from_place(file, &place, origin, &mut partial, watch) {
            Ok(()) => return partial.commit(&directory.join(file.name)),
            Err(Fault::Disk(error)) => return Err(error),
            Err(Fault::Place(reason)) => tried.push((place, reason)),
            Err(Fault::Wrong(reason)) => {
                wrong = true;
                tried.push((place, reason));
            }
        }
    }
    let (name, kept, bytes) = (file.name, partial.length(), file.bytes);
    if kept == 0 {
        drop(partial);
        let _ = std::fs::remove_file(part);
    }
    Err(if wrong {
        FetchError::Digest { file: name, tried }
    } else {
        FetchError::Unreachable {
            file: name,
            tried,
            kept,
            bytes,
        }
    })
}

/// Fills `partial`, and checks it. A whole file of wrong bytes is thrown away: to go on with it would be wrong for ever.
fn from_place(
    file: &PublishedFile,
    place: &str,
    origin: &Origin,
    partial: &mut Partial,
    watch: &dyn FetchWatch,
) -> Result<(), Fault> {
    // What is kept may be of another time or place; then everything is asked for once more.
    let mut fresh = partial.length() == 0;
    loop {
        fresh |= receive(file, place, origin, partial, watch)?;
        let found = partial.sha256();
        if found == file.sha256 {
            return Ok(());
        }
        partial.clear().map_err(Fault::Disk)?;
        if fresh {
            return Err(Fault::Wrong(format!(
                "its SHA-256 is {found}, the published one's {}",
                file.sha256
            )));
        }
        fresh = true;
    }
}

/// Reads until all bytes are there, over several connections if need be. Whether they are all of this place.
fn receive(
    file: &PublishedFile,
    place: &str,
    origin: &Origin,
    partial: &mut Partial,
    watch: &dyn FetchWatch,
) -> Result<bool, Fault> {
    let (mut fruitless, mut began_anew) = (0, false);
    while partial.length() < file.bytes {
        let before = partial.length();
        let reason = match origin.open(place, file, before) {
            Ok(opened) => {
                if opened.start < before {
                    partial.clear().map_err(Fault::Disk)?;
                    began_anew = true;
                }
                copy(file, opened, partial, watch)?
            }
            Err(Refusal::No(reason)) => return Err(Fault::Place(reason)),
            Err(Refusal::Silent(reason)) => reason,
        };
        // A server that begins anew each time brings nothing, however much it sends.
        if partial.length() > before {
            fruitless = 0;
        } else {
            fruitless += 1;
            if fruitless == FRUITLESS {
                return Err(Fault::Place(reason));
            }
            thread::sleep(PAUSE);
        }
    }
    Ok(began_anew)
}

/// Copies what one connection gives, and says why it gives no more.
fn copy(
    file: &PublishedFile,
    opened: Opened,
    partial: &mut Partial,
    watch: &dyn FetchWatch,
) -> Result<String, Fault> {
    let mut reader = opened.reader;
    let mut portion = vec![0; PORTION];
    loop {
        match reader.read(&mut portion) {
            Ok(0) => {
                return Ok(format!(
                    "the connection ended after {} of {} bytes",
                    partial.length(),
                    file.bytes
                ));
            }
            Ok(count) => {
                if partial.length() + count as u64 > file.bytes {
                    partial.clear().map_err(Fault::Disk)?;
                    return Err(Fault::Wrong(format!(
                        "it sends more than the {} bytes of the published one",
                        file.bytes
                    )));
                }
                partial.write(&portion[..count]).map_err(Fault::Disk)?;
                watch.progress(file, partial.length());
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                return Ok(format!(
                    "{error} after {} of {} bytes",
                    partial.length(),
                    file.bytes
                ));
            }
        }
    }
}
