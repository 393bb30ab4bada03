//! The command line, declared.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::backprop::mistakes::Mistake;
use crate::data::published;
use crate::generalization::{DEFAULT_TOLERANCE, Verdict};

/// Trains small neural networks from one TOML file, and says whether they learned or memorised.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    override_usage = "brecha --config FILE [OPTIONS]\n       brecha --resume [RUN] [OPTIONS]\n       brecha COMMAND",
    after_help = "Exit codes: 0 success, 1 a check failed, 2 configuration or arguments, 3 data, 4 back end, \
                  5 input or output, 6 numbers no longer finite, 130 and 143 stopped by Ctrl-C and SIGTERM \
                  and saved, 101 a bug."
)]
pub struct Cli {
    /// Without a command, `train`.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options of `train`.
    #[command(flatten)]
    pub train: Option<TrainArguments>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a network, measure both splits, judge the gap (the default command)
    Train(TrainArguments),
    /// Write a commented configuration to begin with
    New(NewArguments),
    /// Compare burn's gradients with the hand derivation and with differences, tensor by tensor
    CheckGradients(CheckGradientsArguments),
    /// Run every point of a configuration's `[sweep]`, and collect the results in one table
    Sweep(Box<SweepCommandArguments>),
    /// Train on shuffled labels too: how fast and how far does this network memorise noise?
    Control(ControlArguments),
    /// Train on more and more samples: how do error and gap fall, and how many samples halve the gap?
    LearningCurve(LearningCurveArguments),
    /// Write a run's page, and its pictures where its data is there
    Report(ReportArguments),
    /// Put several runs on one page: curves, gaps, what differs, and whether one is better on the same samples
    Compare(CompareArguments),
    /// List the runs of a folder: finished, running, stopped or crashed; verdict and age
    Runs(RunsArguments),
    /// Serve the pages of all runs to a browser on this machine, with curves that grow while runs go on
    Watch(WatchArguments),
    /// Recompute every number of a run's verdict from what is on disk, and compare
    Verify(VerifyArguments),
    /// Raise the learning rate until the loss explodes, and suggest one
    FindLearningRate(FindLearningRateArguments),
    /// Measure a trained network on one split, class by class
    Evaluate(EvaluateArguments),
    /// Say the classes of new samples: images, folders of them, or rows of a table
    Predict(PredictArguments),
    /// Write a trained network for other programs: ONNX, or safetensors as PyTorch has them
    Export(ExportArguments),
    /// Make a run of weights that another program trained: safetensors, for example `PyTorch`'s
    Import(ImportArguments),
    /// Time training and answering on this machine, and the parts of a step; write nothing
    Bench(BenchArguments),
    /// Compute how often the verdicts and their intervals are wrong
    Calibration(CalibrationArguments),
    /// Describe the data of a configuration: counts, ranges, duplicates, a contact sheet
    #[command(subcommand)]
    Data(DataCommand),
    /// Check a configuration, or print what may be in one
    #[command(subcommand)]
    Config(ConfigCommand),
    /// List the back ends: compiled in? present here? which device, or why not
    Backends(BackendsArguments),
    /// Offer a device of this machine to networks that are trained on another one
    ServeDevice(ServeDeviceArguments),
}

