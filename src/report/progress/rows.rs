//! What is written behind each epoch, beside the loop: its row, and where nothing else shows progress, its line.

use std::io::Write;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use super::numbers::Numbers;
use crate::generalization::Glance;
use crate::report::ReportError;
use crate::report::metrics::MetricsFiles;
use crate::report::terminal;
use crate::training::EpochRecord;

/// Epochs of a small network are shorter than a thread takes to wake: it looks again so much later by itself before it sleeps until
/// it is called.
const PAUSE: Duration = Duration::from_millis(1);

/// Writes rows.
pub(super) struct Rows {
    pub(super) files: MetricsFiles,
    pub(super) lines: Option<Lines>,
}

/// Writes lines on standard error.
pub(super) struct Lines {
    pub(super) epochs: usize,
    pub(super) glance: Glance,
}

impl Rows {
    /// One for each record, until no more come.
    pub(super) fn write(mut self, records: &Receiver<EpochRecord>) -> Result<(), ReportError> {
        while let Ok(first) = records.recv() {
            for record in std::iter::once(first).chain(records.try_iter()) {
                self.files.append(&record)?;
                if let Some(lines) = &self.lines {
                    lines.write(&record);
                }
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }
}

impl Lines {
    fn write(&self, record: &EpochRecord) {
        let width = self.epochs.to_string().len();
        let line = format!(
            "epoch {:>width$}/{}  {}\n",
            record.epoch,
            self.epochs,
            Numbers::of(record).long(&self.glance)
        );
        let line = terminal::readable(&line);
        // Whoever reads the lines may have gone away; the run goes on.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}
