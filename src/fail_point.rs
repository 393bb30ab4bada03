//! Places where a test lets the program die, as if the machine had lost its power there, or lets it panic, as a mistake of ours would.
//!
//! `BRECHA_FAIL_POINT=synced:3` aborts the process when it comes to the place `synced` for the third time; at a place that
//! [`stumble`]s, the thread panics, and at one that [`linger`]s, it waits for three seconds as for a slow disk. A program that was built without debug assertions, as `--release` does, has no such places.

/// Dies here, if a test wants it.
pub(crate) fn reach(place: &str) {
    if cfg!(debug_assertions) && is_wanted(place) {
        std::process::abort();
    }
}

/// Panics here, if a test wants it.
pub(crate) fn stumble(place: &str) {
    assert!(
        !(cfg!(debug_assertions) && is_wanted(place)),
        "a test wanted a panic at `{place}`"
    );
}

/// Waits here, if a test wants it.
pub(crate) fn linger(place: &str) {
    if cfg!(debug_assertions) && is_wanted(place) {
        std::thread::sleep(std::time::Duration::from_secs(3));
    }
}

/// Whether a test wants something else here.
#[cfg_attr(
    not(feature = "remote"),
    expect(dead_code, reason = "what tests ask for so is there with this feature")
)]
pub(crate) fn asks(place: &str) -> bool {
    cfg!(debug_assertions) && is_wanted(place)
}

fn is_wanted(place: &str) -> bool {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);

    let wanted = WANTED.get_or_init(|| {
        let wanted = std::env::var("BRECHA_FAIL_POINT").ok()?;
        let (place, time) = wanted.split_once(':')?;
        Some((place.to_owned(), time.parse().ok()?))
    });
    let Some((wanted, time)) = wanted else {
        return false;
    };
    wanted == place && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *time
}
