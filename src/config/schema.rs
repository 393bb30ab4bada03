//! What a user may write: one struct per TOML table, and nothing derived from it.
//!
//! Keys are kebab-case with names in full. Sources, layers and optimizers are externally tagged
//! (`{ dense = { units = 4 } }`): it is the one spelling of serde's that lets an error underline the very key.
//! Unknown keys are refused everywhere. Ranges are checked by [`Config::problems`], all at once; what needs the
//! data or the shapes (does this kernel fit?) is checked by the stage that knows.

mod augmentation;
mod training;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use augmentation::{
    AugmentationConfig, CropConfig, CutoutConfig, DirectionConfig, FactorConfig, FillConfig,
    FlipConfig, MixupConfig, RotationConfig, ScaleConfig, ShiftConfig,
};
pub use training::{
    AdamConfig, AdamWConfig, BatchSize, ClassWeightsConfig, CosineConfig, EarlyStoppingConfig,
    ExponentialConfig, LionConfig, MixedPrecisionConfig, OneCycleConfig, OptimizerConfig,
    RmsPropConfig, ScheduleConfig, SgdConfig, StepConfig, TrainingConfig,
};

/// The largest seed that can be written: whole numbers in TOML have 64 bits with a sign.
pub const LARGEST_SEED: u64 = i64::MAX.unsigned_abs();

/// One training run, as written. Each stage takes its own section, never the whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Every random draw of the run is a function of this number. Drawn, and written into the run's
    /// `config.toml`, when it is missing. At most [`LARGEST_SEED`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The name of a back end (`flex`, `ndarray`, `wgpu`, …) or `auto`, the best that works here.
    #[serde(default = "default_backend")]
    pub backend: String,
    /// Where the samples come from, and how they are divided.
    pub data: DataConfig,
    /// The layers and the loss.
    pub model: ModelConfig,
    /// How the weights are updated.
    pub training: TrainingConfig,
    /// Whether the back end's gradients are checked before training.
    #[serde(default)]
    pub gradient_check: GradientCheckConfig,
    /// How each epoch is measured.
    #[serde(default)]
    pub evaluation: EvaluationConfig,
    /// How the gap is judged.
    #[serde(default)]
    pub verdict: VerdictConfig,
}

fn default_backend() -> String {
    "flex".to_owned()
}

/// Whether the back end's gradients are checked before training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GradientCheckConfig {
    /// On a few samples, against the hand derivation; a run whose gradients are wrong does not begin.
    #[default]
    On,
    /// Not at all.
    Off,
}

/// `[data]`: source, split, normalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DataConfig {
    /// Where the samples come from.
    pub source: SourceConfig,
    /// Which share of the samples is held out.
    #[serde(default)]
    pub split: SplitConfig,
    /// How inputs are scaled. Left out, it is `unit-range` for pixels, `standardize` for tables and `none` for drawn
    /// coordinates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normalization: Option<NormalizationConfig>,
    /// What is done to training images, each time they are seen, in this order; never to what is measured.
    #[serde(default)]
    pub augmentation: Vec<AugmentationConfig>,
    /// What happens where the splits share samples.
    #[serde(default)]
    pub leakage: LeakageConfig,
    /// Whether the training samples keep their labels.
    #[serde(default)]
    pub training_labels: TrainingLabelsConfig,
    /// How many GiB the values of all samples may take in memory. Decoded images of an `image-folder` and numbers of a `csv`
    /// that take more stay on disk and are read batch by batch, with the same results; other sources refuse what is larger.
    #[serde(default = "default_memory_limit")]
    pub memory_limit: f64,
}

/// In GiB.
pub(crate) const DEFAULT_MEMORY_LIMIT: f64 = 4.0;

fn default_memory_limit() -> f64 {
    DEFAULT_MEMORY_LIMIT
}

/// Whether the training samples keep their labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrainingLabelsConfig {
    /// They do.
    #[default]
    AsGiven,
    /// They are shuffled among the training samples, so that there is nothing to learn and everything to memorise: the
    /// control of Zhang et al. (2017), see `brecha control`.
    Shuffled,
}

/// What happens where the splits share samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LeakageConfig {
    /// They are looked for, listed, and the verdict is also given without them.
    #[default]
    Warn,
    /// Equal samples in two splits refuse the run; nearly equal ones are listed.
    Error,
    /// They are not looked for.
    Off,
}

