//! `cargo +nightly fuzz run container fuzz/corpus/container tests/fuzzing/corpus/container`

#![no_main]

#[path = "../../tests/fuzzing/readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::container(bytes));
