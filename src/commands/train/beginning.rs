//! What `run.json` says before the first epoch.

use super::super::plan::Plan;
use crate::data::Split;
use crate::machine::process::Process;
use crate::report::record::{
    BackendRecord, DataRecord, EpochsRecord, ModelRecord, RunRecord, Seconds, Status, Versions, now,
};

/// The record of a run as it begins. The fingerprint is that of the data.
pub(in crate::commands) fn first_record(
    plan: &Plan,
    name: String,
    fingerprint: String,
) -> RunRecord {
    let Plan {
        config,
        seed,
        dataset,
        augmentation: _,
        architecture,
        backend,
        devices,
        data_seconds,
        sweep_points: _,
        aim: _,
    } = plan;
    let count = |split| dataset.indices(split).len();
    RunRecord {
        name,
        status: Status::Running,
        error: None,
        started: now(),
        ended: None,
        process: Process::current(),
        resumed: Vec::new(),
        versions: Versions {
            brecha: env!("CARGO_PKG_VERSION"),
            burn: "0.22.1",
        },
        command: std::env::args_os()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect(),
        seed: *seed,
        backend: BackendRecord {
            name: backend.name,
            device: backend.description.clone(),
            devices: devices
                .iter()
                .map(|(name, each)| format!("{name}, {}", each.description))
                .collect(),
            precision: "f32",
            kernels: plan.kernels(),
        },
        data: DataRecord {
            name: dataset.name.clone(),
            fingerprint,
            shape: dataset.shape().to_string(),
            answers: dataset.answers.clone(),
            training: count(Split::Train),
            measured_training: count(Split::MeasuredTrain),
            validation: count(Split::Validation),
            test: count(Split::Test),
            leakage: None,
        },
        model: ModelRecord {
            parameters: architecture.parameters(),
            multiply_adds: architecture.multiply_adds(),
        },
        gradients: None,
        epochs: EpochsRecord {
            planned: config.training.epochs,
            finished: 0,
            best: None,
            stopped_early: false,
        },
        seconds: Seconds {
            data: *data_seconds,
            ..Seconds::default()
        },
        result: None,
    }
}
