//! Files of a run that somebody else may have made: read only where they are what they should be.
//!
//! A run's folder that came in a mail may hold links to files of its reader, pipes, and devices that never end. So a file is read only if it is
//! a regular one that lies in the folder, wherever its links lead, and no more of it than it was long: reading takes as much memory as the file
//! has bytes. What is written goes to files of a new name that then take the place of the old ones, links among them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::ReportError;

/// The content of a file of the run in `folder`.
///
/// # Errors
///
/// It is not there, is no regular file, or lies elsewhere.
pub(super) fn read(folder: &Path, file: &str) -> Result<Vec<u8>, ReportError> {
    let path = folder.join(file);
    check_place(folder, &path)?;
    let failed = ReportError::io("read", &path);
    content(&path).map_err(failed)
}

/// The same; `None` where it is not there.
///
/// # Errors
///
/// It is no regular file, or lies elsewhere.
pub(super) fn read_if_there(folder: &Path, file: &str) -> Result<Option<Vec<u8>>, ReportError> {
    match read(folder, file) {
        Err(ReportError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

/// Refuses a file or folder that a link leads out of the run's folder. What is not there is nowhere else.
///
/// # Errors
///
/// It lies elsewhere.
pub(super) fn check_place(folder: &Path, path: &Path) -> Result<(), ReportError> {
    let (Ok(root), Ok(place)) = (fs::canonicalize(folder), fs::canonicalize(path)) else {
        return Ok(());
    };
    if place.starts_with(&root) {
        return Ok(());
    }
    Err(ReportError::Elsewhere {
        path: path.to_owned(),
        place,
    })
}

/// The content of a regular file, wherever it lies: as many bytes as it had when it was opened.
///
/// # Errors
///
/// It is not there, is no regular file, or cannot be read.
pub fn content(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    // Opening a pipe would wait for a writer.
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(io::Error::other("it is a pipe or a device, not a file"));
    }
    let file = File::open(path)?;
    let length = metadata.len();
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_lie_in_the_folder_wherever_links_lead() -> Result<(), Box<dyn std::error::Error>> {
        let elsewhere = tempfile::tempdir()?;
        fs::write(elsewhere.path().join("secret"), "secret")?;
        let folder = tempfile::tempdir()?;
        let at = |file: &str| folder.path().join(file);
        fs::write(at("run.json"), "{}")?;
        fs::create_dir(at("pictures"))?;
        symlink(elsewhere.path().join("secret"), at("config.toml"))?;
        symlink(elsewhere.path(), at("checkpoints"))?;
        symlink("run.json", at("again.json"))?;
        symlink("/dev/zero", at("model.safetensors"))?;
        symlink("nowhere", at("dangling"))?;
        assert_eq!(read(folder.path(), "run.json")?, b"{}");
        assert_eq!(read(folder.path(), "again.json")?, b"{}");
        let said = |file: &str| read(folder.path(), file).unwrap_err().to_string();
        for file in ["config.toml", "checkpoints/secret", "model.safetensors"] {
            assert!(said(file).contains("leads out of"), "{}", said(file));
        }
        assert!(
            said("dangling").contains("cannot read"),
            "{}",
            said("dangling")
        );
        assert!(
            said("pictures").contains("cannot read"),
            "{}",
            said("pictures")
        );
        Ok(())
    }
}