/// One data source with its options. Relative paths are relative to the configuration file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceConfig {
    /// `x1 ≠ x2` on ±1 inputs: the four exact points, or noisy clouds around them.
    Xor(CornersConfig),
    /// `x1 ∧ x2` on ±1 inputs.
    And(CornersConfig),
    /// `x1 ∨ x2` on ±1 inputs.
    Or(CornersConfig),
    /// Inside or outside a circle of half the square's area.
    Circle(CloudConfig),
    /// Two interleaved half-moons.
    Moons(CloudConfig),
    /// Two interleaved spirals.
    Spirals(CloudConfig),
    /// Gaussian clouds, one per class.
    Blobs(BlobsConfig),
    /// A wave with noise, a number to be predicted: sin(2πx) on [−1, 1].
    Sine(SineConfig),
    /// The 1,797 optical digits of 8×8 pixels, inside the program.
    Digits,
    /// 10,000 + 2,000 images of Fashion-MNIST, inside the program.
    #[serde(rename = "fashion-mnist-12k")]
    FashionMnist12k,
    /// The full Fashion-MNIST, 60,000 + 10,000 images, from files.
    FashionMnist(FashionMnistConfig),
    /// MNIST, 60,000 + 10,000 handwritten digits, from files.
    Mnist(DirectoryConfig),
    /// CIFAR-10, 50,000 + 10,000 photographs in 10 classes, from the files of its binary version.
    Cifar10(DirectoryConfig),
    /// CIFAR-100, as many in 100 classes.
    Cifar100(Cifar100Config),
    /// Any images in the format of MNIST.
    Idx(IdxConfig),
    /// A table, one row per sample.
    Csv(CsvConfig),
    /// Images in folders named for their classes.
    ImageFolder(ImageFolderConfig),
}

impl SourceConfig {
    /// Whether its samples are answered with numbers instead of classes.
    #[must_use]
    pub fn has_numbers(&self) -> bool {
        match self {
            Self::Sine(_) => true,
            Self::Csv(csv) => csv.target.is_some(),
            _ => false,
        }
    }

    /// Every path with its dotted key.
    pub(super) fn paths_mut(&mut self) -> Vec<(&'static str, &mut PathBuf)> {
        match self {
            Self::FashionMnist(FashionMnistConfig { directory }) => directory
                .iter_mut()
                .map(|path| ("data.source.fashion-mnist.directory", path))
                .collect(),
            Self::Idx(IdxConfig {
                images,
                labels,
                test_images,
                test_labels,
            }) => {
                let mut paths = vec![
                    ("data.source.idx.images", images),
                    ("data.source.idx.labels", labels),
                ];
                paths.extend(
                    test_images
                        .as_mut()
                        .map(|path| ("data.source.idx.test-images", path)),
                );
                paths.extend(
                    test_labels
                        .as_mut()
                        .map(|path| ("data.source.idx.test-labels", path)),
                );
                paths
            }
            Self::Csv(CsvConfig {
                file, test_file, ..
            }) => {
                let mut paths = vec![("data.source.csv.file", file)];
                let test = test_file.as_mut();
                paths.extend(test.map(|path| ("data.source.csv.test-file", path)));
                paths
            }
            Self::Mnist(DirectoryConfig { directory }) => directory
                .iter_mut()
                .map(|path| ("data.source.mnist.directory", path))
                .collect(),
            Self::Cifar10(DirectoryConfig { directory }) => directory
                .iter_mut()
                .map(|path| ("data.source.cifar10.directory", path))
                .collect(),
            Self::Cifar100(Cifar100Config { directory, .. }) => directory
                .iter_mut()
                .map(|path| ("data.source.cifar100.directory", path))
                .collect(),
            Self::ImageFolder(ImageFolderConfig { directory, .. }) => {
                vec![("data.source.image-folder.directory", directory)]
            }
            Self::Xor(_)
            | Self::And(_)
            | Self::Or(_)
            | Self::Circle(_)
            | Self::Moons(_)
            | Self::Spirals(_)
            | Self::Blobs(_)
            | Self::Sine(_)
            | Self::Digits
            | Self::FashionMnist12k => Vec::new(),
        }
    }
}

/// The truth tables of the lecture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CornersConfig {
    /// How many points; left out, the four exact corners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<usize>,
    /// Standard deviation of the Gaussian noise on each coordinate.
    #[serde(default)]
    pub noise: f64,
}

/// A cloud of points in the plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CloudConfig {
    /// How many points.
    pub samples: usize,
    /// Standard deviation of the Gaussian noise on each coordinate.
    #[serde(default)]
    pub noise: f64,
}

