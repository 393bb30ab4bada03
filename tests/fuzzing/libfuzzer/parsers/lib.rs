//! The readers of brecha without burn, so that they are built with coverage and sanitizers in a minute or two: the same files, under
//! the same paths.

#![expect(missing_docs, dead_code, reason = "what is not compiled here is documented, and used, there")]

#[path = "../../../../src/config/mod.rs"]
pub mod config;
#[path = "../../../../src/training/checkpoint/container.rs"]
pub mod container;
#[path = "../../../../src/data/mod.rs"]
pub mod data;
#[path = "../../../../src/fail_point.rs"]
mod fail_point;
#[path = "../../../../src/generalization/mod.rs"]
pub mod generalization;
#[path = "../../../../src/import.rs"]
pub mod import;
pub mod machine;
#[path = "../../../../src/random.rs"]
pub mod random;

pub mod model {
    pub mod network {
        /// As in `src/model/network.rs`, which needs burn.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Parameter {
            pub name: String,
            pub shape: Vec<usize>,
            pub values: Vec<f32>,
        }
    }
}

pub mod training {
    pub mod checkpoint {
        pub use crate::container;
    }
}
