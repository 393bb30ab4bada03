//! `cargo +nightly fuzz run --fuzz-dir tests/fuzzing/libfuzzer idx CORPUS tests/fuzzing/corpus/idx`

#![no_main]

#[path = "../../readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::idx(bytes));
