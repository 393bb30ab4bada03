//! After the loop: the kept network is saved, measured on whole splits and judged, and its curves are drawn.

use super::super::plan::Plan;
use crate::data::Split;
use crate::error::Error;
use crate::evaluation::measure;
use crate::generalization::{
    self, CONFIDENCE, EpochMeasurement, Evidence, Judgement, Measurement, Moments, Proportion,
    accuracy_gap,
};
use crate::report::metrics::Row;
use crate::report::record::{LastEpoch, Measured, Recorder, ResultRecord};
use crate::report::{ReportError, curves, summary, weights};
use crate::training::{Ended, Outcome, TrainingError};

/// Measures the kept network on whole splits, judges it, and writes the pictures and the weights.
pub(super) fn conclude(
    plan: &Plan,
    outcome: &Outcome,
    recorder: &mut Recorder,
) -> Result<(), Error> {
    let Plan {
        dataset,
        backend,
        config,
        ..
    } = plan;
    recorder.record.epochs.finished = outcome.history.len();
    recorder.record.seconds.training = outcome.seconds;
    let (best_epoch, network) = match (&outcome.best, &outcome.last) {
        (Some(best), _) => (Some(best.epoch), &best.network),
        (None, Some(last)) => (None, last),
        // The loop failed in its first epoch: there is nothing to keep.
        (None, None) => return Ok(()),
    };
    // First of all, because everything after this can be done again from it.
    weights::write(recorder.directory(), network, &plan.architecture, dataset)?;
    let measured = |network, split| {
        measure(
            network,
            dataset,
            split,
            config.evaluation.batch_size,
            &backend.device,
        )
        .map_err(|error| Error::Training(TrainingError::Device(error.to_string())))
    };
    let train = measured(network, Split::Train)?;
    let validation = measured(network, Split::Validation)?;
    let test = measured(network, Split::Test)?;
    let trained_on = best_epoch.is_some_and(|best| best < outcome.history.len());
    let last_epoch = match (&outcome.ended, &outcome.last) {
        (Ended::Completed, Some(last)) if trained_on => measured(last, Split::Train)?
            .zip(measured(last, Split::Validation)?)
            .map(|(train, validation)| LastEpoch {
                training: Measured::new(train),
                validation: Measured::new(validation),
                accuracy_gap: accuracy_gap(train.accuracy, validation.accuracy, CONFIDENCE),
            }),
        _ => None,
    };
    let judged_split = if validation.is_some() {
        Split::Validation
    } else {
        Split::Train
    };
    let baseline = dataset.majority_baseline(judged_split);
    let judgement = judge(plan, outcome, train, validation, baseline);

    let record = &mut recorder.record;
    record.epochs.best = best_epoch;
    record.result = Some(ResultRecord {
        training: train.map(Measured::new),
        validation: validation.map(Measured::new),
        test: test.map(Measured::new),
        last_epoch,
        baseline,
        judgement: judgement.clone(),
        divergence: match &outcome.ended {
            Ended::Diverged(divergence) => Some(divergence.clone()),
            Ended::Completed | Ended::Interrupted | Ended::Failed(_) => None,
        },
    });
    let picture = curves_of(
        recorder.directory().name(),
        outcome,
        &judgement,
        best_epoch,
        baseline,
    );
    let directory = recorder.directory();
    let failed = |file| move |source| ReportError::Picture { file, source };
    // Drawing and compressing pixels takes longer than everything else here, so another core does it meanwhile.
    std::thread::scope(|scope| {
        let png = scope.spawn(|| curves::png(&picture));
        let svg = curves::svg(&picture).map_err(failed("curves.svg"))?;
        directory.write("curves.svg", svg.as_bytes())?;
        match png.join() {
            Ok(png) => directory.write("curves.png", &png.map_err(failed("curves.png"))?)?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        Ok(())
    })
}

fn judge(
    plan: &Plan,
    outcome: &Outcome,
    train: Option<Measurement>,
    validation: Option<Measurement>,
    baseline: f64,
) -> Judgement {
    let history: Vec<EpochMeasurement> = outcome
        .history
        .iter()
        .map(|record| EpochMeasurement {
            epoch: record.epoch,
            train: record.train,
            validation: record.validation,
        })
        .collect();
    let selected = EpochMeasurement {
        epoch: outcome.best.as_ref().map_or(0, |best| best.epoch),
        train: train.unwrap_or(NOTHING),
        validation,
    };
    let diverged = match &outcome.ended {
        Ended::Diverged(divergence) => Some(generalization::Divergence {
            epoch: divergence.epoch,
            step: divergence.step,
            learning_rate: divergence.learning_rate,
        }),
        Ended::Completed | Ended::Interrupted | Ended::Failed(_) => None,
    };
    let evidence = Evidence {
        history: &history,
        selected,
        baseline,
        epochs_planned: plan.config.training.epochs,
        diverged,
    };
    generalization::judge(&evidence, plan.config.verdict.tolerance)
}

/// The measurement of an empty split.
const NOTHING: Measurement = Measurement {
    accuracy: Proportion {
        successes: 0,
        trials: 0,
    },
    loss: Moments {
        count: 0,
        mean: f64::NAN,
        variance: f64::NAN,
    },
};

fn curves_of(
    title: String,
    outcome: &Outcome,
    judgement: &Judgement,
    best_epoch: Option<usize>,
    baseline: f64,
) -> curves::Curves {
    let points = outcome
        .history
        .iter()
        .map(|record| Row::new(record).curve_point())
        .collect();
    curves::Curves {
        title,
        subtitle: summary::verdict_line(judgement),
        points,
        best_epoch,
        baseline: Some(baseline),
    }
}
