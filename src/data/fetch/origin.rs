//! Where bytes come from: the web, or a folder of files that were downloaded elsewhere.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use ureq::Agent;
use ureq::http::{Response, StatusCode};

use crate::data::published::{PublishedFile, PublishedSet};

/// Nobody waits longer for an answer.
const CONNECT: Duration = Duration::from_secs(30);

/// Nor for the next bytes.
const SILENCE: Duration = Duration::from_mins(1);

/// Where the files of a set are looked for.
pub(super) enum Origin {
    /// Addresses of folders.
    Web(Box<Agent>, Vec<String>),
    /// A folder of this machine.
    Folder(PathBuf),
}

/// Bytes of a file, from some position on.
pub(super) struct Opened {
    pub(super) reader: Box<dyn Read>,
    pub(super) start: u64,
}

/// Why there are none.
pub(super) enum Refusal {
    /// Nobody answers: a moment later somebody may.
    Silent(String),
    /// The answer is no.
    No(String),
}

impl Origin {
    /// The published addresses, or those that `from` names instead.
    pub(super) fn new(set: &PublishedSet, from: Option<&str>) -> Self {
        let addresses = match from {
            Some(url) if url.starts_with("http://") || url.starts_with("https://") => {
                vec![url.trim_end_matches('/').to_owned()]
            }
            Some(folder) => return Self::Folder(folder.into()),
            None => set
                .addresses
                .iter()
                .map(|&address| address.to_owned())
                .collect(),
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(concat!("brecha/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(SILENCE))
            .build();
        Self::Web(Box::new(config.into()), addresses)
    }

    /// Where this file may be.
    pub(super) fn places(&self, file: &PublishedFile) -> Vec<String> {
        match self {
            Self::Web(_, addresses) => addresses
                .iter()
                .map(|address| format!("{address}/{}", file.name))
                .collect(),
            Self::Folder(folder) => vec![folder.join(file.name).display().to_string()],
        }
    }

    /// Its bytes from `offset` on, or from the beginning where that cannot be had.
    pub(super) fn open(
        &self,
        place: &str,
        file: &PublishedFile,
        offset: u64,
    ) -> Result<Opened, Refusal> {
        match self {
            Self::Web(agent, _) => web(agent, place, file.bytes, offset),
            Self::Folder(folder) => local(&folder.join(file.name), file.bytes, offset),
        }
    }
}

fn local(path: &std::path::Path, bytes: u64, offset: u64) -> Result<Opened, Refusal> {
    let failed = |error: std::io::Error| Refusal::No(error.to_string());
    // Opening a pipe would wait for a writer.
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(Refusal::No("it is no file".to_owned()));
    }
    if metadata.len() != bytes {
        return Err(other_length(metadata.len(), bytes));
    }
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(offset)).map_err(failed)?;
    Ok(Opened {
        reader: Box::new(file),
        start: offset,
    })
}

fn web(agent: &Agent, address: &str, bytes: u64, offset: u64) -> Result<Opened, Refusal> {
    let mut request = agent.get(address);
    if offset > 0 {
        request = request.header("Range", format!("bytes={offset}-"));
    }
    let response = request.call().map_err(|error| match error {
        ureq::Error::Io(error) => Refusal::Silent(error.to_string()),
        other => Refusal::Silent(other.to_string()),
    })?;
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let start = match response.status() {
        StatusCode::OK => {
            if let Some(length) = header("content-length").and_then(|text| text.parse().ok())
                && length != bytes
            {
                return Err(other_length(length, bytes));
            }
            0
        }
        StatusCode::PARTIAL_CONTENT => {
            let range = header("content-range").unwrap_or_default();
            let (start, length) = content_range(&range).ok_or_else(|| {
                Refusal::No(format!(
                    "asked for bytes from {offset} on, it answers `{range}`"
                ))
            })?;
            if let Some(length) = length
                && length != bytes
            {
                return Err(other_length(length, bytes));
            }
            if start != offset {
                return Err(Refusal::No(format!(
                    "asked for bytes from {offset} on, it sends those from {start} on"
                )));
            }
            start
        }
        // What is kept may be longer than what is there: from the beginning, then.
        StatusCode::RANGE_NOT_SATISFIABLE if offset > 0 => return web(agent, address, bytes, 0),
        _ => return Err(refused(&response)),
    };
    Ok(Opened {
        reader: Box::new(response.into_body().into_reader()),
        start,
    })
}

fn refused<B>(response: &Response<B>) -> Refusal {
    let status = response.status();
    let reason = format!("HTTP status {status}");
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        Refusal::Silent(reason)
    } else {
        Refusal::No(reason)
    }
}

fn other_length(found: u64, wanted: u64) -> Refusal {
    Refusal::No(format!("it has {found} bytes, the published one {wanted}"))
}

/// `bytes 100-199/200`: where it starts, and the length of the whole if it is known.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, length) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    let length = match length {
        "*" => None,
        number => Some(number.parse().ok()?),
    };
    Some((start.parse().ok()?, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_nonsense_is_not() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        for text in [
            "",
            "bytes",
            "bytes */10",
            "bytes 5/10",
            "bytes 5-9",
            "items 5-9/10",
            "bytes -1-9/10",
            "bytes 5-9/x",
        ] {
            assert_eq!(content_range(text), None, "{text}");
        }
    }
}
