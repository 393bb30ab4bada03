//! burn panics where a device fails in what is not a reading of its numbers.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What it comes to, or the words of its panic.
pub(super) fn caught<T>(compute: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(compute)).map_err(|panic| said(panic.as_ref()))
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked without a word").to_owned()
}