/// Options of `train`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the flags of a command line are independent of each other"
)]
#[derive(Debug, Args)]
pub struct TrainArguments {
    /// The configuration: data, network and training in one TOML file
    #[arg(long, value_name = "FILE", required_unless_present = "resume")]
    pub config: Option<PathBuf>,
    /// Go on with this run where it was stopped or killed; without a folder, with the latest one of the configuration, if there
    /// is one
    #[arg(long, value_name = "RUN", num_args = 0..=1)]
    pub resume: Option<Option<PathBuf>>,
    /// Begin the run of this very configuration, go on with it, or do nothing where it is finished; may be given any number of times
    #[arg(long, requires = "config", conflicts_with_all = ["resume", "dry_run", "overfit_one_batch"])]
    pub once: bool,
    /// Compute on this back end instead of the configured one (see `brecha backends`)
    #[arg(long, value_name = "NAME")]
    pub backend: Option<String>,
    /// Override a key of the configuration, e.g. `--set training.epochs=3`; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Name of the run's folder; by default the configuration's file name
    #[arg(long, value_name = "RUN")]
    pub name: Option<String>,
    /// The folder in which the run's folder is made
    #[arg(long, value_name = "DIRECTORY", default_value = "artifacts")]
    pub artifacts: PathBuf,
    /// Exit with 1 if the verdict is one of these, e.g. `--fail-on overfit,underfit`
    #[arg(long, value_name = "VERDICT", value_delimiter = ',', value_parser = verdicts())]
    pub fail_on: Vec<String>,
    /// Show burn's terminal dashboard while training
    #[arg(long)]
    pub tui: bool,
    /// Check everything and time a few steps, but do not train and write nothing
    #[arg(long, conflicts_with_all = ["tui", "fail_on", "resume"])]
    pub dry_run: bool,
    /// Train on one batch until the network knows it by heart, as a test of network, loss and optimizer; write nothing
    #[arg(long, conflicts_with_all = ["tui", "json", "fail_on", "dry_run", "resume"])]
    pub overfit_one_batch: bool,
    /// Print the result as JSON (the content of `run.json`), or what a dry run has measured
    #[arg(long)]
    pub json: bool,
    /// Draw no pictures but the curves, and write no page and no event files for TensorBoard; `brecha report` draws later
    #[arg(long)]
    pub no_report: bool,
}

/// Options of `report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// The runs' folders, for example `artifacts/xor`
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<PathBuf>,
    /// Write the page to this file instead of `report.html` in the run's folder, and draw no picture anew
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Options of `compare`.
#[derive(Debug, Args)]
pub struct CompareArguments {
    /// The runs' folders, for example `artifacts/xor artifacts/xor-2`; all others are compared with the first
    #[arg(value_name = "RUN", required = true, num_args = 2..)]
    pub runs: Vec<PathBuf>,
    /// The page; left out, it is named after the runs, in this folder: `xor-and-xor-2.html`
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Options of `runs`.
#[derive(Debug, Args)]
pub struct RunsArguments {
    /// The folder of the runs
    #[arg(value_name = "DIRECTORY", default_value = "artifacts")]
    pub directory: PathBuf,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `watch`.
#[derive(Debug, Args)]
pub struct WatchArguments {
    /// The folder of the runs
    #[arg(value_name = "DIRECTORY", default_value = "artifacts")]
    pub directory: PathBuf,
    /// The port; 0 takes one that is free
    #[arg(long, value_name = "N", default_value_t = 8420)]
    pub port: u16,
    /// The address of this machine at which it serves
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Serve other machines too, if `--host` says so
    #[arg(long)]
    pub allow_remote: bool,
}

/// Options of `new`.
#[derive(Debug, Args)]
pub struct NewArguments {
    /// Of the file: `pets` becomes `pets.toml`; a file that exists is never overwritten
    #[arg(value_name = "NAME")]
    pub name: PathBuf,
    /// What is to be learned
    #[arg(long, value_enum)]
    pub from: StartingPoint,
    /// Your folder of images or your table, which is looked at; without it, data of ours
    #[arg(long, value_name = "DIRECTORY|FILE")]
    pub data: Option<PathBuf>,
    /// The column of the class, for `--from csv`; by default the last one
    #[arg(long, value_name = "COLUMN", requires = "data")]
    pub label: Option<String>,
    /// The column of a number to be predicted instead of a class, for `--from csv`
    #[arg(
        long,
        value_name = "COLUMN",
        requires = "data",
        conflicts_with = "label"
    )]
    pub target: Option<String>,
}

