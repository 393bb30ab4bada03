//! Messages that point at the text: [`Source`] keeps the text and finds keys in it, [`ConfigError`] keeps what is
//! wrong as data, and draws it in the manner of rustc.
//!
//! Any stage that finds a mistake in a configuration says so through [`Source::invalid`]: it names the key, and the
//! place is looked up in the text again, so that no position needs to travel with the values.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::document::{Document, split_key};
use super::problems::Problem;
use super::sweep::Axis;
use super::vocabulary::quote;

/// Nobody reads more at once.
const MOST_SHOWN: usize = 32;

/// The text that a configuration was read from, after the overrides of the command line.
#[derive(Clone, Debug)]
pub struct Source {
    /// What the text is called in messages: the path, with a mark if `--set` changed the text.
    pub name: String,
    /// The text itself; positions are byte offsets into it.
    pub text: String,
    /// Keys that `--set` assigned, with the argument as it was given.
    pub(super) overridden: Vec<(Vec<String>, String)>,
}

impl Source {
    /// A text without overrides.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
            overridden: Vec::new(),
        }
    }

    /// The position of the value of a dotted key (`model.layers.3`), or of its nearest parent that is written. A table
    /// under a header has the position of its header.
    #[must_use]
    pub fn locate(&self, key: &str) -> Option<Range<usize>> {
        Document::parse(&self.text).ok()?.locate(&split_key(key))
    }

    /// The error for problems that a later stage found. `title` is a fragment such as `invalid network`.
    #[must_use]
    pub fn invalid(&self, title: &str, problems: Vec<Problem>) -> ConfigError {
        let findings = match Document::parse(&self.text) {
            Ok(document) => {
                let place = |problem| self.place(problem, &document);
                problems.into_iter().map(place).collect()
            }
            Err(_) => problems.into_iter().map(Finding::from).collect(),
        };
        ConfigError::new(title, Some(self.clone()), findings)
    }

    /// The error for a key of `[sweep]` whose values no configuration can have.
    #[must_use]
    pub fn invalid_axis(&self, axis: &Axis, message: String, hint: Option<String>) -> ConfigError {
        let mut finding = Finding::new(&format!("sweep.{}", axis.key), message);
        finding.problem.hint = hint;
        let finding = finding.at(axis.span.clone());
        ConfigError::new("invalid sweep", Some(self.clone()), vec![finding])
    }

    /// The problem with its position in the text, of which `document` is the tree.
    pub(super) fn place(&self, problem: Problem, document: &Document<'_>) -> Finding {
        let range = document.locate(&split_key(&problem.key));
        let finding = Finding::from(problem);
        self.mark(Finding { range, ..finding })
    }

    /// Says so if the place was written by `--set`.
    pub(super) fn mark(&self, mut finding: Finding) -> Finding {
        let path = split_key(&finding.problem.key);
        // The other way round as well: an override inside of a table is part of what is wrong with the table.
        let concerns =
            |key: &Vec<String>| path.starts_with(key) || (path.len() > 1 && key.starts_with(&path));
        for (key, argument) in &self.overridden {
            if concerns(key) {
                finding.notes.push(format!(
                    "the command line says {}",
                    quote(&format!("--set {argument}"))
                ));
            }
        }
        finding
    }
}

/// One problem with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which key, what is wrong, what to do.
    pub problem: Problem,
    /// Byte range in [`Source::text`]; none where something is missing from the whole file.
    pub range: Option<Range<usize>>,
    /// Stands beside the caret.
    pub label: Option<String>,
    /// What is known otherwise: the known names, the origin of the value.
    pub notes: Vec<String>,
}

impl From<Problem> for Finding {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            range: None,
            label: None,
            notes: Vec::new(),
        }
    }
}

impl Finding {
    pub(super) fn new(key: &str, message: String) -> Self {
        Self::from(Problem {
            key: key.to_owned(),
            message,
            hint: None,
        })
    }

