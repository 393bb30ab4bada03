//! How wide the terminal is, where there is one; which characters whoever reads can see; and what a terminal is not given.

use std::borrow::Cow;
use std::sync::LazyLock;

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

/// A text for people, as their locale shows it: where that has no UTF-8, our own signs become ASCII. Names and letters of others stay
/// as they are, because they are to be found again.
#[must_use]
pub fn readable(text: &str) -> Cow<'_, str> {
    if *IS_PLAIN && !text.is_ascii() {
        Cow::Owned(in_ascii(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// What a bar is drawn with: what is done, where it ends, and what is left.
#[must_use]
pub fn bar() -> &'static str {
    if *IS_PLAIN { "=> " } else { "━╸ " }
}

static IS_PLAIN: LazyLock<bool> = LazyLock::new(|| {
    // Elsewhere locales say nothing of characters.
    cfg!(unix) && is_plain(|name| std::env::var(name).ok())
});

/// Whether the locale says that there is no UTF-8. Where none is set, as in many containers, nothing is said, and what reads the output
/// nearly always knows UTF-8.
fn is_plain(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    })
}

/// Our own signs in ASCII: the higher the block, the more ink.
fn in_ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '▁' => plain.push('_'),
            '▂' => plain.push('.'),
            '▃' | '−' | '–' | '—' => plain.push('-'),
            '▄' => plain.push(':'),
            '▅' | '━' => plain.push('='),
            '▆' => plain.push('+'),
            '▇' | '·' => plain.push('*'),
            '█' => plain.push('#'),
            '²' => plain.push('2'),
            '×' => plain.push('x'),
            '≈' => plain.push('~'),
            '…' => plain.push_str("..."),
            '→' => plain.push_str("->"),
            '↔' => plain.push_str("<->"),
            other => plain.push(other),
        }
    }
    plain
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

    #[test]
    fn a_locale_says_whether_there_is_utf_8() {
        let plain = |set: &[(&str, &str)]| {
            let set = set.to_vec();
            is_plain(move |name| {
                let of = set.iter().find(|(other, _)| *other == name);
                of.map(|(_, value)| (*value).to_owned())
            })
        };
        for value in ["C", "POSIX", "en_US", "de_DE.ISO-8859-1", "de_DE@euro"] {
            assert!(plain(&[("LANG", value)]), "{value}");
        }
        for value in ["C.UTF-8", "en_US.utf8", "UTF-8", "de_DE.UTF-8@euro", ""] {
            assert!(!plain(&[("LANG", value)]), "{value}");
        }
        assert!(!plain(&[]), "where nothing is said");
        // The first one that is not empty decides.
        assert!(!plain(&[
            ("LC_ALL", "C.UTF-8"),
            ("LC_CTYPE", "C"),
            ("LANG", "C")
        ]));
        assert!(plain(&[
            ("LC_ALL", ""),
            ("LC_CTYPE", "C"),
            ("LANG", "C.UTF-8")
        ]));
    }

    #[test]
    fn the_higher_the_block_the_more_ink() {
        assert_eq!(in_ascii("▁▂▃▄▅▆▇█"), "_.-:=+*#");
        assert_eq!(in_ascii("gap −1.5, R² 0.9 …"), "gap -1.5, R2 0.9 ...");
        assert_eq!(in_ascii("names: θ ö 🦀"), "names: θ ö 🦀");
    }
}
