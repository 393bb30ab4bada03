//! All that a run needs to go on as if it had never stopped, at any step.
//!
//! No generator's state is among it, because every draw is a function of (seed, epoch, step); the learning rate is one of the place in
//! the run, and early stopping one of the history. What is left are the weights, what the optimizer remembers of earlier steps, the
//! sums over the epoch under way, the epochs that are finished, and the networks that were kept.

pub mod container;
pub mod encoding;
pub mod pace;

use burn::tensor::{Device, ExecutionError};
use serde::{Deserialize, Serialize};

use super::TrainingError;
use super::history::{Best, EpochRecord};
use super::running::Running;
use super::update::Memory;
use crate::model::network::Parameter;
use crate::model::{Architecture, Network};

/// A run between two steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Where it stands.
    pub place: Place,
    /// The weights, and running statistics.
    pub network: Vec<Parameter>,
    /// What the optimizer remembers of each parameter.
    pub memories: Vec<Option<Memory>>,
    /// Sums over the steps of the epoch under way.
    pub running: Running,
    /// The finished epochs.
    pub history: Vec<EpochRecord>,
    /// The epoch with the lowest validation loss so far.
    pub best: Option<Kept>,
    /// Its loss of each sample, where something validates.
    pub best_losses: Option<BestLosses>,
    /// Networks of some epochs, to be looked at.
    pub frames: Vec<Kept>,
    /// Since training began, pauses apart.
    pub seconds: f64,
}

/// A place between two steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Finished and measured.
    pub epochs: usize,
    /// Steps of the epoch behind them.
    pub steps: usize,
}

/// The network behind an epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// 0 before the first.
    pub epoch: usize,
    /// Its weights, and running statistics.
    pub parameters: Vec<Parameter>,
}

/// Each sample's loss at the epoch with the lowest validation loss so far.
#[derive(Clone, Debug, PartialEq)]
pub struct BestLosses {
    /// Of validation.
    pub mean: f64,
    /// Of the measured part of the training split, in its order.
    pub train: Vec<f64>,
    /// Likewise.
    pub validation: Vec<f64>,
}

/// Of what run it is: it can go on with no other data, network or optimizer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The resolved configuration, TOML.
    pub configuration: String,
    /// SHA-256 of the data.
    pub fingerprint: String,
    /// On which it was computed.
    pub backend: String,
}

impl Checkpoint {
    /// Right behind the best epoch so far.
    #[must_use]
    pub fn best_place(&self) -> Option<Place> {
        self.best.as_ref().map(|best| Place {
            epochs: best.epoch,
            steps: 0,
        })
    }
}

impl Kept {
    /// Reads the network from its device.
    pub(super) fn best(best: &Best) -> Result<Self, ExecutionError> {
        Ok(Self {
            epoch: best.epoch,
            parameters: best.network.parameters()?,
        })
    }
}

/// The network with these parameters.
pub(super) fn network(
    parameters: &[Parameter],
    architecture: &Architecture,
    device: &Device,
) -> Result<Network, TrainingError> {
    Network::with_parameters(architecture, parameters, device).map_err(|tensor| {
        TrainingError::Checkpoint(format!(
            "it has no tensor `{tensor}` of the shape that the configuration says"
        ))
    })
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { epochs, steps } = self;
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        write!(formatter, "{epochs} epoch{}", plural(*epochs))?;
        if *steps > 0 {
            write!(formatter, " and {steps} step{}", plural(*steps))?;
        }
        Ok(())
    }
}
