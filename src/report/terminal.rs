//! How wide the terminal is, where there is one.

use terminal_size::terminal_size_of;

/// Columns of the terminal that `stream` is; `None` where it is a file, a pipe or the log of another machine.
#[cfg(unix)]
#[must_use]
pub fn width(stream: &impl std::os::fd::AsFd) -> Option<usize> {
    terminal_size_of(stream).map(|(width, _)| usize::from(width.0))
}

/// Columns of the terminal that `stream` is; `None` where it is a file, a pipe or the log of another machine.
#[cfg(windows)]
#[must_use]
pub fn width(stream: &impl std::os::windows::io::AsHandle) -> Option<usize> {
    terminal_size_of(stream).map(|(width, _)| usize::from(width.0))
}
