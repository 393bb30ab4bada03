#![doc = include_str!("launching.md")]
