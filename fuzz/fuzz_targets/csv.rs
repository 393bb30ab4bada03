//! `cargo +nightly fuzz run csv fuzz/corpus/csv tests/fuzzing/corpus/csv`

#![no_main]

#[path = "../../tests/fuzzing/readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::csv(bytes));
