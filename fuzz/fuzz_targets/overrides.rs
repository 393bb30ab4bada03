//! `cargo +nightly fuzz run overrides fuzz/corpus/overrides tests/fuzzing/corpus/overrides`

#![no_main]

#[path = "../../tests/fuzzing/readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::overrides(bytes));
