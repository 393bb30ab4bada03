//! The command line, declared.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use crate::backprop::mistakes::Mistake;

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

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least one sample is needed".to_owned()),
        Ok(count) => Ok(count),
        Err(_) => Err("a whole number is needed".to_owned()),
    }
}

fn planted() -> PossibleValuesParser {
    let names = Mistake::ALL.into_iter().map(Mistake::name);
    PossibleValuesParser::new(std::iter::once("all").chain(names))
}

/// Options of `backends`.
#[derive(Debug, Args)]
pub struct BackendsArguments {
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}