    pub(super) fn at(mut self, range: Range<usize>) -> Self {
        self.range = (!range.is_empty() || range.start > 0).then_some(range);
        self
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(super) fn hint(mut self, hint: String) -> Self {
        self.problem.hint = Some(hint);
        self
    }

    pub(super) fn note(mut self, note: String) -> Self {
        self.notes.push(note);
        self
    }
}

/// Everything that is wrong with a configuration, or the reason why it could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.render(false))]
pub struct ConfigError(Box<Contents>);

#[derive(Debug)]
struct Contents {
    title: String,
    source: Option<Source>,
    findings: Vec<Finding>,
}

impl ConfigError {
    pub(super) fn new(title: &str, source: Option<Source>, findings: Vec<Finding>) -> Self {
        Self(Box::new(Contents {
            title: title.to_owned(),
            source,
            findings,
        }))
    }

    /// What is wrong, as data.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.0.findings
    }

    /// The message as it goes to standard error, beginning with `error:` and without a last line break.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled().hyperlink(false)
        } else {
            Renderer::plain()
        };
        let Contents {
            title,
            source,
            findings,
        } = &*self.0;
        let mut text = String::new();
        for finding in findings.iter().take(MOST_SHOWN) {
            let _ = write!(
                text,
                "{}\n\n",
                renderer.render(&[draw(finding, source.as_ref())])
            );
        }
        if findings.len() != 1 {
            let mut count = title.clone();
            if let Some(source) = source {
                let _ = write!(count, " in `{}`", source.name);
            }
            let _ = write!(count, ": {} problems", findings.len());
            if findings.len() > MOST_SHOWN {
                let _ = write!(count, ", of which the first {MOST_SHOWN} are shown");
            }
            let group = Group::with_title(Level::ERROR.primary_title(count));
            text.push_str(&renderer.render(&[group]));
        }
        text.truncate(text.trim_end().len());
        text
    }
}

fn draw<'f>(finding: &'f Finding, source: Option<&'f Source>) -> Group<'f> {
    let mut group = Group::with_title(Level::ERROR.primary_title(&finding.problem.message));
    group = match (source, &finding.range) {
        (Some(source), Some(range)) => underline(group, finding, source, range),
        (Some(source), None) => group.element(Origin::path(&source.name)),
        (None, _) => group,
    };
    if let Some(hint) = &finding.problem.hint {
        group = group.element(Level::HELP.message(hint));
    }
    for note in &finding.notes {
        group = group.element(Level::NOTE.message(note));
    }
    group
}

/// Shows the first line of the range. What is far from it on the same line is left out before the renderer sees it,
/// which would spend half a second on a line of a megabyte.
fn underline<'f>(
    group: Group<'f>,
    finding: &'f Finding,
    source: &'f Source,
    range: &Range<usize>,
) -> Group<'f> {
    /// Bytes kept on each side.
    const MARGIN: usize = 400;
    let text = source.text.as_str();
    let mut start = text.floor_char_boundary(range.start);
    if start == text.len() {
        // The end of the file: what is missing there is missing after the last character.
        start = text.trim_end().len();
    }
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[start..]
        .find('\n')
        .map_or(text.len(), |newline| start + newline);
    let line_end = line_start + text[line_start..line_end].trim_end_matches('\r').len();
    let start = start.min(line_end);
    let end = text.floor_char_boundary(range.end).clamp(start, line_end);
    let line = text[..line_start].matches('\n').count() + 1;

    let first = if start - line_start > 4 * MARGIN {
        text.floor_char_boundary(start - MARGIN)
    } else {
        line_start
    };
    let last = text.ceil_char_boundary(line_end.min(start + 2 * MARGIN));
    let span = start - first..end.min(last) - first;
    let annotation = AnnotationKind::Primary
        .span(span)
        .label(finding.label.as_deref());
    let snippet = Snippet::source(&text[first..last])
        .line_start(line)
        .annotation(annotation);
    if first == line_start {
        group.element(snippet.path(&source.name))
    } else {
        let column = text[line_start..start].chars().count() + 1;
        let origin = Origin::path(&source.name).line(line).char_column(column);
        group.element(origin).element(snippet)
    }
}
