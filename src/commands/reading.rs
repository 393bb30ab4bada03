//! How far decoding images has come: a bar on standard error, where it takes longer than a second and somebody watches.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::data::watch::Watch;

/// Nothing is shown before.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar that appears when it is needed, and goes with what it showed.
pub(super) struct Reading {
    began: Instant,
    bar: OnceLock<ProgressBar>,
    watched: bool,
}

impl Reading {
    /// The clock starts.
    pub(super) fn begin() -> Self {
        Self {
            began: Instant::now(),
            bar: OnceLock::new(),
            watched: std::io::stderr().is_terminal(),
        }
    }
}

impl Watch for Reading {
    fn progress(&self, done: usize, total: usize) {
        if !self.watched || self.began.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let target = ProgressDrawTarget::stderr_with_hz(15);
            let bar = ProgressBar::with_draw_target(Some(total as u64), target);
            let style = ProgressStyle::with_template("images {bar:16} {percent:>3} %  {pos}/{len}");
            bar.set_style(
                style
                    .unwrap_or_else(|_| ProgressStyle::default_bar())
                    .progress_chars("━╸ "),
            );
            bar
        });
        bar.set_position(done as u64);
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
