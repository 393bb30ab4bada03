//! What is left of memory, disk, open files and threads: asked before a run begins, and said with both numbers where it is too little.

use std::fs;
use std::path::Path;

use thiserror::Error;

use super::memory::{Memory, memory};
use crate::data::memory::size;

/// Files that a run has open at once, and some to spare: tables, events, a checkpoint, the lock, what the system's libraries open.
const OPEN_FILES: u64 = 32;

/// Threads besides those that compute: the writers of rows and checkpoints, who waits for signals, those of the framework.
const OTHER_THREADS: usize = 5;

/// What a run may not begin without.
#[derive(Debug, Error)]
pub enum LimitError {
    /// The run would be killed, or end in the middle of a step.
    #[error(
        "this run needs about {} of memory ({parts}), but only {} are left: {limit}",
        size(*needed),
        size(*available)
    )]
    Memory {
        /// At least.
        needed: u64,
        /// What for.
        parts: String,
        /// Now.
        available: u64,
        /// By what.
        limit: String,
    },
    /// The first checkpoints would not find room.
    #[error(
        "only {} are free in `{folder}`, but this run needs {}: room for three checkpoints of {}",
        size(*free),
        size(*needed),
        size(*needed / 3)
    )]
    Disk {
        /// Where the run is.
        folder: String,
        /// Three checkpoints.
        needed: u64,
        /// Now.
        free: u64,
    },
    /// `ulimit -n`
    #[error("only {limit} files may be open at once, and a run needs up to {OPEN_FILES}")]
    OpenFiles {
        /// For this process.
        limit: u64,
    },
    /// `ulimit -u`, or that of a container.
    #[error("cannot start {wanted} threads: {reason}{}", limit.map_or_else(String::new, |limit| format!(" (this user may have {limit})")))]
    Threads {
        /// How many.
        wanted: usize,
        /// As the system says it.
        reason: String,
        /// The user's.
        limit: Option<u64>,
    },
}

impl LimitError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Memory { .. } => {
                "use a smaller `training.batch-size` (and `evaluation.batch-size`), fewer or smaller layers, or a machine with more memory; \
                 `training.gradient-accumulation` keeps the step as large as it is"
            }
            Self::Disk { .. } => {
                "make room, or choose another disk with `--artifacts DIRECTORY`"
            }
            Self::OpenFiles { .. } => "raise the limit in this shell: `ulimit -n 1024`",
            Self::Threads { .. } => {
                "raise the limit (`ulimit -u`, or the container's), end other programs, or compute with fewer threads: `RAYON_NUM_THREADS=1`"
            }
        }
        .to_owned()
    }
}

/// The soft limit of this name in `/proc/self/limits`; `None` where none is set.
pub(super) fn own_limit(name: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/self/limits").ok()?;
    soft_limit(&text, name)
}

fn soft_limit(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Refuses what needs more memory than there is.
///
/// # Errors
///
/// There is less.
pub fn check_memory(needed: u64, parts: impl FnOnce() -> String) -> Result<(), LimitError> {
    match memory() {
        Some(Memory { available, limit }) if available < needed => Err(LimitError::Memory {
            needed,
            parts: parts(),
            available,
            limit,
        }),
        _ => Ok(()),
    }
}

/// Bytes that are free in a folder, for this user; `None` where nobody knows.
#[must_use]
pub fn free_disk(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    if let Ok(disk) = rustix::fs::statvfs(folder) {
        return Some(disk.f_bavail.saturating_mul(disk.f_frsize));
    }
    let _ = folder;
    None
}

/// Refuses a folder with no room for three checkpoints of this size: the two that are kept, and the next.
///
/// # Errors
///
/// There is less.
pub fn check_disk(folder: &Path, checkpoint: u64) -> Result<(), LimitError> {
    let needed = checkpoint.saturating_mul(3);
    match free_disk(folder) {
        Some(free) if free < needed => Err(LimitError::Disk {
            folder: folder.display().to_string(),
            needed,
            free,
        }),
        _ => Ok(()),
    }
}

/// Refuses to begin where the files of a run cannot all be open.
///
/// # Errors
///
/// Too few may be.
pub fn check_open_files() -> Result<(), LimitError> {
    match own_limit("Max open files") {
        Some(limit) if limit < OPEN_FILES => Err(LimitError::OpenFiles { limit }),
        _ => Ok(()),
    }
}

/// Starts as many threads as a run does, and lets them go: whoever counts on one that cannot be started panics.
///
/// # Errors
///
/// One cannot be started.
pub fn check_threads() -> Result<(), LimitError> {
    use std::sync::{Arc, PoisonError, RwLock};

    let asked = std::env::var("RAYON_NUM_THREADS").ok();
    let cores = asked
        .and_then(|threads| threads.parse().ok())
        .filter(|&threads| threads > 0)
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let wanted = cores + OTHER_THREADS;
    // All of them are there at once: they wait for the lock.
    let gate = Arc::new(RwLock::new(()));
    let closed = gate.write().unwrap_or_else(PoisonError::into_inner);
    let mut threads = Vec::with_capacity(wanted);
    let mut refused = None;
    for _ in 0..wanted {
        let gate = gate.clone();
        let thread = std::thread::Builder::new()
            .stack_size(1 << 16)
            .spawn(move || {
                drop(gate.read());
            });
        match thread {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    drop(closed);
    for thread in threads {
        // It does nothing that could panic.
        let _ = thread.join();
    }
    match refused {
        None => Ok(()),
        Some(error) => Err(LimitError::Threads {
            wanted,
            reason: error.to_string(),
            limit: own_limit("Max processes"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_the_kernel_writes_them() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max open files            1024                 1048576              files     \n\
                    Max address space         unlimited            unlimited            bytes     \n";
        assert_eq!(soft_limit(text, "Max open files"), Some(1024));
        assert_eq!(soft_limit(text, "Max address space"), None);
        assert_eq!(soft_limit(text, "Max processes"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_says_what_it_has() {
        let memory = memory().unwrap();
        assert!(memory.available > 1 << 20, "{memory:?}");
        check_memory(1, String::new).unwrap();
        let error = check_memory(u64::MAX, || "weights 1 byte".to_owned()).unwrap_err();
        assert!(error.to_string().contains("weights 1 byte"), "{error}");
        check_open_files().unwrap();
        check_threads().unwrap();
        let folder = tempfile::tempdir().unwrap();
        check_disk(folder.path(), 1).unwrap();
        let error = check_disk(folder.path(), 1 << 60).unwrap_err();
        assert!(error.to_string().contains("three checkpoints"), "{error}");
        check_disk(&folder.path().join("missing"), u64::MAX).unwrap();
    }
}
