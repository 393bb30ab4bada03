//! The runs that are shown, and their rows.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::SystemTime;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::found::{self, Found, Stamp};
use crate::report::page::WatchedRun;
use crate::server::files::Root;

/// So many runs are shown, the latest ones.
const MOST_RUNS: usize = 500;

/// What may stand in a link as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The latest runs below `root`, and how many more there are.
pub(super) fn find(root: &Root) -> (Vec<Found>, usize) {
    let mut found = found::find(root);
    let more = found.len().saturating_sub(MOST_RUNS);
    found.truncate(MOST_RUNS);
    (found, more)
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
    use std::fs;

    use super::*;

    #[test]
    fn rows_follow_the_runs_and_links_are_escaped() -> std::io::Result<()> {
        let temporary = tempfile::tempdir()?;
        for run in ["a b", "sweep/points/1", "sweep/points/2"] {
            let folder = temporary.path().join(run);
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("run.json"), "{}")?;
        }
        let root = Root::new(temporary.path())?;
        let (found, more) = find(&root);
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
