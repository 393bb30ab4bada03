//! Derivatives that are wrong on purpose: the negative control.
//!
//! A check that never fails proves nothing. Each mistake here is one that people make (a sign, a missing factor, a
//! transposed weight, padding off by one), planted into the hand-derived backward pass in place of the right formula;
//! the comparison has to catch it. What each of them computes is in `planted.rs`.

/// One wrong derivative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// `dx = ds · w` in place of `ds · wᵀ`.
    DenseWeightNotTransposed,
    /// `dw = −xᵀ ds`.
    DenseWeightSign,
    /// `db` of the first sample alone.
    DenseBiasWithoutSum,
    /// The kernel mirrored in `dx`: the convolution of signal processing.
    Conv2dKernelMirrored,
    /// `dx` with one zero more above and to the left than there was.
    Conv2dPaddingOffByOneInDx,
    /// `dw` with one zero more above and to the left than there was.
    Conv2dPaddingOffByOneInDw,
    /// `db = 0`.
    Conv2dBiasForgotten,
    /// `dx = F'(x)ᵀ ds`: what comes back along the way around is missing.
    ResidualSkipForgotten,
    /// `dF = dS = ds / 2`, as if the sum were a mean.
    ResidualSumHalved,
    /// The gradient goes to every value of the window.
    MaxPoolToAll,
    /// The gradient goes to the value behind the winner.
    MaxPoolOffByOne,
    /// The factor `1 / (size₀ · size₁)` is missing.
    AvgPoolWithoutMean,
    /// The factor `1 / (height · width)` is missing.
    GlobalAvgPoolWithoutMean,
    /// Pixels with their channels, in place of channels with their pixels.
    FlattenOrder,
    /// `dx = w / √(v + ε) · ds`, as if mean and variance were constants.
    BatchNormStatisticsConstant,
    /// `dw = Σ ds x`, with the values before the normalisation.
    BatchNormWeightOfInput,
    /// The mean is taken for a constant.
    LayerNormWithoutMean,
    /// The variance is taken for a constant.
    LayerNormWithoutVariance,
    /// `dw = Σ_n ds ⊗ x`, with the values before the normalisation.
    LayerNormWeightOfInput,
    /// Kept values pass as they are: the factor `1 / (1 − rate)` is missing.
    DropoutWithoutScale,
    /// What became of the first channel becomes of all.
    Dropout2dFirstChannel,
    /// `dx = ds`: θ' is missing.
    TanhForgotten,
    /// `θ' = θ² − 1`.
    TanhSign,
    /// `dx = ds`: what was cut off learns too.
    ReluForgotten,
    /// `θ' = 0` below 0, as if nothing leaked.
    LeakyReluWithoutLeak,
    /// `θ' = Φ(s)`: the second term of the product rule, `s φ(s)`, is missing.
    GeluWithoutDensity,
    /// `θ' = θ`: the factor `1 − θ` is missing.
    SigmoidWithoutFactor,
    /// `x − y`: the factor 2 is missing.
    MseWithoutTwo,
    /// `δ = p`: the target is missing.
    CrossEntropyWithoutTarget,
    /// `δ = p − y` without the `1/N` of the mean.
    CrossEntropyWithoutMean,
}

impl Mistake {
    /// All of them.
    pub const ALL: [Self; 30] = [
        Self::DenseWeightNotTransposed,
        Self::DenseWeightSign,
        Self::DenseBiasWithoutSum,
        Self::Conv2dKernelMirrored,
        Self::Conv2dPaddingOffByOneInDx,
        Self::Conv2dPaddingOffByOneInDw,
        Self::Conv2dBiasForgotten,
        Self::ResidualSkipForgotten,
        Self::ResidualSumHalved,
        Self::MaxPoolToAll,
        Self::MaxPoolOffByOne,
        Self::AvgPoolWithoutMean,
        Self::GlobalAvgPoolWithoutMean,
        Self::FlattenOrder,
        Self::BatchNormStatisticsConstant,
        Self::BatchNormWeightOfInput,
        Self::LayerNormWithoutMean,
        Self::LayerNormWithoutVariance,
        Self::LayerNormWeightOfInput,
        Self::DropoutWithoutScale,
        Self::Dropout2dFirstChannel,
        Self::TanhForgotten,
        Self::TanhSign,
        Self::ReluForgotten,
        Self::LeakyReluWithoutLeak,
        Self::GeluWithoutDensity,
        Self::SigmoidWithoutFactor,
        Self::MseWithoutTwo,
        Self::CrossEntropyWithoutTarget,
        Self::CrossEntropyWithoutMean,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DenseWeightNotTransposed => "dense-weight-not-transposed",
            Self::DenseWeightSign => "dense-weight-sign",
            Self::DenseBiasWithoutSum => "dense-bias-without-sum",
            Self::Conv2dKernelMirrored => "conv2d-kernel-mirrored",
            Self::Conv2dPaddingOffByOneInDx => "conv2d-padding-off-by-one-in-dx",
            Self::Conv2dPaddingOffByOneInDw => "conv2d-padding-off-by-one-in-dw",
            Self::Conv2dBiasForgotten => "conv2d-bias-forgotten",
            Self::ResidualSkipForgotten => "residual-skip-forgotten",
            Self::ResidualSumHalved => "residual-sum-halved",
            Self::MaxPoolToAll => "max-pool-to-all",
            Self::MaxPoolOffByOne => "max-pool-off-by-one",
            Self::AvgPoolWithoutMean => "avg-pool-without-mean",
            Self::GlobalAvgPoolWithoutMean => "global-avg-pool-without-mean",
            Self::FlattenOrder => "flatten-order",
            Self::BatchNormStatisticsConstant => "batch-norm-statistics-constant",
            Self::BatchNormWeightOfInput => "batch-norm-weight-of-input",
            Self::LayerNormWithoutMean => "layer-norm-without-mean",
            Self::LayerNormWithoutVariance => "layer-norm-without-variance",
            Self::LayerNormWeightOfInput => "layer-norm-weight-of-input",
            Self::DropoutWithoutScale => "dropout-without-scale",
            Self::Dropout2dFirstChannel => "dropout2d-first-channel",
            Self::TanhForgotten => "tanh-forgotten",
            Self::TanhSign => "tanh-sign",
            Self::ReluForgotten => "relu-forgotten",
            Self::LeakyReluWithoutLeak => "leaky-relu-without-leak",
            Self::GeluWithoutDensity => "gelu-without-density",
            Self::SigmoidWithoutFactor => "sigmoid-without-factor",
            Self::MseWithoutTwo => "mse-without-two",
            Self::CrossEntropyWithoutTarget => "cross-entropy-without-target",
            Self::CrossEntropyWithoutMean => "cross-entropy-without-mean",
        }
    }
}
