//! The folder of a run with what is written into it while it goes on: a new one, or that of a run that goes on.

use super::super::plan::Plan;
use super::super::run_name;
use super::beginning::first_record;
use super::resume::{Resumed, Target};
use crate::cli::TrainArguments;
use crate::data::Split;
use crate::error::Error;
use crate::report::RunDirectory;
use crate::report::checkpoints::CheckpointWriter;
use crate::report::metrics::MetricsFiles;
use crate::report::progress::{Progress, Style};
use crate::report::record::RunRecord;
use crate::report::tensorboard::EventFiles;
use crate::training::checkpoint::{Checkpoint, Origin};

/// A run before its loop.
pub(super) struct Start {
    pub(super) directory: RunDirectory,
    pub(super) record: RunRecord,
    pub(super) observer: Progress,
    /// Where it goes on.
    pub(super) checkpoint: Option<Box<Checkpoint>>,
    /// What it has taken before.
    pub(super) earlier_seconds: f64,
}

impl Start {
    /// Makes the folder, or opens it.
    pub(super) fn of(
        arguments: &TrainArguments,
        plan: &Plan,
        target: &Target,
    ) -> Result<Self, Error> {
        let fingerprint = plan.dataset.fingerprint()?;
        if let Some(run) = &target.run {
            let resumed = Resumed::open(run, plan, &fingerprint)?;
            let mut record = first_record(plan, resumed.directory.name(), fingerprint);
            resumed.carry_over(&mut record);
            let checkpoint = resumed.checkpoint.as_deref();
            Ok(Self {
                observer: observer(arguments, plan, &resumed.directory, &record, checkpoint)?,
                record,
                earlier_seconds: resumed.seconds(),
                directory: resumed.directory,
                checkpoint: resumed.checkpoint,
            })
        } else {
            let name = arguments.name.clone();
            let name = name.unwrap_or_else(|| run_name(&target.config));
            let directory = RunDirectory::create(&arguments.artifacts, &name)?;
            let record = first_record(plan, directory.name(), fingerprint);
            Ok(Self {
                observer: observer(arguments, plan, &directory, &record, None)?,
                record,
                earlier_seconds: 0.0,
                directory,
                checkpoint: None,
            })
        }
    }
}

/// Writes what the run leaves behind while it goes on, beginning anew with the epochs of earlier processes: no row is missing,
/// none is there twice.
fn observer(
    arguments: &TrainArguments,
    plan: &Plan,
    directory: &RunDirectory,
    record: &RunRecord,
    checkpoint: Option<&Checkpoint>,
) -> Result<Progress, Error> {
    MetricsFiles::remove(directory)?;
    let configuration = plan.config.to_toml();
    directory.write("config.toml", configuration.as_bytes())?;
    let epochs = plan.config.training.epochs;
    let mut files = MetricsFiles::create(directory)?;
    if !arguments.no_report {
        let validates = !plan.dataset.indices(Split::Validation).is_empty();
        files = files.and_events(EventFiles::create(
            directory,
            &configuration,
            epochs,
            validates,
        )?);
    }
    for epoch in checkpoint.iter().flat_map(|checkpoint| &checkpoint.history) {
        files.append(epoch)?;
    }
    let style = if arguments.tui {
        Style::Nothing
    } else {
        Style::Automatic
    };
    let origin = Origin {
        configuration,
        fingerprint: record.data.fingerprint.clone(),
        backend: plan.computes_on(),
    };
    Ok(Progress::new(files, epochs, style, plan.glance())
        .with_checkpoints(CheckpointWriter::new(directory.path(), origin)))
}
