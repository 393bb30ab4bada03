//! `cargo +nightly fuzz run --fuzz-dir tests/fuzzing/libfuzzer import CORPUS tests/fuzzing/corpus/import`

#![no_main]

#[path = "../../readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::import(bytes));
