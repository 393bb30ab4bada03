//! How wide the terminal is, where there is one; and what it is not given.

use std::borrow::Cow;

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

/// The text without what a terminal obeys: names of classes, files and tensors come from files of others. Lines and tabs stay.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    let is_command = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.chars().any(is_command) {
        let shown = |c: char| if is_command(c) { '\u{fffd}' } else { c };
        Cow::Owned(text.chars().map(shown).collect())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_commanded() {
        assert_eq!(harmless("a\tb\nä\u{1f980}"), "a\tb\nä\u{1f980}");
        assert_eq!(
            harmless("\u{1b}[2J\u{9b}m\r\u{7}"),
            "\u{fffd}[2J\u{fffd}m\u{fffd}\u{fffd}"
        );
    }
}
