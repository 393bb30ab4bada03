//! `cargo +nightly fuzz run --fuzz-dir tests/fuzzing/libfuzzer configuration CORPUS tests/fuzzing/corpus/configuration`

#![no_main]

#[path = "../../readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::configuration(bytes));
