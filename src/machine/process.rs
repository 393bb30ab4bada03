//! Which process wrote something: its number alone is given to another one sooner or later.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// A process of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// The name of the machine, or of the container.
    pub host: Option<String>,
    /// The kernel draws a new one each time it starts.
    pub boot: Option<String>,
    /// When the process started, in the kernel's ticks after that.
    pub start: Option<u64>,
}

impl Process {
    /// This one.
    #[must_use]
    pub fn current() -> Self {
        let id = std::process::id();
        Self {
            id,
            host: host(),
            boot: line("/proc/sys/kernel/random/boot_id"),
            start: start(id),
        }
    }

    /// Whether it is still there; `None` where this system cannot tell, or is another one.
    #[must_use]
    pub fn is_alive(&self) -> Option<bool> {
        let here = Self::current();
        if self.is_elsewhere() {
            return None;
        }
        if self.boot.is_some() && here.boot.is_some() && self.boot != here.boot {
            return Some(false);
        }
        if !Path::new("/proc/self").exists() {
            return None;
        }
        let now = start(self.id);
        Some(now.is_some() && (self.start.is_none() || now == self.start))
    }

    /// Whether it says that it is of a machine with another name.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        match (&self.host, host()) {
            (Some(theirs), Some(ours)) => *theirs != ours,
            _ => false,
        }
    }
}

fn host() -> Option<String> {
    line("/proc/sys/kernel/hostname")
}

fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The 22nd field of `/proc/PID/stat`; the second is the program's name in parentheses, in which there may be anything.
fn start(id: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, behind) = text.rsplit_once(')')?;
    behind.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_is_told_from_one_with_its_number() {
        let here = Process::current();
        assert!(here.host.is_some() && here.boot.is_some() && here.start.is_some());
        assert_eq!(here.is_alive(), Some(true));
        let later = Process {
            start: here.start.map(|start| start + 1),
            ..here.clone()
        };
        assert_eq!(later.is_alive(), Some(false), "its number was given again");
        let before = Process {
            boot: Some("another".to_owned()),
            ..here.clone()
        };
        assert_eq!(
            before.is_alive(),
            Some(false),
            "the machine was started again"
        );
        let elsewhere = Process {
            host: Some("another.example".to_owned()),
            ..here
        };
        assert_eq!(elsewhere.is_alive(), None);
        let gone = Process {
            id: u32::MAX,
            ..Process::default()
        };
        assert_eq!(gone.is_alive(), Some(false));
    }
}
