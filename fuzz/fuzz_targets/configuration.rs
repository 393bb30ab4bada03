//! `cargo +nightly fuzz run configuration fuzz/corpus/configuration tests/fuzzing/corpus/configuration`

#![no_main]

#[path = "../../tests/fuzzing/readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::configuration(bytes));