/// Gaussian clouds whose centres lie evenly on the unit circle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BlobsConfig {
    /// How many points.
    pub samples: usize,
    /// How many clouds, each a class.
    #[serde(default = "default_blob_classes")]
    pub classes: usize,
    /// Standard deviation of each cloud.
    #[serde(default = "default_blob_noise")]
    pub noise: f64,
}

fn default_blob_classes() -> usize {
    3
}

fn default_blob_noise() -> f64 {
    0.2
}

/// Points along a wave: the input is uniform in [−1, 1], the number to be predicted is the sine of 2π times it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SineConfig {
    /// How many points.
    pub samples: usize,
    /// Standard deviation of the Gaussian noise on the number.
    #[serde(default)]
    pub noise: f64,
}

/// Where the full Fashion-MNIST lies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FashionMnistConfig {
    /// The folder of the four files; left out, `FASHION_MNIST_DIR`, then the folder of Debian's package, then what `brecha data
    /// fetch fashion-mnist` brings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
}

/// Where the files of a published set lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DirectoryConfig {
    /// The folder of the files; left out, the one into which `brecha data fetch` brings them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
}

/// `cifar100`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cifar100Config {
    /// The folder of the files; left out, the one into which `brecha data fetch` brings them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
    /// Which of the two labels of each image.
    #[serde(default)]
    pub labels: CifarLabelsConfig,
}

/// Which labels of CIFAR-100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CifarLabelsConfig {
    /// 100 classes.
    #[default]
    Fine,
    /// 20 classes.
    Coarse,
}

/// Files in the format of MNIST, plain or gzip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IdxConfig {
    /// Unsigned bytes, `samples × rows × columns`.
    pub images: PathBuf,
    /// Unsigned bytes, one label per image.
    pub labels: PathBuf,
    /// Images of the official test set, which stays the test set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_images: Option<PathBuf>,
    /// Labels of the official test set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_labels: Option<PathBuf>,
}

/// A table of delimited text with a header, plain or gzip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CsvConfig {
    /// One row per sample.
    pub file: PathBuf,
    /// The column of the class: what is told apart. Either this or `target`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The column of the number that is predicted instead of a class (regression).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Columns that the network does not see.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Columns of numbers that are names, such as postal codes. Columns of text are categories anyway, with at most 100
    /// different texts each.
    #[serde(default)]
    pub categorical: Vec<String>,
    /// What happens to empty cells, `?` and `NA`.
    #[serde(default)]
    pub missing: MissingConfig,
    /// What separates two cells; left out, the most frequent candidate in the first line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<DelimiterConfig>,
    /// The official test set, which stays the test set: the same columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_file: Option<PathBuf>,
}

/// What happens to missing values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MissingConfig {
    /// They are an error.
    #[default]
    Refuse,
    /// The mean of the training split stands in for a number, its most frequent category for a text.
    Mean,
}

/// What separates two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DelimiterConfig {
    /// `,`
    #[serde(rename = ",")]
    Comma,
    /// `;`
    #[serde(rename = ";")]
    Semicolon,
    /// `tab`
    #[serde(rename = "tab", alias = "\t")]
    Tab,
    /// `|`
    #[serde(rename = "|")]
    Bar,
}

impl DelimiterConfig {
    /// The character.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Bar => b'|',
        }
    }
}

/// Images in folders: `CLASS/*`, or divided already, `train/CLASS/*` with `validation` (or `val`) and `test` beside it.
/// PNG, JPEG, WebP, BMP and GIF, recognised by their content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImageFolderConfig {
    /// The folder.
    pub directory: PathBuf,
    /// Side or `[height, width]` that all images are brought to; left out, all must have one size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resize: Option<Extent>,
    /// What `resize` does to images of other proportions.
    #[serde(default)]
    pub fit: FitConfig,
    /// How `resize` combines pixels.
    #[serde(default)]
    pub filter: FilterConfig,
    /// 3 for red, green and blue, 1 for grey.
    #[serde(default = "default_channels")]
    pub channels: usize,
    /// What happens to images that cannot be decoded.
    #[serde(default)]
    pub corrupt: CorruptConfig,
    /// Whether the decoded images are kept on disk, in `$XDG_CACHE_HOME/brecha` or `~/.cache/brecha`.
    #[serde(default = "default_cache")]
    pub cache: bool,
}

fn default_channels() -> usize {
    3
}

fn default_cache() -> bool {
    true
}

/// What happens to images of other proportions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FitConfig {
    /// They are stretched.
    #[default]
    Stretch,
    /// They fill the size, and what stands over is cut off on both sides.
    Crop,
}

