//! The lines of a result: a name, and what there is to say of it, wrapped where a terminal would break words, and few enough
//! to be seen at once.

use std::fmt::Write;

use crate::report::terminal::readable;

/// What a screen of a terminal shows, the prompt beside it.
pub(super) const MOST: usize = 25;

/// Columns of the names.
pub(super) const NAMES: usize = 12;

/// Fewer columns than these are not written for.
const NARROWEST: usize = 40;

/// How much a line is worth where there is room for [`MOST`]; all lines of one worth go together, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// What other trainers would say.
    Aside,
    /// The curve of the losses, where that of the scores is shown as well.
    SecondCurve,
    /// Methods that are simpler still than the linear model.
    Witness,
    /// What was not kept.
    NotKept,
    /// A suggestion, which is the more promising the lower its place.
    Suggestion(std::cmp::Reverse<usize>),
    /// The curve of the scores.
    Curve,
    /// What was asked for.
    Needed,
}

/// Lines in the order in which they are read.
#[derive(Default)]
pub(super) struct Lines(Vec<Line>);

struct Line {
    name: &'static str,
    text: String,
    /// Follows `text` where both fit on one line.
    detail: String,
    worth: Worth,
}

impl Lines {
    /// A line that is always there.
    pub(super) fn add(&mut self, name: &'static str, text: String) {
        self.add_worth(Worth::Needed, name, text);
    }

    /// A line that is there where there is room.
    pub(super) fn add_worth(&mut self, worth: Worth, name: &'static str, text: String) {
        self.add_detailed(worth, name, text, String::new());
    }

    /// The same, with an end that is left out rather than wrapped.
    pub(super) fn add_detailed(
        &mut self,
        worth: Worth,
        name: &'static str,
        text: String,
        detail: String,
    ) {
        // Before lines are broken: a sign may become several characters.
        let [text, detail] = [text, detail].map(|text| readable(&text).into_owned());
        self.0.push(Line {
            name,
            text,
            detail,
            worth,
        });
    }

    /// As text, for a terminal of so many columns; without one, every line is one line.
    pub(super) fn text(mut self, width: Option<usize>) -> String {
        let width = width.map_or(usize::MAX, |width| width.max(NARROWEST)) - NAMES;
        loop {
            let wrapped: Vec<_> = self
                .0
                .iter()
                .map(|line| (line.name, line.wrapped(width)))
                .collect();
            let count: usize = wrapped.iter().map(|(_, lines)| lines.len()).sum();
            let least = self.0.iter().map(|line| line.worth).min();
            match least {
                Some(least) if count > MOST && least < Worth::Needed => {
                    self.0.retain(|line| line.worth != least);
                }
                _ => return join(wrapped),
            }
        }
    }
}

impl Line {
    fn wrapped(&self, width: usize) -> Vec<String> {
        let Self { text, detail, .. } = self;
        if text.chars().count() + detail.chars().count() <= width {
            vec![format!("{text}{detail}")]
        } else {
            wrap(text, width)
        }
    }
}

fn join(wrapped: Vec<(&str, Vec<String>)>) -> String {
    let mut text = String::new();
    for (name, lines) in wrapped {
        for (place, line) in lines.into_iter().enumerate() {
            let name = if place == 0 { name } else { "" };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<NAMES$}{line}");
        }
    }
    text
}

/// Broken at spaces. A word that is too long for a line, such as a path, stays whole: it is to be copied.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    let mut words = text.split_inclusive(' ').peekable();
    while let Some(word) = words.next() {
        // `98.5 %` is not torn apart.
        let unit = words.next_if(|next| next.starts_with('%')).unwrap_or("");
        let word = [word, unit].concat();
        let length = word.trim_end().chars().count();
        if used > 0 && length > 0 && used + length > width {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(&word);
        }
        used += word.chars().count();
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use super::*;

    #[test]
    fn words_are_wrapped_and_long_ones_stay_whole() {
        let broken = |text, width| wrap(text, width).join("|");
        assert_eq!(broken("one two three", usize::MAX), "one two three");
        assert_eq!(broken("one two three", 7), "one two|three");
        assert_eq!(
            broken("  +1.5 points (−0.3 to +3.4)", 20),
            "  +1.5 points (−0.3|to +3.4)"
        );
        assert_eq!(
            broken("at /a/very/long/path now", 6),
            "at|/a/very/long/path|now"
        );
        assert_eq!(broken("accuracy 98.5 %, good", 15), "accuracy|98.5 %, good");
        assert_eq!(broken("", 6), "");
    }

    #[test]
    fn details_are_left_out_rather_than_wrapped() {
        let said = |width| {
            let mut lines = Lines::default();
            lines.add_detailed(
                Worth::Needed,
                "test",
                "98.5 %".to_owned(),
                ", of 40 samples as always".to_owned(),
            );
            lines.text(width)
        };
        assert_eq!(said(None), "test        98.5 %, of 40 samples as always\n");
        assert_eq!(said(Some(43)), said(None));
        assert_eq!(said(Some(42)), "test        98.5 %\n");
    }

    #[test]
    fn what_is_worth_least_makes_room() {
        let lines = |needed: usize| {
            let mut lines = Lines::default();
            for _ in 0..needed {
                lines.add("line", "word ".repeat(10));
            }
            lines.add_worth(Worth::Curve, "curve", "▁".to_owned());
            lines.add_worth(Worth::Aside, "aside", "a".to_owned());
            lines.add_worth(Worth::Suggestion(Reverse(0)), "advice", "first".to_owned());
            lines.add_worth(Worth::Suggestion(Reverse(1)), "", "second".to_owned());
            lines
        };
        assert_eq!(lines(10).text(None).lines().count(), 14);
        assert_eq!(lines(21).text(None).lines().count(), 25);
        let text = lines(22).text(None);
        assert!(!text.contains("aside") && text.contains("second"), "{text}");
        let text = lines(23).text(None);
        assert!(!text.contains("second") && text.contains("first"), "{text}");
        // Two lines each at 40 columns.
        let text = lines(12).text(Some(1));
        assert!(!text.contains("first") && text.contains("curve"), "{text}");
        assert_eq!(text.lines().count(), 25);
        assert!(text.lines().all(|line| line.chars().count() <= NARROWEST));
        // What is needed stays, however much it is.
        assert_eq!(lines(30).text(None).lines().count(), 30);
    }
}
