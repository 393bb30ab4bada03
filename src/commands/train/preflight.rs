//! Before the first epoch: are this back end's gradients those of this network?

use std::time::Instant;

use super::super::plan::Plan;
use super::super::tell;
use crate::config::GradientCheckConfig;
use crate::data::Split;
use crate::error::Error;
use crate::gradients::{self, Precision, Question};
use crate::model::Network;
use crate::report::gradients as table;
use crate::report::record::{GradientsRecord, Recorder};

/// Checks a few samples, writes `gradients.csv`, and refuses a back end whose gradients are wrong.
pub(super) fn preflight(
    plan: &Plan,
    network: &Network,
    recorder: &mut Recorder,
) -> Result<(), Error> {
    if plan.config.gradient_check == GradientCheckConfig::Off {
        return Ok(());
    }
    let began = Instant::now();
    let training_samples = plan.dataset.indices(Split::Train).len();
    let epochs = plan.config.training.epochs;
    let Some(samples) = gradients::affordable_samples(&plan.architecture, training_samples, epochs)
    else {
        tell(
            "gradients not checked: by hand they would take more than 5 % of this run; `brecha check-gradients` does it\n\n",
        );
        return Ok(());
    };
    let check = gradients::check(&Question {
        architecture: &plan.architecture,
        network,
        aim: &plan.aim,
        dataset: &plan.dataset,
        samples,
        seed: plan.seed,
        backend: plan.backend.name,
        device: &plan.backend.device,
        precision: Precision::F32,
        differences: false,
        mistake: None,
    })?;
    recorder.record.gradients = Some(GradientsRecord {
        samples: check.samples,
        failed: check.failed(),
        largest_relative_difference: check.largest(),
        seconds: began.elapsed().as_secs_f64(),
    });
    recorder
        .directory()
        .write("gradients.csv", &table::csv(&check)?)?;
    check.verdict()?;
    tell(&format!("{}\n\n", table::summary(&check)));
    Ok(())
}
