//! Where the files of a sweep lie, below its folder:
//!
//! ```text
//! sweep.toml                    which points there are
//! sweep.csv                     what became of them
//! configurations/NAME.toml      one for each point
//! runs/NAME/  runs/NAME.log     its run, and what it said
//! slurm.json  slurm/            what was submitted, if it was
//! ```
//!
//! With more than a thousand points, `configurations` and `runs` have a folder for every thousand of them, because file systems that
//! many machines share grow slow where a folder is large: `runs/02001/02417-units-8-seed-1`.

use std::fs;
use std::path::{Path, PathBuf};

use super::Point;
use crate::config::Sweep;

/// Which points there are.
pub const SWEEP: &str = "sweep.toml";

/// The folder of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    folder: PathBuf,
}

impl Layout {
    /// Of the sweep in `folder`.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The folder of the sweep.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the point's configuration.
    #[must_use]
    pub fn configurations(&self, point: &Point) -> PathBuf {
        self.within("configurations", point)
    }

    /// The point's configuration.
    #[must_use]
    pub fn configuration(&self, point: &Point) -> PathBuf {
        self.configurations(point)
            .join(format!("{}.toml", point.name))
    }

    /// The folder for the point's runs.
    #[must_use]
    pub fn runs(&self, point: &Point) -> PathBuf {
        self.within("runs", point)
    }

    /// What the point's runs say.
    #[must_use]
    pub fn log(&self, point: &Point) -> PathBuf {
        self.runs(point).join(format!("{}.log", point.name))
    }

    /// The point as lists have it: `02001/02417-units-8-seed-1`.
    #[must_use]
    pub fn line(point: &Point) -> String {
        match &point.group {
            Some(group) => format!("{group}/{}", point.name),
            None => point.name.clone(),
        }
    }

    fn within(&self, of: &str, point: &Point) -> PathBuf {
        let folder = self.folder.join(of);
        match &point.group {
            Some(group) => folder.join(group),
            None => folder,
        }
    }
}

/// What `sweep.toml` says: the points are a function of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Of the sweep, for titles.
    pub name: String,
    /// The keys with their values.
    pub sweep: Sweep,
    /// Of the configuration.
    pub first_seed: u64,
}

impl Definition {
    /// As a text that [`Definition::read`] reads.
    #[must_use]
    pub fn to_toml(&self) -> String {
        format!(
            "# Which points this sweep has. Written by `brecha sweep`.\nname = {}\nfirst-seed = {}\n\n{}",
            toml::Value::String(self.name.clone()),
            self.first_seed,
            self.sweep.to_toml()
        )
    }

    /// Of the sweep in `folder`; `None` where there is none, or its file is damaged.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        let text = fs::read_to_string(folder.join(SWEEP)).ok()?;
        let table = text.parse::<toml::Table>().ok()?;
        Some(Self {
            name: table.get("name")?.as_str()?.to_owned(),
            sweep: Sweep::parse(&text)?,
            first_seed: u64::try_from(table.get("first-seed")?.as_integer()?).ok()?,
        })
    }
}
