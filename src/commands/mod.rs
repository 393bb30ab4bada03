//! One file per command, each short: it calls the stages in order, and is the only code that prints.

pub mod backends;
pub mod bench;
pub mod calibration;
pub mod check_gradients;
pub mod compare;
pub mod config;
pub mod control;
pub mod data;
pub mod evaluate;
pub mod export;
pub mod fetch;
pub mod find_learning_rate;
mod found;
mod illustrate;
pub mod import;
mod judging;
pub mod learning_curve;
mod needs;
pub mod new;
mod plan;
pub mod predict;
mod reading;
pub mod report;
pub mod runs;
mod said;
pub mod serve_device;
mod signals;
pub mod sweep;
pub mod train;
mod trained;
pub mod verify;
pub mod watch;

use std::io::{IsTerminal, Write};
use std::path::Path;

use crate::error::Error;
use crate::report::{ReportError, terminal};

/// Writes results for people to standard output, with the signs that their locale knows.
fn show(text: &str) -> Result<(), Error> {
    print(&terminal::readable(text))
}

/// Writes results to standard output, as they are. A reader that has gone away (`| head`) ends the output, not the program.
fn print(text: &str) -> Result<(), Error> {
    offer(text).map(|_| ())
}

/// The same, telling whether somebody still reads.
fn offer(text: &str) -> Result<bool, Error> {
    let mut stdout = std::io::stdout();
    // What goes into a file or another program is not changed.
    let text = if stdout.is_terminal() {
        terminal::harmless(text)
    } else {
        text.into()
    };
    match stdout.write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Error::Report(ReportError::Io {
            action: "write to",
            path: "standard output".into(),
            source: error,
        })),
        Ok(()) => Ok(true),
    }
}

/// Writes progress and warnings to standard error, whose reader may have gone away.
fn tell(text: &str) {
    let text = terminal::harmless(text);
    let _ = std::io::stderr().write_all(terminal::readable(&text).as_bytes());
}

/// The name of what a configuration makes, by default: its file's, which will do for a folder after the letters that would
/// need quoting.
fn run_name(config: &Path) -> String {
    let stem = config
        .file_stem()
        .map_or_else(|| "run".into(), |stem| stem.to_string_lossy());
    let plain = |c: char| {
        if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') {
            c
        } else {
            '-'
        }
    };
    stem.trim_start_matches('.').chars().map(plain).collect()
}
