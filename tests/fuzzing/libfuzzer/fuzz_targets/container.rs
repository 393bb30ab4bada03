//! `cargo +nightly fuzz run --fuzz-dir tests/fuzzing/libfuzzer container CORPUS tests/fuzzing/corpus/container`

#![no_main]

#[path = "../../readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::container(bytes));
