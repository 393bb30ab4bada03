//! Writes checkpoints beside the loop.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::FOLDER;
use super::folder::{files, name};
use crate::fail_point::{linger, reach, stumble};
use crate::report::ReportError;
use crate::report::beside::Beside;
use crate::report::run_directory::{create_folder, write_file};
use crate::training::checkpoint::container::unpack;
use crate::training::checkpoint::encoding::encode;
use crate::training::checkpoint::{Checkpoint, Origin, Place};

/// So many are kept besides the best one.
const KEPT: usize = 2;

/// Hands checkpoints to the thread that writes them.
pub struct CheckpointWriter {
    jobs: Beside<Checkpoint>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Given and not yet written.
    waiting: AtomicUsize,
    nanoseconds: AtomicU64,
}

impl CheckpointWriter {
    /// For the run in this folder, which is `origin`.
    #[must_use]
    pub fn new(run: &Path, origin: Origin) -> Self {
        let state = Arc::new(State::default());
        let thread = Thread {
            run: run.to_owned(),
            origin,
            state: state.clone(),
        };
        Self {
            // One may wait while another is written: who wants them faster than the disk takes them waits for it.
            jobs: Beside::new(1, move |jobs| thread.run(jobs)),
            state,
        }
    }

    /// What writing has taken so far; `None` while it goes on.
    #[must_use]
    pub fn written(&self) -> Option<Duration> {
        let nanoseconds = self.state.nanoseconds.load(Ordering::Relaxed);
        let waiting = self.state.waiting.load(Ordering::Relaxed);
        (waiting == 0).then(|| Duration::from_nanos(nanoseconds))
    }

    /// How many are still to be written, as long as the thread is at it.
    #[must_use]
    pub fn waiting(&self) -> usize {
        if self.jobs.is_there() {
            self.state.waiting.load(Ordering::Relaxed)
        } else {
            0
        }
    }

    /// Writes this one soon.
    ///
    /// # Errors
    ///
    /// An earlier one could not be written.
    pub fn write(&mut self, checkpoint: Checkpoint) -> Result<(), ReportError> {
        self.state.waiting.fetch_add(1, Ordering::Relaxed);
        self.jobs.give(checkpoint)
    }

    /// Waits until all are written.
    ///
    /// # Errors
    ///
    /// One could not be written.
    pub fn finish(&mut self) -> Result<(), ReportError> {
        self.jobs.finish()
    }
}

/// What the thread knows.
struct Thread {
    run: PathBuf,
    origin: Origin,
    state: Arc<State>,
}

impl Thread {
    fn run(self, jobs: &Receiver<Checkpoint>) -> Result<(), ReportError> {
        while let Ok(checkpoint) = jobs.recv() {
            let began = Instant::now();
            self.write(&checkpoint)?;
            let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.state.nanoseconds.fetch_add(took, Ordering::Relaxed);
            self.state.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn write(&self, checkpoint: &Checkpoint) -> Result<(), ReportError> {
        stumble("keeping");
        linger("slow");
        let folder = self.run.join(FOLDER);
        // Not made again where the run's own folder has gone away.
        create_folder(&folder)?;
        let path = folder.join(name(checkpoint.place));
        let bytes = encode(&self.origin, checkpoint).map_err(|error| ReportError::Encode {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        write_file(&path, &bytes)?;
        drop(bytes);
        linger("unread");
        let lost = |reason: String| ReportError::Lost {
            path: path.clone(),
            reason,
        };
        let read = fs::read(&path).map_err(|error| lost(error.to_string()))?;
        unpack(&read).map_err(|error| lost(error.to_string()))?;
        self.remove_older(checkpoint.best_place())
    }

    /// All but the newest ones and the best.
    fn remove_older(&self, best: Option<Place>) -> Result<(), ReportError> {
        let files = files(&self.run)?;
        let older = files.len().saturating_sub(KEPT);
        for (place, path) in files.into_iter().take(older) {
            if best != Some(place) {
                reach("not removed");
                fs::remove_file(&path).map_err(ReportError::io("remove", &path))?;
            }
        }
        Ok(())
    }
}
