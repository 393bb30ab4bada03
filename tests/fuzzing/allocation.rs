//! How much memory a call has taken at most: an allocator that counts, thread by thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// A thread may give back what another took: it begins in the middle.
const BEGINNING: usize = usize::MAX / 2;

thread_local! {
    static NOW: Cell<usize> = const { Cell::new(BEGINNING) };
    static MOST: Cell<usize> = const { Cell::new(BEGINNING) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(more: usize, less: usize) {
    // A thread that ends has no numbers any more, and needs none.
    let _ = NOW.try_with(|now| {
        now.set(now.get().wrapping_add(more).wrapping_sub(less));
        let _ = MOST.try_with(|most| most.set(most.get().max(now.get())));
    });
}

// SAFETY: every call is one of the system's allocator, with what it was given; counting allocates nothing.
#[expect(unsafe_code, reason = "there is no other way to see what is allocated")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// The most bytes that this thread held at once during the call, besides those that it held before.
pub(super) fn most_during(call: impl FnOnce()) -> usize {
    let before = NOW.get();
    MOST.set(before);
    call();
    MOST.get() - before
}

#[test]
fn what_is_held_at_once_is_counted() {
    let most = most_during(|| {
        for _ in 0..3 {
            drop(std::hint::black_box(vec![0_u8; 1000]));
        }
        let mut grown = vec![1_u8; 5000];
        grown.reserve_exact(5000);
        std::hint::black_box(grown);
    });
    assert_eq!(most, 10_000);
}
