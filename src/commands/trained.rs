//! A run read back: what was configured, and the network that it kept.

use serde_json::Value;

use super::plan::Plan;
use crate::error::Error;
use crate::model::Network;
use crate::report::reading::RunFolder;

/// A run whose data is still what it was trained on.
pub(super) struct Trained {
    /// `run.json`
    pub(super) record: Value,
    pub(super) plan: Plan,
    /// Frozen.
    pub(super) network: Network,
}

impl Trained {
    /// Reads the run and its data.
    ///
    /// # Errors
    ///
    /// A file is missing or damaged, or the data is gone or another.
    pub(super) fn open(folder: &RunFolder) -> Result<Self, Error> {
        let record = folder.record()?;
        // Before the data, which may take long to read.
        let parameters = folder.parameters()?;
        // It lies in the run's folder.
        folder.configuration()?;
        let plan = Plan::new(&folder.file("config.toml"), &[], None)?;
        let fingerprint = plan.dataset.fingerprint()?;
        let recorded = record["data"]["fingerprint"].as_str();
        if recorded != Some(fingerprint.as_str()) {
            return Err(Error::Unverifiable {
                message: format!(
                    "the data is not what the run was trained on: its SHA-256 is {fingerprint}, and was {}",
                    recorded.unwrap_or("not recorded")
                ),
                hint: "bring the data back, or train anew: nothing about this run can be verified with other data"
                    .to_owned(),
            });
        }
        let network = folder.network(&plan.architecture, &parameters, &plan.backend.device)?;
        Ok(Self {
            record,
            plan,
            network,
        })
    }
}
