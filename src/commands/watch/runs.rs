//! Which runs there are, and when something happened to them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::report::page::WatchedRun;
use crate::server::files::Root;

/// So many runs are shown, the latest ones.
const MOST_RUNS: usize = 500;

/// Sweeps and learning curves hold their runs in folders below their own.
const DEEPEST: usize = 3;

/// What may stand in a link as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

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

    fn latest(self) -> Option<SystemTime> {
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
    folder: PathBuf,
    /// The folders to it, from the root on.
    names: Vec<String>,
    stamp: Stamp,
}

/// All runs below `root`, the latest first, and how many more there are.
pub(super) fn find(root: &Root) -> (Vec<Found>, usize) {
    let mut found = Vec::new();
    search(root, &mut Vec::new(), &mut found);
    found.sort_by(|a, b| {
        let latest = b.stamp.latest().cmp(&a.stamp.latest());
        latest.then_with(|| a.names.cmp(&b.names))
    });
    let more = found.len().saturating_sub(MOST_RUNS);
    found.truncate(MOST_RUNS);
    (found, more)
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

/// Rows of the index that are read again only if their run has changed.
#[derive(Default)]
pub(super) struct Index {
    known: HashMap<PathBuf, (Stamp, WatchedRun)>,
}

impl Index {
    /// A row for each run.
    pub(super) fn rows(&mut self, runs: &[Found]) -> Vec<WatchedRun> {
        let mut known = HashMap::new();
        let mut rows = Vec::new();
        for run in runs {
            let row = match self.known.remove(&run.folder) {
                // A run that goes on may have been killed, which changes no file.
                Some((stamp, row)) if stamp == run.stamp && !row.goes_on() => row,
                _ => WatchedRun::new(&run.folder, &run.names.join("/"), link("runs", &run.names)),
            };
            known.insert(run.folder.clone(), (run.stamp, row.clone()));
            let age = run
                .stamp
                .latest()
                .and_then(|time| SystemTime::now().duration_since(time).ok());
            rows.push(row.aged(age));
        }
        self.known = known;
        rows
    }
}

/// `/runs/a%20b/`
pub(super) fn link<T: AsRef<str>>(what: &str, names: &[T]) -> String {
    let mut link = format!("/{what}/");
    for name in names {
        link.push_str(&utf8_percent_encode(name.as_ref(), PLAIN).to_string());
        link.push('/');
    }
    link
}

/// What is said of runs that are not shown.
pub(super) fn left_out(more: usize) -> String {
    if more == 0 {
        String::new()
    } else {
        format!("{more} more runs are older than these.")
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
            "sweep/points/2",
            "a b/inside",
            "1/2/3/4",
            ".hidden",
        ] {
            let folder = temporary.path().join(run);
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("run.json"), "{}")?;
        }
        let root = Root::new(temporary.path())?;
        let (found, more) = find(&root);
        let mut names: Vec<String> = found.iter().map(|run| run.names.join("/")).collect();
        names.sort();
        assert_eq!(names, ["a b", "sweep/points/1", "sweep/points/2"]);
        assert_eq!(more, 0);
        let mut index = Index::default();
        assert_eq!(index.rows(&found).len(), 3);
        assert_eq!(index.rows(&found[..1]).len(), 1);
        assert_eq!(
            link("runs", &["a b", "<\"ö&"]),
            "/runs/a%20b/%3C%22%C3%B6%26/"
        );
        Ok(())
    }
}
