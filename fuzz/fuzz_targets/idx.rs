//! `cargo +nightly fuzz run idx fuzz/corpus/idx tests/fuzzing/corpus/idx`

#![no_main]

#[path = "../../tests/fuzzing/readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::idx(bytes));
