//! From an archive to its members: those that are expected, of the length that is expected, and nothing else.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use super::error::FetchError;
use super::partial::{PORTION, disk, hexadecimal, sha256_of, sync_folder};
use crate::data::published::Members;

/// Beside the members: their digests as `sha256sum` writes them, so that it can check them too.
const SUMS: &str = "SHA256SUMS";

/// Headers, padding, and the small files that are left in the archive.
const BESIDES: u64 = 16 << 20;

/// Whether the members lie in `directory` as they were unpacked; `None` if they do not lie there at all.
pub(super) fn are_whole(directory: &Path, members: &Members) -> Result<Option<bool>, FetchError> {
    let folder = directory.join(members.folder);
    if !folder.exists() {
        return Ok(None);
    }
    // Without a list there is nothing to check by.
    let sums = fs::read_to_string(folder.join(SUMS)).unwrap_or_default();
    for (name, bytes) in members.files {
        let path = folder.join(name);
        let Some(sum) = sums.lines().find_map(|line| {
            let (sum, listed) = line.split_once("  ")?;
            (listed == *name).then_some(sum)
        }) else {
            return Ok(Some(false));
        };
        let length = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        if length != *bytes || sha256_of(&path)?.as_deref() != Some(sum) {
            return Ok(Some(false));
        }
    }
    Ok(Some(true))
}

/// Unpacks into a folder of another name, which gets its own when all is on the disk.
pub(super) fn unpack(
    archive: &Path,
    directory: &Path,
    members: &Members,
) -> Result<(), FetchError> {
    let folder = directory.join(members.folder);
    let scratch = directory.join(format!("{}.part", members.folder));
    for stale in [&scratch, &folder] {
        match fs::remove_dir_all(stale) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(disk("remove", stale)(error));
            }
            _ => {}
        }
    }
    fs::create_dir(&scratch).map_err(disk("create", &scratch))?;
    let sums = extract(archive, &scratch, members)?;
    let list = scratch.join(SUMS);
    write(&list, &mut sums.as_bytes(), u64::MAX).map_err(|fault| fault.into_disk(&list))?;
    fs::rename(&scratch, &folder).map_err(disk("rename", &scratch))?;
    sync_folder(&folder);
    Ok(())
}

fn extract(archive: &Path, scratch: &Path, members: &Members) -> Result<String, FetchError> {
    let wrong = |reason: String| FetchError::Archive {
        archive: archive.to_owned(),
        reason,
    };
    let damaged = |error: io::Error| wrong(error.to_string());
    let file = File::open(archive).map_err(disk("read", archive))?;
    let all: u64 = members.files.iter().map(|(_, bytes)| bytes).sum();
    // A small file may inflate to any length.
    let inflated = GzDecoder::new(BufReader::new(file)).take(all + BESIDES);
    let mut sums: Vec<Option<String>> = vec![None; members.files.len()];
    for entry in tar::Archive::new(inflated).entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path_bytes().into_owned();
        let path = path.strip_prefix(b"./").unwrap_or(&path);
        // A name is compared, never followed.
        let Some(position) = members
            .files
            .iter()
            .position(|(name, _)| path == format!("{}/{name}", members.folder).as_bytes())
        else {
            continue;
        };
        let (name, bytes) = members.files[position];
        if !entry.header().entry_type().is_file() {
            return Err(wrong(format!("`{name}` in it is no file")));
        }
        if entry.size() != bytes {
            let found = entry.size();
            return Err(wrong(format!(
                "`{name}` in it has {found} bytes, not {bytes}"
            )));
        }
        if sums[position].is_some() {
            return Err(wrong(format!("`{name}` is in it twice")));
        }
        let target = scratch.join(name);
        let (sum, copied) = write(&target, &mut entry, bytes).map_err(|fault| match fault {
            Fault::Source(error) => damaged(error),
            fault @ Fault::Target(_) => fault.into_disk(&target),
        })?;
        if copied != bytes {
            return Err(wrong(format!(
                "it ends after {copied} of the {bytes} bytes of `{name}`"
            )));
        }
        sums[position] = Some(format!("{sum}  {name}\n"));
    }
    let pairs = sums.into_iter().zip(members.files);
    pairs
        .map(|(sum, (name, _))| sum.ok_or_else(|| wrong(format!("`{name}` is not in it"))))
        .collect()
}

/// Which side of a copy failed.
enum Fault {
    Source(io::Error),
    Target(io::Error),
}

impl Fault {
    fn into_disk(self, path: &Path) -> FetchError {
        match self {
            Self::Source(error) => disk("read", path)(error),
            Self::Target(error) => disk("write", path)(error),
        }
    }
}

/// Writes a new file, to the disk. Its digest and length.
fn write(path: &Path, source: &mut impl Read, most: u64) -> Result<(String, u64), Fault> {
    let mut file = File::create_new(path).map_err(Fault::Target)?;
    let mut digest = Sha256::new();
    let mut portion = vec![0; PORTION];
    let mut length = 0;
    let mut source = source.take(most);
    loop {
        let count = source.read(&mut portion).map_err(Fault::Source)?;
        if count == 0 {
            file.sync_all().map_err(Fault::Target)?;
            return Ok((hexadecimal(digest), length));
        }
        file.write_all(&portion[..count]).map_err(Fault::Target)?;
        digest.update(&portion[..count]);
        length += count as u64;
    }
}
