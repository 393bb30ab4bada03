//! After the loop: the kept network is saved, measured on whole splits and judged, and its curves are drawn.

use super::super::illustrate::Seen;
use super::super::judging::{Judged, Kept, measured};
use super::super::plan::Plan;
use super::super::said::Said;
use super::baselines::baselines;
use crate::data::{SampleShape, Split};
use crate::error::Error;
use crate::generalization::advice::{Setting, advice};
use crate::generalization::{self, Compared, Judgement};
use crate::model::Layer;
use crate::report::metrics::Row;
use crate::report::record::{GapRecord, LastEpoch, Measured, Recorder, ResultRecord};
use crate::report::{ReportError, RunDirectory, curves, page, summary, weights};
use crate::training::{Ended, EpochRecord, Outcome, optimizer};

/// Saves the kept network, measures it on whole splits, judges it, and draws its curves. Returns what it says of held-out samples.
pub(in crate::commands) fn conclude(
    plan: &Plan,
    outcome: &Outcome,
    recorder: &mut Recorder,
) -> Result<Said, Error> {
    recorder.record.epochs.finished = outcome.history.len();
    recorder.record.epochs.stopped_early = matches!(outcome.ended, Ended::StoppedEarly);
    recorder.record.seconds.training = outcome.seconds;
    let (best_epoch, network) = match (&outcome.best, &outcome.last) {
        (Some(best), _) => (Some(best.epoch), &best.network),
        (None, Some(last)) => (None, last),
        // The loop failed in its first epoch: there is nothing to keep.
        (None, None) => return Ok(Said::default()),
    };
    // First of all, because everything after this can be done again from it.
    weights::write(
        recorder.directory(),
        network,
        &plan.architecture,
        &plan.dataset,
    )?;
    let of_best = |record: &&EpochRecord| Some(record.epoch) == best_epoch;
    let best = outcome.history.iter().find(of_best);
    let divergence = match &outcome.ended {
        Ended::Diverged(divergence) => Some(divergence.clone()),
        Ended::Completed | Ended::StoppedEarly | Ended::Interrupted | Ended::Failed(_) => None,
    };
    let Judged {
        found,
        validation,
        test,
    } = Kept {
        plan,
        network,
        epoch: best_epoch,
        history: outcome
            .history
            .iter()
            .map(EpochRecord::measurement)
            .collect(),
        running: best.map(|epoch| (epoch.running_accuracy, epoch.running_loss)),
        diverged: divergence
            .as_ref()
            .map(|divergence| generalization::Divergence {
                epoch: divergence.epoch,
                step: divergence.step,
                learning_rate: divergence.learning_rate,
            }),
        baselines: baselines(plan)?,
        leakage: recorder.record.data.leakage.as_ref(),
    }
    .judged()?;
    let said = Said::new(plan, validation.as_ref(), test.as_ref());
    let picture = curves_of(
        recorder.directory().name(),
        outcome,
        &found.judgement,
        best_epoch,
        found.baseline,
    );
    let record = &mut recorder.record;
    record.epochs.best = best_epoch;
    record.result = Some(ResultRecord {
        last_epoch: last_epoch(plan, outcome, best_epoch)?,
        advice: advice(&found.judgement, &setting(plan)),
        found,
        divergence,
    });
    let directory = recorder.directory();
    said.write(plan, directory)?;
    draw_curves(directory, &picture)?;
    Ok(said)
}

/// The pictures and the page of a run whose record is written: whatever fails here loses nothing.
///
/// # Errors
///
/// A picture or the page cannot be made or written.
pub(in crate::commands) fn present(
    plan: &Plan,
    (outcome, said): (&Outcome, &Said),
    recorder: &Recorder,
) -> Result<(), Error> {
    let directory = recorder.directory();
    let (epoch, network) = match (&outcome.best, &outcome.last) {
        (Some(best), _) => (best.epoch, Some(&best.network)),
        (None, last) => (0, last.as_ref()),
    };
    let drawn = match (network, &recorder.record.result) {
        (Some(network), Some(result)) => Seen {
            plan,
            network,
            epoch,
            verdict: &summary::verdict_line(&result.found.judgement),
            said,
            history: &outcome.history.iter().map(Row::new).collect::<Vec<_>>(),
            frames: &outcome.frames,
        }
        .illustrate(directory),
        _ => Ok(()),
    };
    // The page says which picture is missing.
    let html = page::html(directory.path())?;
    directory.write_derived(page::FILE, html.as_bytes())?;
    drawn
}

fn draw_curves(directory: &RunDirectory, picture: &curves::Curves) -> Result<(), Error> {
    let failed = |file| move |source| ReportError::Picture { file, source };
    // Drawing and compressing pixels takes longer than everything else here, so another core does it meanwhile.
    std::thread::scope(|scope| {
        let png = scope.spawn(|| curves::png(picture));
        let svg = curves::svg(picture).map_err(failed("curves.svg"))?;
        directory.write_derived("curves.svg", svg.as_bytes())?;
        match png.join() {
            Ok(png) => {
                directory.write_derived("curves.png", &png.map_err(failed("curves.png"))?)?;
            }
            Err(panic) => std::panic::resume_unwind(panic),
        }
        Ok(())
    })
}

/// The last epoch's network on whole splits, where all epochs were run and an earlier one is kept.
fn last_epoch(
    plan: &Plan,
    outcome: &Outcome,
    best_epoch: Option<usize>,
) -> Result<Option<LastEpoch>, Error> {
    let trained_on = best_epoch.is_some_and(|best| best < outcome.history.len());
    let (Ended::Completed | Ended::StoppedEarly, Some(last), true) =
        (&outcome.ended, &outcome.last, trained_on)
    else {
        return Ok(None);
    };
    let target = plan.dataset.answers.target();
    let train = measured(plan, last, Split::Train)?;
    let validation = measured(plan, last, Split::Validation)?;
    Ok(train.zip(validation).map(|(train, validation)| {
        let (train, validation) = (train.measurement, validation.measurement);
        LastEpoch {
            training: Measured::new(train, target),
            validation: Measured::new(validation, target),
            gap: GapRecord::new(train, validation),
        }
    }))
}

/// How the network was trained, as advice needs it.
fn setting(plan: &Plan) -> Setting {
    let layers = &plan.architecture.layers;
    let training = &plan.config.training;
    let images = matches!(plan.dataset.shape(), SampleShape::Image { .. });
    Setting {
        parameters: plan.architecture.parameters(),
        training_samples: plan.dataset.indices(Split::Train).len(),
        epochs: training.epochs,
        learning_rate: optimizer::learning_rate(&training.optimizer),
        weight_decay: optimizer::configured_weight_decay(&training.optimizer),
        dropout: plan.architecture.has_dropout(),
        unaugmented: images && plan.config.data.augmentation.is_empty(),
        one_layer: layers.iter().map(Layer::weight_layers).sum::<usize>() == 1,
    }
}

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
        score: match judgement.compared {
            Compared::Accuracy { .. } => curves::ShownScore::Accuracy,
            Compared::R2 { .. } => curves::ShownScore::R2,
        },
    }
}
