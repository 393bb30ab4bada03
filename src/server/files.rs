//! Files of one folder and of no other.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::answer::{Answer, Body, TEXT};

/// A folder, and everything in it that is not hidden.
#[derive(Clone, Debug)]
pub struct Root {
    path: PathBuf,
}

impl Root {
    /// The folder at `path`.
    ///
    /// # Errors
    ///
    /// It is not there, or no folder.
    pub fn new(path: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        fs::read_dir(&path)?;
        Ok(Self { path })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where these names, each that of a folder or file in the one before, lead to, with all symbolic links followed; `None` where
    /// that is out of this folder, is hidden, or is not there.
    #[must_use]
    pub fn find<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Option<PathBuf> {
        let mut path = self.path.clone();
        for name in names {
            let mut components = Path::new(name).components();
            let is_plain = matches!(
                (components.next(), components.next()),
                (Some(Component::Normal(only)), None) if only == name
            );
            if !is_plain || name.starts_with('.') || name.contains(['/', '\\', '\0', ':']) {
                return None;
            }
            path.push(name);
        }
        let path = fs::canonicalize(path).ok()?;
        self.holds(&path).then_some(path)
    }

    /// Whether a path without symbolic links lies in this folder.
    #[must_use]
    pub fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.path)
    }

    /// Whether all files of a folder lie in this one, wherever its symbolic links lead; those of the folders in it as well.
    #[must_use]
    pub fn holds_all_of(&self, folder: &Path) -> bool {
        self.holds_all_down_to(folder, 2)
    }

    fn holds_all_down_to(&self, folder: &Path, depth: usize) -> bool {
        let Ok(entries) = fs::read_dir(folder) else {
            return false;
        };
        entries.flatten().all(|entry| {
            let Ok(kind) = entry.file_type() else {
                return false;
            };
            if kind.is_symlink() {
                // One that leads nowhere leads to nothing.
                fs::canonicalize(entry.path()).map_or(true, |path| self.holds(&path))
            } else {
                depth == 0 || !kind.is_dir() || self.holds_all_down_to(&entry.path(), depth - 1)
            }
        })
    }

    /// The file that these names lead to.
    #[must_use]
    pub fn serve<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Answer {
        let file = || {
            let path = self.find(names)?;
            // What is no file, such as a pipe, is not opened: that might wait for ever.
            fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
            let file = File::open(&path).ok()?;
            let length = file.metadata().ok()?.len();
            Some(Answer {
                status: 200,
                kind: kind(&path),
                body: Body::File(file, length),
            })
        };
        file().unwrap_or_else(Answer::not_found)
    }
}

/// What a browser shall take a file for. HTML is text: pages come from elsewhere.
fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("csv" | "html" | "jsonl" | "log" | "md" | "toml" | "txt") => TEXT,
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_is_found() -> io::Result<()> {
        let temporary = tempfile::tempdir()?;
        let inside = temporary.path().join("inside");
        fs::create_dir_all(inside.join("run/pictures"))?;
        fs::create_dir(temporary.path().join("inside-too"))?;
        fs::write(temporary.path().join("secret"), "secret")?;
        fs::write(temporary.path().join("inside-too/secret"), "secret")?;
        fs::write(inside.join("run/run.json"), "{}")?;
        fs::write(inside.join(".hidden"), "secret")?;
        let root = Root::new(&inside)?;
        assert!(root.find(["run", "run.json"]).is_some());
        assert!(root.find([]).is_some());
        for names in [
            vec!["..", "secret"],
            vec!["run", "..", "..", "secret"],
            vec!["run/../../secret"],
            vec!["..\\secret"],
            vec!["."],
            vec![""],
            vec![".hidden"],
            vec!["run", "nothing"],
            vec!["run\0.json"],
            vec!["/etc/passwd"],
            vec!["run", "/etc/passwd"],
            vec!["C:"],
        ] {
            assert_eq!(root.find(names.iter().copied()), None, "{names:?}");
        }
        assert!(Root::new(&inside.join("run/run.json")).is_err());
        assert!(root.holds_all_of(&inside.join("run")));
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links_lead_no_further() -> io::Result<()> {
        use std::os::unix::fs::symlink;

        let temporary = tempfile::tempdir()?;
        let inside = temporary.path().join("inside");
        fs::create_dir_all(inside.join("run/pictures"))?;
        fs::create_dir(temporary.path().join("inside-too"))?;
        fs::write(temporary.path().join("secret"), "secret")?;
        fs::write(inside.join("run/file"), "")?;
        let root = Root::new(&inside)?;
        symlink(temporary.path().join("inside-too"), inside.join("out"))?;
        symlink(inside.join("run"), inside.join("within"))?;
        assert_eq!(root.find(["out"]), None);
        assert!(root.find(["within", "file"]).is_some());
        assert!(root.holds_all_of(&inside.join("run")));
        symlink(
            temporary.path().join("secret"),
            inside.join("run/pictures/a.svg"),
        )?;
        assert_eq!(root.find(["run", "pictures", "a.svg"]), None);
        assert!(!root.holds_all_of(&inside.join("run")));
        Ok(())
    }
}
