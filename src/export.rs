//! Trained networks in the formats of other programs.
//!
//! ```text
//! SavedModel ─┬─ graph ─→ onnx       model.onnx: the computation with its pre-processing, for any runtime
//!             └─ pytorch             safetensors with PyTorch's layouts
//! ```

pub mod graph;
pub mod onnx;
pub mod pytorch;