/// What a new configuration is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StartingPoint {
    /// Folders of images, one per class, and a convolutional network
    Images,
    /// A table with a row per sample, and a multilayer perceptron
    Csv,
    /// Points in the plane that no single perceptron tells apart, in a second
    Xor,
}

/// Options of `check-gradients`.
#[derive(Debug, Args)]
pub struct CheckGradientsArguments {
    /// The configuration: data, network and training in one TOML file
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Check this back end instead of the configured one, or `all` that work here
    #[arg(long, value_name = "NAME")]
    pub backend: Option<String>,
    /// Override a key of the configuration, e.g. `--set training.epochs=3`; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// How many samples of the training split
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = at_least_one)]
    pub samples: usize,
    /// Print the hand computation for one example instead, layer by layer: s, x, δ, G
    #[arg(long, conflicts_with_all = ["json", "plant"])]
    pub explain: bool,
    /// Plant a wrong derivative into the hand derivation and see it caught: a name, or `all`
    #[arg(long, value_name = "MISTAKE", value_parser = planted())]
    pub plant: Option<String>,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("a number above 0 and below 1 is needed: 0.05 is five points".to_owned()),
    }
}

fn verdicts() -> PossibleValuesParser {
    PossibleValuesParser::new(Verdict::NAMES)
}

/// What has room in a picture.
fn up_to_100(text: &str) -> Result<usize, String> {
    match at_least_one(text)? {
        count if count > 100 => Err("at most 100 have room".to_owned()),
        count => Ok(count),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least one is needed".to_owned()),
        Ok(count) => Ok(count),
        Err(_) => Err("a whole number is needed".to_owned()),
    }
}

fn planted() -> PossibleValuesParser {
    let names = Mistake::ALL.into_iter().map(Mistake::name);
    PossibleValuesParser::new(std::iter::once("all").chain(names))
}

/// `sweep` runs one, or does something with one that was begun.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    override_usage = "brecha sweep --config FILE [OPTIONS]\n       brecha sweep --config FILE --on slurm [OPTIONS]\n       \
                      brecha sweep COMMAND"
)]
pub struct SweepCommandArguments {
    /// Without a command, the sweep is run.
    #[command(subcommand)]
    pub command: Option<SweepCommand>,
    /// Which points.
    #[command(flatten)]
    pub points: Option<SweepPointsArguments>,
    /// Where and how.
    #[command(flatten)]
    pub launch: SweepLaunchArguments,
}

/// What to do with a sweep.
#[derive(Debug, Subcommand)]
pub enum SweepCommand {
    /// Say how far a sweep is, here or on Slurm
    Status(SweepStatusArguments),
    /// Take a sweep's jobs out of Slurm's queue; what runs saves itself, and the same submission goes on with it
    Cancel(SweepFolderArguments),
    /// Collect what there is in `sweep.csv` and draw it; Slurm's last job does this
    Collect(SweepFolderArguments),
    /// Print the command of each point that is not finished, for another launcher, and run none
    Commands(SweepPointsArguments),
}

/// Which points there are, and where they are kept.
#[derive(Debug, Args)]
pub struct SweepPointsArguments {
    /// The configuration, with a `[sweep]`
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Override a key for all points; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Name of the sweep's folder; by default the configuration's file name
    #[arg(long, value_name = "SWEEP")]
    pub name: Option<String>,
    /// The folder in which the sweep's folder is made
    #[arg(long, value_name = "DIRECTORY", default_value = "artifacts")]
    pub artifacts: PathBuf,
    /// Run more than 10,000 points
    #[arg(long)]
    pub yes: bool,
}

/// Where and how the points of a sweep run.
#[derive(Debug, Args)]
pub struct SweepLaunchArguments {
    /// How many points run at once on this machine; by default one per core, with one thread each
    #[arg(long, value_name = "N", value_parser = at_least_one, conflicts_with = "on")]
    pub jobs: Option<usize>,
    /// Submit the points to a cluster instead of running them here
    #[arg(long, value_enum, value_name = "LAUNCHER")]
    pub on: Option<Launcher>,
    /// What is asked of Slurm.
    #[command(flatten)]
    pub slurm: SlurmArguments,
}

