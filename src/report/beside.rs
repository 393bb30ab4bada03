//! A thread that writes beside the loop: a step does not wait for the disk.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::ReportError;

/// Hands what there is to be written to the thread that writes it.
pub(super) struct Beside<T> {
    /// `None` once the thread was told that no more comes.
    jobs: Option<SyncSender<T>>,
    thread: Option<JoinHandle<Result<(), ReportError>>>,
}

impl<T: Send + 'static> Beside<T> {
    /// Lets `write` write what it receives, until no more comes or it cannot. So much may wait; then its giver waits.
    pub(super) fn new(
        most: usize,
        write: impl FnOnce(&Receiver<T>) -> Result<(), ReportError> + Send + 'static,
    ) -> Self {
        let (jobs, receiver) = sync_channel(most);
        Self {
            jobs: Some(jobs),
            thread: Some(std::thread::spawn(move || write(&receiver))),
        }
    }

    /// Writes this soon.
    ///
    /// # Errors
    ///
    /// Something before it could not be written.
    pub(super) fn give(&mut self, job: T) -> Result<(), ReportError> {
        let jobs = self.jobs.as_ref();
        let taken = jobs.is_some_and(|jobs| jobs.send(job).is_ok());
        // The thread ends before its time only with an error.
        if taken { Ok(()) } else { self.finish() }
    }

    /// Whether the thread is at it, or waits for more.
    pub(super) fn is_there(&self) -> bool {
        self.thread
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    ///
    /// Something could not be written.
    pub(super) fn finish(&mut self) -> Result<(), ReportError> {
        self.jobs = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Ok(()),
        }
    }
}

impl<T> Drop for Beside<T> {
    fn drop(&mut self) {
        // Whoever wants to know how it went has called `finish`.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::{Arc, Mutex};

    use super::*;

    fn full(path: &str) -> ReportError {
        ReportError::Encode {
            path: PathBuf::from(path),
            reason: "the disk is full".to_owned(),
        }
    }

    #[test]
    fn all_is_written_in_order_before_the_end() {
        for finishes in [true, false] {
            let written = Arc::new(Mutex::new(Vec::new()));
            let paper = written.clone();
            let mut beside = Beside::new(2, move |jobs| {
                for job in jobs {
                    paper.lock().unwrap().push(job);
                }
                Ok(())
            });
            for job in 0..100 {
                beside.give(job).unwrap();
            }
            if finishes {
                beside.finish().unwrap();
                beside.finish().unwrap();
            }
            drop(beside);
            assert!(written.lock().unwrap().iter().copied().eq(0..100));
        }
    }

    #[test]
    fn what_could_not_be_written_is_said_to_whoever_gives_more_or_ends() {
        let fails_at = |bad: usize| {
            Beside::new(1, move |jobs: &Receiver<usize>| {
                for job in jobs {
                    if job == bad {
                        return Err(full(&job.to_string()));
                    }
                }
                Ok(())
            })
        };
        let mut beside = fails_at(3);
        let failed = (0..1000).find_map(|job| beside.give(job).err()).unwrap();
        assert!(failed.to_string().contains("the disk is full"), "{failed}");
        assert!(!beside.is_there());
        let mut beside = fails_at(0);
        beside.give(0).unwrap();
        assert!(beside.finish().is_err());
        // Said once.
        beside.finish().unwrap();
    }
}
