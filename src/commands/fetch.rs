//! `brecha data fetch`: a published set into the cache, where its source finds it.

use std::cell::RefCell;
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
struct Bar(RefCell<Option<(Instant, Option<ProgressBar>)>>);

/// No bar is shown before.
const PATIENCE: Duration = Duration::from_secs(1);

impl FetchWatch for Bar {
    fn begins(&self, file: &PublishedFile, place: &str, kept: u64) {
        self.clear();
        let kept = if kept > 0 {
            format!(", {} of them are there", thousands(kept))
        } else {
            String::new()
        };
        let bytes = thousands(file.bytes);
        tell(&format!("{place}: {bytes} bytes{kept}\n"));
        self.0.replace(Some((Instant::now(), None)));
    }

    fn progress(&self, file: &PublishedFile, bytes: u64) {
        if let Some((began, bar)) = &mut *self.0.borrow_mut()
            && began.elapsed() >= PATIENCE
            && std::io::stderr().is_terminal()
        {
            bar.get_or_insert_with(|| new_bar(file)).set_position(bytes);
        }
    }
}

impl Bar {
    fn clear(&self) {
        if let Some((_, Some(bar))) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

fn new_bar(file: &PublishedFile) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(15);
    let bar = ProgressBar::with_draw_target(Some(file.bytes), target);
    let template =
        "{prefix} {bar:16} {percent:>3} %  {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left";
    bar.set_style(
        ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸ "),
    );
    bar.set_prefix(file.name);
    bar
}
