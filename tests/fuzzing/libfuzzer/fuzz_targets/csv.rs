//! `cargo +nightly fuzz run --fuzz-dir tests/fuzzing/libfuzzer csv CORPUS tests/fuzzing/corpus/csv`

#![no_main]

#[path = "../../readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::csv(bytes));
