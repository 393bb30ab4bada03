//! Which runs there are in a folder, and when something happened to them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::server::files::Root;

/// Sweeps and learning curves hold their runs in folders below their own, large ones in one for every thousand.
const DEEPEST: usize = 4;

/// Changes whenever one of the files changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    record: Option<(SystemTime, u64)>,
    rows: Option<(SystemTime, u64)>,
}

impl Stamp {
    /// Of the run in `folder`, now.
    pub(super) fn of(folder: &Path) -> Self {
        let of = |file: &str| {
            let metadata = fs::metadata(folder.join(file)).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        Self {
            record: of("run.json"),
            rows: of("metrics.jsonl"),
        }
    }

    /// When something happened last.
    pub(super) fn latest(self) -> Option<SystemTime> {
        [self.record, self.rows]
            .into_iter()
            .flatten()
            .map(|(time, _)| time)
            .max()
    }
}

/// A run and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) folder: PathBuf,
    /// The folders to it, from the root on.
    pub(super) names: Vec<String>,
    pub(super) stamp: Stamp,
}

/// All runs below `root`, the latest first. Links that lead out of it are not followed.
pub(super) fn find(root: &Root) -> Vec<Found> {
    let mut found = Vec::new();
    search(root, &mut Vec::new(), &mut found);
    found.sort_by(|a, b| {
        let latest = b.stamp.latest().cmp(&a.stamp.latest());
        latest.then_with(|| a.names.cmp(&b.names))
    });
    found
}

fn search(root: &Root, names: &mut Vec<String>, found: &mut Vec<Found>) {
    let Some(folder) = root.find(names.iter().map(String::as_str)) else {
        return;
    };
    if folder.join("run.json").is_file() {
        found.push(Found {
            stamp: Stamp::of(&folder),
            folder,
            names: names.clone(),
        });
        return;
    }
    if names.len() == DEEPEST {
        return;
    }
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        // A name that is no text cannot be in a link.
        if let Ok(name) = entry.file_name().into_string()
            && entry.path().is_dir()
        {
            names.push(name);
            search(root, names, found);
            names.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_where_they_are() -> std::io::Result<()> {
        let temporary = tempfile::tempdir()?;
        for run in [
            "a b",
            "sweep/points/1",
            "sweep/points/01001/2",
            "a b/inside",
            "1/2/3/4/5",
            ".hidden",
        ] {
            let folder = temporary.path().join(run);
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("run.json"), "{}")?;
        }
        let found = find(&Root::new(temporary.path())?);
        let mut names: Vec<String> = found.iter().map(|run| run.names.join("/")).collect();
        names.sort();
        assert_eq!(names, ["a b", "sweep/points/01001/2", "sweep/points/1"]);
        Ok(())
    }
}