/// How pixels are combined. All but `nearest` are widened when an image is made smaller, so that every pixel counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FilterConfig {
    /// The nearest pixel alone.
    Nearest,
    /// Linear.
    #[default]
    Triangle,
    /// Windowed sinc over three pixels to each side.
    Lanczos,
}

/// What happens to images that cannot be decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CorruptConfig {
    /// They are an error.
    #[default]
    Refuse,
    /// They are left out, counted, and named in a warning.
    Skip,
}

/// Shares of the samples, stratified by class and drawn from the seed. The rest trains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SplitConfig {
    /// Share held out to choose the best epoch and to see the gap.
    #[serde(default)]
    pub validation: f64,
    /// Share held out from every choice. Must be left out where the source has an official test set.
    #[serde(default)]
    pub test: f64,
    /// Use only this many training samples (stratified); left out, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training_samples: Option<usize>,
}

/// How inputs are scaled before the network sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NormalizationConfig {
    /// As they are.
    None,
    /// Divided by the largest value: the largest that a pixel can have (255 for bytes), the largest size of a coordinate
    /// in the training split.
    UnitRange,
    /// Mean 0 and variance 1 on the training split: per feature of a vector, per channel of an image.
    Standardize,
}

/// `[model]`: the layers from input to output, and the loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModelConfig {
    /// From input to output. The last one gives one value per class, or a single one for two classes with `mse`.
    pub layers: Vec<LayerConfig>,
    /// What is minimised.
    pub loss: LossConfig,
    /// How the first weights are drawn; left out, by each layer's activation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_weights: Option<InitialWeightsConfig>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LayerConfig {
    /// Every output sees every input.
    Dense(DenseConfig),
    /// Two-dimensional convolution (cross-correlation, as everywhere in this field).
    Conv2d(Conv2dConfig),
    /// Two convolutions with zeros evenly around, and a way around them: the block of residual networks.
    Residual(ResidualConfig),
    /// The largest value of each window.
    MaxPool(PoolConfig),
    /// The mean of each window.
    AvgPool(PoolConfig),
    /// The mean of each channel: an image becomes a vector.
    GlobalAvgPool,
    /// An image becomes a vector.
    Flatten,
    /// Each feature or channel to mean 0 and variance 1 over the batch, then scaled and shifted.
    BatchNorm(BatchNormConfig),
    /// Each vector to mean 0 and variance 1 over its own values, then scaled and shifted.
    LayerNorm(LayerNormConfig),
    /// Random zeros while training, and nothing when measuring.
    Dropout(DropoutConfig),
    /// The same for whole channels of an image.
    Dropout2d(DropoutConfig),
    /// Hyperbolic tangent.
    Tanh,
    /// max(0, x).
    Relu,
    /// x above 0, and 0.01 x below.
    LeakyRelu,
    /// x Φ(x), Φ the normal distribution.
    Gelu,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// The sign, as in the perceptron: forward only.
    Sign,
    /// Documentation only: cross-entropy already contains it. Allowed as the last layer.
    Softmax,
}

/// `dense`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DenseConfig {
    /// How many outputs.
    pub units: usize,
    /// Applied to each output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<ActivationConfig>,
}

/// `conv2d`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Conv2dConfig {
    /// How many output channels.
    pub filters: usize,
    /// Side or `[height, width]` of the kernel.
    pub kernel: Extent,
    /// Step between two windows.
    #[serde(default = "default_stride")]
    pub stride: Extent,
    /// What happens at the border.
    #[serde(default)]
    pub padding: PaddingConfig,
    /// Applied to each output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<ActivationConfig>,
}

fn default_stride() -> Extent {
    Extent::Square(1)
}

/// `residual`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ResidualConfig {
    /// How many output channels.
    pub filters: usize,
    /// Side or `[height, width]` of both kernels, odd.
    #[serde(default = "default_residual_kernel")]
    pub kernel: Extent,
    /// Step of the first convolution.
    #[serde(default = "default_stride")]
    pub stride: Extent,
    /// Whether `batch-norm` stands behind each convolution.
    #[serde(default = "default_normalize")]
    pub normalize: bool,
    /// Between the convolutions, and behind the sum.
    #[serde(default = "default_residual_activation")]
    pub activation: ActivationConfig,
}

fn default_residual_kernel() -> Extent {
    Extent::Square(3)
}

fn default_normalize() -> bool {
    true
}

fn default_residual_activation() -> ActivationConfig {
    ActivationConfig::Relu
}

