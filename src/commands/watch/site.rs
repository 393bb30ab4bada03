//! What is where: `/`, `/runs/NAME/`, `/files/NAME/FILE`, `/events` and `/events/NAME/`.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::found::Found;
use super::follow;
use super::runs::{Index, find, left_out, link};
use crate::report::ReportError;
use crate::report::page::{WatchedRun, index, watched};
use crate::server::files::Root;
use crate::server::{Answer, Request, Site};

/// What all connections share.
pub(super) struct Shared {
    pub(super) root: Root,
    /// What the folder is called.
    name: String,
    index: Mutex<Index>,
}

/// The runs of a folder.
pub(super) struct Runs(Arc<Shared>);

impl Runs {
    pub(super) fn new(root: Root, directory: &Path) -> Self {
        Self(Arc::new(Shared {
            root,
            name: directory.display().to_string(),
            index: Mutex::default(),
        }))
    }

    pub(super) fn rows(shared: &Shared, found: &[Found]) -> Vec<WatchedRun> {
        // Whoever panicked with it left it as it was, or emptier.
        let mut index = shared.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.rows(found)
    }

    fn index(&self) -> Answer {
        let (found, more) = find(&self.0.root);
        let rows = Self::rows(&self.0, &found);
        page(index(&self.0.name, &rows, &left_out(more), "/events"))
    }

    /// The folder of a run, unless one of its files is not where it seems to be.
    fn folder(&self, names: &[&str]) -> Option<std::path::PathBuf> {
        let folder = self.0.root.find(names.iter().copied())?;
        let is_run = folder.join("run.json").is_file();
        (is_run && self.0.root.holds_all_of(&folder)).then_some(folder)
    }
}

impl Site for Runs {
    fn answer(&self, request: &Request) -> Answer {
        let names: Vec<&str> = request.path.iter().map(String::as_str).collect();
        // A slash at the end is allowed.
        let names = match names.split_last() {
            Some((&"", names)) => names,
            _ => &names[..],
        };
        match names {
            [] => self.index(),
            ["events"] => follow::all(&self.0),
            ["events", run @ ..] => self.folder(run).map_or_else(Answer::not_found, follow::run),
            ["runs", run @ ..] => self.folder(run).map_or_else(Answer::not_found, |folder| {
                page(watched(&folder, &link("events", run)))
            }),
            ["files", file @ ..] => self.0.root.serve(file.iter().copied()),
            _ => Answer::not_found(),
        }
    }
}

fn page(html: Result<String, ReportError>) -> Answer {
    match html {
        Ok(html) => Answer::page(html),
        Err(error) => Answer::status(404, &error.to_string()),
    }
}
