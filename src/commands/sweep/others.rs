//! `brecha sweep commands`: one command per point, for launchers that brecha knows nothing of. What they may rely on is written down
//! in [`experiment::launching`](crate::experiment::launching).

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::super::print;
use super::local::program;
use super::prepare::{check, failed};
use super::slurm::refuse_beside_jobs;
use crate::cli::SweepPointsArguments;
use crate::error::{Error, ExitCode};
use crate::experiment::{Layout, Point};
use crate::report::ReportError;

/// Prepares the sweep, and prints what runs its points.
pub(super) fn run(points: &SweepPointsArguments) -> Result<ExitCode, Error> {
    let checked = check(points)?;
    let folder = checked.folder()?;
    refuse_beside_jobs(&folder)?;
    let prepared = checked.write(folder)?;
    prepared.tell();
    let program = program()?;
    let folder = prepared.folder.path();
    let folder = std::path::absolute(folder).map_err(failed("find", folder))?;
    let layout = Layout::new(&folder);
    for &number in &prepared.missing {
        let mut words = vec![program.clone().into_os_string()];
        words.extend(arguments(&layout, &prepared.points[number]));
        let words: Option<Vec<String>> = words.iter().map(|word| quoted(word)).collect();
        let words = words.ok_or_else(|| not_a_line(&folder))?;
        print(&format!("{}\n", words.join(" ")))?;
    }
    Ok(ExitCode::Success)
}

/// Of the program, for a point: it may be given any number of times, and ends with the same code where nothing is left to do.
pub(super) fn arguments(layout: &Layout, point: &Point) -> Vec<OsString> {
    vec![
        "train".into(),
        "--once".into(),
        "--config".into(),
        layout.configuration(point).into(),
        "--artifacts".into(),
        layout.runs(point).into(),
        "--name".into(),
        point.name.clone().into(),
        // Nobody looks at each of a thousand runs; for those that are looked at, `brecha report` draws.
        "--no-report".into(),
    ]
}

/// For a POSIX shell; `None` where that cannot be a part of a line.
fn quoted(word: &OsStr) -> Option<String> {
    let word = word.to_str()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c);
    if word.contains(['\n', '\r', '\0']) {
        None
    } else if !word.is_empty() && word.chars().all(plain) {
        Some(word.to_owned())
    } else {
        Some(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

fn not_a_line(folder: &Path) -> Error {
    Error::Report(ReportError::Encode {
        path: folder.to_owned(),
        reason: "its path cannot be part of a line".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_what_was_meant() {
        let quoted = |word: &str| quoted(OsStr::new(word));
        assert_eq!(quoted("a/b-1.5"), Some("a/b-1.5".to_owned()));
        assert_eq!(quoted("a b"), Some("'a b'".to_owned()));
        assert_eq!(quoted("it's $HOME"), Some(r"'it'\''s $HOME'".to_owned()));
        assert_eq!(quoted(""), Some("''".to_owned()));
        assert_eq!(quoted("a\nb"), None);
    }
}
