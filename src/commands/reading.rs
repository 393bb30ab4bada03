//! How far reading has come, of images or rows: a bar on standard error, where it takes longer than a second and somebody watches.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::data::watch::{Counted, Watch};
use crate::report::terminal;

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
    fn progress(&self, counted: Counted, done: usize, total: Option<usize>) {
        if !self.watched || self.began.elapsed() < PATIENCE {
            return;
        }
        let target = || ProgressDrawTarget::stderr_with_hz(15);
        let bar = self
            .bar
            .get_or_init(|| ProgressBar::with_draw_target(None, target()));
        let shown = total.unwrap_or(0) as u64;
        if bar.length() != Some(shown) {
            bar.set_length(shown);
            bar.set_style(style(counted));
        }
        bar.set_position(done as u64);
    }
}

fn style(counted: Counted) -> ProgressStyle {
    let template = match counted {
        Counted::Images => "images {bar:16} {percent:>3} %  {pos}/{len}",
        Counted::Rows => "rows {bar:16} {percent:>3} %  {pos}/{len}",
        Counted::RowsSeen => "rows  {pos}, to know the columns",
    };
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars(terminal::bar())
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
