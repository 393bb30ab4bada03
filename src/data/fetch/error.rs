//! What can go wrong between a published set and the disk.

use std::fmt::Write;
use std::io;
use std::path::PathBuf;

/// Why a set is not there.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Neither `XDG_CACHE_HOME` nor `HOME` is set.
    #[error(
        "no folder is known to keep `{name}` in: neither `XDG_CACHE_HOME` nor `HOME` is set to one"
    )]
    NoCache {
        /// The set.
        name: &'static str,
    },
    /// Two downloads at once.
    #[error("another process is downloading to `{}`", directory.display())]
    Busy {
        /// The set's folder.
        directory: PathBuf,
    },
    /// The file system says no.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Disk {
        /// `create`, `write`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// As the operating system says it.
        source: io::Error,
    },
    /// No address gave the file.
    #[error("cannot download `{file}`:{}", failures(tried))]
    Unreachable {
        /// Its name.
        file: &'static str,
        /// Addresses with what happened there.
        tried: Vec<(String, String)>,
        /// Bytes that are kept for another try.
        kept: u64,
        /// Bytes of the whole file.
        bytes: u64,
    },
    /// A file arrived whole, but is not the published one.
    #[error("`{file}` is not the published one:{}", failures(tried))]
    Digest {
        /// Its name.
        file: &'static str,
        /// Addresses with what they gave.
        tried: Vec<(String, String)>,
    },
    /// The archive is the published one, but not what we expect of it.
    #[error("cannot unpack `{}`: {reason}", archive.display())]
    Archive {
        /// The file.
        archive: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

fn failures(tried: &[(String, String)]) -> String {
    let mut text = String::new();
    for (address, reason) in tried {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {address}: {reason}");
    }
    text
}

impl FetchError {
    /// Whether what arrived is wrong, not the way.
    #[must_use]
    pub fn is_about_data(&self) -> bool {
        matches!(self, Self::Digest { .. } | Self::Archive { .. })
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoCache { .. } => "set `XDG_CACHE_HOME` to a folder of yours".to_owned(),
            Self::Busy { .. } => "wait until it has finished, then ask again".to_owned(),
            Self::Disk { .. } => {
                "free space there, or set `XDG_CACHE_HOME` to another folder".to_owned()
            }
            Self::Unreachable { kept, bytes, .. } => {
                let kept = if *kept > 0 {
                    format!("{kept} of {bytes} bytes are kept, and the same command goes on from there; ")
                } else {
                    String::new()
                };
                format!(
                    "{kept}`--from URL` takes a mirror, `--from DIRECTORY` files that you have already; a proxy is named by \
                     `HTTPS_PROXY`"
                )
            }
            Self::Digest { .. } => {
                "nothing of it is kept; a proxy may have answered instead, or the mirror holds something else".to_owned()
            }
            Self::Archive { .. } => "this is a defect of brecha: please report it".to_owned(),
        })
    }
}
