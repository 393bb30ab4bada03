//! `brecha data fetch`: a published set into the cache, where its source finds it.

use std::cell::RefCell;
use std::fmt::Write;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{print, tell};
use crate::cli::FetchArguments;
use crate::data::fetch::error::FetchError;
use crate::data::fetch::{FetchWatch, fetch};
use crate::data::published::{self, PublishedFile};
use crate::error::{Error, ExitCode};
use crate::report::progress::thousands;
use crate::report::terminal;

/// Downloads what is not there, and says where it lies and how a configuration uses it.
///
/// # Errors
///
/// No place has a file, it is not the published one, or it cannot be written.
pub fn run(arguments: &FetchArguments) -> Result<ExitCode, Error> {
    let set = published::ALL.iter().find(|set| set.name == arguments.name);
    // clap knows the names.
    let Some(set) = set else {
        return Ok(ExitCode::Usage);
    };
    let root = published::root().ok_or(FetchError::NoCache { name: set.name })?;
    let fetched = fetch(set, arguments.from.as_deref(), &root, &Bar::default())?;
    for name in &fetched.damaged {
        tell(&format!("note: `{name}` was damaged, and is replaced\n"));
    }
    let verb = if fetched.downloaded {
        "downloaded"
    } else {
        "already there"
    };
    print(&format!(
        "{}: {verb}, SHA-256 verified\nin     {}\nuse    source = {}\n",
        set.name,
        fetched.directory.display(),
        set.source
    ))?;
    Ok(ExitCode::Success)
}

/// What is shown of a download: a line as it begins, and on a terminal a bar after a second.
#[derive(Default)]
struct Bar(RefCell<Option<Begun>>);

/// The file that is arriving.
struct Begun {
    at: Instant,
    kept: u64,
    bar: Option<ProgressBar>,
}

/// No bar is shown before.
const PATIENCE: Duration = Duration::from_secs(1);

impl FetchWatch for Bar {
    fn begins(&self, file: &PublishedFile, place: &str, kept: u64) {
        self.clear();
        let there = if kept > 0 {
            format!(", {} of them are there", thousands(kept))
        } else {
            String::new()
        };
        let bytes = thousands(file.bytes);
        tell(&format!("{place}: {bytes} bytes{there}\n"));
        self.0.replace(Some(Begun {
            at: Instant::now(),
            kept,
            bar: None,
        }));
    }

    fn progress(&self, file: &PublishedFile, bytes: u64) {
        if let Some(begun) = &mut *self.0.borrow_mut()
            && begun.at.elapsed() >= PATIENCE
            && std::io::stderr().is_terminal()
        {
            let numbers = numbers(file.bytes, begun.kept, bytes, begun.at.elapsed());
            let bar = begun.bar.get_or_insert_with(|| new_bar(file));
            bar.set_message(numbers);
            bar.set_position(bytes);
        }
    }
}

impl Bar {
    fn clear(&self) {
        if let Some(Begun { bar: Some(bar), .. }) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

/// `13.0 of 26.4 MB  2.5 MB/s  6 s left`: at the mean speed of what this call has brought.
fn numbers(whole: u64, kept: u64, bytes: u64, elapsed: Duration) -> String {
    let mega = |bytes: u64| bytes as f64 / 1e6;
    let speed = mega(bytes.saturating_sub(kept)) / elapsed.as_secs_f64();
    let mut text = format!("{:.1} of {:.1} MB", mega(bytes), mega(whole));
    if speed > 0.0 {
        let left = (mega(whole.saturating_sub(bytes)) / speed).ceil();
        // Writing to a string cannot fail.
        let _ = write!(text, "  {speed:.1} MB/s  {left:.0} s left");
    }
    text
}

fn new_bar(file: &PublishedFile) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(15);
    let bar = ProgressBar::with_draw_target(Some(file.bytes), target);
    let style = ProgressStyle::with_template("{prefix} {bar:16} {percent:>3} %  {wide_msg}");
    bar.set_style(
        style
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars(terminal::bar()),
    );
    bar.set_prefix(file.name);
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_before_is_not_counted_as_speed() {
        let of =
            |kept, bytes, seconds| numbers(26_421_880, kept, bytes, Duration::from_secs(seconds));
        assert_eq!(of(0, 13_000_000, 5), "13.0 of 26.4 MB  2.6 MB/s  6 s left");
        assert_eq!(
            of(10_000_000, 13_000_000, 5),
            "13.0 of 26.4 MB  0.6 MB/s  23 s left"
        );
        // A server that begins anew has brought nothing yet.
        assert_eq!(of(10_000_000, 65_536, 5), "0.1 of 26.4 MB");
    }
}
