//! The bytes of a configuration file, as text: what may be read at all, and why not.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::diagnostics::Finding;
use super::vocabulary::quote;

/// More bytes than this are refused unread: the largest sensible file has some hundred lines.
pub const LARGEST_FILE: usize = 1 << 20;

/// The text of the file.
pub(super) fn read(path: &Path) -> Result<String, Box<Finding>> {
    let name = path.display();
    let unreadable = |error: &io::Error| {
        // What the system says, without "(os error 2)", which says nothing more.
        let reason = error.to_string();
        let reason = reason
            .split(" (os error")
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let finding = Finding::new("", format!("cannot read `{name}`: {reason}"));
        let with_extension = PathBuf::from(format!("{name}.toml"));
        Box::new(
            if error.kind() == io::ErrorKind::NotFound && with_extension.is_file() {
                let meant = quote(&with_extension.display().to_string());
                finding.hint(format!("did you mean {meant}?"))
            } else {
                finding
            },
        )
    };
    // Before opening: to open a pipe that nobody writes to would wait for ever.
    let metadata = fs::metadata(path).map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        let kind = if metadata.is_dir() {
            "a folder"
        } else {
            "not a regular file"
        };
        let message = format!("cannot read `{name}`: it is {kind}");
        return Err(Box::new(Finding::new("", message)));
    }
    let limit = LARGEST_FILE as u64;
    if metadata.len() > limit {
        return Err(too_large(&name.to_string()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    // The size is only a claim (the files in /proc say 0).
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if bytes.len() > LARGEST_FILE {
        return Err(too_large(&name.to_string()));
    }
    String::from_utf8(bytes).map_err(|error| not_unicode(&name.to_string(), &error))
}

fn not_unicode(name: &str, error: &std::string::FromUtf8Error) -> Box<Finding> {
    let bytes = error.as_bytes();
    let offset = error.utf8_error().valid_up_to();
    let line = bytes[..offset].split(|byte| *byte == b'\n').count();
    let encoding = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        "it looks like UTF-16; "
    } else {
        ""
    };
    // An error says that something follows after the valid part.
    let byte = bytes.get(offset).copied().unwrap_or_default();
    let finding = Finding::new(
        "",
        format!("`{name}` is not UTF-8: byte 0x{byte:02x} at offset {offset}, in line {line}"),
    );
    Box::new(finding.hint(format!("{encoding}save the file as UTF-8")))
}

/// The finding for a text of more than [`LARGEST_FILE`] bytes.
pub(super) fn too_large(name: &str) -> Box<Finding> {
    Box::new(Finding::new(
        "",
        format!(
            "`{name}` is larger than {LARGEST_FILE} bytes, the most that a configuration may have"
        ),
    ))
}
