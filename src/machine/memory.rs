//! Memory that a process may still take: the least of what the machine, its control group and its own limits leave it.

use std::fs;
use std::path::Path;

use super::limits::own_limit;
use crate::data::memory::size;

/// Memory that a process may still take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Bytes.
    pub available: u64,
    /// What sets it.
    pub limit: String,
}

/// The tightest limit on this process's memory; `None` where nothing is known.
#[must_use]
pub fn memory() -> Option<Memory> {
    let machine = machine_memory().map(|available| Memory {
        available,
        limit: "the machine has no more".to_owned(),
    });
    let limits = [
        ("Max address space", "ulimit -v"),
        ("Max data size", "ulimit -d"),
    ];
    let own = limits.into_iter().filter_map(|(name, command)| {
        let limit = own_limit(name)?;
        Some(Memory {
            // More is mapped than that: what the allocator and the stacks have reserved and nobody has touched is not lost.
            available: limit.saturating_sub(status("VmRSS")?),
            limit: format!("`{command}` allows {} in all", size(limit)),
        })
    });
    own.chain(cgroup_memory())
        .chain(machine)
        .min_by_key(|memory| memory.available)
}

/// The most that this process has had so far, in bytes; `None` where the system does not say.
#[must_use]
pub fn highest() -> Option<u64> {
    status("VmHWM")
}

/// What the kernel thinks can be had without swapping, and what of the swap is free.
fn machine_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let available = kilobytes(&text, "MemAvailable")?;
    Some(available + kilobytes(&text, "SwapFree").unwrap_or(0))
}

/// Of the group that the process is in, and of those around it, as containers and schedulers set them.
fn cgroup_memory() -> Option<Memory> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    text.lines()
        .filter_map(|line| {
            let mut fields = line.splitn(3, ':');
            let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
            let (root, most, used) = match controllers {
                "" => ("/sys/fs/cgroup", "memory.max", "memory.current"),
                "memory" => (
                    "/sys/fs/cgroup/memory",
                    "memory.limit_in_bytes",
                    "memory.usage_in_bytes",
                ),
                _ => return None,
            };
            group(Path::new(root), path, (most, used))
        })
        .min_by_key(|memory| memory.available)
}

/// Within a container the path may be that of the machine around it, where there is nothing: then the group is the root.
fn group(root: &Path, path: &str, (most, used): (&str, &str)) -> Option<Memory> {
    let number =
        |file: &Path| -> Option<u64> { fs::read_to_string(file).ok()?.trim().parse().ok() };
    let own = root.join(path.trim_start_matches('/'));
    own.ancestors()
        .take_while(|folder| folder.starts_with(root))
        .filter_map(|folder| {
            // Without a limit there is the word `max`, or a number next to 2⁶³.
            let limit = number(&folder.join(most)).filter(|&limit| limit < 1 << 62)?;
            // The pages of files count as used, and are given back when they are needed.
            let pages = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
            let pages: u64 = ["inactive_file", "active_file"]
                .iter()
                .filter_map(|name| {
                    // In the older hierarchy the plain names leave out the groups within.
                    let value = |name: &str| {
                        let line = pages.lines().find_map(|line| line.strip_prefix(name))?;
                        line.trim().parse::<u64>().ok()
                    };
                    value(&format!("total_{name}")).or_else(|| value(name))
                })
                .sum();
            let used = number(&folder.join(used))?.saturating_sub(pages);
            Some(Memory {
                available: limit.saturating_sub(used),
                limit: format!("its control group may have {} in all", size(limit)),
            })
        })
        .min_by_key(|memory| memory.available)
}

/// A line of `/proc/self/status`, in bytes.
fn status(name: &str) -> Option<u64> {
    kilobytes(&fs::read_to_string("/proc/self/status").ok()?, name)
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number = line.strip_prefix(':')?.split_whitespace().next()?;
    number.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_kernel_writes_them() {
        let text = "MemTotal:       24683520 kB\nMemAvailable:   23000000 kB\n";
        assert_eq!(kilobytes(text, "MemAvailable"), Some(23_000_000 * 1024));
        assert_eq!(kilobytes(text, "Mem"), None);
    }

    #[test]
    fn a_control_group_is_as_narrow_as_the_narrowest_around_it() {
        let root = tempfile::tempdir().unwrap();
        let write = |folder: &str, most: &str, used: &str| {
            let folder = root.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("memory.max"), most).unwrap();
            fs::write(folder.join("memory.current"), used).unwrap();
        };
        let names = ("memory.max", "memory.current");
        write("a", "4000\n", "3000\n");
        write("a/b", "max\n", "10\n");
        write("a/b/c", "2000\n", "500\n");
        fs::write(
            root.path().join("a/memory.stat"),
            "anon 7\ninactive_file 100\nactive_file 50\n",
        )
        .unwrap();
        let found = group(root.path(), "/a/b/c", names).unwrap();
        assert_eq!(found.available, 4000 - (3000 - 150));
        let found = group(root.path(), "/a/b/c/of-the-host", names).unwrap();
        assert_eq!(found.available, 1150);
        assert_eq!(group(root.path(), "/", names), None);
    }
}
