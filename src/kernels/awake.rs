//! Other cores stay awake while short operations follow each other.
//!
//! rayon lets a core sleep when there is nothing to do for some microseconds, and waking it takes fifty: as long as an operation of a
//! small network. While a step is taken they look for work instead, as the threads of other frameworks do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// So long a thread looks for work in vain. It may have been asked to look while it waits for a part of the very work that it keeps
/// from going on: then it is back after this.
const PATIENCE: Duration = Duration::from_micros(100);

/// Runs `step` with the other threads of rayon looking for its work until it ends.
pub fn awake<T>(step: impl FnOnce() -> T) -> T {
    if rayon::current_num_threads() == 1 {
        return step();
    }
    let over = Over(Arc::new(AtomicBool::new(false)));
    let own = rayon::current_thread_index();
    let is_over = over.0.clone();
    rayon::spawn_broadcast(move |context| {
        if own == Some(context.index()) {
            return;
        }
        let mut since = Instant::now();
        while !is_over.load(Ordering::Relaxed) && since.elapsed() < PATIENCE {
            if rayon::yield_now() == Some(rayon::Yield::Executed) {
                since = Instant::now();
            } else {
                std::hint::spin_loop();
            }
        }
    });
    step()
}

/// Ends the watch, also where the step panics.
struct Over(Arc<AtomicBool>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