/// Where the points of a sweep run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Launcher {
    /// A job array, and a job that collects
    Slurm,
}

/// Options of `sweep --on slurm`.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "With `--on slurm`")]
pub struct SlurmArguments {
    /// The partition; by default the cluster's
    #[arg(long, value_name = "NAME", requires = "on")]
    pub partition: Option<String>,
    /// How many tasks run at once, at most
    #[arg(long, value_name = "N", value_parser = at_least_one, requires = "on")]
    pub max_parallel: Option<usize>,
    /// Points that a task runs one after another; by default one, and more where the tasks would be more than 5,000
    #[arg(long, value_name = "N", value_parser = at_least_one, requires = "on")]
    pub points_per_task: Option<usize>,
    /// Cores of a task, and threads of its run
    #[arg(long, value_name = "N", value_parser = at_least_one, requires = "on", default_value_t = 1)]
    pub cpus: usize,
    /// Time limit of a task as Slurm writes it, e.g. `30` (minutes) or `2:00:00`; by default estimated from a dry run
    #[arg(long, value_name = "TIME", requires = "on")]
    pub time: Option<String>,
    /// Memory of a task as Slurm writes it, e.g. `500M` or `2G`; by default estimated from a dry run
    #[arg(long, value_name = "SIZE", requires = "on")]
    pub memory: Option<String>,
    /// A further option of sbatch for all jobs, e.g. `--sbatch-option account=physics`; may be repeated
    #[arg(
        long = "sbatch-option",
        value_name = "OPTION",
        requires = "on",
        allow_hyphen_values = true
    )]
    pub sbatch_options: Vec<String>,
    /// Stay and follow until the last job has ended
    #[arg(long, requires = "on")]
    pub wait: bool,
}

/// Which sweep that was begun: its folder, or the arguments with which it was begun.
#[derive(Debug, Args)]
pub struct SweepFolderArguments {
    /// The sweep's folder, for example `artifacts/capacity.sweep`
    #[arg(value_name = "SWEEP", required_unless_present = "config", conflicts_with_all = ["config", "name"])]
    pub folder: Option<PathBuf>,
    /// The configuration that it was begun with
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The name that it was begun with, if one was given
    #[arg(long, value_name = "SWEEP", requires = "config")]
    pub name: Option<String>,
    /// The folder in which the sweep's folder is
    #[arg(long, value_name = "DIRECTORY", default_value = "artifacts")]
    pub artifacts: PathBuf,
}

/// Options of `sweep status`.
#[derive(Debug, Args)]
pub struct SweepStatusArguments {
    /// Which.
    #[command(flatten)]
    pub sweep: SweepFolderArguments,
    /// Print as JSON, with every point
    #[arg(long)]
    pub json: bool,
}

/// Options of `control`.
#[derive(Debug, Args)]
pub struct ControlArguments {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Override a key for both runs; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Name of the folder; by default the configuration's file name with `.control`
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The folder in which that folder is made
    #[arg(long, value_name = "DIRECTORY", default_value = "artifacts")]
    pub artifacts: PathBuf,
}

