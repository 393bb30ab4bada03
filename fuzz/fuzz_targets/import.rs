//! `cargo +nightly fuzz run import fuzz/corpus/import tests/fuzzing/corpus/import`

#![no_main]

#[path = "../../tests/fuzzing/readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::import(bytes));
