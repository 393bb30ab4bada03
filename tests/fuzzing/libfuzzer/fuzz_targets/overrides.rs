//! `cargo +nightly fuzz run --fuzz-dir tests/fuzzing/libfuzzer overrides CORPUS tests/fuzzing/corpus/overrides`

#![no_main]

#[path = "../../readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::overrides(bytes));