/// Options of `learning-curve`.
#[derive(Debug, Args)]
pub struct LearningCurveArguments {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Override a key for all runs; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Numbers of training samples, e.g. `--sizes 50,100,200`; by default those of the configuration's
    /// `[sweep]`, or all samples and up to five times half of them
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = at_least_one)]
    pub sizes: Vec<usize>,
    /// Runs of each size, with a seed each; by default as many as in `[sweep]`, or 5
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub seeds: Option<u64>,
    /// Name of the folder; by default the configuration's file name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The folder in which that folder is made
    #[arg(long, value_name = "DIRECTORY", default_value = "artifacts")]
    pub artifacts: PathBuf,
    /// How many runs at once; by default one per core
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub jobs: Option<usize>,
    /// Print the fits as JSON (the content of `learning-curve.json`)
    #[arg(long)]
    pub json: bool,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// The run's folder, for example `artifacts/xor`
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `find-learning-rate`.
#[derive(Debug, Args)]
pub struct FindLearningRateArguments {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Compute on this back end instead of the configured one
    #[arg(long, value_name = "NAME")]
    pub backend: Option<String>,
    /// Override a key of the configuration; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// The first, lowest learning rate
    #[arg(long, value_name = "RATE", default_value_t = 1e-6, value_parser = positive)]
    pub from: f64,
    /// The last, highest learning rate
    #[arg(long, value_name = "RATE", default_value_t = 10.0, value_parser = positive)]
    pub to: f64,
    /// Print as JSON, with every step
    #[arg(long)]
    pub json: bool,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("a finite number above 0 is needed".to_owned()),
    }
}

/// Options of `bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Compute on this back end instead of the configured one
    #[arg(long, value_name = "NAME")]
    pub backend: Option<String>,
    /// Override a key of the configuration; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// How long to look, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = positive)]
    pub seconds: f64,
    /// Print as JSON, with every round
    #[arg(long)]
    pub json: bool,
}

/// Options of `evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// The run's folder, for example `artifacts/xor`
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Which split; by default test, or else validation
    #[arg(long, value_enum)]
    pub split: Option<EvaluatedSplit>,
    /// Measure on these samples instead: a table with the columns of training, or a folder with a folder of images per class
    #[arg(long, value_name = "FILE|DIRECTORY", conflicts_with = "split")]
    pub data: Option<PathBuf>,
    /// Write a CSV with a row per sample: class, answer, loss, outputs
    #[arg(long, value_name = "FILE")]
    pub samples_to: Option<PathBuf>,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// What can be evaluated.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum EvaluatedSplit {
    /// What it was trained on
    Training,
    /// What chose the best epoch
    Validation,
    /// What chose nothing
    Test,
}

/// Options of `predict`.
#[derive(Debug, Args)]
pub struct PredictArguments {
    /// The run's folder, for example `artifacts/images`
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Image files or folders of them, or tables with the columns that trained; `-` is a table on
    /// standard input
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// How many classes of each sample, the most likely first
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = at_least_one)]
    pub top: usize,
    /// Of the answers
    #[arg(long, value_enum, default_value = "text")]
    pub format: AnswerFormat,
    /// Compute on this back end instead of the one that trained
    #[arg(long, value_name = "NAME")]
    pub backend: Option<String>,
}

/// How answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// For people
    Text,
    /// `input,class,probability,…`
    Csv,
    /// One JSON object per line
    Jsonl,
}

/// Options of `export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The run's folder, for example `artifacts/images`
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Of the file
    #[arg(long, value_enum)]
    pub format: ExportFormat,
    /// Where; by default `model.onnx` or `model.pytorch.safetensors` in the run's folder
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Whether an ONNX file normalises its inputs itself
    #[arg(long, value_enum, default_value = "inside")]
    pub pre_processing: PreProcessing,
}

/// Options of `import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The weights, as safetensors
    #[arg(value_name = "FILE")]
    pub weights: PathBuf,
    /// The configuration that says data and network
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Replace a value of the configuration, e.g. `--set data.split.validation=0.3`; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// The run's name; by default the configuration's
    #[arg(long, value_name = "RUN")]
    pub name: Option<String>,
    /// How dense weights lie in the file; by default as the file says, or as its shapes do
    #[arg(long, value_enum)]
    pub layout: Option<ImportLayout>,
    /// The folder for runs
    #[arg(long, value_name = "DIR", default_value = "artifacts")]
    pub artifacts: PathBuf,
}

