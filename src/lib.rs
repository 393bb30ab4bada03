//! *brecha* is Spanish for *gap*. It trains multilayer perceptrons and small convolutional networks, described in one
//! TOML file, on any burn back end, and answers one question with evidence: **did the network learn, or did it
//! memorise?**
//!
//! # The way through the code
//!
//! ```text
//! text ─ config ─→ what the user wrote, with positions
//!         │
//!         ├─ data ────────→ Dataset: train, validation, test; checked, in memory or on disk
//!         ├─ model ───────→ Architecture (checked shapes, no tensors) → Network (burn module)
//!         ├─ backend ─────→ Device                       the only file that names a back end
//!         ▼
//!      gradients ─→ before training: burn's gradients against the hand-derived ones (backprop)
//!         ▼
//!      training ──→ History                              burn-train drives; our learning strategy
//!         ▼
//!      evaluation → loss and accuracy of one frozen network on one split, per sample
//!         ▼
//!      generalization → verdict with interval            pure numbers in, verdict out
//!         ▼
//!      report ────→ the run directory: tables, pictures, weights; and a saved model read back
//!         ▼
//!      export ────→ ONNX, PyTorch
//!      server ────→ what `brecha watch` answers a browser with
//!      slurm ─────→ the runs of a sweep on a cluster
//! ```
//!
//! Data flows down this list; [`commands`] calls the stages in order, and each stage takes its own section of the
//! configuration. `backprop` and `generalization` are judges: they know nothing of burn or of the stages that they judge.
//! [`backprop`] is also a chapter to read: from the perceptron to the convolutional network, each formula with its function.
//!
//! # Decisions that hold everywhere
//!
//! - **Two types**: what was written ([`config::Config`]) and what it means ([`data::Dataset`],
//!   [`model::Architecture`]). The second has no invalid states, and everything is settled before the first epoch.
//! - **Randomness is explicit** ([`random`]): every draw is a function of (seed, purpose, epoch, step).
//! - **Both splits are measured the same way** ([`evaluation`]): after the epoch, with the same frozen weights, in
//!   evaluation mode, summed over samples. The running mean of the training batches is kept under its own name.
//! - **Every failure explains itself** ([`error`]): what, where, both numbers, what to do; and an exit code.

pub mod backend;
pub mod backprop;
pub mod cli;
pub mod commands;
pub mod config;
pub mod data;
pub mod error;
pub mod evaluation;
pub mod experiment;
pub mod export;
pub(crate) mod fail_point;
pub mod generalization;
pub mod gradients;
pub mod import;
pub mod machine;
pub mod model;
pub mod random;
pub mod report;
pub mod server;
pub mod slurm;
pub mod training;
