//! Why gradients do not agree, or cannot be compared.

use crate::backend::BackendName;
use crate::data::DataError;

/// Why a check has no result, or a bad one.
#[derive(Debug, thiserror::Error)]
pub enum GradientError {
    /// An operation without a derivative.
    #[error("layer {layer}: `{operation}` has no derivative that could be checked")]
    NoDerivative {
        /// From 1.
        layer: usize,
        /// Its name.
        operation: String,
    },
    /// A number that is none.
    #[error("{what} `{tensor}` is {value} at {at:?}: there is nothing to compare")]
    NotFinite {
        /// Whose number.
        what: String,
        /// The tensor.
        tensor: String,
        /// Index in it.
        at: Vec<usize>,
        /// As text.
        value: String,
    },
    /// The network on the device has other tensors than its architecture.
    #[error("the network has no tensor `{tensor}` of shape {shape:?}, but its architecture has")]
    Tensors {
        /// The first that differs.
        tensor: String,
        /// By the architecture.
        shape: Vec<usize>,
    },
    /// The device failed.
    #[error("the device failed while computing gradients: {0}")]
    Device(String),
    /// Samples that are on disk cannot be read.
    #[error("{0}")]
    Data(#[from] DataError),
    /// They do not agree.
    #[error("{0}")]
    Disagree(Disagreement),
}

/// The worst tensor of a failed check.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "the gradient of `{tensor}` on `{backend}` is not the derivative: at {at:?} burn's autodiff says {autodiff:.6e} and \
     the hand derivation {by_hand:.6e}, a relative difference of {relative:.1e} where {tolerance:.1e} is allowed; \
     {failed} of {tensors} tensors disagree"
)]
pub struct Disagreement {
    /// The tensor.
    pub tensor: String,
    /// The back end.
    pub backend: BackendName,
    /// Index in the tensor.
    pub at: Vec<usize>,
    /// The back end's number.
    pub autodiff: f64,
    /// Ours.
    pub by_hand: f64,
    /// Between the two.
    pub relative: f64,
    /// How large it may be.
    pub tolerance: f64,
    /// How many tensors disagree.
    pub failed: usize,
    /// Of how many.
    pub tensors: usize,
}

impl GradientError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoDerivative { .. } => {
                Some("use \"tanh\": the sign made differentiable".to_owned())
            }
            Self::NotFinite { .. } => Some(
                "look for huge inputs or weights: `data.normalization = \"standardize\"` scales the inputs".to_owned(),
            ),
            Self::Disagree(_) => Some(
                "do not believe what this back end trains: `brecha check-gradients --config FILE --backend all` shows \
                 every tensor on every back end, and `--set gradient-check=off` trains nevertheless"
                    .to_owned(),
            ),
            Self::Data(error) => error.hint(),
            Self::Tensors { .. } | Self::Device(_) => None,
        }
    }
}
