//! Where things are kept that can be had again: decoded images, and published sets. Deleting the folder does no harm.

use std::env;
use std::path::PathBuf;

/// `$XDG_CACHE_HOME/brecha`, else `~/.cache/brecha` (on Windows `%LOCALAPPDATA%\brecha`). `None` where no such variable is set.
pub(crate) fn directory() -> Option<PathBuf> {
    let variable = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = variable("XDG_CACHE_HOME")
        .or_else(|| variable("LOCALAPPDATA").filter(|_| cfg!(windows)))
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("brecha"))
}