/// `max-pool` and `avg-pool`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PoolConfig {
    /// Side or `[height, width]` of the window.
    pub size: Extent,
    /// Step between two windows; left out, the window's size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stride: Option<Extent>,
}

/// `batch-norm`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BatchNormConfig {
    /// Share of a step's batch in the running mean and variance, which take over when measuring.
    #[serde(default = "default_batch_norm_momentum")]
    pub momentum: f64,
    /// Added to the variance before its root.
    #[serde(default = "default_normalisation_epsilon")]
    pub epsilon: f64,
}

impl Default for BatchNormConfig {
    fn default() -> Self {
        Self {
            momentum: default_batch_norm_momentum(),
            epsilon: default_normalisation_epsilon(),
        }
    }
}

fn default_batch_norm_momentum() -> f64 {
    0.1
}

fn default_normalisation_epsilon() -> f64 {
    1e-5
}

/// `layer-norm`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LayerNormConfig {
    /// Added to the variance before its root.
    #[serde(default = "default_normalisation_epsilon")]
    pub epsilon: f64,
}

/// `dropout` and `dropout2d`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DropoutConfig {
    /// Probability with which a value (or channel) becomes zero; the others are divided by `1 - rate`.
    pub rate: f64,
}

/// The function after a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActivationConfig {
    /// Hyperbolic tangent.
    Tanh,
    /// max(0, x).
    Relu,
    /// x above 0, and 0.01 x below.
    LeakyRelu,
    /// x Φ(x), Φ the normal distribution.
    Gelu,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// The sign, as in the perceptron: forward only.
    Sign,
}

/// Height and width, written as one number when they are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// `3`
    Square(usize),
    /// `[3, 5]`
    Rectangle([usize; 2]),
}

impl Extent {
    /// Height and width.
    #[must_use]
    pub fn sides(self) -> [usize; 2] {
        match self {
            Self::Square(side) => [side, side],
            Self::Rectangle(sides) => sides,
        }
    }
}

/// What a convolution does at the border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PaddingConfig {
    /// Only windows that lie inside.
    #[default]
    Valid,
    /// Zeros around, so that with stride 1 the output is as large as the input.
    Same,
}

/// What is minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LossConfig {
    /// Mean over the samples of the summed squared errors; classes are ±1 for one output, one-hot for several, and numbers are
    /// standardised by the training split.
    Mse,
    /// Softmax and cross-entropy, on the logits of the last layer.
    CrossEntropy,
}

/// How the first weights are drawn. `fan_in` counts the inputs of one output unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InitialWeightsConfig {
    /// Uniform in `±√(6 / (fan_in + fan_out))`, biases 0 (Glorot and Bengio 2010).
    GlorotUniform,
    /// Uniform in `±√(6 / fan_in)`, biases 0 (He et al. 2015).
    HeUniform,
    /// Weights and biases uniform in `±1 / √fan_in`, what `PyTorch` and burn do when nothing is said.
    FanInUniform,
}

/// `[evaluation]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EvaluationConfig {
    /// How much of the training split is measured after each epoch.
    #[serde(default)]
    pub training_samples: MeasuredSamples,
    /// Samples per forward pass; the result does not depend on it.
    #[serde(default = "default_evaluation_batch_size")]
    pub batch_size: usize,
    /// Whether simple methods are scored beside the network.
    #[serde(default)]
    pub baselines: BaselinesConfig,
}

impl Default for EvaluationConfig {
    fn default() -> Self {
        Self {
            training_samples: MeasuredSamples::default(),
            batch_size: default_evaluation_batch_size(),
            baselines: BaselinesConfig::default(),
        }
    }
}

fn default_evaluation_batch_size() -> usize {
    256
}

/// Whether simple methods (nearest centroid, nearest neighbour, a linear model) are scored beside the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BaselinesConfig {
    /// Before training, in a few seconds.
    #[default]
    On,
    /// Not at all.
    Off,
}

/// How much of the training split is measured after each epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasuredSamples {
    /// A fixed, seeded, stratified subset as large as the validation split.
    #[default]
    AsValidation,
    /// All of it: twice the forward work.
    All,
}

/// `[verdict]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VerdictConfig {
    /// The gap that is still called small: in accuracy, or in R² where numbers are predicted. 0.05 is five points.
    #[serde(default = "default_tolerance")]
    pub tolerance: f64,
}

impl Default for VerdictConfig {
    fn default() -> Self {
        Self {
            tolerance: default_tolerance(),
        }
    }
}

fn default_tolerance() -> f64 {
    crate::generalization::DEFAULT_TOLERANCE
}