/// Of dense weights.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ImportLayout {
    /// `[outputs, inputs]`
    Pytorch,
    /// `[inputs, outputs]`
    Brecha,
}

/// Of the exported file.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ExportFormat {
    /// The computation with its weights (opset 17)
    Onnx,
    /// The weights, in PyTorch's layouts
    Safetensors,
}

/// Where inputs are normalised.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PreProcessing {
    /// The file takes raw inputs: pixels as bytes, features as measured
    Inside,
    /// The file takes normalised inputs
    Outside,
}

/// Options of `calibration`.
#[derive(Debug, Args)]
pub struct CalibrationArguments {
    /// The accuracy gap that is still called small
    #[arg(long, value_name = "SHARE", default_value_t = DEFAULT_TOLERANCE, value_parser = share)]
    pub tolerance: f64,
    /// Of the tables that are drawn
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// What to do with configurations.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say everything that is wrong with these files, without touching data or device
    Check(ConfigCheckArguments),
    /// Print a JSON Schema, with which editors complete keys
    Schema,
    /// Print every key with its default and what it means
    Reference,
}

/// Options of `config check`.
#[derive(Debug, Args)]
pub struct ConfigCheckArguments {
    /// Configurations; their sweeps are checked point by point
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Override a key in all of them; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
}

/// What to do with data.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Load the data as a run would, and say what it holds
    Describe(DescribeArguments),
    /// Download a published set into the cache, resumable and checked
    Fetch(FetchArguments),
    /// Draw training images as they are, and as `data.augmentation` lets a network see them
    Preview(PreviewArguments),
}

/// Options of `data fetch`.
#[derive(Debug, Args)]
pub struct FetchArguments {
    /// The set
    #[arg(value_name = "NAME", value_parser = published_sets())]
    pub name: String,
    /// Take its files from this folder instead: a mirror's URL, or a directory
    #[arg(long, value_name = "URL|DIRECTORY")]
    pub from: Option<String>,
}

fn published_sets() -> PossibleValuesParser {
    PossibleValuesParser::new(published::ALL.iter().map(|set| set.name))
}

/// Options of `data preview`.
#[derive(Debug, Args)]
pub struct PreviewArguments {
    /// The configuration: only `[data]`, the batch size and the seed count
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Override a key of the configuration; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// The first epoch that is shown
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    pub epoch: usize,
    /// How many epochs are shown
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = up_to_100)]
    pub epochs: usize,
    /// How many images are shown, of each class in turn
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = up_to_100)]
    pub samples: usize,
    /// The picture; left out, the name of the configuration with `-augmented.png`, in this folder
    #[arg(long, value_name = "FILE.png")]
    pub out: Option<PathBuf>,
}

/// Options of `data describe`.
#[derive(Debug, Args)]
pub struct DescribeArguments {
    /// The configuration: only `[data]` and the seed count
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Override a key of the configuration; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Draw images of each class into this PNG
    #[arg(long, value_name = "FILE.png")]
    pub contact_sheet: Option<PathBuf>,
    /// How many images of each class are drawn
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = at_least_one, requires = "contact_sheet")]
    pub samples: usize,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `serve-device`.
#[derive(Debug, Args)]
pub struct ServeDeviceArguments {
    /// The back end whose device is offered
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub backend: String,
    /// `0.0.0.0:PORT`, encrypted, on all interfaces; or `ws://127.0.0.1:PORT`, unencrypted, for this machine
    #[arg(long, value_name = "ADDRESS")]
    pub listen: String,
    /// Where the token is, which a client has to present; otherwise in `BRECHA_TOKEN`, or in the file that `BRECHA_TOKEN_FILE` names
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Where the server's identity is kept, so that its address stays the same; made if it is not there
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Let `ws://` be reached from other machines: what travels, the token too, can be read on the way
    #[arg(long)]
    pub unencrypted: bool,
}

/// Options of `backends`.
#[derive(Debug, Args)]
pub struct BackendsArguments {
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}
