//! After the loop: the kept network is saved, measured on whole splits and judged, and its curves are drawn.

use super::super::plan::Plan;
use crate::data::Split;
use crate::error::Error;
use crate::evaluation::{Measured as Samples, measure_in_training_mode, measure_samples};
use crate::generalization::advice::{Setting, advice};
use crate::generalization::decomposition::{self, Decomposition};
use crate::generalization::leakage::Leakage;
use crate::generalization::{
    self, CONFIDENCE, EpochMeasurement, Estimate, Evidence, HeldOut, Judgement, Measurement,
    Moments, Proportion, accuracy_gap,
};
use crate::model::{Layer, Network, Operation};
use crate::report::metrics::Row;
use crate::report::record::{
    BaselineRecord, DecompositionRecord, LINEAR, LastEpoch, Measured, Recorder, ResultRecord,
    WithoutLeaks,
};
use crate::report::{ReportError, curves, summary, weights};
use crate::training::{Ended, Outcome, TrainingError, optimizer};

/// Measures the kept network on whole splits, judges it, and writes the pictures and the weights.
pub(super) fn conclude(
    plan: &Plan,
    outcome: &Outcome,
    baselines: Vec<BaselineRecord>,
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
        measure_samples(
            network,
            dataset,
            split,
            config.evaluation.batch_size,
            &backend.device,
        )
        .map_err(|error| Error::Training(TrainingError::Device(error.to_string())))
    };
    let train = measured(network, Split::Train)?.map(|train| train.measurement);
    let validation_samples = measured(network, Split::Validation)?;
    let test_samples = measured(network, Split::Test)?;
    let whole = |measured: &Option<Samples>| measured.as_ref().map(|measured| measured.measurement);
    let (validation, test) = (whole(&validation_samples), whole(&test_samples));
    let trained_on = best_epoch.is_some_and(|best| best < outcome.history.len());
    let last_epoch = match (&outcome.ended, &outcome.last) {
        (Ended::Completed, Some(last)) if trained_on => measured(last, Split::Train)?
            .zip(measured(last, Split::Validation)?)
            .map(|(train, validation)| (train.measurement, validation.measurement))
            .map(|(train, validation)| LastEpoch {
                training: Measured::new(train),
                validation: Measured::new(validation),
                accuracy_gap: accuracy_gap(train.accuracy, validation.accuracy, CONFIDENCE),
            }),
        _ => None,
    };
    let judged_by = JudgedBy::new(validation, test, outcome.history.len());
    let baseline = dataset.majority_baseline(judged_by.split);
    let judgement = judge(plan, outcome, train, &judged_by, baseline);

    let leakage = recorder.record.data.leakage.as_ref();
    let without_leaks = leakage.and_then(|leakage| {
        let held_out = [validation_samples.as_ref(), test_samples.as_ref()];
        without_leaks(plan, outcome, leakage, train, held_out)
    });
    let record = &mut recorder.record;
    record.epochs.best = best_epoch;
    record.result = Some(ResultRecord {
        training: train.map(Measured::new),
        validation: validation.map(Measured::new),
        test: test.map(Measured::new),
        last_epoch,
        baseline,
        above_linear: above_linear(&baselines, validation),
        baselines,
        without_leaks,
        decomposition: decomposition(plan, outcome, network, [train, validation, test])?,
        judgement: judgement.clone(),
        advice: advice(&judgement, &setting(plan)),
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

/// How far the network is above the linear model, on the same validation samples. The interval takes them for two
/// samples, which makes it wider than need be.
fn above_linear(baselines: &[BaselineRecord], validation: Option<Measurement>) -> Option<Estimate> {
    let linear = baselines.iter().find(|baseline| baseline.name == LINEAR)?;
    Some(accuracy_gap(validation?.accuracy, linear.right, CONFIDENCE))
}

/// The verdict once more, by the held-out samples that no other split has; `None` where that is all of them.
fn without_leaks(
    plan: &Plan,
    outcome: &Outcome,
    leakage: &Leakage,
    train: Option<Measurement>,
    [validation, test]: [Option<&Samples>; 2],
) -> Option<WithoutLeaks> {
    let dropped = [
        (Split::Validation, &leakage.validation_to_drop),
        (Split::Test, &leakage.test_to_drop),
    ];
    if dropped.iter().all(|(_, drop)| drop.is_empty()) {
        return None;
    }
    let rest = |samples: Option<&Samples>, (split, drop): (Split, &Vec<u32>)| {
        let indices = plan.dataset.indices(split);
        let kept = |place: usize| drop.binary_search(&indices[place]).is_err();
        let rest = samples?.of_those(kept);
        (rest.accuracy.trials > 0).then_some(rest)
    };
    let (validation, test) = (rest(validation, dropped[0]), rest(test, dropped[1]));
    let judged_by = JudgedBy::new(validation, test, outcome.history.len());
    let baseline = plan.dataset.majority_baseline(judged_by.split);
    Some(WithoutLeaks {
        validation_dropped: leakage.validation_to_drop.len(),
        test_dropped: leakage.test_to_drop.len(),
        validation: validation.map(Measured::new),
        test: test.map(Measured::new),
        judgement: judge(plan, outcome, train, &judged_by, baseline),
    })
}

/// What other trainers would print for the kept epoch, and what it is made of.
fn decomposition(
    plan: &Plan,
    outcome: &Outcome,
    network: &Network,
    [train, validation, test]: [Option<Measurement>; 3],
) -> Result<Option<DecompositionRecord>, Error> {
    let best = outcome.best.as_ref().map(|best| best.epoch);
    let epoch = outcome
        .history
        .iter()
        .find(|record| Some(record.epoch) == best);
    let (Some(epoch), Some(train), Some(validation)) = (epoch, train, validation) else {
        return Ok(None);
    };
    let is_dropout = |layer: &Layer| matches!(layer.operation, Operation::Dropout { .. });
    let training_mode = if plan.architecture.layers.iter().any(is_dropout) {
        let batch_size = plan.config.evaluation.batch_size;
        let moment = (plan.seed, epoch.epoch);
        measure_in_training_mode(
            network,
            &plan.dataset,
            batch_size,
            &plan.backend.device,
            moment,
        )
        .map_err(|error| Error::Training(TrainingError::Device(error.to_string())))?
        .unwrap_or(train)
    } else {
        train
    };
    let accuracy = |measured: Measurement| measured.accuracy.rate();
    let loss = |measured: Measurement| measured.loss.mean;
    Ok(Some(DecompositionRecord {
        accuracy: Decomposition::of_accuracy(decomposition::Measured {
            running: epoch.running_accuracy,
            training_mode: accuracy(training_mode),
            evaluation_mode: accuracy(train),
            validation: accuracy(validation),
            test: test.map(accuracy),
        }),
        loss: Decomposition::of_loss(decomposition::Measured {
            running: epoch.running_loss,
            training_mode: loss(training_mode),
            evaluation_mode: loss(train),
            validation: loss(validation),
            test: test.map(loss),
        }),
    }))
}

/// How the network was trained, as advice needs it.
fn setting(plan: &Plan) -> Setting {
    let layers = &plan.architecture.layers;
    let training = &plan.config.training;
    Setting {
        parameters: plan.architecture.parameters(),
        training_samples: plan.dataset.indices(Split::Train).len(),
        epochs: training.epochs,
        learning_rate: optimizer::learning_rate(&training.optimizer),
        weight_decay: optimizer::configured_weight_decay(&training.optimizer),
        dropout: layers
            .iter()
            .any(|layer| matches!(layer.operation, Operation::Dropout { .. })),
        one_layer: layers.iter().filter(|layer| layer.parameters() > 0).count() == 1,
    }
}

/// The samples that were not trained on and decide: the test split, which chose nothing, where there is one.
pub(in super::super) struct JudgedBy {
    pub(in super::super) split: Split,
    pub(in super::super) measurement: Option<Measurement>,
    pub(in super::super) held_out: HeldOut,
}

impl JudgedBy {
    pub(in super::super) fn new(
        validation: Option<Measurement>,
        test: Option<Measurement>,
        measured_epochs: usize,
    ) -> Self {
        let chosen = HeldOut::Validation {
            chosen_among: measured_epochs,
        };
        let (split, measurement, held_out) = match (test, validation) {
            (Some(test), _) => (Split::Test, Some(test), HeldOut::Test),
            (None, Some(validation)) => (Split::Validation, Some(validation), chosen),
            (None, None) => (Split::Train, None, chosen),
        };
        Self {
            split,
            measurement,
            held_out,
        }
    }
}

fn judge(
    plan: &Plan,
    outcome: &Outcome,
    train: Option<Measurement>,
    judged_by: &JudgedBy,
    baseline: f64,
) -> Judgement {
    let history: Vec<EpochMeasurement> = outcome
        .history
        .iter()
        .map(|record| EpochMeasurement {
            epoch: record.epoch,
            train: record.train,
            validation: record.validation,
            since_best: record.since_best,
        })
        .collect();
    let selected = EpochMeasurement {
        epoch: outcome.best.as_ref().map_or(0, |best| best.epoch),
        train: train.unwrap_or(NOTHING),
        validation: judged_by.measurement,
        since_best: None,
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
        held_out: judged_by.held_out,
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
        third: 0.0,
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
