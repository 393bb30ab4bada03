//! Some images at once, on all cores, into one piece of memory.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::decode::{Fault, Target, prepared};
use super::listing::Found;
use crate::fail_point::stumble;

/// Decodes `files` into `pixels`, which has room for each, and says what went wrong with which, in their order. `progress` is
/// told how many are done.
pub(super) fn decode_all(
    files: &[&Found],
    target: &Target,
    pixels: &mut [u8],
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<(usize, Fault)> {
    let length = pixels.len() / files.len().max(1);
    let work = Mutex::new(
        pixels
            .chunks_exact_mut(length.max(1))
            .zip(files)
            .enumerate(),
    );
    let done = AtomicUsize::new(0);
    let decode = || {
        let mut faults = Vec::new();
        loop {
            // A thread that panicked is joined below; the others can go on with the rest.
            let next = work.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((index, (output, file))) = next else {
                return faults;
            };
            stumble("decoding");
            let decoded = prepared(&file.path, target, output);
            if let Err(fault) = decoded {
                faults.push((index, fault));
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut faults = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(decode)).collect();
        let finished = threads.into_iter().map(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        finished.flatten().collect::<Vec<_>>()
    });
    faults.sort_by_key(|(index, _)| *index);
    faults
}
