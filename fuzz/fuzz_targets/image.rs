//! `cargo +nightly fuzz run image fuzz/corpus/image tests/fuzzing/corpus/image`

#![no_main]

#[path = "../../tests/fuzzing/readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::image(bytes));
