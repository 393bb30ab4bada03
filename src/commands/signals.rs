//! Stopping on request: Ctrl-C, and what a scheduler sends.
//!
//! The first signal lets the step finish and saves; the second ends at once, and leaves a run that says `running`. A signal that
//! whoever started the program has told it to ignore stays ignored: `nohup` does that with SIGHUP, and a shell with the
//! SIGINT of its background jobs. A second SIGTERM that comes at once is the first one again: schedulers send it to all processes of a
//! task, and whoever started the program passes it on as well.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use burn::train::Interrupter;

use super::tell;
use crate::error::ExitCode;

/// Which signal came first.
#[derive(Clone)]
pub(super) struct Stop {
    signal: Arc<AtomicI32>,
    interrupter: Interrupter,
    since: Arc<OnceLock<Instant>>,
}

/// Two signals that are one.
const AT_ONCE: Duration = Duration::from_secs(2);

const NONE: i32 = 0;

impl Stop {
    /// From now on, signals stop `interrupter`.
    pub(super) fn on_signals(interrupter: &Interrupter) -> Self {
        let stop = Self {
            signal: Arc::new(AtomicI32::new(NONE)),
            interrupter: interrupter.clone(),
            since: Arc::default(),
        };
        stop.listen();
        stop
    }

    /// What a run that was stopped exits with: 128 and the signal's number, as a shell would say it.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self.signal.load(Ordering::Relaxed) {
            #[cfg(unix)]
            signal_hook::consts::SIGTERM => ExitCode::Terminated,
            #[cfg(unix)]
            signal_hook::consts::SIGHUP => ExitCode::HungUp,
            _ => ExitCode::Interrupted,
        }
    }

    fn received(&self, signal: i32) {
        let first =
            self.signal
                .compare_exchange(NONE, signal, Ordering::Relaxed, Ordering::Relaxed);
        if first.is_err() {
            if self.is_the_same(signal) {
                return;
            }
            std::process::exit(self.exit_code() as i32);
        }
        let _ = self.since.set(Instant::now());
        self.interrupter.stop(Some("interrupted"));
        tell("\nstopping; what there is will be saved (once more to stop at once, without)\n");
    }

    #[cfg(unix)]
    fn is_the_same(&self, signal: i32) -> bool {
        signal == signal_hook::consts::SIGTERM
            && self.signal.load(Ordering::Relaxed) == signal
            && self
                .since
                .get()
                .is_none_or(|since| since.elapsed() < AT_ONCE)
    }

    #[cfg(not(unix))]
    fn is_the_same(&self, _: i32) -> bool {
        false
    }

    #[cfg(unix)]
    fn listen(&self) {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

        let ignored = ignored();
        let wanted = [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|signal| ignored >> (signal - 1) & 1 == 0);
        // Fails where the system has no room for a pipe; then a signal ends the program, as it does without a handler.
        let Ok(mut signals) = signal_hook::iterator::Signals::new(wanted) else {
            return;
        };
        let stop = self.clone();
        std::thread::spawn(move || {
            for signal in signals.forever() {
                stop.received(signal);
            }
        });
    }

    #[cfg(not(unix))]
    fn listen(&self) {
        let stop = self.clone();
        // Fails only if there is a handler already; then that one decides.
        let _ = ctrlc::try_set_handler(move || stop.received(2));
    }
}

/// The signals that this program was started to ignore, signal n as bit n − 1: none, where the system does not say.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
