//! The command line, declared.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use crate::backprop::mistakes::Mistake;
use crate::generalization::{DEFAULT_TOLERANCE, Verdict};

/// Trains small neural networks from one TOML file, and says whether they learned or memorised.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
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
    /// Compare burn's gradients with the hand derivation and with differences, tensor by tensor
    CheckGradients(CheckGradientsArguments),
    /// Run every point of a configuration's `[sweep]`, and collect the results in one table
    Sweep(SweepArguments),
    /// Train on shuffled labels too: how fast and how far does this network memorise noise?
    Control(ControlArguments),
    /// Recompute every number of a run's verdict from what is on disk, and compare
    Verify(VerifyArguments),
    /// Compute how often the verdicts and their intervals are wrong
    Calibration(CalibrationArguments),
    /// Describe the data of a configuration: counts, ranges, duplicates, a contact sheet
    #[command(subcommand)]
    Data(DataCommand),
    /// List the back ends: compiled in? present here? which device, or why not
    Backends(BackendsArguments),
}

/// Options of `train`.
#[derive(Debug, Args)]
pub struct TrainArguments {
    /// The configuration: data, network and training in one TOML file
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
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
    /// Print the result as JSON (the content of `run.json`)
    #[arg(long)]
    pub json: bool,
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

/// Options of `sweep`.
#[derive(Debug, Args)]
pub struct SweepArguments {
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
    /// How many points run at once; by default one per core, with one thread each
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub jobs: Option<usize>,
    /// Run more than 10,000 points
    #[arg(long)]
    pub yes: bool,
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

/// What to do with data.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Load the data as a run would, and say what it holds
    Describe(DescribeArguments),
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

/// Options of `backends`.
#[derive(Debug, Args)]
pub struct BackendsArguments {
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}
