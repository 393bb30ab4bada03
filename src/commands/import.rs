//! `brecha import`: weights that another program trained become a run, measured and judged like one of brecha's.

use std::time::Instant;

use super::plan::Plan;
use super::train::beginning::first_record;
use super::train::conclusion::conclude;
use super::train::leaks::leaks;
use super::{run_name, show, tell};
use crate::cli::{ImportArguments, ImportLayout};
use crate::error::{Error, ExitCode};
use crate::import::{self, ImportError, Layout};
use crate::model::Network;
use crate::report::metrics::MetricsFiles;
use crate::report::record::{Recorder, Status};
use crate::report::run_file::content;
use crate::report::{RunDirectory, summary, terminal};
use crate::training::{Ended, Outcome};

/// Makes a run of the configuration with the weights of the file.
///
/// # Errors
///
/// The configuration or its data is not as it should be, the file does not fit the network, or the run cannot be written.
pub fn run(arguments: &ImportArguments) -> Result<ExitCode, Error> {
    let began = Instant::now();
    let plan = Plan::new(&arguments.config, &arguments.overrides, None)?;
    let scheme = plan.config.model.initial_weights;
    let device = &plan.backend.device;
    let misfit = |reason| Error::Import {
        path: arguments.weights.clone(),
        reason,
    };
    let drawn = Network::new(&plan.architecture, scheme, plan.seed, device).parameters()?;
    let bytes = content(&arguments.weights)
        .map_err(|error| misfit(ImportError::Read(error.to_string())))?;
    let layout = arguments.layout.map(|layout| match layout {
        ImportLayout::Pytorch => Layout::PyTorch,
        ImportLayout::Brecha => Layout::Brecha,
    });
    let imported = import::import(&bytes, &drawn, layout).map_err(misfit)?;
    let network = Network::with_parameters(&plan.architecture, &imported.parameters, device)
        .map_err(|tensor| misfit(ImportError::Missing(tensor)))?;
    for (theirs, ours) in &imported.renamed {
        tell(&format!("{theirs} → {ours}\n"));
    }
    let leakage = leaks(&plan)?;
    let name = arguments
        .name
        .clone()
        .unwrap_or_else(|| run_name(&arguments.config));
    let directory = RunDirectory::create(&arguments.artifacts, &name)?;
    let folder = directory.path().display().to_string();
    directory.write("config.toml", plan.config.to_toml().as_bytes())?;
    MetricsFiles::create(&directory)?;
    let mut record = first_record(&plan, directory.name(), plan.dataset.fingerprint()?);
    record.data.leakage = leakage;
    let mut recorder = Recorder::begin(directory, record)?;
    let outcome = Outcome {
        history: Vec::new(),
        best: None,
        last: Some(network),
        frames: Vec::new(),
        ended: Ended::Completed,
        seconds: 0.0,
    };
    let result = conclude(&plan, &outcome, &mut recorder).map(|_| ());
    recorder.record.seconds.total = began.elapsed().as_secs_f64();
    let (status, failure) = match &result {
        Ok(()) => (Status::Finished, None),
        Err(error) => (Status::Failed, Some(error.to_string())),
    };
    let ended = recorder.end(status, failure);
    if recorder.record.result.is_some() {
        show(&summary::result(
            &recorder.record,
            &[],
            &folder,
            terminal::width(&std::io::stdout()),
        ))?;
    }
    result?;
    ended?;
    Ok(ExitCode::Success)
}
